"""The queue as groups of rows, its filters and buttons, and what it says when it is empty. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..domain.task import MOVING, State, Task
from ..i18n import text
from .icons import EMPTY_QUEUE, icon
from .present_row import RowPlace, needs_person, row_fields, row_html
from .words import button, escape

GROUPS = ('needs', 'running', 'waiting', 'today', 'earlier')
FILTERS: Mapping[str, tuple[str, ...]] = {
    'all': GROUPS,
    'running': ('running',),
    'waiting': ('waiting',),
    'needs': ('needs',),
    'done': ('today', 'earlier'),
}
_MOST_SHOWN = {'waiting': 300, 'today': 100, 'earlier': 50}


@dataclass(frozen=True)
class QueueView:
    """What the browser shows of the queue: the order of its groups, the frame and the fields of
    each row.
    """

    order: list[dict[str, Any]]
    rows: dict[str, str]
    fields: dict[str, dict[str, str | float]]


def group_of(task: Task, midnight: float) -> str | None:
    """Which group a task stands in; a cancelled one in none."""
    if task.state is State.CANCELLED:
        return None
    if needs_person(task):
        return 'needs'
    if task.state in MOVING:
        return 'running'
    if task.state in (State.QUEUED, State.PAUSED):
        return 'waiting'
    return 'today' if (task.finished or 0) >= midnight else 'earlier'


def grouped(tasks: Iterable[Task], now: float | None = None) -> dict[str, list[Task]]:
    """The tasks by group, each in its order: what waits as it will run, what is done the latest
    first.
    """
    moment = datetime.fromtimestamp(time.time() if now is None else now)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
    groups: dict[str, list[Task]] = {name: [] for name in GROUPS}
    for task in tasks:
        name = group_of(task, midnight)
        if name is not None:
            groups[name].append(task)
    groups['waiting'].sort(
        key=lambda task: (task.state is State.PAUSED, -task.order.priority, task.id)
    )
    for name in ('today', 'earlier'):
        groups[name].sort(key=lambda task: -(task.finished or 0))
    return groups


def queue_view(
    groups: Mapping[str, Sequence[Task]], shown: str, place: RowPlace, confirming: int | None
) -> QueueView:
    """The part of the queue that filter ``shown`` lets through."""
    view = QueueView([], {}, {})
    for name in FILTERS[shown]:
        tasks = groups[name][: _MOST_SHOWN.get(name)]
        if not tasks:
            continue
        more = len(groups[name]) - len(tasks)
        keys = [str(task.id) for task in tasks]
        view.order.append({'key': name, 'head': _head(name), 'keys': keys, 'foot': _foot(more)})
        line = 0
        for task in tasks:
            waits = task.state is State.QUEUED
            line += waits
            position = line if waits and name == 'waiting' else None
            here = replace(place, position=position, confirming=task.id == confirming)
            view.rows[str(task.id)] = row_html(task, here)
            view.fields[str(task.id)] = row_fields(task, here)
    return view


def filters_html(groups: Mapping[str, Sequence[Task]], shown: str) -> str:
    """The segments with their counts, and the buttons for everything at once."""
    if not any(groups.values()):
        return ''
    segments = ''.join(
        _segment(name, sum(len(groups[part]) for part in FILTERS[name]), name == shown)
        for name in FILTERS
    )
    return (
        f'<div class="cs-segments" role="group" aria-label="{escape(text("page.filter"))}">'
        f'{segments}</div><div class="cs-for-all">{_for_all(groups)}</div>'
    )


def _segment(name: str, count: int, on: bool) -> str:
    dot = '<i class="cs-dot cs-bad" aria-hidden="true"></i>' if name == 'needs' and count else ''
    return (
        f'<button type="button" class="cs-segment" data-cs-action="filter" data-cs-id="{name}" '
        f'aria-pressed="{"true" if on else "false"}">{dot}'
        f'{escape(text(f"page.filter_{name}"))} {count}</button>'
    )


def _for_all(groups: Mapping[str, Sequence[Task]]) -> str:
    waiting = groups['waiting']
    found = ''
    if groups['running'] or any(task.state is State.QUEUED for task in waiting):
        found += button('pause-all', '', text('page.pause_all'), icon('pause'))
    if any(task.state is State.PAUSED for task in waiting):
        found += button('resume-all', '', text('page.resume_all'), icon('play'))
    return found


def _head(name: str) -> str:
    drawn = icon('alert') if name == 'needs' else ''
    words = escape(text(f'page.group_{name}'))
    return f'<h3 class="cs-group-head cs-group-{name}">{drawn}{words}</h3>'


def _foot(more: int) -> str:
    return f'<p class="cs-help">{escape(text("page.more_rows", n=more))}</p>' if more else ''


def nothing_html(shown: str, any_task: bool, suggestions: Sequence[tuple[str, str]]) -> str:
    """What stands where rows would: the empty queue, or a filter that lets nothing through."""
    if any_task:
        loosen = button('filter', 'all', text('page.show_all'))
        return f'<div class="cs-nothing"><p>{escape(text("page.nothing_here"))}</p>{loosen}</div>'
    chips = ''.join(
        button('paste', '', words, icon('link'), 'chip', value=link) for link, words in suggestions
    )
    head = f'<p class="cs-help">{escape(text("page.suggestions"))}</p>' if chips else ''
    return (
        f'<div class="cs-empty">{EMPTY_QUEUE}<h2>{escape(text("page.empty_title"))}</h2>'
        f'<p>{escape(text("page.empty_words"))}</p>{head}<div class="cs-chips">{chips}</div></div>'
    )
