"""The Gallery tab as markup: what it begins with, its bar, its states, and the small JSON that the
script draws the strip of pictures from. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ..domain.gallery import GalleryPicture
from ..domain.nsfw import LEVELS, is_mild
from ..i18n import text
from .gallery_downloads import Progress
from .gallery_session import SORTS
from .icons import EMPTY_GALLERY, icon
from .present_picture import choose_html
from .words import button, counted, escape, joined, segments

SHOWN_WIDTH = 320
"""Width of a picture of the strip that is asked for: it is shown half as wide."""

ALL = 'all'
AMOUNTS = ('100', '500', '2000', ALL)


def part(name: str) -> str:
    """The name of a place of this tab."""
    return f'gallery-{name}'


def strip_part(number: int) -> str:
    """The name that a page of pictures goes to the script by."""
    return part(f'strip-{number}')


_LIVE = ' aria-live="polite"'


def _place(name: str, kind: str = '', tag: str = 'div', more: str = '') -> str:
    looks = f' class="{kind}"' if kind else ''
    return f'<{tag}{looks} data-cs-part="{part(name)}"{more}></{tag}>'


def tab_html() -> str:
    """The tab before anything is looked at."""
    back = button('gallery:previous', '', text('gallery.previous'), icon('back'), 'icon')
    on = button('gallery:next', '', text('gallery.next'), icon('forward'), 'icon')
    shots = escape(text('gallery.shots'))
    return (
        f'<div class="cs-gallery cs-gallery-bare" data-cs-gallery>{_top()}'
        f'{_place("note")}{_work()}{_place("problem")}{_place("nothing")}'
        '<div class="cs-gallery-main"><div class="cs-gallery-strip" data-cs-gallery-strip>'
        f'<div class="cs-gallery-shots" role="group" aria-label="{shots}"></div>'
        f'{_place("end", "cs-gallery-end cs-gallery-meta")}</div>'
        f'<div class="cs-gallery-stage" data-cs-gallery-stage>{_place("picture")}'
        f'<button type="button" class="cs-veil" data-cs-action="gallery:unveil" data-cs-id="">'
        f'{icon("eye-off")}<span>{escape(text("gallery.veil"))}</span></button>{back}{on}</div>'
        f'{_place("data", "cs-gallery-data")}</div><template data-cs-gallery-shot>{_shot()}'
        f'</template>{_place("live", "cs-unseen", more=_LIVE)}</div>'
    )


def _top() -> str:
    hint = escape(text('gallery.field'))
    clear = button('gallery:clear', '', text('gallery.clear'), icon('close'), 'icon')
    clear = clear.replace('<button ', '<button hidden ', 1)
    return (
        f'<div class="cs-gallery-top"><div class="cs-gallery-field">{icon("picture")}'
        f'<input type="text" class="cs-input" data-cs-gallery-field aria-label="{hint}" '
        f'placeholder="{hint}" autocomplete="off" spellcheck="false" '
        f'enterkeyhint="go"><span class="cs-gallery-meta" '
        f'data-cs-gallery-kind></span>{clear}</div>{_place("bar", "cs-gallery-bar")}'
        f'<div class="cs-gallery-do">{_place("count", "cs-gallery-meta", "span")}'
        f'{_place("do")}</div></div>'
    )


def _work() -> str:
    """How the downloads go; its places are apart so that its buttons stay while numbers change."""
    return (
        f'<div class="cs-gallery-work">{_place("work", "cs-gallery-meta", "p")}'
        f'{_place("work-bar")}{_place("work-do", "cs-box-buttons")}</div>'
    )


def _shot() -> str:
    again = button('gallery:picture-again', '', text('gallery.again'), icon('retry'), 'icon')
    pick = button('gallery:select', '', text('gallery.select'), icon('check'), 'icon')
    marks = ''.join(
        f'<i class="cs-shot-mark cs-{kind}">{icon(drawn)}</i>'
        for kind, drawn in (('film', 'play'), ('ok', 'check'), ('bad', 'alert'))
    )
    return (
        '<div class="cs-shot"><button type="button" class="cs-shot-open" '
        'data-cs-action="gallery:show" tabindex="-1"><img alt="" loading="lazy" '
        f'decoding="async"><span class="cs-veil">{icon("eye-off")}</span></button>{pick}{again}'
        f'{marks}</div>'
    )


# --- what the script draws with ------------------------------------------------------------------


def strip_json(
    number: int,
    pictures: Sequence[GalleryPicture],
    still: Callable[[GalleryPicture, int], str | None],
    before: int,
    veils: bool = True,
) -> str:
    """A page of pictures for the list ``number``; ``before`` of them stand before these. ``still``
    gives the address of one, or of a frame of a video if it has one, at a width. ``veils``
    says that adult ones are shown only when clicked.
    """
    items = [
        {
            'id': one.id,
            'src': still(one, SHOWN_WIDTH) or '',
            'name': _name(one, before + place + 1),
            'veil': veils and not is_mild(one.nsfw_level),
            'video': one.type == 'video',
        }
        for place, one in enumerate(pictures)
    ]
    return json.dumps({'number': number, 'items': items}, ensure_ascii=False)


def _name(picture: GalleryPicture, place: int) -> str:
    return joined((text('gallery.shot', n=f'{place:,}'), picture.username))


def state_json(state: Any) -> str:
    """Something that the script reads; it stands in no place, so nothing in it is markup."""
    return json.dumps(state, ensure_ascii=False)


# --- the bar -------------------------------------------------------------------------------------


def bar_html(sort: str, levels: Sequence[str]) -> str:
    """Order and ratings."""
    ways = [(name, text(f'gallery.sort.{name}')) for name in SORTS]
    chips = ''.join(
        f'<button type="button" class="cs-button cs-chip" data-cs-action="gallery:level" '
        f'data-cs-id="{name}" aria-pressed="{"true" if name in levels else "false"}" '
        f'title="{escape(text(f"gallery.level_about.{name}"))}">'
        f'<span>{escape(text(f"gallery.level.{name}"))}</span></button>'
        for name in LEVELS
    )
    ratings = escape(text('gallery.levels'))
    return (
        segments('gallery:sort', 'sort', text('gallery.sort'), ways, sort)
        + f'<div class="cs-gallery-levels" role="group" aria-label="{ratings}">{chips}</div>'
    )


def count_text(selected: int, loaded: int) -> str:
    """How many are selected and here."""
    return joined((text('gallery.selected', n=f'{selected:,}'), counted('gallery.loaded', loaded)))


def do_html(selected: int, on_page: int) -> str:
    """What can be downloaded at once."""
    if selected:
        some = button(
            'gallery:download-selected',
            '',
            text('gallery.download_selected', n=f'{selected:,}'),
            icon('download'),
        )
        return some + button('gallery:select-none', '', text('gallery.select_none'), kind='quiet')
    about = escape(counted('gallery.on_page', on_page))
    page = button('gallery:download-page', '', text('gallery.download_page'), icon('download'))
    every = button('gallery:ask-all', '', text('gallery.download_all'))
    return f'<span title="{about}">{page}</span>{every}'


def ask_html() -> str:
    """How many, when all are to be downloaded."""
    words = {name: f'{int(name):,}' for name in AMOUNTS if name != ALL}
    buttons = ''.join(
        button('gallery:download-all', name, words.get(name, text('gallery.amount_all')))
        for name in AMOUNTS
    )
    buttons += button('gallery:keep', '', text('gallery.keep'), kind='quiet')
    return (
        '<div class="cs-box cs-asks cs-gallery-ask" role="group">'
        f'<p>{escape(text("gallery.ask_all"))}</p><div class="cs-box-buttons">{buttons}</div></div>'
    )


# --- downloads -----------------------------------------------------------------------------------


def work_text(progress: Progress) -> str:
    """How far the downloads are, and in the end what became of them; nothing without any."""
    planned = max(progress.planned or 0, progress.total)
    if not planned:
        return text('gallery.preparing') if progress.busy else ''
    key = 'gallery.downloading' if progress.busy else 'gallery.downloaded'
    return joined(
        (
            text(key, done=f'{progress.done:,}', n=f'{planned:,}'),
            text('gallery.failed', n=f'{progress.failed:,}') if progress.failed else '',
            text('gallery.stopped', n=f'{progress.stopped:,}') if progress.stopped else '',
        )
    )


def work_bar_html(progress: Progress) -> str:
    """The bar while something is fetched."""
    planned = max(progress.planned or 0, progress.total)
    if not progress.busy or not planned:
        return ''
    share = 100 * (progress.done + progress.failed + progress.stopped) / planned
    return f'<div class="cs-bar"><i style="width:{share:.1f}%"></i></div>'


def work_buttons_html(progress: Progress, local: bool) -> str:
    """What can be done about the downloads."""
    if progress.busy:
        return button('gallery:stop', '', text('gallery.stop'), kind='chip')
    if not progress.total and not progress.planned:
        return ''
    found = []
    if progress.failed:
        words = text('gallery.retry', n=f'{progress.failed:,}')
        found.append(button('gallery:retry', '', words, icon('retry'), 'chip'))
    if local and progress.path is not None:
        words = text('gallery.open_folder')
        found.append(button('gallery:open-folder', '', words, icon('folder'), 'chip'))
    found.append(button('gallery:forget', '', text('page.close'), icon('close'), 'icon'))
    return ''.join(found)


# --- states --------------------------------------------------------------------------------------


def empty_html(examples: Sequence[tuple[str, str]] = ()) -> str:
    """Nothing is looked at yet; ``examples`` are links to try, with what they show."""
    chips = ''.join(
        button('gallery:open', '', words, icon('link'), 'chip', value=link)
        for link, words in examples
    )
    head = f'<p class="cs-help">{escape(text("page.suggestions"))}</p>' if chips else ''
    return (
        f'<div class="cs-empty">{EMPTY_GALLERY}<h2>{escape(text("gallery.empty_title"))}</h2>'
        f'<p>{escape(text("gallery.empty_words"))}</p><div class="cs-chips">{choose_html()}</div>'
        f'{head}<div class="cs-chips">{chips}</div></div>'
    )


def loading_html() -> str:
    """Grey shapes where pictures will be; the style shows them only after a moment."""
    shape = '<div class="cs-shot"></div>'
    return (
        f'<div class="cs-gallery-main cs-gallery-late" role="status" '
        f'aria-label="{escape(text("gallery.loading"))}">'
        f'<div class="cs-gallery-strip"><div class="cs-gallery-shots">{shape * 10}</div></div>'
        f'<div class="cs-gallery-stage">{shape}</div><p class="cs-help">'
        f'{escape(text("gallery.loading"))}</p></div>'
    )


def nothing_html(levels: Sequence[str]) -> str:
    """No picture fits: which filter to loosen."""
    if len(levels) == len(LEVELS):
        return f'<div class="cs-nothing"><p>{escape(text("gallery.nothing"))}</p></div>'
    names = text('page.settings.and').join(text(f'gallery.level.{name}') for name in levels)
    key = 'gallery.nothing_rated' if levels else 'gallery.no_level'
    loosen = button('gallery:loosen', '', text('gallery.loosen'))
    return f'<div class="cs-nothing"><p>{escape(text(key, names=names))}</p>{loosen}</div>'


def problem_html(words: str, kept: bool, may_help: bool = True) -> str:
    """Why something did not come; ``kept`` if what came before is still here, ``may_help`` if
    asking once more could.
    """
    stays = f' {escape(text("gallery.kept"))}' if kept else ''
    again = button('gallery:again', '', text('gallery.again'), icon('retry'), 'chip')
    buttons = f'<div class="cs-box-buttons">{again}</div>' if may_help else ''
    return (
        f'<div class="cs-box cs-bad cs-gallery-problem" role="alert">'
        f'<p>{escape(words)}{stays}</p>{buttons}</div>'
    )


def end_html(loading: bool, failed: bool, ended: str, loaded: int) -> str:
    """What stands behind the last picture; ``ended`` is ``all``, ``full`` or '' (there is more)."""
    if failed:
        return button('gallery:again', '', text('gallery.again'), icon('retry'), 'chip')
    if loading:
        return f'<span>{escape(text("gallery.loading_more"))}</span>'
    if not ended or not loaded:
        return ''
    full = text('gallery.full', n=f'{loaded:,}')
    words = full if ended == 'full' else counted('gallery.that_is_all', loaded)
    return f'<span>{escape(words)}</span>'


def kind_text(kind: str) -> str:
    """What somebody looks at the pictures of, in a word."""
    return text(f'gallery.kind.{kind}')
