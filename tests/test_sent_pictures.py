"""Pictures on their way into a tab of the host: fetched once, few kept."""

import os

import pytest

from civitai_manager_libs.domain.gallery import GalleryPicture
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.images import sending
from civitai_manager_libs.images.sending import fetch_original
from tests.support.served_pictures import encoded, served


@pytest.fixture
def client(fresh_settings):
    made = CivitaiHttpClient()
    yield made
    made.close()


@pytest.fixture
def server(odd_server):
    return odd_server(served(encoded('PNG')))


@pytest.fixture
def sent(tmp_path):
    folder = tmp_path / 'sent'
    folder.mkdir()
    return folder


def picture(server, number, **more):
    return GalleryPicture(id=number, url=f'{server.url}/{number}.jpeg', type='image', **more)


def test_the_original_is_fetched_once(client, server, sent):
    first = fetch_original(client, picture(server, 7), sent)
    assert first.read_bytes() == encoded('PNG') and first.name == '7.png'
    before = len(server.seen)
    assert fetch_original(client, picture(server, 7), sent) == first
    assert len(server.seen) == before > 0


def test_only_the_latest_few_are_kept(client, server, sent):
    for number in range(1, sending._MOST_KEPT + 1):
        path = sent / f'{number}.png'
        path.write_bytes(b'x')
        os.utime(path, (number, number))
    newest = fetch_original(client, picture(server, 100), sent)
    names = {one.name for one in sent.iterdir()}
    assert newest.name in names and len(names) == sending._MOST_KEPT
    assert '1.png' not in names and '2.png' in names


def test_one_that_another_page_has_just_dropped_is_no_fault(sent):
    for number in range(sending._MOST_KEPT + 2):
        (sent / f'{number}.png').write_bytes(b'x')
    (sent / 'gone.png').symlink_to(sent / 'nowhere')  # as if it went between two looks
    sending._drop_oldest(sent)
    assert len(list(sent.glob('[0-9]*.png'))) == sending._MOST_KEPT


def test_videos_and_other_addresses_are_none(client, sent):
    for kind, url in (('video', 'https://image.civitai.com/a.mp4'), ('image', 'file:///etc/x')):
        one = GalleryPicture(id=1, url=url, type=kind)
        assert fetch_original(client, one, sent) is None
    assert list(sent.iterdir()) == []
