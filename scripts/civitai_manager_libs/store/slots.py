"""Places that several processes share, taken by locking files: a killed process gives its own
back.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import ShortcutError
from ..util import printD
from .files import make_folder
from .locks import try_lock

_LOOK_SECONDS = 0.03


class Slots:
    """Places by name in ``folder``, which all that share them have in common."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def take(self, name: str, most: Callable[[], int]) -> Iterator[None]:
        """Hold one of ``most()`` places called ``name``, waiting for it. Where no lock file can be
        made everybody has a place: a full disk must not end all requests.
        """
        handle = self._taken(hashlib.sha256(name.encode()).hexdigest()[:16], most)
        try:
            yield
        finally:
            if handle is not None:
                os.close(handle)

    def _taken(self, stem: str, most: Callable[[], int]) -> int | None:
        try:
            make_folder(self._folder)
            while True:
                for number in range(most()):
                    handle = _locked(self._folder / f'{stem}-{number}.lock')
                    if handle is not None:
                        return handle
                time.sleep(_LOOK_SECONDS)
        except (OSError, ShortcutError) as error:
            printD(f'[http_client] places are not shared with other processes: {error}')
            return None


def _locked(path: Path) -> int | None:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, 'O_CLOEXEC', 0), 0o666)
    try:
        if try_lock(handle):
            return handle
    except BaseException:
        os.close(handle)
        raise
    os.close(handle)
    return None
