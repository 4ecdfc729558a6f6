"""Pictures of saved models are kept: once, whole, though the disk is full or the site away."""

import threading

import pytest
from PIL import Image

from civitai_manager_libs.demo import PICTURES, SPECIAL
from civitai_manager_libs.domain.models import Picture
from civitai_manager_libs.library import shortcut_pictures
from civitai_manager_libs.library.shortcut_pictures import KEPT_WIDTH
from .support.disks import small_disk
from .support.kept_pictures import asked
from .support.served_pictures import encoded

PATIENCE = 30


def here(keeper, wanted):
    return [keeper.kept(one.url) is not None for one in wanted]


def wanted_files(folder):
    return sorted(path.name for path in (folder / 'wanted').iterdir())


class TestKeeping:
    def test_each_once_and_no_wider_than_needed(self, demo, keeping, pictures):
        keeper, wanted = keeping(), pictures(1001)
        keeper.want(1001, wanted)
        assert keeper.wait(PATIENCE) and here(keeper, wanted) == [True] * len(wanted)
        for one in wanted:
            with Image.open(keeper.kept(one.url)) as picture:
                assert picture.width <= KEPT_WIDTH
        count = asked(demo)
        keeper.want(1001, wanted)
        assert keeper.wait(PATIENCE) and asked(demo) == count == len(wanted)

    def test_a_still_of_a_video(self, keeping, pictures):
        keeper, wanted = keeping(), pictures(SPECIAL['video'].model_id)
        assert wanted[0].type == 'video'
        keeper.want(1012, wanted)
        assert keeper.wait(PATIENCE)
        with Image.open(keeper.kept(wanted[0].url)) as picture:
            assert picture.format == 'JPEG'

    def test_what_is_wanted_no_longer_goes_when_the_others_are_here(self, demo, keeping, pictures):
        keeper, wanted = keeping(), pictures(1001)
        keeper.want(1001, wanted[:3])
        assert keeper.wait(PATIENCE)
        demo.faults.add('status', side='storage', path=PICTURES, status=404, times=1)
        keeper.want(1001, wanted[2:4])
        assert keeper.wait(PATIENCE)
        assert here(keeper, wanted[:4]) == [True, True, True, False]
        keeper.want(1001, wanted[2:4])
        assert keeper.wait(PATIENCE)
        assert here(keeper, wanted[:4]) == [False, False, True, True]

    def test_dropped_while_they_come(self, demo, keeping, pictures, tmp_path):
        keeper, wanted = keeping(), pictures(1001)
        slow = demo.faults.add('delay', side='storage', path=PICTURES, seconds=0.5)
        keeper.want(1001, wanted[:3])
        arrived = threading.Event()
        while not slow.hits:
            assert not arrived.wait(0.01)
        keeper.drop(1001)
        assert keeper.wait(PATIENCE)
        assert here(keeper, wanted[:3]) == [False] * 3
        left = [path for path in (tmp_path / 'shortcuts').rglob('*') if path.is_file()]
        assert [path.name for path in left] == ['.fetching']

    def test_the_small_one_of_an_earlier_program_stands_in(self, demo, keeping, pictures):
        keeper, wanted = keeping(), pictures(1001)
        keeper.adopt(wanted[0].url, encoded('PNG'))
        assert keeper.kept(wanted[0].url).parent.parent.name == 'thumbs'
        keeper.want(1001, wanted[:1])
        assert keeper.wait(PATIENCE) and asked(demo) == 1
        assert keeper.kept(wanted[0].url).parent.parent.name == 'pictures'

    def test_one_picture_in_another_size(self, keeping):
        """Lists and single answers ask the picture server for different ones."""
        keeper = keeping()
        begins = 'https://image.civitai.com/xG1/4f0d3a8e-6b52-4f5e-9c1a-0123456789ab'
        urls = [f'{begins}/{rest}' for rest in ('width=450/77.jpeg', 'original=true/77.jpeg', '77')]
        keeper.adopt(urls[0], encoded('PNG'))
        assert len({keeper.kept(url) for url in urls}) == 1
        assert keeper.kept(urls[0].replace('4f0d', '4f0e')) is None
        assert keeper.kept(urls[0].replace('image.civitai.com', 'example.org')) is None

    @pytest.mark.parametrize(
        'url',
        ('', 'file:///etc/passwd', 'javascript:x', '../../x', 'http://', 'x' * 70_000, '\ud800'),
    )
    def test_addresses_that_are_none(self, keeping, url):
        keeper = keeping()
        keeper.want(7, [Picture(url=url)])
        assert keeper.wait(PATIENCE) and keeper.kept(url) is None


