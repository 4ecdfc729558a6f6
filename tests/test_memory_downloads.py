"""Downloads of the queue that wait for memory."""

import pytest

from civitai_manager_libs.demo import FILES
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.memory import guard
from civitai_manager_libs.notify import board

from .support.command import eventually
from .support.memory import MIB, held, nothing_is_held
from .test_engine import assert_whole
from .test_engine_control import TARGET

FOUR = ('1001', '1003', '1004', '1005')
ONE = 13 * MIB
"""What one file may hold over one connection at the chunk size of these tests."""


@pytest.fixture
def settings(fresh_settings, alone):
    """Four files at once over one connection each, under the settings given later."""
    fresh_settings(
        http_chunk_size=MIB,
        http_max_parallel_chunks=1,
        concurrent_downloads=4,
        http_max_memory_usage_mb=16,
    )
    return fresh_settings


def slowly(demo, bench):
    """Order :data:`FOUR`, which come slowly, and begin; the tasks."""
    demo.faults.add('throttle', path=FILES, bytes_per_second=700_000)
    tasks = [bench.order(text)[0] for text in FOUR]
    bench.engine.start()
    return tasks


def finished(demo, bench, tasks):
    """Let everything come fast, and see that it comes whole."""
    demo.faults.clear()
    for task in bench.engine.wait([task.id for task in tasks]):
        assert_whole(demo, task)


def states(bench):
    return [task.state for task in bench.engine.snapshot().tasks]


def moving(bench):
    return sum(state in (State.RUNNING, State.VERIFYING) for state in states(bench))


def said():
    return [one for one in board.since(0) if one.key == 'page.memory_waits']


class TestAtOnce:
    @pytest.mark.parametrize('limit, together', [(16, 1), (2 * 13 + 3, 2), (4 * 13, 4)])
    def test_as_many_as_there_is_room_for(self, demo, bench, settings, watched, limit, together):
        settings(http_max_memory_usage_mb=limit)
        tasks = slowly(demo, bench)
        eventually(lambda: watched.together == together, f'{together} at once')
        finished(demo, bench, tasks)
        assert watched.together == together and 0 < watched.most <= limit * MIB
        nothing_is_held()
        assert said() == []

    def test_one_runs_that_is_too_large_by_itself(self, demo, bench, settings, watched):
        settings(http_chunk_size=16 * MIB)
        tasks = slowly(demo, bench)
        eventually(lambda: watched.together == 1)
        finished(demo, bench, tasks)
        assert watched.together == 1 and 16 * MIB < watched.most <= 25 * MIB
        nothing_is_held()

    def test_off_nothing_waits(self, demo, bench, settings, watched):
        settings(http_memory_monitor_enabled=False)
        tasks = slowly(demo, bench)
        eventually(lambda: watched.together == 4)
        assert guard.waiting == 0 and said() == []
        finished(demo, bench, tasks)
        nothing_is_held()


class TestGivenBack:
    """Also by what needs no buffers after all."""

    def test_a_file_that_lies_elsewhere(self, bench, settings, tmp_path):
        bench.fetch('1004')
        [task] = bench.fetch('1004', folder=str(tmp_path / 'far'), reuse='link')
        assert task.state is State.DONE and task.order.source
        nothing_is_held()

    def test_one_that_cannot_be_begun(self, demo, bench, settings):
        demo.faults.add('status', path='/api/download', status=404, body='html')
        [task] = bench.fetch('1004')
        assert task.state is State.FAILED
        nothing_is_held()


