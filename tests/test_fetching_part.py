"""The hidden file that a picture is written into: taken over, never shared, never left."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

import civitai_manager_libs
from civitai_manager_libs.errors import DiskFull, NotWritable
from civitai_manager_libs.fetching.formats import is_whole
from civitai_manager_libs.fetching.part import PicturePart
from civitai_manager_libs.fetching.receive import PictureOrder, receive_picture
from civitai_manager_libs.http_client import CivitaiHttpClient

from .support.command import eventually
from .support.disks import small_disk
from .support.served_pictures import encoded, served

PICTURE = encoded('PNG', (200, 200))
CHILD = """
import sys
import threading
from pathlib import Path
from civitai_manager_libs.fetching.receive import receive_picture
from civitai_manager_libs.http_client import CivitaiHttpClient

sys.stdin.readline()
print(receive_picture(CivitaiHttpClient(), sys.argv[1], Path(sys.argv[2])).sha256)
"""
ENDING = """
import sys, threading
from pathlib import Path
from civitai_manager_libs.fetching.receive import receive_picture
from civitai_manager_libs.http_client import CivitaiHttpClient

wanted = CivitaiHttpClient(), sys.argv[1], Path(sys.argv[2])
threading.Thread(target=receive_picture, args=wanted, daemon=True).start()
sys.stdin.read()
"""


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def write(part, content=PICTURE):
    part.write(memoryview(content))


@pytest.fixture
def client(fresh_settings):
    made = CivitaiHttpClient()
    yield made
    made.close()


def test_nothing_is_made_before_the_first_byte(tmp_path):
    with PicturePart(tmp_path / 'folder' / 'a') as part:
        assert not (tmp_path / 'folder').exists()
        write(part)
        assert names(tmp_path / 'folder') == ['.a.part']
    assert names(tmp_path / 'folder') == []


def test_what_a_killed_process_has_left_is_taken_over(tmp_path):
    (tmp_path / '.a.part').write_bytes(b'x' * 999_999)
    with PicturePart(tmp_path / 'a') as part:
        write(part)
        assert names(tmp_path) == ['.a.part']
        assert part.finish('.png', False).read_bytes() == PICTURE
    assert names(tmp_path) == ['a.png']


def test_two_at_once_write_beside_each_other_and_one_is_kept(tmp_path):
    with PicturePart(tmp_path / 'a') as one, PicturePart(tmp_path / 'a') as other:
        write(one, PICTURE[:5000])
        write(other, PICTURE)
        assert names(tmp_path) == ['.a.2.part', '.a.part']
        assert other.finish('.png', False) == tmp_path / 'a.png'
        write(one, PICTURE[5000:])
        assert one.finish('.png', False) == tmp_path / 'a.png'
    assert (tmp_path / 'a.png').read_bytes() == PICTURE and names(tmp_path) == ['a.png']


def test_a_beginning_over_forgets_size_hash_and_bytes(tmp_path):
    with PicturePart(tmp_path / 'a') as part, PicturePart(tmp_path / 'b') as other:
        write(part, b'x' * 999_999)
        part.restart()
        write(part)
        write(other)
        assert (part.size, part.sha256) == (other.size, other.sha256)
        assert part.finish('.png', False).read_bytes() == PICTURE


def test_a_long_name_fits_into_what_disks_allow(tmp_path):
    name = '畫' * 80
    with PicturePart(tmp_path / name) as part:
        write(part)
        assert part.finish('.png', False).name == name + '.png'


def test_a_disk_that_is_full_is_said_and_nothing_is_left(tmp_path, client, odd_server):
    server = odd_server(served(PICTURE))
    with small_disk(tmp_path / 'disk', 1) as disk:
        disk.fill(leave=40_000)
        before = names(disk)
        with pytest.raises(DiskFull) as full:
            receive_picture(client, server.url, disk / 'a')
        assert full.value.details['path'] == str(disk / 'a')
        assert names(disk) == before and len(server.seen) == 1
        disk.empty()
        assert receive_picture(client, server.url, disk / 'a').size == len(PICTURE)


def test_a_folder_that_cannot_be_made_is_said(tmp_path, client, odd_server):
    (tmp_path / 'file').write_bytes(b'')
    server = odd_server(served(PICTURE))
    with pytest.raises(NotWritable):
        receive_picture(client, server.url, tmp_path / 'file' / 'a')
    assert len(server.seen) == 1


@pytest.mark.parametrize('replace', [True, False])
def test_a_folder_in_the_way_is_said_and_nothing_is_left(tmp_path, client, odd_server, replace):
    folder = tmp_path / 'pictures'
    (folder / 'a.png').mkdir(parents=True)
    with pytest.raises(NotWritable):
        url = odd_server(served(PICTURE)).url
        receive_picture(client, url, folder / 'a', PictureOrder(replace=replace))
    assert names(folder) == ['a.png']


def surroundings(site):
    """The environment of a process of its own that takes ``site`` for Civitai."""
    package = str(Path(civitai_manager_libs.__file__).parent.parent)
    return {'PYTHONPATH': package, 'CIVITAI_SHORTCUT_CIVITAI_BASE_URL': site}


def test_processes_that_fetch_the_same_at_once_all_end_with_a_whole_one(tmp_path, odd_server):
    server, place = odd_server(served(PICTURE)), tmp_path / 'pictures' / 'a'
    children = [
        subprocess.Popen(
            [sys.executable, '-c', CHILD, server.url, str(place)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=surroundings(server.url),
            encoding='utf-8',
        )
        for _ in range(4)
    ]
    for child in children:
        child.stdin.write('go\n')
        child.stdin.flush()
    said = {child.communicate(timeout=60)[0] for child in children}
    assert (
        len(said) == 1 and not said & {''} and [child.returncode for child in children] == [0] * 4
    )
    assert is_whole(place.with_name('a.png')) and names(place.parent) == ['a.png']


def test_a_process_that_ends_while_a_server_is_silent_leaves_nothing(tmp_path, odd_server):
    go_on, place = threading.Event(), tmp_path / 'pictures' / 'a'

    def answer(handler):
        handler.send_response(200)
        handler.send_header('Content-Length', str(len(PICTURE)))
        handler.end_headers()
        handler.wfile.write(PICTURE[:50_000])
        handler.wfile.flush()
        go_on.wait(60)

    server = odd_server(answer)
    child = subprocess.Popen(
        [sys.executable, '-c', ENDING, server.url, str(place)],
        stdin=subprocess.PIPE,
        env=surroundings(server.url),
    )
    assert eventually(lambda: place.with_name('.a.part').exists())
    child.communicate(b'end', timeout=60)
    go_on.set()
    assert child.returncode == 0 and names(place.parent) == []
