"""The state of each host, shared by all processes on one database."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict

from sqlalchemy import Row, select
from sqlalchemy.dialects.sqlite import insert

from ..domain.breaker import HostState
from ..errors import ShortcutError
from ..util import printD
from .database import Database
from .tables import hosts

Change = Callable[[HostState], HostState]
_ALONE_SECONDS = 60.0
_RECENT_SECONDS = 0.5


class Hosts:
    """What this process knows of each host; safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._states: dict[str, HostState] = {}

    def change(self, host: str, change: Change) -> HostState:
        """Put ``change(state)`` in the place of the state of ``host``; gives the one before."""
        with self._lock:
            before = self._states.get(host, HostState())
            self._states[host] = change(before)
            return before

    def state(self, host: str) -> HostState:
        """What is known of ``host``."""
        with self._lock:
            return self._states.get(host, HostState())

    def recent(self, host: str) -> HostState:
        """The same for who asks often: what other processes have learnt in the last half second
        may be missing.
        """
        return self.state(host)

    def states(self) -> Mapping[str, HostState]:
        """All hosts that anything is known of."""
        with self._lock:
            return dict(self._states)


class HostStore(Hosts):
    """The same for all processes. While the database cannot be used (locked for long, damaged),
    this process goes by what it knows itself: no request should fail for that, nor wait for the
    database each time, so it is left alone for a minute then.
    """

    def __init__(self, database: Database, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._database = database
        self._clock = clock
        self._alone_until = -math.inf
        self._looked_at = -math.inf
        self._changes = 0

    def change(self, host: str, change: Change) -> HostState:
        if self._alone:
            return super().change(host, change)
        try:
            before = self._change(host, change)
        except ShortcutError as error:
            self._note(error)
            return super().change(host, change)
        super().change(host, lambda _: change(before))
        with self._lock:
            self._changes += 1
        return before

    def state(self, host: str) -> HostState:
        return self.states().get(host, HostState())

    def recent(self, host: str) -> HostState:
        now = self._clock()
        with self._lock:
            look, changes = now - self._looked_at >= _RECENT_SECONDS, self._changes
            if look:
                self._looked_at = now
        if look:
            states = dict(self.states())
            with self._lock:
                if changes == self._changes:  # else what was read may be older than what we know
                    self._states = states
        return super().state(host)

    def states(self) -> Mapping[str, HostState]:
        if self._alone:
            return super().states()
        try:
            with self._database.read() as connection:
                return {row.host: _state(row) for row in connection.execute(select(hosts))}
        except ShortcutError as error:
            self._note(error)
            return super().states()

    def _change(self, host: str, change: Change) -> HostState:
        with self._database.write() as connection:
            row = connection.execute(select(hosts).where(hosts.c.host == host)).first()
            before = HostState() if row is None else _state(row)
            values = asdict(change(before))
            statement = insert(hosts).values(host=host, **values)
            connection.execute(statement.on_conflict_do_update(['host'], set_=values))
            return before

    @property
    def _alone(self) -> bool:
        return self._clock() < self._alone_until

    def _note(self, error: ShortcutError) -> None:
        if not self._alone:
            printD(f'[http_client] the pace of other processes is unknown: {error}')
        self._alone_until = self._clock() + _ALONE_SECONDS


def _state(row: Row[tuple[object, ...]]) -> HostState:
    return HostState(row.next_start, row.failures, row.opened, row.closed_until)
