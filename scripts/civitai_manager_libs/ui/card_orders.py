"""Queues models from their cards and tells the page what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from ..domain.target_types import Target
from ..domain.task import State
from ..errors import ShortcutError
from ..i18n import error_text, text
from ..transfers.plan import Ordered
from .browsers import OpenPage
from .present_notices import Card, failed_card, said_card

_FAILED_CARD_SECONDS = 600.0
Name = Callable[[int], str]
"""What a model of that id is called."""


class Orders(Protocol):
    """See :class:`.downloader.DownloadEngine`; takes a while."""

    def order_many(self, targets: Iterable[Target]) -> list[Ordered]: ...


def order_cards(page: OpenPage, engine: Orders, targets: Sequence[Target], name: Name) -> str:
    """Queue the usual file of each of ``targets``, which name a model each; gives what was said of
    it. Takes a while.
    """
    ids = [target.model_id or 0 for target in targets]
    queued, there, failed = list[int](), list[int](), list[tuple[int, ShortcutError]]()
    try:
        ordered = engine.order_many(targets)
    except ShortcutError as error:
        failed = [(number, error) for number in ids]
    else:
        for one in ordered:
            number = one.target.model_id or 0
            if one.error is not None:
                failed.append((number, one.error))
            else:
                (there if _is_there(one) else queued).append(number)
    said = [
        _tell_done(page, 'browse.queued', queued, name),
        _tell_done(page, 'browse.there_already', there, name),
        tell_failed(page, 'browse.not_queued', failed, name),
    ]
    return ' '.join(filter(None, said))


def _is_there(ordered: Ordered) -> bool:
    return bool(ordered.tasks) and all(one.state is State.DONE for one in ordered.tasks)


def _tell_done(page: OpenPage, key: str, done: Sequence[int], name: Name) -> str:
    if not done:
        return ''
    key = key if len(done) == 1 else f'{key}_many'
    values = {'n': f'{len(done):,}', 'name': name(done[0])}
    page.say(lambda place: said_card(place, key, **values))
    return text(key, **values)


def tell_failed(
    page: OpenPage, key: str, failed: Sequence[tuple[int, ShortcutError]], name: Name
) -> str:
    """One card for all of them, with the reason of the first; gives its title, '' for none."""
    if not failed:
        return ''
    number, error = failed[0]
    several = len(failed) > 1
    title = text(f'{key}_many' if several else key, n=f'{len(failed):,}', name=name(number))
    words = text('browse.first_reason', reason=error_text(error)) if several else error_text(error)

    def card(place: int) -> Card:
        return failed_card(place, title, words, '')

    page.say(card, _FAILED_CARD_SECONDS)
    return title
