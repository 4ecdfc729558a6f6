"""The cards under the field: one for each pasted link, with its versions and files. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..domain.file_facts import cover_of
from ..domain.models import ModelVersion, Picture
from ..domain.placement import Placement
from ..i18n import error_text, text
from ..transfers.resolve import Found
from ..util import size_text
from .choice import Choice
from .icons import icon
from .present_direct import direct_html, direct_name
from .present_files import date_text, files_html, only_risky
from .present_list import list_facts, list_html, list_problem, list_title
from .present_offer import offer_html, offer_line, there_html
from .present_row import COVER_WIDTH, PictureAddress
from .present_save_in import refused_html, save_in_html
from .words import button, counted, escape, joined, shown_folder, type_name

STRIP_WIDTH = 320
_STRIP_PICTURES = 6
_SAFE_LEVELS = (1, 2)


@dataclass(frozen=True)
class CardPlace:
    """What a card needs besides its choice: folders seen as roots, addresses of pictures, where the
    chosen file would go, and whether it is the only card (then it is open, with its pictures).
    """

    roots: Sequence[str]
    picture: PictureAddress
    placement: Placement | None = None
    alone: bool = False


def main_button_html(choices: Iterable[Choice]) -> str:
    """The one main button: it names how much it would fetch as soon as that is known, each file
    once and none that is there.
    """
    each = {_meant(choice): choice for choice in choices if choice.ready and not choice.there}
    ready = list(each.values())
    total = sum(choice.to_fetch or 0 for choice in ready)
    known = all(choice.to_fetch is not None for choice in ready)
    size = size_text(total) if total and known else ''
    alone = ready[0] if len(ready) == 1 and ready[0].batch is None else None
    if alone is not None and alone.how:
        label, drawn = text(f'page.do_{alone.how}'), alone.how
    elif alone is not None and size:
        label, drawn = text('page.download_size', size=size), 'download'
    elif ready:
        count = sum(choice.count for choice in ready)
        label, drawn = joined([text('page.add'), counted('page.item', count), size]), 'plus'
    else:
        label, drawn = text('page.add'), 'plus'
    return button('add', '', label, icon(drawn), 'primary')


def _meant(choice: Choice) -> object:
    file = choice.file
    return (file.id, choice.place.wanted) if file else choice.key


def head_html(choices: Sequence[Choice], left_out: int = 0) -> str:
    """How far the looking up is, above several cards; ``left_out`` links have found no room."""
    if len(choices) < 2:
        return ''
    known = sum(choice.step not in ('waiting', 'looking') for choice in choices)
    words = text('page.links', n=len(choices))
    if known < len(choices):
        words = joined([words, text('page.looked_up', n=known)])
    return (
        f'<div class="cs-choice-head"><span>{escape(words)}</span>'
        f'{button("drop-all", "", text("page.drop_all"), "", "quiet")}</div>{_too_many(left_out)}'
    )


def _too_many(left_out: int) -> str:
    if not left_out:
        return ''
    words = escape(text('page.left_out', n=f'{left_out:,}'))
    return f'<p class="cs-warning cs-left-out">{icon("alert")}<span>{words}</span></p>'


def card_html(choice: Choice, place: CardPlace) -> str:
    """One link, whatever is known of it."""
    if choice.step == 'failed' or (choice.error and not choice.found):
        body = _failed(choice)
    elif choice.batch is not None:
        body = _list(choice, place)
    elif choice.direct is not None:
        body = _direct(choice, place)
    elif choice.found:
        body = _found(choice, place)
    else:
        body = _pending(choice)
    busy = ' aria-busy="true"' if choice.busy else ''
    return (
        f'<section class="cs-card cs-step-{choice.step}" data-cs-key="{choice.key}"{busy}>'
        f'{body}</section>'
    )


def _pending(choice: Choice) -> str:
    words = text('page.waiting_turn' if choice.step == 'waiting' else 'page.looking_up')
    return (
        f'<div class="cs-card-head"><span class="cs-cover cs-no-cover"></span>'
        f'<div class="cs-card-main"><div class="cs-row-title">{escape(choice.words)}</div>'
        f'<div class="cs-row-file">{escape(words)}</div></div>{_drop(choice)}</div>'
    )


def _failed(choice: Choice) -> str:
    error = choice.error
    words = error_text(error) if error else ''
    name, again = choice.words, ''
    if choice.batch is not None and error is not None:
        words = list_problem(choice.batch.query, error)
        name = list_title(choice.batch.query)
    if choice.target is not None and error is not None and not error.exit_code == 2:
        again = button('look-again', choice.key, text('page.try_again'), icon('retry'))
    return (
        f'<div class="cs-card-head">'
        f'<span class="cs-cover cs-no-cover cs-bad">{icon("alert")}</span>'
        f'<div class="cs-card-main"><div class="cs-row-title">{escape(name)}</div>'
        f'<p class="cs-problem">{escape(words)}</p></div>{again}{_drop(choice)}</div>'
    )


def _list(choice: Choice, place: CardPlace) -> str:
    assert choice.batch is not None  # only lists come here
    query = choice.batch.query
    title, facts = escape(list_title(query)), escape(list_facts(query) or choice.words)
    return (
        f'<div class="cs-card-head"><span class="cs-cover cs-no-cover">{icon("list")}</span>'
        f'<div class="cs-card-main"><div class="cs-row-title" title="{title}">{title}</div>'
        f'<div class="cs-row-file">{facts}</div></div>{_drop(choice)}</div>'
        f'{list_html(choice, choice.batch, place.roots)}'
    )


def _direct(choice: Choice, place: CardPlace) -> str:
    opened = place.alone or choice.open
    name = direct_name(choice)
    turn = '' if place.alone else _turn(choice, opened, name)
    return direct_html(choice, place.roots, opened, turn + _drop(choice))


def _found(choice: Choice, place: CardPlace) -> str:
    found = choice.version
    assert found is not None
    opened = place.alone or choice.open
    head = _head(choice, found, place, opened)
    return head + (_details(choice, found, place) if opened else '')


def _head(choice: Choice, found: Found, place: CardPlace, opened: bool) -> str:
    version, model = found.version, found.model
    brief = version.model
    name = (model.name if model else '') or (brief.name if brief else '') or choice.words
    kind = (model.type if model else '') or (brief.type if brief else '')
    creator = model.creator.username if model else None
    facts = joined([type_name(kind), version.base_model, creator])
    below = f'<div class="cs-row-file">{escape(facts)}</div>'
    if not opened:
        below += _short(choice, version, place)
    title = f'<div class="cs-row-title" title="{escape(name)}">{escape(name)}</div>'
    shown = choice.size and not opened and not choice.how and not choice.there
    size = size_text(choice.size) if choice.size and shown else ''
    turn = '' if place.alone else _turn(choice, opened, name)
    return (
        f'<div class="cs-card-head">{_cover(version, place)}<div class="cs-card-main">'
        f'{title}{below}</div><span class="cs-card-size">{size}</span>{turn}{_drop(choice)}</div>'
    )


def _short(choice: Choice, version: ModelVersion, place: CardPlace) -> str:
    """The closed card in a line: the file and its folder, or why nothing is chosen."""
    if choice.error is not None:
        return f'<p class="cs-problem">{escape(error_text(choice.error))}</p>'
    if choice.file is None:
        words = text('page.choose_risky' if only_risky(version) else 'page.choose_file')
        return f'<p class="cs-problem">{escape(words)}</p>'
    folder = f' → {_folder(place)}' if place.placement else ''
    words = joined([version.name, choice.file.name]) + folder
    line = f'<div class="cs-row-file">{escape(words)}</div>'
    size = (
        f'<div class="cs-row-file cs-narrow">{escape(size_text(choice.size))}</div>'
        if choice.size and not choice.how
        else ''
    )
    brought = _brought(choice)
    if brought:
        size += f'<div class="cs-row-file">{escape(brought)}</div>'
    said = refused_html(choice.place) + offer_line(choice, place.roots)
    return line + size + said + there_html(choice) + _early_access(version, '')


def _brought(choice: Choice) -> str:
    """``+ VAE 335 MB``: what comes along, in words."""
    return ' '.join(
        f'+ {text(f"words.kind.{one.kind}")} {size_text(one.download.size_estimate or 0)}'
        for one in choice.companions
    )


def _details(choice: Choice, found: Found, place: CardPlace) -> str:
    version = found.version
    body = _strip(version, place) + _versions(choice)
    if choice.error is not None:
        return f'{body}<p class="cs-problem cs-card-end">{escape(error_text(choice.error))}</p>'
    body += _early_access(version, ' cs-card-line')
    if choice.file is None and only_risky(version):
        words = escape(text('page.choose_risky'))
        body += f'<p class="cs-problem cs-card-line">{icon("alert")}<span>{words}</span></p>'
    body += files_html(choice.key, version, choice.file_id)
    body += offer_html(choice, place.roots)
    brought = _brought(choice)
    if brought:
        body += f'<p class="cs-help cs-card-line"><span>{escape(brought)}</span></p>'
    if place.placement is None:
        return body
    chosen = save_in_html(
        choice.place, place.roots, f'cs-save-{choice.key}', ('save-in', 'subfolder'), choice.key
    )
    return f'{body}<div class="cs-card-line cs-card-save">{chosen}{there_html(choice)}</div>'


def _folder(place: CardPlace) -> str:
    if place.placement is None:
        return ''
    folder = str(Path(place.placement.root).joinpath(*place.placement.folder))
    return shown_folder(folder, place.roots)


def _early_access(version: ModelVersion, place: str) -> str:
    if not version.early_access:
        return ''
    ends = version.early_access_ends_at
    words = text('page.early_until', date=date_text(ends)) if ends else text('page.early_access')
    return f'<p class="cs-warning{place}">{icon("clock")}<span>{escape(words)}</span></p>'


def _versions(choice: Choice) -> str:
    options = ''.join(
        f'<option value="{found.version.id}"{" selected" if place == choice.chosen else ""}>'
        f'{escape(_version_words(found.version))}</option>'
        for place, found in enumerate(choice.found)
    )
    name = f'cs-version-{choice.key}'
    label = escape(text('page.version'))
    return (
        f'<div class="cs-card-line"><label class="cs-label" for="{name}">{label}</label>'
        f'<select class="cs-select" id="{name}" data-cs-action="version" '
        f'data-cs-id="{choice.key}">{options}</select></div>'
    )


def _version_words(version: ModelVersion) -> str:
    when = date_text(version.published_at) if version.published_at else None
    return joined([version.name, when, version.base_model])


def _cover(version: ModelVersion, place: CardPlace) -> str:
    url = cover_of(version)
    if not url:
        return f'<span class="cs-cover cs-no-cover">{icon("picture")}</span>'
    address = escape(place.picture(url, COVER_WIDTH))
    return f'<img class="cs-cover" src="{address}" width="44" height="55" alt="" loading="lazy">'


def _strip(version: ModelVersion, place: CardPlace) -> str:
    """Only what is rated PG or PG-13; other pictures are not even sent."""
    safe = [picture for picture in version.images if _is_safe(picture)][:_STRIP_PICTURES]
    pictures = ''.join(
        f'<img src="{escape(place.picture(picture.url, STRIP_WIDTH))}" alt="" loading="lazy">'
        for picture in safe
    )
    return f'<div class="cs-strip">{pictures}</div>' if pictures else ''


def _is_safe(picture: Picture) -> bool:
    web = picture.url.lower().startswith(('https://', 'http://'))
    return picture.type == 'image' and picture.nsfw_level in _SAFE_LEVELS and web


def _turn(choice: Choice, opened: bool, name: str) -> str:
    label = escape(text('page.close_card' if opened else 'page.open_card', name=name))
    return (
        f'<button type="button" class="cs-button cs-icon cs-turn" data-cs-action="turn" '
        f'data-cs-id="{choice.key}" aria-expanded="{"true" if opened else "false"}" '
        f'aria-label="{label}" title="{label}">{icon("chevron")}</button>'
    )


def _drop(choice: Choice) -> str:
    if choice.step == 'adding':
        return ''
    return button('drop', choice.key, text('page.drop', name=choice.words), icon('close'), 'icon')
