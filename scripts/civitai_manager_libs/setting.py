"""The settings in force: defaults, overlaid by the person's file, overlaid by the environment.

``setting.NAME`` reads the value in force (``setting.http_timeout``). :func:`use` puts others in
force at once; whoever needs a setting reads it at the moment of use, so nothing has to be
restarted.
"""

from __future__ import annotations

import json
import os
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from . import __version__, setting_values
from .domain.gallery_names import is_web_address, kept_name
from .errors import SettingInvalid, SettingsFileBroken, VersionUnknown
from .host.base import Places
from .host.standalone import find_places
from .key_store import KeyStore
from .redaction import hide
from .setting_migration import migrate
from .setting_values import FIELDS, SECRET_KEYS, Settings
from .store.database import alone, beside
from .store.files import make_folder, write_atomic
from .util import resource

PREFIX = 'CIVITAI_SHORTCUT_'
_KEY_VARIABLE = 'CIVITAI_API_KEY'
_LOCK_SECONDS = 10.0
_lock = threading.Lock()


@dataclass(frozen=True)
class Loaded:
    """Settings with where each value that is no default came from, and what was wrong with others.

    ``problems`` are values of the person's file that were left out, ``unknown`` its keys that we do
    not know (kept when saving), ``origins`` maps a key to ``file`` or ``environment``; the API key
    comes from ``keyring`` or ``key_file`` where it is stored.
    """

    settings: Settings
    problems: tuple[SettingInvalid, ...]
    unknown: tuple[str, ...]
    origins: Mapping[str, str]


def defaults() -> dict[str, Any]:
    """The defaults by key, as ``config/default_config.json`` has them."""
    with open(resource('config/default_config.json'), encoding='utf-8') as file:
        values: dict[str, Any] = json.load(file)
    return values


def environment_name(key: str) -> str:
    """The environment variable that overlays ``key``."""
    return PREFIX + key.replace('.', '_').upper()


def load(
    config_file: Path | None = None,
    environ: Mapping[str, str] | None = None,
    keys: KeyStore | None = None,
) -> Loaded:
    """Read all layers. ``keys`` is where the API key is stored.

    A value of the file that does not fit is left out and reported; one of the environment raises
    :class:`SettingInvalid`. A file that is no JSON object raises :class:`SettingsFileBroken`.
    """
    environ = os.environ if environ is None else environ
    values, origins, problems = defaults(), {}, []
    stored = read_file(config_file) if config_file else {}
    for key in FIELDS:
        if key in stored:
            try:
                values[key] = setting_values.check(key, stored[key])
                origins[key] = 'file'
            except SettingInvalid as problem:
                problems.append(problem)
    overlay = _overlay(environ)
    if keys is not None and 'civitai_api_key' not in overlay and not values['civitai_api_key']:
        try:
            values['civitai_api_key'] = setting_values.check('civitai_api_key', keys.read())
        except SettingInvalid as problem:
            problems.append(problem)
        if values['civitai_api_key']:
            origins['civitai_api_key'] = 'keyring' if keys.where == 'keyring' else 'key_file'
    for key, text in overlay.items():
        values[key] = setting_values.check(key, text, from_text=True)
        origins[key] = 'environment'
    settings = msgspec.convert({key: values[key] for key in FIELDS}, Settings)
    unknown = tuple(sorted(set(stored) - set(FIELDS)))
    return Loaded(settings, tuple(problems), unknown, origins)


def overriding(key: str, environ: Mapping[str, str]) -> str:
    """The environment variable that says what ``key`` is, an empty text when none does."""
    names = [environment_name(key), *([_KEY_VARIABLE] if key == 'civitai_api_key' else [])]
    return next((name for name in names if name in environ), '')


def _overlay(environ: Mapping[str, str]) -> dict[str, str]:
    found = {
        key: environ[environment_name(key)] for key in FIELDS if environment_name(key) in environ
    }
    if environ.get(_KEY_VARIABLE) and not found.get('civitai_api_key'):
        found['civitai_api_key'] = environ[_KEY_VARIABLE]
    for key in SECRET_KEYS & found.keys():  # one read from a file ends with a line break
        found[key] = found[key].strip()
    return found


