"""A later answer for a model laid over an earlier one, so that nothing is lost. Pure.

Answers come shorter than they were: fields are null or missing, a model is archived (no files) or
taken down (no pictures), where Civitai clamps what it shows pictures are left out, and minutes
after publishing there are no versions (civitai-api.md sections 3.2 to 3.6 and 7).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

_STATES = frozenset(
    ['mode', 'availability', 'earlyAccessDeadline', 'earlyAccessEndsAt', 'earlyAccessConfig']
    + ['paidAccess']
)
"""What has ended when an answer does not have it."""

_STATED = frozenset(['allowCommercialUse'])
"""What means something when it is empty."""

_WHOLE = frozenset(['stats', 'meta'])
"""Objects that are replaced, not filled up: creators hide single counters."""

_DEEPEST = 30
"""Answers nest half a dozen levels; whoever sends thousands must not stop us."""

_SIZE = 'sizeKB'
_UUID = re.compile(r'/([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})(?:/|$)')

Json = Mapping[str, Any]


def merged(old: Json, new: Json, deep: int = _DEEPEST) -> dict[str, Any]:
    """``new`` with what it does not say taken from ``old``; neither is changed. ``deep``: so many
    levels of it.
    """
    if not deep:
        return dict(new)
    result = {name: value for name, value in old.items() if name not in _STATES}
    for name, value in new.items():
        result[name] = _joined(name, old.get(name), value, deep - 1)
    return result


def version_ids(body: Json) -> frozenset[int]:
    """The ids of the versions that a model lists."""
    found = (one.get('id') for one in _objects(body.get('modelVersions')))
    return frozenset(number for number in found if isinstance(number, int) and is_id(number))


def versions_with(versions: object, version: Json) -> list[dict[str, Any]]:
    """``versions`` with one more (or more of one), at its place by the day it was published."""
    others = [dict(one) for one in _objects(versions)]
    for place, other in enumerate(others):
        if other.get('id') == version.get('id'):
            others[place] = merged(other, version)
            return others
    day = str(version.get('publishedAt') or '')
    older = (
        place for place, one in enumerate(others) if day and str(one.get('publishedAt') or '') < day
    )
    others.insert(next(older, len(others)), dict(version))
    return others


def is_id(value: object) -> bool:
    """Whether ``value`` is a number as ids are."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _joined(name: str, old: Any, new: Any, deep: int) -> Any:
    if name == 'modelVersions':
        return _lists(old, new, _number, _all_stay, deep)
    if name == 'files':
        return _lists(old, new, _number, _none_stay, deep)
    if name == 'images':
        return _lists(old, new, _picture, _stay_when_shorter, deep)
    if name in _STATED:
        return old if new is None else new
    if _says_nothing(name, new) or (not _says_nothing(name, old) and _other_shape(old, new)):
        return new if old is None else old
    if isinstance(new, Mapping) and isinstance(old, Mapping) and name not in _WHOLE:
        return merged(old, new, deep)
    return new


Stays = Callable[[set[object], set[object]], bool]
"""Whether what an earlier list had (first) and a later one (second) has not is kept."""


def _all_stay(old: set[object], new: set[object]) -> bool:
    return True


def _none_stay(old: set[object], new: set[object]) -> bool:
    return False


def _stay_when_shorter(old: set[object], new: set[object]) -> bool:
    """Only less was shown; with something new in it, the list was made anew."""
    return new < old


def _lists(
    old: object, new: object, key: Callable[[Json], object], stays: Stays, deep: int
) -> list[dict[str, Any]]:
    """``new``, each object over the one of the same key in ``old``, then what of ``old`` stays; all
    of it when ``new`` is empty. What has no key is of no use to anybody.
    """
    before = {key(one): one for one in _objects(old) if key(one)}
    after = {key(one): one for one in _objects(new) if key(one)}
    result = [merged(before.get(name, {}), one, deep) for name, one in after.items()]
    if not after or stays(set(before), set(after)):
        result += [dict(one) for name, one in before.items() if name not in after]
    return result


def _number(entry: Json) -> object:
    number = entry.get('id')
    return number if is_id(number) else None


def _picture(image: Json) -> object:
    """What tells a picture from others: the address gives it in many sizes."""
    url = str(image.get('url') or '')
    found = _UUID.search(url)
    return found.group(1).lower() if found else url


def _objects(value: object) -> list[Json]:
    """The objects in a list, whatever else is in it."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _says_nothing(name: str, value: object) -> bool:
    if value is None or (name == _SIZE and value == 0):
        return True
    return isinstance(value, (str, list, dict)) and not value


def _other_shape(old: object, new: object) -> bool:
    """Whether only one of them holds further values, or they do so in another way."""
    return any(isinstance(old, kind) != isinstance(new, kind) for kind in (Mapping, list))
