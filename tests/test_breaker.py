"""When a host may be asked, as pure rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civitai_manager_libs.domain.breaker import HostState

NOW = 1_800_000_000.0


def failed(count, attempts=1, state=None, now=NOW):
    state = state or HostState()
    for _ in range(count):
        state = state.failed(now, attempts)
    return state


class TestOpening:
    def test_five_failures_in_a_row_open_it(self):
        assert not failed(4).rests(NOW) and failed(5).rests(NOW)

    def test_an_answer_between_begins_the_count_anew(self):
        assert not failed(4, state=failed(4).answered()).rests(NOW)

    @pytest.mark.parametrize('attempts', [1, 4, 5, 11])
    def test_one_request_does_not_open_it_by_itself(self, attempts):
        assert not failed(attempts, attempts).rests(NOW)
        assert failed(max(attempts, 4) + 1, attempts).rests(NOW)

    def test_it_rests_longer_each_time_up_to_five_minutes(self):
        state, rests = failed(5), []
        for _ in range(8):
            rests.append(state.closed_until - NOW)
            state = state.failed(NOW, 1)
        assert rests[:3] == [15, 30, 60] and rests[-1] == 300 and rests == sorted(rests)


class TestTrying:
    def test_after_the_rest_one_tries_and_the_others_wait_for_it(self):
        state = failed(5)
        later = state.closed_until
        assert not state.rests(later)
        tried = state.started(later, 0.2, 20.0)
        assert tried.rests(later + 19) and not tried.rests(later + 21)

    def test_by_how_that_ends_it_goes_on(self):
        tried = failed(5).started(NOW + 15, 0.2, 20.0)
        assert not tried.answered().rests(NOW + 16)
        assert tried.failed(NOW + 16, 1).closed_until == NOW + 16 + 30


class TestPace:
    def test_starts_are_apart(self):
        state = HostState().started(NOW, 0.5, 20.0)
        assert state.wait(NOW) == 0.5 and state.wait(NOW + 0.6) == 0

    @given(st.lists(st.floats(0, 120), min_size=1))
    def test_the_longest_rest_counts(self, rests):
        state = HostState()
        for seconds in rests:
            state = state.held(NOW, seconds)
        assert state.wait(NOW) == pytest.approx(max(rests), abs=1e-3)

    def test_a_clock_that_was_set_back_holds_nobody_for_days(self):
        state = failed(5).held(NOW, 60)
        day_before = NOW - 86400
        assert state.wait(day_before) == 0 and not state.rests(day_before)
