"""One request and its answer, with the key where it belongs, the pace, and everything counted."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal

from .. import __version__, setting
from ..domain.sites import host_of, is_configured, is_site_host, may_see_key
from ..errors import (
    ApiError,
    BodyCut,
    HostBusy,
    HostResting,
    KeyRefused,
    LoginPage,
    PrivateAddress,
    RateLimited,
    RedirectRefused,
    UnexpectedBody,
)
from ..logs import log_answer, log_failure
from ..monitoring import get_http_monitor
from ..redaction import hide
from ..util import without_query
from .failures import FAILURES, is_away, typed
from .lines import Lines
from .pace import Pace
from .redirect import FileRequest, open_file
from .sessions import Sessions
from .source import FileSource
from .stream import Body

USER_AGENT = f'CivitaiShortcut/{__version__}'
"""Plain product name: an agent with "mozilla", "chrome" or the like in it gets web pages instead of
JSON errors (civitai-api.md section 6).
"""

Kind = Literal['api', 'file', 'image']
_NO_STATUS_SAYS = (BodyCut, LoginPage, PrivateAddress, RedirectRefused, UnexpectedBody)


class Exchange:
    """Talks HTTP to Civitai in typed errors; safe to use from many threads at once.

    ``api_key``, ``timeout`` (seconds) and ``max_retries`` given here win over the settings; what is
    not given is read from the settings in force at each request.
    """

    def __init__(
        self,
        api_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> None:
        self._api_key = api_key
        hide(api_key or '')
        self._timeout = timeout
        self._max_retries = max_retries
        # apart, so that no connection to a host that somebody named serves anybody else's address
        self._sessions = {named: Sessions(USER_AGENT, outside=not named) for named in (True, False)}
        self._picture_sessions = {
            named: Sessions(USER_AGENT, outside=not named) for named in (True, False)
        }
        self._lines = Lines()
        self._stats_lock = threading.Lock()
        self._stats: dict[str, Any] = {
            'total_requests': 0,
            'failed_requests': 0,
            'error_counts': Counter(),
        }
        self.pace = Pace()
        self.monitor = get_http_monitor()

    @property
    def api_key(self) -> str:
        """The key that goes with requests to Civitai, empty when there is none."""
        return self._api_key if self._api_key is not None else setting.current().civitai_api_key

    def update_api_key(self, api_key: str) -> None:
        """Use ``api_key`` from the next request on."""
        hide(api_key)
        self._api_key = api_key

    @property
    def retries(self) -> int:
        """How often a failed request is tried again."""
        given = self._max_retries
        return given if given is not None else setting.current().http_max_retries

    def close(self) -> None:
        """Close all connections that are not in use."""
        for sessions in (*self._sessions.values(), *self._picture_sessions.values()):
            sessions.close()

    # --- files ------------------------------------------------------------------------------------

    def open_file(
        self,
        request: FileRequest,
        kind: Kind = 'file',
        extra: Mapping[str, str] | None = None,
    ) -> Body:
        """One attempt to open a file, redirects followed by hand; status 200, 206 or 416.

        No retry here: who moves the bytes counts attempts over the whole transfer. Raises
        :class:`ApiError`.
        """

        def send(url: str, headers: Mapping[str, str], with_key: bool) -> Body:
            if not with_key:
                body = self._from_storage(request, url, headers, kind)
            else:
                with self._turn(host_of(url), kind):
                    body = self._get(request, url, headers, kind, with_key=True)
            if request.opened is not None:
                request.opened(body)
            return body

        key_sent, base_url = self._goes_with_key(request.url), setting.current().civitai_base_url
        try:
            body = open_file(request, send, base_url, key_sent, extra or {})
        except HostBusy:  # nothing was asked
            raise
        except ApiError as error:
            self._count_failure(error, kind, host_of(request.url))
            raise
        host = body.host
        body.broke_off = lambda error: self._count_failure(error, kind, host)
        return body

    def file_source(self, request: FileRequest) -> FileSource:
        """The file of ``request``, to be asked for in pieces."""
        return FileSource(
            request,
            self.open_file,
            lambda url: is_site_host(host_of(url), setting.current().civitai_base_url),
        )

    def _from_storage(
        self, request: FileRequest, url: str, headers: Mapping[str, str], kind: Kind
    ) -> Body:
        """The answer of whoever has the files, in one of the places for connections there."""
        host = host_of(url)
        if kind != 'file':
            self._check(host, kind)
            return self._get(request, url, headers, kind)
        most = setting.current().max_connections_per_host
        free = self._lines.take(host, most, request.further)
        try:
            self._check(host, kind)  # who has no place yet cannot be the one that tries
            body = self._get(request, url, headers, kind)
        except BaseException:
            free()
            raise
        body.when_closed(free)
        if request.further:
            body.gives_way = lambda: self._lines.crowded(host)
        return body

    def _get(
        self,
        request: FileRequest,
        url: str,
        headers: Mapping[str, str],
        kind: Kind,
        with_key: bool = False,
    ) -> Body:
        named = host_of(request.url) if request.typed else ''
        return self._send('GET', url, headers, kind, with_key, named, timeout=request.timeout)

    def _turn(self, host: str, kind: Kind) -> AbstractContextManager[None]:
        """See :meth:`.Pace.turn`; who waits already goes by a changed number of places."""
        delay = setting.current().request_delay
        return self.pace.turn(
            host, lambda: setting.current().max_concurrent_requests, delay, self._seconds(kind)
        )

    def _check(self, host: str, kind: Kind) -> None:
        delay, often = setting.current().request_delay, kind == 'image'
        self.pace.check(host, delay, self._seconds(kind), often)

    # --- one request ------------------------------------------------------------------------------

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        kind: Kind,
        with_key: bool,
        named: str,
        params: Mapping[str, Any] | None = None,
        data: bytes | None = None,
        timeout: float | None = None,
    ) -> Body:
        """One request, no redirect followed, body unread. ``named`` is the host that a person has
        named, which may lie in their network like those of the settings; no other host may.
        """
        settings, host, timeout = setting.current(), host_of(url), self._seconds(kind, timeout)
        headers, keyed = dict(headers), with_key and self._goes_with_key(url)
        if keyed:
            headers['Authorization'] = f'Bearer {self.api_key}'
        known = is_configured(url, settings.civitai_base_url) or host == named != ''
        around, kept = self._sessions, settings.http_pool_maxsize
        if kind == 'image':  # as many as may come at once, or they would be made again and again
            around, kept = self._picture_sessions, max(kept, settings.images_max_concurrent)
        with self._stats_lock:
            self._stats['total_requests'] += 1
        begun = time.monotonic()
        try:
            shape = settings.http_pool_connections, kept
            response = around[known].send(shape, method, url, headers, timeout, params, data)
        except FAILURES as error:
            failure = typed(error, host, timeout)
            self.monitor.requested(host, kind, None, time.monotonic() - begun, keyed)
            log_failure(failure.code, without_query(url))
            if is_away(failure):
                self.pace.failed(host, self._attempts(kind))
            raise failure from error
        seconds, status = time.monotonic() - begun, response.status_code
        self.monitor.requested(host, kind, status, seconds, keyed)
        if status >= 500:
            self.pace.failed(host, self._attempts(kind))
        else:
            self.pace.answered(host, often=kind == 'image')
        log_answer(method, without_query(url), status, seconds * 1000)
        return Body(response, host, timeout, lambda count: self.monitor.received(host, kind, count))

    def _seconds(self, kind: Kind, told: float | None = None) -> float:
        """How long a server may be silent; ``told`` is what this one request says of it."""
        if self._timeout is not None:
            return self._timeout
        if told is not None:
            return told
        return setting.current().timeout_for('download' if kind == 'file' else kind)

    def _attempts(self, kind: Kind) -> int:
        """How often one request is tried at most; of a file, over all its connections, and of
        pictures, all that may come at once: they fail together, too.
        """
        settings = setting.current()
        together = {
            'file': settings.max_connections_per_host,
            'image': settings.images_max_concurrent,
        }
        return (self.retries + 1) * together.get(kind, 1)

    def _goes_with_key(self, url: str) -> bool:
        """Whether there is a key, and ``url`` may learn it."""
        return bool(self.api_key) and may_see_key(url, setting.current().civitai_base_url)

    def _count_failure(self, error: ApiError, kind: Kind, asked: str) -> None:
        """An attempt gave nothing; ``asked`` is the host when the error names none."""
        if isinstance(error, HostResting):  # nothing was asked
            return
        host = str(error.details.get('host') or asked)
        with self._stats_lock:
            self._stats['failed_requests'] += 1
            self._stats['error_counts'][error.code] += 1
        self.monitor.failed(host, kind, error)
        if isinstance(error, _NO_STATUS_SAYS):
            log_failure(error.code, host)
        if isinstance(error, KeyRefused):
            self.monitor.key_refused()
        if isinstance(error, RateLimited) and error.wait_seconds is not None:
            self.rest(host, kind, error.wait_seconds)

    def rest(self, host: str, kind: Kind, seconds: float) -> None:
        """``host`` has asked for ``seconds`` without requests."""
        self.monitor.waited(host, kind, seconds)
        self.pace.hold(host, seconds)
