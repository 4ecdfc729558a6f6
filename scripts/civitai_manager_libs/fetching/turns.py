"""Whose turn it is to fetch a picture: so many at once as the settings allow and the server bears.

How many that is follows the answers: half as many after a 429, a 5xx or a timeout, one more after
each few good ones.
"""

from __future__ import annotations

import itertools
import threading
from bisect import insort
from collections import Counter
from dataclasses import dataclass, field
from enum import IntEnum
from types import TracebackType

from .. import setting
from ..errors import HostResting, ServerTrouble, TimedOut
from ..moving.mover import Stopped

_GOOD_FOR_ONE_MORE = 4
_LOOK_SECONDS = 0.1


class Priority(IntEnum):
    """Who comes first: what is on the screen, what a person has asked for in the gallery, what is
    one of many.
    """

    SHOWN = 0
    GALLERY = 1
    BATCH = 2


@dataclass(order=True)
class _Ticket:
    """Somebody's place in the line, and later among those who fetch. ``halvings`` there had been
    when it began.
    """

    priority: Priority
    number: int
    host: str = field(compare=False)
    granted: threading.Event = field(compare=False, default_factory=threading.Event)
    halvings: int = field(compare=False, default=0)
    ended: bool = field(compare=False, default=False)

    @property
    def shown(self) -> bool:
        return self.priority is Priority.SHOWN


class Turn:
    """One turn: a context that waits for it and, by how it is left, says how the host bears us.
    Raises :class:`Stopped` when ``stopped`` is set before it has come.
    """

    def __init__(
        self, turns: PictureTurns, host: str, priority: Priority, stopped: threading.Event | None
    ) -> None:
        self._turns = turns
        self._asked = (host, priority, stopped)
        self._ticket: _Ticket | None = None

    def __enter__(self) -> None:
        self._ticket = self._turns.begin(*self._asked)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._ticket is not None:
            self._turns.end(self._ticket, error)

    def give_back(self) -> None:
        """Somebody else may have it, though who has it now still waits for a server; from any
        thread.
        """
        if self._ticket is not None:
            self._turns.end(self._ticket, Stopped())


class PictureTurns:
    """Gives turns by priority, then in the order they were asked for; safe to use from many
    threads. The settings are read at every decision, so that a change holds at once.

    What is on the screen never waits for what is not: it has as many places of its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count()
        self._line: list[_Ticket] = []
        self._active = {True: 0, False: 0}  # what is on the screen, and the rest
        self._gallery: Counter[str] = Counter()
        self._bearable: int | None = None  # None: as many as the settings allow
        self._halvings = 0
        self._good = 0

    def turn(self, host: str, priority: Priority, stopped: threading.Event | None = None) -> Turn:
        """A turn to fetch one picture from ``host``."""
        return Turn(self, host, priority, stopped)

    @property
    def allowed(self) -> int:
        """How many pictures may come at once now, beside those on the screen."""
        most = setting.current().images_max_concurrent
        bearable = self._bearable
        return most if bearable is None else min(most, bearable)

    @property
    def active(self) -> int:
        """How many are coming."""
        return sum(self._active.values())

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._line)

    # --- for a turn -------------------------------------------------------------------------------

    def begin(self, host: str, priority: Priority, stopped: threading.Event | None) -> _Ticket:
        """Wait in the line; gives what :meth:`end` wants back."""
        if stopped is not None and stopped.is_set():
            raise Stopped
        ticket = _Ticket(priority, next(self._numbers), host)
        with self._lock:
            insort(self._line, ticket)
            self._grant()
        try:
            while not ticket.granted.wait(_LOOK_SECONDS):
                if stopped is not None and stopped.is_set():
                    raise Stopped
                with self._lock:  # a setting may have changed
                    self._grant()
        except BaseException:
            self._withdraw(ticket)
            raise
        return ticket

    def end(self, ticket: _Ticket, error: BaseException | None) -> None:
        """The turn is over, with ``error`` if it gave nothing; a second time nothing happens."""
        with self._lock:
            if ticket.ended:
                return
            ticket.ended = True
            self._leave(ticket)
            if ticket.halvings == self._halvings:  # what began before tells nothing of now
                self._learn(error)
            self._grant()

    def _withdraw(self, ticket: _Ticket) -> None:
        with self._lock:
            if ticket.granted.is_set():
                self._leave(ticket)
                self._grant()
            else:
                self._line.remove(ticket)

    def _leave(self, ticket: _Ticket) -> None:
        self._active[ticket.shown] -= 1
        if ticket.priority is Priority.GALLERY:
            self._gallery[ticket.host] -= 1
            if not self._gallery[ticket.host]:
                del self._gallery[ticket.host]

    def _grant(self) -> None:
        """Give turns to those who are first, as far as there is room; a host that the gallery asks
        enough already is passed over.
        """
        for ticket in list(self._line):
            if self._may_begin(ticket):
                self._line.remove(ticket)
                self._active[ticket.shown] += 1
                if ticket.priority is Priority.GALLERY:
                    self._gallery[ticket.host] += 1
                ticket.halvings = self._halvings
                ticket.granted.set()

    def _may_begin(self, ticket: _Ticket) -> bool:
        if self._active[ticket.shown] >= self.allowed:
            return False
        if ticket.priority is not Priority.GALLERY:
            return True
        return self._gallery[ticket.host] < setting.current().gallery_max_concurrent_downloads

    def _learn(self, error: BaseException | None) -> None:
        if error is None:
            self._good += 1
            if self._bearable is not None and self._good >= _GOOD_FOR_ONE_MORE:
                self._good = 0
                self._bearable += 1
                if self._bearable >= setting.current().images_max_concurrent:
                    self._bearable = None
        elif _too_much(error):
            self._bearable = max(1, self.allowed // 2)
            self._halvings += 1
            self._good = 0


def _too_much(error: BaseException) -> bool:
    """Whether ``error`` says that the host cannot bear so much: 429, 5xx, silence."""
    if isinstance(error, ServerTrouble):
        return not isinstance(error, HostResting) and error.details.get('status') != 404
    return isinstance(error, TimedOut)


turns = PictureTurns()
"""Those of this process."""
