"""What background work has to say, as cards: one for each cause, downloads that failed in one.
Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .. import i18n
from ..domain.task import Task
from ..i18n import text
from ..notify import Notice
from ..util import size_text
from .icons import icon
from .present_row import KEY_CODES, key_button, title_of
from .present_selection import dropped_bytes
from .queue_model import needs_person
from .words import button, escape, joined

_OF_DOWNLOAD = 'download:'
_ERROR = 'error.'
_MOST_CARDS = 4
_MOST_NAMES = 3

Find = Callable[[int], 'Task | None']
"""The download of a number, if it is shown."""


@dataclass(frozen=True)
class Card:
    """One notice on the page. ``numbers`` are those of the notices in it: who closes it has seen
    them all.
    """

    key: str
    numbers: tuple[str, ...]
    html: str
    fades: bool = False


def notice_cards(
    notices: Sequence[Notice], find: Find, since: int = 0, in_view: bool = False
) -> list[Card]:
    """The cards of all notices whose matter is not settled yet, the latest last; of downloads only
    what was told after number ``since``: what failed before, the queue shows. ``in_view`` says that
    it does so at this moment.
    """
    groups: dict[str, list[tuple[Notice, Task | None]]] = {}
    for notice in notices:
        task = _task_of(notice, find)
        of_download = notice.cause.startswith(_OF_DOWNLOAD)
        if of_download and (task is None or not needs_person(task) or notice.number <= since):
            continue
        groups.setdefault(_OF_DOWNLOAD if task else notice.cause, []).append((notice, task))
    return [_card(group, in_view) for group in groups.values()][-_MOST_CARDS:]


def undo_card(number: int, before: Sequence[Task]) -> Card:
    """Downloads were cancelled, ``before`` as they were: the way back, and what it costs."""
    if len(before) == 1:
        title = text('page.cancelled', name=title_of(before[0]))
    else:
        title = text('page.cancelled_many', n=len(before))
    lost = dropped_bytes(before)
    words = text('page.undo_from_start', size=size_text(lost)) if lost else ''
    ids = ' '.join(str(task.id) for task in before)
    again = button('retry', ids, text('page.undo_cancel'), icon('retry'))
    return _html(f's{number}', (f's{number}',), 'info', title, words, again, True)


def said_card(number: int, key: str, **values: object) -> Card:
    """One sentence for this browser alone."""
    return _html(f's{number}', (f's{number}',), 'info', text(key, **values), '', '', True)


def way_back_card(number: int, title: str, again: str) -> Card:
    """Something was done that the button ``again`` undoes."""
    return _html(f's{number}', (f's{number}',), 'info', title, '', again, True)


def failed_card(number: int, title: str, words: str, buttons: str) -> Card:
    """Something this browser has set going has failed; it stays until it is closed."""
    return _html(f's{number}', (f's{number}',), 'error', title, words, buttons, False)


def save_card(number: int, names: Mapping[int, str]) -> Card:
    """Files of models were downloaded (``names`` by model id) that could be saved as well; whoever
    closes it does without.
    """
    one = len(names) == 1
    title = text('page.offer' if one else 'page.offer_many', name=_first(names), n=len(names))
    words = text('page.offer_words')
    label = text('page.offer_save' if one else 'page.offer_save_many', n=len(names))
    save = button('offer:save', number, label, icon('bookmark'))
    return _html(f's{number}', (f's{number}',), 'info', title, words, save, False, 'offer:leave')


def _first(names: Mapping[int, str]) -> str:
    return next(iter(names.values()))


def _task_of(notice: Notice, find: Find) -> Task | None:
    number = notice.cause.removeprefix(_OF_DOWNLOAD)
    return find(int(number)) if notice.cause != number and number.isdigit() else None


def _card(group: Sequence[tuple[Notice, Task | None]], in_view: bool) -> Card:
    last = group[-1][0]
    words = i18n.notice_text(last.key, {**last.values, 'page': True})
    numbers = tuple(str(notice.number) for notice, _ in group)
    tasks = [task for _, task in group if task]
    reasons = {notice.key for notice, _ in group}
    key = key_button() if any(_is_of_key(one) for one in reasons) else ''
    if not tasks:
        return _html(f'n{last.number}', numbers, last.level, words, '', key, last.level == 'info')
    if len(tasks) == 1:
        title = text('page.notice_failed', name=title_of(tasks[0]))
    elif len(reasons) == 1:
        title = text('page.notice_failed_many', n=len(tasks))
    else:
        title, words = text('page.notice_failed_each', n=len(tasks)), _names(tasks)
    show = '' if in_view else button('show-needs', '', text('page.show_needs'))
    buttons = f'{key}{show}'
    return _html(f'n{last.number}-{len(tasks)}', numbers, last.level, title, words, buttons, False)


def _is_of_key(reason: str) -> bool:
    return reason.removeprefix(_ERROR) in KEY_CODES


def _names(tasks: Sequence[Task]) -> str:
    """What the first few are called, and how many more there are."""
    names = list(dict.fromkeys(map(title_of, tasks)))
    more = len(names) - _MOST_NAMES
    rest = text('page.notice_more', n=more) if more > 0 else None
    return joined([*names[:_MOST_NAMES], rest])


def _html(
    key: str,
    numbers: tuple[str, ...],
    level: str,
    title: str,
    words: str,
    buttons: str,
    fades: bool,
    closing: str = '',
) -> Card:
    """``closing`` is the action that tells that somebody has closed it."""
    drawn = icon('info' if level == 'info' else 'alert')
    below = f'<p>{escape(words)}</p>' if words else ''
    row = f'<div class="cs-notice-buttons">{buttons}</div>' if buttons else ''
    told = f' data-cs-closing="{closing}"' if closing else ''
    close = button('close-notice', key, text('page.close'), icon('close'), 'icon')
    html = (
        f'<div class="cs-notice cs-level-{escape(level)}" role="alert" data-cs-key="{key}" '
        f'data-cs-numbers="{" ".join(numbers)}"{" data-cs-fades" if fades else ""}{told}>{drawn}'
        f'<div class="cs-notice-words"><strong>{escape(title)}</strong>{below}{row}</div>'
        f'{close}</div>'
    )
    return Card(key, numbers, html, fades)