class TestLive:
    def test_a_limit_that_is_raised_and_lowered(self, demo, bench, settings):
        demo.faults.add('throttle', path=FILES, bytes_per_second=400_000)
        tasks = [bench.order(text)[0] for text in FOUR]
        bench.engine.start()
        eventually(lambda: guard.waiting == 3)
        assert moving(bench) == 1 and held() <= ONE
        assert [one.values for one in said()] == [{'limit': 16}]
        settings(http_max_memory_usage_mb=30)
        eventually(lambda: moving(bench) == 2 and guard.waiting == 2)
        settings(http_max_memory_usage_mb=16)
        bench.engine.cancel([tasks[0].id])
        eventually(lambda: bench.store.get(tasks[0].id).state is State.CANCELLED)
        eventually(lambda: moving(bench) == 1 and bench.released(tasks[0]))
        settings(http_memory_monitor_enabled=False)
        eventually(lambda: moving(bench) == 3 and guard.waiting == 0)
        assert said() == []
        finished(demo, bench, tasks[1:])
        nothing_is_held()

    def test_those_that_run_go_on_below_a_lower_limit(self, demo, bench, settings):
        settings(http_max_memory_usage_mb=64)
        tasks = slowly(demo, bench)
        eventually(lambda: moving(bench) == 4)
        settings(http_max_memory_usage_mb=16)
        finished(demo, bench, tasks)
        assert all(bench.store.get(task.id).attempts == 1 for task in tasks)


class TestWaiting:
    """What waits stands in the line as before, and everything can be done to it."""

    @pytest.fixture
    def waiting(self, demo, bench, settings, occupied):
        """A task that waits, and what it waits for."""
        other = occupied(10 * MIB)
        [task] = bench.order('1004')
        bench.engine.start()
        eventually(lambda: guard.waiting == 1)
        return task, other

    def test_it_begins_when_there_is_room(self, demo, bench, waiting):
        task, other = waiting
        assert bench.store.get(task.id).state is State.QUEUED and not held()
        assert demo.requests.of('storage') == []
        other.close()
        finished(demo, bench, [task])

    def test_it_is_paused_and_cancelled_at_once(self, demo, bench, waiting):
        task, other = waiting
        assert [one.state for one in bench.engine.pause([task.id])] == [State.PAUSED]
        eventually(lambda: guard.waiting == 0)
        assert said() == []
        bench.engine.resume([task.id])
        eventually(lambda: guard.waiting == 1)
        assert len(said()) == 1
        assert [one.state for one in bench.engine.cancel([task.id])] == [State.CANCELLED]
        eventually(lambda: guard.waiting == 0)
        assert demo.requests.of('storage') == []

    def test_a_page_says_why(self, open_desk, waiting):
        visitor = open_desk().visitor()
        visitor.poll()
        assert 'wait for memory: 1.' in visitor.part('resting')
        assert 'limit is 16 MB' in visitor.part('resting')
        assert any('http_max_memory_usage_mb' in card for card in visitor.notices)
        waiting[1].close()
        eventually(lambda: guard.waiting == 0)
        visitor.poll()
        assert visitor.part('resting') == ''

    def test_stopping_ends_it(self, bench, waiting):
        bench.engine.stop()
        assert guard.waiting == 0 and said() == []
        assert bench.store.get(waiting[0].id).state is State.QUEUED


class TestMoreThanPromised:
    """A file that a person wants over more connections than the settings say."""

    @pytest.fixture
    def waiting(self, demo, bench, settings, occupied):
        settings(http_max_memory_usage_mb=30)
        other = occupied(10 * MIB)
        [task] = bench.order(TARGET, connections=8)
        bench.engine.start()
        eventually(lambda: guard.waiting == 1)
        return bench.reached(task, State.RUNNING), other

    def test_it_waits_and_lives(self, demo, bench, waiting):
        task, other = waiting
        eventually(lambda: bench.store.get(task.id).heartbeat > task.heartbeat)
        assert demo.requests.of('storage') == [] and not held()
        other.close()
        finished(demo, bench, [task])
        assert bench.store.get(task.id).attempts == 1

    @pytest.mark.parametrize('act', ['pause', 'cancel'])
    def test_it_is_stopped_at_once(self, demo, bench, waiting, act):
        task, _ = waiting
        getattr(bench.engine, act)([task.id])
        eventually(lambda: guard.waiting == 0 and bench.released(task))
        assert demo.requests.of('storage') == [] and said() == []
