"""Serves the Settings tab: what is in force, what is wrong with what is being typed, and writing
it.

Drafts live in the browser. It sends all of them, each with the value it was begun from, after every
pause in typing and with Save; what is known of them stays with the page they came from.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from .. import setting
from ..errors import NotWritable, ShortcutError
from ..i18n import error_text, text
from ..library.programs import check_place
from ..setting_source import Source
from ..setting_values import FIELDS, SECRET_KEYS, value_in
from .browsers import OpenPage
from .key_keeper import KeyKeeper
from .present_key import HELP_PART, KEY, KEY_PART, key_help, key_line, key_pill, key_shown
from .present_settings import STATE, settings_html, state_html
from .queue_desk import Refused
from .setting_drafts import Draft, Judged, judge, read_drafts
from .setting_texts import label_of
from .setting_units import text_of
from .tabs import PageTab, click_of
from .words import counted

NAME = 'settings'
_FOLDERS = frozenset({'download_path', 'models_path', 'images.output_path'})


@dataclass
class _Typed:
    """What one page has typed: its drafts, the number of the message they came with, what it was
    told after its last Save, and whether it has just asked to forget the key. ``refused`` are
    folders of that Save which cannot be used, by key what was typed and why; ``saved`` is the
    message of the last Save that wrote, and the settings it has written.

    The key is not kept here: ``key`` is what is to be said of it.
    """

    drafts: dict[str, Draft] = field(default_factory=dict)
    key: Judged = field(default_factory=Judged)
    number: str = ''
    saved: tuple[str, tuple[str, ...]] = ('', ())
    refused: dict[str, tuple[str, ShortcutError]] = field(default_factory=dict)
    forgetting: bool = False


class SettingsDesk:
    """The tab's desk (see ``TabDesk``). ``fresh`` puts a changed file in force; ``fixed`` are
    settings that this run has set, with the sentence that says so; those of ``environ`` come to
    them.
    """

    def __init__(
        self,
        config_file: Path,
        keeper: KeyKeeper,
        fresh: Callable[[], object],
        fixed: Callable[[], Mapping[str, str]],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._config_file = config_file
        self._keeper = keeper
        self._fresh = fresh
        self._defaults = setting.defaults()
        self._fixed = fixed
        self._environ = os.environ if environ is None else environ
        self._typed: WeakKeyDictionary[OpenPage, _Typed] = WeakKeyDictionary()
        self._clicks: Mapping[str, Callable[[_Typed, str, str], object]] = {
            'check': self._type,
            'save': self._save,
            'check-key': lambda typed, number, written: self._keeper.check(),
            'forget-key': lambda typed, number, written: setattr(typed, 'forgetting', True),
            'keep-key': lambda typed, number, written: None,
            'forget-really': self._forget,
        }

    @property
    def fixed(self) -> dict[str, str]:
        """The settings that cannot be changed here, with the sentence that says why."""
        return {**overridden(self._environ), **self._fixed()}

    def markup(self) -> str:
        """The tab as it begins."""
        return settings_html(self._defaults, self.fixed)

    # --- what is shown -------------------------------------------------------------------------

    def parts(self, page: OpenPage) -> Mapping[str, str]:
        known = self._keeper.state()
        pill = {'key': key_pill(known)}
        if page.tab != NAME:
            return pill
        typed = self._typed_of(page)
        kept, path = self._keeper.kept
        return {
            **pill,
            STATE: state_html(self._state(typed)),
            HELP_PART: key_help('' if KEY in self.fixed else kept, path),
            KEY_PART: key_line(known, KEY in self.fixed, typed.forgetting),
        }

    def _state(self, typed: _Typed) -> Mapping[str, Any]:
        settings = setting.current()
        judged = judge(typed.drafts, settings, self._defaults)
        refused = {key: _why(error) for key, (_, error) in typed.refused.items()}
        wrong = {**judged.wrong, **refused, **typed.key.wrong}
        unsaved = len(judged.changes) + len(typed.key.changes)
        return {
            'values': {
                key: text_of(key, value_in(settings, key))
                for key in FIELDS
                if key not in SECRET_KEYS
            },
            'key': key_shown(settings.civitai_api_key),
            'number': typed.number,
            'wrong': wrong,
            'same': [*judged.same, *typed.key.same],
            'default': judged.default,
            'moved': judged.moved,
            'fix': counted('page.settings.fix', len(wrong)) if wrong else '',
            'unsaved': counted('page.settings.unsaved_item', unsaved) if unsaved else '',
            'saved': (typed.saved[0], _saved_text(typed.saved[1])),
        }

    def _typed_of(self, page: OpenPage) -> _Typed:
        return self._typed.setdefault(page, _Typed())

    # --- what is done --------------------------------------------------------------------------

    def do(
        self, page: OpenPage, action: str, item: str, value: str, text: str
    ) -> Mapping[str, Any] | None:
        typed = self._typed_of(page)
        typed.forgetting = False
        click_of(self._clicks, action)(typed, value, text)
        return None

    def _type(self, typed: _Typed, number: str, written: str) -> Judged:
        """Take over the drafts of a message; everything that is to be said of them."""
        drafts = read_drafts(written, self.fixed)
        judged = judge(drafts, setting.current(), self._defaults)
        secret = {key: drafts.pop(key) for key in SECRET_KEYS & drafts.keys()}
        typed.key = judge(secret, setting.current(), self._defaults)
        typed.key.changes = dict.fromkeys(typed.key.changes)
        typed.drafts, typed.number = drafts, number
        before = {key: path for key, (path, _) in typed.refused.items()}
        same = before.items() & {key: judged.changes.get(key) for key in before}.items()
        typed.refused = _refused(dict(same))
        return judged

    def _save(self, typed: _Typed, number: str, written: str) -> None:
        """Write what differs from what is in force, and put it in force."""
        judged = self._type(typed, number, written)
        if judged.wrong:
            raise Refused(counted('page.settings.fix', len(judged.wrong)))
        changes = dict(judged.changes)
        typed.refused = _refused({key: changes[key] for key in _FOLDERS & changes.keys()})
        if typed.refused:
            raise Refused(counted('page.settings.fix', len(typed.refused)))
        key = changes.pop(KEY, '')
        setting.keep(self._config_file, changes)
        if key:
            self._keeper.store(key)
        self._fresh()
        typed.drafts, typed.key = {}, Judged()
        typed.saved = (number, tuple(changes))

    def _forget(self, typed: _Typed, number: str, written: str) -> None:
        if KEY not in self.fixed:
            self._keeper.forget()


def overridden(environ: Mapping[str, str]) -> dict[str, str]:
    """Settings that environment variables stand above, with the sentence that names the one."""
    names = {key: setting.environment_name(key) for key in FIELDS}
    found = {key: name for key, name in names.items() if name in environ}
    if environ.get('CIVITAI_API_KEY') and not environ.get(names[KEY]):
        found[KEY] = 'CIVITAI_API_KEY'
    return {key: text('page.limit_overridden', name=name) for key, name in found.items()}


def _refused(folders: Mapping[str, str]) -> dict[str, tuple[str, ShortcutError]]:
    """Those of ``folders``, paths by key, that cannot be used, with the path and why."""
    refused = {}
    for key, path in folders.items():
        try:
            if path:
                check_place(setting.places().resolve(path))
        except ShortcutError as error:
            refused[key] = (path, error)
    return refused


def _why(error: ShortcutError) -> str:
    """Why a folder cannot be used; what is said of a download that meets it would not fit here."""
    if isinstance(error, NotWritable):
        return text('page.settings.folder_refused', **error.details)
    return error_text(error)


def _saved_text(keys: Sequence[str]) -> str:
    """What was saved."""
    if not keys:  # of the key its own line tells
        return ''
    names = text('page.settings.and').join(map(label_of, keys))
    return text('page.settings.saved', names=names)


def settings_tab(source: Source, config_file: Path, keeper: KeyKeeper, demo: bool) -> PageTab:
    """The Settings tab of this run; with ``demo`` the address is the demo catalogue's."""

    def fixed() -> dict[str, str]:
        return {'civitai_base_url': text('page.settings.fixed_demo')} if demo else {}

    desk = SettingsDesk(config_file, keeper, source.fresh, fixed)
    return PageTab(NAME, 'page.settings', desk.markup, desk)
