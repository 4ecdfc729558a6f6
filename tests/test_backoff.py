"""Waiting before asking again."""

from datetime import datetime, timezone
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from civitai_manager_libs.domain.backoff import LONGEST_WAIT, exponential, retry_after

NOW = datetime(2026, 1, 15, 12, 0, 0, tzinfo=timezone.utc)


def longest(low, high):
    return high


def shortest(low, high):
    return low


def test_waits_double_up_to_a_minute():
    waits = [exponential(attempt, 2.0, longest) for attempt in range(1, 8)]
    assert waits == [2, 4, 8, 16, 32, 60, 60]
    assert [exponential(attempt, 2.0, shortest) for attempt in (1, 2)] == [1, 2]


def test_a_first_wait_beyond_a_minute_is_kept():
    assert exponential(1, 300.0, longest) == exponential(5, 300.0, longest) == 300


@given(st.integers(1, 10**6), st.floats(0, 300))
def test_a_wait_is_never_odd(attempt, first):
    for chance in (shortest, longest):
        wait = exponential(attempt, first, chance)
        assert 0 <= wait <= 300


@pytest.mark.parametrize(
    'value, seconds',
    [
        ('2', 2.0),
        (' 2 ', 2.0),
        ('0', 0.0),
        ('-5', 0.0),
        ('0.5', 0.5),
        ('86400', LONGEST_WAIT),
        (format_datetime(NOW.replace(second=30), usegmt=True), 30.0),
        ('Thu, 15 Jan 2026 12:00:10 -0000', 10.0),
        ('Thu, 15 Jan 2026 11:00:00 GMT', 0.0),
        ('Fri, 15 Jan 2027 12:00:00 GMT', LONGEST_WAIT),
        (None, None),
        ('', None),
        ('after lunch', None),
        ('nan', None),
        ('inf', None),
        ('9' * 5000, None),
    ],
)
def test_what_a_server_asks_for(value, seconds):
    assert retry_after(value, NOW) == seconds


DATES = st.from_regex(
    r'(Mon, )?[0-9]{1,12} (Jan|Feb) [0-9]{1,22} [0-9]{1,9}(:[0-9]{1,12}){0,2}'
    r' (GMT|[+-][0-9]{1,20})?',
    fullmatch=True,
)


@given(st.one_of(st.text(), DATES))
@example('Mon, 01 Jan 99999999999999999999 00:00:00 GMT')
@example('Mon, 01 Jan 2026 00:00:00 +99999999999999999999')
@example('Mon, 01 Jan 2026 00:00:00 +9999')
def test_nonsense_is_no_wish(value):
    seconds = retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT
