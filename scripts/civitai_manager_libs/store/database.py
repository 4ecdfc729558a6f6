"""Opens the database, brings it to the newest form, and words what SQLite has to say."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, text

from ..errors import DiskFull, NotWritable, ShortcutError, StoreDamaged, StoreLocked, StoreTooNew
from .files import disk_error, free_space, make_folder
from .locks import try_lock
from .migrations import HEAD

_BUSY_SECONDS = 15
_ALMOST_FULL = 1 << 20
_CODES = {5: 'locked', 6: 'locked', 11: 'damaged', 26: 'damaged', 13: 'full'}
_CODES.update(dict.fromkeys((3, 8, 10, 14), 'not writable'))


class Database:
    """One SQLite file in WAL mode, shared by threads and processes.

    ``read()`` gives a connection that never blocks others, ``write()`` one transaction that has the
    write lock from its first statement, so that what it read is still true when it writes.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        make_folder(path.parent)
        self._engine = _engine(path)
        with self._worded():
            self._migrate()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._worded(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level='AUTOCOMMIT')

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with self._worded(), self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    @contextmanager
    def _worded(self) -> Iterator[None]:
        try:
            yield
        except exc.DBAPIError as error:
            raise self._typed(error.orig) from error

    def _typed(self, error: object) -> ShortcutError:
        path = str(self.path)
        kind = self._kind(error)
        if kind == 'damaged':
            return StoreDamaged(path=path, reason=type(error).__name__)
        if kind == 'full':
            return DiskFull(path=path, needed=None, free=free_space(self.path))
        if kind == 'not writable':
            return NotWritable(path=path, reason='SQLite')
        return StoreLocked(path=path)

    def _kind(self, error: object) -> str:
        """Python before 3.11 does not tell SQLite's code; then the class and a look at the disk
        must do.
        """
        code = getattr(error, 'sqlite_errorcode', None)
        if code is not None:
            kind = _CODES.get(code & 0xFF, 'damaged')
            return 'full' if kind == 'not writable' and self._full() else kind
        if not isinstance(error, sqlite3.OperationalError):
            return 'damaged'
        if self._full():
            return 'full'
        writable = os.access(self.path if self.path.exists() else self.path.parent, os.W_OK)
        return 'locked' if writable else 'not writable'

    def _full(self) -> bool:
        """A full disk shows as an input or output error in some places of SQLite."""
        return free_space(self.path) < _ALMOST_FULL

    def _migrate(self) -> None:
        if self._version() == HEAD:
            return
        with _alone(self.path.with_name(self.path.name + '.lock')):
            version = self._version()
            if version is not None and version > HEAD:
                raise StoreTooNew(path=str(self.path))
            if version != HEAD:
                _upgrade(self._engine)

    def _version(self) -> str | None:
        query = text("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'")
        with self._engine.connect() as connection:
            connection = connection.execution_options(isolation_level='AUTOCOMMIT')
            if connection.execute(query).first() is None:
                return None
            row = connection.execute(text('SELECT version_num FROM alembic_version')).first()
            return str(row[0]) if row else None


def _engine(path: Path) -> Engine:
    engine = create_engine(f'sqlite:///{path}', connect_args={'timeout': _BUSY_SECONDS})

    @event.listens_for(engine, 'connect')
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, below
        connection.execute('PRAGMA journal_mode = WAL')
        connection.execute('PRAGMA synchronous = NORMAL')

    @event.listens_for(engine, 'begin')
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get('isolation_level') != 'AUTOCOMMIT':
            connection.exec_driver_sql('BEGIN IMMEDIATE')

    return engine


def _upgrade(engine: Engine) -> None:
    """Alembic is loaded here and not above: it is needed once a version and costs every start
    otherwise.
    """
    command, config = import_module('alembic.command'), import_module('alembic.config')
    settings = config.Config()
    settings.set_main_option('script_location', str(Path(__file__).parent / 'migrations'))
    with engine.begin() as connection:
        settings.attributes['connection'] = connection
        command.upgrade(settings, 'head')


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Only one process at a time migrates; another waits for it."""
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise disk_error(error, lock) from error
    try:
        deadline = time.monotonic() + 4 * _BUSY_SECONDS
        while not try_lock(handle):
            if time.monotonic() > deadline:
                raise StoreLocked(path=str(lock))
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)
