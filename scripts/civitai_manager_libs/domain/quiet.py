"""The hours in which people want their line for themselves, or give it to downloads. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Protocol

Mode = Literal['full_speed', 'only', 'pause']
PATTERN = r'^(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:[01][0-9]|2[0-3]):[0-5][0-9])?\Z'
"""``HH:MM-HH:MM`` in local time, or nothing."""


class LocalTime(Protocol):
    """The part of :class:`time.struct_time` that counts here."""

    @property
    def tm_hour(self) -> int: ...

    @property
    def tm_min(self) -> int: ...


@dataclass(frozen=True)
class Quiet:
    """Quiet hours ``span`` (see :data:`PATTERN`; past midnight when it ends before it begins) and
    what they are for.

    ``full_speed``: the speed limits do not hold in them. ``only``: downloads run in them alone.
    ``pause``: downloads rest in them.
    """

    span: str
    mode: Mode

    def holds(self, now: LocalTime) -> bool:
        """Whether the local time ``now`` lies in the hours; the end does not belong to them."""
        found = re.fullmatch(r'(\d\d):(\d\d)-(\d\d):(\d\d)', self.span)
        if found is None:
            return False
        numbers = [int(part) for part in found.groups()]
        begin, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
        minute = now.tm_hour * 60 + now.tm_min
        if begin <= end:
            return begin <= minute < end or begin == end
        return minute >= begin or minute < end


def may_run(quiet: Quiet, now: LocalTime) -> bool:
    """Whether downloads may run at the local time ``now``."""
    if not quiet.span or quiet.mode == 'full_speed':
        return True
    return quiet.holds(now) == (quiet.mode == 'only')


def rests_until(quiet: Quiet, now: LocalTime) -> str:
    """``HH:MM``, the local time at which downloads run again; '' while they may run."""
    if may_run(quiet, now):
        return ''
    begin, end = quiet.span.split('-')
    return begin if quiet.mode == 'only' else end


def limits_hold(quiet: Quiet, now: LocalTime) -> bool:
    """Whether the speed limits hold at the local time ``now``."""
    return not (quiet.mode == 'full_speed' and quiet.holds(now))
