"""Every page shows what is kept of a saved model, also when nothing else can be had."""

import io

import pytest
from PIL import Image

from civitai_manager_libs.domain.models import Picture
from civitai_manager_libs.library.shortcut_pictures import KEPT_WIDTH
from civitai_manager_libs.pictures import Pictures
from .support.kept_pictures import asked
from .support.served_pictures import encoded, served

PATIENCE = 30


@pytest.fixture
def shown(client, keeping, pictures, tmp_path):
    keeper = keeping()
    keeper.want(1001, pictures(1001))
    assert keeper.wait(PATIENCE)
    return Pictures(client, tmp_path / 'cache', keeper.kept)


def read(shown, picture, width):
    address = shown.still(picture, width)
    return shown.read(address.rpartition('/')[2].partition('?')[0], width, PATIENCE)


def test_nothing_is_asked_for(demo, shown, pictures):
    demo.requests.clear()
    content = read(shown, pictures(1001)[0], 320)
    assert Image.open(io.BytesIO(content)).size[0] == 320
    assert asked(demo) == 0


def test_a_larger_one_is_asked_for_as_long_as_it_can_be_had(demo, shown, pictures):
    demo.requests.clear()
    one, other = pictures(1001)[:2]
    assert read(shown, one, 1200) and asked(demo) == 1
    demo.stop()
    large = Image.open(io.BytesIO(read(shown, one, 1200)))
    instead = Image.open(io.BytesIO(read(shown, other, 1200)))
    assert instead.width <= KEPT_WIDTH and large.format == instead.format == 'WEBP'
    assert not shown.failed(other.url)


def test_a_torn_file_is_asked_for_again(demo, client, keeping, pictures, tmp_path):
    keeper, wanted = keeping(), pictures(1001)
    keeper.want(1001, wanted[:1])
    assert keeper.wait(PATIENCE)
    kept = keeper.kept(wanted[0].url)
    kept.write_bytes(kept.read_bytes()[:200])
    shown = Pictures(client, tmp_path / 'cache', keeper.kept)
    demo.requests.clear()
    assert read(shown, wanted[0], 320) and asked(demo) == 1


def test_an_odd_server(odd_server, client, keeping, tmp_path, fresh_settings):
    server = odd_server(served(encoded('PNG', (900, 30))))
    fresh_settings(http_max_retries=0)
    picture = Picture(url=f'{server.url}/a.png')
    keeper = keeping()
    keeper.want(3, [picture])
    assert keeper.wait(PATIENCE)
    count = len(server.seen)
    shown = Pictures(client, tmp_path / 'cache', keeper.kept)
    assert read(shown, picture, 450) and len(server.seen) == count == 1
