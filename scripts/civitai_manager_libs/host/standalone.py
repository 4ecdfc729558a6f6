"""Our own program on a person's machine: from a clone, or installed as a command."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from .base import Places

_NAME = 'civitai-shortcut'
_CLONE = Path(__file__).resolve().parents[3]


def clone_root() -> Path | None:
    """The folder of the clone that this code runs from, or None when it was installed."""
    return _CLONE if (_CLONE / 'main.py').is_file() and (_CLONE / 'scripts').is_dir() else None


def find_places(data_dir: Path | None = None, config_file: Path | None = None) -> Places:
    """Where this run keeps its things.

    ``data_dir`` (of ``--data-dir``) moves all data; ``config_file`` (of ``--config``) names the
    settings file. From a clone data lies beside ``main.py`` and settings in
    ``config/user_config.json``; installed, both lie where the operating system wants a person's
    data, or in ``data_dir``.
    """
    clone = clone_root()
    home = data_dir or clone or platformdirs.user_data_path(_NAME, appauthor=False)
    if config_file is None:
        config_file = (clone / 'config' if clone else home) / 'user_config.json'
    secrets = platformdirs.user_config_path(_NAME, appauthor=False)
    return Places(home.absolute(), config_file.absolute(), secrets.absolute())
