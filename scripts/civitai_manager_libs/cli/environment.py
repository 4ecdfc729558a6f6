"""The outside world of one command as one object: streams, folders, settings, and the program when
it is needed.
"""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from .. import i18n, setting
from ..app import App, build
from ..errors import FileUnreadable
from ..host.base import Places
from ..host.standalone import Standalone, clone_root, find_places
from ..key_store import KeyStore, system_keyring
from ..setting import Loaded
from ..setting_source import Source

if TYPE_CHECKING:
    from ..demo import DemoCatalogue

_DEMO_SPEED = 24_000_000  # bytes a second
_DEMO_PORTS = (17865, 17866)
"""The same at every start if they are free: what was saved from the demo names its pictures by
them.
"""


@dataclass
class Environment:
    """Made once by ``main``; commands ask it for what they need and nothing is opened before.

    ``language`` is what ``--lang`` said, None otherwise. With ``demo_wanted`` the program talks to
    a demo catalogue of its own and keeps everything in a folder apart, so that nothing of it mixes
    with real models and settings. ``overrides`` are settings by key that the command line gives,
    in text; they stand above all others.
    """

    data_dir: Path | None = None
    config_file: Path | None = None
    language: str | None = None
    demo_wanted: bool = False
    catalogue: Path | None = None
    quiet: bool = False
    overrides: dict[str, str] = field(default_factory=dict)
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)
    demo: DemoCatalogue | None = None
    _app: App | None = None
    _source: Source | None = None
    _keys: KeyStore | None = None

    @property
    def places(self) -> Places:
        """The folders of this run."""
        if not self.demo_wanted:
            return find_places(self.data_dir, self.config_file)
        home = self.data_dir or find_places().home / 'data' / 'demo'
        places = find_places(home, self.config_file or home / 'user_config.json')
        return replace(places, secrets=home / 'secrets')

    @property
    def host(self) -> Standalone:
        """A command runs in no host."""
        return Standalone(self.places)

    @property
    def keys(self) -> KeyStore:
        """Where the API key of this run is stored; the demo's never in the person's keyring."""
        if self._keys is None:
            finder = None if self.demo_wanted else system_keyring
            self._keys = KeyStore(self.places.key_file, finder)
        return self._keys

    def say(self, sentence: str, /, **values: object) -> None:
        """One sentence of the catalogues for the person, on standard error; nothing with ``-q``."""
        self.say_line(i18n.text(sentence, **values))

    def say_line(self, line: str) -> None:
        """The same for a line that is worded already."""
        if not self.quiet:
            print(line, file=self.stderr, flush=True)

    def load_settings(self) -> Loaded:
        """Read the settings and put them in force, language included.

        A key found in the settings file of a clone is moved to where no page server serves it.
        Raises :class:`SettingsFileBroken` and :class:`SettingInvalid` (from the environment);
        values of the file that do not fit are told and left at their defaults.
        """
        places = self.places
        root = clone_root()
        if root is not None and places.config_file.is_relative_to(root):
            if setting.move_key_out(places.config_file, self.keys):
                self.say('cli.key_moved', path=places.key_file)
        base_url = self.demo.base_url if self.demo is not None else None
        given = {setting.environment_name(key): value for key, value in self.overrides.items()}
        self._source = Source(places.config_file, self.keys, {**os.environ, **given}, base_url)
        loaded = self._source.load()
        chosen = loaded.settings.language
        i18n.set_language(self.language or (chosen if chosen != 'auto' else i18n.system_language()))
        return loaded

    def open_app(self) -> App:
        """The running program, built at the first call: demo catalogue (if wanted), settings,
        store, engine.
        """
        if self._app is None:
            if self.demo_wanted:
                self._start_demo()
            self.load_settings()
            assert self._source is not None
            self._app = build(self.host, self._source)
        return self._app

    def _start_demo(self) -> None:
        """The demo is loaded only here: every other start would pay for it."""
        if self.catalogue is not None and not self.catalogue.is_dir():
            raise FileUnreadable(path=str(self.catalogue), reason=os.strerror(errno.ENOTDIR))
        demo = import_module('civitai_manager_libs.demo')
        # recorded answers are not mixed with what is kept of the generated ones
        ports = _DEMO_PORTS if self.catalogue is None else (0, 0)
        self.demo = demo.DemoCatalogue(*ports, catalogue=self.catalogue).start()
        # As fast as a good line: on loopback nobody could see progress, or press Pause.
        self.demo.faults.add('throttle', path=demo.FILES, bytes_per_second=_DEMO_SPEED)

    def close(self) -> None:
        """Close what was opened; downloads must have been stopped."""
        if self._app is not None:
            self._app.close()
            self._app = None
        if self.demo is not None:
            self.demo.stop()
            self.demo = None