def read_file(config_file: Path) -> dict[str, Any]:
    """What the person's file holds, ``{}`` if there is none; raises :class:`SettingsFileBroken`."""
    try:
        with open(config_file, encoding='utf-8-sig') as file:
            stored = json.load(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise SettingsFileBroken(path=str(config_file), reason=_reason(error)) from error
    if not isinstance(stored, dict):
        raise SettingsFileBroken(path=str(config_file), reason='not a JSON object')
    return stored


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f'line {error.lineno}, column {error.colno}: {error.msg}'
    return error.strerror or 'unreadable' if isinstance(error, OSError) else 'not UTF-8 JSON'


def save(config_file: Path, changes: Mapping[str, Any]) -> None:
    """Write ``changes`` (key to value; None as a *change* is the value null) into the person's
    file.

    Other keys, known or not, stay as they are, also those that somebody else is just changing.
    Values are checked first; a broken file is never overwritten.
    """
    checked = {}
    for key, value in changes.items():
        if key in SECRET_KEYS and value:
            raise SettingInvalid(key=key, value='••••', allowed='config set civitai_api_key')
        checked[key] = setting_values.check(key, value)
    _change(config_file, lambda stored: stored.update(checked))


def keep(config_file: Path, changes: Mapping[str, Any]) -> None:
    """The same; what is the default leaves the file, which holds only what differs."""
    usual = defaults()
    differing = {key: value for key, value in changes.items() if value != usual.get(key)}
    if differing:
        save(config_file, differing)
    for key in changes.keys() - differing.keys():
        unset(config_file, key)


def unset(config_file: Path, key: str) -> bool:
    """Go back to the default of ``key``; whether the file had it."""
    if setting_values.check_key(key) not in read_file(config_file):
        return False
    _change(config_file, lambda stored: stored.pop(key, None))
    return True


def _change(config_file: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Read, change and write with nobody else in between: a page, a terminal and the thread that
    stores a key may do so at the same time.
    """
    read_file(config_file)  # of a broken one we hear before anything is made beside it
    make_folder(config_file.parent)
    with alone(beside(config_file, '.lock'), _LOCK_SECONDS):
        stored = read_file(config_file)
        change(stored)
        _write(config_file, stored)


def _write(config_file: Path, stored: Mapping[str, Any]) -> None:
    text = json.dumps(stored, ensure_ascii=False, indent=2) + '\n'
    # half a surrogate (of a file name that is no Unicode) goes as the \udcff that JSON has for it
    write_atomic(config_file, text.encode('utf-8', 'backslashreplace'))


def move_key_out(config_file: Path, keys: KeyStore) -> bool:
    """Take a key that stands in the person's settings file out of it and keep it in the key file of
    ``keys``; a keyring might ask for something while nobody is looking.

    A settings file can lie where a page server serves it. Returns whether there was one to move;
    what cannot be a key stays, and :func:`load` reports it.
    """
    stored = read_file(config_file)
    key = stored.get('civitai_api_key')
    key = key.strip() if isinstance(key, str) else ''
    try:
        setting_values.check('civitai_api_key', key)
    except SettingInvalid:
        return False
    if not key:
        return False
    keys.store_in_file(key)
    _change(config_file, lambda stored: stored.update(civitai_api_key=''))
    return True


def migrate_config(old_config: Mapping[str, Any], new_version: str) -> dict[str, Any]:
    """What the settings of an older version, or of the extension before this program, are called in
    version ``new_version`` (``0.2.0``); ``old_config`` is the content of their file.

    Pure. Keys that we never knew stay; values that do not fit are left out. Raises
    :class:`VersionUnknown` for a version after this one: nobody knows its settings yet.
    """
    if not re.fullmatch(r'v?\d+(\.\d+)*', new_version) or _parts(new_version) > _parts(__version__):
        raise VersionUnknown(version=new_version[:40], newest=__version__)
    return dict(migrate(old_config).config)


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.lstrip('v').split('.')]


_current: Settings | None = None


def current() -> Settings:
    """The settings in force; defaults and environment until :func:`use` was called."""
    global _current
    with _lock:
        if _current is None:
            _current = load().settings
            hide(_current.civitai_api_key)
        return _current


def use(settings: Settings) -> None:
    """Put ``settings`` in force for the whole process, from the next reading on."""
    global _current
    hide(settings.civitai_api_key)
    with _lock:
        _current = settings


_places: Places | None = None


def use_places(places: Places) -> None:
    """Let ``places`` be the folders of the whole process, which relative paths of the settings
    belong to.
    """
    global _places
    with _lock:
        _places = places


def places() -> Places:
    """The folders of this process: those of :func:`use_places`, else those of a program that was
    started without words.
    """
    with _lock:
        return _places or find_places()


def get_image_url_to_gallery_file(url: str) -> str:
    """The file that the gallery keeps the picture at ``url`` in; it need not be there yet.

    A path on this machine is that file itself.
    """
    if not is_web_address(url):
        return url
    name = kept_name(url)
    return str(places().cache / 'gallery' / name[:2] / name)


def __getattr__(name: str) -> Any:
    if name.startswith('_') or name not in Settings.__struct_fields__:
        raise AttributeError(name)
    return getattr(current(), name)
