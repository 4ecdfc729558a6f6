"""What somebody can wish for in the Shortcuts tab: what a click changes of the query. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..domain.shortcut import ShortcutSort
from .present_shortcut_side import ALL, CLASS, FAVOURITES, GONE
from .tabs import click_of

_MOST_TEXT = 200


def _show(item: str, value: str, words: str) -> dict[str, Any]:
    name = value if item == CLASS else None
    return {'favourite': item == FAVOURITES, 'gone': item == GONE, 'class_name': name}


def _sort(item: str, value: str, words: str) -> dict[str, Any]:
    return {'sort': click_of({one.value: one for one in ShortcutSort}, value)}


_LOOSE: dict[str, dict[str, Any]] = {
    'text': {'text': ''},
    'show': {'favourite': False, 'gone': False, 'class_name': None},
    'type': {'types': ()},
    'base': {'base_models': ()},
    'tag': {'tag': None},
    'installed': {'installed': False},
}


def _loosen(item: str, value: str, words: str) -> dict[str, Any]:
    if item == ALL:
        return {name: field for wish in _LOOSE.values() for name, field in wish.items()}
    return _LOOSE.get(item, {})


def _some(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


WISHES: Mapping[str, Callable[[str, str, str], dict[str, Any]]] = {
    'show': _show,
    'type': lambda item, value, words: {'types': _some(value)},
    'base': lambda item, value, words: {'base_models': _some(value)},
    'tag': lambda item, value, words: {'tag': value or None},
    'installed': lambda item, value, words: {'installed': value == 'on'},
    'sort': _sort,
    'text': lambda item, value, words: {'text': ' '.join(words.split())[:_MOST_TEXT]},
    'loosen': _loosen,
}
"""Each takes id, value and text of a click and gives fields of :class:`.ShortcutQuery`."""
