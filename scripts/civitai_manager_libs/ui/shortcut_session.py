"""What one page looks at in the Shortcuts tab: which saved models, how many of them are here, which
of them are selected.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from ..domain.shortcut import Shortcut, ShortcutQuery
from ..errors import ShortcutError
from .monitor_watch import Start
from .shortcut_shelf import PAGE, Counts, OnDisk, Shelf

MOST_LOADED = 5_000
"""So many saved models a page holds at once."""

_OWN_BYTES = 6_500  # of a saved model and its card
_QUICK = 0.05
_REST = 5  # times as long as reading a list anew took, while one change follows another


@dataclass(frozen=True)
class _Read:
    """What was read for ``query``: the whole list so far, or what follows it."""

    query: ShortcutQuery
    seen: tuple[int, int]
    items: list[Shortcut]
    follows: bool = False
    more: bool = False
    found: int = 0
    counts: Counts | None = None
    classes: dict[str, int] = field(default_factory=dict)
    installed: frozenset[int] = field(default_factory=frozenset)


class ShortcutSession:
    """The state of one page; thread-safe, and no method waits for the disk.

    ``number`` counts up whenever another list begins, ``pages`` are the models of it in the order
    they came, ``gone`` those that have left it since, ``items`` what is known of each; ``version``
    counts up whenever any of that changes; ``worked`` gives seconds of processor time of a thread.
    ``renewed`` says that the list fits the same wishes as
    the one before it. ``found`` is how many fit in all; ``counts`` is None until the first
    reading, ``classes`` says how many are in each.
    """

    def __init__(
        self,
        shelf: Shelf,
        on_disk: OnDisk,
        start: Start,
        clock: Callable[[], float] = time.monotonic,
        worked: Callable[[], float] = time.thread_time,
    ) -> None:
        self._shelf = shelf
        self._on_disk = on_disk
        self._start = start
        self._clock = clock
        self._worked = worked
        self._rests_until = clock()
        self.lock = threading.RLock()
        self.query = ShortcutQuery()
        self.number = self.version = 0
        self.renewed = False
        self.found = 0
        self.ended = False
        self.counts: Counts | None = None
        self.classes: dict[str, int] = {}
        self.installed: frozenset[int] = frozenset()
        self.problem: ShortcutError | None = None
        self.selected: dict[int, None] = {}
        self.pages: list[list[int]] = []
        self.items: dict[int, Shortcut] = {}
        self.gone: set[int] = set()
        self._shown: ShortcutQuery | None = None
        self._seen: tuple[int, int] | None = None
        self._wanted = PAGE
        self._reading = False
        self._again = False

    # --- what is wanted --------------------------------------------------------------------------

    def follow(self, patient: bool = False) -> None:
        """Find out whether anything has changed since the last look; the ``patient`` leave it be
        for a while when that took long.
        """
        with self.lock:
            if patient and not self.busy and self._clock() < self._rests_until:
                return
            if self._reading:
                self._again = True
                return
            self._reading = True
        self._start(self._read)

    def change(self, **wishes: Any) -> None:
        """Look for others: fields of :class:`.ShortcutQuery`."""
        with self.lock:
            query = replace(self.query, **wishes)
            if query == self.query:
                return
            self.query, self._wanted = query, PAGE
            self.selected.clear()
        self.follow()

    def more(self) -> None:
        """Another page of them."""
        with self.lock:
            if self.busy or self.ended or self.full:
                return
            self._wanted = self.loaded + PAGE
        self.follow()

    @property
    def busy(self) -> bool:
        """Whether what is here is not yet what is wanted."""
        waits = not self.ended and self._wanted > self.loaded
        return self.problem is None and (self._shown != self.query or waits)

    @property
    def loaded(self) -> int:
        """How many are here."""
        return len(self.items) - len(self.gone)

    @property
    def full(self) -> bool:
        """Whether a page can hold no more."""
        return self.loaded >= MOST_LOADED

    # --- reading ---------------------------------------------------------------------------------

    def _read(self) -> None:
        while True:
            with self.lock:
                query, seen, loaded = self.query, self._seen, self.loaded
                wanted, self._again = self._wanted, False
                same = query == self._shown
                ended = self.ended
            read, problem = None, None
            try:
                if same and seen is not None:
                    read = self._what_is_new(query, seen, loaded, 0 if ended else wanted)
                else:
                    read = self._whole(query, wanted)
            except ShortcutError as error:
                problem = error
            with self.lock:
                self.problem = problem
                if read is not None and read.query == self.query:
                    self._take(read)
                if not self._again:
                    self._reading = False
                    return

    def _what_is_new(
        self, query: ShortcutQuery, seen: tuple[int, int], loaded: int, wanted: int
    ) -> _Read | None:
        now = (self._shelf.revision(), self._on_disk.stamp())
        if now != seen:
            return self._whole(query, max(wanted, loaded, PAGE))
        if wanted <= loaded:
            return None
        items = self._shelf.find(query, loaded, wanted - loaded)
        return _Read(query, now, items, follows=True, more=len(items) == wanted - loaded)

    def _whole(self, query: ShortcutQuery, wanted: int) -> _Read:
        begun = self._worked()
        revision = self._shelf.revision()  # first: what changes meanwhile is read the next time
        stamp, installed = self._on_disk.stamp(), self._on_disk.model_ids()
        items = self._shelf.find(query, 0, wanted)
        counts = self._shelf.counts()
        more = len(items) == wanted
        found = len(items)
        if more:  # counting may take longer than finding
            plain = query == ShortcutQuery(sort=query.sort)
            found = counts.all if plain else self._shelf.count(query)
        classes = {one.name: one.count for one in self._shelf.classes()}
        took = self._worked() - begun
        self._rests_until = self._clock() + (_REST * took if took > _QUICK else 0.0)
        return _Read(
            query, (revision, stamp), items, False, more, found, counts, classes, installed
        )

    def _take(self, read: _Read) -> None:
        self.version += 1
        self.ended = not read.more
        fresh = [one.model_id for one in read.items]
        if read.follows:
            self._append([number for number in fresh if number not in self.items], read.items)
            return
        same = read.query == self._shown
        self._seen, self._shown = read.seen, read.query
        self.found, self.counts, self.installed = read.found, read.counts, read.installed
        self.classes = read.classes
        added = self._added(fresh) if same else None
        if added is None:
            self.number += 1
            self.renewed = same
            self.pages, self.items, self.gone = [], {}, set()
            for at in range(0, len(fresh), PAGE):
                self._append(fresh[at : at + PAGE], read.items)
        else:
            self.gone = set(self.items) - set(fresh)
            self._append(added, read.items)
        if same:  # what was selected and is gone cannot be worked on any more
            self.selected = {one: None for one in self.selected if one not in self.gone}

    def _added(self, fresh: list[int]) -> list[int] | None:
        """What is new at the end of the list; None when that does not say all that has changed but
        for what has gone.
        """
        there = set(fresh)
        still = [one for page in self.pages for one in page if one in there]
        return fresh[len(still) :] if fresh[: len(still)] == still else None

    def _append(self, fresh: list[int], items: list[Shortcut]) -> None:
        self.items.update((one.model_id, one) for one in items)
        if fresh:
            self.pages.append(fresh)

    # --- single ones -----------------------------------------------------------------------------

    def paint(self, ids: Iterable[int], **fields: Any) -> None:
        """Show a change at once that is still being made."""
        with self.lock:
            self.version += 1
            for number in ids:
                if number in self.items:
                    self.items[number] = replace(self.items[number], **fields)

    def select(self, ids: Iterable[int], chosen: bool = True) -> None:
        """Select them, or let go of them."""
        with self.lock:
            for number in ids:
                if chosen:
                    self.selected[number] = None
                else:
                    self.selected.pop(number, None)

    @property
    def weight(self) -> int:
        """About how many bytes all of it takes."""
        return sum(_OWN_BYTES + 4 * len(one.note) for one in self.items.values())

    def let_go(self) -> None:
        """Forget what was read; it is read anew when it is wanted again."""
        with self.lock:
            self._shown, self._wanted, self.ended = None, PAGE, False
            self.pages, self.items, self.gone = [], {}, set()
            self.number += 1
            self.version += 1
