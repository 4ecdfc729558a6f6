"""Where the settings of this run come from, and reading them again when a person has changed them.

A page runs for days; the key is set in a terminal meanwhile. So who is about to use settings asks
:meth:`Source.fresh` first, which looks at the times of change of the settings file and of the
stored key and reads them only when one has moved.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

import msgspec

from . import setting
from .errors import ShortcutError
from .key_store import KeyStore
from .notify import board
from .setting import Loaded
from .setting_values import Settings

_CAUSE = 'settings'


class Source:
    """The settings file, the stored key and the environment of one run.

    ``keys`` is where the key is stored, read and forgotten; :meth:`fresh` sees that it was.
    ``base_url`` replaces the configured server (the demo catalogue's, for instance).
    """

    def __init__(
        self,
        config_file: Path,
        keys: KeyStore,
        environ: Mapping[str, str],
        base_url: str | None = None,
    ) -> None:
        self.keys = keys
        self._config_file = config_file
        self._environ = environ
        self._base_url = base_url
        self._lock = threading.Lock()
        self._seen: tuple[object, ...] | None = None

    def load(self) -> Loaded:
        """Read all layers and put them in force.

        Raises what :func:`setting.load` raises; values of the file that do not fit are told and
        left at their defaults.
        """
        with self._lock:
            loaded = self._read()
        _tell_left_out(loaded)
        return loaded

    def fresh(self) -> None:
        """Put changed settings in force. A file that cannot be read is told and changes nothing.

        Whoever comes while another thread reads them waits for it: after this they are in force.
        """
        if self._times() == self._seen:
            return
        try:
            with self._lock:
                loaded = self._read() if self._times() != self._seen else None
        except ShortcutError as error:
            board.tell('error', f'error.{error.code}', error.details, _CAUSE)
            return
        if loaded is not None:
            _tell_left_out(loaded)
            board.settle(_CAUSE)

    def _read(self) -> Loaded:
        times = self._times()
        try:
            loaded = setting.load(self._config_file, self._environ, self.keys)
            setting.use(self._replaced(loaded.settings))
        finally:
            self._seen = times  # not before they are in force
        return loaded

    def _replaced(self, settings: Settings) -> Settings:
        if self._base_url is None:
            return settings
        return msgspec.structs.replace(settings, civitai_base_url=self._base_url)

    def _times(self) -> tuple[object, ...]:
        return _time(self._config_file), *self.keys.stamp()


def _tell_left_out(loaded: Loaded) -> None:
    for problem in loaded.problems:
        board.tell('warning', 'cli.setting_left_out', problem.details)


def _time(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    # A file is written anew each time: two of one size may come within a tick of the clock.
    return status.st_mtime_ns, status.st_size, status.st_ino
