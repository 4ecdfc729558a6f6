"""SHA256 of files on disk: computed, and remembered as long as the files stay as they are."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from ..domain.task import State
from .database import Database
from .tables import downloads, hashed_files

_PIECE = 1 << 20


@dataclass(frozen=True)
class FileState:
    """What tells that a file has not been written to: size in bytes, time of change in
    nanoseconds.
    """

    size: int
    changed: int


def file_state(path: Path) -> FileState:
    """How the file at ``path`` is now; raises :class:`OSError`."""
    status = path.stat()
    return FileState(status.st_size, status.st_mtime_ns)


def hash_file(path: Path, on_read: Callable[[int], object]) -> tuple[FileState, str]:
    """State and SHA256 (lower-case hex) of the file at ``path``.

    ``on_read`` hears after each piece how many bytes it was, and may raise to end it. Raises
    :class:`OSError`, also when the file was written to meanwhile.
    """
    running, buffer = hashlib.sha256(), memoryview(bytearray(_PIECE))
    with open(path, 'rb', buffering=0) as file:
        before = os.fstat(file.fileno())
        while count := file.readinto(buffer):
            running.update(buffer[:count])
            on_read(count)
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise OSError(f'{path} changed while it was read')
    return FileState(after.st_size, after.st_mtime_ns), running.hexdigest()


class HashedFiles:
    """What is known of the content of files, by path. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def known(self, path: Path, state: FileState) -> str | None:
        """The SHA256 of ``path`` if it was read, or downloaded, in that very state."""
        rows = [
            select(table.c.sha256).where(
                table.c.path == str(path),
                size == state.size,
                changed == state.changed,
                table.c.sha256.is_not(None),
            )
            for table, size, changed in (
                (hashed_files, hashed_files.c.size, hashed_files.c.changed),
                (downloads, downloads.c.file_size, downloads.c.file_time),
            )
        ]
        with self._database.read() as connection:
            found = (connection.execute(query).scalar() for query in rows)
            return next((str(sha256) for sha256 in found if sha256), None)

    def remember(self, path: Path, state: FileState, sha256: str) -> None:
        """``path`` in that state has that content."""
        values = {'size': state.size, 'changed': state.changed, 'sha256': sha256}
        query = insert(hashed_files).values(path=str(path), **values)
        with self._database.write() as connection:
            connection.execute(query.on_conflict_do_update(index_elements=['path'], set_=values))

    def forget(self, path: Path) -> None:
        """Nothing is known of ``path`` any more."""
        with self._database.write() as connection:
            connection.execute(hashed_files.delete().where(hashed_files.c.path == str(path)))

    def holding(self, sha256: str) -> dict[Path, FileState]:
        """Files that had that content, finished downloads among them, and the state they were in;
        they may have changed or gone since.
        """
        finished = select(downloads.c.path, downloads.c.file_size, downloads.c.file_time).where(
            downloads.c.sha256 == sha256,
            downloads.c.state == State.DONE.value,
            downloads.c.path.is_not(None),
        )
        hashed = select(hashed_files.c.path, hashed_files.c.size, hashed_files.c.changed).where(
            hashed_files.c.sha256 == sha256
        )
        with self._database.read() as connection:
            rows = [*connection.execute(finished), *connection.execute(hashed)]
        return {Path(path): FileState(size or 0, changed or 0) for path, size, changed in rows}
