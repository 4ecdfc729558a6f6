"""What one page looks at in the Browse tab: what is looked for, which models are here, and which of
them are selected.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Protocol

from ..domain.browse_filters import BrowseFilters
from ..domain.model_card import ModelCard
from ..errors import ShortcutError
from .monitor_watch import Start

MOST_LOADED = 2_000
"""So many models a page holds at once, or a page more."""


class FoundPage(Protocol):
    """Some more cards; see :class:`.catalogue.CardPage`."""

    @property
    def cards(self) -> tuple[ModelCard, ...]: ...

    @property
    def more(self) -> bool: ...

    @property
    def astray(self) -> bool: ...

    @property
    def left_out(self) -> int: ...

    @property
    def broken(self) -> int: ...

    @property
    def since(self) -> float | None: ...

    @property
    def problem(self) -> ShortcutError | None: ...

    @property
    def unknown_tag(self) -> str: ...

    @property
    def nearest_tags(self) -> tuple[str, ...]: ...


Pages = Callable[[BrowseFilters], Iterator[FoundPage]]
"""The cards that fit filters, page by page as they are taken; taking one takes a while."""


class BrowseSession:
    """The state of one page; thread-safe, and no method waits for the network.

    ``number`` counts up whenever another list begins, ``pages`` holds what has come of it. While a
    list is tried anew what is here stays. ``since`` is when Civitai said what is here, if that was
    not now, ``problem`` why nothing newer or nothing more came, ``stuck`` that the next page has to
    be asked for again. ``tired``: many pages in a row had nothing to show, so somebody has to
    say whether to search on.
    """

    def __init__(self, pages: Pages, start: Start, filters: BrowseFilters) -> None:
        self._pages_of = pages
        self._start = start
        self.lock = threading.RLock()
        self.filters = filters
        self.number = 0
        self.begun = False
        self.hidden: set[tuple[str, str]] = set()
        self._turns = 0
        self._begin()

    def _begin(self) -> None:
        """Another list, of which nothing is here yet."""
        self.number += 1
        self.pages: list[tuple[ModelCard, ...]] = []
        self.known: dict[int, ModelCard] = {}
        self.selected: dict[int, None] = {}
        self.gone: set[int] = set()
        self.loading = False
        self.ended = False
        self.stuck = False
        self._news()

    def _news(self) -> None:
        self.since: float | None = None
        self.problem: ShortcutError | None = None
        self.astray = False
        self.left_out = 0
        self.broken = 0
        self.unknown_tag = ''
        self.nearest_tags: tuple[str, ...] = ()
        self.tired = False
        self._turner: Iterator[FoundPage] | None = None

    # --- what is looked for ----------------------------------------------------------------------

    def look_for(self, filters: BrowseFilters) -> None:
        """Look for something else. What is asked for already is not asked for again."""
        with self.lock:
            if self.begun and filters == self.filters:
                return
            before, self.filters = self.filters, filters
            alike = replace(filters, adult=before.adult) == before
            if self.begun and alike and filters.asked == before.asked:
                return  # only how pictures are shown
            self.begun = True
            self._begin()
            self._turns += 1
        self.more()

    def show_adult(self, adult: str) -> None:
        """Show adult content like this from now on; where nothing was looked for yet, that does not
        begin by it.
        """
        with self.lock:
            filters = replace(self.filters, adult=adult)
            if not self.begun:
                self.filters = filters
                return
        self.look_for(filters)

    def begin(self) -> None:
        """Look for what the filters say, if nobody has yet."""
        with self.lock:
            begins, self.begun = not self.begun, True
        if begins:
            self.more()

    def again(self) -> None:
        """Try once more what did not come; from the beginning when what is here is old."""
        with self.lock:
            if self.loading:
                return
            here = bool(self.known) and self.since is None
            if self._turner is None or not (here or self.tired):
                self.renew()
                return
            self.stuck = self.tired = False
            self._load(anew=False)

    def renew(self) -> None:
        """Ask for the list anew from its beginning; what is here stays until that has come."""
        with self.lock:
            self._turns += 1
            self._turner = None
            self.stuck = self.ended = self.tired = False
            self._load(anew=True)

    def let_go(self) -> None:
        """Forget what is here; it is asked for when somebody looks again."""
        with self.lock:
            self._turns += 1
            self._begin()
            self.begun = False

    # --- their pages -----------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether a page can hold no more."""
        return len(self.known) >= MOST_LOADED

    @property
    def has_more(self) -> bool:
        """Whether more can be asked for now."""
        return self.begun and bool(self.known) and not self._waits

    @property
    def _waits(self) -> bool:
        return self.loading or self.ended or self.stuck or self.tired or self.full

    def more(self) -> None:
        """Ask for the next page, unless that is being done, or there is none."""
        with self.lock:
            if not self._waits:
                self._load(anew=False)

    def _load(self, anew: bool) -> None:
        self.loading = True
        if self._turner is None:
            self._turner = self._pages_of(self.filters)
        turn, turner = self._turns, self._turner
        self._start(lambda: self._turn(turn, turner, anew))

    def _turn(self, turn: int, turner: Iterator[FoundPage], anew: bool) -> None:
        """Take pages until one has a model that is not here yet, or has none although many were
        looked through for it.
        """
        if turn != self._turns:  # something else is looked for since
            return
        try:
            for page in turner:
                if self._take(turn, page, anew):
                    return
            self._note(turn)
        except ShortcutError as error:
            self._note(turn, error)

    def _take(self, turn: int, page: FoundPage, anew: bool) -> bool:
        with self.lock:
            if turn != self._turns:
                return True
            if anew and (page.problem is None or not self.known):
                turner = self._turner
                self._begin()
                self._turner = turner
            self.since = page.since if page.since is not None else self.since
            self.problem, self.astray = page.problem, page.astray
            self.left_out += page.left_out
            self.broken += page.broken
            self.unknown_tag, self.nearest_tags = page.unknown_tag, page.nearest_tags
            fresh = tuple(one for one in page.cards if one.model_id not in self.known)
            if fresh:
                self.known.update((one.model_id, one) for one in fresh)
                self.pages.append(fresh)
                self._leave_out(fresh)
            goes_on = not fresh and page.more and page.problem is None
            if goes_on and page.cards:
                return False
            self.tired = goes_on
            self.loading, self.ended = False, not page.more
            self._turner = self._turner if page.more else None
            self.stuck = page.problem is not None and page.since is None
            return True

    def _note(self, turn: int, problem: ShortcutError | None = None) -> None:
        with self.lock:
            if turn != self._turns:
                return
            self.loading, self._turner = False, None
            self.ended, self.stuck = problem is None, problem is not None
            if problem is not None:
                self.problem = problem

    # --- single ones -----------------------------------------------------------------------------

    def card(self, number: int) -> ModelCard | None:
        """The card of that model, if it is here."""
        with self.lock:
            return self.known.get(number)

    @property
    def shown(self) -> int:
        """How many models are listed."""
        return len(self.known) - len(self.gone)

    def select(self, number: int, chosen: bool) -> None:
        """Select a model, or let go of it."""
        with self.lock:
            if not chosen:
                self.selected.pop(number, None)
            elif number in self.known and number not in self.gone:
                self.selected[number] = None

    def leave_out(self, hidden: set[tuple[str, str]]) -> None:
        """What is hidden (kind and name) leaves the list; what is not any more comes back."""
        with self.lock:
            self.hidden = hidden
            self.gone.clear()
            self._leave_out(self.known.values())
            for number in self.gone & set(self.selected):
                del self.selected[number]

    def _leave_out(self, cards: Iterable[ModelCard]) -> None:
        for card in cards:
            names = {('model', str(card.model_id)), ('creator', _plain(card.creator or ''))}
            names.update(('tag', _plain(tag)) for tag in card.tags)
            if names & self.hidden:
                self.gone.add(card.model_id)


def hidden_names(hidden: list[tuple[str, str]]) -> set[tuple[str, str]]:
    """Pairs of kind and name as :meth:`BrowseSession.leave_out` compares them."""
    return {(kind, name if kind == 'model' else _plain(name)) for kind, name in hidden}


def _plain(name: str) -> str:
    return name.strip().casefold()
