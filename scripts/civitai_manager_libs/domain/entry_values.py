"""Values of foreign files brought into bounds in which they can be kept and shown. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import datetime

from .model_card import is_web
from .target_types import LARGEST_ID

LONGEST_NAME = 300
LONGEST_NOTE = 100_000
MOST_LABELS = 500
_LONGEST_ADDRESS = 4000
_LARGEST_COUNT = 1 << 53
_LATEST = 32503680000.0  # the year 3000
_DIGITS = re.compile(r'[0-9]{1,10}')
_CONTROL = re.compile(r'[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]')


def id_of(value: object) -> int | None:
    """A model's or version's id, also as text; None for what can be none."""
    if isinstance(value, str) and _DIGITS.fullmatch(value.strip()):
        value = int(value)
    right = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_ID
    return value if right else None  # type: ignore[return-value]


def text_of(value: object, longest: int = LONGEST_NOTE) -> str:
    """Text without signs that a database or a page cannot hold; '' for anything else."""
    if not isinstance(value, str):
        return ''
    whole = value[:longest].encode('utf-8', errors='replace').decode()
    return _CONTROL.sub('', whole).strip()


def name_of(value: object) -> str:
    """A name: text of one line."""
    return ' '.join(text_of(value, LONGEST_NAME).split())


def names_of(values: object) -> tuple[str, ...]:
    """Names in their order, each once; those that an object carries as its ``name`` too."""
    if not isinstance(values, Iterable) or isinstance(values, (str, bytes, dict)):
        return ()
    plain = (value.get('name') if isinstance(value, dict) else value for value in values)
    return tuple(dict.fromkeys(name for name in map(name_of, plain) if name))[:MOST_LABELS]


def count_of(value: object) -> int | None:
    """A number of things, None where it can be none."""
    right = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LARGEST_COUNT
    return value if right else None  # type: ignore[return-value]


def time_of(value: object) -> float | None:
    """Seconds since 1970, from a number (also of milliseconds) or a date as it is written."""
    if isinstance(value, str):
        value = _written_time(value.strip())
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    if seconds > _LATEST:
        seconds /= 1000
    return seconds if math.isfinite(seconds) and 0 < seconds <= _LATEST else None


def address_of(value: object) -> str | None:
    """An http(s) address, None for anything else."""
    text = text_of(value, _LONGEST_ADDRESS + 1)
    return text if is_web(text) and len(text) <= _LONGEST_ADDRESS else None


def _written_time(text: str) -> float | None:
    for form in ('%Y-%m-%d %H:%M:%S', '%Y-%m-%d', '%Y/%m/%d %H:%M:%S'):
        try:
            return datetime.strptime(text, form).timestamp()
        except (ValueError, OverflowError, OSError):
            continue
    try:
        return datetime.fromisoformat(text.replace('Z', '+00:00')).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
