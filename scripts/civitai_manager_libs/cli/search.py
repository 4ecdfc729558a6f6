"""``search``: models on Civitai, one a line."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from .. import i18n
from ..app import App
from ..catalogue import CardPage, Marks
from ..domain.browse_filters import HIDE, SHOW, BrowseFilters
from ..domain.model_card import ModelCard
from ..domain.search import ModelQuery
from ..entries import error_entry
from ..errors import ExitCode, NothingFound, ShortcutError, TagUnknown
from ..util import size_text
from .environment import Environment
from .output import aligned, moment, print_json, printable
from .search_options import (
    add_search_arguments,
    filters_in_words,
    limit_of,
    narrowed_query,
    wants_adult,
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``search`` understands."""
    words = i18n.text('cli.search.query')
    parser.add_argument('query', nargs='?', default='', metavar='QUERY', help=words)
    types = i18n.text('cli.search.type')
    parser.add_argument('--type', action='append', metavar='T', help=types)
    add_search_arguments(parser)
    parser.add_argument('--json', action='store_true', help=i18n.text('cli.download.json'))
    parser.set_defaults(usage_error=parser.error)


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Print the models page by page as they come; with ``--json`` all together. What broke off is
    said after what had come.
    """
    app = environment.open_app()
    filters = _filters(app, arguments)
    found = _Found(app, limit_of(arguments, filters.query))
    for cards, marks in found.read(app.catalogue.pages(filters)):
        if not arguments.json:
            print('\n'.join(_lines(cards, marks)), file=environment.stdout, flush=True)
    error = found.error(filters.query)
    if arguments.json:
        print_json({**found.document(), 'error': _entry(error)}, environment.stdout)
    _say_rest(found, environment)
    if error is None:
        return ExitCode.DONE
    if found.since is None:
        raise error
    environment.say_line(i18n.error_text(error))
    return ExitCode.DONE  # there is an answer, of another day


def _filters(app: App, arguments: argparse.Namespace) -> BrowseFilters:
    """What is looked for: words, or the link of a creator or a list, and the options."""
    text = arguments.query.strip()
    usual = BrowseFilters(ModelQuery(text=text), SHOW if wants_adult(arguments) else HIDE)
    linked = app.catalogue.linked_filters(text, usual)
    if linked is None and ('://' in text or ('/' in text and app.catalogue.is_link(text))):
        arguments.usage_error(i18n.text('cli.search.no_list'))
    filters = linked if linked is not None else usual
    return replace(filters, query=narrowed_query(arguments, filters.query))


class _Found:
    """What a search has given so far; ``limit`` models are enough, None takes them all."""

    def __init__(self, app: App, limit: int | None) -> None:
        self._catalogue = app.catalogue
        self._limit = limit
        self._entries: list[dict[str, Any]] = []
        self._unknown_tag = ''
        self.nearest_tags: tuple[str, ...] = ()
        self._problem: ShortcutError | None = None
        self.left_out = 0
        self.broken = 0
        self.more = False
        self.astray = False
        self.since: float | None = None

    def read(self, pages: Iterator[CardPage]) -> Iterator[tuple[Sequence[ModelCard], Marks]]:
        """The cards of each page that are wanted, with what the person has of them."""
        for page in pages:
            self._note(page)
            rest = None if self._limit is None else self._limit - len(self._entries)
            cards = page.cards[:rest]
            self.more = page.more or len(cards) < len(page.cards)
            if cards:
                marks = self._catalogue.marks([card.model_id for card in cards])
                self._entries += [_document(card, marks) for card in cards]
                yield cards, marks
            if page.problem is not None or len(self._entries) == self._limit:
                return

    def _note(self, page: CardPage) -> None:
        self.left_out += page.left_out
        self.broken += page.broken
        self.astray = page.astray
        self.since = page.since if page.since is not None else self.since
        self._unknown_tag, self.nearest_tags = page.unknown_tag, page.nearest_tags
        self._problem = page.problem

    def error(self, query: ModelQuery) -> ShortcutError | None:
        """Why there is nothing, or nothing more, or nothing new."""
        if self._unknown_tag:
            return TagUnknown(tag=self._unknown_tag)
        if self._problem is not None or self._entries:
            return self._problem
        return NothingFound(filters=filters_in_words(query) or query.address)

    def document(self) -> dict[str, Any]:
        """All of it as ``--json`` has it."""
        return {
            'models': self._entries,
            'more': self.more,
            'left_out': self.left_out,
            'broken': self.broken,
            'astray': self.astray,
            'since': moment(self.since),
            'nearest_tags': list(self.nearest_tags),
        }


def _document(card: ModelCard, marks: Marks) -> dict[str, Any]:
    ends = card.early_access_ends
    return {
        'id': card.model_id,
        'name': card.name,
        'type': card.type,
        'base_models': list(card.base_models),
        'creator': card.creator,
        'tags': list(card.tags),
        'version_id': card.version_id,
        'published_at': card.published.isoformat() if card.published else None,
        'downloads': card.downloads,
        'likes': card.likes,
        'bytes': card.size,
        'cover': card.cover.url if card.cover else None,
        'nsfw_level': card.cover.nsfw_level if card.cover else 0,
        'warning': card.warning or None,
        'early_access_ends_at': ends.isoformat() if ends else None,
        'saved': card.model_id in marks.saved,
        'installed': card.model_id in marks.installed,
    }


def _entry(error: ShortcutError | None) -> dict[str, str] | None:
    return error_entry(error.code, error.details) if error is not None else None


def _lines(cards: Sequence[ModelCard], marks: Marks) -> list[str]:
    rows = [
        (
            str(card.model_id),
            card.type,
            ', '.join(card.base_models[:2]),
            size_text(card.size) if card.size else '',
            f'{card.downloads:,}' if card.downloads is not None else '',
            ' · '.join(part for part in (card.name, card.creator, *_words(card, marks)) if part),
        )
        for card in cards
    ]
    return aligned([tuple(map(printable, row)) for row in rows], '><<>><')


def _words(card: ModelCard, marks: Marks) -> list[str]:
    found = []
    if card.model_id in marks.installed:
        found.append(i18n.text('cli.search.installed'))
    if card.model_id in marks.saved:
        found.append(i18n.text('cli.search.saved'))
    if card.warning:
        found.append(i18n.text(f'cli.search.{card.warning}'))
    return found


def _say_rest(found: _Found, environment: Environment) -> None:
    if found.since is not None:
        day = datetime.fromtimestamp(found.since).strftime('%Y-%m-%d %H:%M')
        environment.say('cli.search.since', since=day)
    if found.nearest_tags:
        environment.say('cli.search.nearest_tags', tags=', '.join(found.nearest_tags))
    if found.left_out:
        environment.say('cli.search.left_out', count=found.left_out)
    if found.broken:
        environment.say('cli.search.broken', count=found.broken)
    if found.astray:
        environment.say('cli.search.astray')
    elif found.more and found.since is None:
        environment.say('cli.search.more')
