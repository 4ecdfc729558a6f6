"""A server on loopback whose every answer is a function of the test, down to the bytes."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class Handler(BaseHTTPRequestHandler):
    """One connection; the test's function answers with ``reply`` or writes to ``wfile`` itself."""

    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def _serve(self):
        length = int(self.headers.get('Content-Length') or 0)
        self.sent = self.rfile.read(length)
        self.server.seen.append((self.command, self.path, dict(self.headers)))
        self.server.answer(self)

    do_GET = do_POST = _serve

    def reply(self, status=200, body=b'', length=None, **headers):
        """A whole answer; ``length`` replaces the true Content-Length, names take ``_`` for
        ``-``.
        """
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.send_header('Content-Length', str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def reply_until_closed(self, body, **headers):
        """An answer without a length, which ends with its connection."""
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.send_header('Connection', 'close')
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True


class OddServer(ThreadingHTTPServer):
    """Asks ``answer(handler)`` for every request; ``seen`` holds (method, path, headers)."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, answer):
        super().__init__(('127.0.0.1', 0), Handler)
        self.answer = answer
        self.seen = []
        self.url = f'http://127.0.0.1:{self.server_address[1]}'
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, request, client_address):
        """Clients that go away in the middle are the point of some tests."""


@pytest.fixture
def odd_server():
    """Starts any number of servers: ``odd_server(answer)``."""
    running = []

    def start(answer):
        running.append(OddServer(answer))
        return running[-1]

    yield start
    for server in running:
        server.shutdown()
        server.server_close()
