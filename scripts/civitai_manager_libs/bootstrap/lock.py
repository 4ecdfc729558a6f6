"""One process at a time prepares ``.venv``, and the next one learns whether it was finished."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

# Windows locks bytes against reading too: a byte behind the content is locked, never the content.
_LOCKED_BYTE = 4096
_BUILDING = b'building'
_SECONDS_BETWEEN_TRIES = 0.2


class Lock:
    """A file held by the operating system's lock, which goes with the process however it ends.

    ``on_wait`` is called once when another process holds it. :attr:`unfinished` tells whether
    whoever held the lock before said it was building and never said that it was done.
    """

    def __init__(self, path: Path, on_wait: Callable[[], None]) -> None:
        self._path = path
        self._on_wait = on_wait
        self._file = -1
        self.unfinished = False

    def __enter__(self) -> Lock:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
        waited = False
        while not _try_lock(self._file):
            if not waited:
                self._on_wait()
                waited = True
            time.sleep(_SECONDS_BETWEEN_TRIES)
        self.unfinished = self._read() == _BUILDING
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def building(self) -> None:
        """Note that ``.venv`` is not usable from here on until :meth:`done`."""
        self._write(_BUILDING)
        self.unfinished = True

    def done(self) -> None:
        """Note that nothing half-made is left."""
        self._write(b'')
        self.unfinished = False

    def _read(self) -> bytes:
        os.lseek(self._file, 0, os.SEEK_SET)
        return os.read(self._file, len(_BUILDING))

    def _write(self, content: bytes) -> None:
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        os.write(self._file, content)


if sys.platform == 'win32':
    import msvcrt

    def _try_lock(file: int) -> bool:
        os.lseek(file, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import errno
    import fcntl

    def _try_lock(file: int) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            # Some network folders have no locks at all: going on alone is better than waiting for
            # ever.
            return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
        return True
