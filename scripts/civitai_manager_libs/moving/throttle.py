"""Keeps transfers to so many bytes a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_QUANTUM_SECONDS = 0.25
_SMALLEST = 4 * 1024


class Throttle:
    """Lets bytes pass at ``rate()`` a second at most, 0 meaning as many as there are; may be shared
    by threads, which are served in the order they come. The rate is asked for again and again, so
    that a change holds at once, also for those who wait.
    """

    def __init__(
        self, rate: Callable[[], float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._granted = 0  # bytes allowed so far
        self._earned = 0.0  # bytes that the time passed is good for
        self._counted_at = clock()

    def take(self, most: int) -> tuple[int, int]:
        """How many of ``most`` bytes may pass when :meth:`wait_for` the ticket given with them says
        so: a quarter of a second's worth at once, so that a slow line still shows progress.
        """
        rate = self._rate()
        with self._lock:
            self._earn(rate)
            quantum = max(_SMALLEST, int(rate * _QUANTUM_SECONDS))
            count = min(most, quantum) if rate > 0 else most
            self._granted += count
            if rate <= 0:
                self._earned = float(self._granted)
            return count, self._granted

    def wait_for(self, ticket: int) -> float:
        """Seconds until the bytes of ``ticket`` may pass, as it looks now."""
        rate = self._rate()
        with self._lock:
            self._earn(rate)
            missing = ticket - self._earned
            return missing / rate if rate > 0 and missing >= 1 else 0.0

    def give_back(self, count: int) -> None:
        """``count`` bytes that were allowed have not passed."""
        with self._lock:
            self._earned += count

    def _earn(self, rate: float) -> None:
        """What was not used is kept for a quarter of a second and no longer."""
        now = self._clock()
        self._earned += (now - self._counted_at) * rate
        self._earned = min(self._earned, self._granted + rate * _QUANTUM_SECONDS)
        if rate <= 0:
            self._earned = float(self._granted)
        self._counted_at = now
