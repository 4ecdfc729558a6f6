"""The hours that belong to people, and those that belong to downloads."""

import re
import time

import pytest

from civitai_manager_libs.domain.quiet import PATTERN, Quiet, limits_hold, may_run


def at(clock):
    """The local time ``HH:MM`` of some day."""
    return time.strptime(f'2026-03-29 {clock}', '%Y-%m-%d %H:%M')


@pytest.mark.parametrize(
    'span, inside, outside',
    [
        ('09:00-17:30', ['09:00', '12:00', '17:29'], ['08:59', '17:30', '23:00', '00:00']),
        ('23:00-07:00', ['23:00', '23:59', '00:00', '06:59'], ['07:00', '12:00', '22:59']),
        ('00:00-06:00', ['00:00', '05:59'], ['06:00', '23:59']),
        ('18:00-00:00', ['18:00', '23:59'], ['00:00', '17:59']),
        ('12:00-12:00', ['12:00', '11:59', '00:00'], []),
        ('', [], ['00:00', '12:00']),
    ],
)
def test_the_hours(span, inside, outside):
    quiet = Quiet(span, 'pause')
    assert all(quiet.holds(at(clock)) for clock in inside)
    assert not any(quiet.holds(at(clock)) for clock in outside)


@pytest.mark.parametrize(
    'mode, run_inside, run_outside, limited_inside',
    [
        ('pause', False, True, True),
        ('only', True, False, True),
        ('full_speed', True, True, False),
    ],
)
def test_what_they_are_for(mode, run_inside, run_outside, limited_inside):
    quiet = Quiet('23:00-07:00', mode)
    assert may_run(quiet, at('01:00')) is run_inside
    assert may_run(quiet, at('12:00')) is run_outside
    assert limits_hold(quiet, at('01:00')) is limited_inside
    assert limits_hold(quiet, at('12:00')) is True


@pytest.mark.parametrize('mode', ['pause', 'only', 'full_speed'])
def test_without_hours_nothing_changes(mode):
    assert may_run(Quiet('', mode), at('12:00')) and limits_hold(Quiet('', mode), at('12:00'))


@pytest.mark.parametrize('text', ['', '00:00-23:59', '23:00-07:00'])
def test_what_is_a_span(text):
    assert re.match(PATTERN, text)


@pytest.mark.parametrize(
    'text', ['24:00-01:00', '1:00-2:00', '10:60-11:00', '10:00', '10:00-', 'x']
)
def test_what_is_none(text):
    assert not re.match(PATTERN, text) and not re.match(PATTERN, text + '\n')
    assert not re.match(PATTERN, '10:00-11:00\n')
