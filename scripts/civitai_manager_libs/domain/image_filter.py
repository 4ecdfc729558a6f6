"""What a person gives to say which pictures: levels, limits, and parameters of the API by name
(civitai-api.md section 3.10).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import SettingInvalid
from .image_query import ImageQuery
from .nsfw import LEVELS

_ALLOWED = ' | '.join(LEVELS)
_NUMBERS = {
    'modelId': 'model_id',
    'modelVersionId': 'version_id',
    'postId': 'post_id',
    'imageId': 'image_id',
}
_WORDS = ('username', 'sort', 'period')
_CUMULATIVE = {name.lower(): tuple(LEVELS)[: place + 1] for place, name in enumerate(LEVELS)}
_OURS = ('page', 'cursor', 'nsfw')


@dataclass(frozen=True)
class FilteredImages:
    """A query, and the cursor that it begins at."""

    query: ImageQuery
    cursor: str | None = None


def read_levels(names: Iterable[str] | None) -> tuple[str, ...] | None:
    """``names`` of levels in any case as a query has them, None for all. Raises SettingInvalid."""
    if names is None:
        return None
    known = {name.lower(): name for name in LEVELS}
    given = [names] if isinstance(names, str) else list(names)
    for name in given:
        if str(name).lower() not in known:
            raise SettingInvalid(key='nsfw_levels', value=str(name)[:80], allowed=_ALLOWED)
    wanted = {known[str(name).lower()] for name in given}
    return tuple(name for name in LEVELS if name in wanted)


def read_limit(limit: int) -> int:
    """How many pictures at most, 0 for all; raises SettingInvalid for less."""
    if limit < 0:
        raise SettingInvalid(key='limit', value=str(limit), allowed='0–')
    return limit


def read_filter(
    parameters: Mapping[str, Any], default_levels: tuple[str, ...] | None
) -> FilteredImages:
    """The query that ``parameters`` of ``/images`` make: numbers, words, yes and no, lists of them
    (joined by commas); what is None counts as not given.

    ``nsfw`` is as the API has it: a level and those that are milder, ``True`` for only Mature and
    X, ``False`` for None alone; a list means those levels. Without it and ``browsingLevel`` the
    ``default_levels`` are wanted. ``page`` is never passed on, since it leads in circles. Raises
    SettingInvalid for what is no level or no number.
    """
    given = {name: value for name, value in parameters.items() if value is not None}
    found: dict[str, Any] = {'levels': _levels(given, default_levels)}
    for name, field in _NUMBERS.items():
        if name in given:
            found[field] = _number(name, given.pop(name))
    found.update((name, str(given.pop(name))) for name in _WORDS if name in given)
    others = tuple((name, _text(value)) for name, value in given.items() if name not in _OURS)
    cursor = given.get('cursor')
    return FilteredImages(
        ImageQuery(**found, others=others), None if cursor is None else str(cursor)
    )


def _levels(given: Mapping[str, Any], default: tuple[str, ...] | None) -> tuple[str, ...] | None:
    if 'browsingLevel' in given:
        mask = _number('browsingLevel', given['browsingLevel'])
        names = tuple(name for name, bits in LEVELS.items() if mask & bits)
        return None if mask & 31 == 31 else names
    if 'nsfw' not in given:
        return default
    value = given['nsfw']
    if isinstance(value, (list, tuple, set, frozenset)):
        return read_levels([str(name) for name in value])
    word = str(value).lower()
    if word in ('true', 'false'):
        return ('Mature', 'X') if word == 'true' else ('None',)
    if word not in _CUMULATIVE:
        raise SettingInvalid(key='nsfw', value=str(value)[:80], allowed=_ALLOWED)
    return _CUMULATIVE[word]


def _number(name: str, value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise SettingInvalid(key=name, value=str(value)[:80], allowed='0–') from error


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if isinstance(value, (list, tuple, set, frozenset)):
        return ','.join(_text(one) for one in value)
    return str(value)
