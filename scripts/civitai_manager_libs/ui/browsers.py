"""The open pages, each with what it has pasted, how it looks at the queue, and what it has been
sent.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from .. import notify
from ..domain.task import State
from ..i18n import text
from .choosing import Choosing
from .deltas import View, difference
from .present_notices import Card
from .present_row import title_of
from .queue_model import FILTERS, QueueModel

_MOST_PAGES = 100
_CARD_SECONDS = 15.0


class OpenPage:
    """One page in one browser. Whoever works with it holds ``lock``.

    ``tab`` is the one on top, ``shown`` the filter of its queue, ``more`` how many rows a group
    shows beyond its slice, ``selected`` the downloads that are, ``confirming`` the one that
    somebody has just asked to cancel and ``asking`` whether it was for all that are selected.
    ``problems`` stand below controls of the limits, ``told_before`` is the last notice told before
    the page was opened.
    """

    def __init__(self, choosing: Choosing, tab: str) -> None:
        self.lock = threading.RLock()
        self.choosing = choosing
        self.tab = tab
        self.told_before = notify.board.last_number
        self.shown = 'all'
        self.more: dict[str, int] = {}
        self.selected: set[int] = set()
        self.confirming: int | None = None
        self.asking = False
        self.problems: dict[str, str] = {}
        self.answered = 0
        self.answer: dict[str, Any] = {}
        self.card_html: dict[str, tuple[tuple[object, ...], str]] = {}
        self._number = 0
        self._sent: View = {}
        self._said: list[tuple[float, Card]] = []
        self._said_count = 0
        self._heard: int | None = None
        self._live = ''

    def send(self, view: View, known: int) -> dict[str, Any]:
        """What brings the browser, which has got as far as ``known``, to ``view``."""
        if known != self._number:
            self._sent = {}
        changed = difference(self._sent, view)
        base = known if self._sent else 0
        if changed or not self._sent:
            self._number += 1
        self._sent = view
        return {'base': base, 'number': self._number, 'changed': changed}

    def say(self, make: Callable[[int], Card], seconds: float = _CARD_SECONDS) -> str:
        """Show a card for so many seconds in this browser alone, unless it is closed before; gives
        its key.
        """
        with self.lock:
            self._said_count += 1
            card = make(self._said_count)
            self._said.append((time.monotonic() + seconds, card))
            return card.key

    def unsay(self, key: str) -> None:
        """The matter of the card ``key`` is settled."""
        with self.lock:
            self._said = [(until, card) for until, card in self._said if card.key != key]

    def said(self) -> list[Card]:
        """The cards said lately."""
        now = time.monotonic()
        with self.lock:
            self._said = [(until, card) for until, card in self._said if now < until]
            return [card for _, card in self._said]

    def show(self, shown: str) -> None:
        """Look through another filter; what is selected is always seen, so nothing is."""
        self.shown = shown
        self.more.clear()
        self.select_none()

    def select_none(self) -> None:
        """Nothing is selected any more."""
        self.selected.clear()
        self.asking = False

    def keep_selected(self, queue: QueueModel) -> None:
        """Let go of what the filter does not let through any more."""
        if self.selected:
            kept = queue.among(self.selected, FILTERS[self.shown])
            self.selected = {task.id for task in kept}
        self.asking = self.asking and bool(self.selected)

    def live_words(self, queue: QueueModel) -> str:
        """What a screen reader should hear: what was done or has failed since the last look."""
        since, self._heard = self._heard, queue.heard
        ended = queue.ended_since(since) if since is not None else []
        if ended:
            done = {True: 'page.live_done', False: 'page.live_failed'}
            said = (text(done[task.state is State.DONE], name=title_of(task)) for task in ended)
            self._live = ' '.join(said)
        return self._live


class OpenPages:
    """Finds the page that a message is from; the ones unused for longest are forgotten."""

    def __init__(self, make: Callable[[], OpenPage]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._pages: OrderedDict[str, OpenPage] = OrderedDict()

    def get(self, name: str) -> OpenPage:
        """The page called ``name`` by its own script, new if it is not known."""
        with self._lock:
            if name not in self._pages:
                self._pages[name] = self._make()
            self._pages.move_to_end(name)
            while len(self._pages) > _MOST_PAGES:
                _, gone = self._pages.popitem(last=False)
                gone.choosing.clear()
            return self._pages[name]
