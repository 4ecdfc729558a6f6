"""The model folders of this machine and the files in them, found quickly and in bounds."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from ..domain.folders import KINDS, Kind, folder_for
from ..domain.placement import PlacementRules
from ..errors import SettingInvalid

_MOST_ENTRIES = 300_000
_FRESH_SECONDS = 20.0
_WITHOUT_MODELS = {'venv', 'node_modules', '__pycache__', 'site-packages', 'outputs', 'output'}


def model_folders(rules: PlacementRules) -> list[Path]:
    """Every folder that models of some kind go into or may lie in under ``rules``; none lies in
    another one.
    """
    folders = {Path(rules.download_root), Path(rules.root)}
    for name in (*KINDS, *rules.host_folders, *rules.own_folders):
        found = kind_folder(rules, name)
        if found is not None:
            folders.add(found)
    folders.update(Path(one) for each in rules.added_folders.values() for one in each)
    absolute = {folder.absolute() for folder in folders}
    return sorted(one for one in absolute if not any(up in absolute for up in one.parents))


def kind_folder(rules: PlacementRules, name: str) -> Path | None:
    """The folder of models of the kind ``name`` under ``rules``; None where the settings name one
    that cannot be used.
    """
    try:
        found = folder_for(
            Kind(name),
            rules.layout,
            root=rules.root,
            download_root=rules.download_root,
            own_folders=rules.own_folders,
            host_folders=rules.host_folders,
        )
    except SettingInvalid:  # nothing can have been put there
        return None
    return Path(found.root).joinpath(*found.parts)


def walk(
    folders: Collection[Path], ended: Callable[[], bool] = lambda: False
) -> Iterator[os.DirEntry[str]]:
    """The files below ``folders``, nearest first. Follows links to folders, each folder once.

    What cannot be read is passed over, as are folders of programs and pictures. Ends early when
    ``ended()`` or after a few hundred thousand entries.
    """
    waiting, seen, entries = [str(folder) for folder in folders], set[tuple[int, int]](), 0
    while waiting:
        deeper: list[str] = []
        for folder in waiting:
            for entry in _entries(folder, seen):
                entries += 1
                if entries > _MOST_ENTRIES or ended():
                    return
                if _is_folder(entry):
                    if not entry.name.startswith('.') and entry.name not in _WITHOUT_MODELS:
                        deeper.append(entry.path)
                else:
                    yield entry
        waiting = deeper


def _entries(folder: str, seen: set[tuple[int, int]]) -> list[os.DirEntry[str]]:
    """What lies in ``folder``, nothing the second time; folders without an inode are never
    equal.
    """
    try:
        status = os.stat(folder)
        if status.st_ino:
            identity = (status.st_dev, status.st_ino)
            if identity in seen:
                return []
            seen.add(identity)
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


class FileIndex:
    """All files of the model folders by extension, looked up at most every few seconds: a batch
    asks for hundreds of them. For one thread at a time.
    """

    def __init__(
        self,
        folders: Callable[[], list[Path]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folders = folders
        self._clock = clock
        self._read_at: float | None = None
        self._read_from: list[Path] = []
        self._paths: dict[str, list[str]] = {}
        self._sizes: dict[str, list[tuple[int, Path]]] = {}

    def sized(
        self, extension: str, least: int, most: int, ended: Callable[[], bool]
    ) -> list[tuple[int, Path]]:
        """Size and path of the files with ``extension`` (lower case, with its dot) of ``least`` to
        ``most`` bytes.
        """
        self._refresh(ended)
        if extension not in self._sizes:
            self._sizes[extension] = list(_sizes(self._paths.get(extension, ())))
        return [(size, path) for size, path in self._sizes[extension] if least <= size <= most]

    def _refresh(self, ended: Callable[[], bool]) -> None:
        folders, now = self._folders(), self._clock()
        fresh = self._read_at is not None and now - self._read_at < _FRESH_SECONDS
        if fresh and folders == self._read_from:
            return
        self._paths, self._sizes = {}, {}
        for entry in walk(folders, ended):
            self._paths.setdefault(extension_of(entry.name), []).append(entry.path)
        self._read_at, self._read_from = (None if ended() else self._clock()), folders


def _sizes(paths: Collection[str]) -> Iterator[tuple[int, Path]]:
    for path in paths:
        try:
            yield os.stat(path).st_size, Path(path)
        except OSError:
            continue


def extension_of(name: str) -> str:
    """The last extension in lower case with its dot, '' for none."""
    return os.path.splitext(name)[1].lower()
