"""The file in which saved models are taken along: how it is written, and read with distrust.

It is one JSON document whose every saved model stands on a line of its own, so that a file of any
length is read in little memory and a torn one up to the tear. docs/shortcuts.md describes it. Pure.
"""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from ..errors import ShortcutEntryBroken, ShortcutFileForeign, ShortcutFileNewer
from .entry_values import address_of, count_of, id_of, name_of, names_of, text_of, time_of
from .model_card import EARLY_ACCESS, PICKLE, REMOVED
from .record import Record
from .shortcut import Shortcut

FORMAT, VERSION = 'civitai-shortcut', 1
_LIST = b'"shortcuts": ['
_END = b']}'
_WARNINGS = (REMOVED, PICKLE, EARLY_ACCESS)
_MEDIA = ('image', 'video')
_LARGEST_LEVEL = 63


@dataclass(frozen=True)
class Entry:
    """A saved model as a file has it; ``record`` is what Civitai has said of it, if that is in the
    file. ``picture`` is the place beside the file of a small picture of its cover.
    """

    shortcut: Shortcut
    record: Record | None = None
    picture: str | None = None


@dataclass(frozen=True)
class FileHead:
    """What a file says before its entries: the classes with their descriptions, and how many
    entries it should have (0: it does not say).
    """

    classes: tuple[tuple[str, str], ...] = ()
    count: int = 0


def written(
    head: FileHead, exported: float, entries: Iterable[tuple[Shortcut, Record | None]]
) -> Iterator[bytes]:
    """The file, piece by piece; ``exported`` is the time of now."""
    start = {
        'format': FORMAT,
        'version': VERSION,
        'exported': exported,
        'count': head.count,
        'classes': [{'name': name, 'info': info} for name, info in head.classes],
    }
    yield _dumped(start)[:-1] + b', ' + _LIST
    before = b'\n'
    for shortcut, record in entries:
        yield before + _dumped(_entry(shortcut, record))
        before = b',\n'
    yield b'\n' + _END + b'\n'


def line_document(first: bytes) -> Mapping[str, Any] | None:
    """What stands before the entries of a file as :func:`written` writes it, from its first line;
    None when the file is laid out in another way.
    """
    line = first.removeprefix(codecs.BOM_UTF8).rstrip()
    return as_object(decoded(line + _END)) if line.endswith(_LIST) else None


def entry_text(line: bytes) -> bytes | None:
    """The JSON of the entry in ``line``; None for the line that ends the file."""
    text = line.strip()
    return None if text == _END else text.removesuffix(b',')


def decoded(content: bytes) -> object:
    """JSON as it is defined: without numbers that are none and halves of signs, and nested only so
    far that it can be written again. None for what is not.
    """
    try:
        return msgspec.json.decode(content)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def read_head(document: Mapping[str, Any], path: str) -> FileHead:
    """Raises ShortcutFileForeign unless ``document`` is of our form, ShortcutFileNewer for one of
    the future.
    """
    version = count_of(document.get('version'))
    if document.get('format') != FORMAT or not version:
        raise ShortcutFileForeign(path=path)
    if version > VERSION:
        raise ShortcutFileNewer(path=path, version=version, newest=VERSION)
    classes = document.get('classes')
    named = [one for one in classes if isinstance(one, dict)] if isinstance(classes, list) else []
    pairs = [(name_of(one.get('name')), text_of(one.get('info'))) for one in named]
    return FileHead(
        classes=tuple(pair for pair in pairs if pair[0]),
        count=count_of(document.get('count')) or 0,
    )


