"""One connection of a file: asks for a piece of it and puts what comes into the part."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Protocol

from ..domain.pieces import Piece
from ..domain.transfer import Action, TransferState, decide, may_resume, read_answer
from ..errors import BodyCut, UnexpectedBody
from ..memory_room import Room
from .follower import PIECE, HashFollower
from .opening import Body, MoveRules, Open
from .part import PartFile
from .throttle import Throttle

_BUFFERS = 3
_ALL_BUFFERS = 24 << 20
_FULL_CREW = 4
_SLICE = 0.2
_PATIENCE = 0.05


class Changed(Exception):
    """The answer belongs to another file than what is on disk: begin anew."""


class RangeIgnored(Exception):
    """The server sent the whole file where a part of it was asked for."""


class Crew(Protocol):
    """What the lanes of one file share."""

    part: PartFile
    open: Open
    rules: Callable[[], MoveRules]
    follower: HashFollower
    room: Room
    checked_by_hash: bool
    own: Throttle
    ended: threading.Event

    def tell(self) -> None:
        """Bytes have arrived."""

    def asks(self, number: int) -> bool:
        """Lane ``number`` is about to ask; False when nothing is wanted any more."""

    def joined(self, number: int, body: Body) -> bool:
        """Lane ``number`` has an answer; False when nobody wants it any more."""

    def adopt(self, number: int, state: TransferState) -> bool:
        """Go on under ``state``, with all of the file as the piece of lane ``number``; False (and
        nothing is done) while other lanes move.
        """

    def claim(self, number: int, piece: Piece, count: int) -> int:
        """How many of ``count`` bytes that have come for ``piece`` are still wanted."""

    def waits(self, number: int, seconds: float | None) -> None:
        """Lane ``number`` waits for the server since the moment ``seconds``; None: no more."""

    def longer(self, piece: Piece, limit: int) -> bool:
        """Make a finished ``piece`` longer by what follows it, not beyond ``limit``, if that is
        free.
        """


def buffers_of(rules: MoveRules, size: int | None = None) -> int:
    """The most bytes that the buffers of one file of ``size`` bytes take: those of its connections
    and that of its hash.
    """
    alone = size is not None and size < rules.parallel_from
    return _BUFFERS * _buffer_size(rules) * (1 if alone else rules.connections) + PIECE


def _buffer_size(rules: MoveRules) -> int:
    """Bytes that one connection reads at a time. Fewer than four have the room of four: each piece
    costs the interpreter about 0.3 ms, a third of all the work at 1 MiB over one fast connection
    (benchmarks/downloads.py); many together stay within a bound.
    """
    wanted = rules.piece * max(1, _FULL_CREW // rules.connections)
    return min(wanted, _ALL_BUFFERS // (_BUFFERS * rules.connections))


class Lane:
    """Fetches piece after piece with buffers of its own, until it is closed. ``arrived`` says
    whether the last call of :meth:`fetch` has brought any byte.
    """

    def __init__(self, crew: Crew, number: int) -> None:
        self._crew = crew
        self._number = number
        self._size = _buffer_size(crew.rules())
        self._spare: queue.SimpleQueue[bytearray] = queue.SimpleQueue()
        self._made = 1
        self._buffer = bytearray(self._size)
        self._held = crew.room.hold(self._size)
        self.arrived = False

    def close(self) -> None:
        """The buffers are not needed any more."""
        self._held.free()

    def fetch(self, piece: Piece) -> float:
        """Bring ``piece`` as far as the answer goes; gives bytes a second.

        Raises :class:`ApiError`, :class:`DiskError`, and while other lanes move also
        :class:`Changed` and :class:`RangeIgnored`.
        """
        crew, state, begun = self._crew, self._crew.part.state, time.monotonic()
        self.arrived = False
        asked = self._range(state, piece)
        if not crew.asks(self._number):
            return 0.0
        body = crew.open(*(asked or (0, None)), state.validator)
        if not crew.joined(self._number, body):
            body.close()
            return 0.0
        try:
            if not self._accepted(body, state, asked, piece):
                return 0.0
            first = piece.position
            self._pump(body, piece, asked)
            return (piece.position - first) / max(1e-3, time.monotonic() - begun)
        finally:
            body.close()

    def _range(self, state: TransferState, piece: Piece) -> tuple[int, int | None] | None:
        """What to ask for, None for the whole file without a range."""
        if piece.end is None or not may_resume(state, self._crew.checked_by_hash):
            return None
        if piece.position == 0 and piece.end == state.size and not state.finished:
            return None
        if piece.end == state.size and piece.position > 0:
            return piece.position, None
        return piece.position, piece.end

    def _accepted(
        self, body: Body, state: TransferState, asked: tuple[int, int | None] | None, piece: Piece
    ) -> bool:
        """Whether the body is to be read; ``piece`` is where it goes then."""
        answer = read_answer(body.status, body.headers)
        decision = decide(state, None if asked is None else asked[0], answer)
        if decision.action is Action.ASK_AGAIN and asked is None:
            raise UnexpectedBody(status=body.status, host=body.host, begins='')
        elsewhere = body.status == 200 and piece.position > 0
        anew = decision.state != state or decision.action is Action.ASK_AGAIN or not state.size
        if (anew or elsewhere) and not self._crew.adopt(self._number, decision.state):
            same = (decision.state.size, decision.state.validator) == (state.size, state.validator)
            if asked is not None and decision.action is Action.WRITE and same:
                raise RangeIgnored
            raise Changed
        return decision.action is Action.WRITE

    def _pump(self, body: Body, piece: Piece, asked: tuple[int, int | None] | None) -> None:
        crew, begin, size = self._crew, piece.position, self._crew.part.state.size
        limit = size if asked is None or asked[1] is None else asked[1]
        while True:
            if piece.end is not None and piece.position >= piece.end:
                if limit is None or not crew.longer(piece, limit):
                    return  # what a server sends beyond the whole file is not of it
            count = self._read(body, piece)
            if crew.ended.is_set():
                return
            if not count:
                break
            wanted = crew.claim(self._number, piece, count)
            if wanted:
                self._keep(piece, wanted)
            if wanted < count:  # the rest is somebody else's now
                return
        if size is None:
            crew.part.settle_size(piece.position)
        elif piece.position == begin:
            raise BodyCut(host=body.host, received=begin, expected=size)

    def _read(self, body: Body, piece: Piece) -> int:
        """The next bytes into our buffer, as many as the limits let pass; 0 at the end."""
        most = self._size if piece.end is None else min(self._size, piece.end - piece.position)
        passed: list[tuple[Throttle, int]] = []
        for throttle in (self._crew.own, self._crew.rules().shared):
            if throttle is not None:
                most = self._allowed(throttle, most)
                passed.append((throttle, most))
        if self._crew.ended.is_set():
            return 0
        self._crew.waits(self._number, time.monotonic())
        try:
            count = body.read_into(memoryview(self._buffer)[:most])
        finally:
            self._crew.waits(self._number, None)
        for throttle, allowed in passed:
            throttle.give_back(allowed - count)
        return count

    def _allowed(self, throttle: Throttle, most: int) -> int:
        """How many of ``most`` bytes may come, after waiting for it unless the transfer ends."""
        count, ticket = throttle.take(most)
        while (wait := throttle.wait_for(ticket)) > 0:
            if self._crew.ended.wait(min(wait, _SLICE)):
                break
        return count

    def _keep(self, piece: Piece, count: int) -> None:
        crew, offset = self._crew, piece.position
        crew.part.write(offset, memoryview(self._buffer)[:count])
        piece.position = offset + count
        self.arrived = True
        self._lend(offset, count)
        crew.follower.advance(crew.part.state.first_gap)
        crew.tell()

    def _lend(self, offset: int, count: int) -> None:
        """Let the hash have the bytes from our buffer if we have another one to go on with."""
        other = self._other(offset)
        if other is None:
            return
        if self._crew.follower.lend(offset, self._buffer, count, self._spare.put):
            self._buffer = other
        else:
            self._spare.put(other)

    def _other(self, offset: int) -> bytearray | None:
        """A buffer to go on with. While the hash has all of them it is waited for a moment, when it
        is our bytes that it wants next: reading them back would cost it more.
        """
        if self._made < _BUFFERS and self._spare.empty():
            self._made += 1
            self._held.grow(self._size)
            return bytearray(self._size)
        patience = _PATIENCE if self._crew.follower.wants(offset) else 0.0
        try:
            return self._spare.get(patience > 0, patience or None)
        except queue.Empty:
            return None
