"""What a file tells of a saved model laid together with what is known of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .merging import merged, version_ids
from .models import Picture
from .record import Record
from .shortcut import Shortcut
from .shortcut_facts import shortcut_of

_PICTURE_ID = re.compile(r'[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}')


def joined(one: Record | None, other: Record) -> Record:
    """Two records of a model as one: what the later one says, and what only the earlier one has."""
    if one is None:
        return other
    earlier, later = sorted((one, other), key=lambda record: record.checked)
    listed = version_ids(later.body)  # an empty list says nothing of the versions
    not_listed = version_ids(earlier.body) - listed if listed else earlier.withdrawn
    return replace(
        later,
        body=merged(earlier.body, later.body),
        withdrawn=later.withdrawn | not_listed,
    )


def with_record(shortcut: Shortcut, record: Record | None) -> Shortcut:
    """``shortcut`` with what ``record`` tells of the model, and its own where that tells nothing.

    The cover stays when the person has chosen it, or when it is among the pictures of the record,
    which knows its rating.
    """
    if record is None:
        return shortcut
    told = shortcut_of(record, shortcut.version_id, shortcut.added)
    whole = replace(
        told,
        name=told.name or shortcut.name,
        type=shortcut.type if told.type == 'Other' else told.type,
        creator=told.creator or shortcut.creator,
        base_models=told.base_models or shortcut.base_models,
        tags=told.tags or shortcut.tags,
        note=shortcut.note,
        own_tags=shortcut.own_tags,
        classes=shortcut.classes,
        favourite=shortcut.favourite,
    )
    if shortcut.cover is None:
        return whole
    if shortcut.cover_chosen or told.cover is None:
        return _with_cover(whole, shortcut)
    if _picture_id(told.cover) == _picture_id(shortcut.cover):
        return whole
    same = next(_same_pictures(record, shortcut.cover), None)
    if same is None:
        return whole
    return replace(whole, cover=same.url, cover_type=same.type, cover_level=same.nsfw_level)


def _with_cover(shortcut: Shortcut, cover: Shortcut) -> Shortcut:
    return replace(
        shortcut,
        cover=cover.cover,
        cover_type=cover.cover_type,
        cover_level=cover.cover_level,
        cover_chosen=cover.cover_chosen,
    )


def _same_pictures(record: Record, address: str) -> Iterator[Picture]:
    """The pictures of ``record`` that are the one at ``address``, which has it in another size."""
    wanted = _picture_id(address)
    for version in record.model.model_versions:
        yield from (one for one in version.images if _picture_id(one.url) == wanted)


def _picture_id(address: str) -> str:
    found = _PICTURE_ID.search(address.lower())
    return found.group() if found else address
