"""Writes the limits that a person sets on the page into their settings, in force at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from .. import setting, setting_values
from ..errors import SettingInvalid
from .present_limits import FROM, KEYS, MODE, OFF, TO, USUAL_HOURS, allowed_text, keys_of


class Limits:
    """The settings file of the person, as far as the page writes it.

    ``fresh`` puts a changed file in force; ``environ`` may hold variables that stand above it.
    """

    def __init__(
        self,
        config_file: Path,
        fresh: Callable[[], object],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._config_file = config_file
        self._fresh = fresh
        environ = os.environ if environ is None else environ
        names = {key: setting.environment_name(key) for control in KEYS for key in keys_of(control)}
        self.overridden = {key: name for key, name in names.items() if name in environ}
        self._hours = USUAL_HOURS

    def change(self, control: str, value: str) -> str:
        """Write what was chosen in ``control``; the sentence that says what is wrong with it, empty
        when it is in force now.

        Raises errors of our tree when the file cannot be read or written.
        """
        try:
            changes = self._changes(control, value)
        except SettingInvalid as problem:
            return allowed_text(str(problem.details['key']))
        if not any(key in self.overridden for key in changes):
            setting.save(self._config_file, changes)
            self._fresh()
        return ''

    def _changes(self, control: str, value: str) -> dict[str, object]:
        now = setting.current()
        self._hours = now.quiet_hours or self._hours
        if control == MODE:
            return self._mode(value)
        if control in (FROM, TO):
            begin, end = self._hours.split('-')
            hours = f'{value}-{end}' if control == FROM else f'{begin}-{value}'
            return {'quiet_hours': setting_values.check('quiet_hours', hours)}
        return {control: setting_values.check(control, value, from_text=True)}

    def _mode(self, value: str) -> dict[str, object]:
        if value == OFF:
            return {'quiet_hours': ''}
        mode = setting_values.check('quiet_hours_mode', value)
        return {'quiet_hours': self._hours, 'quiet_hours_mode': mode}
