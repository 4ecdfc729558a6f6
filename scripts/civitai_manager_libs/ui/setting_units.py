"""Settings in the units that the page speaks in elsewhere: speeds, which are kept in KiB a second,
are read and written in MB a second. Pure.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import SettingInvalid
from ..i18n import text
from ..setting_values import allowed, check
from . import setting_texts as texts

SPEEDS = frozenset({'total_speed_limit_kb', 'download_speed_limit_kb'})
_KIB, _MB = 1024, 1_000_000
_DIGITS = 3  # so many tell one KiB from the next
_NUMBER = re.compile(r'\d{1,12}(?:\.\d{1,12})?', re.ASCII)


def unit_of(key: str) -> str:
    """The unit behind the field of ``key``, in words; empty when there is none."""
    return text('page.settings.unit.speed_read') if key in SPEEDS else texts.unit_of(key)


def control_of(key: str) -> texts.Control:
    """What a person changes ``key`` with."""
    return 'number' if key in SPEEDS else texts.control_of(key)


def text_of(key: str, value: Any) -> str:
    """A ``value`` of ``key`` as it stands in its control; :func:`value_of` reads it back."""
    return texts.text_of(_speed(value) if key in SPEEDS else value)


def value_of(key: str, written: str) -> Any:
    """What a person has ``written`` as a value of ``key``; raises :class:`SettingInvalid`."""
    if key not in SPEEDS:
        return texts.value_of(key, written)
    number = written.strip()
    if not _NUMBER.fullmatch(number):
        raise SettingInvalid(key=key, value=number[:80], allowed=allowed(key))
    return check(key, round(float(number) * _MB / _KIB))


def problem_text(key: str) -> str:
    """What may be written for ``key``, as the sentence below a field that is wrong."""
    if key not in SPEEDS:
        return texts.problem_text(key)
    least, most = (texts.text_of(_speed(int(bound))) for bound in allowed(key).split('–'))
    return text('page.settings.range.number', least=least, most=most)


def _speed(kib: int) -> float:
    return round(kib * _KIB / _MB, _DIGITS)
