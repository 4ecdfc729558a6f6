"""Our own program on a person's machine: from a clone, or installed as a command."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import platformdirs

from ..errors import HostLacks
from .base import Feature, Places

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


class Standalone:
    """No host at all: see :class:`.base.Host`."""

    name = 'standalone'
    root = None

    def __init__(self, places: Places) -> None:
        self.places = places

    def folders(self) -> Mapping[str, tuple[Path, ...]]:
        """None: the settings say where models go."""
        return {}

    def language(self) -> str | None:
        """Nobody to follow."""
        return None

    def missing(self, feature: Feature) -> str | None:
        """Everything: there is nobody to do it."""
        return 'host.standalone'

    def sends(self) -> tuple[str, ...]:
        """Nowhere to send to."""
        return ()

    def refresh(self, kind: str) -> None:
        """Raises :class:`HostLacks`."""
        raise HostLacks(feature=Feature.LISTS.value)

    def load_checkpoint(self, file: Path) -> None:
        """Raises :class:`HostLacks`."""
        raise HostLacks(feature=Feature.CHECKPOINT.value)

    def use_vae(self, file: Path) -> None:
        """Raises :class:`HostLacks`."""
        raise HostLacks(feature=Feature.VAE.value)
