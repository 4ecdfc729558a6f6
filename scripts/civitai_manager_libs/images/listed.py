"""What lies in folders, looked at once for many questions."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

_SECONDS = 2.0
_MOST_FOLDERS = 100


class ListedFolders:
    """Names of files by folder, as they were a moment ago: good for leaving out questions about
    files that are not there, no answer to whether one is. Thread-safe.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: dict[Path, tuple[float, set[str]]] = {}

    def may_have(self, path: Path) -> bool:
        """Whether something may lie at ``path``."""
        with self._lock:
            looked, names = self._names.get(path.parent, (0.0, set[str]()))
            if time.monotonic() - looked > _SECONDS or not looked:
                names = _names_in(path.parent)
                if len(self._names) >= _MOST_FOLDERS:
                    self._names.clear()
                self._names[path.parent] = (time.monotonic(), names)
            return path.name in names

    def add(self, path: Path) -> None:
        """Something lies at ``path`` from now on."""
        with self._lock:
            if path.parent in self._names:
                self._names[path.parent][1].add(path.name)


def _names_in(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))
    except OSError:  # it is not there yet
        return set()
