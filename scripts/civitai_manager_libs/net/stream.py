"""The body of an answer, read piece by piece."""

from __future__ import annotations

import contextlib
import functools
import http.client
import socket
import time
import weakref
from collections.abc import Callable, Mapping

import requests

from ..domain.transfer import read_length
from ..errors import ApiError, BodyCut, HostBusy, UnexpectedBody
from .failures import FAILURES, typed

_SMALLEST = 16 * 1024
_LARGEST = 16 << 20
_PIECE_SECONDS = 0.25


class Body:
    """An answer whose body has not been read yet.

    ``read_into`` gives bytes as they were sent (no decompression) and raises errors of our tree; a
    body that ends before its announced length is a :class:`BodyCut`, and one of a further
    connection that has to give way (``gives_way()``) a :class:`HostBusy`. The size of a
    piece follows the speed, so that a slow line still shows progress and a fast one costs little:
    about a quarter of a second each. ``received(count)`` hears of bytes as they come,
    ``broke_off``, if somebody sets it, of a body that fails.
    """

    def __init__(
        self,
        response: requests.Response,
        host: str,
        timeout: float,
        received: Callable[[int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._response = response
        self._timeout = timeout
        self._tell = received
        self._aborted = False
        self.broke_off: Callable[[ApiError], None] | None = None
        self._clock = clock
        self._amount = _SMALLEST * 4
        self._ahead = b''
        self._received = 0
        self.host = host
        self.gives_way: Callable[[], bool] | None = None
        self._when_closed: list[Callable[[], None]] = []
        self.status = response.status_code
        self.headers: Mapping[str, str] = response.headers

    @property
    def address(self) -> str:
        """Where this answer came from, after all redirects."""
        return self._response.url

    @property
    def length(self) -> int | None:
        """Bytes announced by ``Content-Length``, None when the server does not say or says
        nonsense.
        """
        return read_length(self.headers)

    def peek(self, amount: int) -> bytes:
        """Up to ``amount`` first bytes, which the next :meth:`read_into` will give again."""
        while len(self._ahead) < amount:
            piece = self._read(amount - len(self._ahead))
            if not piece:
                break
            self._ahead += piece
        return self._ahead[:amount]

    def read_into(self, room: memoryview) -> int:
        """Put the next bytes into ``room``, as many as fit into it and into a quarter of a second;
        how many they are, 0 at the end of the body.
        """
        if self._ahead:
            count = min(len(room), len(self._ahead))
            room[:count] = self._ahead[:count]
            self._ahead = self._ahead[count:]
            return count
        if self.gives_way is not None and self.gives_way():
            raise HostBusy(host=self.host)
        begun = self._clock()
        count = self._receive(room[: self._amount])
        elapsed = self._clock() - begun
        wanted = int(count * _PIECE_SECONDS / elapsed) if elapsed > 0 else len(room)
        self._amount = max(_SMALLEST, min(_LARGEST, wanted, self._amount * 4))
        return count

    def _receive(self, room: memoryview) -> int:
        """Straight from the connection: a ``read`` of urllib3 would make a new object of every
        piece, and its memory costs more than the bytes in it.
        """
        source = getattr(self._response.raw, '_fp', None)
        if not isinstance(source, http.client.HTTPResponse):  # another transport, as in some tests
            piece = self._read(len(room))
            room[: len(piece)] = piece
            return len(piece)
        try:
            count: int = source.readinto(room)
        except FAILURES as error:
            raise self._failed(typed(error, self.host, self._timeout)) from error
        self._arrived(count)
        return count

    def _read(self, amount: int) -> bytes:
        try:
            piece: bytes = self._response.raw.read(amount, decode_content=False)
        except FAILURES as error:
            raise self._failed(typed(error, self.host, self._timeout)) from error
        self._arrived(len(piece))
        return piece

    def _arrived(self, count: int) -> None:
        self._received += count
        if count:
            self._tell(count)
        else:
            self._raise_if_cut()

    def _failed(self, error: ApiError) -> ApiError:
        """``error``, told unless it was us who ended it."""
        if self.broke_off is not None and not self._aborted:
            self.broke_off(error)
        return error

    def _raise_if_cut(self) -> None:
        """An older urllib3 takes a body that ends too early for a whole one."""
        if self.length is not None and self._received < self.length:
            cut = BodyCut(host=self.host, received=self._received, expected=self.length)
            raise self._failed(cut)

    def content(self, most: int) -> bytes:
        """The whole body, decompressed; a body of more than ``most`` bytes is refused."""
        pieces, size = [], 0
        try:
            for piece in self._response.iter_content(1 << 16):
                size += len(piece)
                if size > most:
                    raise UnexpectedBody(status=self.status, host=self.host, begins=f'> {most} B')
                pieces.append(piece)
        except FAILURES as error:
            raise self._failed(typed(error, self.host, self._timeout)) from error
        finally:
            self._received = self._response.raw.tell()
            self._tell(self._received)
        self._raise_if_cut()
        return b''.join(pieces)

    def release(self) -> requests.Response:
        """The response itself, for a caller who reads it in another way; nothing may have been read
        before. What waits for the end of this body hears of it when the response is closed, or
        when nobody has it any more.
        """
        response, calls = self._response, self._when_closed
        close = weakref.WeakMethod(response.close)  # a strong one would keep it from ending
        weakref.finalize(response, _call_all, calls)

        def close_and_tell() -> None:
            real = close()
            if real is not None:
                real()
            _call_all(calls)

        response.close = close_and_tell  # type: ignore[method-assign]
        return response

    def abort(self) -> None:
        """Make a read that waits in another thread fail now."""
        self._aborted = True
        raw = self._response.raw
        shutdown = getattr(raw, 'shutdown', None)
        if shutdown is None:  # urllib3 before 2.3, in some hosts
            line = getattr(getattr(raw, '_connection', None), 'sock', None)
            shutdown = functools.partial(line.shutdown, socket.SHUT_RD) if line else None
        if shutdown is not None:
            # it may have ended by itself meanwhile, or given its connection back
            with contextlib.suppress(*FAILURES, RuntimeError):
                shutdown()

    def when_closed(self, call: Callable[[], None]) -> None:
        """Call ``call`` when this body is closed; it may be called more than once."""
        self._when_closed.append(call)

    def close(self) -> None:
        """Give the connection back (a body read to its end) or drop it."""
        _call_all(self._when_closed)
        source = getattr(self._response.raw, '_fp', None)
        if isinstance(source, http.client.HTTPResponse) and source.isclosed():
            self._response.raw.release_conn()
        self._response.close()


def _call_all(calls: list[Callable[[], None]]) -> None:
    for call in calls:
        call()
