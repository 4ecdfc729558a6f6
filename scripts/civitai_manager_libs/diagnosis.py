"""Tests the way to Civitai part by part, so that a person learns which one is at fault.

The probes are requests of a client of their own: without retries, without the cache, and without
the rest that a host in trouble is given otherwise, for a test that does not ask tests nothing.
"""

from __future__ import annotations

import errno
import os
import queue
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi

from .domain.diagnosis import BAD, GOOD, NAMES, SKIPPED, SLOW, SLOW_MS, Step
from .domain.picture_links import sized_address
from .domain.sites import host_of
from .errors import (
    AccessError,
    CertificateRefused,
    ConnectionFailed,
    Gone,
    LoginPage,
    NameNotResolved,
    ShortcutError,
    TimedOut,
    UnexpectedBody,
)
from .http_client import CivitaiHttpClient
from .net.failures import FAILURES, typed
from .net.redirect import FileRequest
from .util import OwnThread

T = TypeVar('T')

STEP_SECONDS = 10.0
_TRIED = 3
_PICTURE_WIDTH = 96
_ANSWERED_BY_HOST = ('api', 'images', 'storage')
_NOWHERE = ((socket.AF_INET, '192.0.2.1'), (socket.AF_INET6, '2001:db8::1'))


class _Untestable(Exception):
    """There is nothing to test a part with; ``error`` says why where it is known."""

    def __init__(self, said: str = '', error: ShortcutError | None = None) -> None:
        self.said = said
        self.error = error


def diagnose(client: CivitaiHttpClient, base_url: str) -> Iterator[Step]:
    """Test name, secure connection, API, key, pictures and storage of the site at ``base_url`` with
    the key of ``client``, each for at most :data:`STEP_SECONDS`.

    The steps come one by one as they end, always all of :data:`.NAMES`; after one that nothing can
    do without, the others are skipped. A fault is the ``error`` of its step and is not raised. A
    host that answers is left alone by ``client`` no longer.
    """
    probe = probing(client, STEP_SECONDS)
    with closing(probe):
        tests = _Tests(probe, base_url.rstrip('/'))
        needed_failed = False
        for name in NAMES:
            step = Step(name, SKIPPED) if needed_failed else _tested(name, tests)
            needed_failed = needed_failed or (name in NAMES[:3] and step.state == BAD)
            if name in _ANSWERED_BY_HOST and step.state in (GOOD, SLOW):
                client.pace.answered(step.said)
            yield step


def probing(client: CivitaiHttpClient, seconds: float) -> CivitaiHttpClient:
    """A client for one look with the key of ``client``: one attempt, a little less than ``seconds``
    of patience. Its user closes it.
    """
    return CivitaiHttpClient(client.api_key, timeout=seconds * 0.8, max_retries=0)


def bounded(call: Callable[[], T], host: str, seconds: float) -> T:
    """What ``call()`` gives or raises; :class:`TimedOut` when it takes longer than ``seconds``.

    Some waits (the one for DNS) know no limit of their own: the thread that waits is left behind.
    """
    answers: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            answers.put((call(), None))
        except BaseException as error:  # raised again where it is waited for
            answers.put((None, error))

    OwnThread(target=run, name='probe', daemon=True).start()
    try:
        found, error = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimedOut(host=host, seconds=seconds) from None
    if error is not None:
        raise error
    return found  # type: ignore[return-value]


def _tested(name: str, tests: _Tests) -> Step:
    begun = time.monotonic()

    def elapsed() -> float:
        return (time.monotonic() - begun) * 1000

    try:
        said = bounded(getattr(tests, name), tests.host, STEP_SECONDS)
    except _Untestable as reason:
        return Step(name, SKIPPED, 0.0, reason.said, reason.error)
    except ShortcutError as error:
        return Step(name, BAD, elapsed(), '', error)
    taken = elapsed()
    return Step(name, SLOW if taken > SLOW_MS else GOOD, taken, said)


