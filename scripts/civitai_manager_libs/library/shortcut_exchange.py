"""Saved models out into a file and in again, also those of the predecessor."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..domain.record import Record
from ..domain.shortcut import Shortcut
from ..domain.shortcut_file import Entry, FileHead, written
from ..errors import DiskError, FileUnreadable, ShortcutEntryBroken, ShortcutError
from ..fetching.formats import is_whole
from ..store.files import write_atomic
from ..store.records import RecordStore
from ..store.shortcuts import ShortcutStore
from .shortcut_intake import Intake
from .shortcut_source import Problem, Source, open_source

OnEntry = Callable[[int, int], None]
"""Told how many entries have been read, of how many (0 as long as that is not known)."""
Stop = Callable[[], bool]
"""Asked now and then whether to end early."""
Adopt = Callable[[str, bytes], None]
"""Given a small picture that somebody had of an address: ShortcutPictures.adopt."""

_READ_AT_ONCE = 250  # records of them may be a hundred kilobytes each
_WRITTEN_AT_ONCE = 50
_LARGEST_PICTURE = 8 << 20


@dataclass(frozen=True)
class ImportReport:
    """What became of a file: the ids of the models that were saved by it (``taken``) and of those
    that were saved before (``already``), with each entry that could not be used its error, and the
    names of what lies beside it and was left alone (``left``). ``stopped`` says that not all was
    read because it was asked to end; what was taken stays.
    """

    taken: tuple[int, ...] = ()
    already: tuple[int, ...] = ()
    problems: tuple[tuple[str, ShortcutError], ...] = ()
    left: tuple[str, ...] = ()
    stopped: bool = False


class Exchange:
    """``adopt`` gets the thumbnails that the predecessor had of its covers, when all entries are
    saved.
    """

    def __init__(
        self,
        shortcuts: ShortcutStore,
        records: RecordStore,
        adopt: Adopt,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._shortcuts = shortcuts
        self._records = records
        self._adopt = adopt
        self._clock = clock

    def export_to(self, path: Path, ids: Collection[int] | None = None) -> int:
        """Write the saved models ``ids`` (None: all) into the file ``path``; how many they are.

        The file is replaced as a whole or not at all. Raises DiskError.
        """
        chosen = self._shortcuts.ids()
        if ids is not None:
            wanted = frozenset(ids)
            chosen = [model_id for model_id in chosen if model_id in wanted]
        classes = tuple((one.name, one.info) for one in self._shortcuts.classes())
        head = FileHead(classes, len(chosen))
        write_atomic(path, written(head, self._clock(), self._entries(chosen)))
        return len(chosen)

    def import_from(
        self, path: Path, on_item: OnEntry | None = None, stop: Stop | None = None
    ) -> ImportReport:
        """Save what stands in ``path``: a file of ours, the predecessor's ``CivitaiShortCut.json``,
        or the folder ``data_sc`` that it lies in.

        What is saved already keeps what the person gave it; it gets the classes and tags of the
        file besides, and its note where it has none. Raises FileUnreadable, ShortcutFileForeign for
        anything else, ShortcutFileNewer, and what the store raises.
        """
        source = open_source(path, self._clock())
        stop = stop or (lambda: False)
        intake = Intake(self._shortcuts, self._records)
        intake.put_classes(source.head.classes)
        problems, stopped = _read(source, intake, on_item or (lambda done, all: None), stop)
        if not stopped:
            problems += self._adopt_pictures(intake.pictures, source.folder, stop)
        return ImportReport(
            tuple(intake.taken), tuple(intake.already), tuple(problems), source.left, stopped
        )

    def _entries(self, ids: list[int]) -> Iterator[tuple[Shortcut, Record | None]]:
        for start in range(0, len(ids), _WRITTEN_AT_ONCE):
            part = ids[start : start + _WRITTEN_AT_ONCE]
            shortcuts, records = self._shortcuts.many(part), self._records.many(part)
            for model_id in part:
                if model_id in shortcuts:
                    yield shortcuts[model_id], records.get(model_id)

    def _adopt_pictures(
        self, pictures: dict[str, str], folder: Path, stop: Stop
    ) -> Iterator[Problem]:
        """Hand on the thumbnails; one that is not there is nothing to speak of, a torn one is."""
        for address, place in pictures.items():
            if stop():
                return
            try:
                content = _picture(folder / place, place)
                if content:
                    self._adopt(address, content)
            except OSError as error:
                reason = error.strerror or ''
                yield place, FileUnreadable(path=str(folder / place), reason=reason)
            except DiskError as error:
                yield place, error
                return  # the next one would not be written either
            except ShortcutError as error:
                yield place, error


def _read(
    source: Source, intake: Intake, on_item: OnEntry, stop: Stop
) -> tuple[list[Problem], bool]:
    """Everything in ``source`` into ``intake``; the problems, and whether it was stopped."""
    problems: list[Problem] = []
    batch: list[Entry] = []
    done = 0
    for item in source.items:
        if stop():
            intake.take(batch)
            return problems, True
        if isinstance(item, Entry):
            batch.append(item)
        else:
            problems.append(item)
        if len(batch) >= _READ_AT_ONCE:
            intake.take(batch)
            done += len(batch)
            batch = []
            on_item(done, source.head.count)
    intake.take(batch)
    on_item(done + len(batch), source.head.count)
    return problems, False


def _picture(path: Path, place: str) -> bytes:
    """The picture at ``path``, nothing when it is not there. Raises ShortcutEntryBroken for what is
    no whole picture, or too large for a thumbnail.
    """
    if not path.is_file():
        return b''
    if path.stat().st_size > _LARGEST_PICTURE or not is_whole(path):
        raise ShortcutEntryBroken(entry=place, field='PNG')
    return path.read_bytes()
