"""What pictures hold while they are fetched and unfolded, and caches of the page that shrink."""

import gc
import io
import threading
import tracemalloc

import pytest
from PIL import Image

from civitai_manager_libs.errors import PictureUnusable
from civitai_manager_libs.fetching.receive import picture_bytes
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.memory import MemoryGuard, guard
from civitai_manager_libs.picture_addresses import AddressBook
from civitai_manager_libs.pictures import Pictures
from civitai_manager_libs.transfers.still import as_png

from .support.command import eventually
from .support.memory import MIB


@pytest.fixture
def client(fresh_settings):
    made = CivitaiHttpClient()
    yield made
    made.close()


@pytest.fixture
def most(monkeypatch):
    """``most()``: the most bytes that pictures held at once."""
    seen, real = [0], MemoryGuard.count

    def count(self, account, room, more):
        real(self, account, room, more)
        seen.append(self.accounts().get('pictures', 0))

    monkeypatch.setattr(MemoryGuard, 'count', count)
    return lambda: max(seen)


def held():
    return guard.accounts().get('pictures', 0)


def drawn(width, height, kind='PNG'):
    made = io.BytesIO()
    Image.new('RGB', (width, height), 'teal').save(made, kind)
    return made.getvalue()


class TestPictures:
    def test_what_has_come_is_counted_until_it_is_given_away(self, client, odd_server):
        go_on = threading.Event()

        def answer(handler):
            handler.send_response(200)
            handler.send_header('Content-Type', 'image/png')
            handler.send_header('Content-Length', str(2 * MIB))
            handler.end_headers()
            handler.wfile.write(bytes(MIB))
            go_on.wait(60)
            handler.wfile.write(bytes(MIB))

        server = odd_server(answer)
        found = []
        thread = threading.Thread(
            target=lambda: found.append(picture_bytes(client, server.url + '/a.png'))
        )
        thread.start()
        eventually(lambda: held() >= MIB // 2)
        go_on.set()
        thread.join(20)
        assert len(found[0]) == 2 * MIB and held() == 0

    def test_one_that_is_too_large_is_given_up(self, client, odd_server):
        server = odd_server(lambda handler: handler.reply(200, bytes(MIB)))
        with pytest.raises(PictureUnusable):
            picture_bytes(client, server.url + '/a.png', most=1000)
        assert held() == 0

    def test_what_it_takes_to_make_one_smaller(self, client, odd_server, tmp_path, most):
        content = drawn(2000, 1000)
        server = odd_server(lambda handler: handler.reply(200, content, Content_Type='image/png'))
        pictures = Pictures(client, tmp_path)
        address = pictures.address(server.url + '/a.png', 96)
        key = address.rpartition('/')[2].partition('?')[0]
        found = Image.open(io.BytesIO(pictures.read(key, 96, 60)))
        assert (found.format, found.width) == ('WEBP', 96)
        assert most() >= 2000 * 1000 * 3 and held() == 0

    def test_one_of_too_many_pixels_is_not_unfolded(self, client, odd_server, tmp_path, most):
        content = drawn(9000, 8000)
        server = odd_server(lambda handler: handler.reply(200, content, Content_Type='image/png'))
        pictures = Pictures(client, tmp_path)
        key = pictures.address(server.url + '/a.png', 96).rpartition('/')[2].partition('?')[0]
        assert pictures.read(key, 96, 60) is None
        assert most() < 8 * MIB and held() == 0

    def test_a_preview(self, most):
        as_png(drawn(2000, 1000))
        assert most() >= 2000 * 1000 * 3 and held() == 0
        with pytest.raises(PictureUnusable):
            as_png(drawn(2000, 1000)[:-2000])
        assert held() == 0


class TestAddresses:
    def book(self, count):
        book = AddressBook()
        return book, [book.add(f'https://image.example/{number}') for number in range(count)]

    def test_the_older_half_goes(self):
        book, keys = self.book(4000)
        before = book.size()
        book.shrink()
        assert book.size() == before // 2
        assert book.get(keys[1999]) is None and book.get(keys[2000]).endswith('/2000')

    def test_what_is_on_the_screen_stays(self):
        book, keys = self.book(1500)
        for _ in range(20):
            book.shrink()
        assert book.size() > 0 and book.get(keys[500]) and not book.get(keys[499])

    def test_they_are_a_cache_as_long_as_the_pictures_live(self, client, tmp_path, fresh_settings):
        before = guard.accounts().get('addresses', 0)
        pictures = Pictures(client, tmp_path)
        for number in range(3000):
            pictures.address(f'https://image.example/{number}', 96)
        assert guard.accounts()['addresses'] - before > 1000 * 384
        fresh_settings(http_max_memory_usage_mb=16, http_memory_check_interval=0.1)
        with guard.holding('test', 17 * MIB):
            eventually(lambda: guard.accounts()['addresses'] - before == 1000 * 384)
        del pictures
        gc.collect()
        assert guard.accounts().get('addresses', 0) == before

    def test_the_size_is_about_right(self):
        stem = 'https://image.civitai.com/xG1nkqKTMzGDvpLrqFT7WA/0f5d4f4e-9a35-4a5e-8d42-5ad3a05e43'
        tracemalloc.start()
        try:
            book = AddressBook()
            for number in range(2000):
                book.add(f'{stem}{number}/width=450/{number}.jpeg')
            taken, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert 0.5 < book.size() / taken < 2


class TestRows:
    def test_they_are_made_again(self, open_desk, bench, fresh_settings):
        before = guard.accounts().get('rows', 0)
        bench.order('1004')
        visitor = open_desk().visitor()
        visitor.poll()
        had = visitor.keys
        assert guard.accounts()['rows'] > before
        fresh_settings(http_max_memory_usage_mb=16, http_memory_check_interval=0.1)
        with guard.holding('test', 17 * MIB):
            eventually(lambda: not guard.accounts()['rows'])
        visitor.poll()
        assert visitor.keys == had and guard.accounts()['rows'] > 0
