"""Files of saved models as they are read: our own, and the folder of the predecessor."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Union

from ..domain import predecessor, shortcut_file
from ..domain.record import Record
from ..domain.shortcut_file import Entry, FileHead
from ..errors import (
    FileUnreadable,
    ShortcutEntryBroken,
    ShortcutError,
    ShortcutFileCut,
    ShortcutFileForeign,
)

_LARGEST_LINE = 64 << 20
_LARGEST_FILE = 512 << 20
_LARGEST_RECORD = 32 << 20
_JSON = 'JSON'

Problem = tuple[str, ShortcutError]
Item = Union[Entry, Problem]


@dataclass(frozen=True)
class Source:
    """``items`` are entries, and the problems of those that could not be read; ``folder`` is where
    their pictures lie, ``left`` what is there besides and is not taken over.
    """

    head: FileHead
    items: Iterator[Item]
    folder: Path
    left: tuple[str, ...] = ()


def open_source(path: Path, now: float) -> Source:
    """The file or folder at ``path``; ``now`` is when an entry was saved that does not tell.

    Raises FileUnreadable, ShortcutFileForeign, ShortcutFileNewer.
    """
    path = _list_in(path) if path.is_dir() else path
    if path.exists() and not path.is_file():  # a pipe would keep us waiting
        raise ShortcutFileForeign(path=str(path))
    try:
        with open(path, 'rb') as file:
            first = file.readline(_LARGEST_LINE)
            ours = shortcut_file.line_document(first)
            content = b'' if ours is not None else first + file.read(_LARGEST_FILE - len(first))
    except OSError as error:
        raise FileUnreadable(path=str(path), reason=error.strerror or '') from error
    if ours is not None:
        head = shortcut_file.read_head(ours, str(path))
        return Source(head, _lines(path, now), path.parent)
    return _of_content(path, content, now)


def _list_in(folder: Path) -> Path:
    """The predecessor's list in its folder, or in the folder that this lies in."""
    names = (predecessor.SHORTCUTS, f'{predecessor.FOLDER}/{predecessor.SHORTCUTS}')
    found = next((folder / name for name in names if (folder / name).is_file()), None)
    if found is None:
        raise ShortcutFileForeign(path=str(folder))
    return found


def _lines(path: Path, now: float) -> Iterator[Item]:
    """The entries of a file that we have written."""
    number = 0
    try:
        with open(path, 'rb') as file:
            file.readline(_LARGEST_LINE)
            while line := file.readline(_LARGEST_LINE):
                text = shortcut_file.entry_text(line)
                if text is None:
                    return
                number += 1
                raw = shortcut_file.decoded(text)
                if raw is None and not line.endswith(b'\n'):
                    number -= 1
                    break
                yield _read(raw, str(number), now)
    except OSError as error:
        yield path.name, FileUnreadable(path=str(path), reason=error.strerror or '')
        return
    yield path.name, ShortcutFileCut(path=str(path), entries=number)


def _read(raw: object, place: str, now: float) -> Item:
    if raw is None:
        return place, ShortcutEntryBroken(entry=place, field=_JSON)
    try:
        return shortcut_file.read_entry(raw, place, now)
    except ShortcutEntryBroken as error:
        return place, error


def _of_content(path: Path, content: bytes, now: float) -> Source:
    """A file in another layout: ours after somebody has tidied it, or the predecessor's."""
    members = predecessor.members_of(content)
    if members is None:
        raise ShortcutFileForeign(path=str(path))
    if 'format' in members.found:
        head = shortcut_file.read_head(members.found, str(path))
        return Source(head, _listed(path, members, now), path.parent)
    if path.name != predecessor.SHORTCUTS and not predecessor.holds_models(members):
        raise ShortcutFileForeign(path=str(path))
    return _of_predecessor(path, members, now)


def _listed(path: Path, members: predecessor.Members, now: float) -> Iterator[Item]:
    raws = members.found.get('shortcuts')
    raws = raws if isinstance(raws, list) else []
    for number, raw in enumerate(raws, 1):
        yield _read(raw, str(number), now)
    if not members.whole:
        yield path.name, ShortcutFileCut(path=str(path), entries=len(raws))


def _of_predecessor(path: Path, members: predecessor.Members, now: float) -> Source:
    folder = path.parent
    problems: list[Problem] = []
    classes = predecessor.classes_of(_class_members(folder / predecessor.CLASSES, problems))
    left = tuple(name for name in predecessor.LEFT if (folder / name).is_file())
    head = FileHead(classes.described, len(members.found))

    def items() -> Iterator[Item]:
        yield from problems
        with_records = (folder / predecessor.INFOS).is_dir()
        for key, raw in members.found.items():
            try:
                entry = predecessor.entry_of(key, raw, classes, now)
            except ShortcutEntryBroken as error:
                yield key, error
                continue
            yield from _with_record(entry, folder) if with_records else (entry,)
        yield from ((key, ShortcutEntryBroken(entry=key, field=_JSON)) for key in members.torn)
        if not members.whole:
            yield path.name, ShortcutFileCut(path=str(path), entries=len(members.found))

    return Source(head, items(), folder, left)


def _class_members(path: Path, problems: list[Problem]) -> predecessor.Members | None:
    """What the file of classes holds, if it is there; what of it cannot be used goes to
    ``problems``.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        problems.append((path.name, FileUnreadable(path=str(path), reason=error.strerror or '')))
        return None
    members = predecessor.members_of(content)
    if members is None or not members.whole:
        read = len(members.found) if members else 0
        problems.append((path.name, ShortcutFileCut(path=str(path), entries=read)))
    for name in predecessor.broken_classes(members) if members else ():
        problems.append((name, ShortcutEntryBroken(entry=name, field='shortcuts')))
    return members


def _with_record(entry: Entry, folder: Path) -> Iterator[Item]:
    """The entry with what Civitai has said of it; when that cannot be read, without it."""
    model_id = entry.shortcut.model_id
    place = predecessor.info_place(model_id)
    try:
        record = _record(model_id, folder / place)
    except FileNotFoundError:
        yield entry
        return
    except OSError as error:
        yield entry
        yield place, FileUnreadable(path=str(folder / place), reason=error.strerror or '')
        return
    yield replace(entry, record=record)
    if record is None:
        yield place, ShortcutEntryBroken(entry=place, field=_JSON)


def _record(model_id: int, path: Path) -> Record | None:
    if not path.is_file():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    with open(path, 'rb') as file:
        content = file.read(_LARGEST_RECORD)
    body = shortcut_file.decoded(content.removeprefix(b'\xef\xbb\xbf'))
    return predecessor.record_of(model_id, body, path.stat().st_mtime)
