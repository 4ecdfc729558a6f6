"""One row of the queue. Its frame changes only with the state of its download; what moves are its
fields. Pure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import i18n
from ..domain.task import State, Task
from ..i18n import error_code_text, text
from ..util import size_text
from ..wording import duration_text, percent_text, speed_text
from .icons import icon
from .words import button, escape, joined, pair_text, shown_folder

PictureAddress = Callable[[str, int], str]
COVER_WIDTH = 96
KEY_CODES = ('key_needed', 'key_refused', 'login_page')
KEY_COMMAND = 'config set civitai_api_key'
_HARMLESS_TO_DROP = 1_000_000
_NEVER_AGAIN = ('downloads_disabled', 'gone')
_STATE_ICONS = {
    State.QUEUED: 'clock',
    State.RUNNING: 'download',
    State.VERIFYING: 'shield',
    State.PAUSED: 'pause',
    State.FAILED: 'alert',
    State.DONE: 'check',
}


@dataclass(frozen=True)
class RowPlace:
    """What a row needs besides its task: folders seen as roots, addresses of covers, its place in
    the line, whether somebody has just asked to cancel it, and the command that starts this
    program.
    """

    roots: Sequence[str]
    picture: PictureAddress
    position: int | None = None
    confirming: bool = False
    program: str = 'python main.py'


def needs_person(task: Task) -> bool:
    """Whether this download goes on only when somebody does something: it failed, or an error has
    paused it.
    """
    return task.state is State.FAILED or (task.state is State.PAUSED and bool(task.error_code))


def title_of(task: Task) -> str:
    """What people call this download."""
    return task.order.name or task.order.file_name


def asks_before_cancel(task: Task) -> bool:
    """Whether cancelling throws away more than can be fetched again in a moment."""
    return task.received > _HARMLESS_TO_DROP


def row_html(task: Task, place: RowPlace) -> str:
    """The frame of the row, with its fields empty."""
    title = escape(title_of(task))
    bar = (
        '<div class="cs-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-label="{title}"><i data-cs-field="bar"></i></div>'
        if _has_bar(task)
        else ''
    )
    return (
        f'<article class="cs-row cs-is-{task.state.value}" data-cs-key="{task.id}" tabindex="-1" '
        f'aria-label="{title}">{_cover(task, place)}<div class="cs-row-main">'
        f'<div class="cs-row-title" title="{title}">{title}</div>{_below_title(task, place)}{bar}'
        f'<div class="cs-facts">{_state(task)}'
        f'<span class="cs-facts-rest" data-cs-field="facts"></span></div></div>'
        f'<div class="cs-actions">{_actions(task, place)}</div>{_box(task, place)}</article>'
    )


def row_fields(task: Task, place: RowPlace) -> dict[str, str | float]:
    """What moves in the row: how far the bar is (percent), and the facts behind the state."""
    fields: dict[str, str | float] = {'facts': _facts_html(task, place)}
    if _has_bar(task):
        part = task.hashed if task.state is State.VERIFYING else task.received
        fields['bar'] = round(min(100.0, part * 100 / task.size), 1) if task.size else 0.0
    return fields


def _has_bar(task: Task) -> bool:
    if task.state in (State.RUNNING, State.VERIFYING):
        return True
    return task.state in (State.PAUSED, State.FAILED, State.QUEUED) and task.received > 0


def _cover(task: Task, place: RowPlace) -> str:
    if not task.order.cover_url:
        return f'<span class="cs-cover cs-no-cover">{icon("picture")}</span>'
    address = escape(place.picture(task.order.cover_url, COVER_WIDTH))
    return f'<img class="cs-cover" src="{address}" width="44" height="55" alt="" loading="lazy">'


def _below_title(task: Task, place: RowPlace) -> str:
    order = task.order
    whole = task.path or str(Path(order.folder) / order.file_name)
    folder = shown_folder(str(Path(whole).parent), place.roots)
    name = Path(whole).name
    if task.state is State.DONE:
        words = joined([order.version_name, f'{folder}/{name}'])
    else:
        words = f'{joined([order.version_name, name])} → {folder}'
    return f'<div class="cs-row-file" title="{escape(whole)}">{escape(words)}</div>'


def _state(task: Task) -> str:
    word = text(f'state.{task.state.value}')
    if task.state is State.DONE:
        word = text('page.done_verified' if task.verified else 'page.done_unverified')
    return f'<span class="cs-state">{icon(_STATE_ICONS[task.state])}{escape(word)}</span>'


def _facts_html(task: Task, place: RowPlace) -> str:
    facts = _FACTS[task.state](task, place)
    return ''.join(
        f'<span{" class=cs-wide" if fact.startswith(_WIDE) else ""}>'
        f'{escape(fact.removeprefix(_WIDE))}</span>'
        for fact in facts
        if fact
    )


_WIDE = '\x00'
"""Marks a fact that small screens leave out."""


def _running(task: Task, place: RowPlace) -> list[str]:
    if not task.received and not task.speed:
        return [text('page.connecting')]
    left = task.seconds_left
    return [
        percent_text(task.received, task.size) if task.size else '',
        text('words.left', time=duration_text(left)) if left is not None else '',
        speed_text(task.speed) if task.speed else text('page.no_bytes'),
        _WIDE + pair_text(task.received, task.size),
    ]


def _verifying(task: Task, place: RowPlace) -> list[str]:
    size = task.size or 0
    return [f'SHA256 {percent_text(task.hashed, size)}', size_text(size)]


def _paused(task: Task, place: RowPlace) -> list[str]:
    cause = _short_cause(task) if task.error_code else text('page.paused_by_you')
    return [*_how_far(task), cause]


def _failed(task: Task, place: RowPlace) -> list[str]:
    return [_short_cause(task), *_how_far(task)]


def _queued(task: Task, place: RowPlace) -> list[str]:
    size = size_text(task.size) if task.size else ''
    kept = _how_far(task) if task.received else [size]
    return [*kept, text('page.position', n=place.position) if place.position else '']


def _done(task: Task, place: RowPlace) -> list[str]:
    clock = time.strftime('%H:%M', time.localtime(task.finished)) if task.finished else ''
    sha256 = f'SHA256 {task.sha256[:4]}…{task.sha256[-4:]}' if task.sha256 else ''
    return [size_text(task.file_size or task.received), clock, sha256]


_FACTS: dict[State, Callable[[Task, RowPlace], list[str]]] = {
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


def _actions(task: Task, place: RowPlace) -> str:
    title = title_of(task)
    found = []
    if task.state in (State.QUEUED, State.RUNNING, State.VERIFYING):
        found.append(('pause', 'pause'))
    elif task.state is State.PAUSED and not task.error_code:
        found.append(('resume', 'play'))
    if task.state is not State.DONE:
        found.append(('cancel', 'close'))
    return ''.join(
        button(action, task.id, text(f'page.{action}_one', name=title), icon(drawn), 'icon')
        for action, drawn in found
    )


def _box(task: Task, place: RowPlace) -> str:
    if place.confirming:
        words = text('page.cancel_drops', size=size_text(task.received))
        buttons = button('cancel-really', task.id, text('page.cancel_really'), icon('close'))
        buttons += button('keep', task.id, text('page.keep'))
        return _soft_box(words, buttons, 'cs-asks')
    if not needs_person(task):
        return ''
    words = error_code_text(task.error_code or 'unexpected', task.error_details)
    buttons = ''
    if task.error_code in KEY_CODES:
        command = f'{place.program} {KEY_COMMAND}'
        buttons += button('copy', task.id, text('page.copy_command'), icon('copy'), value=command)
    if task.error_code not in _NEVER_AGAIN:
        again = 'resume' if task.state is State.PAUSED else 'retry'
        buttons += button(again, task.id, text(f'page.{again}'), icon('retry'))
    return _soft_box(words, buttons, 'cs-bad')


def _soft_box(words: str, buttons: str, kind: str) -> str:
    return (
        f'<div class="cs-box {kind}"><p>{escape(words)}</p>'
        f'<div class="cs-box-buttons">{buttons}</div></div>'
    )
