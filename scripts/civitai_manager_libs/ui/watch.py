"""The queue as all open pages share it: read once for all of them, with the speed of the last
minutes.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

from ..downloader import DownloadEngine, Snapshot
from .present_transfer import SPAN_SECONDS

_FRESH_SECONDS = 0.4
_SAMPLE_SECONDS = 2.0


class QueueWatch:
    """Snapshots that are at most a moment old; thread-safe."""

    def __init__(self, engine: DownloadEngine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._read_at = 0.0
        self._samples: deque[tuple[float, float]] = deque()

    def snapshot(self) -> Snapshot:
        """The queue now, or as it was a moment ago."""
        with self._lock:
            now = self._clock()
            if self._snapshot is None or now - self._read_at >= _FRESH_SECONDS:
                self._snapshot = self._engine.snapshot()
                self._read_at = now
                self._sample(now, self._snapshot.speed)
            return self._snapshot

    def forget(self) -> None:
        """Something was just changed: read it again next time."""
        with self._lock:
            self._snapshot = None

    def history(self) -> list[tuple[float, float]]:
        """Pairs of seconds ago and bytes a second, oldest first."""
        with self._lock:
            now = self._clock()
            return [(now - moment, speed) for moment, speed in self._samples]

    def _sample(self, now: float, speed: float) -> None:
        if self._samples and now - self._samples[-1][0] < _SAMPLE_SECONDS:
            return
        self._samples.append((now, speed))
        while now - self._samples[0][0] > SPAN_SECONDS:
            self._samples.popleft()
