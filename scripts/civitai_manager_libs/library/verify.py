"""Reads again what was downloaded and says what is no longer as it arrived."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from ..domain.task import State, Task
from ..store.database import Database
from ..store.downloads import DownloadStore
from ..store.hashed import HashedFiles, hash_file
from ..store.quarantine import QuarantineStore, Wrong

_AT_ONCE = 2  # hashing is work for the processor; more would only make a disk jump


class Health(str, Enum):
    """How a file is; the values are those of the ``--json`` output."""

    OK = 'ok'
    CHANGED = 'changed'
    MISSING = 'missing'
    UNREADABLE = 'unreadable'
    UNVERIFIED = 'unverified'


@dataclass(frozen=True)
class Checked:
    """One downloaded file as it is now.

    ``expected`` is the SHA256 it had when it arrived, ``sha256`` the one it has, ``size`` in bytes,
    ``reason`` the system's words when it cannot be read. UNVERIFIED is as it arrived, but nobody
    had ever published a hash.
    """

    task: Task
    path: Path
    health: Health
    expected: str | None
    sha256: str | None = None
    size: int | None = None
    reason: str = ''


class _Ended(Exception):
    """Nobody waits for the rest any more."""


class Verifier:
    """Checks all downloads of the store, also those taken off the list. What was hashed is
    remembered.
    """

    def __init__(self, database: Database) -> None:
        self._store = DownloadStore(database)
        self._hashed = HashedFiles(database)
        self._quarantine = QuarantineStore(database)

    def files(self) -> list[tuple[Task, Path]]:
        """The files there should be, with the latest download of each, by path."""
        found: dict[Path, Task] = {}
        for task in sorted(self._store.all(), key=lambda task: task.finished or 0.0):
            if task.state is State.DONE and task.path is not None:
                found[Path(task.path)] = task
        return [(found[path], path) for path in sorted(found)]

    def quarantined(self) -> list[Wrong]:
        """What arrived and was not what had been promised."""
        return self._quarantine.all()

    def check(
        self, files: Iterable[tuple[Task, Path]], on_read: Callable[[int], object]
    ) -> Generator[Checked, None, None]:
        """How each of ``files`` is now, in their order; two are read at once.

        ``on_read`` hears, from several threads, of bytes that were read. Closing the iterator, or
        an interrupt while it waits, ends the reading at once.
        """
        ended = threading.Event()

        def read(count: int) -> None:
            on_read(count)
            if ended.is_set():
                raise _Ended

        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix='verify') as pool:
            jobs: list[Future[Checked]] = []
            try:  # an interrupt may come while they are put in line, too
                for task, path in files:
                    jobs.append(pool.submit(self._check, task, path, read))
                for job in jobs:
                    yield job.result()
            finally:
                ended.set()
                for job in jobs:
                    job.cancel()

    def _check(self, task: Task, path: Path, on_read: Callable[[int], object]) -> Checked:
        try:
            state, sha256 = hash_file(path, on_read)
        except (FileNotFoundError, NotADirectoryError):
            return Checked(task, path, Health.MISSING, task.sha256)
        except OSError as error:
            reason = error.strerror or str(error)
            return Checked(task, path, Health.UNREADABLE, task.sha256, reason=reason)
        self._hashed.remember(path, state, sha256)
        health = _health(task, sha256)
        return Checked(task, path, health, task.sha256, sha256, state.size)


def _health(task: Task, sha256: str) -> Health:
    if task.sha256 is not None and task.sha256 != sha256:
        return Health.CHANGED
    return Health.OK if task.verified else Health.UNVERIFIED
