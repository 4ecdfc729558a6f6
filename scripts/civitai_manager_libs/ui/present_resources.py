"""The models that a picture was made with, and the button that gets what is missing. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import ShortcutError
from ..i18n import error_text, text
from ..images.resources import ResourceList, ResourceRow, ResourceState
from ..util import size_text
from .icons import icon
from .words import button, counted, escape, joined, type_name

_MOST_ROWS = 100


@dataclass(frozen=True)
class Getting:
    """What has become of getting the missing ones: ``busy`` while they are being queued, then how
    many were, or why not.
    """

    busy: bool = False
    queued: int | None = None
    problem: ShortcutError | None = None


def resources_html(found: ResourceList | None, getting: Getting) -> str:
    """The list with its button; None while it is being looked up."""
    if found is None:
        words = escape(text('picture.looking_up'))
        return f'{_top("")}<p class="cs-help cs-detail-late">{words}</p></section>'
    if not found.rows:
        return ''
    here = len(found.rows) - found.missing_count
    counts = text('picture.here', n=counted('picture.item', len(found.rows)), here=here)
    queued = getting.queued is not None or getting.busy
    rows = ''.join(_row(row, queued) for row in found.rows[:_MOST_ROWS])
    return (
        f'{_top(counts)}<ul class="cs-detail-resources">{rows}</ul>'
        f'{_unsure(found.rows)}{_button(found, getting)}</section>'
    )


def _top(counts: str) -> str:
    return (
        '<section class="cs-detail-part"><div class="cs-detail-top cs-detail-line">'
        f'<h3>{escape(text("picture.resources"))}</h3><span>{escape(counts)}</span></div>'
    )


def _row(row: ResourceRow, queued: bool) -> str:
    weight = f'{row.weight:g}' if row.weight is not None else None
    about = joined([row.version_name or None, weight])
    name = row.name or row.hash or text('picture.nameless')
    kind = type_name(row.kind)
    return (
        f'<li><span class="cs-detail-kind" title="{escape(kind)}">{escape(kind)}</span>'
        f'<span class="cs-detail-name" title="{escape(joined([name, about]))}">'
        f'<b>{escape(name)}</b> {escape(about)}</span>{_state(row, queued)}</li>'
    )


def _state(row: ResourceRow, queued: bool) -> str:
    if row.state is ResourceState.INSTALLED:
        key = 'picture.installed' if row.certain else 'picture.likely'
        return _word('ok', 'check', text(key), str(row.path or ''))
    if row.state is ResourceState.AVAILABLE:
        words = size_text(row.size) if row.size else text('picture.size_unknown')
        drawn = 'clock' if queued else 'download'
        return _word('get', drawn, words, text('picture.queued_one') if queued else '')
    why = error_text(row.problem) if row.problem is not None else ''
    if row.state is ResourceState.UNSURE:
        return _word('warn', 'alert', text('picture.unsure'), why)
    return _word('none', 'close', text('picture.refused' if why else 'picture.not_found'), why)


def _word(kind: str, drawn: str, words: str, about: str) -> str:
    title = f' title="{escape(about)}"' if about else ''
    return f'<span class="cs-detail-state cs-{kind}"{title}>{icon(drawn)}{escape(words)}</span>'


def _unsure(rows: Sequence[ResourceRow]) -> str:
    """Civitai could not be asked about some: why, and a button to ask again."""
    unsure = [row for row in rows if row.state is ResourceState.UNSURE]
    if not unsure:
        return ''
    problem = unsure[0].problem
    why = f'<p>{escape(error_text(problem))}</p>' if problem is not None else ''
    again = button(
        'gallery:detail-look-again', '', text('picture.ask_again'), icon('retry'), 'chip'
    )
    return f'<div class="cs-box">{why}<div class="cs-box-buttons">{again}</div></div>'


def _button(found: ResourceList, getting: Getting) -> str:
    if getting.queued is not None:
        words = escape(counted('picture.queued', getting.queued))
        show = button('gallery:detail-downloads', '', text('picture.show_queue'), kind='chip')
        return (
            f'<div class="cs-detail-queued" role="status">{icon("check")}<span>{words}</span>'
            f'{show}</div>'
        )
    problem = (
        f'<p class="cs-problem" role="alert">{escape(error_text(getting.problem))}</p>'
        if getting.problem is not None
        else ''
    )
    if not found.available:
        return problem
    if getting.busy:
        words = escape(text('picture.queueing'))
        return f'<p class="cs-detail-wait" role="status">{icon("clock")}<span>{words}</span></p>'
    size = size_text(found.total_bytes) if found.total_bytes else None
    label = joined([counted('picture.get', len(found.available)), size])
    return problem + button('gallery:detail-get', '', label, icon('download'), 'primary')
