"""Receives the bytes of one file into its part, through breaks, expired addresses and changed
files.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..domain.transfer import TransferState
from ..errors import ApiError, DiskFull, RoomBelowFloor, ShortcutError
from ..memory import guard
from ..memory_room import Room
from ..store.files import free_space
from ..util import OwnThread, printD
from .digests import Digests
from .follower import PIECE, HashFollower
from .lane import Changed, buffers_of
from .lanes import Lanes
from .opening import MoveRules, Open
from .part import PartFile
from .promise import Promise

ACCOUNT = 'transfers'
"""Under this name the memory guard knows the buffers of all transfers."""

_SAVE_EVERY = 1.0
_PULSE = 0.25
_POLL = 0.2
_RULES_HOLD = 0.1
_MOST_CHANGES = 2


class Stopped(Exception):
    """Somebody asked the transfer to stop; what has arrived is saved."""


@dataclass(frozen=True)
class Progress:
    """Where a transfer is, in bytes: received, hashed, and the whole (None while unknown); over how
    many connections it moves.
    """

    received: int
    hashed: int
    total: int | None
    connections: int = 0


class _Kept:
    """Rules that are asked for at most ten times a second: every piece asks for them."""

    def __init__(self, rules: Callable[[], MoveRules]) -> None:
        self._ask = rules
        self._known = rules()
        self._at = time.monotonic()

    def __call__(self) -> MoveRules:
        if time.monotonic() - self._at > _RULES_HOLD:
            self._known, self._at = self._ask(), time.monotonic()
        return self._known


class Mover:
    """One run over one part. ``rules`` is asked again and again, so that changed settings hold at
    once.

    ``on_progress`` is called with every piece, from one thread at a time; ``pulse`` a few times a
    second from another thread, also while the server is silent or we wait before another attempt.
    ``room`` is where the buffers are held, without one that of nobody else.
    """

    def __init__(
        self,
        part: PartFile,
        open_file: Open,
        rules: Callable[[], MoveRules],
        stop: threading.Event,
        on_progress: Callable[[Progress], None],
        promise: Promise,
        pulse: Callable[[Progress], None] | None = None,
        room: Room | None = None,
    ) -> None:
        self._part = part
        self._open = open_file
        self._rules = _Kept(rules)
        self._stop = stop
        self._on_progress = on_progress
        self._checked_by_hash = bool(promise)
        self._pulse = pulse
        self._lanes: Lanes | None = None
        self._one_only = False
        self._changes = 0
        self._room = room or guard.room(ACCOUNT)
        self._digests = Digests(promise.names)
        self._follower: HashFollower
        self._keeper_error: Exception | None = None
        self._done = threading.Event()

    def run(self) -> tuple[int, Digests]:
        """Receive everything, as soon as there is memory for the buffers; gives size in bytes and
        the hashes of the content. May be called once.

        Raises :class:`Stopped`, an :class:`ApiError` that retrying did not cure, or a
        :class:`DiskError`. Whatever happens, the bytes that are on disk are known to the next run.
        """
        if not self._room.wait(buffers_of(self._rules(), self._part.state.size), self._gives_up):
            raise Stopped
        held = self._room.hold(PIECE)
        self._follower = HashFollower(self._part.path, self._digests)
        keeper = OwnThread(target=self._keep, name='part-keeper', daemon=True)
        keeper.start()
        try:
            self._follower.advance(self._part.state.first_gap)
            self._receive()
            return self._hashed()
        finally:
            self._done.set()
            keeper.join()
            self._follower.close()
            held.free()
            self._save_last()

    def _gives_up(self) -> bool:
        """While we wait for memory: that we are still at it, and whether it is for nothing."""
        if self._pulse is not None:
            state = self._part.state
            self._pulse(Progress(state.received, 0, state.size))
        return self._stop.is_set()

    def _receive(self) -> None:
        failures, farthest = 0, self._part.state.received
        while not self._part.state.complete:
            try:
                self._attempt()
            except ApiError as error:
                self._raise_if_ended(error)
                # Farther than ever, not only than after a new beginning: a server that announces
                # more bytes than it has would keep us beginning anew for ever.
                arrived = self._part.state.received > farthest
                farthest = max(farthest, self._part.state.received)
                failures = 1 if arrived else failures + 1
                # Who has just sent bytes and refuses now may still count a connection that was
                # given back: then it answers once that is forgotten.
                final = not error.retryable and not arrived
                if final or failures > self._rules().retries:
                    raise
                printD(f'[transfer] {error}; attempt {failures}')
                if self._stop.wait(self._rules().rest(error, failures)):
                    raise Stopped from error

    def _attempt(self) -> None:
        lanes = self._lanes = Lanes(
            self._part,
            self._open,
            self._rules,
            self._follower,
            self._room,
            self._checked_by_hash,
            tell=self._report,
            adopted=self._check_room,
        )
        lanes.one_only = self._one_only
        try:
            lanes.run(lambda: self._raise_if_ended(None))
        except Changed:
            printD('[transfer] not the file that it was: from the start')
            self._changes += 1
            self._follower.restart()
            self._part.adopt(TransferState(self._part.state.identity))
            self._raise_if_ended(None)
        finally:
            # answers that never agree cannot be joined: then one of them has to be the whole file
            self._one_only = lanes.one_only or self._changes >= _MOST_CHANGES
            self._lanes = None

    def _raise_if_ended(self, cause: ApiError | None) -> None:
        if self._stop.is_set():
            raise Stopped from cause
        if self._keeper_error is not None:
            raise self._keeper_error

    def _report(self) -> None:
        self._on_progress(self._where())

    def _where(self) -> Progress:
        state, lanes = self._part.state, self._lanes
        moving = lanes.moving if lanes is not None else 0
        return Progress(state.received, self._follower.hashed, state.size, moving)

    def _hashed(self) -> tuple[int, Digests]:
        size = self._part.state.received
        self._follower.advance(size)
        while True:
            digests = self._follower.wait(size, _POLL)
            self._report()
            if digests is not None:
                return size, digests
            if self._stop.is_set():
                raise Stopped

    def _check_room(self) -> None:
        needed, free = self._part.missing_room(), free_space(self._part.path)
        floor, folder = self._rules().free_floor, str(self._part.path.parent)
        if free < needed:
            raise DiskFull(path=folder, needed=needed, free=free)
        if free - needed < floor:
            raise RoomBelowFloor(path=folder, needed=needed, free=free, floor=floor)

    def _keep(self) -> None:
        saved = time.monotonic()
        while not self._done.wait(_PULSE):
            try:
                if self._pulse is not None:
                    self._pulse(self._where())
                if time.monotonic() - saved >= _SAVE_EVERY:
                    self._check_room()
                    self._part.save()
                    saved = time.monotonic()
            except Exception as error:  # raised by the thread that runs, in its next look
                self._keeper_error = error
            lanes = self._lanes
            if lanes is not None and (self._stop.is_set() or self._keeper_error is not None):
                lanes.abort()

    def _save_last(self) -> None:
        try:
            self._part.save()
        except ShortcutError as error:  # on a full disk the state of a second ago has to do
            printD(f'[transfer] state not saved: {error}')