class TestTrouble:
    def test_one_that_cannot_be_had_costs_no_other(self, demo, keeping, pictures, tmp_path):
        keeper, wanted = keeping(), pictures(1001)
        names = [one.url.rpartition('/')[2] for one in wanted]
        demo.faults.add('status', side='storage', path=names[0], status=404)
        demo.faults.add('html_200', path=names[1])
        keeper.want(1001, wanted)
        assert keeper.wait(PATIENCE)
        assert here(keeper, wanted) == [False, False] + [True] * (len(wanted) - 2)
        assert wanted_files(tmp_path / 'shortcuts') == []

    def test_a_server_that_fails_on_one_is_asked_again_at_the_next_start(
        self, demo, keeping, pictures, tmp_path
    ):
        keeper, wanted = keeping(), pictures(1001)
        demo.faults.add('status', side='storage', path=PICTURES, status=500, times=1)
        keeper.want(1001, wanted)
        assert keeper.wait(PATIENCE)
        assert here(keeper, wanted) == [False] + [True] * (len(wanted) - 1)
        assert wanted_files(tmp_path / 'shortcuts') == ['1001.json']
        keeper.look()
        assert keeper.wait(PATIENCE) and here(keeper, wanted)[0] is False
        keeper.resume()
        assert keeper.wait(PATIENCE) and here(keeper, wanted)[0] is True

    def test_the_site_goes_away_and_comes_back(self, demo, keeping, pictures):
        keeper, wanted = keeping(), pictures(1001)
        fault = demo.faults.add('drop', side='storage', path=PICTURES, skip=2)
        keeper.want(1001, wanted)
        assert keeper.wait(PATIENCE) and keeper.problem is not None
        count = asked(demo)
        assert sum(here(keeper, wanted)) == 2
        keeper.want(1001, wanted)  # it rests all the same
        assert keeper.wait(PATIENCE) and asked(demo) == count
        demo.faults.remove(fault)
        keeper.resume()
        assert keeper.wait(PATIENCE) and all(here(keeper, wanted))
        assert keeper.problem is None

    def test_one_that_hangs_is_put_aside_when_others_come(
        self, demo, keeping, pictures, monkeypatch
    ):
        monkeypatch.setattr(shortcut_pictures, '_FIRST_REST', 0.01)
        keeper, wanted = keeping(), pictures(1001)
        demo.faults.add('drop', side='storage', path=wanted[0].url.rpartition('/')[2])
        keeper.want(1001, wanted[:1])
        keeper.want(1003, pictures(1003)[:3])
        seen = threading.Event()
        while keeper._threads:
            assert not seen.wait(0.02)
        assert here(keeper, pictures(1003)[:3]) == [True] * 3
        assert here(keeper, wanted[:1]) == [False]

    def test_stopped_in_the_middle_and_started_again(self, demo, keeping, pictures):
        wanted = pictures(1001)
        slow = demo.faults.add('stall', path=PICTURES, after=100, skip=1)
        first = keeping()
        first.want(1001, wanted)
        arrived = threading.Event()
        while not slow.hits:
            assert not arrived.wait(0.01)
        first.stop()
        demo.faults.clear()
        second = keeping()
        second.resume()
        assert second.wait(PATIENCE) and all(here(second, wanted))

    def test_two_at_once_fetch_each_picture_once(self, demo, keeping, pictures, tmp_path):
        one, other = keeping(), keeping()
        demo.faults.add('delay', side='storage', path=PICTURES, seconds=0.05)
        first, second = pictures(1001), pictures(1003)[:6]
        one.want(1001, first)
        other.want(1003, second)  # left to the first
        other.resume()
        assert one.wait(PATIENCE) and other.wait(PATIENCE)
        assert all(here(other, [*first, *second]))
        assert asked(demo) == len(first) + len(second)
        assert wanted_files(tmp_path / 'shortcuts') == []

    def test_garbage_in_the_folder(self, keeping, pictures, tmp_path):
        folder = tmp_path / 'shortcuts' / 'wanted'
        folder.mkdir(parents=True)
        for name in ('1001.json', '7.json', 'x.json', '.torn', '8.txt'):
            (folder / name).write_bytes(b'{"model_id": 1')
        keeper, wanted = keeping(), pictures(1001)
        keeper.resume()
        assert keeper.wait(PATIENCE)
        keeper.want(1001, wanted)
        assert keeper.wait(PATIENCE) and all(here(keeper, wanted))


class TestDisk:
    def test_full(self, demo, keeping, pictures, tmp_path, notices):
        """Told once; nothing is torn, and it goes on when there is room."""
        wanted = pictures(1001)
        with small_disk(tmp_path / 'small', 4) as disk:
            keeper = keeping(disk / 'shortcuts')
            keeper.want(1001, wanted[:1])
            assert keeper.wait(PATIENCE)
            disk.fill()
            keeper.want(1001, wanted)
            keeper.want(1003, pictures(1003)[:2])
            assert keeper.wait(PATIENCE)
            assert here(keeper, wanted) == [True] + [False] * (len(wanted) - 1)
            keys = {notice.key for notice in notices}
            assert keys and keys <= {'error.disk_full', 'error.room_below_floor'}
            disk.empty()
            keeper.want(1001, wanted)
            keeper.resume()
            assert keeper.wait(PATIENCE) and all(here(keeper, wanted))
            keeper.stop()

    def test_the_floor_that_stays_free(self, keeping, pictures, fresh_settings, notices, demo):
        keeper, wanted = keeping(), pictures(1001)
        fresh_settings(minimum_free_space_mb=1 << 20)
        keeper.want(1001, wanted)
        assert keeper.wait(PATIENCE) and keeper.problem.code == 'room_below_floor'
        assert [notice.key for notice in notices] == ['error.room_below_floor']
        assert asked(demo) == 0
        fresh_settings(minimum_free_space_mb=0)
        keeper.resume()
        assert keeper.wait(PATIENCE) and all(here(keeper, wanted))

    def test_not_writable(self, keeping, pictures, tmp_path, notices):
        with small_disk(tmp_path / 'small', 4, writable=False) as disk:
            keeper = keeping(disk / 'shortcuts')
            keeper.want(1001, pictures(1001))
            keeper.resume()
            assert keeper.wait(PATIENCE)
            assert {notice.key for notice in notices} == {'error.not_writable'}
