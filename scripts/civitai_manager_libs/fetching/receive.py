"""Fetches pictures and videos: into memory, or into a file that is whole or not there at all."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from .. import setting
from ..domain.backoff import exponential
from ..domain.sites import host_of
from ..domain.transfer import Action, TransferState, decide, may_resume, read_answer
from ..errors import ApiError, BodyCut, HostResting, PictureUnusable, ServerTrouble
from ..http_client import CivitaiHttpClient
from ..memory import guard
from ..moving.mover import Stopped
from ..net.answers import plain_words
from ..net.redirect import FileRequest
from ..net.stream import Body
from ..util import without_query
from .formats import HEAD_BYTES, Format, format_of
from .part import PicturePart
from .turns import Priority, Turn, turns

Pause = Callable[[float], None]
OnProgress = Callable[[int, 'int | None'], None]

_MOST_BYTES = 64 << 20
_LARGEST = 4 << 30
_PIECE = 1 << 16
_ROOM = 1 << 18
_LARGEST_ROOM = 1 << 20
_WORTH_CONTINUING = 1 << 20
_LONGEST_PAUSE = 60.0
_LOOK_SECONDS = 0.2
_NAME_LENGTH = 80
_rooms = threading.local()
_under_way: set[_Receiving] = set()


@dataclass(frozen=True)
class PictureOrder:
    """How a picture is to be fetched.

    ``exact`` keeps the name of the place as it is; else the real format gives it its ending. With
    ``replace`` another whole file at that place gives way. ``timeout`` is the longest silence in
    seconds and ``retries`` how often a failed attempt is made again (None: as the settings say);
    ``most`` the bytes a file may have, ``piece`` how many go through memory at once (at least, up
    to 1 MiB). ``stopped`` ends it soon after it is set (see :func:`end_stopped`); ``typed`` says
    that a person gave its address; ``what`` names it in the words of an error;
    ``on_progress(received, total)`` hears of bytes, ``total`` None while unknown.
    """

    priority: Priority = Priority.BATCH
    exact: bool = False
    replace: bool = False
    timeout: float | None = None
    retries: int | None = None
    most: int = _LARGEST
    piece: int = _ROOM
    stopped: threading.Event | None = None
    typed: bool = False
    what: str = ''
    on_progress: OnProgress | None = None


@dataclass(frozen=True)
class ReceivedPicture:
    """A whole file at ``path``: its ``size`` in bytes, its SHA256 in lower-case hex digits."""

    path: Path
    size: int
    sha256: str
    format: Format


def picture_bytes(
    client: CivitaiHttpClient,
    address: str,
    most: int = _MOST_BYTES,
    pause: Pause = lambda seconds: None,
) -> bytes:
    """The bytes at ``address``, in one attempt and without a turn; raises
    :class:`PictureUnusable` for more than ``most`` of them, and whatever the client raises.

    ``pause(0)`` is called between pieces and may raise to stop.
    """
    content, room = bytearray(), memoryview(bytearray(_PIECE))
    with (
        closing(client.open_file(FileRequest(address), kind='image')) as body,
        guard.holding('pictures') as held,
    ):
        while count := body.read_into(room):
            pause(0)
            held.grow(count)
            content += room[:count]
            if len(content) > most:
                raise PictureUnusable(host=body.host, reason='too large')
        held.grow(len(content))  # for the copy
        return bytes(content)


def receive_picture(
    client: CivitaiHttpClient, address: str, place: Path, order: PictureOrder = PictureOrder()
) -> ReceivedPicture:
    """Fetch the picture or video at ``address`` into ``place``, whose folder is made if need be.

    Tried again where that helps, a large file from where it broke off. A file that is there
    already is replaced when it is not whole; a whole one with the same bytes is taken for ours.
    Raises :class:`PlaceTaken` for another whole one without ``order.replace``,
    :class:`PictureUnusable` for what is no picture or too large, :class:`Stopped`, the client's
    :class:`ApiError` and what :func:`disk_error` knows; nothing is left then.
    """
    with PicturePart(place) as part:
        receiving = _Receiving(client, address, part, order)
        _under_way.add(receiving)
        try:
            return receiving.run()
        finally:
            _under_way.discard(receiving)


def end_stopped() -> None:
    """End now what somebody has stopped, though its server is silent: reads fail, its turns are
    free, its unfinished files gone. What waits for an answer to begin ends later, without them.
    """
    for receiving in list(_under_way):
        receiving.end_if_stopped()


class _Receiving:
    """One picture on its way, over all its attempts."""

    def __init__(
        self, client: CivitaiHttpClient, address: str, part: PicturePart, order: PictureOrder
    ) -> None:
        self._client = client
        self._host = host_of(address)
        what = order.what or f'picture {_name_in(address)}'
        self._request = FileRequest(
            address, timeout=order.timeout, what=what, opened=self._opened, typed=order.typed
        )
        self._changing = threading.Lock()
        self._asking = False
        self._body: Body | None = None
        self._turn: Turn | None = None
        self._part = part
        self._order = order
        self._stopped = order.stopped or threading.Event()
        self._state = TransferState(address)

    def run(self) -> ReceivedPicture:
        """All attempts, with the waits between them."""
        failures, held = 0, 0.0
        while True:
            before = self._part.size
            try:
                self._turn = turns.turn(self._host, self._order.priority, self._stopped)
                with self._turn:
                    return self._attempt_unless_stopped()
            except HostResting as error:
                wait = error.wait_seconds or 0.0
                held += wait
                if self._client.pace.is_down(self._host) or max(wait, held / 2) > _LONGEST_PAUSE:
                    raise
                self._sleep(wait)  # somebody else was told so; nothing was asked for this one
            except ApiError as error:
                went_on = before > 0 and self._part.size - before >= _WORTH_CONTINUING
                failures = 1 if went_on else failures + 1
                wait = self._wait_after(error, failures)
                self._client.monitor.retried(self._host, 'image')
                self._sleep(wait)

    def _wait_after(self, error: ApiError, failures: int) -> float:
        """Seconds until the next attempt; raises ``error`` when there is none."""
        retries = self._client.retries if self._order.retries is None else self._order.retries
        wanted: float | None = getattr(error, 'wait_seconds', None)
        # a picture that its host does not have is not there, wherever it was moved to
        missing = isinstance(error, ServerTrouble) and error.details.get('status') == 404
        if not error.retryable or missing or failures > retries or (wanted or 0) > _LONGEST_PAUSE:
            raise error
        settings = setting.current()
        if wanted is not None:
            return wanted
        if not settings.enable_smart_retry:
            return settings.http_retry_delay
        return exponential(failures, settings.http_retry_delay, random.uniform)

    def _sleep(self, seconds: float) -> None:
        if self._stopped.wait(seconds):
            raise Stopped

    # --- being stopped ----------------------------------------------------------------------------

    def end_if_stopped(self) -> None:
        """See :func:`end_stopped`."""
        if not self._stopped.is_set():
            return
        with self._changing:
            if self._asking:
                self._part.abandon()
        if self._body is not None:
            self._body.abort()
        if self._turn is not None:
            self._turn.give_back()

    def _opened(self, body: Body) -> None:
        self._body = body
        if self._stopped.is_set():
            body.abort()

    def _raise_if_stopped(self) -> None:
        if self._stopped.is_set():
            raise Stopped

    # --- one attempt ------------------------------------------------------------------------------

    def _attempt_unless_stopped(self) -> ReceivedPicture:
        try:
            return self._attempt()
        except ApiError:
            self._raise_if_stopped()  # it was us who broke it off
            raise

    def _ask(self, request: FileRequest) -> Body:
        with self._changing:
            self._asking = True
        try:
            return self._client.open_file(request, kind='image')
        finally:
            with self._changing:
                self._asking = False

    def _attempt(self) -> ReceivedPicture:
        begin, request = self._begin(), self._request
        if begin:
            request = replace(request, start=begin, validator=self._state.validator)
        with closing(self._ask(request)) as body:
            self._raise_if_stopped()
            decision = decide(self._state, begin or None, read_answer(body.status, body.headers))
            self._state = decision.state
            if decision.action is Action.WRITE:
                if decision.begin != self._part.size:
                    self._part.restart()
                self._take(body)
                return self._finish(body)
        self._part.restart()
        raise BodyCut(host=self._host)

    def _begin(self) -> int:
        """From which byte on the file is still missing, as far as it pays to go on."""
        if self._part.size < _WORTH_CONTINUING or not may_resume(self._state, False):
            return 0
        return self._part.size

    def _take(self, body: Body) -> None:
        room, part, total = _room(self._order.piece), self._part, self._state.size
        self._refuse_larger(total or 0, body)
        while count := self._read(body, room):
            self._raise_if_stopped()
            if not part.size and format_of(bytes(room[:HEAD_BYTES])) is None:
                raise PictureUnusable(host=body.host, reason='no picture')
            part.write(room[:count])
            self._refuse_larger(part.size, body)
            if self._order.on_progress is not None:
                self._order.on_progress(part.size, total)
        self._raise_if_stopped()

    def _refuse_larger(self, size: int, body: Body) -> None:
        if size > self._order.most:
            raise PictureUnusable(host=body.host, reason='too large')

    def _read(self, body: Body, room: memoryview) -> int:
        """The next bytes, as fast as all transfers together may be."""
        throttle = self._client.throttle()
        if throttle is None:
            return body.read_into(room)
        allowed, ticket = throttle.take(len(room))
        count = 0
        try:
            while (wait := throttle.wait_for(ticket)) > 0:
                self._sleep(min(wait, _LOOK_SECONDS))
            count = body.read_into(room[:allowed])
            return count
        finally:
            throttle.give_back(allowed - count)

    def _finish(self, body: Body) -> ReceivedPicture:
        part = self._part
        if not part.size:
            raise PictureUnusable(host=body.host, reason='empty')
        found = part.whole_format()
        if found is None:
            if self._state.size is None:  # nobody could tell that it broke off
                raise BodyCut(host=body.host, received=part.size)
            raise PictureUnusable(host=body.host, reason='not whole')
        path = part.finish('' if self._order.exact else found.ending, self._order.replace)
        return ReceivedPicture(path, part.size, part.sha256, found)


def _name_in(address: str) -> str:
    return plain_words(unquote(without_query(address).rpartition('/')[2]))[:_NAME_LENGTH]


def _room(size: int) -> memoryview:
    """This thread's buffer, of ``size`` bytes at least."""
    room: memoryview | None = getattr(_rooms, 'room', None)
    size = max(_ROOM, min(size, _LARGEST_ROOM))
    if room is None or len(room) < size:
        room = _rooms.room = memoryview(bytearray(size))
    return room
