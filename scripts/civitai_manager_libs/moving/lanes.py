"""The connections that fetch one file together, each in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace

from ..domain.pieces import Piece, gaps, next_piece, wish
from ..domain.transfer import TransferState, may_resume
from ..errors import ApiError, HostBusy
from ..memory_room import Room
from ..util import OwnThread, printD
from .follower import HashFollower
from .lane import Lane, RangeIgnored
from .opening import Body, MoveRules, Open
from .part import PartFile
from .throttle import Throttle

_LOOK_SECONDS = 0.2
_STUCK_SECONDS = 3.0
_ROOM_SECONDS = 1.0
_FEWER_SECONDS = 30.0


class Lanes:
    """Fetches what a part lacks over one connection or several.

    One lane asks for everything; when the file is large and its parts can be told apart from
    another file's, more join and take pieces further on. A lane that fails tries again by itself as
    long as others move, and when that does not help it leaves: for a while the others do with
    fewer. ``one_only`` is set once the server has shown that it does no ranges. ``tell`` hears of
    every piece that has arrived, ``adopted`` of every beginning; what that one raises ends the run.
    """

    def __init__(
        self,
        part: PartFile,
        open_file: Open,
        rules: Callable[[], MoveRules],
        follower: HashFollower,
        room: Room,
        checked_by_hash: bool,
        tell: Callable[[], None],
        adopted: Callable[[], None],
    ) -> None:
        self.part = part
        self.open = open_file
        self.rules = rules
        self.follower = follower
        self.room = room
        self.checked_by_hash = checked_by_hash
        self.own = Throttle(lambda: rules().speed)
        self.ended = threading.Event()
        self.one_only = False
        self._tell = tell
        self._adopted = adopted
        self._changed = threading.Condition()
        self._telling = threading.Lock()
        self._threads: dict[int, threading.Thread] = {}
        self._active: dict[int, Piece] = {}
        self._bodies: dict[int, Body] = {}
        self._asking: set[int] = set()
        self._silent: dict[int, float] = {}
        self._answered = False
        self._fewer = 0
        self._fewer_until = 0.0
        self._outcome: BaseException | None = None
        self._number = 0

    @property
    def moving(self) -> int:
        """Connections that are bringing bytes."""
        return len(self._bodies)

    def run(self, raise_if_ended: Callable[[], None]) -> None:
        """Fetch until nothing is missing. Raises the error of the last lane, :class:`.Changed`, or
        what ``raise_if_ended``, asked a few times a second, raises. May be called once.
        """
        try:
            while not self.part.state.complete:
                self._staff()
                with self._changed:
                    self._changed.wait_for(self._is_over, _LOOK_SECONDS)
                raise_if_ended()
                if self._outcome is not None:
                    raise self._outcome
        finally:
            self._end()

    def abort(self) -> None:
        """Make every read that waits fail now."""
        with self._changed:
            self.ended.set()
            bodies = list(self._bodies.values())
        for body in bodies:
            body.abort()

    def _is_over(self) -> bool:
        return self._outcome is not None or self.part.state.complete or self._may_staff()

    def _end(self) -> None:
        """Wait for the lanes. One that still waits for an answer touches nothing any more: it finds
        out later that nobody wants it.
        """
        self.abort()
        with self._changed:
            others = [thread for n, thread in self._threads.items() if n not in self._asking]
        for thread in others:
            thread.join()

    # --- who works --------------------------------------------------------------------------------

    def _wanted(self) -> int:
        rules, state = self.rules(), self.part.state
        if self.one_only or state.size is None or state.size < rules.parallel_from:
            return 1
        if not may_resume(state, self.checked_by_hash):
            return 1
        refused = time.monotonic() < self._fewer_until
        return min(rules.connections, self._fewer) if refused else rules.connections

    def _may_staff(self) -> bool:
        """Whether more lanes could begin: the first one has had its answer, and there is work."""
        return self._answered and len(self._threads) < self._wanted() and self._shareable()

    def _shareable(self) -> bool:
        state = self.part.state
        if state.size is None:
            return False
        active = [replace(piece) for piece in self._pieces()]
        return next_piece(state.finished, active, state.size, self._wanted(), wish(0)) is not None

    def _staff(self) -> None:
        with self._changed:
            while len(self._threads) < self._wanted() and self._outcome is None:
                if self._threads and not self._answered:
                    return
                piece = self._take(0.0)
                if piece is None:
                    return
                self._number += 1
                self._active[self._number] = piece
                lane = OwnThread(
                    target=self._work, args=[self._number], name='part-lane', daemon=True
                )
                self._threads[self._number] = lane
                lane.start()

    def _take(self, speed: float) -> Piece | None:
        """A piece for a lane that is free; the caller holds the lock."""
        state, active = self.part.state, self._pieces()
        if state.complete:
            return None
        if state.size is None or not may_resume(state, self.checked_by_hash):
            return None if active else Piece(0, None)
        return next_piece(state.finished, active, state.size, self._wanted(), wish(speed))

    def _pieces(self) -> list[Piece]:
        """The pieces under way; those whose lane has waited for the server for long are marked."""
        long_ago = time.monotonic() - _STUCK_SECONDS
        for number, piece in self._active.items():
            piece.stuck = self._silent.get(number, long_ago) < long_ago
        return list(self._active.values())

    # --- what a lane asks and tells ---------------------------------------------------------------

    def tell(self) -> None:
        with self._telling:
            self._tell()

    def asks(self, number: int) -> bool:
        with self._changed:
            if self.ended.is_set():
                return False
            self._asking.add(number)
            self._silent[number] = time.monotonic()
            return True

    def waits(self, number: int, seconds: float | None) -> None:
        with self._changed:
            if seconds is None:
                self._silent.pop(number, None)
            else:
                self._silent[number] = seconds

    def joined(self, number: int, body: Body) -> bool:
        with self._changed:
            self._asking.discard(number)
            self._silent.pop(number, None)
            if self.ended.is_set():
                return False
            self._bodies[number] = body
            self._answered = True
            self._changed.notify_all()
            return True

    def adopt(self, number: int, state: TransferState) -> bool:
        with self._changed:
            if set(self._active) - {number}:
                return False
            self.follower.restart()
            self.part.adopt(state)
            piece = self._active[number]
            piece.position, piece.end, piece.claimed = 0, state.size, 0
        self._adopted()
        return True

    def claim(self, number: int, piece: Piece, count: int) -> int:
        with self._changed:
            return piece.claim(count)

    def longer(self, piece: Piece, limit: int) -> bool:
        with self._changed:
            size = self.part.state.size
            if size is None or piece.position >= limit or len(self._threads) > self._wanted():
                return False
            others = [one for one in self._active.values() if one is not piece]
            taken = [(one.position, size if one.end is None else one.end) for one in others]
            free = gaps([*self.part.state.finished, *taken], size)
            if not free or free[0][0] != piece.position:
                return False
            found = next_piece(self.part.state.finished, others, size, self._wanted(), wish(0))
            if found is None or found.end is None:
                return False
            piece.end = min(found.end, limit)
            return True

    # --- one lane's life --------------------------------------------------------------------------

    def _work(self, number: int) -> None:
        try:
            with closing(Lane(self, number)) as lane:
                self._bring(lane, number)
        except RangeIgnored:
            printD('[transfer] the server ignores ranges: one connection')
            self.one_only = True
        except BaseException as error:
            self._over(error)
        finally:
            self._leave(number)

    def _bring(self, lane: Lane, number: int) -> None:
        failures, going = 0, True
        while going:
            try:
                speed = lane.fetch(self._active[number])
                failures, going = 0, self._next(number, speed)
            except ApiError as error:
                failures = 1 if lane.arrived else failures + 1
                going = self._again(number, error, failures)

    def _drop(self, number: int) -> None:
        """Lane ``number`` does nothing at this moment; the caller holds the lock."""
        for kept in (self._active, self._bodies, self._silent):
            kept.pop(number, None)
        self._asking.discard(number)

    def _leave(self, number: int) -> None:
        """Lane ``number`` is one less, and what it had is free."""
        with self._changed:
            self._drop(number)
            self._threads.pop(number, None)
            self._changed.notify_all()

    def _next(self, number: int, speed: float) -> bool:
        """Whether there is another piece for this lane; else it has left."""
        with self._changed:
            self._drop(number)
            piece = None
            if not self.ended.is_set() and len(self._threads) <= self._wanted():
                piece = self._take(speed)
            if piece is None:
                self._leave(number)
                return False
            self._active[number] = piece
            return True

    def _again(self, number: int, error: ApiError, failures: int) -> bool:
        """Whether this lane tries again by itself: only while others move, since the last one's
        error is told to whoever waits for the file.
        """
        rules, busy = self.rules(), isinstance(error, HostBusy)
        with self._changed:
            self._drop(number)
            if self.ended.is_set():
                return False
            if not self._active:
                self._over(error)
                return False
            if not busy and (not error.retryable or failures > rules.retries):
                self._leave(number)
                self._fewer, self._fewer_until = (
                    len(self._threads),
                    time.monotonic() + _FEWER_SECONDS,
                )
                return False
        if not busy:  # that is no failure, and passes when other files are done
            printD(f'[transfer] connection {number}: {error}; attempt {failures}')
        wait = _ROOM_SECONDS if busy else rules.rest(error, failures)
        return not self.ended.wait(wait) and self._next(number, 0.0)

    def _over(self, error: BaseException) -> None:
        with self._changed:
            if not self.ended.is_set():
                self._outcome = self._outcome or error
            self._changed.notify_all()
