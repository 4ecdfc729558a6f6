"""Turns what went wrong while preparing ``.venv`` into one sentence with something to do."""

from __future__ import annotations

import errno
import re
import tempfile
from pathlib import Path

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT)

# pip and uv tell people what happened, not programs: their words are all there is to go by.
_SAYS_NO_SPACE = re.compile(
    r'No space left on device|Errno 28|os error 28|WinError 112|quota exceeded', re.I
)
_SAYS_NOT_ALLOWED = re.compile(r'Permission denied|Read-only file system|Access is denied', re.I)
_SAYS_NO_NETWORK = re.compile(
    r'NewConnectionError|NameResolutionError|ConnectTimeoutError|ReadTimeoutError|ProxyError'
    r'|SSLError|getaddrinfo failed|name resolution|Network is unreachable|Connection refused'
    r'|timed out|dns error|error sending request|Failed to fetch|tcp connect error',
    re.I,
)
_ERROR_NUMBER = re.compile(r'\[(?:Errno|WinError) [^\'")]+')
_SAYS_ERROR = re.compile(r'^\W*(ERROR|error|Error|Caused by|\w+Error)\b')
_LONGEST_REASON = 200


class BootstrapError(Exception):
    """Preparing is not possible; ``key`` and ``values`` name the sentence in ``messages``."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key, values)
        self.key = key
        self.values = values


def of_system(error: OSError, path: Path) -> BootstrapError:
    """The sentence for an ``OSError`` met while writing below ``path``."""
    if error.errno in _NO_SPACE:
        return _disk_full(path)
    return BootstrapError('read_only', path=path, reason=error.strerror or error)


def of_output(lines: list[str], folder: Path, key: str, **values: object) -> BootstrapError:
    """The sentence for a tool that failed after printing ``lines`` while it worked on ``folder``.

    ``key`` and ``values`` are the sentence when the output names no cause that is known here; every
    sentence is given ``reason``, the line of the output that says most.
    """
    output = '\n'.join(lines)
    if _SAYS_NO_SPACE.search(output):
        return _disk_full(folder)
    if _SAYS_NO_NETWORK.search(output):
        found = [line for line in lines if _SAYS_NO_NETWORK.search(line)][-1]
        core = _ERROR_NUMBER.search(found)
        reason = _short(core.group() if core else found)
        return BootstrapError('no_network', reason=reason, tool=values.get('tool', 'pip'))
    if _SAYS_NOT_ALLOWED.search(output):
        return BootstrapError('read_only', path=folder, reason=reason_in(lines))
    return BootstrapError(key, reason=reason_in(lines), **values)


def reason_in(lines: list[str]) -> str:
    """The last line that calls itself an error, else the last line at all."""
    spoken = [line for line in lines if line.strip()]
    errors = [line for line in spoken if _SAYS_ERROR.search(line)]
    return _short((errors or spoken or ['?'])[-1])


def _disk_full(path: Path) -> BootstrapError:
    return BootstrapError('disk_full', path=path, temporary=tempfile.gettempdir())


def _short(line: str) -> str:
    line = line.strip()
    return line if len(line) <= _LONGEST_REASON else line[: _LONGEST_REASON - 1] + '…'
