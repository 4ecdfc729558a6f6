"""The card of a list of models: what it is read for, and what that comes to. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..domain.search import ModelQuery
from ..errors import NotFound, ShortcutError
from ..i18n import error_text, text
from ..transfers.batch import Totals
from ..transfers.plan import Listed, Plan
from ..util import size_text
from .choice import LIMITS, Batch, Choice
from .icons import icon
from .present_save_in import refused_html, save_in_html
from .save_in import SaveIn
from .words import counted, escape, joined, segments, shown_folder, type_name

_MOST_FOLDERS = 5
_MOST_LEFT = 50


def list_title(query: ModelQuery) -> str:
    """What the list is of, in a few words."""
    if query.username:
        return text('page.list_of', name=query.username)
    if query.tag:
        return text('page.list_tag', name=query.tag)
    return text('page.list_found', name=query.text) if query.text else text('page.list_all')


def list_facts(query: ModelQuery) -> str:
    """What narrows it besides, if anything does."""
    title = list_title(query)
    others = [query.tag, query.text, *map(type_name, query.types), *query.base_models]
    facts = [fact for fact in others if fact and fact not in title]
    return joined([*facts, query.sort, query.period])


def list_html(choice: Choice, batch: Batch, roots: Sequence[str]) -> str:
    """Everything below the head of the card."""
    if choice.step == 'adding':
        return ''
    state = _state(choice, batch, roots)
    return f'{_options(choice.key, batch)}<div class="cs-card-end cs-list">{state}</div>'


def list_problem(query: ModelQuery, error: ShortcutError) -> str:
    """Why the list could not be read."""
    if isinstance(error, NotFound) and query.username:
        return text('page.list_no_creator', name=query.username)
    return error_text(error)


def _options(key: str, batch: Batch) -> str:
    limits = [(str(one or 'all'), f'{one}' if one else text('page.list_whole')) for one in LIMITS]
    limit = segments('list-limit', key, text('page.list_limit'), limits, str(batch.limit or 'all'))
    label = escape(text('page.list_limit'))
    return (
        f'<div class="cs-card-line cs-list-options"><div><span class="cs-label">{label}</span>'
        f'{limit}</div><div class="cs-checks">'
        f'{_check("list-versions", key, text("page.list_versions"), batch.all_versions)}'
        f'{_check("list-adult", key, text("page.list_adult"), batch.query.nsfw)}</div></div>'
    )


def _check(action: str, key: str, label: str, on: bool) -> str:
    return (
        f'<label class="cs-check"><input type="checkbox" data-cs-action="{action}" '
        f'data-cs-id="{key}"{" checked" if on else ""}><span>{escape(label)}</span></label>'
    )


def _state(choice: Choice, batch: Batch, roots: Sequence[str]) -> str:
    if batch.plan is None or batch.totals is None:
        if choice.step == 'waiting':
            words = text('page.list_waiting')
        else:
            read = counted('page.list_model', batch.models) if batch.models else None
            words = joined([text('page.list_reading'), read])
        return f'<p class="cs-help" role="status">{escape(words)}</p>'
    listed = batch.plan.listed
    if not batch.totals.count:
        key = 'page.list_none' if batch.query.nsfw else 'page.list_none_safe'
        words = text(key) if listed is None or not listed.models else text('page.list_no_files')
        return f'<p class="cs-help">{escape(words)}</p>{_left_out(batch.plan)}'
    remarks = ''.join(f'<p class="cs-help">{escape(one)}</p>' for one in _remarks(listed))
    return (
        f'{_figures(batch.totals, listed)}{_folders(batch.totals, roots)}'
        f'{_places(choice, batch, roots)}{remarks}{_left_out(batch.plan)}'
    )


def _figures(figures: Totals, listed: Listed | None) -> str:
    size = size_text(figures.bytes) if figures.bytes else None
    first = joined(
        [
            counted('page.list_model', listed.models) if listed else None,
            counted('page.list_file', figures.count),
            size,
            text('page.list_unknown', n=f'{figures.unknown:,}') if figures.unknown else None,
        ]
    )
    return f'<p class="cs-list-sum">{escape(first)}</p>{_there(figures)}'


def _there(figures: Totals) -> str:
    if not figures.existing:
        return ''
    if not figures.to_download:
        words = escape(text('page.list_all_there'))
        return f'<p class="cs-list-there">{icon("check")}<span>{words}</span></p>'
    left = size_text(figures.bytes_to_download) if figures.bytes_to_download else None
    there = text('page.list_there', n=f'{figures.existing:,}')
    missing = text('page.list_missing', n=f'{figures.to_download:,}')
    return f'<p>{escape(joined([there, missing, left]))}</p>'


def _folders(figures: Totals, roots: Sequence[str]) -> str:
    rows = [
        f'<li title="{escape(folder)}">{icon("folder")}'
        f'<span>{escape(shown_folder(folder, roots))}</span><b>{count:,}</b></li>'
        for folder, count in figures.folders.items()
    ]
    more = len(rows) - _MOST_FOLDERS
    if more > 0:
        words = escape(counted('page.list_more_folder', more))
        rows[_MOST_FOLDERS:] = [f'<li><span>{words}</span></li>']
    return f'<ul class="cs-folders">{"".join(rows)}</ul>'


def _places(choice: Choice, batch: Batch, roots: Sequence[str]) -> str:
    """The folder of each kind of file; of several kinds only when somebody wants to choose."""
    alone = len(batch.places) == 1
    chosen = ''.join(
        save_in_html(
            place,
            roots,
            f'cs-save-{choice.key}-{number}',
            ('save-in', 'subfolder'),
            f'{choice.key}/{number}',
            '' if alone else _place_title(place),
        )
        for number, place in enumerate(batch.places)
    )
    if not chosen or alone:
        return f'<div class="cs-card-save">{chosen}</div>' if chosen else ''
    turn = (
        f'<button type="button" class="cs-button cs-quiet cs-list-turn" data-cs-action="turn" '
        f'data-cs-id="{choice.key}" aria-expanded="{"true" if choice.open else "false"}">'
        f'{icon("chevron")}<span>{escape(text("page.list_save_in"))}</span></button>'
    )
    shut = refused_html(choice.misplaced) if choice.misplaced else ''
    inside = f'<div class="cs-card-save">{chosen}</div>' if choice.open else shut
    return f'<div class="cs-list-places">{turn}{inside}</div>'


def _place_title(place: SaveIn) -> str:
    kind = type_name(place.kind.name) if place.kind is not None else ''
    return joined([kind, counted('page.list_file', place.files)])


def _remarks(listed: Listed | None) -> Iterator[str]:
    if listed is None:
        return
    if listed.broken:
        yield text('page.list_broken', n=f'{listed.broken:,}')
    if listed.astray:
        yield text('page.list_astray', n=f'{listed.models:,}')
    elif listed.more:
        yield text('page.list_more', n=f'{listed.models:,}')


def _left_out(plan: Plan) -> str:
    """Folded: what of the list is not queued, and why."""
    lines = list(_reasons(plan))
    if not lines:
        return ''
    shown = [f'<li>{escape(line)}</li>' for line in lines[:_MOST_LEFT]]
    if len(lines) > _MOST_LEFT:
        more = text('page.more_rows', n=f'{len(lines) - _MOST_LEFT:,}')
        shown.append(f'<li>{escape(more)}</li>')
    tail = f'<p>{escape(text("page.left_by_itself"))}</p>' if plan.skipped else ''
    head = escape(text('page.left_of_list', n=f'{len(lines):,}'))
    return (
        f'<details class="cs-left"><summary>{icon("chevron")}<span>{head}</span></summary>'
        f'<ul>{"".join(shown)}</ul>{tail}</details>'
    )


def _reasons(plan: Plan) -> Iterator[str]:
    for file, key in plan.skipped:
        yield text(f'page.left.{key.rpartition(".")[2]}', file=file.name)
    for version in plan.left_out:
        reason = error_text(version.error)
        yield text('page.left.version', name=version.name, reason=reason)
