"""How fast one host may be asked, and whether at all: shared by all threads of the process and,
once told so, by all processes on one database.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from ..domain.breaker import HostState
from ..errors import HostResting
from ..store.hosts import Hosts
from ..store.slots import Slots

Clock = Callable[[], float]
Bound = Callable[[], int]
_LOOK_SECONDS = 0.5


class Pace:
    """Bounds requests under way per host, spaces their starts, holds a host that asked for a rest,
    and leaves one alone that is down.
    """

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._active: Counter[str] = Counter()
        self._hosts = Hosts()
        self._slots: Slots | None = None

    def share(self, hosts: Hosts, slots: Slots | None) -> None:
        """From now on go by what all that share ``hosts`` know, and by places for them together."""
        self._hosts, self._slots = hosts, slots

    def states(self) -> dict[str, HostState]:
        """What is known of each host."""
        return dict(self._hosts.states())

    @contextmanager
    def turn(self, host: str, at_once: Bound, delay: float, patience: float) -> Iterator[None]:
        """Wait for a place among ``at_once()`` and until ``delay`` seconds after the last start,
        then hold the place. ``patience`` is how long the one request lasts at most that tries a
        host that was down. Raises :class:`HostResting`.
        """
        with ExitStack() as held:
            held.enter_context(self._place(host, at_once))
            if self._slots is not None:
                held.enter_context(self._slots.take(host, at_once))
            while (wait := self._wait(host, delay, patience)) > 0:
                with self._changed:
                    self._changed.wait(min(wait, _LOOK_SECONDS))
            yield

    @contextmanager
    def _place(self, host: str, at_once: Bound) -> Iterator[None]:
        with self._changed:
            while self._active[host] >= at_once():
                self._changed.wait(_LOOK_SECONDS)
            self._active[host] += 1
        try:
            yield
        finally:
            with self._changed:
                self._active[host] -= 1
                self._changed.notify_all()

    def _wait(self, host: str, delay: float, patience: float) -> float:
        """Seconds until ``host`` may be asked; 0 when this request has started."""
        now = self._clock()

        def start(state: HostState) -> HostState:
            if state.rests(now) or state.wait(now) > 0:
                return state
            return state.started(now, delay, patience)

        before = self._hosts.change(host, start)
        _refuse_resting(host, before, now)
        return before.wait(now)

    def check(self, host: str, delay: float, patience: float, often: bool = False) -> None:
        """The same for requests that keep no pace and do not wait here. Raises
        :class:`HostResting`, also where the host has asked for a rest of more than the ``delay``
        that those keep who go by it. Who asks ``often`` may learn half a second later what others
        know.
        """
        now = self._clock()
        state = self._hosts.recent(host) if often else self._hosts.state(host)
        _refuse_resting(host, state, now)
        wait = state.wait(now)
        if wait > delay:
            raise _resting(host, wait, now)
        if state.opened:
            self._wait(host, 0.0, patience)

    def is_down(self, host: str) -> bool:
        """Whether ``host`` is left alone because it failed, and not because it asked for a rest."""
        return self._hosts.state(host).rests(self._clock())

    def refuse_long(self, host: str, longest: float) -> None:
        """Raises :class:`HostResting` when ``host`` may not be asked for more than ``longest``
        seconds.
        """
        now = self._clock()
        wait = self._hosts.state(host).wait(now)
        if wait > longest:
            raise _resting(host, wait, now)

    def hold(self, host: str, seconds: float) -> None:
        """No request to ``host`` starts for ``seconds``, whichever thread wants it
        (``Retry-After``).
        """
        now = self._clock()
        self._hosts.change(host, lambda state: state.held(now, seconds))
        with self._changed:
            self._changed.notify_all()

    def answered(self, host: str, often: bool = False) -> None:
        """``host`` has answered something; ``often`` as in :meth:`check`."""
        state = self._hosts.recent(host) if often else self._hosts.state(host)
        if state.failures or state.opened:
            self._hosts.change(host, lambda state: state.answered())

    def failed(self, host: str, attempts: int) -> None:
        """``host`` did not answer, or only that it is in trouble; one request makes ``attempts`` at
        most.
        """
        now = self._clock()
        self._hosts.change(host, lambda state: state.failed(now, attempts))


def _refuse_resting(host: str, state: HostState, now: float) -> None:
    if state.rests(now):
        raise _resting(host, state.closed_until - now, now)


def _resting(host: str, wait: float, now: float) -> HostResting:
    return HostResting(host=host, wait_seconds=wait, until=now + wait)
