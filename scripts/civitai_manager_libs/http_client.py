"""The one way out of this program: every request to Civitai, its storage and its pictures goes
through here.

Two kinds of calls: those of the customer's documents (``get_json``, ``download_file``, ...) never
raise for a network, server or file fault, they return None or False and tell the person; those of
our own code (``fetch_json``, ``open_file``) raise errors of our tree.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Literal

import requests
import tenacity

from . import __version__, setting
from .domain.backoff import exponential
from .domain.sites import host_of, is_site_host, may_see_key
from .errors import ApiError, RateLimited, RedirectRefused, ShortcutError, UnexpectedBody
from .moving.fetch import FetchOrder, fetch
from .moving.mover import MoveRules, Progress
from .moving.part import PartFile
from .net.answers import HEAD_BYTES, Refusal, plain_words
from .net.failures import FAILURES, typed
from .net.pace import Pace
from .net.redirect import MOST_HOPS, REDIRECTS, FileRequest, next_address, open_file
from .net.sessions import Sessions
from .net.speed import SpeedMeter
from .net.stream import Body
from .notify import tell
from .util import printD, without_query
from .wording import speed_text

USER_AGENT = f'CivitaiShortcut/{__version__}'
"""Plain product name: an agent with "mozilla", "chrome" or the like in it gets web pages instead of
JSON errors (civitai-api.md section 6).
"""

Kind = Literal['api', 'download', 'image']
_JSON_HEADERS = {'Accept': 'application/json', 'Accept-Encoding': 'gzip, deflate'}
_TEXT_ENDINGS = ('.json', '.yaml', '.yml', '.txt', '.xml', '.md', '.csv')
_LARGEST_JSON = 64 << 20


class CivitaiHttpClient:
    """HTTP for Civitai; safe to use from many threads at once.

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

    # --- for people's scripts: nothing raised, the fault is told ----------------------------------

    def get_json(self, url: str, params: Mapping[str, Any] | None = None) -> Any:
        """Decoded JSON of a GET, or None after a fault."""
        return self._told(lambda: self.fetch_json('GET', url, params=params))

    def post_json(self, url: str, json_data: Any = None) -> Any:
        """Decoded JSON of a POST of ``json_data``, or None after a fault."""
        return self._told(lambda: self.fetch_json('POST', url, body=json_data))

    def get_stream_response(
        self, url: str, headers: Mapping[str, str] | None = None
    ) -> requests.Response | None:
        """An unread response of status 200 or 206 for the caller to read and close, or None after a
        fault.
        """
        request = FileRequest(url, look_inside=False)
        body: Body | None = self._told(lambda: self.open_file(request, extra=headers))
        return body.release() if body is not None else None

    def download_file(
        self,
        url: str,
        filepath: str,
        progress_callback: Callable[[int, int], None] | None = None,
    ) -> bool:
        """Fetch ``url`` into ``filepath`` from its first byte; an existing file is replaced only by
        a whole one.

        ``progress_callback(downloaded, total)`` gets bytes; total is 0 while unknown. After a fault
        nothing is left.
        """

        def report(progress: Progress) -> None:
            if progress_callback is not None:
                progress_callback(progress.received, progress.total or 0)

        return self._download(url, Path(filepath), report, resume=False)

    def download_file_with_resume(
        self,
        url: str,
        filepath: str,
        progress_callback: Callable[[int, int, str], None] | None = None,
    ) -> bool:
        """Fetch ``url`` into ``filepath``, going on from what an earlier call has left in
        ``<filepath>.part``.

        ``progress_callback(downloaded, total, speed)`` gets bytes and a text such as ``12.3 MB/s``.
        """
        meter = SpeedMeter()

        def report(progress: Progress) -> None:
            meter.update(progress.received)
            if progress_callback is not None:
                progress_callback(progress.received, progress.total or 0, speed_text(meter.speed))

        return self._download(url, Path(filepath), report, resume=True)

    def _download(
        self, url: str, path: Path, report: Callable[[Progress], None], resume: bool
    ) -> bool:
        order = FetchOrder(path, identity=without_query(url), replace=True)
        text_expected = path.suffix.lower() in _TEXT_ENDINGS

        def open_from(start: int, validator: str | None) -> Body:
            return self.open_file(FileRequest(url, start, validator, text_expected))

        def run() -> bool:
            if not resume:
                _drop_part(order)
            try:
                fetch(order, open_from, self.move_rules, threading.Event(), report)
            except ShortcutError:
                if not resume:
                    _drop_part(order)
                raise
            return True

        return bool(self._told(run))

    def _told(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except ShortcutError as error:
            printD(f'[http_client] {error}')
            cause = f'{error.code}:{error.details.get("host", "")}'
            tell('error', f'error.{error.code}', error.details, cause)
            return None

    # --- for our own code: typed errors -----------------------------------------------------------

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
                return self._send('GET', url, headers, kind, with_key=False)
            delay = settings.request_delay
            with self._pace.turn(host_of(url), settings.max_concurrent_requests, delay):
                return self._send('GET', url, headers, kind, with_key=True)

        key_sent = self._goes_with_key(request.url)
        try:
            return open_file(request, send, settings.civitai_base_url, key_sent, extra or {})
        except ApiError as error:
            self._count_failure(error)
            raise

    @property
    def retries(self) -> int:
        """How often a failed request is tried again."""
        given = self._max_retries
        return given if given is not None else setting.current().http_max_retries

    def move_rules(self) -> MoveRules:
        """What the settings in force say about moving a file."""
        settings = setting.current()
        return MoveRules(
            piece=settings.http_chunk_size,
            retries=self.retries,
            first_wait=settings.http_retry_delay,
            smart=settings.enable_smart_retry,
            free_floor=settings.minimum_free_space_mb << 20,
        )

    def close(self) -> None:
        """Close all connections; requests under way fail."""
        self._sessions.close()

    # --- inside -----------------------------------------------------------------------------------

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


class OptimizedHTTPClient(CivitaiHttpClient):
    """The customer's second name for the client: pooled connections, retries and counters are in
    every one.
    """


def _decoded(content: bytes, body: Body) -> Any:
    if content.lstrip()[:1] in (b'{', b'['):
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            pass  # said below, like any other body that is no JSON
    begins = plain_words(content[:60].decode('utf-8', 'replace'))
    raise UnexpectedBody(status=body.status, host=body.host, begins=begins)


def _drop_part(order: FetchOrder) -> None:
    with PartFile(order.final, order.identity) as part:
        part.discard()


_client: CivitaiHttpClient | None = None
_client_lock = threading.Lock()


def get_http_client() -> CivitaiHttpClient:
    """The one client of this process."""
    global _client
    with _client_lock:
        if _client is None:
            _client = CivitaiHttpClient()
        return _client
