"""Questions to the API and their answers as JSON: tried again where that helps, kept for a
while.
"""

from __future__ import annotations

import json
import math
import random
import threading
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import requests
import tenacity

from .. import setting
from ..domain.backoff import exponential
from ..domain.keeping import cacheable
from ..domain.sites import host_of, is_site_host
from ..errors import ApiError, BotCheck, HostResting, RateLimited, RedirectRefused, UnexpectedBody
from ..notify import board
from ..store.hosts import Hosts
from ..store.slots import Slots
from .answers import HEAD_BYTES, Refusal
from .decoding import begins_as_json, decoded
from .exchange import Exchange
from .redirect import MOST_HOPS, REDIRECTS, next_address
from .stream import Body

if TYPE_CHECKING:
    from .answer_cache import AnswerCache, Kept

_JSON_HEADERS = {'Accept': 'application/json', 'Accept-Encoding': 'gzip, deflate'}
_LARGEST_JSON = 64 << 20
_ATTEMPTS_BESIDE_AN_OLD_ANSWER = 2
_SECONDS_BESIDE_AN_OLD_ANSWER = 5.0

Method = Literal['GET', 'POST']


@dataclass(frozen=True)
class Answer:
    """Decoded JSON (an object or a list). ``given`` is when (seconds since 1970) it was, if it was
    kept since then; ``old_since`` the same if Civitai is away and this is what it said last, None
    for an answer that still holds.
    """

    data: Any
    old_since: float | None = None
    given: float | None = None


@dataclass(frozen=True)
class Question:
    """A request for JSON. ``what`` is the thing asked for, for the words of "not found"."""

    method: Method
    url: str
    params: Mapping[str, Any] | None = None
    body: Any = None
    what: str = ''


