"""One picture fetched into its place: whole, under the right name, or not at all."""

import hashlib
import threading

import pytest

from civitai_manager_libs.demo.motion_jpeg import motion_jpeg
from civitai_manager_libs.errors import Gone, NotFound, PictureUnusable, PlaceTaken
from civitai_manager_libs.fetching import receive
from civitai_manager_libs.fetching.formats import is_whole
from civitai_manager_libs.fetching.receive import PictureOrder, receive_picture
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.moving.mover import Stopped
from civitai_manager_libs.moving.throttle import Throttle

from .support.served_pictures import encoded, left, served


@pytest.fixture
def client(fresh_settings):
    made = CivitaiHttpClient()
    yield made
    made.close()


@pytest.fixture
def place(tmp_path):
    return tmp_path / 'pictures' / 'by moss' / '101'


class TestPlace:
    @pytest.mark.parametrize(
        'form, ending', [('JPEG', '.jpeg'), ('PNG', '.png'), ('WEBP', '.webp')]
    )
    def test_the_real_format_gives_the_ending(self, client, odd_server, place, form, ending):
        content = encoded(form)
        server = odd_server(served(content, type='image/jpeg'))
        found = receive_picture(client, server.url + '/x.jpeg', place)
        assert found.path == place.with_name('101' + ending)
        assert found.path.read_bytes() == content and left(place) == ['101' + ending]
        assert (found.size, found.format.name) == (len(content), form)
        assert found.sha256 == hashlib.sha256(content).hexdigest()

    def test_a_name_with_dots_keeps_all_of_them(self, client, odd_server, tmp_path):
        server = odd_server(served(encoded('PNG')))
        found = receive_picture(client, server.url, tmp_path / 'v1.5 by moss')
        assert found.path.name == 'v1.5 by moss.png'

    def test_an_exact_name_stays(self, client, odd_server, tmp_path):
        server = odd_server(served(encoded('WEBP')))
        found = receive_picture(client, server.url, tmp_path / 'a.png', PictureOrder(exact=True))
        assert found.path == tmp_path / 'a.png' and found.format.name == 'WEBP'

    def test_a_video_is_a_video(self, client, odd_server, place):
        content = motion_jpeg(5, 64, 48)
        found = receive_picture(client, odd_server(served(content)).url + '/x.jpeg', place)
        assert found.format.is_video and found.path.name == '101.mp4'
        assert found.path.read_bytes() == content

    def test_progress_ends_with_all_of_it(self, client, odd_server, place):
        content, seen = encoded('PNG', (600, 500)), []
        order = PictureOrder(on_progress=lambda *numbers: seen.append(numbers))
        receive_picture(client, odd_server(served(content)).url, place, order)
        assert seen[-1] == (len(content), len(content)) and seen == sorted(set(seen))


class TestWhatLiesThere:
    def test_the_same_is_taken_for_ours(self, client, odd_server, place):
        server = odd_server(served(encoded('PNG')))
        first = receive_picture(client, server.url, place)
        written = first.path.stat().st_mtime_ns
        assert receive_picture(client, server.url, place) == first
        assert first.path.stat().st_mtime_ns == written and left(place) == ['101.png']

    def test_another_whole_one_stays_unless_it_is_to_give_way(self, client, odd_server, place):
        old, new = encoded('PNG', seed=1), encoded('PNG', seed=2)
        place.parent.mkdir(parents=True)
        path = place.with_name('101.png')
        path.write_bytes(old)
        server = odd_server(served(new))
        with pytest.raises(PlaceTaken) as taken:
            receive_picture(client, server.url, place)
        assert taken.value.details == {'path': str(path)}
        assert path.read_bytes() == old and left(place) == ['101.png']
        receive_picture(client, server.url, place, PictureOrder(replace=True))
        assert path.read_bytes() == new and left(place) == ['101.png']

    @pytest.mark.parametrize('part', [0, 0.5])
    def test_a_torn_one_gives_way(self, client, odd_server, place, part):
        content = encoded('PNG')
        place.parent.mkdir(parents=True)
        path = place.with_name('101.png')
        path.write_bytes(content[: int(len(content) * part)])
        receive_picture(client, odd_server(served(content)).url, place)
        assert path.read_bytes() == content and left(place) == ['101.png']


