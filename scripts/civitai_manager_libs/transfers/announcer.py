"""Tells others what becomes of downloads, whichever process moves them."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from ..domain.task import State, Task
from ..errors import ShortcutError
from ..store.downloads import DownloadStore
from ..util import OwnThread

Listener = Callable[[Task], None]
_LOOK_SECONDS = 0.5
_log = logging.getLogger('civitai_shortcut')


class Announcer:
    """Reads what has changed in the store while anybody listens, and calls each listener with every
    task that has come into another state.
    """

    def __init__(self, store: DownloadStore) -> None:
        self._store = store
        self._wake = threading.Condition()
        self._listeners: list[Listener] = []
        self._states: dict[int, State] = {}
        self._revision = 0
        self._thread: threading.Thread | None = None
        self._stopped = False

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` from now on; gives what ends that. What it raises is logged."""
        with self._wake:
            self._listeners.append(listener)
            if self._thread is None:
                for task in self._store.all():
                    self._states[task.id] = task.state
                    self._revision = max(self._revision, task.revision)
                self._thread = OwnThread(target=self._run, name='announcer', daemon=True)
                self._thread.start()

        def end() -> None:
            with self._wake:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return end

    def wake(self) -> None:
        """Something was just changed: look now."""
        with self._wake:
            self._wake.notify_all()

    def stop(self) -> None:
        """Tell what is still untold and end."""
        with self._wake:
            self._stopped = True
            self._wake.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while True:
            stopped = self._stopped
            try:
                self._look()
            except ShortcutError as error:  # a store that is busy now is read a moment later
                _log.warning('announcer: %s', error)
            if stopped:
                return
            with self._wake:
                if not self._stopped:
                    self._wake.wait(_LOOK_SECONDS)

    def _look(self) -> None:
        for task in self._store.changes(self._revision):
            self._revision = task.revision
            if self._states.get(task.id) is not task.state:
                self._states[task.id] = task.state
                self._tell(task)

    def _tell(self, task: Task) -> None:
        for listener in list(self._listeners):
            try:
                listener(task)
            except Exception:  # one listener must not keep the others from hearing
                _log.exception('announcer')
