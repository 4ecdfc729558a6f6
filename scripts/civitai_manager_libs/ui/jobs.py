"""A few threads of our own for what takes time, so that handlers return at once whatever workers a
host gives them.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable

from ..errors import ShortcutError
from ..i18n import language, speaking
from ..util import OwnThread

_log = logging.getLogger('civitai_shortcut')


class Jobs:
    """Runs what it is given in order, on at most ``threads`` threads that end with the process."""

    def __init__(self, name: str, threads: int) -> None:
        self._name = name
        self._most = threads
        self._queue: queue.SimpleQueue[tuple[Callable[[], None], str]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._started = 0

    def put(self, job: Callable[[], None]) -> None:
        """Run ``job`` when its turn comes, in the language that is in force now; what it raises is
        logged, so it should see to its own errors (:func:`told`).
        """
        self._queue.put((job, language()))
        with self._lock:
            if self._started < self._most:
                self._started += 1
                name = f'{self._name}-{self._started}'
                OwnThread(target=self._work, name=name, daemon=True).start()

    def _work(self) -> None:
        while True:
            job, spoken = self._queue.get()
            try:
                with speaking(spoken):
                    job()
            except Exception:  # one job must not take the thread of the others with it
                _log.exception('%s', self._name)


def told(error: Exception, doing: str) -> ShortcutError:
    """``error`` as a person can be told of it; one that nobody has expected is logged as what came
    of ``doing``.
    """
    if isinstance(error, ShortcutError):
        return error
    _log.error('%s', doing, exc_info=error)
    return ShortcutError(reason=type(error).__name__)
