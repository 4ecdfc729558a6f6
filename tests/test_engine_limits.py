"""What people set while transfers run: how many at once, when, and how much disk stays free."""

import time

import pytest

from civitai_manager_libs.domain.targets import parse_target
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.setting import current
from civitai_manager_libs.transfers import pool as pool_module
from civitai_manager_libs.transfers import room as room_module

from .support.command import eventually
from .support.disks import small_disk
from .support.held import Held
from .test_engine import assert_whole
from .test_engine_control import TARGET, moving

THREE = ('1004', '1005', TARGET)


def in_state(bench, state):
    return [task.id for task in bench.engine.snapshot().tasks if task.state is state]


def all_running(bench, count):
    eventually(lambda: len(in_state(bench, State.RUNNING)) == count, f'{count} at once')


class TestAtOnce:
    def test_more_and_fewer_while_they_run(self, demo, bench, fresh_settings):
        Held(demo, after=1 << 30, speed=10_000)
        tasks = [bench.order(text)[0] for text in THREE]
        fresh_settings(concurrent_downloads=1)
        bench.engine.start()
        all_running(bench, 1)
        fresh_settings(concurrent_downloads=3)
        all_running(bench, 3)
        fresh_settings(concurrent_downloads=1)
        all_running(bench, 1)
        assert in_state(bench, State.RUNNING) == [tasks[0].id]
        demo.faults.clear()
        for task in bench.engine.wait([task.id for task in tasks]):
            assert_whole(demo, task)

    def test_those_of_higher_priority_go_on(self, demo, bench, fresh_settings):
        Held(demo, after=1 << 30, speed=10_000)
        fresh_settings(concurrent_downloads=2)
        bench.order('1004')
        [urgent] = bench.order(TARGET, priority=5)
        bench.engine.start()
        all_running(bench, 2)
        fresh_settings(concurrent_downloads=1)
        eventually(lambda: in_state(bench, State.RUNNING) == [urgent.id])


class TestConnections:
    """Large files come over several, all of them together over so many to one host."""

    IDS = (3001, 3009, 3012)
    TARGETS = ('1001', '1003', '1004')

    @pytest.fixture
    def large(self, demo):
        for number in self.IDS:
            demo.replace_file(number, size=24 << 20)
        Held(demo, after=1 << 30, speed=300_000)

    def connections(self, bench):
        return [task.connections for task in bench.engine.snapshot().tasks]

    def test_as_many_as_the_order_says(self, demo, bench, large):
        [task] = bench.order('1001', connections=3)
        bench.engine.start()
        eventually(lambda: self.connections(bench) == [3])
        demo.faults.clear()
        done = bench.engine.wait([task.id])[0]
        assert_whole(demo, done)
        assert done.connections == 0

    def test_the_host_has_its_bound(self, demo, bench, large, fresh_settings):
        fresh_settings(max_connections_per_host=4, concurrent_downloads=3)
        tasks = [bench.order(text)[0] for text in self.TARGETS]
        bench.engine.start([tasks[0].id])
        eventually(lambda: self.connections(bench)[0] == 4)
        bench.engine.start()
        eventually(lambda: min(self.connections(bench)) >= 1, 'each file has one')
        for _ in range(20):
            assert sum(bench.client._lines._taken.values()) <= 4
            time.sleep(0.05)
        eventually(lambda: sum(self.connections(bench)) <= 4)
        demo.faults.clear()
        for task in bench.engine.wait([task.id for task in tasks]):
            assert_whole(demo, task)

    def test_turned_off(self, demo, bench, large, fresh_settings):
        fresh_settings(http_enable_chunked_download=False)
        [task] = bench.order('1001')
        bench.engine.start()
        bench.reached(task, State.RUNNING, received=1_000_000)
        assert self.connections(bench) == [1]


