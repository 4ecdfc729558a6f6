"""The options that say which models of Civitai are meant, and what they come to."""

from __future__ import annotations

import argparse
import re
from dataclasses import replace

from .. import i18n, setting
from ..domain.search import PERIODS, SORTS, ModelQuery, model_type, named_like

DEFAULT_LIMIT = 100
"""Models that a search means when nobody says how many; all of one creator's."""

_FILTERS = ('base_model', 'tag', 'username', 'sort', 'period', 'nsfw', 'limit')


def add_search_arguments(parser: argparse.ArgumentParser) -> None:
    """The filters of a search, but ``--type``: commands say themselves what that means."""

    def text(name: str) -> str:
        return i18n.text(f'cli.search.{name}')

    parser.add_argument('--base-model', action='append', metavar='B', help=text('base_model'))
    parser.add_argument('--tag', metavar='T', help=text('tag'))
    parser.add_argument('--username', metavar='U', help=text('username'))
    orders, periods = ', '.join(SORTS), ', '.join(PERIODS)
    sort = i18n.text('cli.search.sort', known=orders)
    parser.add_argument('--sort', type=_OneOf(SORTS), metavar='S', help=sort)
    period = i18n.text('cli.search.period', known=periods)
    parser.add_argument('--period', type=_OneOf(PERIODS), metavar='P', help=period)
    parser.add_argument('--nsfw', action=argparse.BooleanOptionalAction, help=text('nsfw'))
    parser.add_argument('--limit', type=number_of_models, metavar='N', help=text('limit'))


def filters_given(arguments: argparse.Namespace) -> bool:
    """Whether any of those options was used."""
    return any(getattr(arguments, name) is not None for name in _FILTERS)


def wants_adult(arguments: argparse.Namespace) -> bool:
    """Whether adult content is asked for; where no option says so, as the settings have it."""
    said: bool | None = arguments.nsfw
    return setting.current().wants_adult if said is None else said


def narrowed_query(arguments: argparse.Namespace, query: ModelQuery) -> ModelQuery:
    """``query`` with what the options say instead of what it said."""
    given = {
        'types': tuple(map(model_type, arguments.type or ())),
        'base_models': tuple(name.strip() for name in arguments.base_model or ()),
        'tag': arguments.tag,
        'username': arguments.username,
        'sort': arguments.sort,
        'period': arguments.period,
    }
    named = {name: value for name, value in given.items() if value}
    return replace(query, nsfw=wants_adult(arguments), **named)


def limit_of(arguments: argparse.Namespace, query: ModelQuery) -> int | None:
    """How many models are taken, None for all of them."""
    if arguments.limit is not None:
        return arguments.limit or None
    return None if query.username else DEFAULT_LIMIT


def filters_in_words(query: ModelQuery) -> str:
    """What narrows ``query``, as it would be typed; what narrows most stands first."""
    options = [
        *(('--type', name) for name in query.types),
        *(('--base-model', name) for name in query.base_models),
        ('--tag', query.tag),
        ('--username', query.username),
        ('--period', query.period),
    ]
    words = [f'"{query.text}"'] if query.text else []
    return ', '.join([*words, *(f'{option} {value}' for option, value in options if value)])


def number_of_models(text: str) -> int:
    """What ``--limit`` takes; 0 is all of them."""
    if not re.fullmatch(r'[0-9]{1,7}', text):
        raise argparse.ArgumentTypeError(i18n.text('cli.search.limit_shape'))
    return int(text)


class _OneOf:
    """A name of a list, in any case and with ``-`` for spaces."""

    def __init__(self, known: tuple[str, ...]) -> None:
        self._known = known

    def __call__(self, text: str) -> str:
        found = named_like(text, self._known)
        if found not in self._known:
            known = ', '.join(self._known)
            raise argparse.ArgumentTypeError(i18n.text('cli.search.choose', known=known))
        return found
