"""Finds out which of the chosen files are there already, many at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..domain.task import NewDownload
from ..downloader import DownloadEngine
from ..errors import ShortcutError
from .choice import Choice
from .jobs import Jobs


class Already:
    """Changes choices below ``lock``; what comes while the disk is looked at waits for the next
    look. ``planned`` gives the download of a choice.
    """

    def __init__(
        self,
        engine: DownloadEngine,
        jobs: Jobs,
        lock: threading.RLock,
        planned: Callable[[Choice], NewDownload],
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._lock = lock
        self._planned = planned
        self._waiting: list[Choice] = []

    def ask(self, choice: Choice) -> None:
        """Find out whether the file of ``choice``, as it is placed now, is there; returns at once.
        The caller holds the lock.
        """
        choice.change(there=False)
        self._waiting.append(choice)
        if len(self._waiting) == 1:
            self._jobs.put(self._look)

    def _look(self) -> None:
        with self._lock:
            waiting, self._waiting = self._waiting, []
            downloads = [(one, self._download(one)) for one in waiting]
        existing = self._engine.existing([one for _, one in downloads if one is not None])
        with self._lock:
            for choice, download in downloads:
                same = self._download(choice) == download  # else it was asked for anew
                if download is not None and same and download.key in existing:
                    choice.change(there=True)

    def _download(self, choice: Choice) -> NewDownload | None:
        if choice.file is None or choice.step != 'found':
            return None
        try:
            return self._planned(choice)
        except ShortcutError:  # said when it is queued
            return None
