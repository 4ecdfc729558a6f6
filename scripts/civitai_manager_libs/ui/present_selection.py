"""The bar for the downloads that are selected. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..domain.task import AFTER, CLEARABLE, Action, State, Task
from ..i18n import text
from ..util import size_text
from .icons import icon
from .present_row import HARMLESS_TO_DROP
from .words import button, escape

SELECTED = 'selected'
"""Stands for the numbers of all that are selected."""


def _can(action: Action) -> Callable[[Task], bool]:
    return lambda task: task.state in AFTER[action][0]


_OFFERS: tuple[tuple[str, str, str, Callable[[Task], bool]], ...] = (
    ('pause', 'page.pause', 'pause', _can(Action.PAUSE)),
    ('resume', 'page.resume', 'play', _can(Action.RESUME)),
    ('retry', 'page.retry', 'retry', lambda task: task.state is State.FAILED),
    ('front', 'page.front', 'top', lambda task: task.state in (State.QUEUED, State.PAUSED)),
    ('cancel', 'page.cancel', 'close', _can(Action.CANCEL)),
    ('remove', 'page.remove', 'remove', lambda task: task.state in CLEARABLE),
)


def dropped_bytes(tasks: Sequence[Task]) -> int:
    """What cancelling ``tasks`` throws away; 0 when it can be fetched again in a moment."""
    lost = sum(task.received for task in tasks if task.state in AFTER[Action.CANCEL][0])
    return lost if lost > HARMLESS_TO_DROP else 0


def selection_html(tasks: Sequence[Task], in_filter: int, asking: bool) -> str:
    """What can be done with ``tasks``, all at once; nothing when none is selected. ``in_filter``
    tasks could be, and ``asking`` says that somebody wants to cancel them.
    """
    if not tasks:
        return ''
    label = escape(text('page.selection'))
    return (
        f'<div class="cs-selection{" cs-asks" if asking else ""}" role="toolbar" '
        f'aria-label="{label}">{_asks(tasks) if asking else _offers(tasks, in_filter)}</div>'
    )


def _offers(tasks: Sequence[Task], in_filter: int) -> str:
    count = escape(text('page.selected', n=len(tasks)))
    everything = ''
    if in_filter > len(tasks):
        everything = button('select-all', '', text('page.select_all', n=in_filter), kind='quiet')
    offers = ''.join(
        button(action, SELECTED, text(words), icon(drawn))
        for action, words, drawn, fits in _OFFERS
        if any(map(fits, tasks))
    )
    none = button('select-none', '', text('page.select_none'), icon('close'), 'icon')
    return (
        f'<strong>{count}</strong>{everything}<span class="cs-selection-do">{offers}</span>{none}'
    )


def _asks(tasks: Sequence[Task]) -> str:
    meant = sum(task.state in AFTER[Action.CANCEL][0] for task in tasks)
    words = text('page.cancel_drops', size=size_text(dropped_bytes(tasks)))
    really = text('page.cancel_really' if meant == 1 else 'page.cancel_many', n=meant)
    return (
        f'<p>{escape(words)}</p><span class="cs-selection-do">'
        f'{button("cancel-really", SELECTED, really, icon("close"))}'
        f'{button("keep", SELECTED, text("page.keep"))}</span>'
    )
