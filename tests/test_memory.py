"""What the memory guard counts, whom it lets wait, and when caches shrink."""

import gc
import threading
import time

import pytest

from civitai_manager_libs.memory import MemoryGuard
from civitai_manager_libs.notify import board

from .support.command import eventually
from .support.memory import MIB


@pytest.fixture
def guard(fresh_settings):
    """A guard of the test alone, of 16 MiB, whose rooms last as long as the test."""
    fresh_settings(http_max_memory_usage_mb=16)
    made, rooms = MemoryGuard(), []

    def room(account):
        rooms.append(MemoryGuard.room(made, account))
        return rooms[-1]

    made.room = room
    return made


class Cache:
    """Bytes in a list; every ``shrink`` drops half of them, not below ``least``."""

    def __init__(self, size, least=0):
        self.bytes = size
        self.least = least
        self.asked = 0

    def size(self):
        return self.bytes

    def shrink(self):
        self.asked += 1
        self.bytes = max(self.least, self.bytes // 2)


class Waiter(threading.Thread):
    """Waits for ``need`` bytes in a thread of its own; ``got`` is what came of it."""

    def __init__(self, guard, need):
        super().__init__(daemon=True)
        self.room = guard.room('waiter')
        self.need = need
        self.stop = threading.Event()
        self.got = None
        before = guard.waiting
        self.start()
        eventually(lambda: guard.waiting > before or self.got)

    def run(self):
        self.got = self.room.wait(self.need, self.stop.is_set)

    def ended(self):
        """What has come of it, once that is known."""
        self.join(20)
        return self.got


class TestCounting:
    def test_by_who_holds(self, guard):
        one, other = guard.holding('files', 3), guard.holding('pictures', 4)
        one.grow(10)
        one.grow(-1)
        assert guard.accounts() == {'files': 12, 'pictures': 4} and guard.used == 16
        one.free()
        one.free()
        assert guard.accounts() == {'files': 0, 'pictures': 4}
        with pytest.raises(ZeroDivisionError), other:
            raise ZeroDivisionError
        assert guard.used == 0

    def test_from_many_threads(self, guard):
        def work():
            for _ in range(500):
                with guard.holding('files', 7) as held:
                    held.grow(11)
                    held.grow(-3)
                kept.grow(2)

        kept = guard.holding('kept')
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert guard.accounts() == {'files': 0, 'kept': 8000}

    def test_caches_count_until_they_are_gone(self, guard):
        first = guard.register_cache('rows', lambda: 5, lambda: None)
        second = guard.register_cache('rows', lambda: 6, lambda: None)
        assert guard.accounts() == {'rows': 11}
        first()
        first()
        assert guard.accounts() == {'rows': 6}
        second()
        assert guard.used == 0

    def test_the_limit_is_that_of_the_settings_now(self, guard, fresh_settings):
        assert guard.limit == 16 * MIB
        fresh_settings(http_max_memory_usage_mb=300)
        assert guard.limit == 300 * MIB

    def test_it_is_tight_above_the_limit(self, guard, fresh_settings):
        with guard.holding('files', 17 * MIB):
            assert guard.tight
            fresh_settings(http_memory_monitor_enabled=False)
            assert not guard.tight
            fresh_settings(http_memory_monitor_enabled=True, http_max_memory_usage_mb=17)
            assert not guard.tight

    def test_nobody_looks_where_nothing_is_held(self, guard, fresh_settings):
        fresh_settings(http_memory_check_interval=0.1)
        held = guard.holding('files', 1)
        looker = guard._looker
        assert looker.is_alive()
        held.free()
        looker.join(20)
        assert not looker.is_alive() and guard._looker is None
        with guard.holding('files', 1):
            assert guard._looker.is_alive()


class TestWaiting:
    def test_one_may_always_run(self, guard):
        assert guard.room('files').take(1000 * MIB)
        assert not guard.room('files').take(1)

    def test_one_may_run_whatever_else_is_held(self, guard):
        with guard.holding('pictures', 20 * MIB):
            assert guard.room('files').take(5 * MIB)

    def test_what_is_promised_is_gone_before_it_is_held(self, guard):
        first, second = guard.room('files'), guard.room('files')
        assert first.take(10 * MIB) and not second.take(7 * MIB) and second.take(6 * MIB)
        first.hold(9 * MIB)
        assert guard.used == 9 * MIB
        assert not guard.room('files').take(1)

    def test_what_is_held_after_the_end_still_counts(self, guard):
        first, second, third = (guard.room('files') for _ in range(3))
        first.take(10 * MIB)
        left = first.hold(4 * MIB)
        first.close()
        assert second.take(6 * MIB) and not third.take(7 * MIB)
        left.free()
        assert third.take(7 * MIB)

    def test_until_there_is_room(self, guard):
        first = guard.room('files')
        first.take(16 * MIB)
        waiter = Waiter(guard, MIB)
        assert guard.waiting == 1 and guard.tight
        first.close()
        assert waiter.ended() is True and guard.waiting == 0

    def test_in_the_order_in_which_they_came(self, guard):
        running = guard.room('files')
        running.take(10 * MIB)
        large, small = Waiter(guard, 16 * MIB), Waiter(guard, MIB)
        assert guard.waiting == 2 and not guard.room('files').take(MIB)
        large.stop.set()
        assert large.ended() is False and small.ended() is True
        assert guard.waiting == 0

    def test_those_who_need_more_than_before_do_not_wait_for_each_other(self, guard):
        first, second = guard.room('files'), guard.room('files')
        assert first.take(8 * MIB) and second.take(8 * MIB)
        results = []

        def grow(room):
            results.append(room.wait(12 * MIB, lambda: False))
            room.close()

        threads = [threading.Thread(target=grow, args=[room]) for room in (first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert results == [True, True]

    def test_a_higher_limit_ends_it_and_a_lower_one_begins_it(self, guard, fresh_settings):
        guard.room('files').take(10 * MIB)
        waiter = Waiter(guard, 10 * MIB)
        fresh_settings(http_max_memory_usage_mb=20)
        assert waiter.ended() is True
        waiter.room.close()
        fresh_settings(http_max_memory_usage_mb=19)
        assert not guard.room('files').take(10 * MIB)

    def test_nothing_waits_while_it_is_off(self, guard, fresh_settings):
        guard.room('files').take(100 * MIB)
        waiter = Waiter(guard, MIB)
        fresh_settings(http_memory_monitor_enabled=False)
        assert waiter.ended() is True
        assert guard.room('files').take(500 * MIB)
        fresh_settings(http_memory_monitor_enabled=True)
        assert not guard.room('files').take(1)

    def test_it_is_said_once_and_taken_back(self, guard):
        def said():
            return [one for one in board.since(before) if one.key == 'page.memory_waits']

        before = board.last_number
        first = guard.room('files')
        first.take(16 * MIB)
        waiters = [Waiter(guard, MIB), Waiter(guard, MIB)]
        guard.line_up('the queue', 3, MIB)
        assert guard.waiting == 5 and len(said()) == 1
        assert said()[0].level == 'warning' and said()[0].values == {'limit': 16}
        for waiter in waiters:
            waiter.stop.set()
            waiter.ended()
        assert len(said()) == 1 and said()[0].number == before + 1
        guard.line_up('the queue', 0, 0)
        assert said() == [] and guard.waiting == 0


class TestCaches:
    def test_the_largest_first_and_only_as_far_as_needed(self, guard):
        large, small = Cache(20 * MIB), Cache(2 * MIB)
        for cache in (small, large):
            guard.register_cache('cache', cache.size, cache.shrink)
        guard.look()
        assert (large.asked, small.asked) == (1, 0) and guard.used == 12 * MIB
        guard.look()
        assert (large.asked, small.asked) == (1, 0)

    def test_before_anybody_waits_for_long(self, guard, fresh_settings):
        fresh_settings(http_memory_check_interval=3600.0)
        cache = Cache(8 * MIB)
        guard.register_cache('cache', cache.size, cache.shrink)
        guard.room('files').take(5 * MIB)
        waiter = Waiter(guard, 5 * MIB)
        assert waiter.ended() is True and cache.asked == 1

    def test_for_what_waits_elsewhere(self, guard):
        cache = Cache(8 * MIB)
        guard.register_cache('cache', cache.size, cache.shrink)
        guard.room('files').take(5 * MIB)
        guard.line_up('the queue', 1, 5 * MIB)
        assert cache.asked == 1 and guard.room('files').take(5 * MIB)

    def test_not_while_it_is_off(self, guard, fresh_settings):
        fresh_settings(http_memory_monitor_enabled=False)
        cache = Cache(20 * MIB)
        guard.register_cache('cache', cache.size, cache.shrink)
        guard.look()
        assert cache.asked == 0

    def test_they_are_looked_at_as_often_as_the_settings_say(self, guard, fresh_settings):
        fresh_settings(http_memory_check_interval=3600.0)
        cache = Cache(20 * MIB)
        end = guard.register_cache('cache', cache.size, cache.shrink)
        time.sleep(0.5)
        assert cache.asked == 0
        fresh_settings(http_memory_check_interval=0.1)
        eventually(lambda: cache.bytes == 10 * MIB)
        fresh_settings(http_memory_monitor_enabled=False)
        cache.bytes = 20 * MIB
        fresh_settings(http_memory_monitor_enabled=True)
        eventually(lambda: cache.bytes == 10 * MIB)
        end()

    def test_one_that_fails_does_not_end_the_looking(self, guard, fresh_settings, caplog):
        fresh_settings(http_memory_check_interval=0.1)

        def fail():
            raise ZeroDivisionError('of a cache')

        ends = [guard.register_cache('broken', lambda: 20 * MIB, fail)]
        eventually(lambda: 'of a cache' in caplog.text)
        ends.pop()()
        cache = Cache(20 * MIB)
        end = guard.register_cache('cache', cache.size, cache.shrink)
        eventually(lambda: cache.asked)
        end()


def test_a_room_that_nobody_has_any_more_keeps_nobody_waiting(guard):
    room, other = MemoryGuard.room(guard, 'lost'), guard.room('other')
    assert room.take(16 * MIB) and not other.take(MIB)
    del room
    gc.collect()
    assert other.take(MIB)
