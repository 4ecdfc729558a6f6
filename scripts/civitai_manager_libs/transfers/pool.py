"""The threads that carry downloads, a bounded number of them, started once a process."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence

from ..domain.task import State, Task
from ..errors import ShortcutError
from ..store.downloads import DownloadStore
from .owner import is_alive
from .worker import Worker

_LOOK_SECONDS = 1.0
_STOP_SECONDS = 3.0
_log = logging.getLogger('civitai_shortcut')


class WorkerPool:
    """``size`` threads that take waiting tasks, highest priority first.

    ``among`` limits a terminal to the tasks it has ordered; a page takes whatever waits, also what
    another process has queued.
    """

    def __init__(self, store: DownloadStore, worker: Worker, size: int) -> None:
        self._store = store
        self._worker = worker
        self._size = size
        self._among: set[int] | None = set()
        self._wake = threading.Condition()
        self._shutdown = threading.Event()
        self._rest_state = State.QUEUED
        self._threads: list[threading.Thread] = []
        self._moving: dict[int, Task] = {}

    def start(self, among: Sequence[int] | None = None) -> None:
        """Begin to work, or go on with more: ``among`` adds to what may be taken, None means
        everything.
        """
        with self._wake:
            if among is None:
                self._among = None
            elif self._among is not None:
                self._among.update(among)
            if not self._threads:
                self._threads = [
                    threading.Thread(target=self._run, name=f'download-{number}', daemon=True)
                    for number in range(self._size)
                ]
                for thread in self._threads:
                    thread.start()
            self._wake.notify_all()

    def wake(self) -> None:
        """There may be something to do."""
        with self._wake:
            self._wake.notify_all()

    def stop(self, rest_state: State) -> None:
        """End all threads; what they were moving is saved and left in ``rest_state`` (queued or
        paused).

        A thread that still waits for a silent server is not waited for: its task is taken from
        it.
        """
        with self._wake:
            self._rest_state = rest_state
            self._shutdown.set()
            self._wake.notify_all()
        deadline = time.monotonic() + _STOP_SECONDS
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        for task in list(self._moving.values()):
            self._give_back(task)

    def _run(self) -> None:
        while not self._shutdown.is_set():
            if not self._take_one():
                with self._wake:
                    if not self._shutdown.is_set():
                        self._wake.wait(_LOOK_SECONDS)

    def _take_one(self) -> bool:
        with self._wake:
            among = None if self._among is None else sorted(self._among)
        if among == [] or self._shutdown.is_set():
            return False
        task = None
        try:
            task = self._store.claim(
                self._worker.owner, lambda found: is_alive(found, time.time()), among
            )
            if task is None:
                return False
            self._moving[task.id] = task
            self._worker.run(task, self._shutdown, lambda: self._rest_state)
        except Exception as error:  # a thread that dies would leave its downloads hanging
            _log.error('queue: %s', error, exc_info=_log.isEnabledFor(logging.DEBUG))
            self._give_back(task)
            return False
        finally:
            if task is not None:
                self._moving.pop(task.id, None)
        return True

    def _give_back(self, task: Task | None) -> None:
        """What has become of ``task`` could not be written: as long as we live nobody else would
        take it, so this is tried until the store answers.
        """
        while task is not None:
            try:
                self._store.release(task, self._rest_state)
                return
            except ShortcutError as error:
                _log.warning('queue: %s', error)
                if self._shutdown.wait(_LOOK_SECONDS):
                    return
