"""One picture of the Gallery tab, large, with what it says of its making. Pure.

Whatever a picture, its creator or Civitai says is text here, never markup.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..domain.gallery import GalleryPicture
from ..domain.generation import GenerationData
from ..errors import ShortcutError
from ..i18n import error_text, text
from ..util import size_text
from .drops import MOST_BYTES
from .icons import icon
from .present_files import date_text
from .words import button, counted, escape, joined

MOST_TEXT = 100_000
_MOST_OTHER = 80
_LONG = 300
_WIDE, _WIDE_TOGETHER = 18, 26  # signs that half a line has room for
_WIDE_CLASS = ' class="cs-wide"'
_WHOLE_LINE = ('model', 'vae')
_SIZES = '(min-width: 1100px) calc(100vw - 730px), 100vw'


@dataclass(frozen=True)
class Source:
    """Where a browser gets a picture: a small one that is there at once, the large one in several
    widths (address and width), the video it is a frame of.
    """

    first: str
    steps: Sequence[tuple[str, int]]
    video: str = ''


# --- the picture ----------------------------------------------------------------------------------


def picture_html(
    picture: GalleryPicture, source: Source | None, failed: bool, mild: bool = True
) -> str:
    """The picture whole; a video plays when somebody wants it to."""
    size = _ratio(picture.width, picture.height)
    if source is None:
        return _frame(_said('picture.no_still'), size, mild)
    if failed:
        again = button('gallery:detail-retry', '', text('picture.retry'), icon('retry'))
        return _frame(_said('picture.failed', again), size, mild)
    if source.video:
        poster = f' poster="{escape(source.steps[0][0])}"' if source.steps else ''
        inside = (
            f'<video src="{escape(source.video)}"{poster} controls loop muted playsinline '
            f'preload="none" aria-label="{_alt(picture)}"></video>'
            '<p class="cs-detail-unplayable" role="status">'
            f'{escape(text("picture.unplayable"))}</p>'
        )
        return _frame(inside, size, mild)
    steps = ', '.join(f'{address} {width}w' for address, width in source.steps)
    small = f' style="background-image:url(&quot;{escape(source.first)}&quot;)"'
    inside = (
        f'<img src="{escape(source.steps[-1][0])}" srcset="{escape(steps)}" sizes="{_SIZES}" '
        f'alt="{_alt(picture)}" draggable="false" decoding="async"{small}>'
    )
    return _frame(inside, size, mild)


def dropped_html(token: str, kind: str) -> str:
    """A dropped picture: the script of the page that has it puts it here."""
    tag = {'image': 'img alt="" draggable="false"', 'video': 'video controls loop muted'}.get(kind)
    if tag is None:
        return _frame(_said('picture.no_picture'), '', True, own=True)
    end = '</video>' if kind == 'video' else ''
    return _frame(f'<{tag} data-cs-dropped="{escape(token)}">{end}', '', True, own=True)


def result_html(addresses: Sequence[str], chosen: int) -> str:
    """What a WebUI has made, one at a time, and the way back."""
    back = button('gallery:detail-back', '', text('picture.back'), icon('picture'))
    others = ''.join(
        f'<button type="button" class="cs-detail-pick" data-cs-action="gallery:detail-result" '
        f'data-cs-id="{number}" aria-pressed="{"true" if number == chosen else "false"}">'
        f'{escape(text("picture.result", n=number + 1))}</button>'
        for number in range(len(addresses))
    )
    picks = f'<span class="cs-detail-picks">{others}</span>' if len(addresses) > 1 else ''
    inside = f'<img src="{escape(addresses[chosen])}" alt="{escape(text("picture.made"))}">'
    bar = f'<div class="cs-detail-bar">{back}{picks}</div>'
    return _frame(inside + bar, '', True, own=True)


def _frame(inside: str, style: str, mild: bool, own: bool = False) -> str:
    kind = 'cs-detail-frame cs-detail-own' if own else 'cs-detail-frame'
    veil = '' if mild else ' data-cs-veil="1"'
    return f'<div class="{kind}"{style}{veil}>{inside}</div>'


def _said(key: str, below: str = '') -> str:
    return (
        f'<div class="cs-detail-said" role="status">{icon("picture")}'
        f'<p>{escape(text(key))}</p>{below}</div>'
    )


def _ratio(width: int | None, height: int | None) -> str:
    """Its shape, so that nothing jumps when it comes."""
    if not width or not height or width < 0 or height < 0:
        return ''
    return f' style="--cs-shape:{width}/{height}"'


def _alt(picture: GalleryPicture) -> str:
    return escape(text('picture.by', name=picture.username or text('picture.nobody')))


# --- who and when ---------------------------------------------------------------------------------


def head_html(picture: GalleryPicture, page: str) -> str:
    """Creator, date, size, likes; one button to download it, one to its page at Civitai."""
    size = f'{picture.width} × {picture.height}' if picture.width and picture.height else None
    when = date_text(picture.created_at) if picture.created_at else None
    facts = joined([when, size, counted('picture.like', picture.stats.liked)])
    number = str(picture.id)
    fetch = button(
        'gallery:download-one', number, text('picture.download'), icon('download'), 'icon'
    )
    words = escape(text('picture.open'))
    link = (
        f'<a class="cs-button cs-icon" href="{escape(page)}" target="_blank" rel="noopener '
        f'noreferrer" aria-label="{words}" title="{words}">{icon("away")}</a>'
    )
    return _head(picture.username or text('picture.nobody'), facts, fetch + link)


def dropped_head_html(name: str, data: GenerationData) -> str:
    """The name of a dropped file, and the way back."""
    size = f'{data.width} × {data.height}' if data.width and data.height else None
    close = button('gallery:detail-close', '', text('picture.close'), icon('close'), 'icon')
    return _head(name or text('picture.dropped'), joined([text('picture.dropped'), size]), close)


def _head(title: str, facts: str, buttons: str) -> str:
    return (
        f'<header class="cs-detail-head"><div><h2 title="{escape(title)}">{escape(title)}</h2>'
        f'<p>{escape(facts)}</p></div><span class="cs-detail-buttons">{buttons}</span></header>'
    )


# --- how it was made ------------------------------------------------------------------------------


def nothing_html(data: GenerationData | None, problem: ShortcutError | None, busy: bool) -> str:
    """Why there is nothing to say of its making, or that somebody is looking."""
    if busy:
        return f'<p class="cs-help cs-detail-late">{escape(text("picture.reading"))}</p>'
    if problem is not None:
        return problem_html(problem, 'gallery:detail-look-again')
    reason = data.reason if data is not None and data.reason else 'none'
    return f'<p class="cs-detail-note">{escape(text(f"picture.reason.{reason}"))}</p>'


def problem_html(problem: ShortcutError, again: str = '') -> str:
    """A sentence for what did not work, with a way to try again."""
    row = button(again, '', text('picture.retry'), icon('retry'), 'chip') if again else ''
    return (
        f'<div class="cs-box cs-bad" role="alert"><p>{escape(error_text(problem))}</p>'
        f'<div class="cs-box-buttons">{row}</div></div>'
    )


def data_html(data: GenerationData) -> str:
    """Prompts and parameters."""
    return (
        _prompt('picture.prompt', data.prompt)
        + _prompt('picture.negative', data.negative_prompt)
        + _parameters(data)
    )


def _prompt(key: str, words: str) -> str:
    if not words:
        return ''
    shown = cut(words)
    label = text('picture.copy')
    copy = button('copy', '', label, icon('copy'), 'quiet', value=shown)
    return (
        f'<section class="cs-detail-part"><div class="cs-detail-top"><h3>{escape(text(key))}</h3>'
        f'{copy}</div><div class="cs-detail-words" tabindex="0" role="group" '
        f'aria-label="{escape(text(key))}">{escape(shown)}</div></section>'
    )


def cut(words: str) -> str:
    """``words``, of which a page shows only so many."""
    return words if len(words) <= MOST_TEXT else words[:MOST_TEXT] + '…'


def _parameters(data: GenerationData) -> str:
    size = f'{data.width} × {data.height}' if data.width and data.height else ''
    known = [
        ('sampler', data.sampler),
        ('schedule', data.schedule),
        ('steps', data.steps),
        ('cfg', _number(data.cfg_scale)),
        ('seed', data.seed),
        ('clip_skip', data.clip_skip),
        ('size', size),
        ('denoising', _number(data.denoising)),
        ('model', data.model),
        ('vae', data.vae),
    ]
    rows = [
        _fact(text(f'picture.field.{name}'), str(value), name in _WHOLE_LINE)
        for name, value in known
        if _is_said(value)
    ]
    shown = f'<dl class="cs-detail-facts">{"".join(rows)}</dl>' if rows else ''
    others = [(name, value) for name, value in list(data.other.items())[:_MOST_OTHER] if value]
    if not others:
        return shown
    words = escape(counted('picture.further', len(others)))
    inside = ''.join(_fact(name, value) for name, value in others)
    return (
        f'{shown}<details class="cs-detail-more"><summary>{icon("chevron")}<span>{words}</span>'
        f'</summary><dl class="cs-detail-facts">{inside}</dl></details>'
    )


def _is_said(value: object) -> bool:
    return value is not None and value != ''


def _number(value: float | None) -> str:
    return '' if value is None else f'{value:g}'


def _fact(name: str, value: str, whole_line: bool = False) -> str:
    name, value = (part if len(part) <= _LONG else part[:_LONG] + '…' for part in (name, value))
    wide = whole_line or len(value) > _WIDE or len(name) + len(value) > _WIDE_TOGETHER
    return (
        f'<div{_WIDE_CLASS if wide else ""}><dt>{escape(name)}</dt>'
        f'<dd title="{escape(value)}">{escape(value)}</dd></div>'
    )


# --- what can be done with it ---------------------------------------------------------------------


def generate_html(step: str, host: str, problem: ShortcutError | None) -> str:
    """Asks before anything is sent to the WebUI at ``host``, says that it works, or why not."""
    if step == 'ask':
        words = escape(text('picture.generate_ask', host=host))
        really = button('gallery:detail-generate-really', '', text('picture.generate_really'))
        keep = button('gallery:detail-keep', '', text('picture.keep'), kind='quiet')
        return (
            f'<div class="cs-box cs-asks" role="group"><p>{words}</p>'
            f'<div class="cs-box-buttons">{really}{keep}</div></div>'
        )
    if step == 'waiting':
        words = escape(text('picture.generating', host=host))
        return f'<p class="cs-detail-wait" role="status">{icon("clock")}<span>{words}</span></p>'
    return problem_html(problem) if problem is not None else ''


def choose_html() -> str:
    """The button that opens a file of this machine, with what the script says by itself."""
    said = {
        'failed': text('picture.not_sent'),
        'large': text('picture.too_large', size=size_text(MOST_BYTES)),
        'most': str(MOST_BYTES),
    }
    label = text('picture.choose')
    return button('gallery:detail-choose', '', label, icon('picture'), 'quiet', **said)


def foot_html() -> str:
    """The same below a picture."""
    return f'<div class="cs-detail-foot">{choose_html()}</div>'
