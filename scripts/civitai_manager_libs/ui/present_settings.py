"""The Settings tab: everything that stays as it is while somebody types. What is in force and what
is wrong comes to the script as data, so that no field is ever drawn anew under a cursor. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..i18n import text
from ..setting_values import SECRET_KEYS
from .icons import icon
from .present_key import HELP_PART, KEY_PART, key_field
from .setting_texts import GROUPS, default_text, label_of, options_of
from .setting_units import control_of, text_of, unit_of
from .words import button, escape

STATE = 'settings-state'
"""The part that holds the state of :func:`state_html`."""


def settings_html(defaults: Mapping[str, Any], fixed: Mapping[str, str]) -> str:
    """The tab. ``fixed`` are settings that cannot be changed here, with the sentence that says
    why.
    """
    first = next(iter(GROUPS))
    sections = ''.join(_section(group, group == first, defaults, fixed) for group in GROUPS)
    nothing = (
        f'<div class="cs-nothing" data-cs-settings-nothing hidden><p></p>'
        f'{button("settings-search-clear", "", text("page.settings.search_clear"))}</div>'
    )
    return (
        f'<div class="cs-settings" data-cs-settings="{first}" '
        f'data-cs-settings-words="{escape(json.dumps(_words()))}">{_groups(first)}'
        f'<div class="cs-settings-main">{_search()}{sections}{nothing}{_foot()}</div>'
        f'<div hidden data-cs-part="{STATE}"></div></div>'
    )


def state_html(state: Mapping[str, Any]) -> str:
    """What the script fills the tab with."""
    return f'<i data-cs-state="{escape(json.dumps(state, ensure_ascii=False))}"></i>'


def _words() -> dict[str, str]:
    """What the script says by itself."""
    said = ('unsaved', 'no_changes', 'show', 'hide', 'search_none', 'new_key')
    return {key: text(f'page.settings.{key}') for key in said}


def _groups(first: str) -> str:
    """The groups beside the settings, and as one field where there is no room."""
    label = escape(text('page.settings.groups'))
    names = {group: text(f'page.settings.group.{group}') for group in GROUPS}
    buttons = ''.join(
        f'<button type="button" class="cs-group-button" data-cs-action="settings-group" '
        f'data-cs-id="{group}"{_current(group, first)}><span>{escape(name)}</span></button>'
        for group, name in names.items()
    )
    options = ''.join(
        f'<option value="{group}">{escape(name)}</option>' for group, name in names.items()
    )
    return (
        f'<nav class="cs-settings-groups" aria-label="{label}">{buttons}</nav>'
        f'<select class="cs-select cs-settings-choice" aria-label="{label}" '
        f'data-cs-settings-choice><option value="" hidden>'
        f'{escape(text("page.settings.search_results"))}</option>{options}</select>'
    )


def _current(group: str, shown: str) -> str:
    return ' aria-current="true"' if group == shown else ''


def _search() -> str:
    label = escape(text('page.settings.search'))
    return (
        f'<label class="cs-settings-search">{icon("search")}<input class="cs-input" type="search" '
        f'aria-label="{label}" placeholder="{label}" autocomplete="off" spellcheck="false" '
        'data-cs-settings-search></label>'
    )


def _section(group: str, shown: bool, defaults: Mapping[str, Any], fixed: Mapping[str, str]) -> str:
    rows = ''.join(_row(key, defaults[key], fixed.get(key, '')) for key in GROUPS[group])
    return (
        f'<section class="cs-settings-section" data-cs-settings-group="{group}"'
        f'{"" if shown else " hidden"} aria-labelledby="cs-group-{group}">'
        f'<h2 id="cs-group-{group}">{escape(text(f"page.settings.group.{group}"))}</h2>'
        f'<p class="cs-settings-about">{escape(text(f"page.settings.about.{group}"))}</p>'
        f'{rows}</section>'
    )


def _row(key: str, default: Any, why_fixed: str) -> str:
    secret = key in SECRET_KEYS
    part = f' data-cs-part="{HELP_PART}"' if secret else ''
    help_words = '' if secret else escape(default_text(key, default))
    below = f'<div data-cs-part="{KEY_PART}"></div>' if secret else _changed(key, bool(why_fixed))
    return (
        f'<div class="cs-setting" data-cs-row-of="{key}" '
        f'data-cs-default="{escape(text_of(key, default))}"><div class="cs-setting-words">'
        f'<label for="cs-set-{key}">{escape(label_of(key))}</label>'
        f'<p class="cs-help" id="cs-help-{key}"{part}>{help_words}</p></div>'
        f'<div class="cs-setting-control">{_control(key, bool(why_fixed))}'
        f'{_said(key, why_fixed)}{below}</div></div>'
    )


def _attributes(key: str, disabled: bool) -> str:
    """What makes an element the control of ``key``."""
    described = ' '.join(f'cs-{place}-{key}' for place in ('help', 'wrong', 'fixed'))
    return (
        f'id="cs-set-{key}" data-cs-setting="{key}" aria-describedby="{described}" '
        f'autocomplete="{"new-password" if key in SECRET_KEYS else "off"}"'
        f'{" disabled" if disabled else ""}'
    )


def _control(key: str, disabled: bool) -> str:
    control, here = control_of(key), _attributes(key, disabled)
    if control == 'key':
        return key_field(here)
    if control == 'switch':
        return (
            f'<label class="cs-switch"><input type="checkbox" role="switch" {here}>'
            f'<span class="cs-on-word">{escape(text("page.settings.on"))}</span>'
            f'<span class="cs-off-word">{escape(text("page.settings.off"))}</span></label>'
        )
    if control == 'select':
        options = ''.join(
            f'<option value="{escape(value)}">{escape(words)}</option>'
            for value, words in options_of(key)
        )
        return f'<select class="cs-select" {here}>{options}</select>'
    if control == 'lines':
        hint = escape(text(f'setting.{key}.hint'))
        return (
            f'<textarea class="cs-input" rows="3" spellcheck="false" placeholder="{hint}" '
            f'{here}></textarea>'
        )
    unit = unit_of(key)
    mode = {'whole': 'numeric', 'number': 'decimal'}.get(control, 'text')
    behind = f'<span class="cs-unit-word" aria-hidden="true">{escape(unit)}</span>' if unit else ''
    return (
        f'<span class="cs-unit-field"><input class="cs-input" type="text" inputmode="{mode}" '
        f'spellcheck="false" {here}>{behind}</span>'
    )


def _said(key: str, why_fixed: str) -> str:
    """Places for what is wrong with what was typed, and why it cannot be changed here."""
    hidden = '' if why_fixed else ' hidden'
    return (
        f'<p class="cs-problem" id="cs-wrong-{key}" hidden>{icon("alert")}<span></span></p>'
        f'<p class="cs-help" id="cs-fixed-{key}"{hidden}>{escape(why_fixed)}</p>'
    )


def _changed(key: str, fixed: bool) -> str:
    """That it is not the default, and that somebody else has changed it meanwhile."""
    name = escape(text('page.settings.restore_one', name=label_of(key)))
    restore = (
        f'<button type="button" class="cs-link" data-cs-action="settings-restore" '
        f'data-cs-id="{key}" aria-label="{name}">{escape(text("page.settings.restore"))}</button>'
    )
    take = (
        f'<button type="button" class="cs-link" data-cs-action="settings-take" '
        f'data-cs-id="{key}">{escape(text("page.settings.take"))}</button>'
    )
    changed = (
        f'<div class="cs-setting-line" data-cs-changed hidden>'
        f'<span>{escape(text("page.settings.changed"))}</span>{restore}</div>'
    )
    moved = f'<div class="cs-setting-line cs-warn" data-cs-moved hidden><span></span>{take}</div>'
    return '' if fixed else f'{moved}{changed}'


def _foot() -> str:
    """Save, discard, and how it stands. Both are off while there is nothing to save."""
    save, discard = escape(text('page.settings.save')), escape(text('page.settings.discard'))
    return (
        '<div class="cs-settings-foot">'
        f'<button type="button" class="cs-button cs-primary" data-cs-action="settings-save" '
        f'data-cs-id="" aria-describedby="cs-settings-said" disabled>{save}</button>'
        f'<button type="button" class="cs-button cs-quiet" data-cs-action="settings-discard" '
        f'data-cs-id="" disabled>{discard}</button>'
        f'<button type="button" class="cs-link cs-bad" data-cs-action="settings-wrong" '
        f'data-cs-id="" hidden></button>'
        '<p class="cs-help" id="cs-settings-said" role="status"></p></div>'
    )
