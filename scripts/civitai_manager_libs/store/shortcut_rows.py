"""Saved models as rows of the database."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from ..domain.shortcut import Shortcut
from ..domain.text_search import folded, folded_lines, storable_text
from .numbers import LARGEST, in_parts, storable
from .tables import shortcuts

Values = dict[str, Any]
"""A row by column."""

_FIELDS = tuple(Shortcut.__dataclass_fields__)
_LIST_PLACES = [_FIELDS.index(name) for name in ('base_models', 'tags', 'own_tags', 'classes')]
_SWITCH_PLACES = [_FIELDS.index(name) for name in ('cover_chosen', 'favourite')]
_READ_SAVED = f"""SELECT {', '.join(_FIELDS)} FROM shortcuts
    WHERE model_id IN (SELECT value FROM json_each(?)) AND removed IS NULL"""
_FROM_CIVITAI = (
    *('name', 'type', 'creator', 'base_models', 'tags', 'published', 'downloads', 'likes'),
    *('size', 'warning', 'early_access_ends', 'gone', 'fetched', 'sort_name'),
)
_LASTING = ('name', 'type', 'creator', 'base_models', 'tags', 'published', 'size', 'sort_name')
_NOTHING: tuple[Any, ...] = (None, '', [], Shortcut.type)
_COVER = ('cover', 'cover_type', 'cover_level')
_LIVE = shortcuts.c.removed.is_(None)
_LONGEST_HEAD = 100_000
_LONGEST_REST = 8_000


def values_of(shortcut: Shortcut) -> Values:
    """The row of a model that is saved now, with tidy tags and classes."""
    values: Values = {name: _plain(getattr(shortcut, name)) for name in _FIELDS}
    values['own_tags'] = tidy_tags(shortcut.own_tags)
    values['classes'] = list(dict.fromkeys(filter(None, map(class_name, shortcut.classes))))
    values['added'] = values['added'] or 0.0
    values['cover_level'] = values['cover_level'] or 0
    values['noted'] = values['added'] if shortcut.note.strip() else None
    return {**values, 'sort_name': folded(shortcut.name), 'removed': None}


def described(before: Values, shortcut: Shortcut) -> Values:
    """``before`` with what ``shortcut`` has from Civitai, and all that is the person's.

    Nothing is blanked of what was told once: of a model that was imported, a file may know more.
    """
    fresh = values_of(shortcut)
    silent = {name for name in _LASTING if fresh[name] in _NOTHING}
    after = {**before, **{name: fresh[name] for name in _FROM_CIVITAI if name not in silent}}
    if fresh['cover'] and not before['cover_chosen']:
        after.update({name: fresh[name] for name in _COVER})
    return after


def class_name(text: str) -> str:
    """``text`` as the name of a class: on one line, without spaces around."""
    return ' '.join(storable_text(text).split())


def tidy_tags(tags: Iterable[str]) -> list[str]:
    """Each on one line, without those that differ from an earlier one in case or width alone."""
    found: dict[str, str] = {}
    for tag in (' '.join(storable_text(tag).split()) for tag in tags):
        found.setdefault(folded(tag), tag)
    return [tag for tag in found.values() if tag]


def read_values(connection: Connection, ids: Iterable[int]) -> dict[int, Values]:
    """The rows there are of ``ids``, those removed too."""
    found: dict[int, Values] = {}
    for part in in_parts(ids):
        query = select(shortcuts).where(shortcuts.c.model_id.in_(part))
        found.update((row.model_id, dict(row._mapping)) for row in connection.execute(query))
    return found


def read_shortcuts(connection: Connection, ids: Collection[int]) -> dict[int, Shortcut]:
    """Those of ``ids`` that are saved, in that order."""
    wanted = json.dumps([number for number in ids if storable(number)])
    rows = connection.exec_driver_sql(_READ_SAVED, (wanted,))  # a quarter of the time of select()
    found = {row[0]: _shortcut(row) for row in rows.all()}
    return {number: found[number] for number in ids if number in found}


def read_saved(connection: Connection, ids: Collection[int]) -> frozenset[int]:
    """Which of ``ids`` are saved."""
    found: set[int] = set()
    for part in in_parts(ids):
        query = select(shortcuts.c.model_id).where(shortcuts.c.model_id.in_(part) & _LIVE)
        found.update(connection.execute(query).scalars())
    return frozenset(found)


def head_of(values: Mapping[str, Any]) -> str:
    """What short words are looked for in, folded."""
    texts = (values['name'], *values['tags'], *values['own_tags'], values['note'])
    return folded_lines(texts, _LONGEST_HEAD)


def rest_of(values: Mapping[str, Any], words: str) -> str:
    """What only words of three signs or more are looked for in besides, folded."""
    return folded_lines((values['creator'] or '', *words.splitlines()), _LONGEST_REST)


def _shortcut(row: Sequence[Any]) -> Shortcut:
    values = list(row)
    for place in _LIST_PLACES:
        values[place] = () if row[place] == '[]' else tuple(json.loads(row[place]))
    for place in _SWITCH_PLACES:
        values[place] = bool(row[place])
    return Shortcut(*values)


def _plain(value: Any) -> Any:
    """``value`` as SQLite takes it; a number that it does not know tells nothing."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) > LARGEST:
        return None
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, tuple):
        return [storable_text(one) for one in value]
    return value
