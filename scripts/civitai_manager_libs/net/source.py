"""One file at one address, asked for in pieces."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from ..errors import AddressExpired
from .redirect import FileRequest
from .stream import Body


class FileSource:
    """Opens ranges of the file of ``request`` with ``send``, from many threads at once.

    The site is asked for the signed address once; the pieces come from there until it expires, and
    then it is asked again (civitai-api.md section 6). ``is_site(url)`` tells what is Civitai
    itself, where nothing is fetched without asking.
    """

    def __init__(
        self,
        request: FileRequest,
        send: Callable[[FileRequest], Body],
        is_site: Callable[[str], bool],
    ) -> None:
        self._request = request
        self._send = send
        self._is_site = is_site
        self._lock = threading.Lock()
        self._asking = threading.Lock()
        self._located: str | None = None
        self._itself = False
        self._open = 0

    def open(self, start: int, end: int | None, validator: str | None) -> Body:
        """The answer for the bytes from ``start`` to before ``end``.

        Raises :class:`ApiError`, among them :class:`HostBusy` when another connection is open and
        there is no room for one more.
        """
        with self._lock:
            further = self._open > 0
        wanted = replace(self._request, start=start, end=end, validator=validator, further=further)
        body = self._answer(wanted)
        closed = threading.Event()

        def close() -> None:
            with self._lock:
                if not closed.is_set():
                    closed.set()
                    self._open -= 1

        with self._lock:
            self._open += 1
        body.when_closed(close)
        return body

    def _answer(self, wanted: FileRequest) -> Body:
        located = self._located
        if located is not None:
            try:
                return self._send(replace(wanted, located=located))
            except AddressExpired:
                pass
        elif self._itself:
            return self._send(wanted)
        with self._asking:  # all that find it expired wait for the one that asks
            if self._located == located:
                return self._asked(wanted)
            located = self._located
        return self._send(replace(wanted, located=located))

    def _asked(self, wanted: FileRequest) -> Body:
        body = self._send(wanted)
        self._itself = body.address == self._request.url or self._is_site(body.address)
        self._located = None if self._itself else body.address
        return body
