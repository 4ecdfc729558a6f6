"""A server on loopback for one file or the files of a folder, in a process of its own: ranges, a
speed limit for each connection, a wait before each answer, and a count of what it has sent.

Bytes go from disk to socket by the system's own copy, so that the server costs little beside the
tools that are measured.
"""

from __future__ import annotations

import os
import re
import socketserver
import subprocess
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler
from pathlib import Path

_SLICE_SECONDS = 0.02


class Server:
    """The running server. ``rate`` limits each connection to so many bytes a second, 0 does not;
    each answer comes ``delay`` seconds late.

    Use it as a context manager; ``url`` is the address of the file, or where those of the folder
    lie.
    """

    def __init__(self, path: Path, rate: int = 0, delay: float = 0.0) -> None:
        self._child = subprocess.Popen(
            [sys.executable, __file__, str(path), str(rate), str(delay)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._child.stdout is not None
        self.url = self._child.stdout.readline().strip()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._child.kill()
        self._child.wait()

    def sent(self) -> int:
        """Bytes of the file that were sent so far, all answers together."""
        with urllib.request.urlopen(self.url.rpartition('/')[0] + '/sent') as answer:
            return int(answer.read())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True
    path_to_send: Path
    rate = 0
    delay = 0.0
    sent = 0
    counting = threading.Lock()

    def do_GET(self) -> None:
        if self.path == '/sent':
            self._reply(200, str(_Handler.sent).encode())
            return
        if self.delay:
            time.sleep(self.delay)
        with open(self._asked(), 'rb') as file:
            size = os.fstat(file.fileno()).st_size
            begin, end = self._span(size)
            self.send_response(200 if end - begin == size else 206)
            self.send_header('Content-Type', 'application/octet-stream')
            self.send_header('Content-Length', str(end - begin))
            self.send_header('Accept-Ranges', 'bytes')
            self.send_header('ETag', f'"{size}-{os.fstat(file.fileno()).st_mtime_ns}"')
            if end - begin < size:
                self.send_header('Content-Range', f'bytes {begin}-{end - 1}/{size}')
            self.end_headers()
            self.wfile.flush()
            self._send(file.fileno(), begin, end)

    def _asked(self) -> Path:
        if not self.path_to_send.is_dir():
            return self.path_to_send
        return self.path_to_send / self.path.rpartition('/')[2]

    def _span(self, size: int) -> tuple[int, int]:
        found = re.fullmatch(r'bytes=(\d+)-(\d*)', self.headers.get('Range', ''))
        if found is None:
            return 0, size
        return int(found[1]), min(size, int(found[2]) + 1) if found[2] else size

    def _send(self, file: int, begin: int, end: int) -> None:
        started, first = time.monotonic(), begin
        piece = int(self.rate * _SLICE_SECONDS) or 8 << 20
        while begin < end:
            try:
                count = os.sendfile(self.connection.fileno(), file, begin, min(piece, end - begin))
            except OSError:  # who asked has gone
                self.close_connection = True
                return
            begin += count
            with self.counting:
                _Handler.sent += count
            if self.rate:
                ahead = (begin - first) / self.rate - (time.monotonic() - started)
                if ahead > 0:
                    time.sleep(ahead)

    def _reply(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet: the terminal is for the figures."""


class _Threads(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """A tool that was killed has gone away in the middle: that is the point."""


def main() -> None:
    """Serve until killed; the address is the first line of output."""
    _Handler.path_to_send, _Handler.rate = Path(sys.argv[1]), int(sys.argv[2])
    _Handler.delay = float(sys.argv[3])
    with _Threads(('127.0.0.1', 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        name = '' if _Handler.path_to_send.is_dir() else 'model.safetensors'
        print(f'http://127.0.0.1:{server.server_address[1]}/{name}', flush=True)
        threading.Event().wait()


if __name__ == '__main__':
    main()
