"""What this program logs: ``application.log``, ``http_client.log``, ``error.log``.

The files hang on our own loggers; the root logger belongs to whoever runs us.
"""

from __future__ import annotations

import logging
import os
import platform
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from . import __version__, setting
from .domain.log_lines import answer_level, answer_line, failure_line, refusal_line
from .log_files import HTTP_LOGGER, LOGGER, LogFiles
from .redaction import hide

_logger = logging.getLogger(LOGGER)
_http = logging.getLogger(HTTP_LOGGER)
_open: dict[Path, tuple[LogFiles, int]] = {}
_lock = threading.Lock()
_before: tuple[int, bool] = (logging.NOTSET, True)


def open_logs(folder: Path) -> Callable[[], None]:
    """Write what this program logs into files of ``folder`` from now on; returns what ends that.

    Once for a folder and a process, however often it is called. The passwords of proxies in
    the environment are kept out of the lines, as is all that :mod:`redaction` knows.
    """
    global _before
    for name, value in os.environ.items():
        if name.lower().endswith('_proxy'):
            _hide_login(value)
    with _lock:
        if not _open:
            _before = (_logger.level, _logger.propagate)
            _logger.setLevel(logging.DEBUG)
            _logger.propagate = False
        files, users = _open.get(folder, (None, 0))
        if files is None:
            files = LogFiles(folder)
            _logger.addHandler(files)
        _open[folder] = (files, users + 1)
    once = ExitStack()
    once.callback(_end, folder)
    if not users:
        system = platform.python_version(), platform.platform()
        _logger.info('Civitai Shortcut %s, Python %s, %s', __version__, *system)
    return once.close


def _end(folder: Path) -> None:
    with _lock:
        files, users = _open.pop(folder)
        if users > 1:
            _open[folder] = (files, users - 1)
            return
        _logger.removeHandler(files)
        if not _open:
            _logger.setLevel(_before[0])
            _logger.propagate = _before[1]
    files.end()


def _hide_login(proxy: str) -> None:
    try:
        word = urlsplit(proxy if '://' in proxy else f'http://{proxy}').password
    except ValueError:
        return
    if word:
        hide(word)
        hide(unquote(word))


def log_answer(method: str, address: str, status: int, milliseconds: float) -> None:
    """Note an answer that came ``milliseconds`` after its request, as the setting
    ``http_performance_log_level`` wants it, and in any case when it was a refusal. ``address`` is
    without query.
    """
    failed = status >= 400
    wanted = setting.current().http_performance_log_level
    level = answer_level(wanted, milliseconds, failed)
    if level is not None:
        _http.log(level, '%s', answer_line(method, address, status, milliseconds))
    if failed:
        _http.warning('%s', refusal_line(status, address))


def log_failure(code: str, address: str) -> None:
    """Note a request without a usable answer; ``code`` is the one of our error."""
    _http.warning('%s', failure_line(code, address))


def read_lines(folder: Path, stem: str) -> Iterator[str]:
    """All lines of the log ``stem`` (one of :data:`log_files.STEMS`) in ``folder``, also of other
    processes, the file that was written to longest ago first.

    Bytes that are no UTF-8 come as ``\\ufffd``. A file that is rotated away meanwhile, or that may
    not be read, is passed over.
    """
    for path in _files(folder, stem):
        with suppress(OSError), open(path, encoding='utf-8', errors='replace') as file:
            for line in file:
                yield line.rstrip('\n')


def _files(folder: Path, stem: str) -> list[Path]:
    name = re.compile(re.escape(stem) + r'(?:-(\d+))?\.log(?:\.(\d+))?')
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        parts = name.fullmatch(path.name)
        if parts:
            with suppress(OSError):
                written = path.stat().st_mtime_ns
                found.append((written, int(parts[1] or 1), -int(parts[2] or 0), path))
    return [path for *_, path in sorted(found)]
