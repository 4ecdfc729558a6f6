"""Speed limits, by a clock that the test moves, and once for real."""

import random
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.moving.mover import Stopped
from civitai_manager_libs.moving.throttle import Throttle

PLAIN = SPECIAL['plain']
MOST = 1 << 20


class Clock:
    """Seconds that pass only when the test says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


class Bench:
    """A throttle whose rate and clock the test holds."""

    def __init__(self, rate):
        self.clock = Clock()
        self.rate = rate
        self.throttle = Throttle(lambda: self.rate, self.clock)

    def pass_through(self, seconds, most=MOST, used=1.0):
        """The bytes that one reader gets through in so many seconds of the clock, of which the
        share ``used`` comes.
        """
        end, passed = self.clock.now + seconds, 0
        while True:
            count, ticket = self.throttle.take(most)
            while (wait := self.throttle.wait_for(ticket)) > 0:
                if self.clock.now + wait > end:
                    self.clock.now = end
                    return passed
                self.clock.now += wait
            came = max(1, int(count * used))
            self.throttle.give_back(count - came)
            passed += came


class TestRate:
    @given(
        st.sampled_from([1024, 50_000, 1_000_000, 20_000_000]),
        st.sampled_from([1 << 16, MOST]),
        st.floats(0.1, 1.0),
    )
    @settings(max_examples=40, deadline=None)
    def test_it_is_held_whatever_the_pieces(self, rate, most, used):
        passed = Bench(rate).pass_through(20, most, used)
        assert rate * 20 - MOST <= passed <= rate * 20 + max(rate / 4, 4096)
        assert passed <= rate * 20 * 1.02 + 4096

    def test_no_limit_is_no_limit(self):
        bench = Bench(0)
        assert bench.throttle.take(MOST) == (MOST, MOST)
        assert bench.throttle.wait_for(MOST) == 0

    def test_a_slow_line_comes_in_small_pieces(self):
        assert Bench(100_000).throttle.take(MOST)[0] == 25_000
        assert Bench(10).throttle.take(MOST)[0] == 4096
        assert Bench(10).throttle.take(7)[0] == 7

    def test_what_was_not_used_is_kept_for_a_moment_only(self):
        bench = Bench(1000_000)
        bench.pass_through(1)
        bench.clock.now += 3600
        assert bench.pass_through(1) <= 1000_000 * 1.5

    def test_the_first_moment_is_no_present(self):
        bench = Bench(1000_000)
        _, ticket = bench.throttle.take(MOST)
        assert bench.throttle.wait_for(ticket) == pytest.approx(0.25)


class TestChange:
    def test_who_waits_hears_of_it(self):
        bench = Bench(1024)
        tickets = [bench.throttle.take(MOST)[1] for _ in range(8)]
        assert bench.throttle.wait_for(tickets[-1]) == pytest.approx(32)
        bench.rate = 1 << 20
        assert bench.throttle.wait_for(tickets[-1]) < 0.04
        bench.rate = 0
        assert bench.throttle.wait_for(tickets[-1]) == 0

    def test_what_came_without_a_limit_is_not_held_against_anybody(self):
        bench = Bench(0)
        bench.throttle.take(1 << 40)
        bench.rate = 1000_000
        assert bench.pass_through(10) == pytest.approx(10_000_000, rel=0.05)

    def test_a_lower_one_holds_from_then_on(self):
        bench = Bench(10_000_000)
        assert bench.pass_through(10) == pytest.approx(100_000_000, rel=0.05)
        bench.rate = 1000_000
        assert bench.pass_through(10) == pytest.approx(10_000_000, rel=0.4)
        assert bench.pass_through(10) == pytest.approx(10_000_000, rel=0.05)


class TestShared:
    def test_the_first_to_ask_is_the_first_to_pass(self):
        bench = Bench(100_000)
        tickets = [bench.throttle.take(MOST)[1] for _ in range(5)]
        waits = [bench.throttle.wait_for(ticket) for ticket in tickets]
        assert waits == sorted(waits) and waits[-1] == pytest.approx(1.25)

    @given(st.integers(0, 2**32), st.integers(2, 8))
    @settings(max_examples=30, deadline=None)
    def test_many_together_keep_it_and_each_gets_some(self, seed, readers):
        chance, bench, rate = random.Random(seed), Bench(200_000), 200_000
        waiting, passed, end = {}, [0] * readers, 130.0
        while bench.clock.now < end:
            for reader in range(readers):
                if reader not in waiting:
                    waiting[reader] = bench.throttle.take(chance.choice([8192, MOST]))
                count, ticket = waiting[reader]
                if bench.throttle.wait_for(ticket) <= 0:
                    passed[reader] += count
                    del waiting[reader]
            bench.clock.now += 0.01
        assert sum(passed) == pytest.approx(30 * rate, rel=0.05)
        assert min(passed) > 0


class TestTransfers:
    @pytest.fixture
    def file(self, fetching, demo):
        demo.replace_file(PLAIN.file_id, size=3_000_000)
        return demo.file_bytes(PLAIN.file_id)

    @pytest.mark.parametrize('connections', [1, 4])
    def test_one_file(self, fetching, file, fresh_settings, connections):
        fresh_settings(download_speed_limit_kb=1500)
        fetching.over(connections)
        began = time.monotonic()
        assert fetching().path.read_bytes() == file
        speed = len(file) / (time.monotonic() - began)
        assert 0.1 * 1500 * 1024 < speed < 1.15 * 1500 * 1024

    def test_all_files_together(self, fetching, file, fresh_settings):
        fresh_settings(total_speed_limit_kb=3000)
        fetching.over(2)
        began, errors = time.monotonic(), []

        def run(name):
            try:
                fetching(final=fetching.folder / name)
            except Exception as error:
                errors.append(error)

        threads = [threading.Thread(target=run, args=[name]) for name in ('a', 'b')]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        speed = 2 * len(file) / (time.monotonic() - began)
        assert not errors and 0.1 * 3000 * 1024 < speed < 1.15 * 3000 * 1024

    @pytest.mark.parametrize('limit', ['download_speed_limit_kb', 'total_speed_limit_kb'])
    @pytest.mark.parametrize('connections', [1, 4])
    def test_lifting_it_takes_effect_at_once(
        self, fetching, file, fresh_settings, limit, connections
    ):
        """At the first limit the file would take an hour."""
        fresh_settings(**{limit: 1})
        fetching.over(connections)
        timer = threading.Timer(0.3, lambda: fresh_settings(**{limit: 0}))
        timer.start()
        assert fetching().path.read_bytes() == file
        timer.join()

    def test_stopping_does_not_wait_for_it(self, fetching, file, fresh_settings):
        fresh_settings(download_speed_limit_kb=1)
        fetching.over(4)
        timer = threading.Timer(0.3, fetching.stop.set)
        timer.start()
        began = time.monotonic()
        with pytest.raises(Stopped):
            fetching()
        assert time.monotonic() - began < 30
        timer.join()
