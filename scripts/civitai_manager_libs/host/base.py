"""What every place we run in offers, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Protocol

from ..util import from_home


@dataclass(frozen=True)
class Places:
    """The folders and files of one running program; all absolute.

    ``home`` is what relative paths of settings (``./downloads``) are relative to. ``secrets`` lies
    outside every folder that a page server could serve.
    """

    home: Path
    config_file: Path
    secrets: Path

    @property
    def data(self) -> Path:
        return self.home / 'data'

    @property
    def database(self) -> Path:
        return self.data / 'civitai_shortcut.db'

    @property
    def cache(self) -> Path:
        return self.home / 'cache'

    @property
    def logs(self) -> Path:
        return self.home / 'logs'

    @property
    def key_file(self) -> Path:
        return self.secrets / 'api_key'

    def resolve(self, path: str) -> Path:
        """A path of the settings as an absolute one; ``~`` is the person's home."""
        return (self.home / from_home(path)).resolve()


class Feature(str, Enum):
    """What a host may do for us beyond showing our tab."""

    LISTS = 'lists'  # read its lists of models again
    CHECKPOINT = 'checkpoint'  # load a checkpoint
    VAE = 'vae'  # use a VAE
    PROMPT = 'prompt'  # has a prompt that the page can write into
    SEND = 'send'  # take generation data into its tabs


class Host(Protocol):
    """The program that we run in. Everything is found by looking for it, never by name or version;
    methods may be called from any thread and raise :class:`.HostLacks` for what is not there, and
    :class:`.HostFailed` when the host itself raised.
    """

    @property
    def name(self) -> str:
        """What logs and reports call it: ``standalone``, or the host's own name."""

    @property
    def places(self) -> Places:
        """Where our things lie."""

    @property
    def root(self) -> Path | None:
        """The host's own folder, absolute; None without a host."""

    def folders(self) -> Mapping[str, tuple[Path, ...]]:
        """By kind (``domain.folders.KINDS``) the folders that the host reads, absolute: its own
        first, then those that somebody has added. Kinds that it does not know are left out.
        """

    def language(self) -> str | None:
        """The language the host is shown in (``zh-TW``, ``en``); None when it does not say."""

    def missing(self, feature: Feature) -> str | None:
        """The catalogue key of why ``feature`` cannot be had; None when it can."""

    def sends(self) -> tuple[str, ...]:
        """The tabs that take generation data, by the host's names (``txt2img``)."""

    def refresh(self, kind: str) -> None:
        """Have the lists of models of ``kind`` read again; takes as long as the host takes."""

    def load_checkpoint(self, file: Path) -> None:
        """Load the checkpoint at ``file``; takes as long as the host takes."""

    def use_vae(self, file: Path) -> None:
        """Use the VAE at ``file`` from now on."""