class _Tests:
    """One method for each step: gives what is to be said of it, raises errors of our tree or
    :class:`_Untestable`.
    """

    def __init__(self, probe: CivitaiHttpClient, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._probe = probe
        self._base = base_url
        self._scheme = parts.scheme
        self._name = parts.hostname or ''
        self._port = parts.port or (443 if self._scheme == 'https' else 80)
        self._models: list[Any] = []
        self.host = host_of(base_url)

    def dns(self) -> str:
        """The addresses of the site."""
        self._leave_to_proxy()
        try:
            found = socket.getaddrinfo(self._name, self._port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            if not has_route():
                reason = os.strerror(errno.ENETUNREACH)
                raise ConnectionFailed(host=self.host, reason=reason) from error
            raise NameNotResolved(host=self.host) from error
        return ', '.join(list(dict.fromkeys(str(entry[4][0]) for entry in found))[:2])

    def tls(self) -> str:
        """The version of TLS that is spoken with the site."""
        if self._scheme != 'https':
            raise _Untestable(self._scheme)
        self._leave_to_proxy()
        context = _trusting(self.host)
        try:
            line = socket.create_connection((self._name, self._port), STEP_SECONDS / 2)
            with line, context.wrap_socket(line, server_hostname=self._name) as secure:
                return secure.version() or ''
        except FAILURES as error:
            raise typed(error, self.host, STEP_SECONDS / 2) from error

    def api(self) -> str:
        """One model as the API lists it; kept for the steps that follow."""
        url = f'{self._base}/api/v1/models'
        body = self._probe.fetch_json('GET', url, params={'limit': 1})
        models = body.get('items') if isinstance(body, dict) else None
        if not isinstance(models, list):
            raise UnexpectedBody(status=200, host=self.host, begins=str(body)[:40])
        self._models = models
        return self.host

    def key(self) -> str:
        """Whom the key belongs to (civitai-api.md section 2)."""
        if not self._probe.api_key:
            raise _Untestable()
        body = self._probe.fetch_json('GET', f'{self._base}/api/v1/me', what='account')
        name = body.get('username') if isinstance(body, dict) else None
        return name if isinstance(name, str) else ''

    def images(self) -> str:
        """The first bytes of a picture of that model."""
        addresses = [
            sized_address(url, _PICTURE_WIDTH, self._base)
            for version in self._versions()
            for picture in _records(version, 'images')
            if isinstance(url := picture.get('url'), str) and host_of(url)
            if picture.get('type', 'image') == 'image'
        ]
        return self._first(addresses, lambda url: self._opened(FileRequest(url), 'image'))

    def storage(self) -> str:
        """The first byte of a file of that model, from wherever the site sends us (section 6)."""
        addresses = [
            f'{self._base}/api/download/models/{version["id"]}'
            for version in self._versions()
            if isinstance(version.get('id'), int) and _records(version, 'files')
        ]
        return self._first(addresses, self._first_byte)

    def _first_byte(self, url: str) -> str:
        try:
            return self._opened(FileRequest(url, end=1), 'file')
        except LoginPage as error:  # of the site: a login; of the storage: not its file
            if error.details.get('host') != self.host:
                raise
            raise _Untestable(error=error) from error
        except (AccessError, Gone) as error:
            raise _Untestable(error=error) from error

    def _opened(self, request: FileRequest, kind: Literal['image', 'file']) -> str:
        with closing(self._probe.open_file(request, kind=kind)) as body:
            if not body.peek(1):
                raise UnexpectedBody(status=body.status, host=body.host, begins='')
            return body.host

    def _first(self, addresses: Iterable[str], test: Callable[[str], str]) -> str:
        """The answer of the first of a few addresses that works: one picture that is gone, or one
        file that wants a purchase, says nothing of the server.
        """
        failure: ShortcutError | None = None
        untestable = _Untestable()
        for address in list(dict.fromkeys(addresses))[:_TRIED]:
            try:
                return test(address)
            except _Untestable as reason:
                untestable = reason
            except ShortcutError as error:
                failure = error
        raise failure or untestable

    def _versions(self) -> Iterator[dict[str, Any]]:
        for model in self._models:
            if isinstance(model, dict):
                yield from _records(model, 'modelVersions')

    def _leave_to_proxy(self) -> None:
        """Behind a proxy it is the proxy that resolves names, and connects to the site."""
        proxies = getproxies()
        proxy = proxies.get(self._scheme) or proxies.get('all')
        if proxy and not proxy_bypass(self._name):
            raise _Untestable(f'proxy {host_of(proxy if "://" in proxy else "http://" + proxy)}')


def has_route() -> bool:
    """Whether this computer would know where to send a packet for the internet; none is sent."""
    for family, address in _NOWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as line:
                line.connect((address, 9))
                return True
        except OSError:
            continue
    return False


def _trusting(host: str) -> ssl.SSLContext:
    """What the HTTP library trusts: the bundle of the environment, else its own."""
    bundle = os.environ.get('REQUESTS_CA_BUNDLE') or os.environ.get('CURL_CA_BUNDLE')
    place = bundle or certifi.where()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if os.path.isdir(place):
            context.load_verify_locations(capath=place)
        else:
            context.load_verify_locations(cafile=place)
    except (OSError, ssl.SSLError) as error:
        reason = f'{place}: {getattr(error, "strerror", "") or type(error).__name__}'
        raise CertificateRefused(host=host, reason=reason) from error
    return context


def _records(record: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The list ``name`` of a record without what is no record itself."""
    found = record.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
