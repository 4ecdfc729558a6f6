"""Everything that one browser should show of the Downloads tab at this moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from .. import notify
from ..domain.models import ModelFile
from ..domain.placement import Placement, PlacementRules
from ..errors import ShortcutError
from ..i18n import text
from ..transfers.resolve import Found
from .browsers import OpenPage
from .choosing import Choice
from .deltas import View
from .icons import icon
from .present_choice import CardPlace, card_html, head_html, main_button_html
from .present_notices import notice_cards
from .present_queue import filters_html, grouped, nothing_html, queue_view
from .present_row import RowPlace
from .present_transfer import left_bytes, summary_text, transfer_html
from .watch import QueueWatch
from .words import escape


@dataclass(frozen=True)
class ViewParts:
    """What the view is made with; see ``Surroundings``."""

    rules: PlacementRules
    picture: Callable[[str, int], str]
    placement: Callable[[Found, ModelFile], Placement]
    suggestions: Sequence[tuple[str, str]]
    program: str
    has_key: bool

    @property
    def roots(self) -> tuple[str, ...]:
        """The folders that others are shown below."""
        return (self.rules.root, self.rules.download_root)


def page_view(page: OpenPage, watch: QueueWatch, parts: ViewParts) -> View:
    """The view of ``page``, whose lock the caller holds."""
    snapshot = watch.snapshot()
    tasks = snapshot.tasks
    groups = grouped(tasks)
    choices = page.choosing.all()
    place = RowPlace(parts.roots, parts.picture, program=parts.program)
    queue = queue_view(groups, page.shown, place, page.confirming)
    left = left_bytes(tasks)
    any_task = any(groups.values())
    cards = [*notice_cards(notify.board.since(0), tasks), *page.said()]
    empty = not queue.rows and (any_task or not choices)
    return {
        'parts': {
            'main': main_button_html(choices),
            'choice-head': head_html(choices),
            'filters': filters_html(groups, page.shown),
            'nothing': nothing_html(page.shown, any_task, parts.suggestions) if empty else '',
            'summary': escape(summary_text(snapshot.speed, left)),
            'transfer': transfer_html(snapshot.speed, left, snapshot.free, watch.history()),
            'key': _key_pill(parts.has_key),
            'live': escape(page.live_words(tasks)),
        },
        'orders': {
            'queue': queue.order,
            'choices': [_one_group([choice.key for choice in choices])],
            'notices': [_one_group([card.key for card in cards])],
        },
        'queue': queue.rows,
        'fields': queue.fields,
        'choices': {choice.key: _card(page, choice, parts, len(choices)) for choice in choices},
        'notices': {card.key: card.html for card in cards},
        'page': {
            'count': len(groups['running']),
            'busy': any(one.step in ('waiting', 'looking', 'adding') for one in choices),
        },
    }


def _one_group(keys: Sequence[str]) -> dict[str, Any]:
    return {'key': '', 'head': '', 'keys': list(keys), 'foot': ''}


def _card(page: OpenPage, choice: Choice, parts: ViewParts, count: int) -> str:
    """Cards are many and change rarely, so they are made once for each change."""
    state = (choice.stamp, count == 1, parts.rules)
    made = page.card_html.get(choice.key)
    if made is None or made[0] != state:
        place = CardPlace(parts.roots, parts.picture, _placement(choice, parts), count == 1)
        made = page.card_html[choice.key] = (state, card_html(choice, place))
    return made[1]


def _placement(choice: Choice, parts: ViewParts) -> Placement | None:
    if choice.version is None or choice.file is None:
        return None
    try:
        return parts.placement(choice.version, choice.file)
    except ShortcutError:  # said when it is queued; here there is just no folder to show
        return None


def _key_pill(has_key: bool) -> str:
    words = escape(text('page.key_set' if has_key else 'page.key_missing'))
    return f'<span class="cs-pill">{icon("key")}{words}</span>'
