"""What older settings are called today. Pure.

Two kinds of files: our own of an older version, and ``CivitaiShortCutSetting.json`` of the Civitai
Shortcut extension of 2023 to 2026, which kept its settings in sections at first and side by side
later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import SettingInvalid
from .setting_values import FIELDS, check

# Sections of the extension, and what stood in them that we have too.
_SECTIONS: Mapping[str, Mapping[str, str]] = {
    'application_allow': {'civitai_api_key': 'civitai_api_key'},
    'screen_style': {},
    'image_style': {},
    'model_folders': {},
    'download_folders': {},
    'NSFW_filter': {},
    'temporary': {},
}
_RENAMED = {
    'download_max_concurrent': 'concurrent_downloads',
    'image_download_timeout': 'image_timeout',
    'image_download_cache_enabled': 'cache_enabled',
}
# Its settings for which we have none: they say how its own pages look and work.
_GONE = frozenset(
    {
        *('shortcut_column', 'shortcut_rows_per_page', 'shortcut_count_per_page', 'gallery_column'),
        *('usergallery_images_column', 'usergallery_images_rows_per_page'),
        *('usergallery_images_page_limit', 'usergallery_preloading'),
        *('prompt_shortcut_column', 'prompt_shortcut_rows_per_page'),
        *('prompt_reference_shortcut_column', 'prompt_reference_shortcut_rows_per_page'),
        *('classification_shortcut_column', 'classification_shortcut_rows_per_page'),
        *('classification_gallery_column', 'classification_gallery_rows_per_page'),
        *('classification_preview_mode_disable', 'information_gallery_height'),
        *('shortcut_browser_screen_split_ratio', 'shortcut_browser_screen_split_ratio_max'),
        *('shortcut_browser_search_up', 'gallery_thumbnail_image_style'),
        *('shortcut_auto_update', 'shortcut_update_when_start'),
        *('shortcut_max_download_image_per_version', 'download_images_folder'),
        *('download_max_retries', 'download_retry_delay', 'download_chunk_size'),
        *('download_resume_enabled', 'download_verify_checksum', 'http_pool_block'),
        *('image_download_max_retries', 'image_download_cache_max_age', 'preview_image_quality'),
        *('scan_timeout', 'scan_max_retries', 'NSFW_filtering_enable', 'NSFW_level_user'),
    }
)
_FOLDERS = 'own_folders'
_ABSOLUTE = re.compile(r'[A-Za-z]:[\\/]|[\\/]')


@dataclass(frozen=True)
class Migration:
    """``config`` is what the older settings are today; ``renamed`` are older names (with their
    section) with today's, ``gone`` older names that were not taken over, ``problems`` values that
    no longer fit.

    A key that we never knew stays in ``config`` and is listed nowhere.
    """

    config: Mapping[str, Any]
    renamed: Mapping[str, str]
    gone: tuple[str, ...]
    problems: tuple[SettingInvalid, ...]


def migrate(old: Mapping[str, Any]) -> Migration:
    """Today's form of ``old``, the content of an older settings file; what is one already comes
    back as it is.

    Where an older name and today's both stand in it, today's holds.
    """
    config: dict[str, Any] = {}
    renamed: dict[str, str] = {}
    gone: list[str] = []
    problems: list[SettingInvalid] = []
    for name, key, value in _entries(old):
        if key is None:
            gone.append(name)
        elif key not in FIELDS:
            config[key] = value
        elif name != key and (_is_set(old, key) or _is_set(config, key)):
            gone.append(name)
        elif name != key or value != '' or key not in config:
            try:
                config[key] = _fitting(key, value)
            except SettingInvalid as problem:
                problems.append(problem)
            else:
                if name != key:
                    renamed[name] = key
    return Migration(config, renamed, tuple(gone), tuple(problems))


def _is_set(values: Mapping[str, Any], key: str) -> bool:
    return bool(values.get(key, '') != '')


def _entries(old: Mapping[str, Any]) -> Iterator[tuple[str, str | None, Any]]:
    """Each value with the name it had and the one it has: None when there is no such setting."""
    for name, value in old.items():
        if name in _SECTIONS and isinstance(value, dict):
            yield from _of_section(name, value)
        elif name in _GONE:
            yield name, None, value
        else:
            yield name, _RENAMED.get(name, name), value


def _of_section(section: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str | None, Any]]:
    for name, value in values.items():
        known = _SECTIONS[section].get(name)
        if section != 'model_folders':
            yield f'{section}.{name}', known, value
        elif not _is_absolute(value):  # relative to the folder of the WebUI, which we are not in
            yield f'{section}.{name}', None, value
    folders = {name: value for name, value in values.items() if _is_absolute(value)}
    if section == 'model_folders' and folders:
        yield section, _FOLDERS, folders


def _is_absolute(value: object) -> bool:
    return isinstance(value, str) and _ABSOLUTE.match(value) is not None


def _fitting(key: str, value: Any) -> Any:
    """``value`` as its setting takes it. Sliders wrote whole numbers with a point, text fields
    wrote them as text.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and key != 'civitai_api_key':
        return check(key, value, from_text=True)
    return check(key, value.strip() if isinstance(value, str) else value)
