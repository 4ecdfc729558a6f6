"""Keeps transfers to so many bytes a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

_QUANTUM_SECONDS = 0.25
_SMALLEST = 4 * 1024


class Throttle:
    """Lets bytes pass at ``rate()`` a second at most, 0 meaning as many as there are; may be shared
    by threads. The rate is asked for again and again, so that a change holds at once.
    """

    def __init__(
        self, rate: Callable[[], float], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._lock = threading.Lock()
        self._tokens = 0.0
        self._counted_at = clock()

    def take(self, most: int) -> tuple[int, float]:
        """How many of ``most`` bytes may pass, and after how many seconds: a quarter of a second's
        worth at once, so that a slow line still shows progress.
        """
        rate = self._rate()
        if rate <= 0:
            return most, 0.0
        count = min(most, max(_SMALLEST, int(rate * _QUANTUM_SECONDS)))
        with self._lock:
            now = self._clock()
            earned = self._tokens + (now - self._counted_at) * rate
            self._tokens = min(earned, rate * _QUANTUM_SECONDS) - count
            self._counted_at = now
            return count, max(0.0, -self._tokens / rate)

    def give_back(self, count: int) -> None:
        """``count`` bytes that were allowed have not passed."""
        with self._lock:
            self._tokens += count
