"""Pause, resume, retry, cancel and stop while bytes are on their way."""

import threading
import time
from pathlib import Path

import pytest

from civitai_manager_libs.demo import FILES, SPECIAL
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import StoreLocked
from civitai_manager_libs.transfers import worker as worker_module

from .support.command import eventually, files_below, sent
from .support.held import Held
from .test_engine import assert_whole

SLOW = 300_000
SPEED = 300_000
TARGET = str(SPECIAL['many_files'].model_id)  # 4 MiB


def moving(demo, bench):
    """A download on its way, slowly until the faults are cleared."""
    Held(demo, after=4 << 20, speed=SPEED)
    [task] = bench.order(TARGET)
    bench.engine.start()
    return bench.reached(task, State.RUNNING, received=SLOW)


def finished(demo, bench, task):
    demo.faults.clear()
    return bench.engine.wait([task.id])[0]


class TestPausing:
    def test_it_goes_on_from_where_it_was(self, demo, bench):
        task = moving(demo, bench)
        [paused] = bench.engine.pause([task.id])
        assert paused.state is State.PAUSED and paused.speed == 0
        eventually(lambda: bench.released(task))
        had, before = bench.part_size(task), sent(demo, FILES)
        assert had >= SLOW
        bench.engine.resume([task.id])
        done = finished(demo, bench, task)
        assert_whole(demo, done)
        assert done.attempts == 2
        asked = demo.requests.of('storage', method='GET')[-1].headers['range']
        assert int(asked.removeprefix('bytes=').rstrip('-')) >= SLOW
        assert sent(demo, FILES) - before < done.size - SLOW + 1

    def test_resumed_at_once(self, demo, bench):
        """The first run may not have noticed yet; the second must not fail nor double anything."""
        task = moving(demo, bench)
        for _ in range(3):
            bench.engine.pause([task.id])
            bench.engine.resume([task.id])
            bench.reached(task, State.RUNNING)
        assert_whole(demo, finished(demo, bench, task))
        assert len(files_below(bench.downloads)) == 1

    def test_a_server_that_is_silent(self, demo, bench, fresh_settings):
        fresh_settings(http_timeout=3600.0)
        demo.faults.add('stall', path=FILES, after=1_000_000, times=1)
        [task] = bench.order(TARGET)
        bench.engine.start()
        bench.reached(task, State.RUNNING, received=SLOW)
        begun = time.monotonic()
        bench.engine.pause([task.id])
        eventually(lambda: bench.released(task))
        assert time.monotonic() - begun < 30
        bench.engine.resume([task.id])
        assert_whole(demo, finished(demo, bench, task))

    def test_one_that_still_waits(self, demo, bench):
        [task] = bench.order(TARGET)
        bench.engine.pause([task.id])
        bench.engine.start()
        [other] = bench.fetch('1004')
        assert other.state is State.DONE
        assert bench.store.get(task.id).state is State.PAUSED
        assert sent(demo, 'aurora') == 0 and sent(demo, 'moss') > 0


class TestCancelling:
    def test_nothing_is_left_behind(self, demo, bench):
        task = moving(demo, bench)
        bench.engine.cancel([task.id])
        assert bench.store.get(task.id).state is State.CANCELLED
        eventually(lambda: files_below(bench.downloads) == [])

    def test_a_paused_one(self, demo, bench):
        task = moving(demo, bench)
        bench.engine.pause([task.id])
        eventually(lambda: bench.released(task))
        bench.engine.cancel([task.id])
        assert files_below(bench.downloads) == []

    def test_while_the_server_is_silent(self, demo, bench, fresh_settings):
        fresh_settings(http_timeout=3600.0)
        demo.faults.add('stall', path=FILES, after=1_000_000, times=1)
        [task] = bench.order(TARGET)
        bench.engine.start()
        bench.reached(task, State.RUNNING, received=SLOW)
        bench.engine.cancel([task.id])
        eventually(lambda: files_below(bench.downloads) == [])

    def test_in_the_moment_of_a_failure(self, demo, bench, fresh_settings, monkeypatch):
        """The run ends with an error of its own after the row was cancelled."""
        fresh_settings(http_max_retries=0)
        demo.faults.add('cut', path=FILES, after=1_000_000, times=1)
        real = worker_module.Worker._ended

        def cancelled_first(worker, task, state, error):
            bench.engine.cancel([task.id])
            real(worker, task, state, error)

        monkeypatch.setattr(worker_module.Worker, '_ended', cancelled_first)
        [task] = bench.fetch(TARGET)
        assert task.state is State.CANCELLED
        eventually(lambda: files_below(bench.downloads) == [])

    def test_cancelled_then_wanted_again(self, demo, bench):
        task = moving(demo, bench)
        bench.engine.cancel([task.id])
        [again] = bench.order(TARGET)
        assert again.id == task.id
        assert_whole(demo, finished(demo, bench, again))


class TestStopping:
    @pytest.mark.parametrize('rest', [State.QUEUED, State.PAUSED])
    def test_what_moves_is_kept_and_rests(self, demo, benches, rest):
        first = benches()
        task = moving(demo, first)
        first.engine.stop(rest)
        kept = first.store.get(task.id)
        assert kept.state is rest and kept.owner is None and first.part_size(task) >= SLOW
        assert first.released(task)
        demo.faults.clear()
        before = sent(demo, FILES)
        second = benches()
        second.fetch(TARGET)
        done = finished(demo, second, task)
        assert_whole(demo, done)
        assert sent(demo, FILES) - before <= done.size - SLOW

    def test_another_process_takes_over_what_a_stopped_one_has_left(self, demo, benches):
        first, second = benches(), benches()
        task = moving(demo, first)
        second.engine.start()
        first.engine.stop()
        assert_whole(demo, finished(demo, second, task))


class TestTheStoreDoesNotAnswer:
    def test_a_task_is_not_left_hanging(self, demo, bench, monkeypatch):
        """Its result could not be written; when the store answers again it goes on."""
        refusals = iter([StoreLocked(path='x')] * 2)
        real = bench.store._write

        def refuse_twice(which, values):
            if values.get('state') == 'done':
                for refusal in refusals:
                    raise refusal
            return real(which, values)

        monkeypatch.setattr(bench.store, '_write', refuse_twice)
        [task] = bench.order('1004')
        ended = threading.Event()
        results = []

        def wait():
            bench.engine.start([task.id])
            results.extend(bench.engine.wait([task.id]))
            ended.set()

        threading.Thread(target=wait, daemon=True).start()
        assert ended.wait(60), bench.store.get(task.id)
        assert_whole(demo, results[0])
        assert len(files_below(bench.downloads)) == 1
        assert Path(results[0].path).name == 'moss_garden_v1.safetensors'


def test_what_a_killed_process_has_left_is_shown_as_waiting(demo, bench, monkeypatch):
    task = moving(demo, bench)
    assert bench.engine.snapshot().tasks[0].state is State.RUNNING
    monkeypatch.setattr('civitai_manager_libs.transfers.snapshot.is_alive', lambda task, now: False)
    [shown] = bench.engine.snapshot().tasks
    assert (shown.id, shown.state, shown.speed) == (task.id, State.QUEUED, 0.0)
