"""Opens the database whatever has become of it: a damaged one is set aside, never deleted, and the
downloads, saved models and records come back from what can still be read of it, downloads from the
parts on the disk too.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import JSON, Boolean

from ..domain.task import MOVING, NewDownload, State, Task
from ..errors import StoreDamaged, StoreLocked
from ..notify import tell
from ..util import printD
from .database import Database, alone, beside, suspect_path, use_path
from .downloads import DownloadStore
from .files import disk_error, sync_folder
from .pages import Content, FileContent, Record, readable_records
from .rows import task_of
from .salvage import Salvage
from .tables import downloads, quarantined

Unfinished = Callable[[Collection[Path]], Iterable[NewDownload]]
"""Gives the downloads whose parts lie in the model folders or in one of the folders given."""

_WAIT_SECONDS = 10.0
_COLUMNS = [column.name for column in downloads.columns]
_ADDED_LATER: Mapping[str, Any] = {'connections': 0, 'notes': '[]', 'parent_id': None}
_AT_REST: Mapping[str, Any] = {'owner': None, 'heartbeat': None, 'speed': 0.0, 'connections': 0}
_Row = dict[str, Any]


def open_database(path: Path, unfinished: Unfinished) -> Database:
    """The database at ``path``, in the newest form.

    A damaged one is replaced: the person is told where the old file lies and how many downloads
    and saved models came back. Downloads that were moving wait again. Raises :class:`StoreDamaged`
    when somebody else still has the damaged file open, and all that :class:`Database` raises.
    """
    _finish_interrupted(path)
    was_empty = path.is_file() and path.stat().st_size == 0
    try:
        database = _sound(path)
    except StoreDamaged:
        _recover(path, unfinished)
        return Database(path)
    if was_empty:
        count = _take_up(database, unfinished, set())
        if count:
            values = {'path': str(path), 'count': count}
            tell('warning', 'notice.store_emptied', values, 'store:recovered')
    return database


def _sound(path: Path, locked: bool = False) -> Database:
    """The database, read as a whole if somebody has found it damaged lately."""
    database = Database(path, locked)
    suspect = suspect_path(path)
    try:
        if suspect.exists():
            database.check()
            suspect.unlink(missing_ok=True)
    except BaseException:
        database.close()
        raise
    return database


def _recover(path: Path, unfinished: Unfinished) -> None:
    """Set the file aside and make a new one, unless another process has just done it."""
    try:
        with alone(use_path(path), _WAIT_SECONDS):
            try:
                _sound(path, locked=True).close()
            except StoreDamaged as damage:
                printD(f'[store] {damage}')
                _replace(path, unfinished)
    except StoreLocked as error:
        raise StoreDamaged(path=str(path), reason='locked') from error


def _replace(path: Path, unfinished: Unfinished) -> None:
    """The new file is whole before the old one is moved: a kill at any moment loses nothing."""
    new = beside(path, '.new')
    for ending in ('', '-wal', '-shm'):
        beside(new, ending).unlink(missing_ok=True)
    database = Database(new, locked=True)
    try:
        salvage = Salvage(database)
        rows, wrong = _salvaged(path, salvage)
        with database.write() as connection:
            if rows:
                connection.execute(downloads.insert(), rows)
            if wrong:
                connection.execute(quarantined.insert(), wrong)
        folders = {Path(row['order']['folder']) for row in rows}
        count = len(rows) + _take_up(database, unfinished, folders)
        models = salvage.finish()
    finally:
        database.close()
        beside(new, '.lock').unlink(missing_ok=True)
    aside = _set_aside(path)
    os.replace(new, path)
    sync_folder(path.parent)
    suspect_path(path).unlink(missing_ok=True)
    values = {'path': str(aside), 'count': count, 'shortcuts': models}
    tell('warning', 'notice.store_recovered', values, 'store:recovered')


def _finish_interrupted(path: Path) -> None:
    """A kill between the two renames of :func:`_replace` has left only the new file."""
    new = beside(path, '.new')
    if new.exists() and not path.exists():
        with alone(use_path(path)):
            if new.exists() and not path.exists():
                os.replace(new, path)


def _set_aside(path: Path) -> Path:
    """Rename the damaged file and what belongs to it; gives its new place."""
    stamp, number = time.strftime('%Y%m%d-%H%M%S'), 1
    aside = beside(path, f'.damaged-{stamp}')
    while aside.exists():
        number += 1
        aside = beside(path, f'.damaged-{stamp}-{number}')
    try:
        for ending in ('-wal', '-shm', ''):
            with contextlib.suppress(FileNotFoundError):
                os.rename(beside(path, ending), beside(aside, ending))
    except OSError as error:
        raise disk_error(error, path) from error
    return aside


# --- what comes back ------------------------------------------------------------------------------


def _take_up(database: Database, unfinished: Unfinished, folders: Collection[Path]) -> int:
    """Queue the downloads of which parts lie on the disk and which the queue does not know; gives
    their number.
    """
    store = DownloadStore(database)
    known = {row.order.key for row in store.all()}
    found = {order.key: order for order in unfinished(folders) if order.key not in known}
    store.add(list(found.values()), lambda task: os.path.lexists(task.path or ''))
    return len(found)


@contextlib.contextmanager
def _content(path: Path) -> Iterator[Content]:
    with contextlib.ExitStack() as stack:
        content: Content = b''
        try:
            content = FileContent(stack.enter_context(open(path, 'rb')))
        except OSError as error:
            printD(f'[store] {path}: {error}')
        yield content


def _salvaged(path: Path, salvage: Salvage) -> tuple[list[_Row], list[_Row]]:
    """The newest form of each download that can be read, and of each quarantined file; everything
    else goes to ``salvage``.
    """
    by_number: dict[int, _Row] = {}
    wrong: dict[str, _Row] = {}
    with _content(path) as database, _content(beside(path, '-wal')) as log:
        for record in readable_records(database, log):
            row = _download(record)
            if row is not None:
                known = by_number.get(row['id'])
                if known is None or known['revision'] <= row['revision']:
                    by_number[row['id']] = row
            elif _is_quarantined(record):
                named = dict(zip((column.name for column in quarantined.columns), record[1]))
                wrong[str(named['path'])] = named
            else:
                salvage.offer(record)
    by_key = {
        row['key']: row for row in sorted(by_number.values(), key=lambda row: row['revision'])
    }
    return sorted(by_key.values(), key=lambda row: row['id']), list(wrong.values())


def _download(record: Record) -> _Row | None:
    """A row of the queue as it can be put back, None for any other record."""
    number, values = record
    if not _COLUMNS.index('rank') <= len(values) <= len(_COLUMNS):
        return None
    later = {**_ADDED_LATER, 'rank': number, 'revision': number, 'cleared': None}
    row = {**later, **dict(zip(_COLUMNS, values)), 'id': number}
    try:
        for column in downloads.columns:
            if isinstance(column.type, JSON):
                row[column.name] = json.loads(row[column.name])
            elif isinstance(column.type, Boolean):
                row[column.name] = bool(row[column.name])
        return _at_rest(row, task_of(row))
    except (TypeError, ValueError):  # a ValidationError is a ValueError
        return None


def _at_rest(row: _Row, task: Task) -> _Row | None:
    if not (isinstance(row['key'], str) and isinstance(row['place'], str)):
        return None
    if task.state in MOVING:
        row['state'] = State.QUEUED.value
    return {**row, **_AT_REST, 'order': msgspec.to_builtins(task.order)}


def _is_quarantined(record: Record) -> bool:
    values = record[1]
    if len(values) != len(quarantined.columns):
        return False
    *words, created = (value for place, value in enumerate(values) if place != 1)
    return (
        all(isinstance(word, str) for word in words)
        and isinstance(values[1], int)
        and isinstance(created, (int, float))
    )
