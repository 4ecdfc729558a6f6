"""Shows a file in the file manager of the system this runs on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_PATIENCE = 1.0


def show_file(path: Path) -> bool:
    """Open the folder of ``path`` in the file manager; whether one could be started."""
    if sys.platform == 'win32':
        return _start_file(path.parent)
    if sys.platform == 'darwin':
        return _started(['open', '-R', str(path)] if path.exists() else ['open', str(path.parent)])
    display = os.environ.get('DISPLAY') or os.environ.get('WAYLAND_DISPLAY')
    opener = shutil.which('xdg-open')
    return bool(display and opener) and _started([str(opener), str(path.parent)])


def _start_file(folder: Path) -> bool:
    try:
        getattr(os, 'startfile')(folder)
    except OSError:
        return False
    return True


def _started(command: Sequence[str]) -> bool:
    """Whether ``command`` started and has not ended badly within a moment."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        return process.wait(_PATIENCE) == 0
    except subprocess.TimeoutExpired:  # it shows the folder itself
        return True
