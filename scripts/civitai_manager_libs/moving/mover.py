"""Receives the bytes of one file into its part, through breaks, expired addresses and changed
files.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import Protocol

from ..domain.backoff import exponential
from ..domain.transfer import Action, Decision, decide, read_answer, resume_point
from ..errors import ApiError, BodyCut, DiskFull, RoomBelowFloor, ShortcutError, UnexpectedBody
from ..store.files import free_space
from ..util import printD
from .follower import HashFollower
from .part import PartFile

_SAVE_EVERY = 1.0
_POLL = 0.2


class Stopped(Exception):
    """Somebody asked the transfer to stop; what has arrived is saved."""


class Body(Protocol):
    """An answer with an unread body, as the HTTP client opens it."""

    status: int
    host: str
    headers: Mapping[str, str]

    def read(self, most: int) -> bytes: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


Open = Callable[[int, 'str | None'], Body]
"""``open(start, validator)``: ask the server for the file from byte ``start`` on; raises
:class:`ApiError`.
"""


@dataclass(frozen=True)
class Progress:
    """Where a transfer is, in bytes: received, hashed, and the whole (None while unknown)."""

    received: int
    hashed: int
    total: int | None


@dataclass(frozen=True)
class MoveRules:
    """``piece`` bytes at most per read, ``retries`` in a row without a new byte, ``first_wait``
    seconds of the backoff (doubling when ``smart``), ``free_floor`` bytes of disk that stay
    free.
    """

    piece: int
    retries: int
    first_wait: float
    smart: bool
    free_floor: int


def _close(answer: Future[Body]) -> None:
    if answer.exception() is None:
        answer.result().close()


class Mover:
    """One run over one part. ``rules`` is asked again and again, so that changed settings hold at
    once.

    ``on_progress`` is called from the thread that runs, with every piece; ``pulse`` once a second
    from another thread, also while the server is silent or we wait before another attempt.
    """

    def __init__(
        self,
        part: PartFile,
        open_file: Open,
        rules: Callable[[], MoveRules],
        stop: threading.Event,
        on_progress: Callable[[Progress], None],
        checked_by_hash: bool,
        pulse: Callable[[Progress], None] | None = None,
    ) -> None:
        self._part = part
        self._open = open_file
        self._rules = rules
        self._stop = stop
        self._on_progress = on_progress
        self._checked_by_hash = checked_by_hash
        self._pulse = pulse
        self._body: Body | None = None
        self._follower = HashFollower(part.path)
        self._keeper_error: Exception | None = None
        self._done = threading.Event()

    def run(self) -> tuple[int, str]:
        """Receive everything; gives size in bytes and SHA256 (lower-case hex).

        Raises :class:`Stopped`, an :class:`ApiError` that retrying did not cure, or a
        :class:`DiskError`. Whatever happens, the bytes that are on disk are known to the next run.
        """
        keeper = threading.Thread(target=self._keep, name='part-keeper', daemon=True)
        keeper.start()
        try:
            self._follower.advance(self._part.state.first_gap)
            self._receive()
            return self._hashed()
        finally:
            self._done.set()
            keeper.join()
            self._follower.close()
            self._save_last()

    def _receive(self) -> None:
        failures, farthest = 0, self._part.state.received
        while not self._part.state.complete:
            try:
                self._one_answer()
            except ApiError as error:
                self._raise_if_ended(error)
                # Farther than ever, not only than after a new beginning: a server that announces
                # more bytes than it has would keep us beginning anew for ever.
                arrived = self._part.state.received > farthest
                farthest = max(farthest, self._part.state.received)
                failures = 1 if arrived else failures + 1
                if not error.retryable or failures > self._rules().retries:
                    raise
                printD(f'[transfer] {error}; attempt {failures}')
                self._rest(error, failures)

    def _rest(self, error: ApiError, failures: int) -> None:
        rules = self._rules()
        wanted = getattr(error, 'wait_seconds', None)
        if wanted is None or not rules.smart:
            backoff = exponential(failures, rules.first_wait, random.uniform)
            wanted = backoff if rules.smart else rules.first_wait
        if self._stop.wait(wanted):
            raise Stopped

    def _one_answer(self) -> None:
        state = self._part.state
        start = resume_point(state, self._checked_by_hash)
        body = self._body = self._opened(start, state.validator)
        try:
            decision = decide(state, start, read_answer(body.status, body.headers))
            if decision.action is Action.ASK_AGAIN and start == 0:
                raise UnexpectedBody(status=body.status, host=body.host, begins='')
            self._adopt(decision)
            if decision.action is Action.WRITE:
                self._pump(body, decision.begin)
        finally:
            self._body = None
            body.close()

    def _opened(self, start: int, validator: str | None) -> Body:
        """The answer, asked for in a thread of its own: a server that says nothing must not keep us
        from stopping. An answer that comes after that is closed unread.
        """
        answer: Future[Body] = Future()

        def ask() -> None:
            try:
                answer.set_result(self._open(start, validator))
            except BaseException as error:
                answer.set_exception(error)

        threading.Thread(target=ask, name='part-opener', daemon=True).start()
        try:
            while not wait([answer], _POLL).done:
                self._raise_if_ended(None)
        except BaseException:
            answer.add_done_callback(_close)
            raise
        return answer.result()

    def _adopt(self, decision: Decision) -> None:
        if decision.state == self._part.state and decision.state.finished:
            return
        self._follower.restart()
        self._part.adopt(decision.state)
        self._check_room()

    def _pump(self, body: Body, offset: int) -> None:
        begin, piece_size, size = offset, self._rules().piece, self._part.state.size
        while piece := body.read(piece_size if size is None else min(piece_size, size - offset)):
            self._part.write(offset, piece)
            offset += len(piece)
            self._follower.advance(self._part.state.first_gap)
            self._report()
            self._raise_if_ended(None)
            if offset == size:  # what a server sends beyond the whole file is not of it
                return
        self._raise_if_ended(None)  # a body that we have cut off ourselves has ended, too
        if size is None:
            self._part.settle_size(offset)
        elif offset == begin and size > begin:
            raise BodyCut(host=body.host, received=offset, expected=size)

    def _raise_if_ended(self, cause: ApiError | None) -> None:
        if self._stop.is_set():
            raise Stopped from cause
        if self._keeper_error is not None:
            raise self._keeper_error

    def _report(self) -> None:
        self._on_progress(self._where())

    def _where(self) -> Progress:
        state = self._part.state
        return Progress(state.received, self._follower.hashed, state.size)

    def _hashed(self) -> tuple[int, str]:
        size = self._part.state.received
        self._follower.advance(size)
        while True:
            digest = self._follower.wait(size, _POLL)
            self._report()
            if digest is not None:
                return size, digest
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
        while not self._done.wait(_SAVE_EVERY):
            try:
                if self._pulse is not None:
                    self._pulse(self._where())
                self._check_room()
                self._part.save()
            except Exception as error:  # raised by the thread that runs, at its next piece
                self._keeper_error = error
            if self._stop.is_set() or self._keeper_error is not None:
                self._abort()

    def _abort(self) -> None:
        """Wake the other thread if it waits for a silent server."""
        body = self._body
        if body is not None:
            body.abort()

    def _save_last(self) -> None:
        try:
            self._part.save()
        except ShortcutError as error:  # on a full disk the state of a second ago has to do
            printD(f'[transfer] state not saved: {error}')
