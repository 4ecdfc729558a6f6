"""A folder of files that can be had again: up to a size, the least used go first."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from .files import disk_error, write_atomic

_ROOM_LEFT = 0.8
_LARGE_PART = 0.5
_LOOKS = 20  # for so many parts of the limit: others write here too


class KeptFiles:
    """Files by name in ``folder``, shared by threads and processes. ``limit()`` is how many bytes
    they may take together; the time of change of each says when it was last used.

    A name is one of our own making (a hash and an ending), never a foreign one.
    """

    def __init__(self, folder: Path, limit: Callable[[], int]) -> None:
        self._folder = folder
        self._limit = limit
        self._lock = threading.Lock()
        self._size: int | None = None
        self._written = 0
        self._spared: Path | None = None

    def read(self, name: str) -> bytes | None:
        """The content of a file, None when it is not there or cannot be read."""
        path = self._path(name)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        with contextlib.suppress(OSError):  # it is used; on a read-only disk nobody knows
            os.utime(path)
        return content

    def write(self, name: str, content: bytes) -> None:
        """Keep ``content``, unless it is larger than all may be together. Raises
        :class:`.DiskError`.
        """
        limit = self._limit()
        if len(content) > limit:
            return
        write_atomic(self._path(name), content)
        with self._lock:
            self._written += len(content)
            if self._size is None or self._written > limit // _LOOKS:
                self._size, self._written = self._shrink(None), 0
            else:
                self._size += len(content)
            if self._size > limit:
                self._size = self._shrink(int(limit * _ROOM_LEFT))

    def find(self, name: str) -> Path | None:
        """Where a file lies that is too large to be read at once, None when it is not there."""
        path = self._path(name)
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        except OSError:  # on a read-only disk nobody knows that it is used
            return path
        return path

    def take(self, name: str, source: Path) -> Path:
        """Keep the file at ``source``, which lies on the same disk, by moving it here; gives where
        it is now. It stays until the next one comes, however large it is; together with others of
        its ending it takes no more than half the room of all. Raises :class:`.DiskError`.
        """
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            source.replace(path)
        except OSError as error:
            raise disk_error(error, path) from error
        with contextlib.suppress(OSError):
            os.utime(path)
        with self._lock:
            limit = self._limit()
            self._spared, self._written = path, 0
            self._shrink(int(limit * _LARGE_PART), path.suffix)
            self._size = self._shrink(None)
            if self._size > limit:
                self._size = self._shrink(int(limit * _ROOM_LEFT))
        return path

    def trim(self) -> None:
        """Let the least used go, if all together take more than they may: where files come here
        by other ways than ours.
        """
        limit = self._limit()
        if self.size > limit:
            self._shrink(int(limit * _ROOM_LEFT))

    def remove(self, name: str) -> None:
        """Let go of one file; harmless when it is not there."""
        with contextlib.suppress(OSError):
            self._path(name).unlink()

    @property
    def size(self) -> int:
        """Bytes that all files take."""
        return sum(status.st_size for _, status in self._listed())

    def clear(self) -> int:
        """Let go of all files; gives how many bytes that were."""
        cleared = 0
        for path, status in self._listed():
            with contextlib.suppress(OSError):
                path.unlink()
                cleared += status.st_size
        with self._lock:
            self._size = None
        return cleared

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    def _listed(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self._folder.glob('??/*'):
            with contextlib.suppress(OSError):
                yield path, path.stat()

    def _shrink(self, target: int | None, ending: str = '') -> int:
        """Let files of that ending go until they take ``target`` bytes; None: all stay. Gives what
        they take; a large one that is spared counts no more than its part, or all others would go
        for it.
        """
        part = int(self._limit() * _LARGE_PART)
        listed = [one for one in self._listed() if one[0].name.endswith(ending)]
        listed.sort(key=lambda one: one[1].st_mtime_ns)
        sizes = ((path == self._spared, status.st_size) for path, status in listed)
        size = sum(min(one, part) if spared else one for spared, one in sizes)
        for path, status in listed:
            if target is None or size <= target:
                break
            if path == self._spared:
                continue
            try:
                path.unlink(missing_ok=True)
            except OSError:  # somebody has it open, or it is not ours to remove
                continue
            size -= status.st_size
        return size
