"""Everything that one browser should show of the Downloads tab at this moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Optional

from .. import i18n, notify
from ..domain.models import ModelFile
from ..domain.placement import Placement, PlacementRules
from ..errors import ShortcutError
from ..memory import guard
from ..setting_values import Settings
from ..transfers.resolve import Found
from .browsers import OpenPage
from .choice import Choice
from .deltas import View
from .frames import DOWNLOADS
from .icons import icon
from .present_choice import CardPlace, card_html, head_html, main_button_html
from .present_limits import KEYS, limits_html, memory_text, rest_text, toggle_html, values_of
from .present_notices import notice_cards
from .present_queue import RowCache, filters_html, nothing_html, queue_view
from .present_row import RowPlace
from .present_selection import selection_html
from .present_transfer import summary_text, transfer_html
from .queue_model import FILTERS, QueueModel
from .watch import QueueWatch
from .words import escape


@dataclass(frozen=True)
class ViewParts:
    """What the view is made with; see ``Surroundings``."""

    place: RowPlace
    rows: RowCache
    placement: Callable[[Found, ModelFile, Optional[str]], Placement]
    rules: PlacementRules
    suggestions: Sequence[tuple[str, str]]
    settings: Settings
    overridden: Mapping[str, str]


def page_view(page: OpenPage, watch: QueueWatch, parts: ViewParts) -> View:
    """The view of ``page``, whose lock the caller holds."""
    with watch.reading() as queue:
        page.keep_selected(queue)
        return {**_queue(page, queue, parts), **_rest(page, queue, watch, parts)}


def _queue(page: OpenPage, queue: QueueModel, parts: ViewParts) -> View:
    rows = queue_view(
        queue,
        page.shown,
        parts.place,
        confirming=page.confirming,
        more=page.more,
        cache=parts.rows,
    )
    choices = page.choosing.all()
    needs_shown = page.tab == DOWNLOADS and 'needs' in FILTERS[page.shown]
    told = notify.board.since(0)
    cards = [*notice_cards(told, queue.get, page.told_before, needs_shown), *page.said()]
    return {
        'orders': {
            'queue': rows.order,
            'choices': [_one_group([choice.key for choice in choices])],
            'notices': [_one_group([card.key for card in cards])],
        },
        'queue': rows.rows,
        'fields': rows.fields,
        'choices': {choice.key: _card(page, choice, parts, len(choices)) for choice in choices},
        'notices': {card.key: card.html for card in cards},
        'page': {
            'count': queue.count('running'),
            'busy': any(one.busy for one in choices),
            'selected': sorted(page.selected),
        },
    }


def _rest(page: OpenPage, queue: QueueModel, watch: QueueWatch, parts: ViewParts) -> View:
    choices = page.choosing.all()
    in_filter = queue.total(FILTERS[page.shown])
    nothing = in_filter == 0 and (queue.total() or not choices)
    chosen = queue.among(sorted(page.selected), FILTERS[page.shown])
    values = values_of(parts.settings)
    speed, left = queue.speed, queue.left
    resting = rest_text(parts.settings.quiet, queue.queued, time.localtime())
    resting = resting or memory_text(guard.waiting, guard.limit)
    return {
        'parts': {
            'main': main_button_html(choices),
            'choice-head': head_html(choices, len(page.choosing.left_out)),
            'filters': filters_html(queue, page.shown),
            'selection': selection_html(chosen, in_filter, page.asking),
            'nothing': (
                nothing_html(page.shown, queue.total() > 0, parts.suggestions) if nothing else ''
            ),
            'summary': escape(summary_text(speed, left)),
            'limits-turn': toggle_html(),
            'resting': _resting(resting),
            'transfer': transfer_html(speed, left, watch.free, watch.history()),
            'limits': limits_html(parts.settings, parts.overridden),
            'live': escape(page.live_words(queue)),
        },
        'controls': {key: [values[key], page.problems.get(key, '')] for key in KEYS},
    }


def _resting(words: str) -> str:
    return f'<p class="cs-resting">{icon("clock")}<span>{escape(words)}</span></p>' if words else ''


def _one_group(keys: Sequence[str]) -> dict[str, Any]:
    return {'key': '', 'head': '', 'keys': list(keys), 'foot': ''}


def _card(page: OpenPage, choice: Choice, parts: ViewParts, count: int) -> str:
    """Cards are many and change rarely, so they are made once for each change."""
    state = (choice.stamp, count == 1, parts.rules, i18n.language())
    made = page.card_html.get(choice.key)
    if made is None or made[0] != state:
        place = CardPlace(
            parts.place.roots, parts.place.picture, _placement(choice, parts), count == 1
        )
        made = page.card_html[choice.key] = (state, card_html(choice, place))
    return made[1]


def _placement(choice: Choice, parts: ViewParts) -> Placement | None:
    if choice.version is None or choice.file is None:
        return None
    try:
        return parts.placement(choice.version, choice.file, choice.place.override)
    except ShortcutError:  # said when it is queued; here there is just no folder to show
        return None
