"""Creates virtual environments and installs into them, with uv if it is there, else with pip."""

from __future__ import annotations

import importlib.util
import os
import queue
import shutil
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from civitai_manager_libs.bootstrap import failures, pythons
from civitai_manager_libs.bootstrap.progress import Progress

_SECONDS_BETWEEN_TICKS = 0.5
_SECONDS_TO_STOP = 5.0


class Installer:
    """One of the two tools; :func:`choose` says which."""

    def __init__(self, uv: str | None, progress: Progress) -> None:
        self.tool = 'uv' if uv else 'pip'
        self._uv = uv
        self._progress = progress

    def create(self, folder: Path, base: str) -> None:
        """Make a virtual environment of the interpreter ``base``; BootstrapError if it fails."""
        if self._uv:
            command = [self._uv, 'venv', '--quiet', '--python', base, str(folder)]
        elif (
            importlib.util.find_spec('ensurepip') is None
            or importlib.util.find_spec('venv') is None
        ):
            raise no_ensurepip()
        else:
            command = [base, '-m', 'venv', str(folder)]
        code, lines = self._run(command)
        if code == 0:
            return
        if any('ensurepip' in line for line in lines):
            raise no_ensurepip()
        raise failures.of_output(
            lines,
            folder,
            'venv_failed',
            path=folder,
            oldest=pythons.as_text(pythons.OLDEST),
            newest=pythons.as_text(pythons.NEWEST),
        )

    def install(self, python: Path, files: Sequence[Path]) -> None:
        """Install what ``files`` list for ``python``; BootstrapError if it fails."""
        if self._uv:
            command = [self._uv, 'pip', 'install', '--python', str(python)]
        else:
            command = [str(python), '-m', 'pip', 'install']
        for file in files:
            command += ['-r', str(file)]
        code, lines = self._run(command)
        if code != 0:
            by_hand = ' '.join(pythons.quoted(word) for word in command)
            raise failures.of_output(
                lines, python.parent.parent, 'install_failed', tool=self.tool, command=by_hand
            )

    def _run(self, command: Sequence[str]) -> tuple[int, list[str]]:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding='utf-8',
            errors='replace',
            env=_environment(),
        )
        try:
            lines = self._follow(process)
            return process.wait(), lines
        except BaseException:
            _stop(process)
            raise
        finally:
            self._progress.clear()

    def _follow(self, process: subprocess.Popen[str]) -> list[str]:
        # A thread of its own reads, so that the count of seconds goes on while the tool is silent.
        said: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_read_lines, args=(process, said), daemon=True).start()
        lines: list[str] = []
        while True:
            try:
                line = said.get(timeout=_SECONDS_BETWEEN_TICKS)
            except queue.Empty:
                self._progress.tick()
                continue
            if line is None:
                return lines
            lines.append(line)
            self._progress.read(line)
            self._progress.tick()


def choose(progress: Progress) -> Installer:
    """uv if a working one is on PATH (seconds instead of a minute), else pip."""
    uv = shutil.which('uv')
    if uv and subprocess.run([uv, '--version'], capture_output=True).returncode != 0:
        uv = None  # a stand-in of a version manager
    return Installer(uv, progress)


def no_ensurepip() -> failures.BootstrapError:
    """What to say where Debian's python3-venv is not installed."""
    version = pythons.as_text(sys.version_info[:2])
    return failures.BootstrapError('no_ensurepip', package=f'python{version}-venv')


def _environment() -> Mapping[str, str]:
    environment = dict(os.environ)
    # Set by macOS's framework builds for their own children; it leads a new .venv to the wrong
    # prefix.
    environment.pop('__PYVENV_LAUNCHER__', None)
    environment.update(
        PIP_USER='0',  # "user = true" in somebody's pip.conf is refused in an environment
        PIP_NO_INPUT='1',
        PIP_DISABLE_PIP_VERSION_CHECK='1',
        PIP_PROGRESS_BAR='off',
        PYTHONUTF8='1',
        UV_PYTHON_DOWNLOADS='never',
    )
    return environment


def _read_lines(process: subprocess.Popen[str], said: queue.Queue[str | None]) -> None:
    assert process.stdout is not None
    with process.stdout:
        for line in process.stdout:
            said.put(line.rstrip())
    said.put(None)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
