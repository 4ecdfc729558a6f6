"""A small reverse proxy: the page below a path of another server, over TLS, under another name."""

import contextlib
import re
import select
import socket
import ssl
import threading
from urllib.parse import urlsplit

import pytest

_HOST = re.compile(rb'(?im)^host:[ ]*([^\r\n]*)\r\n')
_ONE_EACH = re.compile(rb'(?im)^(connection|x-forwarded-\w+):[^\r\n]*\r\n')
_UPGRADE = re.compile(rb'(?im)^upgrade:')


class ReverseProxy:
    """Passes everything below ``prefix`` on to ``target`` (``http://127.0.0.1:PORT``), one request
    to a connection, in both directions as it comes. ``strip`` takes the prefix off, ``tell`` says
    in headers where the page is, ``keep_host`` leaves the name that was asked for; else it is that
    of the target, or the one given as ``host``.
    """

    def __init__(
        self,
        target,
        prefix='',
        strip=True,
        tell=True,
        keep_host=True,
        certificate=None,
        host='',
    ):
        parts = urlsplit(target)
        self._place = parts.hostname, parts.port
        self._prefix, self._strip, self._tell = prefix.encode(), strip, tell
        self._keep_host, self._host = keep_host, (host or parts.netloc).encode()
        self._context = None
        if certificate is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._context.load_cert_chain(certificate)
        self._listening = socket.create_server(('127.0.0.1', 0), backlog=128)
        scheme = 'https' if certificate is not None else 'http'
        port = self._listening.getsockname()[1]
        self.address = f'{scheme}://127.0.0.1:{port}{prefix}/'
        self.strays = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                line, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line):
        with contextlib.suppress(OSError), contextlib.ExitStack() as open_lines:
            open_lines.enter_context(line)
            if self._context is not None:
                line = open_lines.enter_context(self._context.wrap_socket(line, server_side=True))
            head = self._head(line)
            if head is None:
                return
            other = open_lines.enter_context(socket.create_connection(self._place, 10))
            other.sendall(head)
            _join(line, other)

    def _head(self, line):
        """What the target is told, up to where the body begins and what came of that; None when it
        was not asked.
        """
        got = b''
        while b'\r\n\r\n' not in got:
            more = line.recv(65536)
            if not more:
                return None
            got += more
        head, end, body = got.partition(b'\r\n\r\n')
        first, _, rest = head.partition(b'\r\n')
        method, path, version = first.split(b' ')
        if not path.startswith(self._prefix + b'/'):
            self.strays.append(path.decode())
            line.sendall(
                b'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'
            )
            return None
        rest = self._headers(rest + b'\r\n')
        path = path[len(self._prefix) :] if self._strip else path
        return b' '.join([method, path, version]) + b'\r\n' + rest + end[2:] + body

    def _headers(self, headers):
        host = _HOST.search(headers).group(1)
        headers = _ONE_EACH.sub(b'', headers)
        if not self._keep_host:
            headers = _HOST.sub(b'Host: ' + self._host + b'\r\n', headers)
        if self._tell:
            scheme = b'https' if self._context is not None else b'http'
            headers += b'X-Forwarded-Host: ' + host + b'\r\nX-Forwarded-Proto: ' + scheme + b'\r\n'
            headers += b'X-Forwarded-Prefix: ' + self._prefix + b'\r\n' if self._prefix else b''
        upgrade = _UPGRADE.search(headers)
        return headers + (b'Connection: Upgrade\r\n' if upgrade else b'Connection: close\r\n')

    def close(self):
        self._listening.close()


def _join(line, other):
    """Bytes in both directions until one side has ended."""
    while True:
        held = line.pending() if isinstance(line, ssl.SSLSocket) else 0
        for ready in [line] if held else select.select([line, other], [], [], 60)[0]:
            data = ready.recv(65536)
            if not data:
                return
            (other if ready is line else line).sendall(data)


@pytest.fixture
def behind():
    """``behind(target, ...)``: a :class:`ReverseProxy` before it, which ends with the test."""
    running = []

    def start(*arguments, **options):
        running.append(ReverseProxy(*arguments, **options))
        return running[-1]

    yield start
    for one in running:
        one.close()
