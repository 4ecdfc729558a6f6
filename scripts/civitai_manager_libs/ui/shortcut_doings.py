"""What a person does with saved models on the Shortcuts tab, done in a thread of ours one after the
other, so that no click waits for the disk.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from ..domain.shortcut import ShortcutQuery
from ..errors import ShortcutError
from ..i18n import error_text, text
from ..library.refresh import RefreshProgress
from .browsers import OpenPage
from .icons import icon
from .monitor_watch import Start
from .present_notices import failed_card, way_back_card
from .queue_desk import Refused
from .shortcut_session import Shelf
from .shortcut_view import Visit
from .shortcut_work import Door as WorkDoor
from .words import button, counted

MOST_NAME = 80
_FAILED_CARD_SECONDS = 600.0
_UNDO_CARD_SECONDS = 60.0
_MOST_UNDONE = 20
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

    def ids(self, query: ShortcutQuery = ...) -> list[int]: ...

    def favourite(self, ids: Collection[int], on: bool) -> None: ...

    def tag(self, ids: Collection[int], add: Iterable[str], drop: Iterable[str] = ()) -> None: ...

    def classify(
        self, ids: Collection[int], add: Iterable[str], drop: Iterable[str] = ()
    ) -> None: ...

    def put_class(self, name: str, info: str = '') -> None: ...

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
    """``start`` runs what it is given in order."""

    def __init__(self, door: Door, start: Start) -> None:
        self._door = door
        self._start = start

    def run(self, page: OpenPage, visit: Visit, job: Callable[[], object]) -> None:
        """Do ``job``; what goes wrong is said to that page, and what it has changed is read."""

        def run() -> None:
            try:
                job()
            except ShortcutError as error:
                words = error_text(error)
                page.say(
                    lambda n: failed_card(n, text('shortcuts.not_done'), words, ''),
                    _FAILED_CARD_SECONDS,
                )
            visit.session.follow()

        self._start(run)

    def favourite(self, page: OpenPage, visit: Visit, ids: Collection[int], on: bool) -> None:
        """Make favourites of them, or not."""
        visit.session.paint(ids, favourite=on)
        self.run(page, visit, lambda: self._door.favourite(ids, on))

    def select_all(self, page: OpenPage, visit: Visit) -> None:
        """Select all that fit, also those that are not here yet."""
        query = visit.session.query
        self.run(page, visit, lambda: visit.session.select(self._door.ids(query)))

    def remove(self, page: OpenPage, visit: Visit, ids: Collection[int]) -> None:
        """Remove them, with a way back."""

        def job() -> None:
            gone = self._door.remove(ids)
            if gone:
                self._offer(
                    page, visit, 'restore', gone, counted('shortcuts.removed_one', len(gone))
                )

        visit.session.select(ids, False)
        self.run(page, visit, job)

    def restore(self, page: OpenPage, visit: Visit, number: str) -> None:
        """Undo a removal."""
        ids = visit.undo.pop(number, None)
        if ids is not None:
            self.run(page, visit, lambda: self._door.restore(ids))

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
