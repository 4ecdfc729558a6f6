"""Small things without a better home."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from urllib.parse import urlsplit

from .redaction import without_secrets

UNITS = ('B', 'KB', 'MB', 'GB', 'TB')
_PACKAGE = Path(__file__).parent
_HTTP = '[http_client]'
_log = logging.getLogger('civitai_shortcut')
_log.addHandler(logging.NullHandler())  # a script of somebody's own gets no log on its terminal
_http = logging.getLogger('civitai_shortcut.http_client')


def printD(message: object) -> None:
    """Log one line of what is going on, without secrets (the customer's name for it).

    What begins with ``[http_client]`` goes to the log of HTTP too.
    """
    text = without_secrets(str(message))
    (_http if text.startswith(_HTTP) else _log).info('%s', text)


class OwnThread(threading.Thread):
    """A thread of ours, which ends with the process at the latest. What it leaves uncaught is
    logged before Python tells it: the hook for that belongs to whoever runs us.
    """

    def run(self) -> None:
        """What every thread runs."""
        try:
            super().run()
        except Exception:
            _log.exception('%s', self.name)
            raise


def masked(secret: str) -> str:
    """A secret as it may be shown: only whether there is one, and its last four signs if it is
    long.
    """
    if not secret:
        return ''
    return '••••' + (secret[-4:] if len(secret) >= 16 else '')


def without_query(url: str) -> str:
    """Scheme, host and path of an address: all that may stand in a log or a message."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ''
        port = f':{parts.port}' if parts.port else ''
    except ValueError:
        return '(unreadable address)'
    return f'{parts.scheme}://{host}{port}{parts.path}'


def resource(name: str) -> Path:
    """A file or folder that ships with the program: in a clone it lies at the top, in a wheel
    inside the package.

    ``name`` is its place in the repository, such as ``config/default_config.json``, ``style.css``,
    ``javascript``.
    """
    in_clone = _PACKAGE.parent.parent / name
    if in_clone.exists():
        return in_clone
    inside = 'default_config.json' if name.startswith('config/') else f'assets/{name}'
    return _PACKAGE / inside


def from_home(path: str | Path) -> Path:
    """``path`` with ``~`` as the person's home. That of somebody unknown (``~nobody/x``) stays as
    it is written: a folder that is not there.
    """
    return Path(os.path.expanduser(path))


def size_text(size: float) -> str:
    """``218 MB``, ``6.6 GB``: decimal units as disks and Civitai use them, one digit behind the
    point from GB on.
    """
    value, unit = float(size), 0
    while value >= 999.5 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    digits = 1 if unit >= 3 and value < 99.95 else 0
    return f'{value:.{digits}f} {UNITS[unit]}'
