"""One row of the queue: its frame, which changes only with the state of its download. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..domain.task import State, Task
from ..i18n import error_code_text, text
from ..util import size_text
from .icons import icon
from .present_facts import has_bar
from .present_host import HostOffers, row_button, row_reason
from .queue_model import needs_person
from .words import button, escape, joined, shown_folder

PictureAddress = Callable[[str, int], str]
COVER_WIDTH = 96
KEY_CODES = ('key_needed', 'key_refused', 'login_page')
HARMLESS_TO_DROP = 1_000_000
_WAITS_FOR_ROOM = ('disk_full', 'room_below_floor')
_NEVER_AGAIN = ('downloads_disabled', 'gone')
_STATE_ICONS = {
    State.QUEUED: 'clock',
    State.RUNNING: 'download',
    State.VERIFYING: 'shield',
    State.PAUSED: 'pause',
    State.FAILED: 'alert',
    State.DONE: 'check',
}
MENUS: Mapping[State, str] = {
    State.QUEUED: 'front up down pause',
    State.RUNNING: '',
    State.VERIFYING: 'pause',
    State.PAUSED: 'front',
    State.FAILED: 'retry',
    State.DONE: 'open-folder',
}
"""What the menu of a row offers before what every menu offers; the script draws it."""


@dataclass(frozen=True)
class RowPlace:
    """What rows need besides their tasks: folders seen as roots, addresses of covers, the site's
    address, whether a folder can be opened on the screen of whoever looks at the page, and what the
    host does with what is done.
    """

    roots: Sequence[str]
    picture: PictureAddress
    site: str = 'https://civitai.com'
    local: bool = False
    host: HostOffers | None = None


def title_of(task: Task) -> str:
    """What people call this download."""
    return task.order.name or task.order.file_name


def row_html(task: Task, place: RowPlace, confirming: bool = False) -> str:
    """The frame of the row, with its fields empty; ``confirming`` when somebody has just asked to
    cancel it.
    """
    title = escape(title_of(task))
    bar = (
        '<div class="cs-bar" role="progressbar" aria-valuemin="0" aria-valuemax="100" '
        f'aria-label="{title}"><i data-cs-field="bar"></i></div>'
        if has_bar(task)
        else ''
    )
    return (
        f'<article class="cs-row cs-is-{task.state.value}" data-cs-key="{task.id}" tabindex="-1" '
        f'aria-label="{title}">{_pick(title)}{_cover(task, place)}<div class="cs-row-main">'
        f'<div class="cs-row-title" title="{title}">{title}</div>{_below_title(task, place)}{bar}'
        f'<div class="cs-facts">{_state(task)}'
        '<span class="cs-facts-rest" data-cs-field="facts"></span></div>'
        f'{_notes(task, place)}</div>'
        f'<div class="cs-actions">{_actions(task, place)}</div>{_box(task, place, confirming)}'
        '</article>'
    )


def key_button() -> str:
    """What opens the field of the API key, wherever one is missed."""
    return button('open-key', '', text('page.set_key'), icon('key'))


def asks_before_cancel(task: Task) -> bool:
    """Whether cancelling throws away more than can be fetched again in a moment."""
    return task.received > HARMLESS_TO_DROP


def _pick(title: str) -> str:
    label = text('page.select_one', name=title)
    return f'<label class="cs-pick"><input type="checkbox" aria-label="{label}"></label>'


def _cover(task: Task, place: RowPlace) -> str:
    if not task.order.cover_url:
        return f'<span class="cs-cover cs-no-cover">{icon("picture")}</span>'
    address = escape(place.picture(task.order.cover_url, COVER_WIDTH))
    return f'<img class="cs-cover" src="{address}" width="44" height="55" alt="" loading="lazy">'


def _whole_path(task: Task) -> str:
    return task.path or str(Path(task.order.folder) / task.order.file_name)


def _below_title(task: Task, place: RowPlace) -> str:
    whole = _whole_path(task)
    folder = shown_folder(str(Path(whole).parent), place.roots)
    name = Path(whole).name
    if task.state is State.DONE:
        words = joined([task.order.version_name, f'{folder}/{name}'])
    else:
        words = f'{joined([task.order.version_name, name])} → {folder}'
    return f'<div class="cs-row-file" title="{escape(whole)}">{escape(words)}</div>'


def _state(task: Task) -> str:
    word = text(f'state.{task.state.value}')
    if task.state is State.DONE:
        word = text('page.done_verified' if task.verified else 'page.done_unverified')
    return f'<span class="cs-state">{icon(_STATE_ICONS[task.state])}{escape(word)}</span>'


def _notes(task: Task, place: RowPlace) -> str:
    off = row_reason(place.host, task.path, task.order.model_type) if task.path else ''
    return off + ''.join(
        f'<p class="cs-row-note">{icon("info")}'
        f'<span>{escape(error_code_text(note.code, note.details))}</span></p>'
        for note in task.notes
    )


# --- what can be done --------------------------------------------------------------------------


def _actions(task: Task, place: RowPlace) -> str:
    title = title_of(task)
    found = []
    if task.state is State.QUEUED:
        found.append(('front', 'up'))
    elif task.state is State.RUNNING:
        found.append(('pause', 'pause'))
    elif task.state is State.PAUSED and not task.error_code:
        found.append(('resume', 'play'))
    if task.state is not State.DONE:
        found.append(('cancel', 'close'))
    elif place.local:
        found.append(('open-folder', 'folder'))
    buttons = [
        button(action, task.id, text(f'page.{action}_one', name=title), icon(drawn), 'icon')
        for action, drawn in found
    ]
    if task.state is State.DONE and not place.local:
        label = text('page.copy_path_one', name=title)
        buttons.append(
            button('copy', task.id, label, icon('folder'), 'icon', value=_whole_path(task))
        )
    if task.state is State.DONE and task.path:
        kind = task.order.model_type
        buttons.insert(0, row_button(place.host, task.path, kind, str(task.id), title))
    return ''.join(buttons) + _menu_button(task, place)


def _menu_button(task: Task, place: RowPlace) -> str:
    label = escape(text('page.more_one', name=title_of(task)))
    offers = [one for one in MENUS[task.state].split() if one != 'open-folder' or place.local]
    offers += ['copy-link', 'copy-path', 'select']
    offers += ['remove'] if task.state is State.DONE else []
    return (
        f'<button type="button" class="cs-button cs-icon" data-cs-action="menu" '
        f'data-cs-id="{task.id}" data-cs-menu="{" ".join(offers)}" '
        f'data-cs-link="{escape(link_of(task, place.site))}" aria-haspopup="menu" '
        f'aria-expanded="false" aria-label="{label}" title="{label}">{icon("more")}</button>'
    )


def link_of(task: Task, site: str) -> str:
    """The page of what is downloaded, or what was pasted when it has none."""
    order = task.order
    if order.model_id is None:
        return order.target
    version = f'?modelVersionId={order.version_id}' if order.version_id else ''
    return f'{site.rstrip("/")}/models/{order.model_id}{version}'


def _box(task: Task, place: RowPlace, confirming: bool) -> str:
    if confirming:
        words = text('page.cancel_drops', size=size_text(task.received))
        buttons = button('cancel-really', task.id, text('page.cancel_really'), icon('close'))
        buttons += button('keep', task.id, text('page.keep'))
        return _soft_box(words, buttons, 'cs-asks')
    if not needs_person(task):
        return ''
    buttons = ''
    if task.error_code in KEY_CODES:
        buttons += key_button()
    if task.error_code not in _NEVER_AGAIN:
        again = 'resume' if task.state is State.PAUSED else 'retry'
        buttons += button(again, task.id, text(f'page.{again}'), icon('retry'))
    return _soft_box(_cause(task), buttons, 'cs-bad')


def _cause(task: Task) -> str:
    """Why it waits for a person; of a full disk also that it goes on by itself."""
    details = {**task.error_details, 'page': True}
    if task.state is not State.PAUSED or task.error_code not in _WAITS_FOR_ROOM:
        return error_code_text(task.error_code or 'unexpected', details)
    sizes = {name: details[name] for name in ('free', 'needed', 'floor') if name in details}
    if not all(isinstance(size, int) for size in sizes.values()) or 'needed' not in sizes:
        return text('page.waits_for_room')
    key = 'page.waits_above_floor' if 'floor' in sizes else 'page.waits_on_full_disk'
    return text(key, **{name: size_text(int(str(size))) for name, size in sizes.items()})


def _soft_box(words: str, buttons: str, kind: str) -> str:
    return (
        f'<div class="cs-box {kind}"><p>{escape(words)}</p>'
        f'<div class="cs-box-buttons">{buttons}</div></div>'
    )