class Asking(Exchange):
    """An exchange that knows the API's manners."""

    def __init__(
        self,
        api_key: str | None = None,
        timeout: float | None = None,
        max_retries: int | None = None,
    ) -> None:
        super().__init__(api_key, timeout, max_retries)
        self._cache_folder: Path | None = None
        self._cache: AnswerCache | None = None
        self._cache_lock = threading.Lock()

    def share_with(self, hosts: Hosts, slots: Slots, answers: Path) -> None:
        """Keep the pace together with the other processes that know ``hosts`` and ``slots``, and
        answers of the API in the folder ``answers``.
        """
        self.pace.share(hosts, slots)
        self._keep_in(answers)

    def stand_alone(self) -> None:
        """Share nothing any more, as before :meth:`share_with`."""
        self.pace.share(Hosts(), None)
        self._keep_in(None)

    def _keep_in(self, folder: Path | None) -> None:
        with self._cache_lock:
            self._cache_folder, self._cache = folder, None

    @property
    def cache(self) -> AnswerCache | None:
        """The answers that are kept, None when nobody has said where.

        Loaded when it is first needed: requests-cache takes as long to load as requests itself, and
        many commands ask the API nothing.
        """
        with self._cache_lock:
            if self._cache is None and self._cache_folder is not None:
                module = import_module('civitai_manager_libs.net.answer_cache')
                self._cache = module.AnswerCache(self._cache_folder)
            return self._cache

    def fetch_json(
        self,
        method: Method,
        url: str,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        what: str = '',
        fresh: bool = False,
    ) -> Any:
        """Decoded JSON (an object or a list) of a request; the rest as :meth:`fetch_answer`."""
        return self.fetch_answer(Question(method, url, params, body, what), fresh).data

    def fetch_answer(
        self, question: Question, fresh: bool = False, hurried: bool = False
    ) -> Answer:
        """The answer to ``question``, retried as the settings say, from the cache while it holds.
        With ``fresh`` Civitai itself is asked in any case, and its answer is not kept. ``hurried``:
        whoever asks has something to fall back on, and does not wait for many attempts.

        While Civitai is away the last answer has to do, which is told. Raises :class:`ApiError`.
        """
        request, kept = (None, None) if fresh else self._kept(question)
        host = host_of(question.url)
        if kept is not None and kept.fresh:
            self.monitor.cached(host, 'hit')
            data = self._read(question, host, kept.status, {}, kept.content)
            return Answer(data, given=kept.given)
        old = kept if kept is not None and kept.status == 200 else None
        try:
            content = self._asked(question, request, hurried or old is not None)
        except ApiError as error:
            if old is None or not _away(error):
                raise
            self.monitor.cached(host, 'stale')
            self._say_away(host, old.given)
            data = self._read(question, host, 200, {}, old.content)
            return Answer(data, old.given, old.given)
        if request is not None:
            self.monitor.cached(host, 'miss')
        board.settle(f'away:{host}')
        return Answer(content)

    def _say_away(self, host: str, since: float) -> None:
        shown = time.strftime('%Y-%m-%d %H:%M', time.localtime(since))
        board.tell('warning', 'words.old_answer', {'host': host, 'since': shown}, f'away:{host}')

    # --- what is kept -----------------------------------------------------------------------------

    def forget(self, url: str) -> None:
        """Let go of what is kept of the answer to a GET of ``url``."""
        request = _prepared(Question('GET', url))
        if self.cache is not None and request is not None:
            self.cache.forget(request)

    def _kept(self, question: Question) -> tuple[requests.PreparedRequest | None, Kept | None]:
        """The request as the cache knows it, None if its answer must not be kept, and what there
        is.
        """
        if question.method != 'GET' or not setting.current().http_cache_enabled:
            return None, None
        cache, request = self.cache, _prepared(question)
        if cache is None or request is None:
            return None, None
        if not cacheable(str(request.url), self._goes_with_key(question.url)):
            return None, None
        return request, cache.find(request)

    # --- asking -----------------------------------------------------------------------------------

    def _asked(
        self, question: Question, request: requests.PreparedRequest | None, hurried: bool
    ) -> Any:
        """The decoded answer of Civitai itself. ``hurried``: there is another to fall back on."""
        attempts, longest = self.retries + 1, math.inf
        if hurried:
            attempts = min(attempts, _ATTEMPTS_BESIDE_AN_OLD_ANSWER)
            longest = max(_SECONDS_BESIDE_AN_OLD_ANSWER, setting.current().request_delay)
            self.pace.refuse_long(host_of(question.url), longest)
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(attempts),
            retry=tenacity.retry_if_exception(lambda error: _passes(error, longest)),
            wait=self._wait,
            before_sleep=lambda _: self.monitor.retried(host_of(question.url), 'api'),
            reraise=True,
        )
        return retrying(self._once, question, request)

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
                self.rest(str(error.details.get('host', '')), 'api', wanted)
        return wanted

    def _once(self, question: Question, request: requests.PreparedRequest | None) -> Any:
        host = host_of(question.url)
        try:
            with self._turn(host, 'api'):
                return self._answered(question, request)
        except ApiError as error:
            self._count_failure(error, 'api', host)
            raise

    def _answered(self, question: Question, request: requests.PreparedRequest | None) -> Any:
        url, params, headers = question.url, question.params, dict(_JSON_HEADERS)
        data = None if question.body is None else json.dumps(question.body).encode()
        named = host_of(url)  # only this program and who writes one around it ask questions
        if data is not None:
            headers['Content-Type'] = 'application/json'
        for _ in range(MOST_HOPS):
            sent = self._send(question.method, url, headers, 'api', True, named, params, data)
            with closing(sent) as body:
                if body.status in REDIRECTS:
                    url, params = next_address(url, body.headers.get('Location', '')), None
                    continue
                return self._taken(question, request, url, body)
        raise RedirectRefused(host=host_of(url), reason='loop')

    def _taken(
        self,
        question: Question,
        request: requests.PreparedRequest | None,
        url: str,
        body: Body,
    ) -> Any:
        content = body.content(_LARGEST_JSON)
        try:
            data = self._read(question, host_of(url), body.status, body.headers, content)
        except UnexpectedBody:  # cut off somewhere, or of somebody in between
            raise
        except ApiError:
            self._keep(request, body.status, content)
            raise
        self._keep(request, body.status, content)
        return data

    def _keep(self, request: requests.PreparedRequest | None, status: int, content: bytes) -> None:
        if request is not None and self.cache is not None and begins_as_json(content):
            self.cache.keep(request, status, content)

    def _read(
        self,
        question: Question,
        host: str,
        status: int,
        headers: Mapping[str, str],
        content: bytes,
    ) -> Any:
        """The decoded ``content`` of an answer. Raises what its ``status`` means."""
        if not 200 <= status < 300:
            raise Refusal(
                status,
                host,
                question.what or question.url.partition('?')[0],
                headers,
                content[:HEAD_BYTES],
                key_sent=self._goes_with_key(question.url),
                site=is_site_host(host, setting.current().civitai_base_url),
            ).error()
        return decoded(content, status, host)


def _prepared(question: Question) -> requests.PreparedRequest | None:
    """The request for ``question``, None for what is no address: that is said when it is asked."""
    try:
        return requests.Request(question.method, question.url, params=question.params).prepare()
    except (requests.RequestException, ValueError):
        return None


def _passes(error: BaseException, longest: float) -> bool:
    """Whether another attempt may help, after ``longest`` seconds at most. Where a host is left
    alone it only keeps a person waiting.
    """
    if not isinstance(error, ApiError) or isinstance(error, HostResting):
        return False
    return error.retryable and (getattr(error, 'wait_seconds', None) or 0.0) <= longest


def _away(error: ApiError) -> bool:
    """Whether Civitai cannot answer at the moment, whatever it was asked."""
    return error.retryable or isinstance(error, BotCheck)
