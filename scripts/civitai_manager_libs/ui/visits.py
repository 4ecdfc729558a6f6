"""What each open page has of a tab, and the memory that all of them may take."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar
from weakref import WeakKeyDictionary

from ..memory import guard
from .browsers import OpenPage

_RESTS_SECONDS = 60.0
_MOST = 16  # a page that was loaded anew is another one: nobody comes back to what it had before


class Held(Protocol):
    """What a page has; ``heard`` is when it last asked for it (monotonic seconds)."""

    heard: float

    @property
    def weight(self) -> int:
        """About how many bytes it takes."""

    def let_go(self) -> None:
        """Take none; whoever looks again has it made anew."""


_V = TypeVar('_V', bound=Held)


class Visits(Generic[_V]):
    """What each page has of a tab; ``make`` makes it for a new one, ``name`` is what the memory
    guard calls it. Thread-safe.

    Only so many pages keep what they have, those heard of last.
    """

    def __init__(self, name: str, make: Callable[[], _V]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._visits: WeakKeyDictionary[OpenPage, _V] = WeakKeyDictionary()
        here = weakref.ref(self)

        def size() -> int:
            visits = here()
            return visits.size() if visits is not None else 0

        def shrink() -> None:
            visits = here()
            if visits is not None:
                visits.shrink()

        weakref.finalize(self, guard.register_cache(name, size, shrink))

    def get(self, page: OpenPage) -> _V | None:
        """What ``page`` has; None when it was never here."""
        with self._lock:
            visit = self._visits.get(page)
        if visit is not None:
            visit.heard = time.monotonic()
        return visit

    def of(self, page: OpenPage) -> _V:
        """What ``page`` has, new if it was never here."""
        visit = self.get(page)
        if visit is None:
            visit = self._make()
            with self._lock:
                visit = self._visits.setdefault(page, visit)
            for old, kept in self._filled()[:-_MOST]:
                _let_go(old, kept)
        return visit

    def all(self) -> list[_V]:
        """What all pages have."""
        with self._lock:
            return list(self._visits.values())

    def size(self) -> int:
        """About how many bytes they take together."""
        return sum(visit.weight for _, visit in self._filled())

    def shrink(self) -> None:
        """Let go of what pages have that were not heard of for a while."""
        before = time.monotonic() - _RESTS_SECONDS
        for page, visit in self._filled():
            if visit.heard < before:
                _let_go(page, visit)

    def _filled(self) -> list[tuple[OpenPage, _V]]:
        """Those that have something, the one heard of longest ago first."""
        with self._lock:
            found = [pair for pair in self._visits.items() if pair[1].weight]
        return sorted(found, key=lambda pair: pair[1].heard)


def _let_go(page: OpenPage, visit: Held) -> None:
    if not page.lock.acquire(blocking=False):  # somebody is there after all
        return
    try:
        visit.let_go()
    finally:
        page.lock.release()
