"""What lies in folders, looked at once for many questions."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
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

    def among(self, folder: Path, names: Iterable[str]) -> list[Path]:
        """Where in ``folder`` something may lie, of ``names``."""
        with self._lock:
            looked, there = self._names.get(folder, (0.0, set[str]()))
            if time.monotonic() - looked > _SECONDS or not looked:
                there = _names_in(folder)
                if len(self._names) >= _MOST_FOLDERS:
                    self._names.clear()
                self._names[folder] = (time.monotonic(), there)
            return [folder / name for name in names if name in there]

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
