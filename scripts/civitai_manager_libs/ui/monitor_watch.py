"""What is measured, as all open pages share it: read in the background, at most a moment old."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ..domain.breaker import HostState
from ..domain.diagnosis import Step
from ..domain.traffic import TrafficReport
from ..errors import ShortcutError

SPANS = {1: 60, 6: 72, 24: 72}
"""By hours that can be looked at: in how many parts their charts show them."""

Start = Callable[[Callable[[], None]], None]
"""Runs something on a thread of its own."""


@dataclass(frozen=True)
class MemoryState:
    """Bytes that our own buffers and caches hold, how many they may (None: as many as they want),
    and whether new downloads wait because of it.
    """

    used: int
    limit: int | None
    tight: bool


@dataclass(frozen=True)
class Sources:
    """Where the numbers come from, and what can be done about them: the traffic of so many hours
    in so many parts, what is known of each host, bytes of the cache (None without one), the memory,
    clearing statistics and cache, and a test of the way to Civitai. All may take a while and raise
    errors of our tree.
    """

    report: Callable[[float, int], TrafficReport]
    clear: Callable[[], None]
    host_states: Callable[[], Mapping[str, HostState]]
    cache_bytes: Callable[[], int | None]
    clear_cache: Callable[[], None]
    memory: Callable[[], MemoryState]
    diagnose: Callable[[], Iterator[Step]]


@dataclass(frozen=True)
class Measured:
    """What all sources said at ``time`` (seconds since 1970)."""

    time: float
    hours: int
    report: TrafficReport
    hosts: Mapping[str, HostState]
    cache_bytes: int | None
    memory: MemoryState


class MonitorWatch:
    """What was measured in the last hours; thread-safe, and never waits for a source."""

    def __init__(
        self,
        sources: Sources,
        start: Start,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sources = sources
        self._start = start
        self._clock = clock
        self._lock = threading.Lock()
        self._measured: dict[int, Measured] = {}
        self._problems: dict[int, ShortcutError] = {}
        self._begun: dict[int, float] = {}
        self._reading: set[int] = set()

    def look(self, hours: int, fresh_seconds: float) -> Measured | None:
        """What was measured last, None before the first time; read anew, for the next look, when
        that began more than ``fresh_seconds`` ago.
        """
        with self._lock:
            begun = self._begun.get(hours)
            old = begun is None or self._clock() - begun >= fresh_seconds
            begins = old and hours not in self._reading
            if begins:
                self._reading.add(hours)
                self._begun[hours] = self._clock()
        if begins:
            self._start(lambda: self._read(hours))
        with self._lock:
            return self._measured.get(hours)

    def problem(self, hours: int) -> ShortcutError | None:
        """Why it could not be read anew, if it could not."""
        with self._lock:
            return self._problems.get(hours)

    def forget(self) -> None:
        """Something was just changed: read it again next time."""
        with self._lock:
            self._begun.clear()

    def _read(self, hours: int) -> None:
        problem = None
        measured = None
        try:
            measured = self._measure(hours)
        except ShortcutError as error:
            problem = error
        finally:
            with self._lock:
                self._reading.discard(hours)
                self._problems.pop(hours, None)
                if problem is not None:
                    self._problems[hours] = problem
                if measured is not None:
                    self._measured[hours] = measured

    def _measure(self, hours: int) -> Measured:
        sources = self._sources
        return Measured(
            time=time.time(),
            hours=hours,
            report=sources.report(hours, SPANS[hours]),
            hosts=sources.host_states(),
            cache_bytes=sources.cache_bytes(),
            memory=sources.memory(),
        )
