"""One request and its answer, with the key where it belongs, the pace, the retries and the
counters."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from typing import Any, Literal

import tenacity

from .. import __version__, setting
from ..domain.backoff import exponential
from ..domain.sites import host_of, is_site_host, may_see_key
from ..errors import ApiError, HostBusy, RateLimited, RedirectRefused, UnexpectedBody
from ..util import printD, without_query
from .answers import HEAD_BYTES, Refusal, plain_words
from .failures import FAILURES, typed
from .lines import Lines
from .pace import Pace
from .redirect import MOST_HOPS, REDIRECTS, FileRequest, next_address, open_file
from .sessions import Sessions
from .source import FileSource
from .stream import Body

USER_AGENT = f'CivitaiShortcut/{__version__}'
"""Plain product name: an agent with "mozilla", "chrome" or the like in it gets web pages instead of
JSON errors (civitai-api.md section 6).
"""

Kind = Literal['api', 'download', 'image']
_JSON_HEADERS = {'Accept': 'application/json', 'Accept-Encoding': 'gzip, deflate'}
_LARGEST_JSON = 64 << 20


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
        self._timeout = timeout
        self._max_retries = max_retries
        self._sessions = Sessions(USER_AGENT)
        self._pace = Pace()
        self._lines = Lines()
        self._stats_lock = threading.Lock()
        self._stats: dict[str, Any] = {
            'total_requests': 0,
            'failed_requests': 0,
            'error_counts': Counter(),
        }

    @property
    def api_key(self) -> str:
        """The key that goes with requests to Civitai, empty when there is none."""
        return self._api_key if self._api_key is not None else setting.current().civitai_api_key

    def update_api_key(self, api_key: str) -> None:
        """Use ``api_key`` from the next request on."""
        self._api_key = api_key

    def fetch_json(
        self,
        method: Literal['GET', 'POST'],
        url: str,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        what: str = '',
    ) -> Any:
        """Decoded JSON (an object or a list) of a request, retried as the settings say.

        ``what`` is the thing asked for, for the words of "not found". Raises :class:`ApiError`.
        """
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self.retries + 1),
            retry=tenacity.retry_if_exception(
                lambda error: isinstance(error, ApiError) and error.retryable
            ),
            wait=self._wait,
            reraise=True,
        )
        return retrying(self._json_once, method, url, params, body, what)

    def open_file(
        self,
        request: FileRequest,
        kind: Kind = 'download',
        extra: Mapping[str, str] | None = None,
    ) -> Body:
        """One attempt to open a file, redirects followed by hand; status 200, 206 or 416.

        No retry here: who moves the bytes counts attempts over the whole transfer. Raises
        :class:`ApiError`.
        """
        settings = setting.current()

        def send(url: str, headers: Mapping[str, str], with_key: bool) -> Body:
            if not with_key:
                return self._from_storage(request, url, headers, kind)
            delay = settings.request_delay
            with self._pace.turn(host_of(url), settings.max_concurrent_requests, delay):
                return self._send('GET', url, headers, kind, with_key=True)

        key_sent = self._goes_with_key(request.url)
        try:
            return open_file(request, send, settings.civitai_base_url, key_sent, extra or {})
        except HostBusy:  # nothing was asked
            raise
        except ApiError as error:
            self._count_failure(error)
            raise

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
        if kind != 'download':
            return self._send('GET', url, headers, kind, with_key=False)
        host = host_of(url)
        most = setting.current().max_connections_per_host
        free = self._lines.take(host, most, request.further)
        try:
            body = self._send('GET', url, headers, kind, with_key=False)
        except BaseException:
            free()
            raise
        body.when_closed(free)
        if request.further:
            body.gives_way = lambda: self._lines.crowded(host)
        return body

    @property
    def retries(self) -> int:
        """How often a failed request is tried again."""
        given = self._max_retries
        return given if given is not None else setting.current().http_max_retries

    def close(self) -> None:
        """Close all connections; requests under way fail."""
        self._sessions.close()

    def _wait(self, retry_state: tenacity.RetryCallState) -> float:
        """Seconds before the next attempt: what the server asked for, else exponential backoff with
        jitter.
        """
        settings = setting.current()
        if not settings.enable_smart_retry:
            return settings.http_retry_delay
        error = retry_state.outcome.exception() if retry_state.outcome else None
        wanted = getattr(error, 'wait_seconds', None)
        if wanted is None:
            wanted = exponential(
                retry_state.attempt_number, settings.http_retry_delay, random.uniform
            )
        if isinstance(error, RateLimited):
            self._pace.hold(str(error.details.get('host', '')), wanted)
        return wanted

    def _json_once(
        self, method: str, url: str, params: Mapping[str, Any] | None, body: Any, what: str
    ) -> Any:
        settings = setting.current()
        try:
            with self._pace.turn(
                host_of(url), settings.max_concurrent_requests, settings.request_delay
            ):
                return self._read_json(method, url, params, body, what)
        except ApiError as error:
            self._count_failure(error)
            raise

    def _read_json(
        self, method: str, url: str, params: Mapping[str, Any] | None, sent: Any, what: str
    ) -> Any:
        headers = dict(_JSON_HEADERS)
        data = None if sent is None else json.dumps(sent).encode()
        if data is not None:
            headers['Content-Type'] = 'application/json'
        for _ in range(MOST_HOPS):
            with closing(self._send(method, url, headers, 'api', True, params, data)) as body:
                if body.status in REDIRECTS:
                    url, params = next_address(url, body.headers.get('Location', '')), None
                    continue
                content = body.content(_LARGEST_JSON)
                if not 200 <= body.status < 300:
                    raise Refusal(
                        body.status,
                        body.host,
                        what or without_query(url),
                        body.headers,
                        content[:HEAD_BYTES],
                        key_sent=self._goes_with_key(url),
                        site=is_site_host(host_of(url), setting.current().civitai_base_url),
                    ).error()
                return _decoded(content, body)
        raise RedirectRefused(host=host_of(url), reason='loop')

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        kind: Kind,
        with_key: bool,
        params: Mapping[str, Any] | None = None,
        data: bytes | None = None,
    ) -> Body:
        """One request, no redirect followed, body unread."""
        settings = setting.current()
        timeout = self._timeout if self._timeout is not None else settings.timeout_for(kind)
        headers = dict(headers)
        if with_key and self._goes_with_key(url):
            headers['Authorization'] = f'Bearer {self.api_key}'
        session = self._sessions.get(settings.http_pool_connections, settings.http_pool_maxsize)
        begun = time.monotonic()
        with self._stats_lock:
            self._stats['total_requests'] += 1
        try:
            response = session.request(
                method,
                url,
                params=params,
                headers=headers,
                data=data,
                timeout=(timeout, timeout),
                stream=True,
                allow_redirects=False,
            )
        except FAILURES as error:
            raise typed(error, host_of(url), timeout) from error
        self._log(method, url, response.status_code, begun)
        return Body(response, host_of(url), timeout)

    def _goes_with_key(self, url: str) -> bool:
        """Whether there is a key, and ``url`` may learn it."""
        return bool(self.api_key) and may_see_key(url, setting.current().civitai_base_url)

    def _count_failure(self, error: ApiError) -> None:
        with self._stats_lock:
            self._stats['failed_requests'] += 1
            self._stats['error_counts'][error.code] += 1

    def _log(self, method: str, url: str, status: int, begun: float) -> None:
        elapsed = (time.monotonic() - begun) * 1000
        address = without_query(url)
        printD(f'[http_client] {method} {address} {status} response_time: {elapsed:.1f}')
        if status >= 400:
            printD(f'[http_client] HTTP {status} error for {address}')


def _decoded(content: bytes, body: Body) -> Any:
    if content.lstrip()[:1] in (b'{', b'['):
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            pass  # said below, like any other body that is no JSON
    begins = plain_words(content[:60].decode('utf-8', 'replace'))
    raise UnexpectedBody(status=body.status, host=body.host, begins=begins)
