"""The connections that fetch one file together, each in a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..domain.pieces import Piece, gaps, next_piece, wish
from ..domain.transfer import TransferState, may_resume
from ..errors import ApiError
from ..util import printD
from .follower import HashFollower
from .lane import Changed, Lane, RangeIgnored
from .opening import Body, MoveRules, Open
from .part import PartFile
from .throttle import Throttle

_LOOK_SECONDS = 0.2


class Lanes:
    """Fetches what a part lacks over one connection or several.

    One lane asks for everything; when the file is large and its parts can be told apart from
    another file's, more join and take pieces further on. A lane that fails tries again by itself as
    long as others move; the error of the last one is raised. ``one_only`` is set once the server
    has shown that it does no ranges. ``tell`` hears of every piece that has arrived, ``adopted`` of
    every beginning; what that one raises ends the run.
    """

    def __init__(
        self,
        part: PartFile,
        open_file: Open,
        rules: Callable[[], MoveRules],
        follower: HashFollower,
        checked_by_hash: bool,
        tell: Callable[[], None],
        adopted: Callable[[], None],
    ) -> None:
        self.part = part
        self.open = open_file
        self.rules = rules
        self.follower = follower
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
        self._outcome: BaseException | None = None
        self._number = 0

    @property
    def moving(self) -> int:
        """Connections that are bringing bytes."""
        return len(self._bodies)

    def run(self, raise_if_ended: Callable[[], None]) -> None:
        """Fetch until nothing is missing. Raises the error of the last lane, :class:`Changed`, or
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
        self.ended.set()
        for body in list(self._bodies.values()):
            body.abort()

    def _is_over(self) -> bool:
        return self._outcome is not None or self.part.state.complete or self._may_staff()

    def _end(self) -> None:
        """Wait for the lanes that read. One that still waits for an answer touches nothing any
        more: it finds out later that nobody wants it.
        """
        self.abort()
        with self._changed:
            reading = [self._threads[number] for number in self._bodies if number in self._threads]
        for thread in reading:
            thread.join()

    # --- who works --------------------------------------------------------------------------------

    def _wanted(self) -> int:
        rules, state = self.rules(), self.part.state
        if self.one_only or state.size is None or state.size < rules.parallel_from:
            return 1
        return rules.connections if may_resume(state, self.checked_by_hash) else 1

    def _may_staff(self) -> bool:
        """Whether more lanes could begin: the first one has its answer, and there is work."""
        return bool(self._bodies) and len(self._threads) < self._wanted() and self._shareable()

    def _shareable(self) -> bool:
        state = self.part.state
        if state.size is None:
            return False
        active = [Piece(piece.position, piece.end) for piece in self._active.values()]
        return next_piece(state.finished, active, state.size, self._wanted(), wish(0)) is not None

    def _staff(self) -> None:
        with self._changed:
            while len(self._threads) < self._wanted() and self._outcome is None:
                if self._threads and not self._bodies:  # the others come when it has an answer
                    return
                piece = self._take(0.0)
                if piece is None:
                    return
                self._number += 1
                self._active[self._number] = piece
                lane = threading.Thread(
                    target=self._work, args=[self._number], name='part-lane', daemon=True
                )
                self._threads[self._number] = lane
                lane.start()

    def _take(self, speed: float) -> Piece | None:
        """A piece for a lane that is free; the caller holds the lock."""
        state, active = self.part.state, list(self._active.values())
        if state.complete:
            return None
        if state.size is None or not may_resume(state, self.checked_by_hash):
            return None if active else Piece(0, None)
        return next_piece(state.finished, active, state.size, self._wanted(), wish(speed))

    # --- what a lane asks and tells ---------------------------------------------------------------

    def tell(self) -> None:
        with self._telling:
            self._tell()

    def joined(self, number: int, body: Body) -> bool:
        with self._changed:
            if self.ended.is_set():
                return False
            self._bodies[number] = body
            self._changed.notify_all()
            return True

    def adopt(self, number: int, state: TransferState) -> bool:
        with self._changed:
            if set(self._active) - {number}:
                return False
            self.follower.restart()
            self.part.adopt(state)
        self._adopted()
        return True

    def longer(self, piece: Piece, limit: int) -> bool:
        with self._changed:
            size = self.part.state.size
            if size is None or piece.position >= limit or len(self._threads) > self._wanted():
                return False
            others = [one for one in self._active.values() if one is not piece]
            taken = [(one.position, one.end or size) for one in others]
            free = gaps([*self.part.state.finished, *taken], size)
            if not free or free[0][0] != piece.position:
                return False
            found = next_piece(
                self.part.state.finished, others, size, self._wanted(), wish(0)
            )
            if found is None or found.end is None:
                return False
            piece.end = min(found.end, limit)
            return True

    # --- one lane's life --------------------------------------------------------------------------

    def _work(self, number: int) -> None:
        lane, failures, speed = Lane(self, number, self._wanted()), 0, 0.0
        try:
            going = True
            while going:
                try:
                    speed = lane.fetch(self._active[number])
                    failures, going = 0, self._next(number, speed)
                except ApiError as error:
                    failures = 1 if lane.arrived else failures + 1
                    going = self._again(number, error, failures)
        except RangeIgnored:
            self._retire(number)
        except BaseException as error:
            self._over(error)
        finally:
            with self._changed:
                for kept in (self._active, self._bodies, self._threads):
                    kept.pop(number, None)
                self._changed.notify_all()

    def _next(self, number: int, speed: float) -> bool:
        """Whether there is another piece for this lane."""
        with self._changed:
            self._active.pop(number, None)
            self._bodies.pop(number, None)
            if self.ended.is_set() or len(self._threads) > self._wanted():
                return False
            piece = self._take(speed)
            if piece is None:
                return False
            self._active[number] = piece
            return True

    def _again(self, number: int, error: ApiError, failures: int) -> bool:
        """Whether this lane tries again by itself: only while others move, since the last one's
        error is told to whoever waits for the file.
        """
        rules = self.rules()
        with self._changed:
            self._active.pop(number, None)
            self._bodies.pop(number, None)
            alone = not self._active
        if self.ended.is_set():
            return False
        if alone:
            self._over(error)
            return False
        printD(f'[transfer] connection {number}: {error}; attempt {failures}')
        if not error.retryable or failures > rules.retries:
            return False
        return not self.ended.wait(rules.rest(error, failures)) and self._next(number, 0.0)

    def _retire(self, number: int) -> None:
        """The server does no ranges (now): what another lane is reading goes on alone."""
        printD('[transfer] the server ignores ranges: one connection')
        with self._changed:
            self.one_only = True
            self._active.pop(number, None)
            if not self._active:
                self._outcome = self._outcome or Changed()
                self._changed.notify_all()

    def _over(self, error: BaseException) -> None:
        with self._changed:
            if not self.ended.is_set():
                self._outcome = self._outcome or error
            self._changed.notify_all()
