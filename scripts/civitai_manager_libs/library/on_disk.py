"""Which models of Civitai lie on this machine, known so cheaply that a page may ask at every look.

A file counts when it was downloaded by us, to its end and verified, and lies there in the size it
had; or when it lies in the model folders and a file beside it names its version. Whose version that
is, downloads, saved models and records say where the file does not.
"""

from __future__ import annotations

import logging
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..domain.placement import PlacementRules
from ..errors import ShortcutError
from ..memory import guard
from ..store.database import Database
from ..store.finished import FileOfModel, FinishedFiles
from ..store.owners import VersionOwners
from ..util import OwnThread
from .folders import model_folders
from .model_files import Described, ModelFiles

_FRESH_SECONDS = 30.0
_FILE_BYTES = 2_000  # of what is known of a file, here and in the index of the folders
_WORTH_COUNTING = 1 << 20
_log = logging.getLogger('civitai_shortcut')


@dataclass(frozen=True)
class _Answers:
    """What is known at one moment: versions by model, files by version."""

    versions: Mapping[int, frozenset[int]] = field(default_factory=dict)
    files: Mapping[int, Mapping[int, Path]] = field(default_factory=dict)


class OnDisk:
    """Answers from memory; ``rules()`` says where models go. Thread-safe.

    A download that ends, in whichever process, is known at the next question. The folders are
    looked through at most twice a minute: before the answer, or after :meth:`look_aside` in a
    thread of its own while the answer is what was known before.
    """

    def __init__(
        self,
        database: Database,
        rules: Callable[[], PlacementRules],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._finished = FinishedFiles(database)
        self._owners = VersionOwners(database)
        self._rules = rules
        self._clock = clock
        self._lock = threading.RLock()
        self._ended = threading.Event()
        self._beside = ModelFiles(lambda: model_folders(rules()), clock, self._ended.is_set)
        self._aside = False
        self._thread: threading.Thread | None = None
        self._looked_at: float | None = None
        self._looked_under: PlacementRules | None = None
        self._revision = -1
        self._downloads: dict[int, FileOfModel] = {}
        self._there: set[int] = set()
        self._described: list[Described] = []
        self._answers = _Answers()
        self._stamp = 0
        self._held = guard.holding('on-disk')
        self._counted = 0
        weakref.finalize(self, self._held.free)

    def look_aside(self) -> None:
        """From now on nobody waits for the folders: a page would stand still meanwhile."""
        with self._lock:
            self._aside = True

    def close(self) -> None:
        """Look no more; the last answer stays."""
        self._ended.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def versions(self, model_ids: Iterable[int]) -> dict[int, frozenset[int]]:
        """Of which versions files lie here, by model; models without any are left out."""
        known = self._known().versions
        return {one: known[one] for one in model_ids if one in known}

    def files(self, version_id: int) -> dict[int, Path]:
        """Where the files of a version lie, by Civitai's number of the file. Those of which nobody
        knows that number have -1, -2 and so on.
        """
        return dict(self._known().files.get(version_id, {}))

    def model_ids(self) -> frozenset[int]:
        """All models of which a file lies here."""
        return frozenset(self._known().versions)

    def stamp(self) -> int:
        """Grows whenever an answer would be another one."""
        with self._lock:
            self._known()
            return self._stamp

    # --- finding out ------------------------------------------------------------------------------

    def _known(self) -> _Answers:
        with self._lock:
            if self._is_old():
                if self._aside:
                    self._start_looking()
                else:
                    self._look()
            if self._looked_at is not None and not self._ended.is_set():
                self._catch_up()
            return self._answers

    def _is_old(self) -> bool:
        if self._ended.is_set():
            return False
        if self._looked_at is None or self._clock() - self._looked_at >= _FRESH_SECONDS:
            return True
        return self._rules() != self._looked_under

    def _start_looking(self) -> None:
        if self._thread is None:
            self._thread = OwnThread(target=self._look_once, name='on-disk', daemon=True)
            self._thread.start()

    def _look_once(self) -> None:
        try:
            self._look()
        except ShortcutError as error:  # a database that is busy now is read a moment later
            _log.warning('on disk: %s', error)
        finally:
            with self._lock:
                self._thread = None

    def _look(self) -> None:
        """Go through the folders, and see whether what was downloaded lies there still."""
        rules, described = self._rules(), self._beside.described()
        with self._lock:
            known, first = dict(self._downloads), self._looked_at is None
        if first:
            known = {file.task_id: file for file in self._finished.of_models(-1)}
        there = {number for number, file in known.items() if _lies_there(file)}
        described = self._with_models(described, known.values())
        with self._lock:
            if self._ended.is_set():
                return
            if first:
                self._downloads = known
                self._revision = max((file.revision for file in known.values()), default=0)
            same = {number for number, file in known.items() if self._downloads[number] is file}
            self._there = (there & same) | (self._there - same)
            self._described = described
            self._looked_at, self._looked_under = self._clock(), rules
            self._settle()

    def _with_models(
        self, described: Sequence[Described], downloads: Iterable[FileOfModel]
    ) -> list[Described]:
        alone = {one.version_id for one in described if one.model_id is None}
        if not alone:
            return list(described)
        models = {file.version_id: file.model_id for file in downloads if file.version_id in alone}
        models.update(self._owners.of(alone - models.keys()))
        return [
            replace(one, model_id=models.get(one.version_id)) if one.model_id is None else one
            for one in described
        ]

    def _catch_up(self) -> None:
        """Take in what has become of downloads since the last time."""
        changed = self._finished.of_models(self._revision)
        for file in changed:
            self._revision = file.revision
            self._downloads[file.task_id] = file
            if _lies_there(file):
                self._there.add(file.task_id)
            else:
                self._there.discard(file.task_id)
        if changed:
            self._settle()

    def _settle(self) -> None:
        here = [self._downloads[number] for number in sorted(self._there)]
        answers = _answers(here, self._described)
        if answers != self._answers:
            self._answers = answers
            self._stamp += 1
        size = (len(self._downloads) + len(self._described)) * _FILE_BYTES
        before, self._counted = self._counted, size if size >= _WORTH_COUNTING else 0
        self._held.grow(self._counted - before)


def _answers(here: Sequence[FileOfModel], described: Sequence[Described]) -> _Answers:
    versions: dict[int, set[int]] = {}
    files: dict[int, dict[int, Path]] = {}
    every: list[FileOfModel | Described] = [*here, *described]
    for one in every:
        if one.model_id is not None:
            versions.setdefault(one.model_id, set()).add(one.version_id)
        known = files.setdefault(one.version_id, {})
        if one.path is not None and one.path not in known.values():
            number = one.file_id if one.file_id not in known else None
            known[number if number is not None else min((0, *known)) - 1] = one.path
    return _Answers({model: frozenset(found) for model, found in versions.items()}, files)


def _lies_there(file: FileOfModel) -> bool:
    """Whether the file has still the size it was left in; notes in it may have been changed since,
    so the time does not matter.
    """
    try:
        return file.path is not None and file.path.stat().st_size == file.size
    except OSError:
        return False
