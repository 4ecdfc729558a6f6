"""The files of the Civitai Shortcut of 2023 to 2026: saved models, their classes, what Civitai said
of them (interfaces of its folder ``data_sc``). Pure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..errors import ShortcutEntryBroken
from .entry_values import address_of, id_of, name_of, names_of, text_of, time_of
from .links import safe_text
from .record import Record
from .search import model_type
from .shortcut import Shortcut
from .shortcut_file import Entry

FOLDER = 'data_sc'
INFOS = 'sc_infos'
SHORTCUTS = 'CivitaiShortCut.json'
CLASSES = 'CivitaiShortCutClassification.json'
LEFT = ('CivitaiShortCutRecipeCollection.json', 'CivitaiShortCutSetting.json')
"""What lies beside and is not taken over: recipes and settings."""

_ASKED = 'https://civitai.com/api/v1/models'
_MOST_TEARS = 100
_NEXT = re.compile(r'"([0-9]{1,10})"\s*:\s*\{')
_SPACE = re.compile(r'\s*')


@dataclass(frozen=True)
class Members:
    """The members of a JSON object as far as they could be read: ``torn`` names those that could
    not, and ``whole`` says that the object has an end.
    """

    found: Mapping[str, Any]
    torn: tuple[str, ...] = ()
    whole: bool = True


@dataclass(frozen=True)
class Classes:
    """Names and descriptions of classes, and of each model in which it is."""

    described: tuple[tuple[str, str], ...] = ()
    of_model: Mapping[int, tuple[str, ...]] | None = None

    def of(self, model_id: int) -> tuple[str, ...]:
        """The classes that a model is in."""
        return self.of_model.get(model_id, ()) if self.of_model else ()


def members_of(content: bytes) -> Members | None:
    """The members of the JSON object in ``content``, also when it is torn somewhere; None when it
    is no object.
    """
    text = content.decode('utf-8-sig', errors='replace')
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        return _salvaged(text)
    return Members(whole) if isinstance(whole, dict) else None


def holds_models(members: Members) -> bool:
    """Whether this is a list of saved models and not a JSON of somebody else: most members, or what
    is left of them, are filed under numbers, and one is a model.
    """
    keys = (*members.found, *members.torn)
    values = members.found.values()
    models = any(isinstance(value, dict) and {'id', 'name'} & value.keys() for value in values)
    numbers = sum(id_of(key) is not None for key in keys)
    return (models or not members.whole) and numbers * 2 > len(keys)


def info_place(model_id: int) -> str:
    """Where the answer for a model by itself lies, under the folder."""
    return f'{INFOS}/{model_id}/{model_id}.civitai.info'


def picture_place(model_id: int) -> str:
    """Where the small picture of its cover lies, under the folder."""
    return f'sc_thumb_images/{model_id}.png'


def classes_of(members: Members | None) -> Classes:
    """What the file of classes says; nothing when there is none."""
    described: dict[str, str] = {}
    of_model: dict[int, dict[str, None]] = {}
    for key, value in members.found.items() if members else ():
        name = name_of(key)
        if not name or not isinstance(value, dict):
            continue
        described.setdefault(name, text_of(value.get('info')))
        shortcuts = value.get('shortcuts')
        for model_id in map(id_of, shortcuts if isinstance(shortcuts, list) else ()):
            if model_id is not None:
                of_model.setdefault(model_id, {})[name] = None
    return Classes(
        tuple(described.items()), {model_id: tuple(names) for model_id, names in of_model.items()}
    )


def broken_classes(members: Members) -> tuple[str, ...]:
    """The members of the file of classes that are none."""
    named = (key for key, value in members.found.items() if not isinstance(value, dict))
    return (*map(safe_text, named), *members.torn)


def entry_of(key: str, raw: object, classes: Classes, now: float) -> Entry:
    """A saved model of the list; ``now`` is when it was saved where the list does not tell.

    Raises ShortcutEntryBroken unless ``raw`` is an object with an id, or filed under one.
    """
    entry = raw if isinstance(raw, dict) else None
    model_id = (id_of(entry.get('id')) or id_of(key)) if entry is not None else None
    if entry is None or model_id is None:
        raise ShortcutEntryBroken(entry=safe_text(key), field='id')
    cover = address_of(entry.get('imageurl'))
    return Entry(
        Shortcut(
            model_id=model_id,
            name=name_of(entry.get('name')) or str(model_id),
            type=_type(name_of(entry.get('type'))) or 'Other',
            tags=names_of(entry.get('tags')),
            version_id=id_of(entry.get('versionid')),
            cover=cover,
            note=text_of(entry.get('note')),
            classes=classes.of(model_id),
            added=time_of(entry.get('date')) or now,
        ),
        picture=picture_place(model_id) if cover else None,
    )


def record_of(model_id: int, body: object, written: float) -> Record | None:
    """The record in a file of ``sc_infos`` that was ``written`` then; None when it tells of no
    model, or of another one.
    """
    if not isinstance(body, dict) or id_of(body.get('id')) != model_id:
        return None
    if not isinstance(body.get('modelVersions'), list):
        return None
    return Record(model_id, body, f'{_ASKED}/{model_id}', fetched=written, checked=written)


def _salvaged(text: str) -> Members | None:
    """What can be read of a torn object, behind a tear again from the next number on."""
    place = _after(text, 0)
    if not text.startswith('{', place):
        return None
    found: dict[str, Any] = {}
    torn: list[str] = []
    place += 1
    while True:
        key, value, end = _pair(text, place)
        sign = text[end : end + 1] if end is not None else None
        if end is not None and sign in (',', '}'):
            found[key] = value
            if sign == '}':
                return Members(found, tuple(torn))
            place = end + 1
            continue
        if isinstance(value, dict):  # whole, but what follows is not
            found[key] = value
        else:
            torn.append(safe_text(key))
        following = _NEXT.search(text, end or _after(text, place) + 1)
        if following is None or len(torn) >= _MOST_TEARS:
            break
        place = following.start()
    return Members(found, tuple(filter(None, torn)), whole=False)


def _pair(text: str, place: int) -> tuple[str, Any, int | None]:
    """The member at ``place`` and where the sign behind it stands; None for a torn one."""
    decoder = json.JSONDecoder()
    key: object = ''
    try:
        key, place = decoder.raw_decode(text, _after(text, place))
        colon = _after(text, place)
        if isinstance(key, str) and text[colon : colon + 1] == ':':
            value, end = decoder.raw_decode(text, _after(text, colon + 1))
            return key, value, _after(text, end)
    except (ValueError, RecursionError):
        pass  # the caller goes on behind the tear
    return str(key), None, None


@lru_cache(maxsize=256)
def _type(word: str) -> str:
    """Remembered: the same few in ten thousand entries."""
    return model_type(word)


def _after(text: str, place: int) -> int:
    return _SPACE.match(text, place).end()  # type: ignore[union-attr]
