"""Hashes a growing file in order, in a thread of its own, while the rest still arrives."""

from __future__ import annotations

import errno
import os
import threading
from collections import deque
from collections.abc import Callable
from io import FileIO
from pathlib import Path

from ..store.files import disk_error
from ..util import OwnThread
from .digests import Digests

PIECE = 1 << 20
"""Bytes of the buffer that one follower reads with."""

GiveBack = Callable[[bytearray], None]


class HashFollower:
    """Hashes of the first bytes of a file, as far as :meth:`advance` has said they are there.

    A buffer that has just been written can be lent, so that its bytes need not be read back.
    Otherwise they are read from the file: the system still has them in memory, and it works the
    same for a resumed file and for pieces that arrive out of order. Hashing lets other threads run
    meanwhile.
    """

    def __init__(self, path: Path, digests: Digests) -> None:
        self._path = path
        self._changed = threading.Condition()
        self._generation = 0
        self._ready = 0
        self._hashed = 0
        self._lent: deque[tuple[int, bytearray, int, GiveBack]] = deque()
        self._lent_up_to = 0
        self._closed = False
        self._error: OSError | None = None
        self._digests = digests
        self._thread = OwnThread(target=self._run, name='hash-follower', daemon=True)
        self._thread.start()

    @property
    def hashed(self) -> int:
        """Bytes hashed so far."""
        return self._hashed

    def advance(self, ready: int) -> None:
        """The first ``ready`` bytes of the file are final."""
        with self._changed:
            if ready > self._ready:
                self._ready = ready
                self._changed.notify_all()

    def lend(self, offset: int, buffer: bytearray, count: int, give_back: GiveBack) -> bool:
        """Offer the first ``count`` bytes of ``buffer``, which stand in the file from ``offset``
        on; :meth:`advance` still has to say so.

        When it is taken, nobody may write to the buffer before ``give_back(buffer)``. It is refused
        when other bytes come first.
        """
        with self._changed:
            if not self._wants(offset):
                return False
            self._lent.append((offset, buffer, count, give_back))
            self._lent_up_to = offset + count
            return True

    def wants(self, offset: int) -> bool:
        """Whether bytes that begin at ``offset`` come next."""
        with self._changed:
            return self._wants(offset)

    def _wants(self, offset: int) -> bool:
        if self._closed or self._error is not None:
            return False
        return offset == self._ready == max(self._hashed, self._lent_up_to)

    def restart(self) -> None:
        """Forget everything: the file begins anew."""
        with self._changed:
            self._generation += 1
            self._ready = self._hashed = self._lent_up_to = 0
            self._digests = self._digests.fresh()
            self._return_all()
            self._changed.notify_all()

    def wait(self, size: int, seconds: float) -> Digests | None:
        """The hashes of the first ``size`` bytes, None when ``seconds`` pass before they are
        ready.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._hashed >= size or self._error is not None, seconds)
            if self._error is not None:
                raise disk_error(self._error, self._path)
            return self._digests if self._hashed == size else None

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closed = True
            self._return_all()
            self._changed.notify_all()
        self._thread.join()

    def _return_all(self) -> None:
        """A buffer that is being hashed at this moment is given back by who hashes it."""
        while self._lent:
            _, buffer, _, give_back = self._lent.popleft()
            give_back(buffer)

    def _run(self) -> None:
        buffer = memoryview(bytearray(PIECE))
        try:
            with open(self._path, 'rb', buffering=0) as file:
                while self._step(file, buffer):
                    pass
        except OSError as error:
            with self._changed:
                self._error = error
                self._return_all()
                self._changed.notify_all()

    def _step(self, file: FileIO, buffer: memoryview) -> bool:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._may_step())
            if self._closed:
                return False
            generation, begin, running = self._generation, self._hashed, self._digests
            lent = self._next_lent(begin)
            limit = self._lent[0][0] if self._lent else self._ready
            wanted = min(len(buffer), min(limit, self._ready) - begin)
        if lent is not None:
            _, lender, count, give_back = lent
            running.update(memoryview(lender)[:count])
            give_back(lender)
        else:
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

    def _may_step(self) -> bool:
        """Whether there are final bytes; of a lent buffer all have to be."""
        if self._lent and self._lent[0][0] == self._hashed:
            return self._hashed + self._lent[0][2] <= self._ready
        return self._hashed < self._ready

    def _next_lent(self, begin: int) -> tuple[int, bytearray, int, GiveBack] | None:
        """The lent buffer that begins at ``begin``, if there is one."""
        return self._lent.popleft() if self._lent and self._lent[0][0] == begin else None
