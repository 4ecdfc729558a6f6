"""Every setting with its type and allowed range; the defaults stand in
``config/default_config.json``.

Keys are flat. The meaning of each is in
docs/settings.md, the words for the page in the catalogues under ``setting.<key>``.
"""

from __future__ import annotations

import json
import re
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from .domain.browse_filters import HIDE, SHOW
from .domain.folders import Kind, folder_for
from .domain.nsfw import LEVELS, MILD
from .domain.quiet import PATTERN as QUIET_PATTERN
from .domain.quiet import Quiet
from .domain.sites import host_of
from .domain.picture_paths import picture_parts
from .domain.templates import file_name, subfolder_parts
from .errors import SettingInvalid, SettingUnknown
from .util import masked

SECRET_KEYS = frozenset({'civitai_api_key'})
_SHOWN = 80

_PRECISION_PATTERN = r'^[a-z0-9_]{1,32}\Z'

Seconds = Annotated[float, Meta(ge=1, le=3600)]
FormatName = Literal['SafeTensor', 'GGUF', 'PickleTensor', 'Diffusers', 'Core ML', 'ONNX', 'Other']
Precision = Annotated[str, Meta(pattern=_PRECISION_PATTERN)]
LevelName = Literal['None', 'Soft', 'Mature', 'X']
Edge = Annotated[int, Meta(ge=16, le=4096)]


