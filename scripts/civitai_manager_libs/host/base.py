"""What every place we run in offers, whatever it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
        return (self.home / Path(path).expanduser()).resolve()
