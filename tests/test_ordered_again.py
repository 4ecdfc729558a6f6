"""The same order again: after its file was changed, and after what lay beside it is gone."""

from pathlib import Path

import pytest

from civitai_manager_libs.demo import FILES
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.library.verify import Health, Verifier
from civitai_manager_libs.store.downloads import DownloadStore

from .support.command import sent
from .test_engine import assert_whole
from .test_engine_control import moving

MOSS = 'moss_garden_v1.safetensors'


def spoil(path):
    content = bytearray(path.read_bytes())
    content[500] ^= 1
    path.write_bytes(content)


class TestAChangedFile:
    def test_it_stays_on_record_and_the_new_one_says_so(self, demo, bench):
        [first] = bench.fetch('1004')
        spoil(Path(first.path))
        [second] = bench.fetch('1004')
        assert second.id != first.id and Path(second.path).name == 'moss_garden_v1 (2).safetensors'
        assert_whole(demo, second)
        [note] = second.notes
        assert note.code == 'name_taken'
        assert note.details == {'path': first.path, 'name': Path(second.path).name}
        assert [task.id for task in bench.engine.snapshot().tasks] == [second.id]
        checked = Verifier(bench.database)
        found = checked.check(checked.files(), lambda count: None)
        health = {one.path.name: one.health for one in found}
        assert health == {MOSS: Health.CHANGED, Path(second.path).name: Health.OK}

    def test_one_that_is_gone_is_fetched_under_its_name(self, demo, bench):
        [first] = bench.fetch('1004')
        Path(first.path).unlink()
        [second] = bench.fetch('1004')
        assert (second.id, second.path, second.notes) == (first.id, first.path, ())

    def test_one_that_was_only_touched_is_kept(self, demo, bench):
        [first] = bench.fetch('1004')
        Path(first.path).touch()
        [second] = bench.fetch('1004')
        assert second.path == first.path and second.notes == ()
        checked = Verifier(bench.database)
        found = checked.check(checked.files(), lambda count: None)
        assert [one.health for one in found] == [Health.OK]


class TestBesideIt:
    @pytest.fixture(autouse=True)
    def wanted(self, fresh_settings):
        fresh_settings(write_sidecars=True)

    def test_left_out_at_first_and_wanted_now(self, demo, bench):
        [first] = bench.fetch('1004', sidecars=False)
        info = Path(first.path).with_suffix('.civitai.info')
        assert not info.exists()
        before = sent(demo, FILES)
        [second] = bench.fetch('1004')
        assert second.id == first.id and second.state is State.DONE and info.exists()
        assert sent(demo, FILES) == before

    def test_removed_by_somebody(self, demo, bench):
        [first] = bench.fetch('1004')
        user = Path(first.path).with_suffix('.json')
        user.unlink()
        assert bench.fetch('1004')[0].state is State.DONE and user.exists()

    def test_still_not_wanted(self, demo, bench):
        [first] = bench.fetch('1004', sidecars=False)
        [second] = bench.order('1004', sidecars=False)
        assert second == first


class TestHowFarItCame:
    def left(self, bench, task):
        """The task as it rests, whose bytes are those of the part up to a block of the disk."""
        now = DownloadStore(bench.database).get(task.id)
        assert 0 <= bench.part_size(task) - now.received < 4096
        return now

    def test_a_stopped_pool_leaves_the_true_number(self, demo, bench):
        task = moving(demo, bench)
        bench.engine.stop()
        assert self.left(bench, task).state is State.QUEUED

    def test_so_does_a_pause(self, demo, bench):
        task = moving(demo, bench)
        bench.engine.pause([task.id])
        bench.engine.stop()
        assert self.left(bench, task).state is State.PAUSED
