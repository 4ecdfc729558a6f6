"""Whether the disk has room for further pictures, judged by how large those so far were."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from .. import setting
from ..errors import DiskFull, RoomBelowFloor
from ..store.files import free_space

_GUESS = 1 << 20
_GUESSES = 4
_CHECK_SECONDS = 0.5


class PictureRoom:
    """The API says nothing of sizes, so a picture is taken for as large as the average of this
    process, which begins with a guess of a mebibyte. Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._count = _GUESSES
        self._bytes = _GUESSES * _GUESS
        self._checked: dict[Path, float] = {}

    def learn(self, size: int) -> None:
        """A picture had ``size`` bytes."""
        with self._lock:
            self._count += 1
            self._bytes += size

    def check(self, folder: Path) -> None:
        """Raises what :meth:`lacking` says of one more picture in ``folder``, looking at the disk
        not for every one.
        """
        with self._lock:
            now = time.monotonic()
            due = now - self._checked.get(folder, -_CHECK_SECONDS) >= _CHECK_SECONDS
            if due:
                self._checked = {folder: now}
        problem = self.lacking(folder, 1) if due else None
        if problem is not None:
            raise problem

    def lacking(self, folder: Path, count: int) -> DiskFull | None:
        """What is wrong with putting ``count`` more pictures on the disk of ``folder``: too little
        is free, or less would stay free than ``minimum_free_space_mb``. None: nothing.
        """
        with self._lock:
            needed = count * self._bytes // self._count
        free, floor = free_space(folder), setting.current().minimum_free_space_mb << 20
        if free < needed:
            return DiskFull(path=str(folder), needed=needed, free=free)
        if free - needed < floor:
            return RoomBelowFloor(path=str(folder), needed=needed, free=free, floor=floor)
        return None
