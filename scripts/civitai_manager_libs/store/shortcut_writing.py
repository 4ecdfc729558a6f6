"""Writes saved models together with all that finds them, as functions of a connection that is in a
transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from .numbers import in_parts
from .shortcut_index import Text, drop_texts, put_texts, read_texts
from .shortcut_labels import labels_of, relabel
from .shortcut_rows import Values, head_of, rest_of
from .tables import shortcut_classes, shortcut_state, shortcuts

_REVISION = 'revision'


class Change(NamedTuple):
    """A row as it was (None: it is new) and as it becomes."""

    before: Values | None
    after: Values


def write(
    connection: Connection,
    changes: Sequence[Change],
    now: float,
    words: Mapping[int, str] | None = None,
) -> None:
    """Make ``changes``; ``words`` are trigger words and description by model, where they are new.
    Classes that somebody is in and that are not there are made ``now``.
    """
    if not changes:
        return
    _make_classes(connection, changes, now)
    texts = _texts(connection, changes, words or {})
    number = next_revision(connection)
    rows = [{**change.after, 'revision': number} for change in changes]
    connection.execute(insert(shortcuts).prefix_with('OR REPLACE'), rows)
    relabel(
        connection,
        (
            (change.after['model_id'], labels_of(change.before) if change.before else {}, labels)
            for change in changes
            for labels in [labels_of(change.after)]
        ),
    )
    if texts:
        put_texts(connection, texts)


def forget(connection: Connection, ids: Collection[int]) -> None:
    """Nothing is known any more of those removed models."""
    if not ids:
        return
    next_revision(connection)
    drop_texts(connection, ids)
    for part in in_parts(ids):
        connection.execute(delete(shortcuts).where(shortcuts.c.model_id.in_(part)))


def revision(connection: Connection) -> int:
    """The number of the latest change, 0 before the first."""
    query = select(shortcut_state.c.number).where(shortcut_state.c.name == _REVISION)
    return connection.execute(query).scalar() or 0


def next_revision(connection: Connection) -> int:
    """Something changes: everybody who shows saved models looks again."""
    statement = insert(shortcut_state)
    more = shortcut_state.c.number + 1
    connection.execute(
        statement.on_conflict_do_update(['name'], set_={'number': more}),
        {'name': _REVISION, 'number': 1},
    )
    return revision(connection)


def set_revision(connection: Connection, number: int) -> None:
    """Count on from ``number``."""
    row = {'name': _REVISION, 'number': number}
    connection.execute(insert(shortcut_state).prefix_with('OR REPLACE'), row)


def _make_classes(connection: Connection, changes: Iterable[Change], now: float) -> None:
    """The classes that the rows name and that are not there."""
    names = {
        name
        for before, after in changes
        for name in after['classes']
        if before is None or before['removed'] is not None or name not in before['classes']
    }
    rows = [{'name': name, 'info': '', 'since': now} for name in sorted(names)]
    if rows:
        connection.execute(insert(shortcut_classes).on_conflict_do_nothing(), rows)


def _texts(
    connection: Connection, changes: Iterable[Change], words: Mapping[int, str]
) -> list[Text]:
    """The texts of those that are found by other words than before."""
    fresh: list[Text] = []
    renamed: dict[int, str] = {}
    for before, after in changes:
        number, head = after['model_id'], head_of(after)
        if before is None or number in words:
            fresh.append((number, head, rest_of(after, words.get(number, ''))))
        elif head != head_of(before):
            renamed[number] = head
    kept = {number: rest for number, _, rest in read_texts(connection, renamed)}
    fresh += [(number, head, kept.get(number, '')) for number, head in renamed.items()]
    return fresh
