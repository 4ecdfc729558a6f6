"""What a WebUI host runs at each of its starts: installs the packages that the host lacks.

Nothing that is installed already changes its version: everything present is pinned for pip. When
all is there, no process is started. A failure is one printed sentence; the host starts anyway.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT / 'scripts'))

from civitai_manager_libs.bootstrap.messages import Speaker, choose_language  # noqa: E402

# Every host brings these in the versions it was made for.
OF_THE_HOST = frozenset({'gradio', 'requests', 'pillow', 'psutil'})

_NAME = re.compile(r'[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?')
# PEP 440, appendix B: what pip takes in a line of its constraints.
_VERSION = re.compile(
    r'''
    v?(?:[0-9]+!)?[0-9]+(?:\.[0-9]+)*
    (?:[-_.]?(?:alpha|a|beta|b|preview|pre|c|rc)[-_.]?[0-9]*)?
    (?:-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?
    (?:[-_.]?dev[-_.]?[0-9]*)?
    (?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?
    ''',
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)

TEXTS = {
    'zh-TW': {
        'installing': 'Civitai Shortcut：正在安裝 {names}……',
        'failed': 'Civitai Shortcut：無法安裝 {names}（{reason}）。分頁要等這些套件裝好才會出現。',
        'skipped': 'Civitai Shortcut：缺少 {names}，但此次啟動不安裝套件（--skip-install）。',
    },
    'en': {
        'installing': 'Civitai Shortcut: installing {names} ...',
        'failed': (
            'Civitai Shortcut: {names} could not be installed ({reason}). '
            'The tab appears once they are there.'
        ),
        'skipped': (
            'Civitai Shortcut: {names} are missing, '
            'and this start installs nothing (--skip-install).'
        ),
    },
}


def main() -> None:
    """Install what is missing; never raises, as a host may not handle it."""
    try:
        requirements = missing(read_requirements(ROOT / 'requirements.txt'))
        if requirements:
            provide(requirements)
    except Exception as error:  # whatever it is, the host must start
        print(f'Civitai Shortcut: install.py: {type(error).__name__}: {error}')


def read_requirements(file: Path) -> list[str]:
    """The requirement lines of ``file`` without comments and without what the host brings."""
    lines = (line.split('#')[0].strip() for line in file.read_text(encoding='utf-8').splitlines())
    return [line for line in lines if line and name_of(line) not in OF_THE_HOST]


def name_of(requirement: str) -> str:
    """``'SQLAlchemy>=2.0'`` -> ``'sqlalchemy'``."""
    found = _NAME.match(requirement)
    return re.sub(r'[-_.]+', '-', found.group()).lower() if found else ''


def missing(requirements: Iterable[str]) -> list[str]:
    """Those whose package is not installed in any version."""
    return [line for line in requirements if not is_installed(name_of(line))]


def is_installed(name: str) -> bool:
    """Whether there is a distribution ``name``, of whatever version."""
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def provide(requirements: list[str]) -> None:
    """Install ``requirements`` with every installed package pinned, and say how it went."""
    names = ', '.join(name_of(line) for line in requirements)
    if host_installs_nothing():
        _speaker().say('skipped', names=names)
        return
    _speaker().say('installing', names=names)
    with tempfile.TemporaryDirectory() as folder:
        constraints = Path(folder, 'constraints.txt')
        constraints.write_text('\n'.join(pins()) + '\n', encoding='utf-8')
        reason = install(requirements, constraints)
    if reason:
        _speaker().say('failed', names=names, reason=reason)


def pins() -> list[str]:
    """``name==version`` of everything that is installed, as pip would find it. What a system has
    given a version of its own kind (``1.1build1``) goes without.
    """
    found: dict[str, str] = {}
    for distribution in metadata.distributions():
        about = distribution.metadata
        # A broken installation may lack either; pip refuses a whole file for one bad line.
        if 'Name' not in about or 'Version' not in about:
            continue
        name, version = about['Name'], about['Version']
        if _NAME.fullmatch(name) and is_version(version):
            found.setdefault(name_of(name), f'{name}=={version}')
    return sorted(found.values())


def is_version(text: str) -> bool:
    """Whether ``text`` is a version as packages of Python have them."""
    return _VERSION.fullmatch(text) is not None


def _speaker() -> Speaker:
    # A host shows what its installers print on standard output.
    return Speaker(choose_language(None, os.environ), TEXTS, lambda: sys.stdout)


def install(requirements: list[str], constraints: Path) -> str | None:
    """Run pip (uv where a host has only that); None when it worked, otherwise its last words."""
    uv = shutil.which('uv')
    if importlib.util.find_spec('pip') is None and uv:
        command = [uv, 'pip', 'install', '--python', sys.executable]
    else:
        command = [sys.executable, '-m', 'pip', 'install', '--no-input', '--prefer-binary']
        command.append('--disable-pip-version-check')
    done = subprocess.run(
        [*command, '--constraint', str(constraints), *requirements],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding='utf-8',
        errors='replace',
    )
    if done.returncode == 0:
        return None
    errors = [line for line in done.stdout.splitlines() if line.lower().startswith('error')]
    return (errors or done.stdout.strip().splitlines() or ['?'])[-1]


def host_installs_nothing() -> bool:
    """Whether the host was started with ``--skip-install``. Without a host it was not."""
    try:
        import launch
    except (Exception, SystemExit):  # a launcher that cannot be imported here says nothing
        return False
    return bool(getattr(getattr(launch, 'args', None), 'skip_install', False))


if __name__ == '__main__':
    main()
