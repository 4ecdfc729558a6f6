"""Sees to it that every saved model has noted which pictures are kept for it."""

from __future__ import annotations

import logging
import threading

from ..errors import ShortcutError
from ..store.records import RecordStore
from ..store.shortcuts import ShortcutStore
from ..util import OwnThread
from .keeping import Keeper
from .shortcut_pictures import ShortcutPictures

_TOGETHER = 100
_REST_SECONDS = 0.02  # ten thousand models must not make a page stand still
_STOP_SECONDS = 1.0
_log = logging.getLogger('civitai_shortcut')


class PicturePlanner:
    """Looks in the background for saved models of which nothing is noted: an import saves them by
    the thousand, and whoever saves one may be killed before the pictures are thought of.
    Thread-safe.
    """

    def __init__(
        self,
        keeper: Keeper,
        pictures: ShortcutPictures,
        shortcuts: ShortcutStore,
        records: RecordStore,
    ) -> None:
        self._keeper = keeper
        self._pictures = pictures
        self._shortcuts = shortcuts
        self._records = records
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._again = False
        self._stopped = threading.Event()

    def start(self) -> None:
        """Look now, or once more when that is under way."""
        with self._changed:
            self._again = True
            if self._thread is None:
                self._thread = OwnThread(target=self._run, name='picture-plans', daemon=True)
                self._thread.start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has looked; whether it has."""
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, seconds)

    def stop(self) -> None:
        """End; what is left is found at the next start."""
        self._stopped.set()
        self.wait(_STOP_SECONDS)

    def _run(self) -> None:
        try:
            while self._asked():
                self._look()
        except ShortcutError as error:  # of the disk or the database
            _log.warning('pictures of saved models not noted: %s', error)
        finally:
            with self._changed:
                self._thread = None
                self._changed.notify_all()

    def _asked(self) -> bool:
        with self._changed:
            asked, self._again = self._again and not self._stopped.is_set(), False
            return asked

    def _look(self) -> None:
        planned = self._pictures.planned()
        missing = [one for one in reversed(self._shortcuts.ids()) if one not in planned]
        for begin in range(0, len(missing), _TOGETHER):  # what was saved last is fetched first
            part = missing[begin : begin + _TOGETHER]
            self._keeper.want_pictures(part, self._records.many(part))
            if self._stopped.wait(_REST_SECONDS):
                return
