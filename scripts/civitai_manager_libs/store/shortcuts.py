"""Saved models: kept, described anew, noted, classed, found and counted."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select

from ..domain.models import Picture
from ..domain.shortcut import Shortcut, ShortcutQuery
from ..domain.text_search import folded, storable_text
from ..errors import ShortcutUnknown
from . import shortcut_classes, shortcut_labels
from .database import Database
from .numbers import in_parts, storable
from .shortcut_classes import ShortcutClass
from .shortcut_labels import ShortcutCounts, read_counts
from .shortcut_rows import (
    Values,
    class_name,
    described,
    read_saved,
    read_shortcuts,
    read_values,
    tidy_tags,
    values_of,
)
from .shortcut_search import count_found, found_ids
from .shortcut_writing import Change, forget, next_revision, revision, write
from .tables import shortcuts as table

_NEW = frozenset({'fetched', 'revision'})

Edit = Callable[[Values], Mapping[str, Any]]
"""Gives what becomes different in a row."""


class ShortcutStore:
    """Saved models by the number of the model. Thread-safe; raises the errors of
    :class:`Database`, and :class:`ShortcutUnknown` where a model must be saved and is not; nothing
    is changed then.

    ``clock`` gives seconds since 1970. Large changes are made in several transactions, so that
    others can write meanwhile; each leaves everything sound.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    # --- saving -----------------------------------------------------------------------------------

    def add(self, shortcuts: Iterable[Shortcut], words: Mapping[int, str]) -> list[int]:
        """Save models. Those that are there stay as they are; removed ones come back, as Civitai
        describes them now and with all that the person had said of them.

        ``words`` are trigger words and description as plain text, by model. Gives the ids that are
        new or came back. Raises :class:`ShortcutUnknown` for a number that no model can have.
        """
        wanted = {shortcut.model_id: shortcut for shortcut in reversed(list(shortcuts))}
        impossible = next((number for number in wanted if not storable(number)), None)
        if impossible is not None:
            raise ShortcutUnknown(model_id=impossible)
        added: list[int] = []
        for part in in_parts(reversed(wanted)):
            with self._database.write() as connection:
                known = read_values(connection, part)
                changes = [
                    Change(known.get(number), _added(known.get(number), wanted[number]))
                    for number in part
                    if number not in known or known[number]['removed'] is not None
                ]
                write(connection, changes, self._clock(), words)
            added += [change.after['model_id'] for change in changes]
        return added

    def describe(self, shortcuts: Iterable[Shortcut], words: Mapping[int, str]) -> list[int]:
        """Replace what comes from Civitai, and leave what is the person's: note, own tags, classes,
        favourite, ``added``, ``version_id``, a chosen cover. Models that are not saved are passed
        over; without ``words`` a model is found by those it had.

        Gives the ids of which more is different now than when they were ``fetched``.
        """
        wanted = {shortcut.model_id: shortcut for shortcut in shortcuts}
        different: list[int] = []
        for part in in_parts(wanted):
            with self._database.write() as connection:
                changes = [
                    Change(before, described(before, wanted[number]))
                    for number, before in read_values(connection, part).items()
                    if before['removed'] is None
                ]
                write(connection, changes, self._clock(), words)
            different += [after['model_id'] for before, after in changes if _differ(before, after)]
        return different

    def mark_gone(self, model_id: int, when: float | None) -> None:
        """Civitai has not known the model since then; None: it knows it."""
        self._edit([model_id], lambda values: {'gone': when})

    # --- what the person says ---------------------------------------------------------------------

    def set_note(self, model_id: int, text: str, over: bool = True) -> None:
        """``text`` in place of the note, or, unless ``over`` one, where there is none; '' takes it
        away.
        """
        noted = self._clock() if text.strip() else None
        fresh = {'note': storable_text(text), 'noted': noted}
        self._edit([model_id], lambda values: fresh if over or not values['note'] else {})

    def set_favourite(self, ids: Collection[int], on: bool) -> None:
        """Whether those are favourites."""
        self._edit(ids, lambda values: {'favourite': on})

    def set_cover(self, model_id: int, cover: Picture | None) -> None:
        """The cover that the person takes; None: that of Civitai again, which :meth:`describe`
        sets.
        """
        chosen: dict[str, Any] = {'cover_chosen': False}
        if cover is not None:
            chosen = {
                'cover': storable_text(cover.url),
                'cover_type': storable_text(cover.type),
                'cover_level': cover.nsfw_level,
                'cover_chosen': True,
            }
        self._edit([model_id], lambda values: chosen)

    def tag(self, ids: Collection[int], add: Iterable[str] = (), drop: Iterable[str] = ()) -> None:
        """Give own tags to models and take some away, in whatever case they are written."""
        more, less = tidy_tags(add), set(map(folded, tidy_tags(drop)))

        def edit(values: Values) -> Mapping[str, Any]:
            kept = [tag for tag in values['own_tags'] if folded(tag) not in less]
            return {'own_tags': tidy_tags([*kept, *more])}

        self._edit(ids, edit)

    def classify(
        self, ids: Collection[int], add: Iterable[str] = (), drop: Iterable[str] = ()
    ) -> None:
        """Put models into classes and take them out of some. Classes that are not there yet are
        made.
        """
        more = [name for name in map(class_name, add) if name]
        less = set(map(class_name, drop))

        def edit(values: Values) -> Mapping[str, Any]:
            kept = [name for name in values['classes'] if name not in less]
            return {'classes': list(dict.fromkeys([*kept, *more]))}

        self._edit(ids, edit)

    # --- classes ----------------------------------------------------------------------------------

    def classes(self) -> list[ShortcutClass]:
        """All classes by name."""
        with self._database.read() as connection:
            return shortcut_classes.read_classes(connection)

    def put_class(self, name: str, info: str | None = None) -> None:
        """Make a class, or say something else of it; without ``info`` one that is there stays as
        it is. A name without a sign makes none.
        """
        tidy = class_name(name)
        if not tidy:
            return
        with self._database.write() as connection:
            shortcut_classes.describe_class(connection, tidy, info, self._clock())
            next_revision(connection)

    def rename_class(self, old: str, new: str) -> None:
        """Give a class another name; one that has it already takes up what is in the old one.
        Raises :class:`.ClassUnknown`.
        """
        known, tidy = class_name(old), class_name(new)
        if not tidy or tidy == known:
            return
        with self._database.write() as connection:
            shortcut_classes.move_class(connection, known, tidy)
            self._reclass(connection, known, [tidy])

    def drop_class(self, name: str) -> None:
        """Forget a class; the models in it stay saved. Raises :class:`.ClassUnknown`."""
        with self._database.write() as connection:
            shortcut_classes.remove_class(connection, class_name(name))
            self._reclass(connection, class_name(name), [])

    # --- removing ---------------------------------------------------------------------------------

    def remove(self, ids: Collection[int]) -> list[int]:
        """Take models away until they are restored or purged; gives those that were there."""
        return self._set_removed(ids, self._clock())

    def restore(self, ids: Collection[int]) -> list[int]:
        """Bring removed models back as they were; gives those that came back."""
        return self._set_removed(ids, None)

    def purge(self, before: float) -> list[int]:
        """Forget for good what was removed before that time (seconds since 1970); gives the ids."""
        old = select(table.c.model_id).where(table.c.removed < before)
        with self._database.read() as connection:
            ids = list(connection.execute(old).scalars())
        forgotten: list[int] = []
        for part in in_parts(ids):
            with self._database.write() as connection:  # somebody may have restored it meanwhile
                here = old.where(table.c.model_id.in_(part))
                forgotten += (gone := list(connection.execute(here).scalars()))
                forget(connection, gone)
        return forgotten

    # --- reading ----------------------------------------------------------------------------------

    def revision(self) -> int:
        """Grows with every change that any process makes; cheap."""
        with self._database.read() as connection:
            return revision(connection)

    def get(self, model_id: int) -> Shortcut | None:
        """The saved model, None when it is not saved (or removed)."""
        return self.many([model_id]).get(model_id)

    def many(self, ids: Collection[int]) -> dict[int, Shortcut]:
        """Those of ``ids`` that are saved, in that order."""
        with self._database.read() as connection:
            return read_shortcuts(connection, ids)

    def saved(self, ids: Collection[int]) -> frozenset[int]:
        """Which of ``ids`` are saved."""
        with self._database.read() as connection:
            return read_saved(connection, ids)

    def find(
        self,
        query: ShortcutQuery,
        after: int = 0,
        most: int = 50,
        among: Collection[int] | None = None,
    ) -> list[Shortcut]:
        """The saved models that are wanted, in the order that is: ``most`` of them behind the first
        ``after``, only those ``among`` whose numbers are given. ``query.installed`` is not looked
        at here: ``among`` says it.
        """
        with self._database.read() as connection:
            return list(
                read_shortcuts(
                    connection, found_ids(connection, query, among, after, most)
                ).values()
            )

    def ids(
        self, query: ShortcutQuery = ShortcutQuery(), among: Collection[int] | None = None
    ) -> list[int]:
        """The numbers of all that :meth:`find` would give."""
        with self._database.read() as connection:
            return found_ids(connection, query, among)

    def count(self, query: ShortcutQuery, among: Collection[int] | None = None) -> int:
        """How many :meth:`find` would give."""
        with self._database.read() as connection:
            return count_found(connection, query, among)

    def counts(self) -> ShortcutCounts:
        """How many there are of what; takes no longer for more of them."""
        with self._database.read() as connection:
            return read_counts(connection)

    # --- inside -----------------------------------------------------------------------------------

    def _edit(self, ids: Collection[int], edit: Edit) -> None:
        """Change saved models; none of them when one is not there."""
        with self._database.read() as connection:
            _require(ids, read_saved(connection, ids))
        for part in in_parts(ids):
            with self._database.write() as connection:
                rows = read_values(connection, part)
                _require(part, {number for number, row in rows.items() if row['removed'] is None})
                self._write_edited(connection, rows, edit)

    def _write_edited(self, connection: Connection, rows: Mapping[int, Values], edit: Edit) -> None:
        changes = [Change(row, {**row, **edit(row)}) for row in rows.values()]
        different = [change for change in changes if change.before != change.after]
        write(connection, different, self._clock())

    def _set_removed(self, ids: Collection[int], when: float | None) -> list[int]:
        moved: list[int] = []
        for part in in_parts(ids):
            with self._database.write() as connection:
                rows = {
                    number: row
                    for number, row in read_values(connection, part).items()
                    if (row['removed'] is None) != (when is None)
                }
                self._write_edited(connection, rows, lambda values: {'removed': when})
                moved += rows
        return moved

    def _reclass(self, connection: Connection, name: str, others: list[str]) -> None:
        """Who is in the class ``name`` is in ``others`` in its place."""
        next_revision(connection)
        here = shortcut_labels.labelled(connection, shortcut_labels.CLASS, name)

        def edit(values: Values) -> Mapping[str, Any]:
            kept = (others if one == name else [one] for one in values['classes'])
            return {'classes': list(dict.fromkeys(one for some in kept for one in some))}

        self._write_edited(connection, read_values(connection, here), edit)


def _added(before: Values | None, shortcut: Shortcut) -> Values:
    fresh = values_of(shortcut)
    if before is None:
        return fresh
    return {**described(before, shortcut), 'added': fresh['added'], 'removed': None}


def _differ(before: Values | None, after: Values) -> bool:
    return any(value != after[name] for name, value in (before or {}).items() if name not in _NEW)


def _require(ids: Iterable[int], there: Collection[int]) -> None:
    missing = next((number for number in ids if number not in there), None)
    if missing is not None:
        raise ShortcutUnknown(model_id=missing)
