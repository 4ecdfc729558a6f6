"""The galleries of all open pages, and the memory that they may take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from weakref import WeakKeyDictionary

from .browsers import OpenPage
from .gallery_view import Visit

_RESTS_SECONDS = 60.0
_MOST = 16  # a page that was loaded anew is another one: nobody comes back to what it had before


class GalleryVisits:
    """What each page has of the Gallery tab; ``make`` makes it for a new one. Thread-safe.

    Only so many pages keep their pictures, those heard of last.
    """

    def __init__(self, make: Callable[[], Visit]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._visits: WeakKeyDictionary[OpenPage, Visit] = WeakKeyDictionary()

    def get(self, page: OpenPage) -> Visit | None:
        """What ``page`` has; None when it was never here."""
        with self._lock:
            visit = self._visits.get(page)
        if visit is not None:
            visit.heard = time.monotonic()
        return visit

    def of(self, page: OpenPage) -> Visit:
        """What ``page`` has, new if it was never here."""
        visit = self.get(page)
        if visit is None:
            visit = self._make()
            with self._lock:
                visit = self._visits.setdefault(page, visit)
            for old, kept in self._filled()[:-_MOST]:
                _let_go(old, kept)
        return visit

    def size(self) -> int:
        """About how many bytes the pictures of all pages take."""
        return sum(visit.session.weight for _, visit in self._filled())

    def shrink(self) -> None:
        """Let go of the pictures of pages that were not heard of for a while."""
        before = time.monotonic() - _RESTS_SECONDS
        for page, visit in self._filled():
            if visit.heard < before:
                _let_go(page, visit)

    def _filled(self) -> list[tuple[OpenPage, Visit]]:
        """Those that have pictures, the one heard of longest ago first."""
        with self._lock:
            found = [pair for pair in self._visits.items() if pair[1].session.weight]
        return sorted(found, key=lambda pair: pair[1].heard)


def _let_go(page: OpenPage, visit: Visit) -> None:
    if not page.lock.acquire(blocking=False):  # somebody is there after all
        return
    try:
        visit.session.close()
        visit.strips, visit.number = [], 0
        visit.detail.show(None)
        visit.shown = None
    finally:
        page.lock.release()
