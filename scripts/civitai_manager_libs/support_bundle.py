"""A zip for a bug report: what the program is, how it is set, what it did, and nothing that gives a
person away.
"""

from __future__ import annotations

import getpass
import importlib.metadata
import io
import json
import locale
import os
import platform
import re
import sys
import time
import zipfile
from collections import deque
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any

import psutil

from . import __version__, i18n, setting
from .host.base import Places
from .host.standalone import clone_root
from .log_files import STEMS
from .logs import read_lines
from .redaction import without_secrets
from .setting_values import FIELDS, SECRET_KEYS
from .store.files import free_space

LINES = 2000
_LARGEST_LINE = 4000
_LARGEST_PART = 1_400_000  # bytes; all seven stay below 10 MB even if nothing can be compressed
_PACKAGES = (
    *('requests', 'urllib3', 'requests-cache', 'Pillow', 'msgspec', 'tenacity', 'platformdirs'),
    *('psutil', 'blake3', 'prometheus-client', 'SQLAlchemy', 'alembic', 'keyring'),
    *('gradio', 'gradio_client', 'fastapi', 'starlette', 'uvicorn'),
)
_PATH_NAME = re.compile(r'(?i)(?:^|_)(?:path|folder|source|file|bundle)$')
_NAMES_OF_MACHINES = frozenset({'owner'})
_SECRET_NAME = re.compile(
    r'(?i)(?:^|[_-])(?:token|api_?key|secret|password|cookie|authorization)s?$'
)


def bundle(
    places: Places, report: Mapping[str, Any], queue: Iterable[Mapping[str, Any]] | None = None
) -> bytes:
    """The zip as bytes, at most 10 MB.

    ``report`` is the performance report, ``queue`` the downloads as dictionaries of JSON types. It
    holds ``system.json``, ``settings.json`` (values that differ from their defaults),
    ``traffic.json``, ``queue.json`` if given, and the last :data:`LINES` lines of each log. Keys,
    tokens, cookies and passwords are taken out of all of them, the home folder becomes ``~``, and
    of a path outside only the name stays.
    """
    hidden = _Hidden(places)
    parts: dict[str, Any] = {
        'system.json': _system(places),
        'settings.json': _settings(),
        'traffic.json': report,
    }
    if queue is not None:
        parts['queue.json'] = list(queue)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w', zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, _json(hidden.cleaned(content)))
        for stem in STEMS:
            archive.writestr(f'{stem}.log', _tail(places.logs, stem, hidden))
    return packed.getvalue()


def _json(content: Any) -> bytes:
    text = json.dumps(content, ensure_ascii=False, indent=1).encode('utf-8', 'backslashreplace')
    if len(text) > _LARGEST_PART:  # half a document would help nobody
        text = json.dumps({'left_out': 'too large', 'bytes': len(text)}).encode()
    return text


def _tail(folder: Path, stem: str, hidden: _Hidden) -> bytes:
    latest = deque(read_lines(folder, stem), maxlen=LINES)
    kept: list[bytes] = []
    room = _LARGEST_PART
    for line in reversed(latest):
        # Cut last: half a secret would not be recognised.
        content = hidden.text(line)[:_LARGEST_LINE].encode('utf-8', 'backslashreplace') + b'\n'
        room -= len(content)
        if room < 0:
            break
        kept.append(content)
    return b''.join(reversed(kept))


def _settings() -> dict[str, Any]:
    defaults, settings = setting.defaults(), setting.current()
    changed = {}
    for key, field in FIELDS.items():
        value = getattr(settings, field.name)
        if value != defaults[key]:
            changed[key] = '(set)' if key in SECRET_KEYS else value
    return changed


def _system(places: Places) -> dict[str, Any]:
    return {
        'program': __version__,
        'run_from': 'clone' if clone_root() is not None else 'package',
        # Looked up, not imported: a host has loaded it long before us.
        'host': 'webui' if 'modules.shared' in sys.modules else 'standalone',
        'time': time.strftime('%Y-%m-%dT%H:%M:%S%z'),
        'platform': platform.platform(),
        'machine': platform.machine(),
        'python': f'{platform.python_implementation()} {platform.python_version()}',
        'processors': os.cpu_count(),
        'memory_bytes': psutil.virtual_memory().total,
        'free_bytes': _free(places.home),
        'language': i18n.language(),
        'encoding': locale.getpreferredencoding(False),
        'packages': {name: _version(name) for name in _PACKAGES},
        'environment': _environment(),
        'set_by_environment': sorted(
            name for name in os.environ if name.upper().startswith('CIVITAI_')
        ),
    }


def _free(folder: Path) -> int | None:
    try:
        return free_space(folder)
    except OSError:  # a disk that is gone may be what the report is about
        return None


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _environment() -> dict[str, str]:
    """Proxies (without login) and certificates."""
    shown = {}
    for name, value in sorted(os.environ.items()):
        if name.lower().endswith('_proxy'):
            shown[name] = value.rpartition('@')[2]
        elif name in ('REQUESTS_CA_BUNDLE', 'SSL_CERT_FILE'):
            shown[name] = value
    return shown


class _Hidden:
    """Takes out of text what tells who a person is."""

    def __init__(self, places: Places) -> None:
        self._folders = [
            (_folder(path), shown)
            for path, shown in ((places.home, '<data>'), (Path.home(), '~'))
            if path != Path(path.anchor)
        ]
        user = re.escape(_user())
        self._user = re.compile(rf'(?i)(?<=[/\\]){user}(?=[/\\"\'\s:,)]|$)') if user else None

    def text(self, text: str) -> str:
        """``text`` without secrets, home folder and name of the user."""
        text = without_secrets(text)
        for pattern, shown in self._folders:
            text = pattern.sub(shown, text)
        return self._user.sub('user', text) if self._user else text

    def cleaned(self, value: Any, name: str = '') -> Any:
        """``value`` with all texts in it cleaned, as JSON types; ``name`` is what it is called."""
        if isinstance(value, Mapping):
            return {
                self.text(str(key)): self.cleaned(inner, str(key)) for key, inner in value.items()
            }
        if isinstance(value, (list, tuple, set, frozenset, deque)):
            return [self.cleaned(inner, name) for inner in value]
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if _SECRET_NAME.search(name) and name not in FIELDS:
            return '***'
        if name in _NAMES_OF_MACHINES:
            return ''
        text = self.text(str(value))
        return _last_part(text) if _PATH_NAME.search(name) else text


def _folder(path: Path) -> re.Pattern[str]:
    """A folder in plain text, in JSON or a Python string, and with the other slash."""
    parts = [re.escape(part) for part in str(path).replace('\\', '/').split('/')]
    flags = re.IGNORECASE if os.name == 'nt' else 0
    return re.compile(r'(?:/|\\{1,4})'.join(parts) + r'(?![\w-])', flags)


def _last_part(path: str) -> str:
    absolute = PurePath(path).is_absolute() or PureWindowsPath(path).is_absolute()
    return PureWindowsPath(path).name if absolute else path


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a container without any
        return ''