def _named(name: str) -> Any:
    """A field of the group ``images.``, which no name of Python can be."""
    return msgspec.field(name=f'images.{name}')


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings in force, immutable. Times in seconds, sizes as the names say."""

    civitai_api_key: Annotated[str, Meta(max_length=512, pattern=r'^[\x21-\x7e]*\Z')]
    civitai_base_url: Annotated[str, Meta(pattern=r'^https?://[^\s/?#@]+(/[^\s?#]*)?\Z')]
    language: Literal['auto', 'zh-TW', 'en']
    http_timeout: Seconds
    http_max_retries: Annotated[int, Meta(ge=0, le=20)]
    http_retry_delay: Annotated[float, Meta(ge=0, le=300)]
    api_timeout: Union[Seconds, None]
    download_timeout: Union[Seconds, None]
    image_timeout: Union[Seconds, None]
    max_concurrent_requests: Annotated[int, Meta(ge=1, le=32)]
    request_delay: Annotated[float, Meta(ge=0, le=60)]
    enable_smart_retry: bool
    http_pool_connections: Annotated[int, Meta(ge=1, le=100)]
    http_pool_maxsize: Annotated[int, Meta(ge=1, le=100)]
    http_chunk_size: Annotated[int, Meta(ge=4096, le=16777216)]
    http_cache_enabled: bool
    http_cache_max_size_mb: Annotated[int, Meta(ge=1, le=10240)]
    http_cache_default_ttl: Annotated[int, Meta(ge=0, le=2592000)]
    http_enable_monitoring: bool
    http_stats_retention_hours: Annotated[int, Meta(ge=1, le=720)]
    http_performance_log_level: Literal['DEBUG', 'INFO', 'WARNING', 'ERROR', 'OFF']
    http_memory_monitor_enabled: bool
    http_max_memory_usage_mb: Annotated[int, Meta(ge=16, le=65536)]
    http_memory_check_interval: Annotated[float, Meta(ge=0.1, le=3600)]
    cache_enabled: bool
    cache_size_mb: Annotated[int, Meta(ge=1, le=102400)]
    download_path: Annotated[str, Meta(min_length=1, max_length=4096)]
    folder_layout: Literal['auto', 'own', 'a1111', 'comfyui']
    models_path: Annotated[str, Meta(max_length=4096)]
    own_folders: dict[str, str]
    subfolder_template: Annotated[str, Meta(max_length=512)]
    filename_template: Annotated[str, Meta(max_length=512)]
    format_preference: list[FormatName]
    size_preference: Literal['', 'pruned', 'full']
    fp_preference: list[Precision]
    concurrent_downloads: Annotated[int, Meta(ge=1, le=8)]
    minimum_free_space_mb: Annotated[int, Meta(ge=0, le=1048576)]
    http_enable_chunked_download: bool
    http_max_parallel_chunks: Annotated[int, Meta(ge=1, le=8)]
    max_connections_per_host: Annotated[int, Meta(ge=1, le=8)]
    total_speed_limit_kb: Annotated[int, Meta(ge=0, le=10485760)]
    download_speed_limit_kb: Annotated[int, Meta(ge=0, le=10485760)]
    quiet_hours: Annotated[str, Meta(pattern=QUIET_PATTERN)]
    quiet_hours_mode: Literal['full_speed', 'only', 'pause']
    quarantine_days: Annotated[int, Meta(ge=0, le=3650)]
    reuse_files: Literal['offer', 'link', 'copy', 'never']
    write_sidecars: bool
    adult_content: Literal['hide', 'blur', 'show']
    preview_adult_pictures: bool
    download_companions: bool
    images_output_path: Annotated[str, Meta(min_length=1, max_length=4096)] = _named('output_path')
    images_path_template: Annotated[str, Meta(min_length=1, max_length=512)] = _named(
        'path_template'
    )
    images_metadata_format: Literal['json', 'txt', 'exif'] = _named('metadata_format')
    images_save_metadata: bool = _named('save_metadata')
    images_default_nsfw_filter: list[LevelName] = _named('default_nsfw_filter')
    images_max_concurrent: Annotated[int, Meta(ge=1, le=64)] = _named('max_concurrent')
    images_skip_existing: bool = _named('skip_existing')
    images_duplicate_policy: Literal['skip', 'replace', 'keep_both'] = _named('duplicate_policy')
    images_generate_thumbnails: bool = _named('generate_thumbnails')
    images_thumbnail_size: Annotated[list[Edge], Meta(min_length=2, max_length=2)] = _named(
        'thumbnail_size'
    )
    gallery_download_batch_size: Annotated[int, Meta(ge=1, le=1000)]
    gallery_download_timeout: Seconds
    gallery_max_concurrent_downloads: Annotated[int, Meta(ge=1, le=64)]
    webui_api_url: Annotated[str, Meta(pattern=r'^(https?://[^\s/?#@]+(/[^\s?#]*)?)?\Z')]
    shortcut_pictures: Annotated[int, Meta(ge=0, le=50)]

    @property
    def quiet(self) -> Quiet:
        """The quiet hours and what they are for."""
        return Quiet(self.quiet_hours, self.quiet_hours_mode)

    @property
    def wants_adult(self) -> bool:
        """Whether adult content is asked for at all, veiled or not."""
        return self.adult_content != HIDE

    @property
    def veils(self) -> bool:
        """Whether an adult picture that is there all the same is shown only when clicked."""
        return self.adult_content != SHOW

    @property
    def picture_levels(self) -> tuple[str, ...]:
        """The levels of pictures that are wanted where nobody names others: those of
        ``images.default_nsfw_filter``; as long as these are the mild ones, which it comes with,
        all of them when adult content is wanted.
        """
        named = tuple(self.images_default_nsfw_filter)
        return tuple(LEVELS) if self.wants_adult and set(named) == set(MILD) else named

    @property
    def adult_previews(self) -> bool:
        """Whether an adult picture may be the preview of a model that has no other."""
        return self.preview_adult_pictures or self.adult_content == SHOW

    def timeout_for(self, kind: Literal['api', 'download', 'image']) -> float:
        """Seconds of silence after which a request of that kind is given up."""
        own: float | None = getattr(self, f'{kind}_timeout')
        return own if own is not None else self.http_timeout


FIELDS = {field.encode_name: field for field in msgspec.structs.fields(Settings)}
_TYPES = get_type_hints(Settings, include_extras=True)


def value_in(settings: Settings, key: str) -> Any:
    """What ``settings`` say of ``key``."""
    return getattr(settings, FIELDS[check_key(key)].name)


def check_key(key: str) -> str:
    """``key`` itself; raises :class:`SettingUnknown`."""
    if key not in FIELDS:
        raise SettingUnknown(key=key)
    return key


def check(key: str, value: object, from_text: bool = False) -> Any:
    """``value`` as the type of ``key``; raises :class:`SettingInvalid` with key, value and allowed
    range.

    ``from_text`` is for the environment and the command line, where everything is text: numbers and
    words for yes and no are read, dictionaries as JSON, lists as JSON or with commas, and an empty
    text is "not set" where that is allowed.
    """
    kind = _TYPES[FIELDS[check_key(key)].name]
    candidate = _read_text(value, kind) if from_text and isinstance(value, str) else value
    try:
        found = msgspec.convert(candidate, kind, strict=not from_text)
        _ensure_fit(key, found)
    except SettingInvalid as error:
        allowed_here = error.details['allowed']
        raise SettingInvalid(key=key, value=shown(key, value), allowed=allowed_here) from error
    except (ValueError, OverflowError) as error:  # a ValidationError is a ValueError
        raise SettingInvalid(key=key, value=shown(key, value), allowed=allowed(key)) from error
    return found


def _ensure_fit(key: str, value: Any) -> None:
    """What the type alone cannot tell: a template or folder that no download could use is refused
    when it is set, not when everything fails by it. Raises SettingInvalid or ValueError.
    """
    if key == 'civitai_base_url' and not host_of(value):
        raise ValueError('no host or no port')
    if key == 'subfolder_template':
        subfolder_parts(value, {})
    if key == 'filename_template':
        file_name(value, {}, 'model.safetensors')
    if key == 'images.path_template':
        picture_parts(value, {})
    if key == 'own_folders':
        for kind in value:
            folder_for(Kind(kind), 'own', root='', download_root='', own_folders=value)


def allowed(key: str) -> str:
    """What ``key`` may be, in signs that need no translation: ``1–600``, ``a | b``, ``true |
    false``.
    """
    return _describe(_TYPES[FIELDS[check_key(key)].name])


def shown(key: str, value: object) -> str:
    """``value`` as it may be printed: secrets masked, long ones cut."""
    if key in SECRET_KEYS:
        return masked(str(value or ''))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + '…'


def _read_text(value: str, kind: Any) -> object:
    stripped = value.strip()
    bare = get_args(kind)[0] if get_origin(kind) is Annotated else kind
    if bare is bool:
        words = {'1': True, 'true': True, 'yes': True, 'on': True}
        words.update({'0': False, 'false': False, 'no': False, 'off': False})
        return words.get(stripped.lower(), value)
    if get_origin(bare) is Union and stripped.lower() in ('', 'null', 'none'):
        return None
    if get_origin(bare) is list:
        return _read_list(stripped, get_args(bare)[0])
    if get_origin(bare) is dict:
        try:
            return json.loads(stripped or '{}')
        except (ValueError, RecursionError):
            return value
    return value if bare is str else stripped


def _read_list(text: str, kind: Any) -> object:
    """JSON, or words with commas between them; names in any case, precisions in lower case."""
    if text.startswith('['):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return text
    words = [word.strip() for word in re.split('[,×]', text) if word.strip()]
    names = {name.lower(): name for name in get_args(kind)} if get_origin(kind) is Literal else {}
    return [names.get(word.lower(), word if names else word.lower()) for word in words]


def _describe(kind: Any) -> str:
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _describe_limits(inner[0], inner[1])
    if origin is Union:
        return ' | '.join('null' if part is type(None) else _describe(part) for part in inner)
    if origin is list:
        return f'[{_describe(inner[0])}, …]'
    if origin is Literal:
        return ' | '.join(name or '""' for name in inner)
    if kind is bool:
        return 'true | false'
    return {'dict': '{"LORA": "Lora", …}', 'str': '"…"'}.get(
        getattr(origin or kind, '__name__', ''), '…'
    )


def _describe_limits(kind: type, limits: Meta) -> str:
    if limits.ge is not None and limits.le is not None:
        return f'{limits.ge:g}–{limits.le:g}' if kind is float else f'{limits.ge}–{limits.le}'
    if get_origin(kind) is list:
        return ', '.join([_describe(get_args(kind)[0])] * (limits.max_length or 1))
    if limits.pattern and 'https' in limits.pattern:
        return 'http(s)://host[:port][/path]'
    if limits.pattern == _PRECISION_PATTERN:
        return 'fp32 | fp16 | bf16 | fp8'
    if limits.pattern == QUIET_PATTERN:
        return 'HH:MM-HH:MM'
    if limits.pattern:
        return 'ASCII'
    return f'1–{limits.max_length}' if limits.min_length else f'0–{limits.max_length}'
