"""The queue as all open pages share it: only what has changed is read, once for all of them, with
the speed of the last minutes.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..domain.task import MOVING, Task
from ..downloader import DownloadEngine
from ..transfers.snapshot import as_it_is
from .present_transfer import SPAN_SECONDS
from .queue_model import QueueModel

_FRESH_SECONDS = 0.4
_SAMPLE_SECONDS = 2.0


class QueueWatch:
    """A queue that is at most a moment old; thread-safe."""

    def __init__(self, engine: DownloadEngine, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._lock = threading.RLock()
        self._queue = QueueModel()
        self._revision = -1
        self._moving: dict[int, Task] = {}
        self._free = 0
        self._read_at: float | None = None
        self._samples: deque[tuple[float, float]] = deque()

    @contextmanager
    def reading(self) -> Iterator[QueueModel]:
        """The queue now, or as it was a moment ago; nobody changes it meanwhile."""
        with self._lock:
            now = self._clock()
            if self._read_at is None or now - self._read_at >= _FRESH_SECONDS:
                self._read()
                self._read_at = now
                self._sample(now, self._queue.speed)
            yield self._queue

    def forget(self) -> None:
        """Something was just changed: read it again next time."""
        with self._lock:
            self._read_at = None

    @property
    def free(self) -> int:
        """Free bytes where downloads go."""
        with self._lock:
            return self._free

    def history(self) -> list[tuple[float, float]]:
        """Pairs of seconds ago and bytes a second, oldest first."""
        with self._lock:
            now = self._clock()
            return [(now - moment, speed) for moment, speed in self._samples]

    def _read(self) -> None:
        first = self._revision < 0
        for task in self._engine.changes(self._revision):
            self._revision = max(self._revision, task.revision)
            self._moving.pop(task.id, None)
            if task.state in MOVING:
                self._moving[task.id] = task
            else:
                self._queue.put(task, quiet=first)
        self._revision = max(self._revision, 0)
        for task in self._moving.values():  # whoever moves it may have been killed
            self._queue.put(as_it_is(task))
        self._free = self._engine.free_space()

    def _sample(self, now: float, speed: float) -> None:
        if self._samples and now - self._samples[-1][0] < _SAMPLE_SECONDS:
            return
        self._samples.append((now, speed))
        while now - self._samples[0][0] > SPAN_SECONDS:
            self._samples.popleft()
