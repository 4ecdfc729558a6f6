"""Looks for WebUIs and ComfyUI on this machine while somebody reads the first page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

from ..library.programs import ModelPlace
from .monitor_watch import Start


class StartPrograms:
    """``find`` gives the places one after another; it runs on a thread of ``start``, once.
    Thread-safe.
    """

    def __init__(self, find: Callable[[], Iterator[ModelPlace]], start: Start) -> None:
        self._find = find
        self._start = start
        self._lock = threading.Lock()
        self._begun = False
        self._searching = False
        self._found: tuple[ModelPlace, ...] = ()

    @property
    def searching(self) -> bool:
        """Whether more may still be found."""
        with self._lock:
            return self._searching

    @property
    def found(self) -> tuple[ModelPlace, ...]:
        """What was found so far, what has most models first."""
        with self._lock:
            return tuple(sorted(self._found, key=lambda one: (-one.models, str(one.root))))

    def begin(self) -> None:
        """Look, if nobody has yet."""
        with self._lock:
            if self._begun:
                return
            self._begun = self._searching = True
        self._start(self._look)

    def _look(self) -> None:
        try:
            for place in self._find():
                with self._lock:
                    self._found = (*self._found, place)
        finally:
            with self._lock:
                self._searching = False