class TestQuietHours:
    @pytest.fixture
    def clock(self, monkeypatch):
        """Sets the hour that the pool sees; ``asked`` counts how often it has looked."""
        hour = [12]

        def localtime():
            change.asked += 1
            return time.struct_time((2026, 1, 5, hour[0], 30, 0, 0, 5, 0))

        monkeypatch.setattr(pool_module.time, 'localtime', localtime)

        def change(now):
            hour[0] = now

        change.asked = 0
        return change

    def test_downloads_rest_outside_them(self, demo, bench, fresh_settings, clock):
        fresh_settings(quiet_hours='23:00-07:00', quiet_hours_mode='only')
        [task] = bench.order('1004')
        bench.engine.start()
        eventually(lambda: clock.asked >= 2, 'one look at the line is over')
        assert bench.store.get(task.id).state is State.QUEUED
        clock(23)
        bench.engine.start()  # looks at once
        assert_whole(demo, bench.engine.wait([task.id])[0])

    def test_and_running_ones_go_back_into_the_line(self, demo, bench, fresh_settings, clock):
        task = moving(demo, bench)
        fresh_settings(quiet_hours='12:00-13:00', quiet_hours_mode='pause')
        bench.reached(task, State.QUEUED)
        demo.faults.clear()
        clock(13)
        done = bench.engine.wait([task.id])[0]
        assert_whole(demo, done)


class TestRoom:
    def test_what_a_full_disk_has_paused_goes_on_by_itself(
        self, demo, bench, fresh_settings, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(pool_module, '_ROOM_SECONDS', 0.1)
        monkeypatch.setattr(room_module, '_SPARE', 1 << 20)
        with small_disk(tmp_path / 'disk', 16) as disk:
            disk.fill(leave=2_000_000)
            [task] = bench.order(TARGET, folder=str(disk))
            bench.engine.start()
            paused = bench.reached(task, State.PAUSED)
            assert paused.error_code == 'disk_full'
            disk.empty()
            eventually(lambda: bench.store.get(task.id).state is State.DONE)
            assert_whole(demo, bench.store.get(task.id))

    def test_what_a_person_has_paused_does_not(self, demo, bench):
        [task] = bench.order('1004')
        bench.engine.pause([task.id])
        assert room_module.resume_where_room(bench.store) == []

    def test_a_floor_that_is_lowered(self, demo, bench, fresh_settings, monkeypatch):
        monkeypatch.setattr(pool_module, '_ROOM_SECONDS', 0.1)
        before = current().minimum_free_space_mb
        fresh_settings(minimum_free_space_mb=1 << 20)
        [task] = bench.order('1004')
        bench.engine.start()
        assert bench.reached(task, State.PAUSED).error_code == 'room_below_floor'
        fresh_settings(minimum_free_space_mb=before)
        eventually(lambda: bench.store.get(task.id).state is State.DONE)


class TestSubscribing:
    def test_each_state_once_whoever_moves_it(self, demo, benches):
        here, there = benches(), benches()
        heard = []
        end = here.engine.subscribe(lambda task: heard.append((task.id, task.state)))
        [task] = there.fetch('1004')
        eventually(lambda: (task.id, State.DONE) in heard)
        assert len(heard) == len(set(heard))
        assert heard[-1] == (task.id, State.DONE)
        end()
        there.engine.clear_finished()
        there.fetch('1005')
        assert heard[-1] == (task.id, State.DONE)

    def test_a_listener_that_fails_does_not_keep_the_others(self, demo, bench):
        heard = []

        def fail(task):
            raise ZeroDivisionError

        bench.engine.subscribe(fail)
        bench.engine.subscribe(lambda task: heard.append(task.state))
        bench.fetch('1004')
        bench.engine.stop()  # tells what is still untold
        assert heard[-1] is State.DONE

    def test_nothing_of_before(self, demo, bench):
        bench.fetch('1004')
        heard = []
        bench.engine.subscribe(heard.append)
        bench.engine.stop()
        assert heard == []


def test_many_targets_at_once(demo, bench):
    targets = [parse_target(text) for text in ('1004', '424242', '1005')]
    ordered = bench.engine.order_many(targets)
    assert [len(one.tasks) for one in ordered] == [1, 0, 1]
    assert [one.error and one.error.code for one in ordered] == [None, 'not_found', None]


def test_processes_share_the_total_speed(demo, bench, fresh_settings):
    fresh_settings(total_speed_limit_kb=300)
    first, second = bench.order(TARGET)[0], bench.order('1004')[0]
    bench.engine.start([first.id])
    bench.reached(first, State.RUNNING, received=1)
    assert bench.client.share == 1.0
    other = bench.store.claim('another:1:1', lambda task: True, [second.id])
    eventually(lambda: bench.client.share == 0.5, 'half for each')
    bench.store.release(other, State.QUEUED)
    eventually(lambda: bench.client.share == 1.0, 'everything again')
