"""What can be done with the queue on the page: to one download, to those that are selected, to
all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from .. import notify
from ..domain.task import Task
from ..downloader import DownloadEngine
from ..i18n import text
from .browsers import OpenPage
from .file_manager import show_file
from .present_notices import said_card, undo_card
from .present_queue import MORE_ROWS, SLICES
from .present_row import asks_before_cancel
from .present_selection import SELECTED, dropped_bytes
from .queue_model import FILTERS
from .tabs import number_in
from .watch import QueueWatch

Answer = dict[str, Any]
_REALLY = 'really'


class Refused(Exception):
    """A click that cannot be followed; the sentence says why."""


class QueueDesk:
    """Follows clicks on the queue. ``local``: folders open on the screen of whoever looks."""

    def __init__(
        self, engine: DownloadEngine, watch: QueueWatch, local: Callable[[], bool]
    ) -> None:
        self._engine = engine
        self._watch = watch
        self._local = local
        self._clicks: dict[str, Callable[[OpenPage, str, str], Answer | None]] = {
            'filter': self._filter,
            'more': self._more,
            'select': self._select,
            'select-all': self._select_all,
            'select-none': lambda page, item, value: page.select_none(),
            'keep': self._keep,
            'cancel': self._cancel,
            'cancel-really': lambda page, item, value: self._cancel(page, item, _REALLY),
            'front': self._front,
            'remove': self._remove,
            'clear-finished': self._remove,
            'open-folder': self._open_folder,
        }

    def do(self, page: OpenPage, action: str, item: str, value: str) -> Answer | None:
        """Follow a click; what the answer should hold besides the view. Raises :class:`Refused` and
        errors of our tree; a click that is not for the queue does nothing.
        """
        if action in _TO_ALL:
            self._changed(_TO_ALL[action](self._engine))
        elif action in _TO_SOME:
            self._changed(_TO_SOME[action](self._engine, self._ids(page, item)))
            page.confirming = None
        elif action in self._clicks:
            return self._clicks[action](page, item, value)
        return None

    @staticmethod
    def _ids(page: OpenPage, item: str) -> list[int]:
        """The downloads that are meant: all that are selected, or those whose numbers are given."""
        if item == SELECTED:
            return sorted(page.selected)
        return [number_in(number) for number in item.split()]

    def _filter(self, page: OpenPage, item: str, value: str) -> None:
        if item in FILTERS and item != page.shown:
            page.show(item)

    def _more(self, page: OpenPage, item: str, value: str) -> None:
        if item in SLICES:
            page.more[item] = page.more.get(item, 0) + MORE_ROWS

    def _select(self, page: OpenPage, item: str, value: str) -> None:
        ids = self._ids(page, item)
        if value == 'on':
            page.selected.update(ids)
        else:
            page.selected.difference_update(ids)
        page.asking = False

    def _select_all(self, page: OpenPage, item: str, value: str) -> None:
        with self._watch.reading() as queue:
            page.selected.update(queue.ids(FILTERS[page.shown]))

    def _keep(self, page: OpenPage, item: str, value: str) -> None:
        page.confirming, page.asking = None, False

    def _cancel(self, page: OpenPage, item: str, value: str) -> None:
        before = self._known(self._ids(page, item))
        if value != _REALLY and self._asked(page, item, before):
            return
        page.confirming, page.asking = None, False
        cancelled = {task.id for task in self._changed(self._engine.cancel(before))}
        gone = [before[number] for number in before if number in cancelled]
        if gone:
            page.say(lambda number: undo_card(number, gone))

    @staticmethod
    def _asked(page: OpenPage, item: str, before: dict[int, Task]) -> bool:
        """Whether the person has to be asked first, once for all that is meant."""
        tasks = list(before.values())
        if item == SELECTED:
            page.asking = dropped_bytes(tasks) > 0
            return page.asking
        asks = [task.id for task in tasks if asks_before_cancel(task)]
        page.confirming = asks[0] if asks else None
        return bool(asks)

    def _known(self, task_ids: Sequence[int]) -> dict[int, Task]:
        with self._watch.reading() as queue:
            found = ((number, queue.get(number)) for number in task_ids)
            return {number: task for number, task in found if task is not None}

    def _front(self, page: OpenPage, item: str, value: str) -> None:
        ids = self._ids(page, item)
        with self._watch.reading() as queue:
            first = [task.id for task in queue.part('waiting', 0, min(len(ids), queue.queued))]
        if ids and sorted(first) == sorted(ids):
            page.say(lambda number: said_card(number, 'page.first_already'))
        self._changed(self._engine.prioritise(ids))

    def _remove(self, page: OpenPage, item: str, value: str) -> None:
        gone = self._engine.clear_finished(self._ids(page, item) if item else None)
        self._changed(gone)
        done = [task for task in gone if task.path]
        if done:
            page.say(lambda number: said_card(number, 'page.removed', n=len(done)))

    def _open_folder(self, page: OpenPage, item: str, value: str) -> Answer | None:
        task = self._engine.task(number_in(item))
        if not self._local() or task.path is None:
            return None
        path = Path(task.path)
        if not path.parent.is_dir():
            raise Refused(text('page.folder_gone', path=path.parent))
        if show_file(path):
            return None
        return {'copy': {'text': str(path), 'said': text('page.no_file_manager')}}

    def _changed(self, changed: list[Task]) -> list[Task]:
        for task in changed:
            notify.board.settle(f'download:{task.id}')
        self._watch.forget()
        return changed


_TO_SOME = {
    'pause': DownloadEngine.pause,
    'resume': DownloadEngine.resume,
    'retry': DownloadEngine.retry,
    'up': DownloadEngine.move_up,
    'down': DownloadEngine.move_down,
}
_TO_ALL = {'pause-all': DownloadEngine.pause_all, 'resume-all': DownloadEngine.resume_all}
