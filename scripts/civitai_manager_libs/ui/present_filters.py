"""The filters of the Browse tab as markup. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..domain.browse_filters import ADULT, BrowseFilters
from ..domain.search import MODEL_TYPES, SORTS
from ..i18n import text
from .filter_changes import filters_on
from .icons import icon
from .words import button, escape, segments, type_name

_FIRST_TYPES = ('Checkpoint', 'LORA', 'DoRA', 'TextualInversion', 'VAE', 'Controlnet')
_PERIODS = ('Week', 'Month', 'Year', 'AllTime')
_BASES_NAMED = 2


@dataclass(frozen=True)
class HiddenThing:
    """Something that is left out: its kind, name, and what it is called."""

    kind: str
    name: str
    label: str


def part(name: str) -> str:
    """The name of a place of this tab."""
    return f'browse-{name}'


def _place(name: str, kind: str = '', tag: str = 'div') -> str:
    looks = f' class="{kind}"' if kind else ''
    return f'<{tag}{looks} data-cs-part="{part(name)}"></{tag}>'


def side_html() -> str:
    """The column of filters before anything is known of them."""
    done = button('browse:filters', '', text('browse.filters_done'), kind='primary')
    return (
        f'<aside class="cs-browse-side" aria-label="{escape(text("browse.filters"))}" '
        f'data-cs-browse-side>{_row("types", "browse.types")}{_bases()}'
        f'{_row("sort", "browse.sort")}{_row("period", "browse.period")}'
        f'{_row("adult", "browse.adult")}{_place("checks", "cs-browse-checks")}{_further()}'
        f'{_place("clear")}<div class="cs-browse-done">{done}</div></aside>'
    )


def _row(name: str, key: str) -> str:
    label = f'<span class="cs-label">{escape(text(key))}</span>'
    return f'<div class="cs-browse-row">{label}{_place(name)}</div>'


def _bases() -> str:
    label = f'<span class="cs-label">{escape(text("browse.bases"))}</span>'
    hint = escape(text('browse.bases_find'))
    return (
        f'<div class="cs-browse-row">{label}<details class="cs-browse-bases" data-cs-browse-bases>'
        f'<summary>{_place("bases-words", tag="span")}{icon("chevron")}</summary>'
        f'<div class="cs-browse-list"><input type="text" class="cs-input" data-cs-browse-find '
        f'placeholder="{hint}" aria-label="{hint}" autocomplete="off" spellcheck="false">'
        f'{_place("bases", "cs-browse-choices")}</div></details></div>'
    )


def _further() -> str:
    fields = ''.join(
        f'<label class="cs-browse-row"><span class="cs-label">{escape(text(f"browse.{name}"))}'
        f'</span><input type="text" class="cs-input" data-cs-browse-{name} autocomplete="off" '
        f'spellcheck="false" maxlength="200" enterkeyhint="search"></label>'
        for name in ('tag', 'creator')
    )
    return (
        f'<details class="cs-browse-further" data-cs-browse-further><summary>'
        f'<span>{escape(text("browse.further"))}</span>{icon("chevron")}</summary>{fields}'
        f'<p class="cs-help">{escape(text("browse.on_enter"))}</p>{_place("hidden")}</details>'
    )


def filter_parts(
    filters: BrowseFilters,
    base_models: Sequence[str],
    every_type: bool,
    hidden: Sequence[HiddenThing],
) -> dict[str, str]:
    """The filters as they are; ``base_models`` are those to choose from, with ``every_type`` all
    types are listed.
    """
    query = filters.query
    return {
        part('types'): _types_html(query.types, every_type),
        part('bases-words'): escape(_bases_words(query.base_models)),
        part('bases'): _bases_html(query.base_models, base_models),
        part('sort'): _sort_html(query.sort or '', bool(query.text)),
        part('period'): _period_html(query.period or ''),
        part('adult'): segments(
            'browse:adult',
            'adult',
            text('browse.adult'),
            [(way, text(f'browse.adult.{way}')) for way in ADULT],
            filters.adult,
        ),
        part('checks'): ''.join(
            check_html(f'browse:{name}', '', text(f'browse.{name}'), getattr(filters, name))
            for name in ('hide_installed', 'hide_seen')
        ),
        part('hidden'): _hidden_html(hidden),
        part('clear'): _clear_html(filters),
        part('on'): chips_html(filters),
        part('filters'): _phone_button(len(filters_on(filters))),
    }


def check_html(action: str, item: str, words: str, on: bool) -> str:
    """A box to tick."""
    return (
        f'<label class="cs-check"><input type="checkbox" data-cs-action="{escape(action)}" '
        f'data-cs-id="{escape(item)}"{" checked" if on else ""}><span>{escape(words)}</span>'
        '</label>'
    )


def chips_html(filters: BrowseFilters) -> str:
    """What is on, each to be taken away."""
    return ''.join(
        button(
            'browse:loosen',
            one.kind,
            one.words,
            icon('close'),
            'chip',
            value=one.value,
        ).replace(
            '<button ', f'<button aria-label="{escape(text("browse.loosen", name=one.words))}" ', 1
        )
        for one in filters_on(filters)
    )


def _types_html(chosen: Sequence[str], every: bool) -> str:
    listed = list(MODEL_TYPES if every else _FIRST_TYPES)
    listed += [one for one in chosen if one not in listed]
    chips = ''.join(
        f'<button type="button" class="cs-button cs-chip" data-cs-action="browse:type" '
        f'data-cs-id="{escape(one)}" aria-pressed="{"true" if one in chosen else "false"}">'
        f'<span>{escape(type_name(one))}</span></button>'
        for one in listed
    )
    turn = button(
        'browse:types', '', text('browse.fewer' if every else 'browse.more_types'), kind='chip'
    )
    name = escape(text('browse.types'))
    return f'<div class="cs-browse-types" role="group" aria-label="{name}">{chips}{turn}</div>'


def _bases_words(chosen: Sequence[str]) -> str:
    if not chosen:
        return text('browse.bases_any')
    named = text('browse.list').join(chosen[:_BASES_NAMED])
    if len(chosen) <= _BASES_NAMED:
        return named
    return text('browse.bases_some', names=named, n=len(chosen))


def _bases_html(chosen: Sequence[str], known: Iterable[str]) -> str:
    listed = list(dict.fromkeys((*chosen, *known)))
    none = button('browse:bases-none', '', text('browse.bases_none'), kind='chip') if chosen else ''
    return none + ''.join(check_html('browse:base', one, one, one in chosen) for one in listed)


def _sort_html(sort: str, searching: bool) -> str:
    options = ''.join(
        f'<option value="{escape(one)}"{" selected" if one == sort else ""}>'
        f'{escape(text(f"browse.sort.{one}"))}</option>'
        for one in SORTS
    )
    label = escape(text('browse.sort'))
    chosen = (
        f'<select class="cs-select" data-cs-action="browse:sort" data-cs-id="sort" '
        f'aria-label="{label}">{options}</select>'
    )
    # The server keeps to its own order while it looks for words (civitai-api.md section 3.1).
    about = f'<p class="cs-help">{escape(text("browse.sort_words"))}</p>' if searching else ''
    return chosen + about


def _period_html(period: str) -> str:
    ways = [(one, text(f'browse.period.{one}')) for one in _PERIODS]
    if period == 'Day':
        ways.insert(0, (period, text('browse.period.Day')))
    return segments('browse:period', 'period', text('browse.period'), ways, period or 'AllTime')


def _hidden_html(hidden: Sequence[HiddenThing]) -> str:
    if not hidden:
        return ''
    rows = ''.join(
        f'<li><span title="{escape(one.label)}">{escape(one.label)}</span>'
        f'<span class="cs-help">{escape(text(f"browse.kind.{one.kind}"))}</span>'
        + button('browse:unhide', one.kind, text('browse.unhide'), kind='chip', value=one.name)
        + '</li>'
        for one in hidden
    )
    head = escape(text('browse.hidden', n=f'{len(hidden):,}'))
    return f'<span class="cs-label">{head}</span><ul class="cs-browse-hidden">{rows}</ul>'


def _clear_html(filters: BrowseFilters) -> str:
    if not filters_on(filters):
        return ''
    return button('browse:clear-filters', '', text('browse.clear'), kind='quiet')


def _phone_button(count: int) -> str:
    shown = f'<b class="cs-browse-count">{count}</b>' if count else ''
    return (
        f'<button type="button" class="cs-button" data-cs-action="browse:filters" data-cs-id="">'
        f'{icon("sliders")}<span>{escape(text("browse.filters"))}</span>{shown}</button>'
    )
