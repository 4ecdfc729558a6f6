"""The pictures that the page shows: fetched by us, only what we have met, bounded on disk."""

import io
import logging

import pytest
import requests
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

from civitai_manager_libs import picture_routes
from civitai_manager_libs.demo import PICTURES, SPECIAL
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.pictures import Pictures
from civitai_manager_libs.webapi import add_routes


@pytest.fixture
def cover(demo):
    """The address of a picture of the demo catalogue."""
    found = requests.get(f'{demo.base_url}/api/v1/models/{SPECIAL["plain"].model_id}', timeout=10)
    return found.json()['modelVersions'][0]['images'][0]['url']


@pytest.fixture
def pictures(fresh_settings, tmp_path):
    client = CivitaiHttpClient()
    yield Pictures(client, tmp_path / 'pictures')
    client.close()


@pytest.fixture
def web(pictures, monkeypatch):
    monkeypatch.setattr(picture_routes, '_PATIENCE', 60.0)  # however busy this machine is
    app = FastAPI()
    add_routes(app, pictures, bytes)
    logging.getLogger('httpx').setLevel(logging.WARNING)
    with TestClient(app) as client:
        yield client


def key_of(address):
    return address.split('/')[-1].split('?')[0]


def kept(tmp_path):
    return sorted((tmp_path / 'pictures').rglob('*.*'))


def test_a_picture_comes_small_and_is_kept(demo, pictures, web, cover, tmp_path):
    answer = web.get(pictures.address(cover, 96))
    assert answer.status_code == 200 and answer.headers['content-type'] == 'image/webp'
    made = Image.open(io.BytesIO(answer.content))
    assert made.format == 'WEBP' and made.width == 96
    assert len(kept(tmp_path)) == 1
    asked = len(demo.requests.of('storage', PICTURES))
    again = web.get(pictures.address(cover, 96))
    assert again.content == answer.content
    assert len(demo.requests.of('storage', PICTURES)) == asked
    tag = {'If-None-Match': answer.headers['etag']}
    assert web.get(pictures.address(cover, 96), headers=tag).status_code == 304


def test_only_what_was_met_can_be_asked_for(web, demo):
    assert web.get('/civitai-shortcut/pictures/' + 'a' * 64).status_code == 404
    assert web.get('/civitai-shortcut/pictures/http%3A%2F%2Fx').status_code == 404
    assert demo.requests.of('storage', '/') == []


@pytest.mark.parametrize(
    'fault', [('status', {'side': 'storage', 'status': 500}), ('html_200', {}), ('drop', {})]
)
def test_a_broken_picture_is_a_neutral_one(demo, pictures, web, cover, tmp_path, fault):
    kind, options = fault
    demo.faults.add(kind, path=PICTURES, **options)
    answer = web.get(pictures.address(cover, 96))
    assert answer.status_code == 200 and answer.headers['content-type'] == 'image/svg+xml'
    assert answer.headers['cache-control'] == 'no-store' and kept(tmp_path) == []


def test_a_video_has_no_still_here(pictures, web, cover):
    answer = web.get(pictures.address(cover.rsplit('.', 1)[0] + '.mp4', 96))
    assert answer.headers['content-type'] == 'image/svg+xml'


@pytest.mark.parametrize('url', ['file:///etc/passwd', 'ftp://x/y', 'javascript:1'])
def test_only_web_addresses_are_fetched(pictures, web, url):
    assert web.get(pictures.address(url, 96)).headers['content-type'] == 'image/svg+xml'


def test_the_oldest_go_when_there_are_too_many(pictures, fresh_settings, cover, tmp_path):
    fresh_settings(cache_size_mb=1)
    folder = tmp_path / 'pictures' / 'ff'
    folder.mkdir(parents=True)
    (folder / 'old-96.jpeg').write_bytes(b'x' * 1_100_000)
    assert pictures.read(key_of(pictures.address(cover, 96)), 96, 60) is not None
    assert not (folder / 'old-96.jpeg').exists()


def test_without_a_cache_nothing_is_kept(pictures, fresh_settings, cover, tmp_path):
    fresh_settings(cache_enabled=False)
    assert pictures.read(key_of(pictures.address(cover, 96)), 96, 60) is not None
    assert kept(tmp_path) == []
