"""When a host may be asked: the pace it is asked at, and leaving it alone while it is down.

A host that has failed so many times in a row that it cannot have been one request's fault is not
asked for a while (the breaker is open); then
one request may try, and by how it ends the others come back or wait on, longer each time::

    closed --many failures in a row--> open --its time is over--> one tries --success--> closed
                                         ^------------- failure ------------'

All pure: times come in and go out in seconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_FAILURES_TO_OPEN = 5
_FIRST_REST = 15.0
_LONGEST_REST = 300.0
_LONGEST_HOLD = 600.0


@dataclass(frozen=True)
class HostState:
    """What is known of a host: it may be asked next at ``next_start``; ``failures`` in a row; how
    often in a row it was left alone (``opened``; 0: the breaker is closed), now until
    ``closed_until``.
    """

    next_start: float = 0.0
    failures: int = 0
    opened: int = 0
    closed_until: float = 0.0

    def rests(self, now: float) -> bool:
        """Whether nobody is to ask at the moment because the host is down."""
        return self.opened > 0 and now < self.closed_until <= now + _LONGEST_HOLD

    def wait(self, now: float) -> float:
        """Seconds until the next request may start; a moment that a changed clock has moved far
        away does not count.
        """
        wait = self.next_start - now
        return wait if 0 < wait <= _LONGEST_HOLD else 0.0

    def started(self, now: float, delay: float, patience: float) -> HostState:
        """A request starts now and the next may ``delay`` seconds later. While the breaker is open
        this is the one that tries: others wait until it is back, ``patience`` seconds at most.
        """
        next_start = now + max(delay, self.wait(now))
        if not self.opened:
            return replace(self, next_start=next_start)
        return replace(self, next_start=next_start, closed_until=now + patience)

    def held(self, now: float, seconds: float) -> HostState:
        """The host has asked for a rest of ``seconds``."""
        return replace(self, next_start=now + max(seconds, self.wait(now)))

    def answered(self) -> HostState:
        """It is there: whatever it said, it said something."""
        return replace(self, failures=0, opened=0, closed_until=0.0)

    def failed(self, now: float, attempts: int) -> HostState:
        """It did not answer, or only that it is in trouble. One request makes so many ``attempts``
        at most, and does not open the breaker by itself.
        """
        failures = self.failures + 1
        if self.opened or failures >= max(_FAILURES_TO_OPEN, attempts + 1):
            opened = min(self.opened + 1, 30)
            rest = min(_FIRST_REST * 2 ** (opened - 1), _LONGEST_REST)
            return HostState(self.next_start, failures, opened, now + rest)
        return replace(self, failures=failures)
