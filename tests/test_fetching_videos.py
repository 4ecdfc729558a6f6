"""Large videos, which go on from where they broke off."""

import pytest

from civitai_manager_libs.demo.motion_jpeg import motion_jpeg
from civitai_manager_libs.errors import BodyCut
from civitai_manager_libs.fetching.receive import PictureOrder, receive_picture
from civitai_manager_libs.http_client import CivitaiHttpClient

from .support.served_pictures import in_turn, left, served


@pytest.fixture
def client(fresh_settings):
    fresh_settings(http_max_retries=2)
    made = CivitaiHttpClient()
    yield made
    made.close()


class TestVideos:
    @pytest.fixture
    def content(self):
        video = motion_jpeg(5, 64, 48)
        filling = (3 << 20).to_bytes(4, 'big') + b'free' + bytes((3 << 20) - 8)
        return video + filling

    def sender(self, content, etag='"one"', ranges=True):
        """Gives 1.3 MB each time and breaks off."""

        def answer(handler):
            asked = handler.headers.get('Range') if ranges else None
            start = int(asked[6:].rstrip('-')) if asked else 0
            handler.send_response(206 if asked else 200)
            if etag:
                handler.send_header('ETag', etag)
            if asked:
                told = f'bytes {start}-{len(content) - 1}/{len(content)}'
                handler.send_header('Content-Range', told)
            handler.send_header('Content-Length', str(len(content) - start))
            handler.end_headers()
            handler.wfile.write(content[start : start + 1_300_000])
            handler.close_connection = True

        return answer

    def asked(self, server):
        return [(headers.get('Range'), headers.get('If-Range')) for _, _, headers in server.seen]

    def test_go_on_and_lose_no_attempt_by_it(self, client, odd_server, place, waits, content):
        server = odd_server(self.sender(content))
        found = receive_picture(client, server.url, place, PictureOrder(retries=1))
        assert found.path.read_bytes() == content and left(place) == ['101.mp4']
        starts = [int(told[6:-1]) for told, _ in self.asked(server)[1:]]
        assert starts == sorted(set(starts)) and starts[0] >= 1 << 20
        assert {validator for _, validator in self.asked(server)[1:]} == {'"one"'}

    @pytest.mark.parametrize('etag', [None, 'W/"weak"'])
    def test_begin_anew_where_nothing_tells_that_it_is_the_same(
        self, client, odd_server, place, waits, content, etag
    ):
        server = odd_server(self.sender(content, etag))
        with pytest.raises(BodyCut):
            receive_picture(client, server.url, place)
        assert self.asked(server) == [(None, None)] * 3 and left(place) == []

    def test_are_never_joined_with_another_one(self, client, odd_server, place, waits, content):
        answers = [self.sender(content), self.sender(bytes(len(content)), '"two"')]
        server = odd_server(in_turn(*answers, served(content)))
        found = receive_picture(client, server.url, place)
        assert found.path.read_bytes() == content and self.asked(server)[2] == (None, None)

    def test_begin_anew_where_the_server_knows_no_ranges(
        self, client, odd_server, place, waits, content
    ):
        server = odd_server(in_turn(self.sender(content, ranges=False), served(content)))
        assert receive_picture(client, server.url, place).path.read_bytes() == content
        assert self.asked(server)[1][0] is not None
