"""The ``.venv`` beside ``main.py``: where its Python is, whether it works, and what is in it."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from civitai_manager_libs.bootstrap import failures, pythons

_STAMP = 'civitai-shortcut.json'
_PROBE = """
import importlib.util, json, sys
missing = [name for name in sys.argv[1:] if importlib.util.find_spec(name) is None]
print(json.dumps([sys.version_info[:2], missing]))
"""
_SECONDS_FOR_PROBE = 60


class _Answer(NamedTuple):
    version: tuple[int, ...]
    missing: list[str]


class Environment:
    """A virtual environment with a stamp that says which requirement files it fulfils."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if sys.platform == 'win32':
            self.python = folder / 'Scripts' / 'python.exe'
        else:
            self.python = folder / 'bin' / 'python'

    def is_running(self) -> bool:
        """Whether this very process runs in it."""
        return os.path.realpath(sys.prefix) == os.path.realpath(self.folder)

    def is_complete(self, files: Iterable[Path], modules: Mapping[str, str]) -> bool:
        """Whether it works and has all of ``files`` and ``modules``.

        Of whatever supported Python it is: a page may be running in it, so one that works is never
        replaced because somebody calls another Python.
        """
        stamp = self._read_stamp()
        installed = stamp.get('files')
        if not isinstance(installed, dict) or stamp.get('folder') != str(self.folder):
            return False
        if any(installed.get(file.name) != digest(file) for file in files):
            return False
        answer = self._ask(modules.values())
        return answer is not None and pythons.is_supported(answer.version) and not answer.missing

    def is_usable(self, with_pip: bool) -> bool:
        """Whether its Python starts, is supported, and (``with_pip``) has pip.

        One that was moved is not: its scripts still point to the old place.
        """
        if self._read_stamp().get('folder', str(self.folder)) != str(self.folder):
            return False
        answer = self._ask(['pip'] if with_pip else [])
        return answer is not None and pythons.is_supported(answer.version) and not answer.missing

    def missing(self, modules: Mapping[str, str]) -> list[str]:
        """The packages (keys) whose modules (values) its Python cannot import."""
        answer = self._ask(modules.values())
        if answer is None:
            return list(modules)
        return [package for package, module in modules.items() if module in answer.missing]

    def exists(self) -> bool:
        """Whether anything is in its place. An empty folder counts as nothing."""
        if not self.folder.is_dir():
            return os.path.lexists(self.folder)
        return any(self.folder.iterdir())

    def is_environment(self) -> bool:
        """Whether what is there is (the rest of) an environment, and not somebody's data."""
        return any((self.folder / name).is_file() for name in ('pyvenv.cfg', _STAMP))

    def remove(self) -> None:
        """Delete it; BootstrapError when something holds on to it."""
        try:
            shutil.rmtree(self.folder)
        except FileNotFoundError:
            return
        except OSError as error:
            reason = error.strerror or str(error)
            raise failures.BootstrapError(
                'cannot_remove', path=self.folder, reason=reason
            ) from error

    def stamp(self, files: Iterable[Path]) -> None:
        """Note that ``files``, as they are now, are fulfilled (with what was noted before)."""
        before = self._read_stamp().get('files')
        installed = dict(before) if isinstance(before, dict) else {}
        installed.update({file.name: digest(file) for file in files})
        content = {
            'folder': str(self.folder),
            'python': sys.version.split()[0],
            'base': base_python(),
            'files': installed,
        }
        text = json.dumps(content, indent=2, ensure_ascii=False)
        (self.folder / _STAMP).write_text(text, encoding='utf-8')

    def _read_stamp(self) -> dict[str, object]:
        try:
            content = json.loads((self.folder / _STAMP).read_text(encoding='utf-8'))
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def _ask(self, modules: Iterable[str]) -> _Answer | None:
        """What its Python says of itself and of ``modules``; None when it does not even start."""
        try:
            done = subprocess.run(
                [str(self.python), '-c', _PROBE, *modules],
                cwd=self.folder,  # a name in the person's own folder is not an installed package
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS_FOR_PROBE,
            )
            version, missing = json.loads(done.stdout)
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return None
        return _Answer(tuple(version), missing)


def base_python() -> str:
    """The interpreter that environments are made of: it is not itself in one."""
    return getattr(sys, '_base_executable', None) or sys.executable


def digest(file: Path) -> str:
    """SHA-256 of a text file, the same however git wrote its line ends."""
    return hashlib.sha256(file.read_bytes().replace(b'\r\n', b'\n')).hexdigest()
