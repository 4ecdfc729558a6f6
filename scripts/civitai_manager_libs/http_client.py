"""The one way out of this program: every request to Civitai, its storage and its pictures goes
through here.

Two kinds of calls: those of the customer's documents, here (``get_json``, ``download_file``, ...),
never raise for a network, server or file fault, they return None or False and tell the person;
those of our own code (``fetch_json``, ``open_file``, ...) raise errors of our tree.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests

from . import setting
from .domain.quiet import limits_hold
from .errors import ApiError, ShortcutError
from .moving.fetch import FetchOrder, Watcher, fetch
from .moving.mover import Progress
from .moving.opening import MoveRules
from .moving.part import PartFile
from .moving.throttle import Throttle
from .net.asking import Asking
from .net.redirect import FileRequest
from .net.speed import SpeedMeter
from .net.stream import Body
from .notify import tell
from .util import printD, without_query
from .wording import speed_text

_TEXT_ENDINGS = ('.json', '.yaml', '.yml', '.txt', '.xml', '.md', '.csv')


class CivitaiHttpClient(Asking):
    """HTTP for Civitai; safe to use from many threads at once.

    ``api_key``, ``timeout`` (seconds) and ``max_retries`` given here win over the settings; what is
    not given is read from the settings in force at each request. ``share`` is this process's part
    of the total speed limit, less than 1 while others work on the same queue.
    """

    def __init__(
        self,
        api_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> None:
        super().__init__(api_key, timeout, max_retries)
        self.share = 1.0
        self._together = Throttle(self._speed_of_all)

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
        request = FileRequest(url, look_inside=False, typed=True)
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

        source = self.file_source(FileRequest(url, text_expected=text_expected, typed=True))

        def run() -> bool:
            if not resume:
                _drop_part(order)
            try:
                fetch(order, source.open, self.move_rules, threading.Event(), Watcher(report))
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

    def throttle(self) -> Throttle | None:
        """What bounds all transfers of this process together; None while nothing does."""
        return self._together if self._speed_of_all() > 0 else None

    def _speed_of_all(self) -> float:
        """Bytes a second for all transfers of this process together, 0 for as many as there are."""
        settings = setting.current()
        if not settings.total_speed_limit_kb:
            return 0.0
        if not limits_hold(settings.quiet, time.localtime()):
            return 0.0
        return settings.total_speed_limit_kb * 1024 * self.share

    def move_rules(self) -> MoveRules:
        """What the settings in force say about moving a file: over one connection."""
        settings = setting.current()
        limited = limits_hold(settings.quiet, time.localtime())
        return MoveRules(
            piece=settings.http_chunk_size,
            retries=self.retries,
            first_wait=settings.http_retry_delay,
            smart=settings.enable_smart_retry,
            free_floor=settings.minimum_free_space_mb << 20,
            speed=settings.download_speed_limit_kb * 1024 if limited else 0,
            shared=self._together,
            again=self._count_retry,
        )

    def _count_retry(self, error: ApiError) -> None:
        self.monitor.retried(str(error.details.get('host', '')), 'file')


class OptimizedHTTPClient(CivitaiHttpClient):
    """The client that fetches a large file over several connections at once, as many as the
    settings allow; :func:`get_http_client` gives it.
    """

    def move_rules(self) -> MoveRules:
        settings = setting.current()
        connections = settings.http_max_parallel_chunks
        if not settings.http_enable_chunked_download:
            connections = 1
        return replace(super().move_rules(), connections=connections)


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
            _client = OptimizedHTTPClient()
        return _client