def read_entry(raw: object, place: str, now: float) -> Entry:
    """An entry; whatever in it is unknown or of another kind is left out.

    ``place`` names it where it has no id, ``now`` is when it was saved if it does not say so.
    Raises ShortcutEntryBroken without an id.
    """
    entry = as_object(raw)
    model_id = id_of(entry.get('id')) if entry is not None else None
    if entry is None or model_id is None:
        raise ShortcutEntryBroken(entry=place, field='id')
    record = _read_record(model_id, entry.get('record'))
    cover = as_object(entry.get('cover')) or {}
    level = count_of(cover.get('level')) or 0
    warning = entry.get('warning')
    return Entry(
        Shortcut(
            model_id=model_id,
            name=name_of(entry.get('name')) or str(model_id),
            type=name_of(entry.get('type')) or 'Other',
            creator=name_of(entry.get('creator')) or None,
            base_models=names_of(entry.get('base_models')),
            tags=names_of(entry.get('tags')),
            version_id=id_of(entry.get('version_id')),
            cover=address_of(cover.get('url')),
            cover_type=_one_of(cover.get('type'), _MEDIA, 'image'),
            cover_level=level if level <= _LARGEST_LEVEL else 0,
            cover_chosen=cover.get('chosen') is True,
            published=time_of(entry.get('published')),
            downloads=count_of(entry.get('downloads')),
            likes=count_of(entry.get('likes')),
            size=count_of(entry.get('size')),
            warning=_one_of(warning, _WARNINGS, ''),
            early_access_ends=time_of(entry.get('early_access_ends')),
            note=text_of(entry.get('note')),
            own_tags=names_of(entry.get('own_tags')),
            classes=names_of(entry.get('classes')),
            favourite=entry.get('favourite') is True,
            added=time_of(entry.get('added')) or now,
            gone=time_of(entry.get('gone')),
            fetched=record.checked if record else None,
        ),
        record,
    )


def as_object(value: object) -> Mapping[str, Any] | None:
    """A JSON object, None for anything else."""
    return value if isinstance(value, dict) else None


def _entry(shortcut: Shortcut, record: Record | None) -> dict[str, Any]:
    return {
        'id': shortcut.model_id,
        'name': shortcut.name,
        'type': shortcut.type,
        'creator': shortcut.creator,
        'base_models': shortcut.base_models,
        'tags': shortcut.tags,
        'version_id': shortcut.version_id,
        'cover': {
            'url': shortcut.cover,
            'type': shortcut.cover_type,
            'level': shortcut.cover_level,
            'chosen': shortcut.cover_chosen,
        },
        'published': shortcut.published,
        'downloads': shortcut.downloads,
        'likes': shortcut.likes,
        'size': shortcut.size,
        'warning': shortcut.warning,
        'early_access_ends': shortcut.early_access_ends,
        'note': shortcut.note,
        'own_tags': shortcut.own_tags,
        'classes': shortcut.classes,
        'favourite': shortcut.favourite,
        'added': shortcut.added,
        'gone': shortcut.gone,
        'record': _record_entry(record) if record else None,
    }


def _record_entry(record: Record) -> dict[str, Any]:
    return {
        'address': record.address,
        'fetched': record.fetched,
        'checked': record.checked,
        'gone': record.gone,
        'withdrawn': sorted(record.withdrawn),
        'body': record.body,
    }


def _read_record(model_id: int, raw: object) -> Record | None:
    """None without a body and a time."""
    found = as_object(raw) or {}
    body, fetched = as_object(found.get('body')), time_of(found.get('fetched'))
    if body is None or fetched is None:
        return None
    withdrawn = found.get('withdrawn')
    ids = map(id_of, withdrawn) if isinstance(withdrawn, list) else ()
    return Record(
        model_id=model_id,
        body=body,
        address=address_of(found.get('address')) or '',
        fetched=fetched,
        checked=time_of(found.get('checked')) or fetched,
        gone=time_of(found.get('gone')),
        withdrawn=frozenset(one for one in ids if one is not None),
    )


def _one_of(value: object, known: tuple[str, ...], otherwise: str) -> str:
    return value if isinstance(value, str) and value in known else otherwise


def _dumped(value: Mapping[str, Any]) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:  # some servers send numbers that are none, and no reader of JSON takes them
        text = json.dumps(_finite(value), ensure_ascii=False)
    return text.encode('utf-8', errors='replace')


def _finite(value: Any) -> Any:
    """``value`` with nothing in place of numbers that are none."""
    if isinstance(value, Mapping):
        return {name: _finite(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
