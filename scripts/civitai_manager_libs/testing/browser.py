"""Finds a Chromium-like browser for the tests of the page, and installs one where none is."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from civitai_manager_libs.testing.commands import answer_of
from civitai_manager_libs.testing.messages import say

VARIABLE = 'CIVITAI_SHORTCUT_TEST_BROWSER'

_COMMANDS = (
    'chromium',
    'google-chrome',
    'google-chrome-stable',
    'chromium-browser',
    'chrome',
    'microsoft-edge',
    'microsoft-edge-stable',
    'msedge',
)
_MACOS_APPLICATIONS = (
    'Google Chrome.app/Contents/MacOS/Google Chrome',
    'Chromium.app/Contents/MacOS/Chromium',
    'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
)
_WINDOWS_PROGRAMS = (
    'Google/Chrome/Application/chrome.exe',
    'Chromium/Application/chrome.exe',
    'Microsoft/Edge/Application/msedge.exe',
)
_WINDOWS_FOLDERS = ('PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA')
_ASK_PLAYWRIGHT = (
    'from playwright.sync_api import sync_playwright\n'
    'with sync_playwright() as playwright:\n'
    '    print(playwright.chromium.executable_path)\n'
)
_SECONDS_TO_ANSWER = 60


def find() -> str | None:
    """A browser that starts: the one in :data:`VARIABLE` unasked, else one installed here."""
    named = os.environ.get(VARIABLE)
    if named:
        return named
    for path in _installed():
        if _starts(path):
            return path
    return _playwrights_own()


def ensure() -> str | None:
    """The same, installing one if there is none, and fonts for Chinese where that is possible."""
    path = find()
    packages = [] if path else ['chromium']
    if not _has_chinese_font():
        packages.append('fonts-noto-cjk')
    if packages and _has_debian_packages():
        _install_packages(packages)
        path = path or find()
    if path is None:
        _install_playwrights_own()
        path = find()
    if not _has_chinese_font():
        say('no_fonts')
    return path


def _installed() -> Iterator[str]:
    for command in _COMMANDS:
        found = shutil.which(command)
        if found:
            yield found
    for path in _usual_places():
        if path.is_file():
            yield str(path)


def _usual_places() -> Iterator[Path]:
    if platform.system() == 'Darwin':
        for folder in (Path('/Applications'), Path.home() / 'Applications'):
            for application in _MACOS_APPLICATIONS:
                yield folder / application
    elif platform.system() == 'Windows':
        for program in _WINDOWS_PROGRAMS:
            for variable in _WINDOWS_FOLDERS:
                if os.environ.get(variable):
                    yield Path(os.environ[variable]) / program


def _starts(path: str) -> bool:
    if sys.platform == 'win32':
        return True  # "chrome.exe --version" opens a window there instead of answering
    # Ubuntu's chromium-browser is a script that only recommends another package.
    return _run([path, '--version'], timeout=_SECONDS_TO_ANSWER)[0] == 0


def _playwrights_own() -> str | None:
    code, output = _run([sys.executable, '-c', _ASK_PLAYWRIGHT], timeout=_SECONDS_TO_ANSWER)
    path = output.strip()
    return path if code == 0 and os.path.isfile(path) else None


def _has_chinese_font() -> bool:
    if sys.platform in ('win32', 'darwin'):
        return True
    code, output = _run(['fc-list', ':lang=zh-tw', 'family'], timeout=_SECONDS_TO_ANSWER)
    return code == 0 and bool(output.strip())


def _has_debian_packages() -> bool:
    """Whether apt-get may be used and has a ``chromium`` (Ubuntu's is a snap in disguise)."""
    if not _is_root() or shutil.which('apt-get') is None:
        return False
    return 'debian' in _distributions() and 'ubuntu' not in _distributions()


def _is_root() -> bool:
    return hasattr(os, 'geteuid') and os.geteuid() == 0


def _distributions() -> list[str]:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return []
    return [release.get('ID', ''), *release.get('ID_LIKE', '').split()]


def _install_packages(names: Sequence[str]) -> None:
    say('installing', names=', '.join(names))
    apt = ['apt-get', '-q', '-y', '-o', 'DPkg::Lock::Timeout=120']
    _run([*apt, 'update'])  # with old lists the installation may still succeed; its answer counts
    code, output = _run([*apt, 'install', '--no-install-recommends', *names])
    if code != 0:
        say('install_failed', names=', '.join(names), reason=_last_line(output))


def _install_playwrights_own() -> None:
    say('installing', names='Chromium (playwright)')
    command = [sys.executable, '-m', 'playwright', 'install', 'chromium']
    if _is_root() and shutil.which('apt-get'):
        command.append('--with-deps')
    code, output = _run(command)
    if code != 0:
        say('install_failed', names='Chromium (playwright)', reason=_last_line(output))


def _last_line(output: str) -> str:
    return (output.strip().splitlines() or ['?'])[-1]


def _run(command: Sequence[str], timeout: float | None = None) -> tuple[int, str]:
    return answer_of(command, {**os.environ, 'DEBIAN_FRONTEND': 'noninteractive'}, timeout)
