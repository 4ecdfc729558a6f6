"""The routes of pictures: whole files in parts, pictures of ours, dropped ones, who may ask."""

import io
import logging
import threading

import pytest
import requests
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.testclient import TestClient
from PIL import Image

from civitai_manager_libs import picture_routes
from civitai_manager_libs.demo import PICTURES, SPECIAL
from civitai_manager_libs.demo.motion_jpeg import motion_jpeg
from civitai_manager_libs.domain.models import Picture
from civitai_manager_libs.errors import DiskError
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.memory import guard
from civitai_manager_libs.pictures import ROOT, Pictures
from civitai_manager_libs.webapi import add_routes
from tests.support.command import eventually

INSPECT = f'{ROOT}/inspect'
SAME = {'Origin': 'http://testserver', 'Sec-Fetch-Site': 'same-origin'}


@pytest.fixture
def pictures(fresh_settings, tmp_path):
    client = CivitaiHttpClient()
    yield Pictures(client, tmp_path / 'pictures')
    client.close()


@pytest.fixture
def taken():
    return []


@pytest.fixture
def web(pictures, taken, monkeypatch):
    """``web(*dependencies)``: a client of an application with our routes."""
    monkeypatch.setattr(picture_routes, '_PATIENCE', 60.0)  # however busy this machine is
    logging.getLogger('httpx').setLevel(logging.WARNING)

    def inspect(content):
        taken.append((content, guard.accounts().get('pictures', 0)))
        return 'a-token'

    def make(*dependencies):
        app = FastAPI()
        add_routes(app, pictures, bytes, dependencies, inspect)
        return TestClient(app)

    return make


def special(demo, name):
    """The first picture of a special model."""
    address = f'{demo.base_url}/api/v1/models/{SPECIAL[name].model_id}'
    found = requests.get(address, timeout=10).json()['modelVersions'][0]['images'][0]
    return Picture(url=found['url'], type=found['type'])


def drawn(width, height, kind, **more):
    made = io.BytesIO()
    Image.new('RGB', (width, height), 'teal').save(made, kind, **more)
    return made.getvalue()


