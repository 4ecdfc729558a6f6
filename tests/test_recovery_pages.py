"""Rows are read from the pages of a SQLite file without SQLite, broken ones passed over."""

import sqlite3
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.pages import readable_records
from civitai_manager_libs.store.tables import downloads

VALUES = st.none() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.binary()
ROWS = st.lists(st.tuples(VALUES | st.text(max_size=9000), VALUES), max_size=12)


def made(path, rows, page_size=4096, close=True):
    """A database of ``rows`` in one table without affinities; the connection is left open if
    asked.
    """
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f'PRAGMA page_size = {page_size}')
    connection.execute('CREATE TABLE IF NOT EXISTS rows (a, b)')
    connection.executemany('INSERT INTO rows VALUES (?, ?)', rows)
    if close:
        connection.close()
    return connection


def read(content, log=b''):
    return [tuple(values) for _, values in readable_records(content, log) if len(values) == 2]


@settings(deadline=None)
@given(rows=ROWS, page_size=st.sampled_from([512, 4096, 65536]))
def test_all_rows_of_a_whole_file(tmp_path_factory, rows, page_size):
    path = tmp_path_factory.mktemp('pages') / 'any.db'
    written = [(a if a != '' else None, b) for a, b in rows]
    made(path, written, page_size)
    assert sorted(map(repr, read(path.read_bytes()))) == sorted(map(repr, written))


@settings(deadline=None)
@given(st.binary(max_size=9000), st.binary(max_size=500))
def test_no_content_breaks_it(content, log):
    assert isinstance(list(readable_records(content, log)), list)


@settings(deadline=None)
@given(st.data())
def test_no_damage_breaks_it(tmp_path_factory, data):
    path = tmp_path_factory.mktemp('pages') / 'any.db'
    made(path, [('x' * 5000, number) for number in range(20)], 512)
    content = bytearray(path.read_bytes())
    for _ in range(20):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(list(readable_records(bytes(content))), list)


def test_a_chain_of_pages_that_leads_in_a_circle_ends(tmp_path):
    path = tmp_path / 'any.db'
    made(path, [('x' * 60_000, 1)], 512)
    content = bytearray(path.read_bytes())
    for begin in range(1024, len(content), 512):
        content[begin : begin + 4] = (3).to_bytes(4, 'big')
    assert all(len(row[0]) == 60_000 for row in read(bytes(content)))
    assert read(bytes(content[: 2 * 512 + 4])) == []


@pytest.fixture
def logged(tmp_path):
    """Content of a database and of its log, which holds the second of two rows, and a third that
    was never committed.
    """
    path = tmp_path / 'any.db'
    with closing(made(path, [('first', 1)], close=False)) as connection:
        connection.execute('PRAGMA journal_mode = WAL')
        connection.execute('PRAGMA wal_autocheckpoint = 0')
        connection.execute("INSERT INTO rows VALUES ('second', 2)")
        yield path.read_bytes(), (tmp_path / 'any.db-wal').read_bytes()


def test_rows_of_the_log(logged):
    content, log = logged
    assert read(content) == [('first', 1)]
    assert read(content, log) == [('first', 1), ('second', 2)]


def test_a_transaction_that_is_not_whole_in_the_log_does_not_count(logged):
    content, log = logged
    assert read(content, log[:-1]) == [('first', 1)]
    uncommitted = log[:36] + bytes(4) + log[40:]
    assert read(content, uncommitted) == [('first', 1)]


def test_columns_stand_in_the_file_in_the_order_of_the_table(tmp_path):
    path = tmp_path / 'queue.db'
    Database(path).close()
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute('PRAGMA table_info(downloads)').fetchall()
    assert [row[1] for row in rows] == [column.name for column in downloads.columns]
