"""What one page looks at in the Gallery tab: whose pictures, which of them are here, which one is
large and which are selected.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Protocol

from ..civitai import ImagePage
from ..domain.gallery import GalleryPicture
from ..domain.image_query import MOST_LIKED, NEWEST, ImageQuery
from ..domain.nsfw import LEVELS
from ..errors import ShortcutError
from ..images.gallery_source import GallerySource
from .jobs import told
from .monitor_watch import Start

SORTS = {'liked': MOST_LIKED, 'newest': NEWEST}
"""The orders to choose from, by our own names."""


MOST_LOADED = 5_000
"""So many pictures a page holds at once, or a page more."""

_OWN_BYTES, _TIMES = 2_000, 5  # of a picture, beside what the API said of it as text


class Shelf(Protocol):
    """Where the pictures come from. All of it takes a while and raises errors of our tree."""

    def open(self, pasted: str) -> GallerySource:
        """Whose pictures ``pasted`` means."""

    def pages(self, query: ImageQuery, cursor: str | None = None) -> Iterator[ImagePage]:
        """The pages of them, asked for one by one as they are taken."""


class GallerySession:
    """The state of one page; thread-safe, and no method waits for the network.

    ``number`` counts up whenever another list begins, ``pages`` holds what has come of it.
    ``weight`` is about how many bytes those take. ``problem`` is why the last thing asked for did
    not come: what was here before stays.
    """

    def __init__(self, shelf: Shelf, start: Start) -> None:
        self._shelf = shelf
        self._start = start
        self.lock = threading.RLock()
        self.number = 0
        self.source: GallerySource | None = None
        self.sort = 'liked'
        self.levels: tuple[str, ...] = ()
        self._usual: tuple[str, ...] | None = None
        self.finding = ''
        self._finds = 0
        self._begin()

    def _begin(self) -> None:
        """Another list, of which nothing is here yet."""
        self.number += 1
        self.pages: list[tuple[GalleryPicture, ...]] = []
        self.weight = 0
        self.known: dict[int, tuple[int, GalleryPicture]] = {}
        self.current: int | None = None
        self.selected: dict[int, None] = {}
        self.loading = False
        self.ended = False
        self.problem: ShortcutError | None = None
        self._find_again = ''
        self._cursor: str | None = None
        self._turner: Iterator[ImagePage] | None = None

    # --- whose pictures --------------------------------------------------------------------------

    def open(self, pasted: str) -> None:
        """Look at the pictures of what ``pasted`` means; what is here stays until they are known to
        be there.
        """
        with self.lock:
            self._finds += 1
            self.finding, self.problem, self._find_again = pasted, None, ''
            turn = self._finds
        self._start(lambda: self._find(pasted, turn))

    def _find(self, pasted: str, turn: int) -> None:
        problem, source = None, None
        try:
            source = self._shelf.open(pasted)
        except Exception as error:
            problem = told(error, 'look for pictures')
        with self.lock:
            if turn != self._finds:  # something else was opened meanwhile
                return
            self.finding = ''
            if source is None:
                self.problem, self._find_again = problem, pasted
                return
            self.source = source
            levels = source.query.levels
            self.levels = tuple(LEVELS) if levels is None else levels
            self._begin()
        self.more()

    def close(self) -> None:
        """Look at nothing."""
        with self.lock:
            self._finds += 1
            self.source, self.finding = None, ''
            self._begin()

    def change(self, sort: str | None = None, levels: tuple[str, ...] | None = None) -> None:
        """Ask for the same pictures in another order, or of other ratings."""
        with self.lock:
            before = (self.sort, self.levels)
            self.sort = self.sort if sort is None else sort
            self.levels = self.levels if levels is None else levels
            if self.source is None or before == (self.sort, self.levels):
                return
            self._begin()
        self.more()

    def keep_up(self, usual: tuple[str, ...]) -> None:
        """Ask anew when the ratings that are ``usual``, those of the settings, have changed. What
        somebody has named itself, one picture, stays.
        """
        with self.lock:
            before, self._usual = self._usual, usual
            named = self.source is not None and self.source.query.levels is None
        if before not in (None, usual) and not named:
            self.change(levels=usual)

    def query(self) -> ImageQuery | None:
        """What is asked for; None when nothing is."""
        with self.lock:
            if self.source is None or not self.levels:
                return None
            # Somebody who wants all of them also wants what nobody has rated.
            levels = None if set(self.levels) >= set(LEVELS) else self.levels
            return replace(self.source.query, sort=SORTS[self.sort], levels=levels)

    @property
    def stuck(self) -> bool:
        """Whether the next page did not come, rather than something else that was asked for."""
        return self.problem is not None and not self._find_again

    @property
    def full(self) -> bool:
        """Whether a page can hold no more."""
        return len(self.known) >= MOST_LOADED

    # --- their pages -----------------------------------------------------------------------------

    def more(self) -> None:
        """Ask for the next page, unless that is being done, or there is none."""
        with self.lock:
            query = self.query()
            if query is None or self.loading or self.ended or self.full:
                return
            self.loading = True
            if not self._find_again:  # else it is not about these pictures
                self.problem = None
            if self._turner is None:
                self._turner = self._shelf.pages(query, self._cursor)
            number, turner = self.number, self._turner
        self._start(lambda: self._turn(number, turner))

    def again(self) -> None:
        """Try once more what did not come."""
        with self.lock:
            pasted = self._find_again
        if pasted:
            self.open(pasted)
        else:
            self.more()

    def _turn(self, number: int, turner: Iterator[ImagePage]) -> None:
        """Take pages until one has a picture that is not here yet; empty ones are not the end."""
        try:
            for page in turner:
                if self._take(number, page):
                    return
            self._note(number, ended=True)
        except Exception as error:
            self._note(number, problem=told(error, 'page of pictures'))

    def _take(self, number: int, page: ImagePage) -> bool:
        weight = sum(_OWN_BYTES + _TIMES * len(str(one.raw)) for one in page.pictures)
        with self.lock:
            if number != self.number:
                return True
            fresh = tuple(one for one in page.pictures if one.id not in self.known)
            self._cursor = page.next_cursor
            if not fresh and page.next_cursor is not None:
                return False
            if fresh:
                self.known.update(
                    (one.id, (len(self.pages), one)) for one in fresh if one.id is not None
                )
                self.pages.append(fresh)
                self.weight += weight
                self.current = fresh[0].id if self.current is None else self.current
            self.loading, self.ended = False, page.next_cursor is None
            return True

    def _note(self, number: int, ended: bool = False, problem: ShortcutError | None = None) -> None:
        with self.lock:
            if number == self.number:
                self.loading, self.ended, self._turner = False, ended, None
                if problem is not None:
                    self.problem, self._find_again = problem, ''

    # --- single ones -----------------------------------------------------------------------------

    def picture(self, number: int | None) -> GalleryPicture | None:
        """The picture of that id, if it is here."""
        with self.lock:
            return self.known[number][1] if number in self.known else None

    def show(self, number: int) -> None:
        """Make a picture the large one."""
        with self.lock:
            if number in self.known:
                self.current = number

    def select(self, number: int, chosen: bool) -> None:
        """Select a picture, or let go of it."""
        with self.lock:
            if not chosen:
                self.selected.pop(number, None)
            elif number in self.known:
                self.selected[number] = None

    def chosen(self) -> list[GalleryPicture]:
        """The selected pictures in the order they were."""
        with self.lock:
            return [self.known[number][1] for number in self.selected]

    def page_shown(self) -> tuple[GalleryPicture, ...]:
        """The page that the large picture is of."""
        with self.lock:
            place = self.known.get(self.current) if self.current is not None else None
            return self.pages[place[0]] if place is not None else ()
