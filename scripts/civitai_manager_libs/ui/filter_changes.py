"""How clicks change what is looked for while browsing. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ..domain.browse_filters import ADULT, BLUR, HIDE, BrowseFilters
from ..domain.search import MODEL_TYPES, PERIODS, SORTS
from ..i18n import text
from .words import type_name

ALL_TIME = 'AllTime'
MOST_SIGNS = 200
"""Of a text, tag or creator that is looked for."""


@dataclass(frozen=True)
class FilterOn:
    """Something that narrows a search, and the ``words`` for it; ``kind`` and ``value`` are what
    :func:`loosened` takes.
    """

    kind: str
    value: str
    words: str


def filters_on(filters: BrowseFilters) -> list[FilterOn]:
    """What narrows a search besides its text, as somebody would take it away."""
    query = filters.query
    found = [FilterOn('type', one, type_name(one)) for one in query.types]
    found += [FilterOn('base', one, one) for one in query.base_models]
    if query.period and query.period != ALL_TIME:
        words = text(f'browse.within.{query.period}')
        found.append(FilterOn('period', query.period, words))
    if query.tag:
        found.append(FilterOn('tag', query.tag, text('browse.tag_on', name=query.tag)))
    if query.username:
        words = text('browse.creator_on', name=query.username)
        found.append(FilterOn('creator', query.username, words))
    for kind in ('hide_installed', 'hide_seen'):
        if getattr(filters, kind):
            found.append(FilterOn(kind, '', text(f'browse.{kind}')))
    return found


def loosened(filters: BrowseFilters, kind: str, value: str) -> BrowseFilters:
    """``filters`` without one of them: what :func:`filters_on` names, ``text``, or ``adult`` (adult
    content is then asked for, and blurred).
    """
    query = filters.query
    if kind == 'type':
        return _query(filters, types=tuple(one for one in query.types if one != value))
    if kind == 'base':
        kept = tuple(one for one in query.base_models if one != value)
        return _query(filters, base_models=kept)
    if kind == 'hide_installed':
        return replace(filters, hide_installed=False)
    if kind == 'hide_seen':
        return replace(filters, hide_seen=False)
    if kind == 'adult':
        return replace(filters, adult=BLUR)
    open_again: Mapping[str, dict[str, Any]] = {
        'period': {'period': ALL_TIME},
        'tag': {'tag': None},
        'creator': {'username': None},
        'text': {'text': ''},
    }
    return _query(filters, **open_again.get(kind, {}))


def cleared(filters: BrowseFilters) -> BrowseFilters:
    """No filter at all but how adult content is shown; the text that is looked for stays."""
    wide = BrowseFilters(adult=filters.adult)
    return _query(wide, text=filters.query.text, sort=filters.query.sort, period=ALL_TIME)


def _query(filters: BrowseFilters, **values: Any) -> BrowseFilters:
    return replace(filters, query=replace(filters.query, **values))


def _type(filters: BrowseFilters, item: str, value: str) -> BrowseFilters:
    if item in filters.query.types:
        return loosened(filters, 'type', item)
    if item not in MODEL_TYPES:
        return filters
    return _query(filters, types=(*filters.query.types, item))


def _base(filters: BrowseFilters, item: str, value: str) -> BrowseFilters:
    without = loosened(filters, 'base', item)
    if value != 'on' or not item:
        return without
    return _query(without, base_models=(*without.query.base_models, item[:MOST_SIGNS]))


def _sort(filters: BrowseFilters, item: str, value: str) -> BrowseFilters:
    return _query(filters, sort=value) if value in SORTS else filters


def _period(filters: BrowseFilters, item: str, value: str) -> BrowseFilters:
    return _query(filters, period=value) if value in PERIODS else filters


def _adult(filters: BrowseFilters, item: str, value: str) -> BrowseFilters:
    return replace(filters, adult=value if value in ADULT else HIDE)


def _tag(filters: BrowseFilters, item: str, value: str) -> BrowseFilters:
    return _query(filters, tag=value.strip()[:MOST_SIGNS] or None)


def _creator(filters: BrowseFilters, item: str, value: str) -> BrowseFilters:
    return _query(filters, username=value.strip()[:MOST_SIGNS] or None)


CHANGES: Mapping[str, Callable[[BrowseFilters, str, str], BrowseFilters]] = {
    'type': _type,
    'base': _base,
    'bases-none': lambda filters, item, value: _query(filters, base_models=()),
    'sort': _sort,
    'period': _period,
    'adult': _adult,
    'hide_installed': lambda filters, item, value: replace(filters, hide_installed=value == 'on'),
    'hide_seen': lambda filters, item, value: replace(filters, hide_seen=value == 'on'),
    'tag': _tag,
    'creator': _creator,
    'loosen': loosened,
    'clear-filters': lambda filters, item, value: cleared(filters),
}
"""By the names of actions: what filters become of it."""
