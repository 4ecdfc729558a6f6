"""The API key on the page: its field, what is known of it, and the mark in the header. No text here
ever holds more of the key than its last four signs. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..errors import ShortcutError
from ..i18n import error_text, text
from ..util import masked
from .icons import icon
from .words import button, escape

KEY = 'civitai_api_key'
KEY_PART = f'settings-key-{KEY}'
HELP_PART = f'settings-help-{KEY}'


@dataclass(frozen=True)
class KeyState:
    """What is known of the key: there is none, nobody has asked, it is being asked for, it belongs
    to ``name``, it was refused, it could not be found out, it is being stored or forgotten, or that
    has failed; ``error`` says why.
    """

    kind: Literal['none', 'set', 'checking', 'confirmed', 'refused', 'unsure', 'moving', 'unmoved']
    name: str = ''
    error: ShortcutError | None = None


def key_field(attributes: str) -> str:
    """The field with those ``attributes``, and its button that shows what is being typed."""
    show = escape(text('page.settings.show'))
    return (
        f'<span class="cs-unit-field"><input class="cs-input" type="password" spellcheck="false" '
        f'{attributes}><button type="button" class="cs-button cs-icon cs-eye" '
        f'data-cs-action="settings-eye" data-cs-id="{KEY}" aria-pressed="false" '
        f'aria-label="{show}" title="{show}" hidden>{icon("eye")}{icon("eye-off")}</button></span>'
    )


def key_help(kept: str, path: str) -> str:
    """What the key is for, and where it is ``kept`` (``path`` of the file, if it is one); nothing
    of that when it is not kept here.
    """
    words = text(f'setting.{KEY}.help')
    return escape(text(f'page.settings.kept_{kept}', help=words, path=path) if kept else words)


def key_line(state: KeyState, fixed: bool, forgetting: bool) -> str:
    """What is known of the key in force, and what can be done about it; ``forgetting`` when
    somebody has just asked to forget it.
    """
    if state.kind == 'none':
        return ''
    if forgetting:
        buttons = button('settings:forget-really', '', text('page.settings.forget'))
        buttons += button('settings:keep-key', '', text('page.keep'))
        return _line('alert', 'warn', text('page.settings.forget_asks'), buttons)
    drawn, sort, words = {
        'set': ('key', '', text('page.settings.key_unchecked')),
        'checking': ('clock', '', text('page.settings.key_checking')),
        'confirmed': ('check', 'ok', text('page.settings.key_confirmed', name=state.name)),
        'refused': ('alert', 'bad', text('page.settings.key_refused')),
        'unsure': ('alert', 'warn', _error(state)),
        'moving': ('clock', '', text('page.settings.key_moving')),
        'unmoved': ('alert', 'bad', _error(state)),
    }[state.kind]
    buttons = ''
    if state.kind not in ('checking', 'confirmed', 'moving', 'unmoved'):
        buttons += button('settings:check-key', '', text('page.settings.check_key'))
    if not fixed and state.kind != 'moving':
        buttons += button('settings-replace', '', text('page.settings.replace'))
        buttons += button('settings:forget-key', '', text('page.settings.forget'))
    return _line(drawn, sort, words, buttons)


def _line(drawn: str, sort: str, words: str, buttons: str) -> str:
    return (
        f'<div class="cs-key-line"><p class="cs-key-state cs-{sort or "plain"}" role="status">'
        f'{icon(drawn)}<span>{escape(words)}</span></p>'
        f'<div class="cs-key-buttons">{buttons}</div></div>'
    )


def key_shown(key: str) -> str:
    """What stands in the field of a key that is kept: dots, and the last signs of a long one."""
    return f'••••••••{masked(key)}' if key else ''


def key_pill(state: KeyState) -> str:
    """The mark in the header; it opens the field."""
    words, sort, title = {
        'none': (text('page.key_missing'), '', ''),
        'confirmed': (
            text('page.key_confirmed'),
            '',
            text('page.settings.key_confirmed', name=state.name),
        ),
        'refused': (text('page.key_refused'), ' cs-bad', text('page.settings.key_refused')),
    }.get(state.kind, (text('page.key_set'), '', _error(state)))
    said = f' title="{escape(title)}"' if title else ''
    return (
        f'<button type="button" class="cs-pill{sort}" data-cs-action="open-key" data-cs-id=""'
        f'{said}>{icon("key")}<span>{escape(words)}</span></button>'
    )


def _error(state: KeyState) -> str:
    return error_text(state.error) if state.error is not None else ''
