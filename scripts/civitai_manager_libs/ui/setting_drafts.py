"""What a person has typed and not saved yet, judged against the settings in force. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SettingInvalid
from ..i18n import text
from ..setting_values import SECRET_KEYS, Settings, check_key, value_in
from .setting_units import problem_text, text_of, value_of
from .tabs import json_in


@dataclass(frozen=True)
class Draft:
    """What stands in a control, and what stood there when somebody began to change it."""

    text: str
    base: str


@dataclass
class Judged:
    """What is to be said of drafts: ``changes`` are the values that Save would write, ``same`` the
    keys whose draft means what is in force, ``default`` those that mean the default, ``wrong`` and
    ``moved`` (changed elsewhere meanwhile) have a sentence by key.
    """

    changes: dict[str, Any] = field(default_factory=dict)
    same: list[str] = field(default_factory=list)
    default: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)


def read_drafts(message: str, fixed: Collection[str]) -> dict[str, Draft]:
    """The drafts of a message of the script, ``{key: [text, base]}`` as JSON, without those of
    ``fixed`` settings. Raises :class:`SettingUnknown`.
    """
    given = json_in(message or '{}', dict)
    return {
        check_key(key): Draft(str(written), str(base))
        for key, (written, base) in given.items()
        if key not in fixed
    }


def judge(drafts: Mapping[str, Draft], settings: Settings, defaults: Mapping[str, Any]) -> Judged:
    """What is to be said of ``drafts`` while ``settings`` are in force."""
    judged = Judged()
    for key, draft in drafts.items():
        now = value_in(settings, key)
        try:
            value = value_of(key, draft.text)
        except SettingInvalid:
            judged.wrong[key] = problem_text(key)
            continue
        if value == now or (key in SECRET_KEYS and not value):
            judged.same.append(key)
        else:
            judged.changes[key] = value
        if value == defaults[key]:
            judged.default.append(key)
        if key not in SECRET_KEYS and draft.base != text_of(key, now) and value != now:
            judged.moved[key] = text(
                'page.settings.moved', value=text_of(key, now) or text('page.settings.empty')
            )
    return judged
