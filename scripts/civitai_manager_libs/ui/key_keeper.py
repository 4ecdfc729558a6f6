"""Keeps the API key and asks Civitai whether it is good, on a thread of its own: a keyring may wait
for a person, a server for anything.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from .. import setting
from ..civitai import CivitaiAPI
from ..errors import KeyRefused
from ..http_client import CivitaiHttpClient
from ..setting_source import Source
from .jobs import Jobs, told
from .present_key import KEY, KeyState

_ONCE_MORE = 1


class KeyKeeper:
    """Remembers what Civitai said of the last key it was asked for. Its methods may be called from
    any thread and return at once.

    ``source`` has the settings of this run and where the key is stored. ``ask`` gives the name of
    the person a key belongs to, or raises errors of our tree.
    """

    def __init__(self, source: Source, config_file: Path, ask: Callable[[str], str]) -> None:
        self._source = source
        self._config_file = config_file
        self._ask = ask
        self._jobs = Jobs('key', 1)
        self._lock = threading.Lock()
        self._moving: KeyState | None = None
        self._key = ''
        self._known = KeyState('set')

    @property
    def kept(self) -> tuple[str, str]:
        """Where the key is: ``keyring``, ``file`` or ``settings`` (the settings file), or ``none``;
        and the path of the file.
        """
        where = self._source.keys.where
        if where:
            return where, str(self._source.keys.key_file)
        in_settings = bool(setting.current().civitai_api_key)
        return ('settings' if in_settings else 'none'), str(self._config_file)

    def state(self) -> KeyState:
        """What is known of the key in force."""
        key = setting.current().civitai_api_key
        with self._lock:
            if self._moving is not None:
                return self._moving
            if not key:
                return KeyState('none')
            return self._known if key == self._key else KeyState('set')

    def check(self) -> None:
        """Ask about the key in force."""
        key = setting.current().civitai_api_key
        with self._lock:
            if not key or (key == self._key and self._known.kind == 'checking'):
                return
            self._moving, self._key, self._known = None, key, KeyState('checking')
        self._jobs.put(lambda: self._find_out(key))

    def store(self, key: str) -> None:
        """Keep ``key`` from now on, and ask about it."""

        def work() -> None:
            self._source.keys.store(key)
            self._leave_settings_file()
            self.check()

        self._move(work)

    def forget(self) -> None:
        """Keep none any more."""

        def work() -> None:
            self._source.keys.forget()
            self._leave_settings_file()

        self._move(work)

    def _move(self, work: Callable[[], None]) -> None:
        with self._lock:
            self._moving = KeyState('moving')

        def run() -> None:
            ended = None
            try:
                work()
            except Exception as error:
                ended = KeyState('unmoved', error=told(error, 'move of the key'))
            with self._lock:
                self._moving = ended

        self._jobs.put(run)

    def _leave_settings_file(self) -> None:
        """A key there would win over the one that is stored."""
        setting.unset(self._config_file, KEY)
        self._source.fresh()

    def _find_out(self, key: str) -> None:
        try:
            found = KeyState('confirmed', self._ask(key))
        except KeyRefused:
            found = KeyState('refused')
        except Exception as error:
            found = KeyState('unsure', error=told(error, 'question about the key'))
        with self._lock:
            if key == self._key:  # another may be asked for meanwhile
                self._known = found


def owner_of(key: str) -> str:
    """The name of the person ``key`` belongs to, as ``GET /me`` says (civitai-api.md section 2).

    Raises :class:`KeyRefused` and other errors of our tree, sooner than a download would: somebody
    waits for it.
    """
    with closing(CivitaiHttpClient(api_key=key, max_retries=_ONCE_MORE)) as client:
        return CivitaiAPI(client).me().username
