"""Speeds, times and shares as people read them, in the language in force."""

from __future__ import annotations

from . import i18n
from .util import UNITS


def speed_text(speed: float) -> str:
    """``12.3 MB/s`` of bytes a second."""
    value, unit = float(speed), 0
    while value >= 999.95 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f'{value:.1f} {UNITS[unit]}/s'


def duration_text(seconds: float) -> str:
    """``1 min 22 s`` or ``1 分 22 秒``; hours without seconds."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return i18n.text('words.hours_minutes', hours=hours, minutes=minutes)
    if minutes:
        return i18n.text('words.minutes_seconds', minutes=minutes, seconds=rest)
    return i18n.text('words.seconds', seconds=rest)


def percent_text(part: float, whole: float) -> str:
    """``62 %``, never 100 before everything is there."""
    share = int(part * 100 / whole) if whole else 0
    return f'{min(share, 100 if part >= whole else 99)} %'
