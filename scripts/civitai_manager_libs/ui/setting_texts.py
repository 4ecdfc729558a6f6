"""The settings as a person meets them on the page: in groups, with units, as text in a field and
back. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from ..errors import SettingInvalid
from ..i18n import has, text
from ..setting_values import FIELDS, SECRET_KEYS, allowed, check

Control = Literal['key', 'switch', 'select', 'whole', 'number', 'lines', 'text']

GROUPS: Mapping[str, tuple[str, ...]] = {
    'network': (
        *('civitai_api_key', 'http_timeout', 'http_max_retries', 'http_retry_delay'),
        *('max_concurrent_requests', 'http_max_parallel_chunks', 'request_delay'),
        *('enable_smart_retry', 'civitai_base_url'),
    ),
    'download': (
        *('download_path', 'folder_layout', 'models_path', 'own_folders', 'subfolder_template'),
        *('filename_template', 'format_preference', 'size_preference', 'fp_preference'),
        *('concurrent_downloads', 'total_speed_limit_kb', 'download_speed_limit_kb'),
        *('quiet_hours', 'quiet_hours_mode', 'reuse_files', 'write_sidecars'),
        *('download_companions', 'minimum_free_space_mb', 'quarantine_days'),
    ),
    'pictures': (
        *('images.output_path', 'images.path_template', 'images.save_metadata'),
        *('images.metadata_format', 'images.skip_existing', 'images.duplicate_policy'),
        *('images.max_concurrent', 'images.generate_thumbnails', 'images.thumbnail_size'),
        *('gallery_max_concurrent_downloads', 'gallery_download_batch_size'),
        *('gallery_download_timeout', 'webui_api_url', 'shortcut_pictures'),
    ),
    'cache': (
        *('http_cache_enabled', 'http_cache_max_size_mb', 'http_cache_default_ttl'),
        *('cache_enabled', 'cache_size_mb'),
    ),
    'adult': ('adult_content', 'images.default_nsfw_filter', 'preview_adult_pictures'),
    'interface': ('language',),
    'advanced': (
        *('api_timeout', 'download_timeout', 'image_timeout', 'http_enable_chunked_download'),
        *('max_connections_per_host', 'http_chunk_size', 'http_pool_connections'),
        *('http_pool_maxsize', 'http_enable_monitoring', 'http_stats_retention_hours'),
        *('http_performance_log_level', 'http_memory_monitor_enabled'),
        *('http_max_memory_usage_mb', 'http_memory_check_interval'),
    ),
}
"""Every setting once, by the group it is shown in."""

_UNITS = {
    'seconds': (
        *('http_timeout', 'http_retry_delay', 'request_delay', 'http_cache_default_ttl'),
        *('api_timeout', 'download_timeout', 'image_timeout', 'http_memory_check_interval'),
        'gallery_download_timeout',
    ),
    'times': ('http_max_retries',),
    'pieces': (
        *('max_concurrent_requests', 'concurrent_downloads', 'images.max_concurrent'),
        'gallery_max_concurrent_downloads',
    ),
    'pictures': ('gallery_download_batch_size', 'shortcut_pictures'),
    'connections': (
        *('http_max_parallel_chunks', 'max_connections_per_host', 'http_pool_connections'),
        'http_pool_maxsize',
    ),
    'megabytes': (
        *('http_cache_max_size_mb', 'cache_size_mb', 'minimum_free_space_mb'),
        'http_max_memory_usage_mb',
    ),
    'speed': ('total_speed_limit_kb', 'download_speed_limit_kb'),
    'bytes': ('http_chunk_size',),
    'pixels': ('images.thumbnail_size',),
    'hours': ('http_stats_retention_hours',),
    'days': ('quarantine_days',),
}
_UNIT_OF = {key: unit for unit, keys in _UNITS.items() for key in keys}
_TYPES = dict(
    zip(FIELDS, msgspec.inspect.multi_type_info([field.type for field in FIELDS.values()]))
)
_RANGE = re.compile(r'(\S+)–(\S+?)( \| null)?')


def control_of(key: str) -> Control:
    """What a person changes ``key`` with."""
    kind = _TYPES[key]
    if key in SECRET_KEYS:
        return 'key'
    if isinstance(kind, msgspec.inspect.UnionType):
        kind = next(one for one in kind.types if not isinstance(one, msgspec.inspect.NoneType))
    controls: tuple[tuple[type, Control], ...] = (
        (msgspec.inspect.BoolType, 'switch'),
        (msgspec.inspect.LiteralType, 'select'),
        (msgspec.inspect.IntType, 'whole'),
        (msgspec.inspect.FloatType, 'number'),
        (msgspec.inspect.DictType, 'lines'),
    )
    return next((control for one, control in controls if isinstance(kind, one)), 'text')


def options_of(key: str) -> list[tuple[str, str]]:
    """The values that ``key`` may be chosen from, with their words."""
    kind = _TYPES[key]
    assert isinstance(kind, msgspec.inspect.LiteralType)
    order = re.split(r' \| ', allowed(key))
    values = sorted((str(value) for value in kind.values), key=lambda one: order.index(one or '""'))
    return [(value, _option(key, value)) for value in values]


def _option(key: str, value: str) -> str:
    sentence = f'setting.{key}.{value or "none"}'
    return text(sentence) if has(sentence) else value


def unit_of(key: str) -> str:
    """The unit behind the number, in words; empty when there is none."""
    return text(f'page.settings.unit.{_UNIT_OF[key]}') if key in _UNIT_OF else ''


def label_of(key: str) -> str:
    """What ``key`` is called."""
    return text(f'setting.{key}')


def text_of(value: Any) -> str:
    """A value of the settings as it stands in its control; :func:`value_of` reads it back."""
    if isinstance(value, bool):
        return 'true' if value else 'false'
    if value is None:
        return ''
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ', '.join(map(str, value))
    if isinstance(value, dict):
        return '\n'.join(f'{kind} = {folder}' for kind, folder in value.items())
    return str(value)


def value_of(key: str, written: str) -> Any:
    """What a person has ``written`` as a value of ``key``; raises :class:`SettingInvalid`."""
    if control_of(key) != 'lines':
        return check(key, written.strip(), from_text=True)
    entries = {}
    for line in filter(None, (line.strip() for line in written.splitlines())):
        kind, sign, folder = (part.strip() for part in line.partition('='))
        if not kind or not sign or not folder:
            raise SettingInvalid(key=key, value=line[:80], allowed=allowed(key))
        entries[kind] = folder
    return check(key, entries)


def problem_text(key: str) -> str:
    """What may be written for ``key``, as the sentence below a field that is wrong."""
    found = _RANGE.fullmatch(allowed(key))
    if found and control_of(key) in ('whole', 'number'):
        sort = 'optional' if found.group(3) else control_of(key)
        return text(f'page.settings.range.{sort}', least=found.group(1), most=found.group(2))
    names = allowed(key).strip('[]').replace(', …', '').replace(' | ', ', ')
    return text(f'page.settings.wrong.{key}', names=names)


def default_text(key: str, value: Any) -> str:
    """The help of ``key``, and its default."""
    words = text(f'setting.{key}.help')
    control = control_of(key)
    if control == 'switch':
        return text(
            'page.settings.default_on' if value else 'page.settings.default_off', help=words
        )
    if control == 'select':
        return text('page.settings.default_choice', help=words, value=_option(key, value))
    if value in (None, '', [], {}):
        return words
    return text('page.settings.default', help=words, value=text_of(value))
