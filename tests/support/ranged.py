"""A storage that does ranges as it should, but for what a test makes it do."""

import random
import threading

import pytest

MIB = 1 << 20
CONTENT = random.Random(10).randbytes(8 * MIB)
OTHER = random.Random(11).randbytes(8 * MIB)


class Ranged:
    """Answers for ``odd_server``: ``content`` whole or in ranges, under ``etag``.

    ``special(handler, start, end)`` may answer instead and says so by giving True; ``end`` is None
    for a request without one. ``asked`` are (start, end) of all requests, None without a range;
    ``sent`` the bytes handed to each of their sockets.
    """

    def __init__(self, content, etag='"a"', special=None):
        self.content = content
        self.etag = etag
        self.special = special or (lambda *_: False)
        self.asked = []
        self.sent = []
        self.lock = threading.Lock()

    def __call__(self, handler):
        text = handler.headers.get('Range')
        start, end = (None, None) if text is None else span_of(text)
        with self.lock:
            handler.number = len(self.asked)
            self.asked.append((start, end))
            self.sent.append(0)
        if not self.special(handler, start, end):
            self.answer(handler, start, end)

    def answer(self, handler, start, end, content=None, etag=None, cut=None, pause=None):
        """The decent answer; ``cut`` ends the connection after so many bytes of it, ``pause()`` is
        called after each bit.
        """
        content, etag = content or self.content, etag or self.etag
        ranged = start is not None and handler.headers.get('If-Range') in (None, etag)
        first, last = (start, end or len(content)) if ranged else (0, len(content))
        handler.send_response(206 if ranged else 200)
        if ranged:
            handler.send_header('Content-Range', f'bytes {first}-{last - 1}/{len(content)}')
        if etag:
            handler.send_header('ETag', etag)
        handler.send_header('Content-Length', str(last - first))
        handler.end_headers()
        self.send(handler, memoryview(content)[first:last][:cut], pause)
        if cut is not None:
            handler.close_connection = True

    def send(self, handler, piece, pause=None):
        """Hand ``piece`` to the socket bit by bit; ``pause()`` is called after each."""
        for at in range(0, len(piece), 1 << 16):
            bit = piece[at : at + (1 << 16)]
            handler.wfile.write(bit)
            self.sent[handler.number] += len(bit)
            if pause is not None:
                pause()


def span_of(text):
    """(start, end) of a ``Range`` header, end exclusive, None when it is open."""
    start, _, last = text.removeprefix('bytes=').partition('-')
    return int(start), int(last) + 1 if last else None


def once(call):
    """``call`` for the first request with a range, and never again."""
    done = threading.Lock()

    def special(storage, handler, start, end):
        if start is None or not done.acquire(blocking=False):
            return False
        return call(storage, handler, start, end)

    return special


@pytest.fixture
def several(fetching, odd_server):
    """``several(special)``: fetch CONTENT over four connections without any promise, from a server
    that answers decently but for ``special(storage, handler, start, end)``; the bytes and the
    server. ``rules`` are more fields of :class:`MoveRules`.
    """

    def do(special, etag='"a"', rules=None, **order):
        storage = Ranged(CONTENT, etag)
        storage.special = lambda *arguments: special(storage, *arguments)
        server = odd_server(storage)
        fetching.over(4, **(rules or {}))
        fetched = fetching(url=server.url + '/file', **{'hashed': False, **order})
        return fetched.path.read_bytes(), storage

    return do
