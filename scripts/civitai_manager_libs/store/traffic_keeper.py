"""Counts of this process on their way into the database: kept until stored, stored once."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ..domain.traffic_ledger import Ledger
from ..errors import ShortcutError
from ..util import OwnThread, printD
from .traffic import TrafficStore

_FLUSH_SECONDS = 5.0
_PATIENCE = 0.5
_T = TypeVar('_T')
_log = logging.getLogger('civitai_shortcut')


class TrafficKeeper:
    """Counts not stored yet, and the store they go to, if there is one. Thread-safe.

    Who counts does so in ``ledger`` while holding ``lock``, which is never held for long.
    ``oldest`` gives the first minute (since 1970) that is still wanted.
    """

    def __init__(self, oldest: Callable[[], int]) -> None:
        self.lock = threading.Lock()
        self.ledger = Ledger()
        self._oldest = oldest
        self._leaving = Ledger()  # on its way into the store
        self._storing = threading.Lock()
        self._store: TrafficStore | None = None
        self._tidied = 0
        self._in_trouble = False
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def keep_in(self, store: TrafficStore) -> None:
        """Store every few seconds from now on, until :meth:`close`."""
        self.close()
        with self._storing:
            self._store = store
        self._stop = threading.Event()
        self._thread = OwnThread(
            target=self._flush_on, args=(self._stop,), name='http-monitor', daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Store what is left and let go of the store."""
        if self._thread is None:
            return
        self._stop.set()
        self._thread.join()
        self._thread = None
        self.flush()
        with self._storing:
            self._store = None

    def _flush_on(self, stop: threading.Event) -> None:
        while not stop.wait(_FLUSH_SECONDS):
            try:
                self.flush()
            except Exception:  # counts that are never stored again would be the greater loss
                _log.exception('monitoring')

    def flush(self) -> None:
        """Store now what there is; what cannot be stored stays, and is stored later."""
        with self._storing:
            store, stored = self._store, False
            if store is None:
                return
            with self.lock:
                self._leaving = self.ledger.take()
            try:
                with self._trouble_told():
                    if self._leaving:
                        store.add(self._leaving)
                    stored = True
                    self._tidy(store)
                    self._in_trouble = False
            finally:
                with self.lock:
                    leaving, self._leaving = self._leaving, Ledger()
                    if not stored:
                        self.ledger.merge(leaving)

    def _tidy(self, store: TrafficStore) -> None:
        oldest = self._oldest()
        if oldest != self._tidied:  # a clock that was set back makes it less
            store.delete_before(oldest)
            self._tidied = oldest

    @contextmanager
    def _trouble_told(self) -> Iterator[None]:
        """Trouble with the store is logged at its first time and passes by."""
        try:
            yield
        except ShortcutError as error:
            if not self._in_trouble:
                printD(f'[monitoring] {error}')
            self._in_trouble = True

    def clear(self) -> None:
        """Forget everything, also what others have stored. Raises the errors of
        :class:`TrafficStore`; then nothing is forgotten.
        """
        with self._storing:
            if self._store is not None:
                self._store.clear()
            with self.lock:
                self.ledger.take()

    def read(self, read: Callable[[TrafficStore], _T]) -> tuple[_T | None, tuple[Ledger, Ledger]]:
        """What ``read`` gives of the store (None without one, or while it cannot be read), and what
        is not stored yet.

        What is just being stored is in one of them only. A store that lets nobody write does not
        hold up who only looks.
        """
        alone = self._storing.acquire(timeout=_PATIENCE)
        try:
            store, stored = self._store, None
            if store is not None:
                with self._trouble_told():
                    stored = read(store)
            with self.lock:
                return stored, (self.ledger.copy(), self._leaving.copy())
        finally:
            if alone:
                self._storing.release()
