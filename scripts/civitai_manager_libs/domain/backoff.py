"""How long to wait before asking again: pure arithmetic on numbers and header texts."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 120.0
_LONGEST_STEP = 60.0


def exponential(attempt: int, first: float, uniform: Callable[[float, float], float]) -> float:
    """Seconds before attempt number ``attempt`` + 1 (1 is the first that failed).

    Doubles from ``first`` up to a minute (or ``first``, if that is longer), then a random share
    between half and all of it, so that many clients that failed together do not come back together.
    ``uniform(a, b)`` supplies the chance.
    """
    step = min(max(_LONGEST_STEP, first), first * 2 ** min(attempt - 1, 30))
    return uniform(step / 2, step)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a ``Retry-After`` header asks for, as seconds or as an HTTP date; None for
    nonsense or absence.

    Capped at two minutes: a server that asks for a day is asked once more and then reported to the
    person.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            moment = parsedate_to_datetime(value)
        except (TypeError, ValueError, OverflowError, IndexError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        seconds = (moment - now).total_seconds()
    if not math.isfinite(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_WAIT)
