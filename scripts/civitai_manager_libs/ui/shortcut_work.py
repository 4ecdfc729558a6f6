"""What one page has set going in the Shortcuts tab and what takes a while: saving models by their
links, reading dropped files, importing, exporting.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from ..domain.pasted import split_heap
from ..errors import DiskError, ShortcutError
from ..memory import guard
from .monitor_watch import Start
from .shortcut_drops import DroppedFile, ShortcutFiles, forget

ADDING, IMPORTING, EXPORTING = 'adding', 'importing', 'exporting'
MOST_LINKS = 5_000
MOST_SAID = 200
"""So many of the things that did not work are told one by one."""

_SAVED, _ALREADY = 'saved', 'already'
_BATCH_BYTES = 8 << 20


class Saved(Protocol):
    """What became of one link."""

    @property
    def text(self) -> str: ...

    @property
    def state(self) -> str: ...

    @property
    def error(self) -> ShortcutError | None: ...


class Report(Protocol):
    """What became of an import; see :class:`.library.shortcut_exchange.ImportReport`."""

    @property
    def taken(self) -> Collection[int]: ...

    @property
    def already(self) -> Collection[int]: ...

    @property
    def problems(self) -> Sequence[tuple[str, ShortcutError]]: ...

    @property
    def left(self) -> Sequence[str]: ...

    @property
    def stopped(self) -> bool: ...


class Door(Protocol):
    """Does the work; see :class:`.ishortcut.Shortcuts`."""

    def add(
        self, text: str, on_item: Callable[..., None] | None = None, stop: Stop | None = None
    ) -> Sequence[Saved]: ...

    def add_files(
        self,
        files: Sequence[tuple[str, bytes]],
        on_item: Callable[..., None] | None = None,
        stop: Stop | None = None,
    ) -> Sequence[Saved]: ...

    def import_from(
        self,
        path: Path,
        on_item: Callable[[int, int], None] | None = None,
        stop: Stop | None = None,
    ) -> Report: ...

    def export_to(self, path: Path, ids: Collection[int] | None = None) -> int: ...


Stop = Callable[[], bool]


@dataclass(frozen=True)
class Failed:
    """Something that did not work: the link, file or entry, and why. ``link`` is whether it is
    worth another try.
    """

    text: str
    error: ShortcutError
    link: bool = False


@dataclass(frozen=True)
class Progress:
    """How it goes. ``kind`` is '' before anything was begun; of ``total`` (0: not known) ``done``
    are behind us. ``export`` is the name of the file that is ready, ``exported`` how many are in
    it; ``left`` is what an import has left alone, ``stopped`` says that somebody has stopped it.
    """

    kind: str = ''
    busy: bool = False
    total: int = 0
    done: int = 0
    saved: int = 0
    already: int = 0
    failed: tuple[Failed, ...] = ()
    left: tuple[str, ...] = ()
    export: str = ''
    exported: int = 0
    stopped: bool = False


class ShortcutWork:
    """The work of one page, one thing after the other; thread-safe, returns at once."""

    def __init__(self, door: Door, files: ShortcutFiles, start: Start) -> None:
        self._door = door
        self._files = files
        self._start = start
        self._lock = threading.Lock()
        self._progress = Progress()
        self._jobs: list[Callable[[], None]] = []
        self._stop = threading.Event()

    def look(self) -> Progress:
        """How it goes now."""
        with self._lock:
            return self._progress

    def add(self, text: str) -> None:
        """Save what the links in ``text`` mean."""
        total = min(len(split_heap(text)), MOST_LINKS)
        self._begin(ADDING, total, lambda: self._add(text))

    def add_files(self, tokens: Sequence[str]) -> None:
        """Read the dropped files of these names."""
        found = [self._files.take(token) for token in tokens]
        files = [one for one in found if one is not None]
        links = [one for one in files if not one.is_json]
        if links:
            self._begin(ADDING, 0, lambda: self._add_files(links))
        for file in files:
            if file.is_json:
                self._begin(IMPORTING, 0, partial(self._import_dropped, file))

    def import_from(self, path: Path) -> None:
        """Read the file or folder at ``path``."""
        self._begin(IMPORTING, 0, lambda: self._import(path.name, path))

    def export(self, ids: Collection[int] | None) -> None:
        """Write a file with those of ``ids``, None for all."""
        self._begin(EXPORTING, 0, lambda: self._export(ids))

    def again(self) -> None:
        """Try the links once more that did not work."""
        links = [one.text for one in self.look().failed if one.link]
        if links and not self.look().busy:
            self.add('\n'.join(links))

    def stop(self) -> None:
        """Leave the rest; what is saved stays."""
        self._stop.set()

    def forget(self) -> None:
        """Nobody wants to read of it any more."""
        with self._lock:
            if not self._progress.busy:
                self._progress = Progress()

    # --- one after the other -------------------------------------------------------------------

    def _begin(self, kind: str, total: int, job: Callable[[], None]) -> None:
        with self._lock:
            self._jobs.append(job)
            if self._progress.busy:
                total = self._progress.total + total if self._progress.total else 0
                self._progress = replace(self._progress, kind=kind, total=total)
                return
            self._stop.clear()
            self._progress = Progress(kind, True, total)
        self._start(self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._jobs or self._stop.is_set():
                    self._jobs.clear()
                    stopped = self._stop.is_set()
                    self._progress = replace(self._progress, busy=False, stopped=stopped)
                    return
                job = self._jobs.pop(0)
            try:
                job()
            except ShortcutError as error:
                self._note(Failed('', error))
            except Exception:
                with self._lock:
                    self._jobs.clear()
                    self._progress = replace(self._progress, busy=False)
                raise

    def _note(self, *failed: Failed, **more: int) -> None:
        with self._lock:
            now = self._progress
            counts = {name: getattr(now, name) + count for name, count in more.items()}
            self._progress = replace(now, failed=(*now.failed, *failed), **counts)

    # --- the work ------------------------------------------------------------------------------

    def _add(self, text: str) -> None:
        self._door.add(text, self._one, self._stop.is_set)

    def _add_files(self, files: Sequence[DroppedFile]) -> None:
        waiting = list(files)
        while waiting:
            batch: list[DroppedFile] = []
            size = 0
            while waiting and not self._stop.is_set() and (not batch or size < _BATCH_BYTES):
                batch.append(waiting.pop(0))
                size += batch[-1].size
            if not batch:
                break
            with guard.holding('links') as held:
                held.grow(size)
                contents = list(self._contents(batch))
                names = {name for name, _ in contents}
                note = partial(self._one, names=names)
                self._door.add_files(contents, note, self._stop.is_set)
        for file in waiting:
            forget(file.path)

    def _contents(self, files: Sequence[DroppedFile]) -> Iterator[tuple[str, bytes]]:
        for file in files:
            try:
                yield file.name, file.path.read_bytes()
            except OSError as error:
                unread = DiskError(path=file.name, reason=error.strerror)
                self._note(Failed(file.name, unread))
            finally:
                forget(file.path)

    def _one(self, saved: Saved, names: Collection[str] = ()) -> None:
        """Note what became of a link, or of a file of ``names`` that cannot be read."""
        failed = []
        if saved.error is not None:
            failed.append(Failed(saved.text, saved.error, link=saved.text not in names))
        already = int(saved.state == _ALREADY)
        self._note(*failed, done=1, saved=int(saved.state == _SAVED), already=already)

    def _import_dropped(self, file: DroppedFile) -> None:
        try:
            self._import(file.name, file.path)
        finally:
            forget(file.path)

    def _import(self, name: str, path: Path) -> None:
        def read(done: int, total: int) -> None:
            with self._lock:
                self._progress = replace(self._progress, done=done, total=total)

        try:
            report = self._door.import_from(path, read, self._stop.is_set)
        except ShortcutError as error:
            self._note(Failed(name, error))
            return
        failed = [Failed(entry, error) for entry, error in report.problems]
        self._note(*failed, saved=len(report.taken), already=len(report.already))
        with self._lock:
            left = (*self._progress.left, *report.left)
            self._progress = replace(self._progress, left=left)

    def _export(self, ids: Collection[int] | None) -> None:
        token, path = self._files.new_export()
        count = self._door.export_to(path, ids)
        with self._lock:
            self._progress = replace(self._progress, export=token, exported=count)
