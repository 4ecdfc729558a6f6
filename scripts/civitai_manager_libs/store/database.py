"""Opens the database, brings it to the newest form, and words what SQLite has to say."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, text

from ..errors import DiskFull, NotWritable, ShortcutError, StoreDamaged, StoreLocked, StoreTooNew
from .files import disk_error, free_space, make_folder
from .locks import try_lock, try_share
from .migrations import HEAD

_BUSY_SECONDS = 15
_NEW_FILE_SECONDS = 5
_BUSY = 5
_ALMOST_FULL = 1 << 20
_CODES = {5: 'locked', 6: 'locked', 11: 'damaged', 26: 'damaged', 13: 'full'}
_CODES.update(dict.fromkeys((3, 8, 10, 14), 'not writable'))


class Database:
    """One SQLite file in WAL mode, shared by threads and processes.

    ``read()`` gives a connection that never blocks others, ``write()`` one transaction that has the
    write lock from its first statement, so that what it read is still true when it writes.

    As long as one is open nobody moves the file: all share a lock, and who moves it
    holds that alone (``locked`` says that it is the caller).
    """

    def __init__(self, path: Path, locked: bool = False) -> None:
        self.path = path
        make_folder(path.parent)
        self._use = -1 if locked else _open_locked(use_path(path), try_share, 4 * _BUSY_SECONDS)
        self._engine = _engine(path)
        try:
            with self._worded():
                self._migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self._worded(), self._engine.connect() as connection:
            yield connection.execution_options(isolation_level='AUTOCOMMIT')

    @contextmanager
    def write(self, patience: float | None = None) -> Iterator[Connection]:
        """``patience``: seconds to wait for whoever writes, where it is to be less than usual."""
        with self._worded(), self._engine.connect() as connection:
            if patience is not None:
                connection = connection.execution_options(patience=patience)
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()
        if self._use >= 0:
            os.close(self._use)
            self._use = -1

    def check(self) -> None:
        """Read the whole file; raises :class:`StoreDamaged`. Takes too long for every start."""
        with self.read() as connection:
            said = connection.exec_driver_sql('PRAGMA quick_check(1)').scalar()
        if said != 'ok':
            raise StoreDamaged(path=str(self.path), reason='quick_check')

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
            with contextlib.suppress(OSError):  # the next start looks closely then
                suspect_path(self.path).touch()
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
        with alone(beside(self.path, '.lock')):
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
        _use_wal(connection)
        connection.execute('PRAGMA synchronous = NORMAL')

    @event.listens_for(engine, 'begin')
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        # Each time: the connection may have served somebody with another patience before.
        seconds = min(_BUSY_SECONDS, options.get('patience', _BUSY_SECONDS))
        connection.exec_driver_sql(f'PRAGMA busy_timeout = {round(1000 * seconds)}')
        if options.get('isolation_level') != 'AUTOCOMMIT':
            connection.exec_driver_sql('BEGIN IMMEDIATE')

    return engine


def _use_wal(connection: sqlite3.Connection) -> None:
    """SQLite refuses this at once, without waiting, while another process does the same to a new
    file. Python before 3.11 does not tell that refusal from others.
    """
    deadline = time.monotonic() + _NEW_FILE_SECONDS
    while True:
        try:
            connection.execute('PRAGMA journal_mode = WAL')
            return
        except sqlite3.OperationalError as error:
            code = getattr(error, 'sqlite_errorcode', _BUSY)
            if code != _BUSY or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


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


def beside(path: Path, ending: str) -> Path:
    """The file of the database at ``path`` with ``ending`` behind its name."""
    return path.with_name(path.name + ending)


def use_path(path: Path) -> Path:
    """The lock that everybody shares who has the database open."""
    return beside(path, '.use')


def suspect_path(path: Path) -> Path:
    """Lies there when somebody has found the database damaged."""
    return beside(path, '.suspect')


@contextmanager
def alone(lock: Path, seconds: float = 4 * _BUSY_SECONDS) -> Iterator[None]:
    """Only one holds ``lock`` at a time; others wait for it. Raises :class:`StoreLocked`."""
    handle = _open_locked(lock, try_lock, seconds)
    try:
        yield
    finally:
        os.close(handle)


def _open_locked(lock: Path, take: Callable[[int], bool], seconds: float) -> int:
    """The lock file, opened and locked."""
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise disk_error(error, lock) from error
    try:
        deadline = time.monotonic() + seconds
        while not take(handle):
            if time.monotonic() > deadline:
                raise StoreLocked(path=str(lock))
            time.sleep(0.05)
    except BaseException:
        os.close(handle)
        raise
    return handle
