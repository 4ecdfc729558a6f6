"""Where a person can have a download put: the folders of its kind, those below them, and a new one,
with the folder that was taken last.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from ..domain.folders import Kind
from ..domain.placement import PlacementRules
from ..domain.save_places import all_roots, kind_roots, lies_in
from ..errors import SettingInvalid

_REMEMBERED = 'save_in'
_DEPTH = 3
_MOST = 300
_MOST_ENTRIES = 5_000


class Memory(Protocol):
    """What outlives the program; see :class:`.store.browsing.BrowsingStore`."""

    def remember(self, name: str, value: Any) -> None: ...

    def recall(self, name: str) -> Any: ...


class SavePlaces:
    """The folders that are offered under ``rules()``. Thread-safe; raises the errors of ``memory``.

    Where a kind was saved last is kept by kind; the usual place needs no keeping. Without a kind
    (None) it is about files of which nobody knows what they are.
    """

    def __init__(self, rules: Callable[[], PlacementRules], memory: Memory) -> None:
        self._rules = rules
        self._memory = memory
        self._lock = threading.Lock()
        self._last: dict[str, str] | None = None

    def roots(self, kind: Kind | None) -> tuple[str, ...]:
        """The folders of ``kind``, the usual one first; none where the settings name one that
        cannot be used.
        """
        try:
            rules = self._rules()
            return kind_roots(kind, rules) if kind is not None else all_roots(rules)
        except SettingInvalid:  # said when something is put there
            return ()

    def folders(self, kind: Kind | None) -> tuple[str, ...]:
        """The folders of ``kind`` and those below them that are there now; reads the disk."""
        found = [each for root in self.roots(kind) for each in (root, *folders_below(root))]
        return tuple(dict.fromkeys(found))

    def last(self, kind: Kind | None) -> str | None:
        """Where files of ``kind`` were put last, when that was not their usual place and is still
        offered.
        """
        folder = self._known().get(_name(kind))
        return folder if folder is not None and lies_in(folder, self.roots(kind)) else None

    def keep(self, kind: Kind | None, folder: str | None) -> None:
        """From now on :meth:`last` gives ``folder``; None for the usual place."""
        with self._lock:
            known, name = dict(self._last or {}), _name(kind)
            if known.get(name) == folder:
                return
            known.pop(name, None)
            if folder is not None:
                known[name] = folder
            self._last = known
        self._memory.remember(_REMEMBERED, known)

    def _known(self) -> dict[str, str]:
        with self._lock:
            if self._last is None:
                said = self._memory.recall(_REMEMBERED)
                pairs = said.items() if isinstance(said, dict) else ()
                self._last = {str(kind): str(folder) for kind, folder in pairs}
            return self._last


def _name(kind: Kind | None) -> str:
    return kind.name if kind is not None else ''


def folders_below(folder: str) -> tuple[str, ...]:
    """The folders that somebody has made or linked below ``folder``, three deep at most, each of
    them once.
    """
    found: list[str] = []
    seen: set[tuple[int, int]] = set()
    _is_new(Path(folder), seen)
    level = [Path(folder)]
    for _ in range(_DEPTH):
        level = [one for parent in level for one in _inside(parent) if _is_new(one, seen)]
        found += [str(one) for one in level]
        if len(found) >= _MOST:
            break
    return tuple(sorted(found[:_MOST]))


def _inside(folder: Path) -> list[Path]:
    inside: list[Path] = []
    try:
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= _MOST_ENTRIES or len(inside) >= _MOST:
                    break
                if not entry.name.startswith('.') and entry.is_dir():
                    inside.append(Path(entry.path))
    except OSError:  # there is nothing to choose from then
        return []
    return sorted(inside)


def _is_new(folder: Path, seen: set[tuple[int, int]]) -> bool:
    """Whether this folder, by whatever link, was not met before."""
    try:
        status = folder.stat()
    except OSError:
        return False
    identity = (status.st_dev, status.st_ino)
    if status.st_ino and identity in seen:
        return False
    seen.add(identity)
    return True
