"""Offers to save a model as a shortcut when a file of it was downloaded.

Each open page shows one card for all that has come since its last one; the card stays until it is
closed, or until everything in it is saved, wherever that was done.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from ..domain.shortcut import Shortcut
from ..domain.task import State, Task
from ..errors import ShortcutError
from ..i18n import error_text, text
from .browsers import OpenPage
from .jobs import Jobs, told
from .monitor_watch import Start
from .present_notices import failed_card, said_card, save_card
from .present_row import title_of

NAME = 'offer'
_MOST = 500
_FAILED_CARD_SECONDS = 600.0


class Door(Protocol):
    """What of :class:`.Shortcuts` is used here."""

    def revision(self) -> int: ...

    def saved(self, ids: Collection[int]) -> frozenset[int]: ...

    def save(self, model_id: int, version_id: int | None = None) -> Shortcut: ...


@dataclass(frozen=True)
class _Offer:
    number: int
    model_id: int
    version_id: int | None
    name: str


@dataclass
class _Told:
    """What one page was told: the offers on its ``card``, up to the number ``heard``."""

    heard: int
    card: str = ''
    revision: int = -1
    offers: dict[int, _Offer] = field(default_factory=dict)


class SaveOffers:
    """A :class:`.TabDesk` that has no tab: what it says stands above all of them. ``start`` gives
    threads to saving.
    """

    def __init__(self, door: Door, start: Start | None = None) -> None:
        self._door = door
        self._start = start or Jobs('save-offered', 1).put
        self._lock = threading.Lock()
        self._last = 0
        self._offers: deque[_Offer] = deque(maxlen=_MOST)
        self._pages: WeakKeyDictionary[OpenPage, _Told] = WeakKeyDictionary()

    def hear(self, task: Task) -> None:
        """A download has come into another state; for :meth:`.DownloadEngine.subscribe`."""
        model_id = task.order.model_id
        if task.state is not State.DONE or model_id is None or task.parent_id is not None:
            return
        if self._door.saved([model_id]):
            return
        name = task.order.name or title_of(task)
        with self._lock:
            self._last += 1
            self._offers.append(_Offer(self._last, model_id, task.order.version_id, name))

    def parts(self, page: OpenPage) -> Mapping[str, str]:
        """See :class:`.TabDesk`: nothing stands in a place of its own."""
        with self._lock:
            told = self._pages.setdefault(page, _Told(self._last))
            fresh = [offer for offer in self._offers if offer.number > told.heard]
            told.heard = self._last
        if not fresh and not told.card:
            return {}
        before = told.offers if told.card in {card.key for card in page.said()} else {}
        revision = self._door.revision()
        if not fresh and before and revision == told.revision:
            return {}
        offers = {**before, **{offer.model_id: offer for offer in fresh}}
        saved = self._door.saved(list(offers))
        left = {number: offer for number, offer in offers.items() if number not in saved}
        told.revision = revision
        if left != before:
            self._show(page, told, left)
        return {}

    def _show(self, page: OpenPage, told: _Told, offers: dict[int, _Offer]) -> None:
        page.unsay(told.card)
        told.card, told.offers = '', offers
        if offers:
            names = {one.model_id: one.name for one in offers.values()}
            told.card = page.say(lambda number: save_card(number, names), inf)

    def do(
        self, page: OpenPage, action: str, item: str, value: str, text: str
    ) -> Mapping[str, Any] | None:
        """See :class:`.TabDesk`: ``save`` saves everything on the card of ``page``, ``leave`` lets
        it be.
        """
        told = self._pages.get(page)
        if told is not None and told.card:
            offers = list(told.offers.values())
            self._show(page, told, {})
            if action == 'save':
                self._start(lambda: self._save(page, offers))
        return None

    def _save(self, page: OpenPage, offers: list[_Offer]) -> None:
        names, failed = [], dict[int, _Offer]()
        problem: ShortcutError | None = None
        for offer in offers:
            try:
                names.append(self._door.save(offer.model_id, offer.version_id).name)
            except Exception as error:
                failed[offer.model_id] = offer
                problem = told(error, f'save model {offer.model_id}')
        if names:
            key = 'page.offer_saved' if len(names) == 1 else 'page.offer_saved_many'
            page.say(lambda number: said_card(number, key, name=names[0], n=len(names)))
        if problem is not None:
            self._say_failed(page, list(failed.values()), error_text(problem))

    @staticmethod
    def _say_failed(page: OpenPage, offers: list[_Offer], reason: str) -> None:
        key = 'page.offer_failed' if len(offers) == 1 else 'page.offer_failed_many'
        title = text(key, name=offers[0].name, n=len(offers))
        page.say(lambda number: failed_card(number, title, reason, ''), _FAILED_CARD_SECONDS)
