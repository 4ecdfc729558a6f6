"""Opens a file by following redirects by hand (civitai-api.md section 6).

The site answers a download with a redirect to signed storage. The key goes with the first request
only; storage refuses it, and any other host would learn it. A redirect to a page of the site is how
a browser is told to log in.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urljoin, urlsplit

from ..domain.sites import SITE_HOSTS, host_of, is_site_host
from ..errors import (
    AddressExpired,
    ApiError,
    EarlyAccess,
    KeyNeeded,
    KeyRefused,
    LoginPage,
    RedirectRefused,
    ServerTrouble,
    UnexpectedBody,
)
from .answers import HEAD_BYTES, Refusal, looks_like_page, plain_words
from .stream import Body

MOST_HOPS = 8
REDIRECTS = (301, 302, 303, 307, 308)
_EXPIRED = (400, 401, 403, 410)
_SECRET_HEADERS = ('authorization', 'cookie', 'proxy-authorization')
_PAGES = ('/login', '/models', '/model-versions', '/user', '/auth', '/error')

Send = Callable[[str, Mapping[str, str], bool], Body]


@dataclass(frozen=True)
class FileRequest:
    """What to open: ``url``, its bytes from ``start`` to before ``end`` (None: to the last one), if
    the remote file is still the one with ``validator``. ``located`` is where an earlier answer
    came from: the site is not asked again then. A ``further`` connection of a file that is coming
    already gives way to other files.

    ``text_expected`` is for files that are JSON, YAML or plain text themselves. With
    ``look_inside`` the first bytes are read ahead to tell a web page from a file whatever type it
    claims to be. ``timeout`` is the longest silence in seconds, None: as the settings say.
    ``what`` names the thing in the words of a refusal (such as ``picture 5``). ``opened`` is called
    with each answer before its body is read, so that somebody else can abort that. ``typed`` says
    that a person named the host of ``url``, which may then lie in their own network.
    """

    url: str
    start: int = 0
    validator: str | None = None
    text_expected: bool = False
    look_inside: bool = True
    end: int | None = None
    located: str | None = None
    further: bool = False
    timeout: float | None = None
    what: str = ''
    opened: Callable[[Body], None] | None = None
    typed: bool = False

    @property
    def ranged(self) -> bool:
        """Whether only a part of the file is asked for."""
        return self.start > 0 or self.end is not None

    def headers(self) -> dict[str, str]:
        """The request's own headers; ``If-Range`` only with what may stand there (no weak ETag)."""
        headers = {'Accept': '*/*', 'Accept-Encoding': 'identity'}
        if self.ranged:
            last = '' if self.end is None else self.end - 1
            headers['Range'] = f'bytes={self.start}-{last}'
            if self.validator and not self.validator.startswith('W/'):
                headers['If-Range'] = self.validator
        return headers


def open_file(
    request: FileRequest,
    send: Send,
    base_url: str,
    key_sent: bool,
    extra: Mapping[str, str],
) -> Body:
    """The answer that carries the file: status 200, 206 or 416, body not read yet.

    ``send(url, headers, with_key)`` makes one request without following. ``key_sent`` tells whether
    there is a key to send, for the words of a refusal; ``extra`` are headers of the caller. Raises
    errors of our tree for everything else.
    """
    url, site = request.located or request.url, is_site_host(host_of(request.url), base_url)
    here = site and not request.located  # whether we have not left Civitai yet
    for _ in range(MOST_HOPS):
        body = send(url, {**request.headers(), **_fit_for(url, request.url, extra)}, here)
        if body.status not in REDIRECTS:
            return _checked(body, request, site, here, key_sent)
        location = body.headers.get('Location', '')
        _end(body)
        target = next_address(url, location)
        if site:
            _refuse_site_page(target, base_url, key_sent)
        url, here = target, here and is_site_host(host_of(target), base_url)
    raise RedirectRefused(host=host_of(url), reason='loop')


def _end(body: Body) -> None:
    """Close an answer of which nothing is wanted; one that is short is read first, so that its
    connection can be used again.
    """
    if body.length is not None and body.length <= HEAD_BYTES:
        with contextlib.suppress(ApiError):
            body.peek(HEAD_BYTES)
    body.close()


def _fit_for(url: str, asked: str, extra: Mapping[str, str]) -> Mapping[str, str]:
    """The caller's own headers; its secrets are for the host it named and for no other."""
    if host_of(url) == host_of(asked):
        return extra
    return {name: value for name, value in extra.items() if name.lower() not in _SECRET_HEADERS}


def next_address(url: str, location: str) -> str:
    """Where a redirect from ``url`` to ``location`` leads; raises :class:`RedirectRefused`."""
    with contextlib.suppress(UnicodeError):  # the HTTP library reads headers as latin-1
        location = location.encode('latin-1').decode('utf-8')
    try:
        target = urljoin(url, location)
        parts = urlsplit(target)
        named = bool(location and parts.hostname and parts.scheme in ('http', 'https'))
    except ValueError:
        named = False
    if not named:
        raise RedirectRefused(host=host_of(url), reason='address')
    if urlsplit(url).scheme == 'https' and parts.scheme == 'http':
        raise RedirectRefused(host=host_of(target), reason='not encrypted')
    return target


def _refuse_site_page(target: str, base_url: str, key_sent: bool) -> None:
    """Raises what a redirect of the site to one of its own pages means; storage passes."""
    parts, host = urlsplit(target), host_of(target)
    if parts.path.startswith('/login') or 'download-auth' in parse_qs(parts.query).get(
        'reason', []
    ):
        raise KeyRefused() if key_sent else KeyNeeded()
    if not is_site_host(host, base_url) or parts.path.startswith('/api/'):
        return
    if parts.path.startswith('/model-versions/'):
        raise EarlyAccess(deadline=None)
    if host in SITE_HOSTS or parts.path == '/' or parts.path.startswith(_PAGES):
        raise LoginPage(host=host)


def _checked(body: Body, request: FileRequest, site: bool, here: bool, key_sent: bool) -> Body:
    if body.status == 416 and request.ranged:
        return body
    try:
        if body.status not in (200, 206):
            raise _refusal(body, request, site, here, key_sent)
        if body.status == 200 or request.start == 0:
            kind = body.headers.get('Content-Type', '')
            head = body.peek(HEAD_BYTES) if request.look_inside else b''
            if looks_like_page(kind, head, request.text_expected):
                raise _page_error(body, site)
    except ApiError:
        body.close()
        raise
    return body


def _refusal(body: Body, request: FileRequest, site: bool, here: bool, key_sent: bool) -> ApiError:
    on_storage = request.located is not None or (site and not here)
    if on_storage and body.status in _EXPIRED:
        return AddressExpired(status=body.status, host=body.host)
    if on_storage and body.status == 404:  # storage trouble looks like this too, and passes
        return ServerTrouble(status=404, host=body.host)
    what = request.what or ('file' if site else body.host)
    refusal = Refusal(
        body.status, body.host, what, body.headers, body.peek(HEAD_BYTES), key_sent, site
    )
    return refusal.error()


def _page_error(body: Body, site: bool) -> ApiError:
    head = body.peek(HEAD_BYTES)
    if site and head.lstrip()[:1] not in (b'{', b'['):
        return LoginPage(host=body.host)
    begins = plain_words(head[:60].decode('utf-8', 'replace'))
    return UnexpectedBody(status=body.status, host=body.host, begins=begins)
