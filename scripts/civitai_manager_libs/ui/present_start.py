"""The page of the first run as markup. What is being typed stands in what is drawn once; around it
parts come anew. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..domain.browse_filters import ADULT
from ..errors import ShortcutError
from ..i18n import error_text, text
from ..library.programs import ModelPlace
from ..util import size_text
from .icons import icon
from .present_key import KeyState
from .words import button, counted, escape, joined, segments

OWN, OTHER = 'own', 'other'
"""The folder of the program itself, and one that somebody types; other places by their path."""

_EXAMPLES = 3
_LANGUAGES = (('zh-TW', '正體中文'), ('en', 'English'))


def page_html() -> str:
    """The four questions."""
    later = button('start:later', '', text('start.later'), kind='quiet')
    finish = button('start:finish', '', text('start.finish'), kind='primary')
    return (
        '<section class="cs-start cs-start-whole" aria-labelledby="cs-start-title">'
        f'<h1 id="cs-start-title" tabindex="-1">{escape(text("start.title"))}</h1>'
        f'<p class="cs-start-about">{escape(text("start.about"))}</p><ol class="cs-start-steps">'
        f'{_step("language", "", _place("language"))}'
        f'{_step("folder", text("start.folder.help"), _folders())}'
        f'{_step("key", text("start.key.help"), _key())}'
        f'{_step("adult", text("start.adult.help"), _place("adult"))}</ol>'
        f'<div class="cs-start-foot">{finish}{later}</div>{_place("problem", _LIVE)}</section>'
    )


_LIVE = ' role="status"'


def host_html() -> str:
    """In a host there is one question: all else is known there."""
    later = button('start:later', '', text('start.close'), kind='quiet')
    return (
        '<section class="cs-start cs-start-host" aria-labelledby="cs-start-title">'
        f'<h2 id="cs-start-title">{escape(text("start.key"))}</h2>'
        f'<p class="cs-help">{escape(text("start.key.help"))}</p>{_key(later)}</section>'
    )


def ready_html(examples: Sequence[tuple[str, str]]) -> str:
    """Everything is answered: a field for the first link; ``examples`` are some to try."""
    hint = escape(text('start.ready.field'))
    go = button('start:link', '', text('start.ready.open'), kind='primary')
    tries = ''.join(
        button('start:link', '', words, kind='chip', value=address)
        for address, words in examples[:_EXAMPLES]
    )
    chips = f'<div class="cs-chips">{tries}</div>' if tries else ''
    look = button('start:look', '', text('start.ready.look'), kind='quiet')
    return (
        '<section class="cs-start cs-start-whole" aria-labelledby="cs-start-title">'
        f'<h1 id="cs-start-title" tabindex="-1">{escape(text("start.ready"))}</h1>'
        f'<p class="cs-start-about">{escape(text("start.ready.about"))}</p>'
        f'<div class="cs-start-line"><input type="text" class="cs-input" data-cs-start="link" '
        f'aria-label="{hint}" placeholder="{hint}" autocomplete="off" spellcheck="false" '
        f'maxlength="2000" inputmode="url" enterkeyhint="go">{go}</div>{chips}'
        f'<div class="cs-start-foot">{look}</div></section>'
    )


def _place(name: str, more: str = '') -> str:
    return f'<div data-cs-part="start-{name}"{more}></div>'


def _step(name: str, about: str, inside: str) -> str:
    said = f'<p class="cs-help">{escape(about)}</p>' if about else ''
    return (
        f'<li class="cs-start-step"><span data-cs-part="start-mark-{name}"></span><div>'
        f'<h2>{escape(text(f"start.{name}"))}</h2>{said}{inside}</div></li>'
    )


def _folders() -> str:
    hint = escape(text('start.folder.typed'))
    check = button('start:typed', '', text('start.check'))
    return (
        f'{_place("folder")}<div class="cs-start-typed" data-cs-start-typed hidden>'
        f'<div class="cs-start-line"><input type="text" class="cs-input" data-cs-start="folder" '
        f'aria-label="{hint}" placeholder="{hint}" autocomplete="off" spellcheck="false" '
        f'maxlength="4096">{check}</div></div>{_place("typed", _LIVE)}'
    )


def _key(beside: str = '') -> str:
    hint = escape(text('start.key.hint'))
    check = button('start:key', '', text('start.check'))
    return (
        f'<div class="cs-start-line"><input type="password" class="cs-input" '
        f'data-cs-start="key" aria-label="{hint}" placeholder="{hint}" spellcheck="false" '
        f'autocomplete="new-password" maxlength="512">{check}{beside}</div>{_place("key", _LIVE)}'
    )


# --- what changes --------------------------------------------------------------------------------


def mark_html(number: int, done: bool) -> str:
    """The number of a question, or that it is answered."""
    if not done:
        return f'<span class="cs-start-mark" aria-hidden="true">{number}</span>'
    said = escape(text('start.answered'))
    return (
        f'<span class="cs-start-mark cs-ok">{icon("check")}'
        f'<span class="cs-unseen">{said}</span></span>'
    )


def language_html(chosen: str, fixed: str) -> str:
    """The languages, each by its own name; ``fixed`` is why none can be chosen, if so."""
    if fixed:
        return _fixed(fixed)
    return segments('start:language', '', text('start.language'), _LANGUAGES, chosen)


def adult_html(chosen: str, fixed: str) -> str:
    """What is done with adult content."""
    if fixed:
        return _fixed(fixed)
    ways = [(way, text(f'setting.adult_content.{way}')) for way in ADULT]
    return segments('start:adult', '', text('start.adult'), ways, chosen)


def folder_html(
    places: Sequence[ModelPlace], own: ModelPlace, chosen: str, searching: bool, fixed: str
) -> str:
    """The programs that were found, our ``own`` folder, and any other."""
    if fixed:
        return _fixed(fixed)
    rows = ''.join(
        _choice(str(one.root), one.program.name if one.program else '', _facts(one), chosen)
        for one in places
    )
    rows += _choice(OWN, text('start.folder.own'), _facts(own), chosen)
    rows += _choice(OTHER, text('start.folder.other'), '', chosen)
    said = ''
    if searching:
        said = text('start.folder.searching')
    elif not places:
        said = text('start.folder.none')
    note = f'<p class="cs-help" role="status">{escape(said)}</p>' if said else ''
    name = escape(text('start.folder'))
    return f'{note}<div class="cs-start-choices" role="radiogroup" aria-label="{name}">{rows}</div>'


def _choice(value: str, name: str, facts: str, chosen: str) -> str:
    about = f'<span class="cs-help">{escape(facts)}</span>' if facts else ''
    on = value == chosen
    return (
        f'<label class="cs-start-choice{" cs-on" if on else ""}"><input type="radio" '
        f'name="cs-start-folder" value="{escape(value)}" data-cs-action="start:folder" '
        f'data-cs-id=""{" checked" if on else ""}><span><strong>{escape(name)}</strong>'
        f'{about}</span></label>'
    )


def _facts(place: ModelPlace) -> str:
    folder = place.root / 'models' if place.program is not None else place.root
    models = ''
    if place.more:
        models = text('start.models_more', n=f'{place.models:,}')
    elif place.models or place.program is not None:
        models = counted('start.model', place.models)
    free = text('start.free', size=size_text(place.free)) if place.free is not None else ''
    return joined([str(folder), models, free])


def typed_html(checking: bool, place: ModelPlace | None, error: ShortcutError | None) -> str:
    """What is known of the folder that was typed."""
    if checking:
        return _said('clock', 'plain', text('start.folder.checking'))
    if error is not None:
        return _said('alert', 'bad', error_text(error))
    if place is None:
        return ''
    name = place.program.name if place.program is not None else text('start.folder.usable')
    return _said('check', 'ok', joined([name, _facts(place)]))


def key_html(state: KeyState, shown: str, fixed: str) -> str:
    """What is known of the key; ``shown`` is what of it may be seen."""
    drawn, sort, words = {
        'none': ('', '', ''),
        'set': ('key', 'plain', text('page.settings.key_unchecked')),
        'checking': ('clock', 'plain', text('page.settings.key_checking')),
        'confirmed': ('check', 'ok', text('page.settings.key_confirmed', name=state.name)),
        'refused': ('alert', 'bad', text('page.settings.key_refused')),
        'unsure': ('alert', 'warn', _error(state)),
        'moving': ('clock', 'plain', text('page.settings.key_moving')),
        'unmoved': ('alert', 'bad', _error(state)),
    }[state.kind]
    known = _said(drawn, sort, joined([shown, words])) if words else ''
    return known + (_fixed(fixed) if fixed else '')


def problem_html(error: ShortcutError | None) -> str:
    """Why it could not begin."""
    return _said('alert', 'bad', error_text(error)) if error is not None else ''


def _error(state: KeyState) -> str:
    return error_text(state.error) if state.error is not None else ''


def _said(drawn: str, sort: str, words: str) -> str:
    return f'<p class="cs-key-state cs-{sort}">{icon(drawn)}<span>{escape(words)}</span></p>'


def _fixed(why: str) -> str:
    return f'<p class="cs-help">{escape(why)}</p>'
