"""Our settings among the options of a host: what a person changes there goes into our settings
file, and what was changed elsewhere stands there on the next page.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from .. import setting
from ..errors import ShortcutError
from ..host import webui_options
from ..host.webui_options import Option
from ..host.webui_page import guarded
from ..notify import board
from ..setting_source import Source
from ..setting_values import value_in
from ..ui import kit
from ..ui.setting_texts import control_of, label_of, options_of, text_of, unit_of, value_of

SECTION = ('civitai-shortcut', 'Civitai Shortcut')
_PREFIX = 'civitai_shortcut_'
_CAUSE = 'host-options'

KEYS = (
    *('language', 'adult_content', 'preview_adult_pictures'),
    *('folder_layout', 'subfolder_template', 'filename_template', 'concurrent_downloads'),
    *('total_speed_limit_kb', 'quiet_hours', 'quiet_hours_mode', 'reuse_files'),
    *('write_sidecars', 'download_companions', 'minimum_free_space_mb'),
    *('images.output_path', 'images.save_metadata', 'images.metadata_format'),
    *('images.skip_existing', 'shortcut_pictures'),
    *('http_timeout', 'http_max_retries', 'max_concurrent_requests', 'enable_smart_retry'),
    *('http_cache_enabled', 'http_cache_max_size_mb', 'http_enable_monitoring'),
    'http_performance_log_level',
)
"""The settings that stand in the host too: those of each group that people change, no secret."""

# No setting: whatever a page shows of ours is read after this, and so after a look at our settings.
_BEFORE_ALL = Option(f'{_PREFIX}before_all', '', SECTION[1], kit.Textbox, {'visible': False})


class HostOptions:
    """Keeps the host's options and ours the same. ``source`` puts what was written in force. Made
    in the language that the host shows them in.
    """

    def __init__(self, source: Source, config_file: Path) -> None:
        self._source = source
        self._config_file = config_file
        self._defaults = setting.defaults()
        # By what the host shows and keeps, for older pages know no labels of values.
        self._choices: Mapping[str, Mapping[str, str]] = {
            key: {words: value for value, words in options_of(key)}
            for key in KEYS
            if control_of(key) == 'select'
        }

    def add(self) -> None:
        """Add all to the host; for ``on_ui_settings``."""
        if not webui_options.can_add():
            return
        webui_options.add(_BEFORE_ALL, SECTION, looked_at=guarded(self._look))
        for key in KEYS:
            changed = guarded(partial(self._changed, key))
            webui_options.add(self._option(key), SECTION, changed)

    def _option(self, key: str) -> Option:
        unit = unit_of(key)
        label = f'{label_of(key)} ({unit})' if unit else label_of(key)
        component, arguments = self._control(key)
        return Option(_name(key), self._shown(key), label, component, arguments)

    def _control(self, key: str) -> tuple[Any, dict[str, Any]]:
        control = control_of(key)
        if control == 'select':
            return kit.Dropdown, {'choices': list(self._choices[key])}
        if control in ('whole', 'number'):
            return kit.Number, {'precision': 0} if control == 'whole' else {}
        return (kit.Checkbox if control == 'switch' else kit.Textbox), {}

    def _look(self) -> None:
        """Our values as they are now, for a page that is being made. Not when they change: a page
        that is open would give the old ones back as if a person had typed them.
        """
        self._source.fresh()
        for key in KEYS:
            webui_options.put(_name(key), self._shown(key))

    def _changed(self, key: str) -> None:
        try:
            self._save(key, self._read(key))
        except ShortcutError as error:
            board.tell('error', f'error.{error.code}', error.details, _CAUSE)
        webui_options.put(_name(key), self._shown(key))

    def _save(self, key: str, value: Any) -> None:
        if value == self._defaults[key]:  # the file holds only what differs
            setting.unset(self._config_file, key)
        else:
            setting.save(self._config_file, {key: value})
        self._source.fresh()

    def _shown(self, key: str) -> Any:
        """The value in force as the host's control has it."""
        value = value_in(setting.current(), key)
        if key in self._choices:
            return next((words for words, one in self._choices[key].items() if one == value), value)
        return value if control_of(key) in ('switch', 'whole', 'number') else text_of(value)

    def _read(self, key: str) -> Any:
        """What a person chose in the host; raises :class:`SettingInvalid`."""
        given = webui_options.get(_name(key))
        return value_of(key, text_of(self._choices.get(key, {}).get(given, given)))


def _name(key: str) -> str:
    return _PREFIX + key.replace('.', '_')
