"""Which models somebody wants to see while browsing, and how that is remembered. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from .search import PERIODS, SORTS, ModelQuery
from .target_types import LARGEST_ID

HIDE, BLUR, SHOW = 'hide', 'blur', 'show'
ADULT = (HIDE, BLUR, SHOW)
"""What is done with adult content; hidden is not even asked for."""


@dataclass(frozen=True)
class BrowseFilters:
    """What is looked for, and what of it is left out. ``query.nsfw`` is not looked at: ``adult``
    says it.
    """

    query: ModelQuery = ModelQuery(sort='Most Downloaded', period='Month')
    adult: str = HIDE
    hide_installed: bool = False
    hide_seen: bool = False

    @property
    def asked(self) -> ModelQuery:
        """The search as the API is asked for it."""
        return replace(self.query, nsfw=self.adult != HIDE)

    @property
    def number(self) -> int | None:
        """The id that the words may be as well: digits alone, as in all other fields."""
        words = self.query.text.strip()
        if not words.isdecimal() or len(words) > len(str(LARGEST_ID)):
            return None
        return int(words) if 0 < int(words) <= LARGEST_ID else None


def remembered(filters: BrowseFilters, adult: str) -> dict[str, Any]:
    """``filters`` as JSON, chosen while the settings said ``adult``."""
    query = filters.query
    return {
        'text': query.text,
        'types': list(query.types),
        'base_models': list(query.base_models),
        'tag': query.tag,
        'username': query.username,
        'sort': query.sort,
        'period': query.period,
        'adult': filters.adult,
        'adult_setting': adult,
        'hide_installed': filters.hide_installed,
        'hide_seen': filters.hide_seen,
    }


def recalled(said: object, adult: str) -> BrowseFilters:
    """What :func:`remembered` has written; whatever is of no use in it is as at the beginning.

    How adult content is shown is what the settings say now, ``adult``, unless something else was
    chosen since they say so.
    """
    usual = BrowseFilters(adult=adult)
    if not isinstance(said, Mapping):
        return usual
    query = ModelQuery(
        text=_text(said, 'text') or '',
        types=_texts(said, 'types'),
        base_models=_texts(said, 'base_models'),
        tag=_text(said, 'tag'),
        username=_text(said, 'username'),
        sort=_one_of(said, 'sort', SORTS, usual.query.sort),
        period=_one_of(said, 'period', PERIODS, usual.query.period),
    )
    chosen = _one_of(said, 'adult', ADULT, HIDE) or HIDE
    settled = said.get('adult_setting', HIDE) == adult
    return BrowseFilters(
        query,
        chosen if settled else adult,
        said.get('hide_installed') is True,
        said.get('hide_seen') is True,
    )


def _text(said: Mapping[str, Any], name: str) -> str | None:
    value = said.get(name)
    return value.strip() or None if isinstance(value, str) else None


def _texts(said: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = said.get(name)
    words = value if isinstance(value, list) else []
    return tuple(word.strip() for word in words if isinstance(word, str) and word.strip())


def _one_of(
    said: Mapping[str, Any], name: str, known: tuple[str, ...], usual: str | None
) -> str | None:
    value = said.get(name)
    return value if isinstance(value, str) and value in known else usual
