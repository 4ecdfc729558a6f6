"""``serve``: the page in a browser, and the worker of the queue."""

from __future__ import annotations

import argparse
import contextlib
import errno
import ipaddress
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import FastAPI

from .. import i18n
from ..domain.task import State
from ..errors import AddressInUse, ExitCode, ListenAddressUnknown
from ..util import OwnThread
from ..faces.assembly import Examples, build_face
from ..faces.own_page import web_application
from .environment import Environment
from .heap import return_large_blocks

if TYPE_CHECKING:
    from ..demo import DemoLink

DEFAULT_PORT = 7865
_PORTS_TRIED = 50
_GOODBYE_SECONDS = 3

_Place = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``serve`` understands."""
    parser.add_argument(
        '--host', default='127.0.0.1', metavar='HOST', help=i18n.text('page.cli_host')
    )
    parser.add_argument('--port', type=_port, metavar='N', help=i18n.text('page.cli_port'))
    parser.add_argument('--auth', type=_auth, metavar='USER:PASS', help=i18n.text('page.cli_auth'))
    parser.add_argument(
        '--name', action='append', default=[], metavar='NAME', help=i18n.text('page.cli_name')
    )
    parser.add_argument(
        '--open', action=argparse.BooleanOptionalAction, help=i18n.text('page.cli_open')
    )


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Serve until somebody ends it; downloads then rest and go on at the next start."""
    return_large_blocks()
    host = _bare(arguments.host) or '127.0.0.1'
    listening = listen(host, arguments.port)
    with contextlib.closing(listening):
        port = listening.getsockname()[1]
        if arguments.port is None and port != DEFAULT_PORT:
            print(
                i18n.text('page.cli_port_taken', wanted=DEFAULT_PORT, port=port),
                file=environment.stderr,
            )
        if not _is_loopback(host) and not arguments.auth:
            print(i18n.text('page.cli_open_to_all', host=host), file=environment.stderr)
        app = environment.open_app()
        local = _is_loopback(host) and not arguments.auth
        face = build_face(
            app,
            local=local,
            examples=_examples(environment),
            demo=bool(environment.demo),
            language=environment.language,
        )
        names = arguments.name if local else None  # others are open, or ask for a login
        server = _server(web_application(face, arguments.auth, names))
        app.engine.start()
        app.shortcuts.start()
        try:
            return _serve(server, listening, host, arguments.open, environment)
        finally:
            app.engine.stop(State.QUEUED)


def _examples(environment: Environment) -> Examples:
    demo = environment.demo
    if demo is None:
        return Examples()
    return Examples(lambda: _shown(demo.links), lambda: _shown(demo.gallery_links))


def _shown(links: Iterable[DemoLink]) -> tuple[tuple[str, str], ...]:
    chinese = i18n.language() == 'zh-TW'
    return tuple((link.url, link.shows_zh if chinese else link.shows) for link in links)


def _serve(
    server: uvicorn.Server,
    listening: socket.socket,
    host: str,
    wanted_open: bool | None,
    environment: Environment,
) -> int:
    address = _address(host, listening.getsockname()[1])
    thread = OwnThread(target=server.run, kwargs={'sockets': [listening]}, daemon=True)
    with _until_terminated() as ended:
        thread.start()
        while not server.started and thread.is_alive():
            ended.wait(0.05)
        if thread.is_alive() and not ended.is_set():
            print(
                i18n.text('page.cli_address', address=address), file=environment.stdout, flush=True
            )
            if _may_open(wanted_open):
                webbrowser.open(address)
        try:
            while thread.is_alive() and not ended.wait(0.5):
                pass
        finally:
            server.should_exit = True
            thread.join(_GOODBYE_SECONDS)
    return ExitCode.DONE if ended.is_set() else ExitCode.FAULT


def _server(web: FastAPI) -> uvicorn.Server:
    config = uvicorn.Config(
        web,
        log_level='critical',
        access_log=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=30,
    )
    return uvicorn.Server(config)


# --- where it listens ----------------------------------------------------------------------------


def listen(host: str, port: int | None) -> socket.socket:
    """A socket that listens at ``port``; without one at the usual port or the next free one.

    Raises :class:`ListenAddressUnknown` and :class:`AddressInUse`.
    """
    place = _found(host)
    ports = [port] if port is not None else [*range(DEFAULT_PORT, DEFAULT_PORT + _PORTS_TRIED), 0]
    problem: OSError | None = None
    for one in ports:
        try:
            return _bound(place, one)
        except OverflowError:
            problem = None
        except OSError as error:
            problem = error
            if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):  # no port helps
                raise ListenAddressUnknown(host=host, reason=_reason(error)) from error
    raise AddressInUse(host=host, port=ports[0], reason=_reason(problem))


def _reason(problem: Exception | None) -> str:
    return getattr(problem, 'strerror', None) or 'unusable'


def _found(host: str) -> _Place:
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:  # the latter for what cannot be a name at all
        raise ListenAddressUnknown(host=host, reason=_reason(error)) from error
    return found[0]


def _bound(place: _Place, port: int) -> socket.socket:
    family, kind, protocol, _, (number, _, *rest) = place
    address = (number, port, *rest)
    listening = socket.socket(family, kind, protocol)
    try:
        if os.name == 'posix':  # elsewhere this would let two programs share one port
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(128)
    except OSError:
        listening.close()
        raise
    return listening


def _is_loopback(host: str) -> bool:
    if host == 'localhost':
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bare(host: str) -> str:
    """``host`` without the brackets that it has in addresses of pages, if it is one of IPv6."""
    return host[1:-1] if host[:1] == '[' and host[-1:] == ']' else host


def _address(host: str, port: int) -> str:
    shown = {'0.0.0.0': '127.0.0.1', '::': '[::1]'}.get(host, host)
    if ':' in shown and not shown.startswith('['):
        shown = f'[{shown}]'
    return f'http://{shown}:{port}/'


def _port(value: str) -> int:
    if not value.isascii() or not value.isdigit() or int(value) > 65535:
        raise argparse.ArgumentTypeError(i18n.text('cli.serve.port_shape'))
    return int(value)


def _auth(value: str) -> tuple[str, str]:
    user, _, word = value.partition(':')
    if not user or not word:
        raise argparse.ArgumentTypeError(i18n.text('page.cli_auth_shape'))
    return user, word


def _may_open(wanted: bool | None) -> bool:
    """Asked for, or somebody sits before this machine: a terminal, and a display to open a browser
    on.
    """
    if wanted is not None:
        return wanted
    display = sys.platform in ('win32', 'darwin') or any(
        os.environ.get(name) for name in ('DISPLAY', 'WAYLAND_DISPLAY')
    )
    return display and sys.stdin.isatty() and sys.stdout.isatty()


@contextlib.contextmanager
def _until_terminated() -> Iterator[threading.Event]:
    """An event that a polite kill sets; Ctrl-C stays what it is."""
    ended = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        ended.set()

    before = signal.signal(signal.SIGTERM, note)
    try:
        yield ended
    finally:
        signal.signal(signal.SIGTERM, before)
