"""Sockets: reads requests, sends answers, and plays the faults that happen on the wire."""

from __future__ import annotations

import logging
import os
import socket
import struct
import sys
import threading
import time
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Optional
from urllib.parse import parse_qs

from .dispatch import answer_request
from .exchange import Answer, Request, World, error_answer
from .records import RequestLog, RequestRecord
from .sending import SendPlan, plan_sending

log = logging.getLogger(__name__)

_LONGEST_BODY = 4 << 20


class _Broken(Exception):
    """Raised to end a connection on purpose; `reset` sends RST instead of FIN."""

    def __init__(self, reset: bool = False) -> None:
        super().__init__()
        self.reset = reset


class DemoHandler(BaseHTTPRequestHandler):
    """One connection, HTTP/1.1 with keep-alive."""

    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True
    server: 'DemoServer'

    def log_message(self, format: str, *args: Any) -> None:
        log.debug('%s: ' + format, self.server.side, *args)

    def _serve(self) -> None:
        length = self.headers.get('Content-Length') or '0'
        size = min(int(length), _LONGEST_BODY) if length.isdigit() else 0
        body = self.rfile.read(size)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.server.side, self.command, self.path, headers, body)
        query = parse_qs(request.raw_query, keep_blank_values=True)
        record = RequestRecord(request.side, request.method, request.path, query, headers)
        self.server.requests.append(record)
        try:
            self._answer(request, record)
        except _Broken as broken:
            self._break(broken.reset)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def _answer(self, request: Request, record: RequestRecord) -> None:
        world = self.server.world
        faults, place = world.faults, (request.side, request.target, request.method)
        delay = faults.take('delay', *place)
        if delay:
            self._pause(float(delay['seconds']))
        drop = faults.take('drop', *place)
        if drop:
            raise _Broken(bool(drop['reset']))
        try:
            answer = answer_request(world, request)
        except (LookupError, TypeError, ValueError, AttributeError):
            log.exception('demo catalogue failed to answer %s', request.path)
            answer = error_answer(500, 'An unexpected error occurred')
        plan = plan_sending(world, request, answer)
        record.status = answer.status
        self.connection.sendall(self._head(answer, plan))
        if request.method != 'HEAD':
            self._send_body(answer, plan, record)
        if plan.lie:
            raise _Broken()

    def _head(self, answer: Answer, plan: SendPlan) -> bytes:
        try:
            reason = HTTPStatus(answer.status).phrase
        except ValueError:
            reason = 'Unknown'
        lines = [f'HTTP/1.1 {answer.status} {reason}', f'Date: {formatdate(usegmt=True)}']
        lines.append('Server: demo-catalogue')
        if answer.size:
            lines.append(f'Content-Type: {answer.content_type}')
        if plan.chunked:
            lines.append('Transfer-Encoding: chunked')
        else:
            lines.append(f'Content-Length: {max(answer.size + plan.lie, 0)}')
        lines += [f'{name}: {value}' for name, value in answer.headers]
        # UTF-8, since one style of file names is sent raw
        return '\r\n'.join([*lines, '', '']).encode('utf-8')

    def _send_body(self, answer: Answer, plan: SendPlan, record: RequestRecord) -> None:
        position = 0
        for block in answer.blocks():
            view = memoryview(plan.bend(block, position))
            while view:
                if plan.stall_after == position:
                    plan.stall_after = None
                    self._pause(plan.stall_seconds)
                if plan.cut_after == position:
                    raise _Broken(plan.reset)
                step = plan.step(position, len(view))
                self._write(view[:step], plan.chunked)
                position += step
                record.sent_bytes = position
                view = view[step:]
                if plan.bytes_per_second:
                    self._pause(step / plan.bytes_per_second)
        if plan.chunked:
            self.connection.sendall(b'0\r\n\r\n')

    def _write(self, data: memoryview, chunked: bool) -> None:
        if chunked:
            self.connection.sendall(f'{len(data):x}\r\n'.encode() + bytes(data) + b'\r\n')
        else:
            self.connection.sendall(data)

    def _pause(self, seconds: float) -> None:
        """Waits, but not longer than the server lives."""
        if self.server.stopping.wait(seconds):
            raise _Broken()

    def _break(self, reset: bool) -> None:
        self.close_connection = True
        if reset:
            lingering = struct.pack('ii' if os.name != 'nt' else 'hh', 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, lingering)
            self.connection.close()
            return
        self.connection.shutdown(socket.SHUT_RDWR)


class DemoServer(ThreadingHTTPServer):
    """One side of the demo server on one loopback port."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    # on Windows the option would let a second program take the same port
    allow_reuse_address = os.name != 'nt'

    def __init__(self, side: str, port: int, requests: RequestLog) -> None:
        super().__init__(('127.0.0.1', port), DemoHandler)
        self.side = side
        self.requests = requests
        self.stopping = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._world: Optional[World] = None
        self._thread: Optional[threading.Thread] = None

    @property
    def world(self) -> World:
        """What to answer from; set before serving begins."""
        if self._world is None:
            raise RuntimeError('the demo server was not given anything to serve')
        return self._world

    @property
    def address(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return f'http://127.0.0.1:{self.server_address[1]}'

    def server_bind(self) -> None:
        # not HTTPServer's own, which asks the resolver for a name and may take seconds
        socket_server_bind(self)

    @property
    def busy(self) -> bool:
        """Whether any connection is open."""
        with self._lock:
            return bool(self._connections)

    def serve(self, world: World) -> None:
        """Starts answering from `world` in a thread of its own."""
        self._world = world
        name = f'demo-{self.side}'
        target = self.serve_forever
        self._thread = threading.Thread(target=target, args=(0.02,), name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops listening and ends every connection, also those in the middle of a transfer."""
        self.stopping.set()
        if self._thread is not None:
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            _end(connection)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if isinstance(sys.exc_info()[1], OSError):
            log.debug('connection ended early', exc_info=True)
        else:
            log.exception('demo catalogue failed')


def socket_server_bind(server: DemoServer) -> None:
    """Binds the listening socket and notes the port."""
    if server.allow_reuse_address:
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.socket.bind(server.server_address)
    server.server_address = server.socket.getsockname()
    server.server_name, server.server_port = '127.0.0.1', server.server_address[1]


def _end(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        # already closed by the other end
        return


def wait_for_quiet(servers: list[DemoServer], seconds: float) -> None:
    """Waits until no connection is open any more, at most so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(server.busy for server in servers):
        time.sleep(0.005)