class TestSmall:
    @pytest.mark.parametrize('width, made', [(1, 96), (320, 320), (801, 1200), (4096, 1600)])
    def test_as_wide_as_a_step(self, web, pictures, odd_server, width, made):
        content = drawn(1700, 10, 'PNG')
        server = odd_server(lambda handler: handler.reply(200, content))
        answer = web().get(pictures.address(f'{server.url}/a.png', width))
        found = Image.open(io.BytesIO(answer.content))
        assert (found.format, found.width) == ('WEBP', made)

    def test_what_comes_as_it_should_stays(self, web, pictures, odd_server):
        content = drawn(300, 200, 'WEBP', quality=37)
        server = odd_server(lambda handler: handler.reply(200, content))
        assert web().get(pictures.address(f'{server.url}/a.webp', 320)).content == content

    def test_what_moves_stands_still(self, web, pictures, odd_server):
        frames = [Image.new('RGB', (40, 40), colour) for colour in ('red', 'blue')]
        made = io.BytesIO()
        frames[0].save(made, 'GIF', save_all=True, append_images=frames[1:])
        server = odd_server(lambda handler: handler.reply(200, made.getvalue()))
        answer = web().get(pictures.address(f'{server.url}/a.gif', 96))
        found = Image.open(io.BytesIO(answer.content))
        red, _, blue = found.convert('RGB').getpixel((20, 20))
        assert not getattr(found, 'is_animated', False) and red > 200 > 60 > blue

    def test_upright_and_without_metadata(self, web, pictures, odd_server):
        exif = Image.Exif()
        exif[0x0112], exif[0x010E] = 6, 'where I live'
        content = drawn(200, 100, 'JPEG', exif=exif)
        server = odd_server(lambda handler: handler.reply(200, content))
        answer = web().get(pictures.address(f'{server.url}/a.jpg', 96))
        found = Image.open(io.BytesIO(answer.content))
        assert found.height > found.width == 96 and b'where I live' not in answer.content

    def test_a_video_has_a_still(self, demo, web, pictures):
        video = special(demo, 'video')
        assert video.type == 'video'
        answer = web().get(pictures.still(video, 320))
        assert Image.open(io.BytesIO(answer.content)).format == 'WEBP'
        assert pictures.still(Picture(url='https://x.example/a.mp4', type='video'), 320) is None

    def test_a_hit_is_one_file_read(self, web, pictures, odd_server, monkeypatch, demo):
        content = drawn(400, 400, 'PNG')
        server = odd_server(lambda handler: handler.reply(200, content))
        address, client = pictures.address(f'{server.url}/a.png', 320), web()
        first = client.get(address)
        monkeypatch.setattr(Image, 'open', None)
        again = client.get(address)
        assert again.content == first.content and len(server.seen) == 1
        assert again.headers['etag'] == first.headers['etag']

    def test_many_who_ask_at_once_are_one(self, pictures, odd_server):
        go_on, content = threading.Event(), drawn(200, 200, 'PNG')

        def answer(handler):
            go_on.wait(60)
            handler.reply(200, content)

        server, found = odd_server(answer), []
        address = pictures.address(f'{server.url}/a.png', 96)
        key = address.rpartition('/')[2].partition('?')[0]
        askers = [
            threading.Thread(target=lambda: found.append(pictures.read(key, 96, 60)))
            for _ in range(8)
        ]
        for one in askers:
            one.start()
        eventually(lambda: len(server.seen) == 1)
        go_on.set()
        for one in askers:
            one.join(20)
        assert len(found) == 8 and len(set(found)) == 1 and found[0]
        assert len(server.seen) == 1

    @pytest.mark.parametrize('kept', [True, False])
    def test_who_is_not_served_soon_asks_again(
        self, web, pictures, odd_server, fresh_settings, monkeypatch, kept
    ):
        monkeypatch.setattr(picture_routes, '_PATIENCE', 0.05)
        fresh_settings(cache_enabled=kept)
        go_on, content = threading.Event(), drawn(200, 200, 'PNG')

        def answer(handler):
            go_on.wait(60)
            handler.reply(200, content)

        server, client = odd_server(answer), web()
        address = pictures.address(f'{server.url}/a.png', 96)
        for number in range(3):
            coming = client.get(f'{address}&later={number}')
            assert coming.headers['content-type'] == 'image/svg+xml'
            assert b'width="87"' in coming.content and coming.headers['cache-control'] == 'no-store'
        go_on.set()
        assert eventually(lambda: client.get(address).headers['content-type'] == 'image/webp')
        assert len(server.seen) == 1

    def test_what_lies_here_does_not_wait_for_a_silent_server(
        self, web, pictures, odd_server, tmp_path, monkeypatch
    ):
        go_on = threading.Event()
        server = odd_server(lambda handler: handler.reply(404 if go_on.wait(60) else 500))
        (tmp_path / 'own.png').write_bytes(drawn(200, 200, 'PNG'))
        client = web()
        with monkeypatch.context() as soon:
            soon.setattr(picture_routes, '_PATIENCE', 0.0)
            for number in range(60):  # more than there are threads
                client.get(pictures.address(f'{server.url}/{number}.png', 96))
        answer = client.get(pictures.local(tmp_path / 'own.png', 96))
        assert answer.headers['content-type'] == 'image/webp' and not go_on.is_set()
        go_on.set()

    def test_who_wants_it_again_gets_it(self, demo, web, pictures):
        url, client = special(demo, 'plain').url, web()
        fault = demo.faults.add('status', path=PICTURES, side='storage', status=500)
        address = pictures.address(url, 96)
        assert client.get(address).headers['content-type'] == 'image/svg+xml'
        assert pictures.failed(url)
        demo.faults.remove(fault)
        assert client.get(address).headers['content-type'] == 'image/svg+xml', 'not at once'
        pictures.forget(url)
        assert not pictures.failed(url) and pictures.address(url, 96) != address
        assert client.get(pictures.address(url, 96)).headers['content-type'] == 'image/webp'
        assert not pictures.failed(url)


