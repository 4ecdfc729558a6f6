"""Hashes a growing file in order, in a thread of its own, while the rest still arrives."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from io import FileIO
from pathlib import Path

from ..store.files import disk_error

_PIECE = 1 << 20


class HashFollower:
    """SHA256 of the first bytes of a file, as far as :meth:`advance` has said they are there.

    Reading back what was just written costs little (the system still has it in memory) and works
    the same for a fresh file, a resumed one and pieces that arrive out of order. hashlib lets other
    threads run meanwhile.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = threading.Condition()
        self._generation = 0
        self._ready = 0
        self._hashed = 0
        self._closed = False
        self._error: OSError | None = None
        self._hash = hashlib.sha256()
        self._thread = threading.Thread(target=self._run, name='hash-follower', daemon=True)
        self._thread.start()

    @property
    def hashed(self) -> int:
        """Bytes hashed so far."""
        return self._hashed

    def advance(self, ready: int) -> None:
        """The first ``ready`` bytes of the file are final."""
        with self._changed:
            self._ready = max(self._ready, ready)
            self._changed.notify_all()

    def restart(self) -> None:
        """Forget everything: the file begins anew."""
        with self._changed:
            self._generation += 1
            self._ready = self._hashed = 0
            self._hash = hashlib.sha256()
            self._changed.notify_all()

    def wait(self, size: int, seconds: float) -> str | None:
        """The hash of the first ``size`` bytes, None when ``seconds`` pass before it is ready."""
        with self._changed:
            self._changed.wait_for(lambda: self._hashed >= size or self._error is not None, seconds)
            if self._error is not None:
                raise disk_error(self._error, self._path)
            return self._hash.hexdigest() if self._hashed == size else None

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        buffer = memoryview(bytearray(_PIECE))
        try:
            with open(self._path, 'rb', buffering=0) as file:
                while self._step(file, buffer):
                    pass
        except OSError as error:
            with self._changed:
                self._error = error
                self._changed.notify_all()

    def _step(self, file: FileIO, buffer: memoryview) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._hashed < self._ready)
            if self._closed:
                return False
            generation, begin, running = self._generation, self._hashed, self._hash
            wanted = min(len(buffer), self._ready - begin)
        file.seek(begin)
        count = file.readinto(buffer[:wanted])
        if count:
            running.update(buffer[:count])
        with self._changed:
            if generation == self._generation:  # else the file began anew while we read
                if not count:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                self._hashed += count
                self._changed.notify_all()
        return True
