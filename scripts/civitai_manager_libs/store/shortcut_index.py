"""The text index of the saved models: two tables of SQLite's FTS5 beside ``shortcut_texts``.

An SQLite without FTS5, or with one that is too old for its trigram tokenizer (before 3.34), can use
the same database: it only keeps ``shortcut_texts``, and says there that the index does not hold
everything any more. Whoever can builds it anew with the next change.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from functools import lru_cache

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from ..domain.text_search import grams
from .numbers import in_parts
from .tables import shortcut_state, shortcut_texts

LONG, SHORT = 'shortcut_trigrams', 'shortcut_grams'
"""The tables: words of three signs or more, and shorter ones."""

_INDEXED = 'indexed'
_LONG_TABLE = f"""CREATE VIRTUAL TABLE {LONG} USING fts5(head, rest, content='shortcut_texts',
    content_rowid='model_id', tokenize='trigram case_sensitive 1', columnsize=0)"""
_SHORT_TABLE = f"""CREATE VIRTUAL TABLE {SHORT} USING fts5(grams, content='', tokenize='ascii',
    detail='none', columnsize=0)"""
_AT_ONCE = 2000

Text = tuple[int, str, str]
"""Number of a model, head and rest; see :data:`.tables.shortcut_texts`."""


@lru_cache(maxsize=None)
def has_full_text() -> bool:
    """Whether this Python's SQLite has the index and the tokenizer that we need."""
    try:
        with closing(sqlite3.connect(':memory:')) as connection:
            connection.execute('CREATE TABLE shortcut_texts (model_id INTEGER PRIMARY KEY)')
            connection.execute(_LONG_TABLE)
            connection.execute(_SHORT_TABLE)
    except sqlite3.Error:
        return False
    return True


def indexed(connection: Connection) -> bool:
    """Whether the index can be asked, and holds everything."""
    return has_full_text() and _says_indexed(connection)


def put_texts(connection: Connection, texts: Sequence[Text]) -> None:
    """These are the texts of those models now. Within a transaction."""
    use = build_index(connection)
    if use:
        _unindex(connection, [model_id for model_id, _, _ in texts])
    rows = [{'model_id': number, 'head': head, 'rest': rest} for number, head, rest in texts]
    connection.execute(insert(shortcut_texts).prefix_with('OR REPLACE'), rows)
    if use:
        _index(connection, texts)


def drop_texts(connection: Connection, ids: Iterable[int]) -> None:
    """Those models are not found any more. Within a transaction."""
    known = list(ids)
    if build_index(connection):
        _unindex(connection, known)
    for part in in_parts(known):
        connection.execute(delete(shortcut_texts).where(shortcut_texts.c.model_id.in_(part)))


def read_texts(connection: Connection, ids: Iterable[int]) -> list[Text]:
    """The texts there are of those models."""
    found: list[Text] = []
    for part in in_parts(ids):
        query = select(shortcut_texts).where(shortcut_texts.c.model_id.in_(part))
        found += [(row.model_id, row.head, row.rest) for row in connection.execute(query)]
    return found


def build_index(connection: Connection) -> bool:
    """Build the index where there is none that is whole; gives whether changes go into it. Within a
    transaction.
    """
    whole = _says_indexed(connection)
    if has_full_text():
        if not whole:
            _build(connection)
            _say_indexed(connection, 1)
        return True
    if whole:
        _say_indexed(connection, 0)
    return False


def _says_indexed(connection: Connection) -> bool:
    query = select(shortcut_state.c.number).where(shortcut_state.c.name == _INDEXED)
    return connection.execute(query).scalar() == 1


def _say_indexed(connection: Connection, number: int) -> None:
    row = {'name': _INDEXED, 'number': number}
    connection.execute(insert(shortcut_state).prefix_with('OR REPLACE'), row)


def _build(connection: Connection) -> None:
    for table, made in ((LONG, _LONG_TABLE), (SHORT, _SHORT_TABLE)):
        connection.exec_driver_sql(f'DROP TABLE IF EXISTS {table}')
        connection.exec_driver_sql(made)
    last = 0
    while True:
        after = select(shortcut_texts).where(shortcut_texts.c.model_id > last)
        query = after.order_by(shortcut_texts.c.model_id).limit(_AT_ONCE)
        texts = [(row.model_id, row.head, row.rest) for row in connection.execute(query)]
        if not texts:
            return
        _index(connection, texts)
        last = texts[-1][0]


def _index(connection: Connection, texts: Sequence[Text]) -> None:
    long, short = _rows(texts)
    connection.exec_driver_sql(f'INSERT INTO {LONG}(rowid, head, rest) VALUES (?, ?, ?)', long)
    connection.exec_driver_sql(f'INSERT INTO {SHORT}(rowid, grams) VALUES (?, ?)', short)


def _unindex(connection: Connection, ids: Iterable[int]) -> None:
    """FTS5 does not keep the texts itself: it is told what it has of them, to forget it."""
    texts = read_texts(connection, ids)
    if not texts:
        return
    long, short = _rows(texts)
    names = f"INSERT INTO {LONG}({LONG}, rowid, head, rest) VALUES ('delete', ?, ?, ?)"
    connection.exec_driver_sql(names, long)
    names = f"INSERT INTO {SHORT}({SHORT}, rowid, grams) VALUES ('delete', ?, ?)"
    connection.exec_driver_sql(names, short)


def _rows(texts: Sequence[Text]) -> tuple[list[Text], list[tuple[int, str]]]:
    return list(texts), [(model_id, grams(head)) for model_id, head, _ in texts]
