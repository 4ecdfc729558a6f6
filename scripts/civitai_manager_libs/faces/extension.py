"""The program as an extension of a WebUI: one tab, options among the host's, and our routes.

Stays in memory when the host builds its page anew ("Reload UI"): what runs goes on, and only the
page is built again.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import i18n, setting
from ..app import App, build
from ..domain.task import State
from ..host import webui_page
from ..host.webui import WebuiHost
from ..host.webui_page import Callbacks
from ..host.webui_start import ELEM_ID, TITLE, failed_tab
from ..key_store import KeyStore, system_keyring
from ..notify import board
from ..setting_source import Source
from ..ui import kit
from .assembly import Face, build_face
from .host_options import HostOptions

_PACKAGE = Path(__file__).resolve().parents[1]
_CAUSE = 'extension-updated'


class Extension:
    """The one running program of this process; the callbacks of the host are its methods, which may
    come from any thread.
    """

    def __init__(self) -> None:
        self.host = WebuiHost()
        self._lock = threading.RLock()
        self._source: Source | None = None
        self._face: Face | None = None

    def callbacks(self) -> Callbacks:
        """What the host is to call."""
        return Callbacks(
            tabs=self.tabs, failed=failed_tab, options=self.options, started=self.started
        )

    def options(self) -> None:
        """Our settings among the host's, in its language."""
        source = self.settings()
        chosen = setting.current().language
        with i18n.speaking(chosen if chosen != 'auto' else self.host.language()):
            HostOptions(source, self.host.places.config_file).add()

    def tabs(self) -> Sequence[tuple[Any, str, str]]:
        """Our tab on a new page of the host; at the first time everything begins to run."""
        with self._lock:
            if self._face is None:
                self._face = self._begin()
            else:
                self._face = self._face.again()
                _tell_if_updated()
            blocks = self._face.page.blocks
            webui_page.keep_nothing(blocks)
            return [(blocks, TITLE, ELEM_ID)]

    def started(self, page: Any, application: Any) -> None:
        """The host serves: our routes come beside its own, for those whom it lets in. Without a
        page there is nobody to show anything to.
        """
        with self._lock:
            if page is not None and self._face is not None:
                self._face.add_routes(application, kit.login_checks(application))

    def settings(self) -> Source:
        """The settings of this run, in force."""
        with self._lock:
            if self._source is None:
                self._source = self._settings()
            return self._source

    def _settings(self) -> Source:
        places = self.host.places
        keys = KeyStore(places.key_file, system_keyring)
        setting.move_key_out(places.config_file, keys)
        source = Source(places.config_file, keys, os.environ)
        chosen = source.load().settings.language
        of_host = self.host.language() or i18n.system_language()
        i18n.set_language(of_host if chosen == 'auto' else chosen)
        return source

    def _begin(self) -> Face:
        """Build the program and let it work. Its threads end with the process; at a decent end
        downloads are put to rest first, and otherwise go on from what is on disk.
        """
        app = build(self.host, self.settings())
        try:
            face = build_face(app, local=webui_page.is_local(), bind=webui_page.bind_sends)
            app.engine.start()
            app.shortcuts.start()
        except BaseException:
            app.close()
            raise
        atexit.register(_end, app)
        return face


def _newest_file() -> float:
    """When the program on the disk was changed last, by the clock of the disk."""
    return max(file.stat().st_mtime for file in _PACKAGE.rglob('*.py'))


def _tell_if_updated() -> None:
    """A host that updates us shows the new script and style with the program that is in memory."""
    if _newest_file() != _LOADED:
        board.tell('warning', 'host.updated', {}, _CAUSE)


def _end(app: App) -> None:
    app.engine.stop(State.QUEUED)
    app.close()


_LOADED = _newest_file()
_extension = Extension()


def callbacks() -> Callbacks:
    """What the host is to call; the same program each time."""
    return _extension.callbacks()
