"""What an HTTP answer that is no success means (civitai-api.md sections 6 and 9).

Everything here works on what the server sent (status, headers, the first kilobytes of the body) and
returns errors of our tree; nothing is raised for a success.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone

from ..domain.backoff import retry_after
from ..errors import (
    AccessDenied,
    ApiError,
    BotCheck,
    Detail,
    DownloadsDisabled,
    EarlyAccess,
    Gone,
    KeyNeeded,
    KeyRefused,
    NotFound,
    OriginTimeout,
    PageCap,
    RateLimited,
    RegionBlocked,
    RequestRefused,
    ServerTrouble,
)
from ..redaction import without_secrets

HEAD_BYTES = 4096
_SAID = 160
_BEHIND_TOO_SLOW = (504, 522, 524)


@dataclass(frozen=True)
class Refusal:
    """An answer that did not give what was asked for, as far as it was read.

    ``head`` is at most :data:`HEAD_BYTES` of the body, ``key_sent`` whether the request carried the
    key, ``what`` the thing asked for in words for the person (a path), ``site`` whether the address
    asked for was one of Civitai's.
    """

    status: int
    host: str
    what: str
    headers: Mapping[str, str] = field(default_factory=dict)
    head: bytes = b''
    key_sent: bool = False
    site: bool = True

    @property
    def said(self) -> str:
        """The server's own words, short, whatever shape they came in."""
        return plain_words(_words(self.head))[:_SAID]

    def error(self) -> ApiError:
        """The error of our tree for this answer."""
        if self.status in (401, 403) or self._bot_check():
            return self._access_error()
        if self.status == 404:
            return NotFound(what=self.what)
        if self.status == 410:
            return Gone(what=self.what)
        if self.status == 451:
            return RegionBlocked(host=self.host)
        if self.status == 429:
            return self._limit_error()
        if self.status == 408 or self.status >= 500:
            kind = OriginTimeout if self.status in _BEHIND_TOO_SLOW else ServerTrouble
            said: dict[str, Detail] = {} if self.site else {'said': self.said}
            return kind(self._wanted_wait(), status=self.status, host=self.host, **said)
        return RequestRefused(status=self.status, host=self.host, said=self.said)

    def _wanted_wait(self) -> float | None:
        return retry_after(self.headers.get('Retry-After'), datetime.now(timezone.utc))

    def _bot_check(self) -> bool:
        if self.status not in (403, 503):
            return False
        return self.headers.get('cf-mitigated') == 'challenge' or b'challenge-platform' in self.head

    def _access_error(self) -> ApiError:
        if self._bot_check():
            return BotCheck(host=self.host)
        if not self.site:
            return AccessDenied(status=self.status, host=self.host, said=self.said)
        body = _json_object(self.head)
        words = self.said.lower()
        if 'disabled downloads' in words:
            return DownloadsDisabled()
        if body.get('error') == 'Early Access' or 'early access' in words:
            deadline = body.get('deadline')
            return EarlyAccess(deadline=deadline if isinstance(deadline, str) else None)
        if self.status == 401 or 'logged in' in words:
            return KeyRefused() if self.key_sent else KeyNeeded()
        return AccessDenied(status=self.status, host=self.host, said=self.said)

    def _limit_error(self) -> ApiError:
        if 'too many pages' in self.said.lower():
            return PageCap()
        return RateLimited(wait_seconds=self._wanted_wait(), status=429, host=self.host)


def _decoded(head: bytes) -> object:
    """JSON of a body that was read to its end; raises :class:`ValueError` for everything else."""
    try:
        return json.loads(head)
    except RecursionError as error:
        raise ValueError('nested too deep') from error


def _json_object(head: bytes) -> dict[str, object]:
    try:
        body = _decoded(head)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def plain_words(text: str) -> str:
    """What a server said on one line, without secrets and without what steers a terminal."""
    shown = ''.join(sign if sign.isprintable() else ' ' for sign in text)
    return without_secrets(' '.join(shown.split()))


def _words(head: bytes) -> str:
    """The texts of the recorded body shapes: error, message (of a WebUI: detail, errors), a list of
    issues, else the raw start.
    """
    try:
        body = _decoded(head)
    except ValueError:
        return head.decode('utf-8', 'replace')
    if isinstance(body, list):
        body = body[0] if body else ''
    if isinstance(body, dict):
        error = body.get('error')
        if isinstance(error, dict):
            error = error.get('message')
        found = (error, *(body.get(name) for name in ('message', 'detail', 'errors')))
        parts = [part for part in found if isinstance(part, str) and part]
        return ': '.join(dict.fromkeys(parts))
    return str(body)


def looks_like_page(content_type: str, head: bytes, text_expected: bool) -> bool:
    """Whether a body of status 200 is a web page or an API message and not the file that was asked
    for.

    ``head`` is the start of the body. A weight file never begins with markup or with readable JSON:
    the first eight bytes of a safetensors file are a length whose upper bytes are zero, so a NUL
    among them clears it. Where the file itself is text (``text_expected``: .json, .yaml, .txt),
    only HTML is suspicious.
    """
    kind = content_type.split(';')[0].strip().lower()
    start = head[:64].lstrip(b'\xef\xbb\xbf \t\r\n').lower()
    if kind in ('text/html', 'application/xhtml+xml') or start.startswith(
        (b'<!doctype html', b'<html', b'<head')
    ):
        return True
    if text_expected:
        return False
    if kind.endswith(('/json', '/xml', '+json', '+xml')):
        return True
    return b'\0' not in head[:64] and start.startswith((b'<?xml', b'<error', b'{"', b'{ "', b'[{"'))