class TestWhole:
    @pytest.fixture
    def movie(self, odd_server):
        content = motion_jpeg(7, 64, 64)
        server = odd_server(lambda handler: handler.reply(200, content, Content_Type='video/mp4'))
        return server, content

    def test_a_video_is_fetched_once_and_given_in_parts(self, web, pictures, movie, tmp_path):
        server, content = movie
        address, client = pictures.video(f'{server.url}/a.mp4'), web()
        whole = client.get(address)
        assert whole.content == content and whole.headers['accept-ranges'] == 'bytes'
        assert whole.headers['content-type'] == 'video/mp4'
        size = len(content)
        for asked, (begin, end) in {
            'bytes=0-': (0, size),
            'bytes=100-199': (100, 200),
            'bytes=-50': (size - 50, size),
            f'bytes=10-{size * 2}': (10, size),
        }.items():
            part = client.get(address, headers={'Range': asked})
            assert part.status_code == 206 and part.content == content[begin:end]
            assert part.headers['content-range'] == f'bytes {begin}-{end - 1}/{size}'
        assert len(server.seen) == 1
        tag = whole.headers['etag']
        assert client.get(address, headers={'If-None-Match': tag}).status_code == 304
        other = {'Range': 'bytes=0-9', 'If-Range': '"another"'}
        assert client.get(address, headers=other).content == content
        assert not [one for one in (tmp_path / 'pictures').iterdir() if one.is_file()]

    @pytest.mark.parametrize('asked', ['bytes=999999999-', 'bytes=-0', 'bytes=9-2'])
    def test_a_part_that_is_not_there(self, web, pictures, movie, asked):
        server, content = movie
        answer = web().get(pictures.video(f'{server.url}/a.mp4'), headers={'Range': asked})
        assert answer.status_code == 416
        assert answer.headers['content-range'] == f'bytes */{len(content)}'

    @pytest.mark.parametrize('asked', ['bytes=-', 'bytes=0-1,4-5', 'pages=1-2', 'bytes=x-y'])
    def test_what_is_no_range_is_all_of_it(self, web, pictures, movie, asked):
        server, content = movie
        answer = web().get(pictures.video(f'{server.url}/a.mp4'), headers={'Range': asked})
        assert answer.status_code == 200 and answer.content == content

    def test_a_video_larger_than_the_cache_plays(self, web, pictures, movie, fresh_settings):
        fresh_settings(cache_enabled=False)
        server, content = movie
        assert web().get(pictures.video(f'{server.url}/a.mp4')).content == content

    def test_a_video_that_is_none(self, web, pictures, odd_server):
        server = odd_server(lambda handler: handler.reply(200, b'<html>log in</html>'))
        assert web().get(pictures.video(f'{server.url}/a.mp4')).status_code == 404
        assert pictures.failed(f'{server.url}/a.mp4', 800)

    def test_a_file_of_ours(self, web, pictures, tmp_path):
        path = tmp_path / 'result.png'
        path.write_bytes(drawn(400, 300, 'PNG'))
        address, client = pictures.local(path), web()
        assert str(tmp_path) not in address and client.get(address).content == path.read_bytes()
        small = client.get(pictures.local(path, 96))
        assert Image.open(io.BytesIO(small.content)).width == 96
        path.write_bytes(drawn(40, 30, 'PNG'))
        assert pictures.local(path) != address, 'another content is another address'

    def test_other_files_do_not_get_out(self, web, pictures, tmp_path):
        path = tmp_path / 'key.png'
        path.write_bytes(b'secret')
        client = web()
        assert client.get(pictures.local(path)).status_code == 404
        assert client.get(pictures.local(path, 96)).headers['content-type'] == 'image/svg+xml'
        with pytest.raises(DiskError):
            pictures.local(tmp_path / 'not-there.png')
        assert client.get(f'{ROOT}/files/{"a" * 64}').status_code == 404
        assert client.get(f'{ROOT}/files/..%2Fkey.png').status_code == 404

    def test_an_address_is_no_path(self, web, pictures, tmp_path):
        path = tmp_path / 'a.png'
        path.write_bytes(drawn(40, 30, 'PNG'))
        for make in (pictures.video, lambda url: pictures.address(url, 96)):
            for url in (f'file://{path}', f'file 0 0 {path}', str(path)):
                answer = web().get(make(url))
                assert answer.status_code == 404 or 'svg' in answer.headers['content-type']


class TestDropped:
    def test_it_is_taken_and_counted(self, web, taken):
        answer = web().post(INSPECT, content=b'x' * 1000, headers=SAME)
        assert answer.json() == {'token': 'a-token'}
        ((content, held),) = taken
        assert content == b'x' * 1000 and held >= 2000
        assert guard.accounts().get('pictures', 0) == 0

    @pytest.mark.parametrize(
        'headers',
        [
            {'Sec-Fetch-Site': 'cross-site'},
            {'Sec-Fetch-Site': 'same-site'},
            {'Origin': 'https://evil.example'},
            {'Origin': 'null'},
        ],
    )
    def test_only_from_our_page(self, web, taken, headers):
        answer = web().post(INSPECT, content=b'x', headers=headers)
        assert answer.status_code == 403 and answer.json()['problem'] and taken == []

    def test_not_too_large(self, web, taken, monkeypatch):
        monkeypatch.setattr(picture_routes, 'MOST_DROPPED', 1000)
        client = web()
        assert client.post(INSPECT, content=b'x' * 1001, headers=SAME).status_code == 413
        pieces = (b'x' * 300 for _ in range(5))  # sent without a length
        answer = client.post(INSPECT, content=pieces, headers=SAME)
        assert answer.status_code == 413 and 'at most' in answer.json()['problem']
        assert taken == [] and guard.accounts().get('pictures', 0) == 0
        assert client.post(INSPECT, content=b'x' * 1000, headers=SAME).status_code == 200

    def test_who_is_not_signed_in(self, web, taken, pictures, tmp_path):
        def nobody(request: Request):
            raise HTTPException(status_code=401)

        path = tmp_path / 'a.png'
        path.write_bytes(drawn(40, 30, 'PNG'))
        client = web(Depends(nobody))
        assert client.post(INSPECT, content=b'x', headers=SAME).status_code == 401
        assert client.get(pictures.local(path)).status_code == 401
        assert taken == []
