"""The Shortcuts tab as markup: what it begins with, what stands beside and above the cards, and its
states. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ..domain.model_card import REMOVED
from ..domain.shortcut import Shortcut, ShortcutQuery, ShortcutSort
from ..i18n import text
from .card_view import grid_html, shapes_html
from .icons import EMPTY_SHORTCUTS, icon
from .present_card import note_html
from .present_files import date_text
from .present_shortcut_panels import link_form
from .present_shortcut_side import NAME, part, place, side_html
from .shortcut_session import ShortcutSession
from .shortcut_shelf import Counts
from .words import button, counted, escape, joined, type_name

# --- what stays as it is -------------------------------------------------------------------------


def tab_html() -> str:
    """The tab before anything is known of saved models."""
    grid = grid_html(NAME, text('shortcuts.tab'), removes=True)
    busy = place('work', 'cs-shortcuts-meta', 'p') + place('work-bar')
    refresh = place('refresh', 'cs-shortcuts-meta', 'p') + place('refresh-bar')
    return (
        f'<div class="cs-shortcuts cs-shortcuts-late" data-cs-cards="{NAME}" data-cs-shortcuts '
        f'{_words()}><div class="cs-browse-columns" data-cs-cards-list>{side_html()}'
        f'<div class="cs-browse-main">{_top()}{place("panel")}'
        f'<div class="cs-shortcuts-work">{busy}{place("work-do", "cs-box-buttons")}</div>'
        f'{place("work-said")}'
        f'<div class="cs-shortcuts-work">{refresh}{place("refresh-do", "cs-box-buttons")}</div>'
        f'{place("problem")}{place("nothing")}{grid}</div></div>'
        f'{place("model", "cs-cards-model")}{place("live", "cs-unseen", more=_LIVE)}</div>'
    )


_LIVE = ' aria-live="polite"'


def _words() -> str:
    """What the script says by itself."""
    said = {
        'failed': 'shortcuts.not_sent',
        'many': 'shortcuts.many',
    }
    return ' '.join(f'data-cs-{name}="{escape(text(key))}"' for name, key in said.items())


def _top() -> str:
    hint = escape(text('shortcuts.search'))
    ways = ''.join(
        f'<option value="{sort.value}">{escape(text(f"shortcuts.sort.{sort.value}"))}</option>'
        for sort in ShortcutSort
    )
    add = button('shortcuts:panel', 'add', text('shortcuts.add_by_link'), icon('plus'), 'primary')
    filters = button('shortcuts:filters', '', text('shortcuts.filters'), icon('sliders'))
    name = escape(text('shortcuts.sort'))
    return (
        f'<div class="cs-browse-top"><div class="cs-browse-field">{icon("search")}'
        f'<input type="search" class="cs-input" data-cs-cards-search data-cs-shortcuts-text '
        f'aria-label="{hint}" placeholder="{hint}" autocomplete="off" spellcheck="false" '
        f'maxlength="200" enterkeyhint="search"></div>'
        f'<div class="cs-shortcuts-filters">{filters}</div>'
        f'<select class="cs-select" data-cs-action="shortcuts:sort" data-cs-id="" '
        f'data-cs-shortcuts-sort aria-label="{name}">{ways}</select>{add}</div>'
        f'{place("chips", "cs-shortcuts-chips")}'
        f'<div class="cs-browse-bar">{place("count", "cs-browse-counted", "p")}'
        f'{place("do", "cs-browse-do")}</div>'
    )


# --- above the cards -----------------------------------------------------------------------------


def top_parts(session: ShortcutSession) -> dict[str, str]:
    """How many there are, and what can be done with them."""
    counts = session.counts
    if counts is None:
        return {}
    chips = ''.join(
        button('shortcuts:loosen', kind, words, icon('close'), 'chip')
        for kind, words in wishes(session.query)
    )
    return {
        part('count'): escape(_count_text(session, counts)),
        part('do'): _do_html(session) if counts.all else '',
        part('chips'): chips,
    }


def _count_text(session: ShortcutSession, counts: Counts) -> str:
    if session.selected:
        return text('shortcuts.selected', n=f'{len(session.selected):,}')
    if session.query == ShortcutQuery(sort=session.query.sort):
        return counted('shortcuts.count', counts.all) if counts.all else ''
    found = f'{session.found:,}'
    return text('shortcuts.found', n=found, all=f'{counts.all:,}')


def _do_html(session: ShortcutSession) -> str:
    if not session.selected:
        pick = (
            '<button type="button" class="cs-button cs-quiet" data-cs-action="shortcuts:pick" '
            f'data-cs-id="" data-cs-cards-pick aria-pressed="false"><span>'
            f'{escape(text("shortcuts.pick"))}</span></button>'
        )
        again = button(
            'shortcuts:refresh', 'all', text('shortcuts.refresh_all'), icon('retry'), 'chip'
        )
        return (
            pick
            + again
            + button('shortcuts:panel', 'transfer', text('shortcuts.transfer'), '', 'chip')
        )
    every = ''
    if len(session.selected) < session.found:
        every = button(
            'shortcuts:select-all',
            '',
            text('shortcuts.select_all', n=f'{session.found:,}'),
            '',
            'quiet',
        )
    ways = (
        ('panel', 'classify', 'shortcuts.to_class', ''),
        ('panel', 'tag', 'shortcuts.to_tag', ''),
        ('favour', 'on', 'shortcuts.favour', 'star'),
        ('refresh', 'selected', 'shortcuts.refresh', 'retry'),
        ('export', 'selected', 'shortcuts.export', ''),
        ('remove', '', 'shortcuts.remove', 'remove'),
    )
    return (
        every
        + ''.join(
            button(f'shortcuts:{action}', item, text(key), icon(drawn) if drawn else '', 'chip')
            for action, item, key, drawn in ways
        )
        + button('shortcuts:select-none', '', text('shortcuts.select_none'), '', 'quiet')
    )


def wishes(query: ShortcutQuery) -> list[tuple[str, str]]:
    """What leaves out saved models: by what it is loosened, and in words."""
    named = (
        ('text', query.text),
        ('show', query.class_name or ''),
        ('type', joined(type_name(one) for one in query.types)),
        ('base', joined(query.base_models)),
        ('tag', query.tag or ''),
    )
    found = [(kind, text(f'shortcuts.wish.{kind}', name=name)) for kind, name in named if name]
    if query.favourite:
        found.append(('show', text('shortcuts.favourites')))
    if query.gone:
        found.append(('show', text('shortcuts.gone')))
    if query.installed:
        found.append(('installed', text('shortcuts.installed_only')))
    return found


# --- states --------------------------------------------------------------------------------------


def state_parts(session: ShortcutSession) -> dict[str, str]:
    """What stands where cards would, and behind the last one."""
    counts = session.counts
    nothing = ''
    if counts is None:
        nothing = shapes_html(text('shortcuts.loading')) if session.problem is None else ''
    elif not counts.all:
        nothing = _empty_html()
    elif not session.loaded and not session.busy:
        nothing = _nothing_html(wishes(session.query))
    full = text('shortcuts.full', n=f'{session.loaded:,}') if session.full else ''
    return {part('nothing'): nothing, part('end'): f'<p>{escape(full)}</p>' if full else ''}


def _empty_html() -> str:
    browse = button('shortcuts:browse', '', text('shortcuts.to_browse'), kind='quiet')
    old = button('shortcuts:panel', 'transfer', text('shortcuts.import_old'), kind='quiet')
    return (
        f'<div class="cs-empty cs-shortcuts-empty">{EMPTY_SHORTCUTS}'
        f'<h2>{escape(text("shortcuts.empty_title"))}</h2>'
        f'<p>{escape(text("shortcuts.empty_words"))}</p>{link_form(1)}'
        f'<div class="cs-chips">{browse}{old}</div></div>'
    )


def _nothing_html(found: Sequence[tuple[str, str]]) -> str:
    loosen = ''.join(
        button(
            'shortcuts:loosen', kind, text('shortcuts.loosen', wish=words), icon('close'), 'chip'
        )
        for kind, words in found
    )
    every = (
        button('shortcuts:loosen', 'all', text('shortcuts.loosen_all')) if len(found) > 1 else ''
    )
    return (
        f'<div class="cs-nothing"><p>{escape(text("shortcuts.nothing"))}</p>'
        f'<div class="cs-chips">{loosen}{every}</div></div>'
    )


# --- cards ---------------------------------------------------------------------------------------


def warning_of(one: Shortcut) -> str:
    """What the card warns of, as in :class:`.ModelCard`."""
    return REMOVED if one.gone is not None else one.warning


def line_html(one: Shortcut) -> str:
    """The last line of a card: the note, or since when a removed model is kept."""
    if one.note.strip():
        return note_html(one.note)
    if one.gone is None:
        return ''
    if one.fetched is None:
        return escape(text('shortcuts.kept'))
    return escape(text('shortcuts.kept_since', day=date_text(datetime.fromtimestamp(one.fetched))))
