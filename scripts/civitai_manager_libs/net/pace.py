"""How fast one host may be asked, shared by all threads of the process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

Clock = Callable[[], float]


@dataclass
class _Host:
    active: int = 0
    next_start: float = 0.0


class Pace:
    """Bounds requests under way per host, spaces their starts, and holds a host that asked for a
    rest.
    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._hosts: dict[str, _Host] = {}

    @contextmanager
    def turn(self, host: str, at_once: int, delay: float) -> Iterator[None]:
        """Wait for a place among ``at_once`` and until ``delay`` seconds after the last start, then
        hold the place.
        """
        with self._changed:
            state = self._hosts.setdefault(host, _Host())
            while True:
                wait = state.next_start - self._clock()
                if state.active < at_once and wait <= 0:
                    break
                self._changed.wait(wait if state.active < at_once else None)
            state.active += 1
            state.next_start = max(state.next_start, self._clock() + delay)
        try:
            yield
        finally:
            with self._changed:
                state.active -= 1
                self._changed.notify_all()

    def hold(self, host: str, seconds: float) -> None:
        """No request to ``host`` starts for ``seconds``, whichever thread wants it
        (``Retry-After``).
        """
        with self._changed:
            state = self._hosts.setdefault(host, _Host())
            state.next_start = max(state.next_start, self._clock() + seconds)
            self._changed.notify_all()
