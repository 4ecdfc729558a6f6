"""The same file elsewhere in the model folders is taken in place of a download."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from civitai_manager_libs.demo import FILES, SPECIAL
from civitai_manager_libs.domain.targets import parse_target
from civitai_manager_libs.domain.task import Order, State
from civitai_manager_libs.transfers import reuse

from .support.command import eventually, files_below
from .support.disks import small_disk

PLAIN = SPECIAL['plain']
TARGET = str(PLAIN.model_id)
NAME = 'LORA/moss_garden_v1.safetensors'


@pytest.fixture
def lying(bench, demo):
    """Puts the plain model under another name into the model folders."""

    def put(name='Other/mine.safetensors', content=None):
        path = bench.downloads / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(demo.file_bytes(PLAIN.file_id) if content is None else content)
        return path

    return put


def moved(demo):
    """How often a file was asked for."""
    return len(demo.requests.of('storage'))


def planned(bench, **order):
    [download] = bench.engine.plan(parse_target(TARGET), Order(**order)).downloads
    return download


class TestTaking:
    @pytest.mark.parametrize('how', ['link', 'copy'])
    def test_in_place_of_a_download(self, demo, bench, lying, how):
        source = lying()
        [task] = bench.fetch(TARGET, reuse=how)
        assert task.state is State.DONE and task.verified, task
        assert Path(task.path) == bench.downloads / NAME and moved(demo) == 0
        assert Path(task.path).read_bytes() == source.read_bytes()
        assert os.path.samefile(task.path, source) is (how == 'link')
        assert files_below(bench.downloads) == [NAME, 'Other/mine.safetensors']
        assert task.sha256 == demo.file_hashes(PLAIN.file_id)['SHA256'].lower()
        assert task.received == task.total == source.stat().st_size

    def test_an_order_says_no(self, demo, bench, lying, fresh_settings):
        fresh_settings(reuse_files='link')
        lying()
        [task] = bench.fetch(TARGET, reuse='no')
        assert task.state is State.DONE and moved(demo) == 1 and not task.order.source

    @pytest.mark.parametrize(
        'setting, how', [('link', 'link'), ('copy', 'copy'), ('offer', ''), ('never', '')]
    )
    def test_the_setting_decides_what_an_order_leaves_open(
        self, bench, lying, fresh_settings, setting, how
    ):
        fresh_settings(reuse_files=setting)
        source = lying()
        download = planned(bench)
        assert (download.reuse, download.source) == (how, str(source) if how else '')
        assert bench.engine.offers(Order()) is (setting == 'offer')
        assert not bench.engine.offers(Order(reuse='no'))
        assert bench.engine.elsewhere(download) == source

    @pytest.mark.parametrize('how', ['link', 'copy', 'no', ''])
    def test_its_own_numbered_file_is_there_already(self, demo, bench, lying, how):
        own = lying('LORA/moss_garden_v1 (2).safetensors')
        assert bench.engine.elsewhere(planned(bench)) is None
        [task] = bench.fetch(TARGET, reuse=how)
        assert (task.state, task.path, task.verified) == (State.DONE, str(own), True)
        assert moved(demo) == 0 and files_below(own.parent) == [own.name]

    def test_a_numbered_file_of_another_content_is_not_it(self, demo, bench, lying):
        lying('LORA/moss_garden_v1 (2).safetensors', b'another file')
        [task] = bench.fetch(TARGET)
        assert task.path == str(bench.downloads / NAME) and moved(demo) == 1

    def test_nothing_elsewhere_is_an_ordinary_download(self, demo, bench):
        [task] = bench.fetch(TARGET, reuse='link')
        assert task.state is State.DONE and moved(demo) == 1 and task.order.reuse == ''

    def test_a_finished_download_outside_the_model_folders(self, demo, bench, tmp_path):
        [first] = bench.fetch(TARGET, folder=str(tmp_path / 'far'))
        [second] = bench.fetch(TARGET, reuse='link')
        assert moved(demo) == 1 and os.path.samefile(first.path, second.path)


class TestFallingBack:
    def test_the_source_is_gone_when_its_turn_comes(self, demo, bench, lying):
        source = lying()
        [task] = bench.order(TARGET, reuse='link')
        source.unlink()
        bench.engine.start()
        [task] = bench.engine.wait([task.id])
        assert task.state is State.DONE and task.verified and moved(demo) == 1
        assert files_below(bench.downloads) == [NAME]

    @pytest.mark.parametrize('how', ['link', 'copy'])
    def test_the_source_has_changed_when_its_turn_comes(self, demo, bench, lying, how):
        source = lying()
        [task] = bench.order(TARGET, reuse=how)
        other = b'x' * source.stat().st_size
        source.write_bytes(other)
        bench.engine.start()
        [task] = bench.engine.wait([task.id])
        assert task.state is State.DONE and moved(demo) == 1
        assert Path(task.path).read_bytes() == demo.file_bytes(PLAIN.file_id)
        assert source.read_bytes() == other
        assert files_below(bench.downloads) == [NAME, 'Other/mine.safetensors']

    def test_another_file_of_that_name_is_not_written_over(self, demo, bench, lying):
        lying()
        here = lying(NAME, b'something else')
        [task] = bench.fetch(TARGET, reuse='link')
        assert task.state is State.DONE and here.read_bytes() == b'something else'
        assert Path(task.path).name == 'moss_garden_v1 (2).safetensors' and moved(demo) == 0

    def test_a_disk_of_its_own_gets_a_copy(self, demo, bench, lying, tmp_path):
        source = lying()
        with small_disk(tmp_path / 'disk', megabytes=8) as disk:
            [task] = bench.fetch(TARGET, reuse='link', folder=str(disk))
            assert task.state is State.DONE and moved(demo) == 0
            assert Path(task.path).read_bytes() == source.read_bytes()
            assert files_below(disk) == ['moss_garden_v1.safetensors']

    def test_a_file_system_without_links_gets_a_copy(self, demo, bench, lying, monkeypatch):
        source = lying()
        own_rename = os.rename

        def refuse(*_, **__):
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

        monkeypatch.setattr(os, 'link', refuse)
        monkeypatch.setattr(os, 'rename', own_rename)
        [task] = bench.fetch(TARGET, reuse='link')
        assert task.state is State.DONE and moved(demo) == 0
        assert Path(task.path).read_bytes() == source.read_bytes()
        assert not os.path.samefile(task.path, source)

    def test_a_disk_too_small_for_the_copy(self, demo, bench, lying, tmp_path):
        lying()
        with small_disk(tmp_path / 'disk', megabytes=2) as disk:
            disk.fill(leave=100_000)
            [task] = bench.fetch(TARGET, reuse='copy', folder=str(disk))
            assert task.state is State.PAUSED and task.error_code == 'disk_full'
            assert files_below(disk) == ['ballast']
            disk.empty()
            bench.engine.resume([task.id])
            [task] = bench.engine.wait([task.id])
            assert task.state is State.DONE and moved(demo) == 0

    def test_room_that_is_to_stay_free(self, demo, bench, lying, tmp_path, fresh_settings):
        lying()
        with small_disk(tmp_path / 'disk', megabytes=4) as disk:
            fresh_settings(minimum_free_space_mb=4)
            [task] = bench.fetch(TARGET, reuse='copy', folder=str(disk))
            assert task.state is State.PAUSED and task.error_code == 'room_below_floor'
            assert files_below(disk) == []


class TestStopping:
    @pytest.mark.parametrize('how', ['link', 'copy'])
    def test_a_pause_leaves_nothing_behind(self, demo, bench, lying, monkeypatch, how):
        lying()
        monkeypatch.setattr(reuse, '_PIECE', 1000)
        [task] = bench.order(TARGET, reuse=how)
        paused = []

        def slowly(self, file, buffer):
            if not paused:
                paused.extend(bench.engine.pause([task.id]))
            eventually(lambda: self._stop.is_set() or self._progressed())
            return file.readinto(buffer)

        def progressed(self):
            self._on_progress(reuse.Progress(0, 0, 1))
            return False

        with monkeypatch.context() as patch:
            patch.setattr(reuse._Taking, '_next', slowly)
            patch.setattr(reuse._Taking, '_progressed', progressed, raising=False)
            bench.engine.start()
            [rested] = bench.engine.wait([task.id])
            eventually(lambda: bench.released(task), 'the part is let go')
            eventually(lambda: files_below(bench.downloads) == ['Other/mine.safetensors'])
        assert rested.state is State.PAUSED
        bench.engine.resume([task.id])
        [done] = bench.engine.wait([task.id])
        assert done.state is State.DONE and moved(demo) == 0

    def test_what_has_arrived_already_is_kept_when_the_source_will_not_do(
        self, demo, bench, lying, fresh_settings
    ):
        demo.replace_file(PLAIN.file_id, size=4 << 20)
        slow = demo.faults.add('throttle', path=FILES, bytes_per_second=2_000_000)
        [task] = bench.order(TARGET)
        bench.engine.start()
        bench.reached(task, 'running', received=1_000_000)
        bench.engine.pause([task.id])
        eventually(lambda: bench.released(task), 'the part is let go')
        demo.faults.remove(slow)
        kept = bench.store.get(task.id).received
        order = replace(task.order, reuse='link', source=str(lying(content=b'x' * (4 << 20))))
        bench.store.revise(task.id, order)
        bench.engine.resume([task.id])
        [done] = bench.engine.wait([task.id])
        assert done.state is State.DONE
        again = demo.requests.of('storage')[-1].headers['range']
        assert int(again[6:].partition('-')[0]) >= kept - (1 << 20) > 0
