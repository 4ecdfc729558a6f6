"""The programs around each Gradio that the page is tested with, in environments of their own.

They lie in the user's cache, named by what is in them, so that clones share them and a change of
the pins makes new ones. One Python carries them all, the only one that each of them runs on.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import platformdirs

from civitai_manager_libs.testing.commands import answer_of
from civitai_manager_libs.testing.messages import say

VARIABLE = 'CIVITAI_SHORTCUT_TEST_HOSTS'
VERSIONS = ('3.41.2', '3.43.2', '4.40.0', '5.50.0', '6.31.0')
PYTHON = '3.11'

_CHECKOUT = Path(__file__).resolve().parents[3]
_REQUIREMENTS = _CHECKOUT / 'requirements.txt'
_RUNS = 'import ssl, sqlite3, sys, venv\n' f'sys.exit("%d.%d" % sys.version_info[:2] != {PYTHON!r})'
# Every file that was installed is still there, but for what Python writes anew by itself.
_WHOLE = (
    'import importlib.metadata as metadata, sys\n'
    'found = {one.metadata["Name"].lower(): one for one in metadata.distributions()}\n'
    'lost = [file for one in found.values() for file in one.files or ()\n'
    '        if file.suffix != ".pyc" and not file.locate().exists()]\n'
    'sys.exit(bool(lost) or found["gradio"].version != sys.argv[1])'
)
_UV_FINDS = ('-m', 'uv', 'python', 'find', '--no-project', '--no-python-downloads', PYTHON)
_STAMP = 'complete'
_UNUSED_DAYS = 30
_SECONDS_TO_ANSWER = 120
_SECONDS_TO_INSTALL = 600


def pins(version: str) -> Path:
    """The file with what stands beside Gradio ``version``."""
    return _CHECKOUT / 'tests' / 'hosts' / 'pins' / f'{version}.txt'


def find(version: str) -> Path | None:
    """The Python of the environment with Gradio ``version``; None until it has been made."""
    folder = _folder(version)
    return _python_in(folder) if (folder / _STAMP).is_file() else None


def ensure() -> bool:
    """Make those that are not there or not whole; whether all are there then.

    Says what it does, and what keeps it from doing it.
    """
    for version in VERSIONS:
        if not _is_whole(version) and not _make(version):
            return False
    _forget_unused()
    return True


def python() -> str | None:
    """A Python of the version they all run on; one that is only a name does not count."""
    return next((path for path in _pythons() if _works([path, '-c', _RUNS])), None)


def _home() -> Path:
    named = os.environ.get(VARIABLE)
    cache = platformdirs.user_cache_path('civitai-shortcut-tests', appauthor=False)
    return Path(named) if named else cache / 'hosts'


def _folder(version: str) -> Path:
    holds = hashlib.sha256(PYTHON.encode())
    for file in (pins(version), _REQUIREMENTS):
        holds.update(file.read_bytes().replace(b'\r\n', b'\n'))
    return _home() / f'gradio-{version}-{holds.hexdigest()[:12]}'


def _python_in(folder: Path) -> Path:
    if sys.platform == 'win32':
        return folder / 'Scripts' / 'python.exe'
    return folder / 'bin' / 'python'


def _is_whole(version: str) -> bool:
    found = find(version)
    if found is None or not _works([str(found), '-I', '-c', _WHOLE, version]):
        return False
    os.utime(_folder(version) / _STAMP)
    return True


# --- making one ----------------------------------------------------------------------------------


def _make(version: str) -> bool:
    """Build it beside its place, and put it there when it is whole: two may do this at once."""
    path = python()
    if path is None:
        say('hosts_no_python', version=PYTHON)
        return False
    say('installing', names=f'Gradio {version}')
    folder = _folder(version)
    being_made = folder.with_name(f'{folder.name}.{os.getpid()}')
    being_made.parent.mkdir(parents=True, exist_ok=True)
    with _removed(being_made):
        problem = _uv('venv', '--quiet', '--no-project', '--python', path, str(being_made))
        problem = problem or _fill(being_made, version)
        if problem:
            say('install_failed', names=f'Gradio {version}', reason=problem)
            return False
        (being_made / _STAMP).touch()
        shutil.rmtree(folder, ignore_errors=True)
        with contextlib.suppress(OSError):  # somebody else was quicker
            being_made.rename(folder)
    return find(version) is not None


def _fill(folder: Path, version: str) -> str:
    """What hosts install in spite of each other's wishes, and what we need beside it."""
    there = ('--python', str(_python_in(folder)))
    wanted = ('-r', str(pins(version)), '-r', str(_REQUIREMENTS))
    return _uv(
        *('pip', 'install', '--quiet', '--no-config', '--only-binary', ':all:', *there, *wanted),
        *('--override', str(pins(version))),
    )


def _uv(*arguments: str) -> str:
    """Run it; empty when that went well, else its last words."""
    environment = {**os.environ, 'UV_PYTHON_DOWNLOADS': 'never', 'UV_NO_PROGRESS': '1'}
    environment.pop('VIRTUAL_ENV', None)
    command = [sys.executable, '-m', 'uv', *arguments]
    code, output = answer_of(command, environment, _SECONDS_TO_INSTALL)
    return '' if code == 0 else (output.strip() or '?')[-1000:]


@contextlib.contextmanager
def _removed(folder: Path) -> Iterator[None]:
    """What is still at ``folder`` in the end is removed."""
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _forget_unused() -> None:
    """Remove those that no clone has used for a month."""
    for stamp in _home().glob(f'gradio-*/{_STAMP}'):
        if time.time() - stamp.stat().st_mtime > _UNUSED_DAYS * 86400:
            shutil.rmtree(stamp.parent, ignore_errors=True)


# --- the Python they run on ----------------------------------------------------------------------


def _pythons() -> Iterator[str]:
    yield sys.executable
    for folder in os.environ.get('PATH', os.defpath).split(os.pathsep):
        found = shutil.which(f'python{PYTHON}', path=folder) if folder else None
        if found:
            yield found
    versions = Path(os.environ.get('PYENV_ROOT') or Path.home() / '.pyenv') / 'versions'
    yield from (str(path) for path in sorted(versions.glob(f'{PYTHON}.*/bin/python')))
    if sys.platform == 'win32':
        yield from _said_by('py', f'-{PYTHON}', '-c', 'import sys; print(sys.executable)')
    # Those that it has installed itself lie where nobody else looks.
    yield from _said_by(sys.executable, *_UV_FINDS)


def _said_by(*command: str) -> Iterator[str]:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        said = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding='utf-8',
            errors='replace',
            timeout=_SECONDS_TO_ANSWER,
        )
        if said.stdout.strip():
            yield said.stdout.strip()


def _works(command: Sequence[str]) -> bool:
    return answer_of(command, timeout=_SECONDS_TO_ANSWER)[0] == 0
