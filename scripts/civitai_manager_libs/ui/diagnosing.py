"""The test of the way to Civitai: one at a time for all open pages, its result kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from ..domain.diagnosis import Step
from ..errors import ShortcutError
from .monitor_watch import Start


@dataclass(frozen=True)
class Diagnosis:
    """The steps taken so far; ``ended`` (seconds since 1970) is None while it runs and before the
    first; ``error`` is why it was not completed.
    """

    steps: tuple[Step, ...] = ()
    running: bool = False
    ended: float | None = None
    error: ShortcutError | None = None


class Diagnosing:
    """Runs ``diagnose`` on a thread that ``start`` gives; thread-safe."""

    def __init__(
        self,
        diagnose: Callable[[], Iterator[Step]],
        start: Start,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._diagnose = diagnose
        self._start = start
        self._now = now
        self._lock = threading.Lock()
        self._diagnosis = Diagnosis()

    @property
    def diagnosis(self) -> Diagnosis:
        """The present or the last one."""
        with self._lock:
            return self._diagnosis

    def begin(self) -> None:
        """Begin anew, unless one is under way."""
        with self._lock:
            if self._diagnosis.running:
                return
            self._diagnosis = Diagnosis(running=True)
        self._start(self._run)

    def _run(self) -> None:
        error = None
        try:
            for step in self._diagnose():
                with self._lock:
                    steps = (*self._diagnosis.steps, step)
                    self._diagnosis = replace(self._diagnosis, steps=steps)
        except ShortcutError as problem:
            error = problem
        except Exception as problem:  # must not pass for a diagnosis that found nothing
            error = ShortcutError(reason=type(problem).__name__)
            raise
        finally:
            with self._lock:
                self._diagnosis = replace(
                    self._diagnosis, running=False, ended=self._now(), error=error
                )
