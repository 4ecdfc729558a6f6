"""What a person does with saved models on the Shortcuts tab, done in a thread of ours one after the
other, so that no click waits for the disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Protocol

from ..domain.shortcut import Shortcut, ShortcutQuery
from ..domain.target_types import FileFilter, model_target
from ..errors import ShortcutError
from ..i18n import error_text, text
from ..library.refresh import RefreshProgress
from .browsers import OpenPage
from .card_orders import Orders, order_cards
from .icons import icon
from .monitor_watch import Start
from .present_notices import failed_card, way_back_card
from .queue_desk import Refused
from .shortcut_shelf import Shelf
from .shortcut_view import Visit
from .shortcut_work import Door as WorkDoor
from .words import button, counted

MOST_NAME = 80
_FAILED_CARD_SECONDS = 600.0
_UNDO_CARD_SECONDS = 60.0
_MOST_UNDONE = 20
_TOGETHER = 500
_MANY = 200  # changing fewer is done before anybody could read of it
_COMMAS = re.compile(r'[,，、;；\n]')


class Refresher(Protocol):
    """Asks Civitai anew for saved models; see :class:`.library.refresh.Refresher`."""

    def start(self, ids: Sequence[int] | None = None) -> bool: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def stop(self) -> None: ...

    def progress(self) -> RefreshProgress: ...


class Door(Shelf, WorkDoor, Protocol):
    """The saved models; see :class:`.ishortcut.Shortcuts`."""

    @property
    def refresher(self) -> Refresher: ...

    def get(self, model_id: int) -> Shortcut | None: ...

    def ids(self, query: ShortcutQuery = ...) -> list[int]: ...

    def favourite(self, ids: Collection[int], on: bool) -> None: ...

    def tag(self, ids: Collection[int], add: Iterable[str], drop: Iterable[str] = ()) -> None: ...

    def classify(
        self, ids: Collection[int], add: Iterable[str], drop: Iterable[str] = ()
    ) -> None: ...

    def put_class(self, name: str, info: str | None = None) -> None: ...

    def rename_class(self, old: str, new: str) -> None: ...

    def drop_class(self, name: str) -> None: ...

    def remove(self, ids: Collection[int]) -> list[int]: ...

    def restore(self, ids: Collection[int]) -> list[int]: ...


def names_in(pasted: str) -> list[str]:
    """The classes or tags that somebody wrote, in order, each once. Raises :class:`Refused` for
    none.
    """
    words = (' '.join(word.split())[:MOST_NAME] for word in _COMMAS.split(pasted))
    found = list(dict.fromkeys(word for word in words if word))
    if not found:
        raise Refused(text('shortcuts.name_first'))
    return found


def class_in(pasted: str) -> str:
    """The name of a class that somebody wrote. Raises :class:`Refused` for none."""
    name = ' '.join(pasted.split())[:MOST_NAME]
    if not name:
        raise Refused(text('shortcuts.name_first'))
    return name


class Doings:
    """``start`` runs what it is given in order; ``engine`` fetches what is ordered."""

    def __init__(self, door: Door, engine: Orders, start: Start) -> None:
        self._door = door
        self._engine = engine
        self._start = start

    def run(self, page: OpenPage, visit: Visit, job: Callable[[], object], count: int = 1) -> None:
        """Do ``job``, which is about ``count`` models; what goes wrong is said to that page, and
        what it has changed is read.
        """

        def run() -> None:
            try:
                visit.doing = (0, count if count >= _MANY else 0)
                job()
            except ShortcutError as error:
                words = error_text(error)
                page.say(
                    lambda n: failed_card(n, text('shortcuts.not_done'), words, ''),
                    _FAILED_CARD_SECONDS,
                )
            finally:
                visit.doing = (0, 0)
            visit.session.follow()

        self._start(run)

    def favourite(self, page: OpenPage, visit: Visit, ids: Collection[int], on: bool) -> None:
        """Make favourites of them, or not."""
        visit.session.paint(ids, favourite=on)
        self.run(page, visit, lambda: self._door.favourite(ids, on), len(ids))

    def select_all(self, page: OpenPage, visit: Visit) -> None:
        """Select all that fit, also those that are not here yet."""
        query = visit.session.query
        self.run(page, visit, lambda: visit.session.select(self._door.ids(query)))

    def remove(self, page: OpenPage, visit: Visit, ids: Collection[int]) -> None:
        """Remove them, with a way back."""

        gone: list[int] = []

        def job() -> None:
            try:
                for part in _parts(visit, ids):
                    gone.extend(self._door.remove(part))
            finally:  # also if not all of them could be
                if gone:
                    words = counted('shortcuts.removed_one', len(gone))
                    self._offer(page, visit, 'restore', gone, words)

        visit.session.select(ids, False)
        self.run(page, visit, job, len(ids))

    def restore(self, page: OpenPage, visit: Visit, number: str) -> None:
        """Undo a removal."""
        ids = visit.undo.pop(number, [])

        def job() -> None:
            for part in _parts(visit, ids):
                self._door.restore(part)

        if ids:
            self.run(page, visit, job, len(ids))

    def download(self, page: OpenPage, visit: Visit, number: int) -> None:
        """Queue the usual file of a saved model: of the version that was meant, else the newest."""

        def job() -> None:
            saved = self._door.get(number)
            version, name = (saved.version_id, saved.name) if saved else (None, str(number))
            target = model_target(number, version, FileFilter())
            visit.said = order_cards(page, self._engine, [target], lambda one: name)

        self.run(page, visit, job)

    def put_class(self, page: OpenPage, visit: Visit, name: str) -> None:
        """A new class, which is shown from then on."""

        def job() -> None:
            self._door.put_class(name)
            visit.session.change(class_name=name, favourite=False, gone=False)

        self.run(page, visit, job)

    def rename_class(self, page: OpenPage, visit: Visit, old: str, new: str) -> None:
        """Call a class something else."""

        def job() -> None:
            self._door.rename_class(old, new)
            if visit.session.query.class_name == old:
                visit.session.change(class_name=new)

        self.run(page, visit, job)

    def drop_class(self, page: OpenPage, visit: Visit, name: str) -> None:
        """Do without a class, with a way back; its models stay."""

        def job() -> None:
            ids = self._door.ids(ShortcutQuery(class_name=name))
            self._door.drop_class(name)
            if visit.session.query.class_name == name:
                visit.session.change(class_name=None)
            words = text('shortcuts.class_dropped', name=name)
            self._offer(page, visit, 'class-restore', ids, words, name)

        self.run(page, visit, job)

    def restore_class(self, page: OpenPage, visit: Visit, number: str) -> None:
        """Undo that."""
        name, ids = visit.dropped.pop(number, ''), visit.undo.pop(number, None)

        def job() -> None:
            self._door.put_class(name)
            if ids:
                self._door.classify(self._still(ids), [name])

        if ids is not None:
            self.run(page, visit, job)

    def _still(self, ids: Sequence[int]) -> list[int]:
        saved = set(self._door.ids(ShortcutQuery()))
        return [one for one in ids if one in saved]

    def _offer(
        self, page: OpenPage, visit: Visit, action: str, ids: list[int], words: str, name: str = ''
    ) -> None:
        """Say what was done, with a button that undoes it."""
        visit.last_undo += 1
        key = str(visit.last_undo)
        visit.undo[key] = ids
        if name:
            visit.dropped[key] = name
        for old in list(visit.undo)[:-_MOST_UNDONE]:
            visit.undo.pop(old)
            visit.dropped.pop(old, None)
        again = button(f'shortcuts:{action}', key, text('shortcuts.undo'), icon('retry'))
        page.say(lambda n: way_back_card(n, words, again), _UNDO_CARD_SECONDS)


def _parts(visit: Visit, ids: Collection[int]) -> Iterator[Sequence[int]]:
    """``ids`` in parts, while the page shows how far it has come."""
    every = list(ids)
    for begin in range(0, len(every), _TOGETHER):
        visit.doing = (begin, visit.doing[1])
        yield every[begin : begin + _TOGETHER]
