"""The queue as groups of rows, its filters and buttons, and what it says when it is empty. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.task import State, Task
from ..i18n import language, text
from .icons import EMPTY_QUEUE, icon
from .present_facts import row_fields
from .present_row import RowPlace, row_html
from .queue_model import FILTERS, QueueModel
from .words import button, escape

GROUPS = ('needs', 'running', 'waiting', 'today', 'earlier')
SLICES = {'needs': 50, 'running': 50, 'waiting': 50, 'today': 30, 'earlier': 20}
"""How many rows of a group are shown at first."""

MORE_ROWS = 200
"""How many "show more" adds."""

_MOST_CACHED = 4000
_ROW_BYTES, _FIELDS_BYTES = 4800, 512  # about

Fields = dict[str, 'str | float']


@dataclass(frozen=True)
class QueueView:
    """What the browser shows of the queue: the order of its groups, the frame and the fields of
    each row.
    """

    order: list[dict[str, Any]]
    rows: dict[str, str]
    fields: dict[str, Fields]


class RowCache:
    """Rows as they were made last, in each language: most stay as they are from one look to the
    next.
    """

    def __init__(self) -> None:
        self._place: RowPlace | None = None
        self._rows: dict[tuple[str, int, bool], tuple[object, str]] = {}
        self._fields: dict[tuple[str, int], tuple[object, Fields]] = {}

    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self._rows) * _ROW_BYTES + len(self._fields) * _FIELDS_BYTES

    def clear(self) -> None:
        """Let go of everything: it is made again when it is needed. From any thread."""
        self._rows.clear()
        self._fields.clear()

    def stand_at(self, place: RowPlace) -> None:
        """From now on rows are made for ``place``."""
        if place != self._place:
            self._place = place
            self._rows.clear()

    def row(self, task: Task, confirming: bool) -> str:
        """The frame of the row."""
        sign, key = (task.revision, task.state), (language(), task.id, confirming)
        made = self._rows.get(key)
        if made is None or made[0] != sign:
            if len(self._rows) > _MOST_CACHED:
                self._rows.clear()
            assert self._place is not None
            made = (sign, row_html(task, self._place, confirming))
            self._rows[key] = made
        return made[1]

    def fields(self, task: Task, position: int | None, earlier: bool) -> Fields:
        """What moves in the row."""
        sign, key = (task.revision, task.state, position, earlier), (language(), task.id)
        made = self._fields.get(key)
        if made is None or made[0] != sign:
            if len(self._fields) > _MOST_CACHED:
                self._fields.clear()
            made = self._fields[key] = (sign, row_fields(task, position, earlier))
        return made[1]


def groups_of(
    queue: QueueModel, shown: str, more: Mapping[str, int], now: float
) -> Iterator[tuple[str, list[Task], int]]:
    """The groups that filter ``shown`` lets through: name, the tasks that are listed, and how many
    are not. ``more`` are rows a group shows beyond its slice.
    """
    for line in FILTERS[shown]:
        parts = [(line, 0, queue.count(line))]
        if line == 'done':
            today = queue.done_since(_midnight(now))
            parts = [('today', 0, today), ('earlier', today, queue.count(line))]
        for name, start, stop in parts:
            listed = min(stop, start + SLICES[name] + more.get(name, 0))
            if stop > start:
                yield name, queue.part(line, start, listed), stop - listed


def _midnight(now: float) -> float:
    moment = datetime.fromtimestamp(now)
    return moment.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def queue_view(
    queue: QueueModel,
    shown: str,
    place: RowPlace,
    *,
    confirming: int | None = None,
    more: Mapping[str, int] | None = None,
    cache: RowCache | None = None,
    now: float | None = None,
) -> QueueView:
    """The part of the queue that filter ``shown`` lets through; ``confirming`` is the download
    somebody has just asked to cancel.
    """
    view, cache = QueueView([], {}, {}), cache or RowCache()
    cache.stand_at(place)
    now = time.time() if now is None else now
    for name, tasks, left in groups_of(queue, shown, more or {}, now):
        keys = [str(task.id) for task in tasks]
        foot = _foot(name, left)
        view.order.append({'key': name, 'head': _head(name), 'keys': keys, 'foot': foot})
        for line, (key, task) in enumerate(zip(keys, tasks), start=1):
            position = line if task.state is State.QUEUED else None
            view.rows[key] = cache.row(task, task.id == confirming)
            view.fields[key] = cache.fields(task, position, name == 'earlier')
    return view


def filters_html(queue: QueueModel, shown: str) -> str:
    """The segments with their counts, and the buttons for everything at once."""
    if not queue.total():
        return ''
    segments = ''.join(
        _segment(name, queue.total(FILTERS[name]), name == shown) for name in FILTERS
    )
    return (
        f'<div class="cs-segments" role="group" aria-label="{escape(text("page.filter"))}">'
        f'{segments}</div><div class="cs-for-all">{_for_all(queue)}</div>'
    )


def _segment(name: str, count: int, on: bool) -> str:
    dot = '<i class="cs-dot cs-bad" aria-hidden="true"></i>' if name == 'needs' and count else ''
    return (
        f'<button type="button" class="cs-segment" data-cs-action="filter" data-cs-id="{name}" '
        f'aria-pressed="{"true" if on else "false"}">{dot}'
        f'{escape(text(f"page.filter_{name}"))} {count}</button>'
    )


def _for_all(queue: QueueModel) -> str:
    found = ''
    if queue.count('running') or queue.queued:
        found += button('pause-all', '', text('page.pause_all'), icon('pause'))
    if queue.count('waiting') > queue.queued:
        found += button('resume-all', '', text('page.resume_all'), icon('play'))
    if queue.count('done'):
        found += button('clear-finished', '', text('page.clear_finished'), kind='quiet')
    return found


def _head(name: str) -> str:
    drawn = icon('alert') if name == 'needs' else ''
    words = escape(text(f'page.group_{name}'))
    return f'<h3 class="cs-group-head cs-group-{name}">{drawn}{words}</h3>'


def _foot(name: str, left: int) -> str:
    if not left:
        return ''
    words = escape(text('page.more_rows', n=left))
    label = text('page.show_more', n=min(left, MORE_ROWS))
    return f'<div class="cs-more"><span>{words}</span>{button("more", name, label)}</div>'


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
