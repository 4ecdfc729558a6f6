"""What saved models are filtered by, with how many have it: kept up to date with every change, so
that nobody has to count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert

from ..domain.text_search import folded, storable_text
from .tables import shortcut_labelled, shortcut_labels

ALL, FAVOURITE, GONE = 'all', 'favourite', 'gone'
CLASS, TYPE, BASE_MODEL, TAG, OWN_TAG = 'class', 'type', 'base', 'tag', 'own'
"""Kinds of labels. A tag is one of Civitai or of the person; the first three have no names."""

Key = tuple[str, str]
Labels = dict[Key, str]
"""Names by kind and key."""

_MOST_TAGS = 100


@dataclass(frozen=True)
class ShortcutCounts:
    """How many saved models there are, are favourites, and are not on Civitai any more; how many
    are of each class, type and base model; and the 100 most used tags, of both kinds together and
    of the person alone. Names with the largest number come first.
    """

    all: int = 0
    favourites: int = 0
    gone: int = 0
    classes: Mapping[str, int] = field(default_factory=dict)
    types: Mapping[str, int] = field(default_factory=dict)
    base_models: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)
    own_tags: Mapping[str, int] = field(default_factory=dict)


_labels, _labelled = shortcut_labels.c, shortcut_labelled.c
_HERE = (_labels.kind == bindparam('of_kind')) & (_labels.key == bindparam('of_key'))
_ID = select(_labels.id).where(_HERE).scalar_subquery()


def key_of(kind: str, name: str) -> Key:
    """Tags are the same in any case and width, other names only as they are written."""
    return kind, folded(name).strip() if kind in (TAG, OWN_TAG) else storable_text(name)


def labels_of(values: Mapping[str, Any]) -> Labels:
    """The labels of a row of the saved models; none of one that is removed."""
    if values['removed'] is not None:
        return {}
    named = [(ALL, ''), (TYPE, values['type'])]
    named += [(FAVOURITE, '')] if values['favourite'] else []
    named += [(GONE, '')] if values['gone'] is not None else []
    named += [(CLASS, name) for name in values['classes']]
    named += [(BASE_MODEL, name) for name in values['base_models']]
    named += [(OWN_TAG, name) for name in values['own_tags']]
    named += [(TAG, name) for name in (*values['own_tags'], *values['tags'])]
    labels: Labels = {}
    for kind, name in named:
        labels.setdefault(key_of(kind, name), name)
    return labels


def relabel(connection: Connection, changes: Iterable[tuple[int, Labels, Labels]]) -> None:
    """Bring labels and their counts from what they were to what they are; of each model its number,
    labels before and after.
    """
    counts: Counter[Key] = Counter()
    names: Labels = {}
    come: list[dict[str, Any]] = []
    go: list[dict[str, Any]] = []
    for model_id, before, after in changes:
        names.update(after)
        for key in before.keys() - after.keys():
            counts[key] -= 1
            go.append({'model': model_id, 'of_kind': key[0], 'of_key': key[1]})
        for key in after.keys() - before.keys():
            counts[key] += 1
            come.append({'model': model_id, 'of_kind': key[0], 'of_key': key[1]})
    _count(connection, {key: count for key, count in counts.items() if count}, names)
    _join(connection, come)
    _leave(connection, go)


def _count(connection: Connection, counts: Mapping[Key, int], names: Labels) -> None:
    up = [
        {'kind': kind, 'key': key, 'name': names[kind, key], 'count': count}
        for (kind, key), count in counts.items()
        if count > 0
    ]
    down = [
        {'of_kind': kind, 'of_key': key, 'fewer': -count}
        for (kind, key), count in counts.items()
        if count < 0
    ]
    if up:
        statement = insert(shortcut_labels)
        more = _labels.count + statement.excluded.count
        connection.execute(
            statement.on_conflict_do_update(['kind', 'key'], set_={'count': more}), up
        )
    if down:
        fewer = {'count': _labels.count - bindparam('fewer')}
        connection.execute(update(shortcut_labels).where(_HERE).values(fewer), down)


def _join(connection: Connection, come: list[dict[str, Any]]) -> None:
    if come:
        named = select(_labels.id, bindparam('model')).where(_HERE)
        connection.execute(
            insert(shortcut_labelled).from_select(['label_id', 'model_id'], named), come
        )


def _leave(connection: Connection, go: list[dict[str, Any]]) -> None:
    if not go:
        return
    mine = (_labelled.label_id == _ID) & (_labelled.model_id == bindparam('model'))
    connection.execute(delete(shortcut_labelled).where(mine), go)
    keys = {(one['of_kind'], one['of_key']) for one in go}
    unused = [{'of_kind': kind, 'of_key': key} for kind, key in keys]
    connection.execute(delete(shortcut_labels).where(_HERE & (_labels.count <= 0)), unused)


# --- reading --------------------------------------------------------------------------------------


def count_of(connection: Connection, kind: str, name: str = '') -> int:
    """How many have that label."""
    query = select(_labels.count).where(_HERE)
    of_kind, of_key = key_of(kind, name)
    return connection.execute(query, {'of_kind': of_kind, 'of_key': of_key}).scalar() or 0


def most_used(connection: Connection, kind: str, most: int = -1) -> dict[str, int]:
    """Names of labels with their counts, the most used first."""
    query = (
        select(_labels.name, _labels.count)
        .where(_labels.kind == kind)
        .order_by(_labels.count.desc(), _labels.id)
        .limit(most)
    )
    return {name: count for name, count in connection.execute(query)}


def read_counts(connection: Connection) -> ShortcutCounts:
    """How many there are of what."""
    return ShortcutCounts(
        all=count_of(connection, ALL),
        favourites=count_of(connection, FAVOURITE),
        gone=count_of(connection, GONE),
        classes=most_used(connection, CLASS),
        types=most_used(connection, TYPE),
        base_models=most_used(connection, BASE_MODEL),
        tags=most_used(connection, TAG, _MOST_TAGS),
        own_tags=most_used(connection, OWN_TAG, _MOST_TAGS),
    )


def numbers_of(connection: Connection, kind: str, names: Iterable[str]) -> dict[int, int]:
    """Of the labels there are among ``names``, how many have each, by number of the label."""
    found: dict[int, int] = {}
    query = select(_labels.id, _labels.count).where(_HERE)
    for of_kind, of_key in {key_of(kind, name) for name in names}:
        row = connection.execute(query, {'of_kind': of_kind, 'of_key': of_key}).first()
        if row is not None:
            number, count = row
            found[number] = count
    return found


def labelled(connection: Connection, kind: str, name: str) -> list[int]:
    """The models that have that label."""
    query = select(_labelled.model_id).join(shortcut_labels, _labels.id == _labelled.label_id)
    of_kind, of_key = key_of(kind, name)
    parameters = {'of_kind': of_kind, 'of_key': of_key}
    return list(connection.execute(query.where(_HERE), parameters).scalars())