class TestWhatIsNoPicture:
    @pytest.mark.parametrize(
        'content, reason',
        [
            (b'', 'empty'),
            (b'no picture at all' * 99, 'no picture'),
            (b'PK\3\4' + bytes(9000), 'no picture'),
            (encoded('JPEG')[:-2], 'not whole'),
            (encoded('PNG')[:-30], 'not whole'),
        ],
    )
    def test_is_refused_at_once_and_leaves_nothing(
        self, client, odd_server, place, content, reason
    ):
        server = odd_server(served(content))
        with pytest.raises(PictureUnusable) as refused:
            receive_picture(client, server.url, place)
        assert refused.value.details['reason'] == reason
        assert len(server.seen) == 1 and left(place) == []

    @pytest.mark.parametrize('announced', [True, False])
    def test_one_that_is_too_large_is_refused(self, client, odd_server, place, announced):
        content = encoded('PNG', (400, 400))

        def unannounced(handler):
            handler.reply_until_closed(content)

        server = odd_server(served(content) if announced else unannounced)
        with pytest.raises(PictureUnusable) as refused:
            receive_picture(client, server.url, place, PictureOrder(most=5000))
        assert refused.value.details['reason'] == 'too large' and left(place) == []


@pytest.mark.parametrize('status, kind', [(404, NotFound), (410, Gone)])
def test_what_is_not_there_is_named(client, odd_server, place, status, kind):
    url = odd_server(lambda handler: handler.reply(status)).url + '/some/sea%20%1b[1m.png?token=1'
    with pytest.raises(kind) as raised:
        receive_picture(client, url, place)
    assert raised.value.details == {'what': 'picture sea [1m.png'}
    with pytest.raises(kind) as raised:
        receive_picture(client, url, place, PictureOrder(what='picture 5'))
    assert raised.value.details == {'what': 'picture 5'}


class TestStopping:
    def test_between_two_pieces_leaves_nothing(self, client, odd_server, place):
        content, stopped, go_on = encoded('PNG', (900, 900)), threading.Event(), threading.Event()

        def answer(handler):
            handler.send_response(200)
            handler.send_header('Content-Length', str(len(content)))
            handler.end_headers()
            handler.wfile.write(content[:100_000])
            go_on.wait(60)
            handler.wfile.write(content[100_000:])

        def seen(received, total):
            assert total == len(content) and left(place) == ['.101.part']
            stopped.set()
            go_on.set()

        order = PictureOrder(stopped=stopped, on_progress=seen)
        with pytest.raises(Stopped):
            receive_picture(client, odd_server(answer).url, place, order)
        assert left(place) == []

    def test_before_the_next_attempt_asks_nobody(self, client, odd_server, place, fresh_settings):
        fresh_settings(http_retry_delay=60.0)
        stopped = threading.Event()

        def answer(handler):
            handler.reply(503)
            stopped.set()

        server = odd_server(answer)
        with pytest.raises(Stopped):
            receive_picture(client, server.url, place, PictureOrder(stopped=stopped))
        assert len(server.seen) == 1 and left(place) == []

    def test_before_anything_asks_nobody(self, client, odd_server, place):
        stopped, server = threading.Event(), odd_server(served(encoded('PNG')))
        stopped.set()
        with pytest.raises(Stopped):
            receive_picture(client, server.url, place, PictureOrder(stopped=stopped))
        assert server.seen == [] and receive.turns.active == 0

    def test_what_the_progress_raises_comes_through_and_leaves_nothing(
        self, client, odd_server, place
    ):
        def broken(*_):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            url = odd_server(served(encoded('PNG'))).url
            receive_picture(client, url, place, PictureOrder(on_progress=broken))
        assert left(place) == [] and receive.turns.active == 0


def test_the_speed_of_all_transfers_together_bounds_pictures_too(
    client, odd_server, place, fresh_settings, monkeypatch
):
    now, waits = [0.0], []

    def sleep(_, seconds):
        waits.append(seconds)
        now[0] += seconds

    fresh_settings(total_speed_limit_kb=64)
    client._together = Throttle(client._speed_of_all, clock=lambda: now[0])
    monkeypatch.setattr(receive._Receiving, '_sleep', sleep)
    content = encoded('PNG', (500, 400))
    found = receive_picture(client, odd_server(served(content)).url, place)
    assert is_whole(found.path) and max(waits) <= 0.2
    assert len(content) / 65536 - 1 < sum(waits) < len(content) / 65536 + 1
