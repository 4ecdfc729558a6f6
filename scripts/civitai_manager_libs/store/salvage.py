"""Puts back what a damaged database had of saved models, records and browsing."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Float, Integer, LargeBinary, Table
from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert

from .database import Database
from .packed import unpacked
from .pages import Record, Value
from .shortcut_index import Text, build_index, read_texts
from .shortcut_labels import labels_of, relabel
from .shortcut_rows import Values, head_of
from .shortcut_writing import set_revision
from .tables import (
    hidden_things,
    records,
    remembered,
    seen_models,
    shortcut_classes,
    shortcut_texts,
    shortcuts,
)

_NEWEST_BY = {
    records: 'checked',
    shortcuts: 'revision',
    shortcut_classes: 'since',
    shortcut_texts: None,
    seen_models: 'seen',
    hidden_things: 'since',
    remembered: None,
}
"""The tables that come back. Old forms of a row lie about in a damaged file too: the one with the
greatest of this column counts.
"""

_LISTS_OF_WORDS = ('base_models', 'tags', 'own_tags', 'classes')
_AT_ONCE = 500


class Salvage:
    """Takes records as they are found in a damaged file, and writes those that are rows of our
    tables into ``database``, which is new. Little is held in memory, for there may be much.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._found: dict[Table, list[Values]] = {table: [] for table in _NEWEST_BY}

    def offer(self, record: Record) -> None:
        """Put the record back if it is a row of ours."""
        for table, rows in self._found.items():
            row = _row(table, record)
            if row is not None:
                rows.append(row)
                if len(rows) >= _AT_ONCE:
                    self._write(table)
                return

    def finish(self) -> int:
        """Write the rest, and make anew what finds the saved models; gives how many those are."""
        for table in self._found:
            self._write(table)
        last, count = 0, 0
        while True:
            with self._database.write() as connection:
                rows = _next_shortcuts(connection, last)
                if not rows:
                    break
                _restore_texts(connection, rows)
                relabel(connection, ((row['model_id'], {}, labels_of(row)) for row in rows))
                _restore_classes(connection, rows)
            last = rows[-1]['model_id']
            count += sum(row['removed'] is None for row in rows)
        with self._database.write() as connection:
            _finish(connection)
        return count

    def _write(self, table: Table) -> None:
        rows, self._found[table] = self._found[table], []
        if not rows:
            return
        key = [column.name for column in table.primary_key]
        statement = insert(table)
        others = [column.name for column in table.columns if column.name not in key]
        newest = _NEWEST_BY[table]
        known = table.c[newest] <= statement.excluded[newest] if newest else None
        values = {name: statement.excluded[name] for name in others}
        with self._database.write() as connection:
            connection.execute(statement.on_conflict_do_update(key, set_=values, where=known), rows)


def _next_shortcuts(connection: Connection, last: int) -> list[Values]:
    query = select(shortcuts).where(shortcuts.c.model_id > last).order_by(shortcuts.c.model_id)
    return [dict(row._mapping) for row in connection.execute(query.limit(_AT_ONCE))]


def _restore_texts(connection: Connection, rows: Iterable[Values]) -> None:
    """``shortcuts`` is right; trigger words and descriptions stand in the texts alone."""
    heads = {row['model_id']: head_of(row) for row in rows}
    rests = {number: rest for number, _, rest in read_texts(connection, heads)}
    texts: list[Text] = [(number, head, rests.get(number, '')) for number, head in heads.items()]
    values = [{'model_id': number, 'head': head, 'rest': rest} for number, head, rest in texts]
    connection.execute(insert(shortcut_texts).prefix_with('OR REPLACE'), values)


def _restore_classes(connection: Connection, rows: Iterable[Values]) -> None:
    names = {name for row in rows for name in row['classes']}
    values = [{'name': name, 'info': '', 'since': 0.0} for name in sorted(names)]
    if values:
        connection.execute(insert(shortcut_classes).on_conflict_do_nothing(), values)


def _finish(connection: Connection) -> None:
    nobodys = shortcut_texts.c.model_id.not_in(select(shortcuts.c.model_id))
    connection.execute(delete(shortcut_texts).where(nobodys))
    highest = connection.execute(select(func.max(shortcuts.c.revision))).scalar()
    if highest is not None:
        set_revision(connection, highest + 1)
        build_index(connection)


# --- records of a damaged file as rows ------------------------------------------------------------


def _row(table: Table, record: Record) -> Values | None:
    """The record as a row of ``table``, None when it cannot be one."""
    number, values = record
    if len(values) != len(table.columns):
        return None
    row: Values = {}
    for column, value in zip(table.columns, values):
        if value is None and column.primary_key and isinstance(column.type, Integer):
            value = number
        try:
            row[column.name] = _value(column, value)
        except ValueError:
            return None
    return row if _makes_sense(table, row) else None


def _value(column: Column[Any], value: Value) -> Any:
    """The value as the table takes it; raises ValueError when it is none of that column."""
    if value is None:
        if column.nullable:
            return None
        raise ValueError('missing')
    kind = column.type
    if isinstance(kind, JSON):
        return json.loads(_expect(str, value))
    if isinstance(kind, Boolean):
        return bool(_expect(int, value))
    if isinstance(kind, Float):
        if not math.isfinite(_expect((int, float), value)):
            raise ValueError('no number')
        return float(_expect((int, float), value))
    if isinstance(kind, Integer):
        return _expect(int, value)
    return _expect(bytes if isinstance(kind, LargeBinary) else str, value)


def _expect(kind: type | tuple[type, ...], value: Value) -> Any:
    if not isinstance(value, kind):
        raise ValueError('another kind')
    return value


def _makes_sense(table: Table, row: Values) -> bool:
    if table is shortcuts:
        return all(_are_words(row[name]) for name in _LISTS_OF_WORDS)
    if table is not records:
        return True
    try:
        body = unpacked(row['body'])
    except ValueError:
        return False
    numbers = row['withdrawn']
    return (
        isinstance(body, dict)
        and isinstance(numbers, list)
        and all(isinstance(number, int) for number in numbers)
    )


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)
