"""The Browse tab as markup besides its filters: the field, counts, states. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..domain.browse_filters import HIDE, BrowseFilters
from ..domain.target_types import TargetKind
from ..errors import UsageError
from ..i18n import error_text, text
from .card_view import grid_html, shapes_html
from .filter_changes import filters_on
from .icons import icon
from .present_files import date_text
from .present_filters import part, side_html
from .words import button, counted, escape

START = 'start'
"""The place of the page of the first run."""

_OF_PICTURES = (TargetKind.IMAGE.value, TargetKind.POST.value)


def tab_html() -> str:
    """The tab before anything is looked for; at the first run other things stand in its place."""
    return (
        f'<div class="cs-start-place" data-cs-part="{START}"></div>'
        '<div class="cs-browse" data-cs-cards="browse"><div class="cs-browse-columns" '
        f'data-cs-cards-list>{side_html()}<div class="cs-browse-main">{_place("banner")}{_top()}'
        f'{_bar()}{_place("note")}{_place("nothing")}'
        f'{grid_html("browse", text("browse.results"))}</div></div>'
        f'{_place("model", "cs-cards-model")}{_place("live", "cs-unseen", _LIVE)}</div>'
    )


_LIVE = ' aria-live="polite"'


def _place(name: str, kind: str = '', more: str = '') -> str:
    looks = f' class="{kind}"' if kind else ''
    return f'<div{looks} data-cs-part="{part(name)}"{more}></div>'


def _top() -> str:
    hint = escape(text('browse.field'))
    search = button('browse:search', '', text('browse.search'), kind='primary')
    return (
        f'<div class="cs-browse-top"><div class="cs-browse-field">{icon("search")}'
        f'<input type="search" class="cs-input" data-cs-cards-search data-cs-browse-field '
        f'aria-label="{hint}" placeholder="{hint}" autocomplete="off" spellcheck="false" '
        f'maxlength="2000" enterkeyhint="search"></div>{search}{_place("filters")}</div>'
    )


def _bar() -> str:
    pick = (
        '<button type="button" class="cs-button cs-quiet" data-cs-action="browse:pick" '
        f'data-cs-id="" data-cs-cards-pick aria-pressed="false">'
        f'<span>{escape(text("browse.pick"))}</span></button>'
    )
    return (
        f'<div class="cs-browse-bar">{_place("on", "cs-browse-on")}'
        f'{_place("count", "cs-browse-counted")}'
        f'{_place("do", "cs-browse-do")}{pick}</div>'
    )


def count_html(shown: int, loading: bool, more: bool, since: float | None) -> str:
    """How many models are listed."""
    if not shown:
        wait = f'<span class="cs-cards-late">{escape(text("browse.searching"))}</span>'
        return wait if loading else ''
    return escape(_count_text(shown, more, since))


def _count_text(shown: int, more: bool, since: float | None) -> str:
    if since is not None:
        return text('browse.kept', time=moment_text(since), n=f'{shown:,}')
    return text('browse.loaded_more', n=f'{shown:,}') if more else counted('browse.loaded', shown)


def do_html(selected: int) -> str:
    """What can be done with the selected ones."""
    if not selected:
        return ''
    count = f'{selected:,}'
    save = button('browse:save-selected', '', text('browse.save_selected', n=count))
    load = button(
        'browse:download-selected', '', text('browse.download_selected', n=count), icon('download')
    )
    hide = button('browse:hide-selected', '', text('browse.hide_selected', n=count))
    none = button('browse:select-none', '', text('browse.select_none'), kind='quiet')
    return save + load + hide + none


def searching_html() -> str:
    """Grey shapes where cards will be."""
    return shapes_html(text('browse.searching'))


def offline_html(since: float, words: str) -> str:
    """Civitai did not answer: what is shown instead, and why."""
    said = escape(text('browse.offline_words', when=moment_text(since)))
    return _banner('offline', text('browse.offline'), said, escape(words))


def problem_html(words: str, kept: bool) -> str:
    """Why nothing came, or nothing more; ``kept`` if what came before is still here."""
    stays = text('browse.stays') if kept else text('browse.saved_readable')
    return _banner('alert', '', escape(words), escape(stays))


def _banner(drawn: str, title: str, words: str, about: str) -> str:
    again = button('browse:again', '', text('gallery.again'), icon('retry'))
    head = f'<strong>{escape(title)}</strong> ' if title else ''
    return (
        f'<div class="cs-browse-banner" role="status">{icon(drawn)}<p>{head}{words} '
        f'<span class="cs-help">{about}</span></p>{again}</div>'
    )


def nothing_html(filters: BrowseFilters, left_out: int, tired: bool = False) -> str:
    """No model fits: which filter to loosen; ``left_out`` models were left out by the person's own
    wishes, ``tired`` that there may be some all the same.
    """
    words = text('browse.nothing_text' if filters.query.text else 'browse.nothing')
    words = text('browse.nothing_yet') if tired else words
    about = text('browse.nothing_left_out', n=f'{left_out:,}') if left_out else ''
    ways = ''.join(
        button('browse:loosen', one.kind, text('browse.without', name=one.words), value=one.value)
        for one in filters_on(filters)
    )
    if filters.adult == HIDE:
        ways += button('browse:loosen', 'adult', text('browse.with_adult'))
    if filters.query.text:
        ways += button('browse:loosen', 'text', text('browse.without_text'))
    tried = f'<p class="cs-help">{escape(text("browse.loosen_one"))}</p>' if ways else ''
    return (
        f'<div class="cs-nothing cs-browse-nothing"><h2>{escape(words)}</h2>'
        f'<p>{escape(about)}</p>{tried}<div class="cs-chips">{ways}</div></div>'
    )


def stray_html(error: UsageError) -> str:
    """The address in the field leads to no model: what it is, and where its pictures are shown."""
    show = ''
    if error.details.get('kind') in _OF_PICTURES:
        address = str(error.details['text'])
        words = text('browse.open_in_gallery')
        show = button('browse:gallery', '', words, icon('picture'), value=address)
    return (
        f'<div class="cs-browse-banner" role="status">{icon("info")}'
        f'<p>{escape(error_text(error))}</p>{show}</div>'
    )


def unknown_tag_html(tag: str, nearest: Sequence[str]) -> str:
    """Civitai does not have the tag; some that it has."""
    ways = ''.join(button('browse:tag', '', one, kind='chip', value=one) for one in nearest)
    without = button('browse:loosen', 'tag', text('browse.without_tag'), kind='chip', value=tag)
    meant = f' {text("browse.meant")}' if nearest else ''
    words = escape(text('browse.unknown_tag', name=tag) + meant)
    return (
        f'<div class="cs-browse-banner" role="status">{icon("info")}<p>{words}</p>'
        f'<div class="cs-chips">{ways}{without}</div></div>'
    )


def number_html(number: int | None) -> str:
    """The way to the model of that id, above what was found for the same digits."""
    if number is None:
        return ''
    label = text('browse.open_number', id=str(number))
    chip = button('browse:open', number, label, icon('link'), kind='chip')
    return f'<div class="cs-chips cs-browse-note">{chip}</div>'


def note_html(broken: int, astray: bool) -> str:
    """What went wrong with single models of a list, in small words."""
    said = []
    if broken:
        said.append(counted('browse.broken', broken))
    if astray:
        said.append(text('browse.astray'))
    return f'<p class="cs-help cs-browse-note">{escape(" ".join(said))}</p>' if said else ''


def end_html(loading: bool, stuck: bool, ended: str, shown: int, tired: bool = False) -> str:
    """What stands behind the last card; ``ended`` is ``all``, ``full`` or '' (there is more)."""
    if stuck and shown:
        why = f'<p class="cs-help">{escape(text("browse.rest_failed"))}</p>'
        return why + button('browse:again', '', text('gallery.again'), icon('retry'))
    if loading and shown:
        return f'<span>{escape(text("browse.loading_more"))}</span>'
    if tired:
        why = f'<p class="cs-help">{escape(text("browse.tired"))}</p>'
        return why + button('browse:again', '', text('browse.search_on'), icon('search'))
    if not ended or not shown:
        return ''
    full = text('browse.full', n=f'{shown:,}')
    return (
        f'<span>{escape(full if ended == "full" else counted("browse.that_is_all", shown))}</span>'
    )


def moment_text(when: float) -> str:
    """A moment (seconds since 1970) as people say it: only the time if it was today."""
    then, now = datetime.fromtimestamp(when), datetime.now()
    if then.date() == now.date():
        return then.strftime('%H:%M')
    values = {'date': date_text(then), 'time': then.strftime('%H:%M')}
    return text('browse.moment', **values)
