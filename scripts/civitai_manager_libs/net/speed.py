"""How fast bytes arrive."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

_WINDOW = 5.0


class SpeedMeter:
    """Bytes a second over the last five seconds, from the running total."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque()

    def update(self, total: int) -> None:
        """``total`` bytes have arrived so far; a smaller total than before begins anew."""
        now = self._clock()
        if self._samples and total < self._samples[-1][1]:
            self._samples.clear()
        if len(self._samples) > 1 and now - self._samples[-1][0] < 0.1:
            self._samples[-1] = (self._samples[-1][0], total)
        else:
            self._samples.append((now, total))
        while len(self._samples) > 2 and now - self._samples[1][0] > _WINDOW:
            self._samples.popleft()

    @property
    def speed(self) -> float:
        """Bytes a second, 0 before there are two moments to compare."""
        if len(self._samples) < 2:
            return 0.0
        (begun, first), last = self._samples[0], self._samples[-1][1]
        elapsed = self._clock() - begun
        return (last - first) / elapsed if elapsed > 0 else 0.0
