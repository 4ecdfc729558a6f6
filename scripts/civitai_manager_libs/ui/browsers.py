"""The open pages, each with what it has pasted, how it looks at the queue, and what it has been
sent.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from ..domain.task import State, Task
from ..i18n import text
from .choosing import Choosing
from .deltas import View, difference
from .present_notices import Card
from .present_row import needs_person, title_of

_MOST_PAGES = 100
_CARD_SECONDS = 15.0


class OpenPage:
    """One page in one browser. Whoever works with it holds ``lock``."""

    def __init__(self, choosing: Choosing) -> None:
        self.lock = threading.RLock()
        self.choosing = choosing
        self.shown = 'all'
        self.confirming: int | None = None
        self.answered = 0
        self.answer: dict[str, Any] = {}
        self.card_html: dict[str, tuple[tuple[object, ...], str]] = {}
        self._number = 0
        self._sent: View = {}
        self._said: list[tuple[float, Card]] = []
        self._said_count = 0
        self._states: dict[int, State] | None = None
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

    def say(self, make: Callable[[int], Card]) -> None:
        """Show a card for a while in this browser alone."""
        with self.lock:
            self._said_count += 1
            self._said.append((time.monotonic(), make(self._said_count)))

    def said(self) -> list[Card]:
        """The cards said lately."""
        now = time.monotonic()
        with self.lock:
            self._said = [(at, card) for at, card in self._said if now - at < _CARD_SECONDS]
            return [card for _, card in self._said]

    def live_words(self, tasks: Sequence[Task]) -> str:
        """What a screen reader should hear: what was done or has failed since the last look."""
        before, self._states = self._states, {task.id: task.state for task in tasks}
        if before is None:
            return self._live
        heard = []
        for task in tasks:
            if before.get(task.id) is task.state or task.id not in before:
                continue
            if task.state is State.DONE:
                heard.append(text('page.live_done', name=title_of(task)))
            elif needs_person(task):
                heard.append(text('page.live_failed', name=title_of(task)))
        if heard:
            self._live = ' '.join(heard)
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
                self._pages.popitem(last=False)
            return self._pages[name]
