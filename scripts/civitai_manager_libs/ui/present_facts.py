"""The facts of a row of the queue: what moves in it while its frame stays. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from .. import i18n
from ..domain.task import State, Task
from ..i18n import text
from ..util import size_text
from ..wording import duration_text, percent_text, speed_text
from .present_files import date_text
from .words import escape, pair_text

_WIDE = '\x00'
"""Marks a fact that small screens leave out."""


def has_bar(task: Task) -> bool:
    """Whether the row shows how far the download is."""
    if task.state in (State.RUNNING, State.VERIFYING):
        return True
    return task.state in (State.PAUSED, State.FAILED, State.QUEUED) and task.received > 0


def row_fields(
    task: Task, position: int | None = None, earlier: bool = False
) -> dict[str, str | float]:
    """How far the bar is (percent), and the facts behind the state: with ``position`` in the line,
    with the day instead of the time when it was done ``earlier`` than today.
    """
    facts = _FACTS[task.state](task)
    if task.state is State.QUEUED and position:
        facts.append(text('page.position', n=position))
    if task.state is State.DONE and task.finished:
        facts.insert(1, _when(task.finished, earlier))
    fields: dict[str, str | float] = {'facts': ''.join(map(_fact, filter(None, facts)))}
    if has_bar(task):
        part = task.hashed if task.state is State.VERIFYING else task.received
        fields['bar'] = round(min(100.0, part * 100 / task.size), 1) if task.size else 0.0
    return fields


def _fact(fact: str) -> str:
    kind = ' class=cs-wide' if fact.startswith(_WIDE) else ''
    return f'<span{kind}>{escape(fact.removeprefix(_WIDE))}</span>'


def _when(finished: float, earlier: bool) -> str:
    if earlier:
        return date_text(datetime.fromtimestamp(finished))
    return time.strftime('%H:%M', time.localtime(finished))


def _running(task: Task) -> list[str]:
    if not task.received and not task.speed:
        return [text('page.connecting')]
    left = task.seconds_left
    one = task.connections == 1
    connections = text('page.connection' if one else 'page.connections', n=task.connections)
    return [
        percent_text(task.received, task.size) if task.size else '',
        text('words.left', time=duration_text(left)) if left is not None else '',
        speed_text(task.speed) if task.speed else text('page.no_bytes'),
        _WIDE + pair_text(task.received, task.size),
        _WIDE + connections if task.connections else '',
    ]


def _verifying(task: Task) -> list[str]:
    size = task.size or 0
    return [f'SHA256 {percent_text(task.hashed, size)}', size_text(size)]


def _paused(task: Task) -> list[str]:
    cause = _short_cause(task) if task.error_code else text('page.paused_by_you')
    return [*_how_far(task), cause]


def _failed(task: Task) -> list[str]:
    return [_short_cause(task), *_how_far(task)]


def _queued(task: Task) -> list[str]:
    return _how_far(task)


def _done(task: Task) -> list[str]:
    sha256 = f'SHA256 {task.sha256[:4]}…{task.sha256[-4:]}' if task.sha256 else ''
    return [size_text(task.file_size or task.received), sha256]


_FACTS: dict[State, Callable[[Task], list[str]]] = {
    State.RUNNING: _running,
    State.VERIFYING: _verifying,
    State.PAUSED: _paused,
    State.FAILED: _failed,
    State.QUEUED: _queued,
    State.DONE: _done,
}


def _how_far(task: Task) -> list[str]:
    if not task.received:
        return [size_text(task.size)] if task.size else []
    percent = percent_text(task.received, task.size) if task.size else ''
    return [percent, pair_text(task.received, task.size)]


def _short_cause(task: Task) -> str:
    key = f'page.cause.{task.error_code}'
    return text(key) if i18n.has(key) else ''
