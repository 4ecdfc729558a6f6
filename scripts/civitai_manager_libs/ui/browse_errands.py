"""Saves and orders models from their cards, in threads of its own, and tells the page what became
of it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from ..domain.target_types import FileFilter, model_target
from ..errors import ShortcutError
from ..i18n import text
from .browse_doors import SavedModels
from .browsers import OpenPage
from .card_orders import Name, Orders, order_cards, tell_failed
from .icons import icon
from .monitor_watch import Start
from .present_notices import said_card, way_back_card
from .words import button


class BrowseErrands:
    """The errands of one page. Methods return at once and may be called from any thread.

    ``said`` is what a screen reader should hear of the last one.
    """

    def __init__(self, shortcuts: SavedModels, engine: Orders, start: Start) -> None:
        self._shortcuts = shortcuts
        self._engine = engine
        self._start = start
        self._lock = threading.Lock()
        self._saving: dict[int, int] = {}
        self._ways_back: dict[int, str] = {}
        self._going = 0
        self.said = ''

    @property
    def busy(self) -> bool:
        """Whether anything is on its way."""
        with self._lock:
            return self._going > 0

    @property
    def saving(self) -> frozenset[int]:
        """The models that are being saved now."""
        with self._lock:
            return frozenset(self._saving)

    def _run(self, job: Callable[[], None]) -> None:
        with self._lock:
            self._going += 1

        def run() -> None:
            try:
                job()
            finally:
                with self._lock:
                    self._going -= 1

        self._start(run)

    def save(self, page: OpenPage, ids: Sequence[int], name: Name) -> None:
        """Save the models ``ids``."""
        with self._lock:
            for number in ids:
                self._saving[number] = self._saving.get(number, 0) + 1
        self._run(lambda: self._save(page, ids, name))

    def _save(self, page: OpenPage, ids: Sequence[int], name: Name) -> None:
        failed: list[tuple[int, ShortcutError]] = []
        for number in ids:
            self._settle(page, number)
            try:
                self._shortcuts.save(number)
            except ShortcutError as error:
                failed.append((number, error))
            finally:
                self._saved(number)
        done = len(ids) - len(failed)
        if done > 1:
            page.say(lambda number: said_card(number, 'browse.saved_many', n=f'{done:,}'))
        self._tell_done('browse.saved_many' if done > 1 else 'browse.saved_one', done, ids, name)
        self._tell_failed(page, 'browse.not_saved', failed, name)

    def _saved(self, number: int) -> None:
        with self._lock:
            left = self._saving[number] - 1
            if left:
                self._saving[number] = left
            else:
                del self._saving[number]

    def remove(self, page: OpenPage, number: int, name: Name) -> None:
        """Let a saved model go; the page offers the way back."""
        self._run(lambda: self._remove(page, number, name))

    def _remove(self, page: OpenPage, number: int, name: Name) -> None:
        try:
            gone = self._shortcuts.remove([number])
        except ShortcutError as error:
            self._tell_failed(page, 'browse.not_removed', [(number, error)], name)
            return
        if gone:
            undo = button('browse:restore', number, text('browse.undo'), icon('retry'))
            words = text('browse.unsaved', name=name(number))
            self.said = words
            self._settle(page, number)
            self._ways_back[number] = page.say(lambda place: way_back_card(place, words, undo))

    def _settle(self, page: OpenPage, number: int) -> None:
        """The card that offers the way back to that model has nothing to offer any more."""
        page.unsay(self._ways_back.pop(number, ''))

    def restore(self, page: OpenPage, number: int, name: Name) -> None:
        """Bring a saved model back that was let go."""
        self._run(lambda: self._restore(page, number, name))

    def _restore(self, page: OpenPage, number: int, name: Name) -> None:
        try:
            self._shortcuts.restore([number])
        except ShortcutError as error:
            self._tell_failed(page, 'browse.not_saved', [(number, error)], name)
        else:
            self._tell_done('browse.saved_one', 1, [number], name)

    def download(self, page: OpenPage, ids: Sequence[int], name: Name) -> None:
        """Queue the usual file of the newest version of each model."""
        self._run(lambda: self._download(page, ids, name))

    def _download(self, page: OpenPage, ids: Sequence[int], name: Name) -> None:
        targets = [model_target(number, None, FileFilter()) for number in ids]
        self.said = order_cards(page, self._engine, targets, name)

    def _tell_done(self, key: str, count: int, ids: Sequence[int], name: Name) -> None:
        if count:
            self.said = text(key, n=f'{count:,}', name=name(ids[0]))

    def _tell_failed(
        self, page: OpenPage, key: str, failed: Sequence[tuple[int, ShortcutError]], name: Name
    ) -> None:
        self.said = tell_failed(page, key, failed, name) or self.said
