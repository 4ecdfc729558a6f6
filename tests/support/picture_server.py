"""A server of small pictures for the gallery, each of which can be broken in its own way."""

import contextlib
import random
import socket
import struct
import threading
import tracemalloc
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from civitai_manager_libs import civitai_gallery_action, http_client, setting
from civitai_manager_libs.fetching.turns import turns
from civitai_manager_libs.http_client import OptimizedHTTPClient


def png(seed=1, width=64, height=48, text=None):
    """A PNG of noise; ``text`` is its chunk ``parameters``."""
    rows = b''.join(b'\0' + random.Random(seed * 7 + row).randbytes(width) for row in range(height))
    chunks = [(b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 0, 0, 0, 0))]
    if text is not None:
        chunks.append((b'tEXt', b'parameters\0' + text.encode('latin-1')))
    chunks += [(b'IDAT', zlib.compress(rows, 1)), (b'IEND', b'')]
    return b'\x89PNG\r\n\x1a\n' + b''.join(
        struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
        for kind, body in chunks
    )


class PictureServer:
    """Pictures by number. ``answers[number]`` is what a broken one does with a handler instead of
    giving ``content(number)``; ``asked`` counts the requests for each.
    """

    def __init__(self, start):
        self.answers = {}
        self.asked = {}
        self.most = 0
        self.before = None
        self._now = 0
        self._lock = threading.Lock()
        self._server = start(self._answer)
        self.url = self._server.url

    def address(self, number):
        """Where picture ``number`` is had; not in a folder of Civitai's, so nobody rewrites it."""
        return f'{self.url}/{number}.png'

    def addresses(self, count):
        """Those of the first ``count`` pictures."""
        return [self.address(number) for number in range(count)]

    def content(self, number):
        """The bytes of a picture."""
        return png(number + 1)

    def breaks(self, number, answer, times=None):
        """Let ``answer(handler)`` stand for a picture, for the first ``times`` requests."""
        self.answers[number] = (answer, times)

    def _answer(self, handler):
        number = int(handler.path.strip('/').partition('.')[0])
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            count = self.asked[number] = self.asked.get(number, 0) + 1
        try:
            if self.before is not None:
                self.before(number)
            answer, times = self.answers.get(number, (None, None))
            if answer is not None and (times is None or count <= times):
                answer(handler)
            else:
                handler.reply(body=self.content(number), Content_Type='image/png')
        finally:
            with self._lock:
                self._now -= 1


def cut(content, after):
    """An answer that promises ``content`` and breaks off after so many bytes of it."""

    def answer(handler):
        handler.reply(body=content[:after], length=len(content), Content_Type='image/png')
        handler.close_connection = True
        handler.connection.shutdown(socket.SHUT_RDWR)

    return answer


def refused(status):
    """An answer of that status."""
    return lambda handler: handler.reply(status, b'{"error":"no"}', Content_Type='application/json')


def kept(address):
    """Where the gallery keeps the picture at ``address``."""
    return Path(setting.get_image_url_to_gallery_file(address))


def files_below(folder):
    """All files under ``folder``, hidden ones too."""
    return sorted(path for path in Path(folder).rglob('*') if path.is_file())


@contextlib.contextmanager
def memory_peak():
    """What Python has held at most, in ``bytes``, beyond what it held at the beginning."""
    found = SimpleNamespace(bytes=0)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        yield found
        found.bytes = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


@pytest.fixture
def gallery_client(monkeypatch, fresh_settings):
    """The one client of the process for this test alone, which the gallery uses too."""
    client = OptimizedHTTPClient()
    monkeypatch.setattr(http_client, '_client', client)
    monkeypatch.setattr(turns, '_bearable', None)
    assert civitai_gallery_action.get_http_client() is client
    yield client
    client.close()


@pytest.fixture
def picture_server(odd_server, gallery_client):
    """A :class:`PictureServer`."""
    return PictureServer(odd_server)
