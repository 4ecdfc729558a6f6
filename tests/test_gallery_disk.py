"""The gallery's door where the disk does not take what comes, and how much it keeps there."""

import os
from pathlib import Path

import pytest

from civitai_manager_libs import civitai_gallery_action as gallery
from civitai_manager_libs import setting
from civitai_manager_libs.host.standalone import find_places

from .support.disks import small_disk
from .support.picture_server import files_below, kept, png


@pytest.fixture
def disk(tmp_path, picture_server):
    """A disk of 4 MB that all of ours lies on."""
    with small_disk(tmp_path / 'disk', 4) as mounted:
        setting.use_places(find_places(mounted))
        yield mounted


def test_a_full_disk_is_told_once_and_ends_the_work(disk, picture_server, notices):
    picture_server.content = lambda number: png(1, 1000, 1000)  # 1 MB
    disk.fill(leave=200_000)
    gallery.download_images(picture_server.addresses(30))
    assert [one.key for one in notices] == ['error.disk_full']
    assert sum(picture_server.asked.values()) <= 6
    assert [path.name for path in files_below(disk)] == ['ballast']
    disk.empty()
    gallery.download_images(picture_server.addresses(2))
    assert len(files_below(disk)) == 2 and len(notices) == 1


def test_room_that_is_to_stay_free(disk, picture_server, notices, fresh_settings):
    fresh_settings(minimum_free_space_mb=100)
    files, _, _ = gallery.gallery_loading(picture_server.addresses(3), None)
    assert [one.key for one in notices] == ['error.room_below_floor']
    assert files == [str(gallery.PLACEHOLDER)] * 3 and picture_server.asked == {}
    assert gallery._download_single_image(picture_server.address(0), str(disk / 'a.png')) is False


def test_a_disk_that_cannot_be_written(disk, picture_server, notices):
    disk.make_read_only()
    gallery.download_images(picture_server.addresses(3))
    folder = gallery.download_user_gallery_images(7, picture_server.addresses(2))
    assert {one.key for one in notices} == {'error.not_writable'}
    assert len(notices) == 2 and not Path(folder).exists() and files_below(disk) == []
    large = gallery.download_large_image(picture_server.address(0), str(disk / 'a.png'))
    assert large is False and files_below(disk) == [] and picture_server.asked == {}


def test_a_file_where_the_folder_should_be(picture_server, tmp_path, notices):
    (tmp_path / 'taken').write_bytes(b'')
    place = str(tmp_path / 'taken' / 'a.png')
    assert gallery._download_single_image(picture_server.address(0), place) is False
    manager = gallery.GalleryDownloadManager()
    assert manager.download_with_retry(picture_server.address(0), place) is False
    assert manager.failed_downloads == [(picture_server.address(0), place)]
    assert {one.key for one in notices} == {'error.not_writable'}


def test_a_path_that_can_be_none(picture_server, tmp_path, notices):
    place = str(tmp_path / 'a\0b.png')
    assert gallery._download_single_image(picture_server.address(0), place) is False
    assert gallery._download_single_image(place, str(tmp_path / 'a.png')) is False
    files, _, _ = gallery.gallery_loading([place], None)
    gallery.download_images([place])
    assert files == [str(gallery.PLACEHOLDER)] and files_below(tmp_path) == []
    assert [one.key for one in notices][:2] == ['error.not_writable', 'error.file_unreadable']


def test_a_folder_where_the_file_should_be(picture_server, notices):
    addresses = picture_server.addresses(3)
    (kept(addresses[1]) / 'x').mkdir(parents=True)
    gallery.download_images(addresses)
    assert [one.key for one in notices] == ['error.not_writable']
    assert len(files_below(setting.places().cache)) == 2


def test_what_was_used_longest_ago_makes_room(picture_server, fresh_settings):
    fresh_settings(cache_size_mb=1)
    picture_server.content = lambda number: png(number, 500, 500)  # 250 KB
    addresses = picture_server.addresses(8)
    gallery.download_images(addresses[:6])
    for age, address in enumerate(addresses[:6]):
        os.utime(kept(address), (1_000_000 - age, 1_000_000 - age))
    gallery.download_images(addresses[5:6])  # used now
    gallery.download_images(addresses[6:])
    there = [kept(address).exists() for address in addresses]
    assert there == [True, True, False, False, False, True, True, True]
