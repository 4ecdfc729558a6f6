"""Addresses as people paste them: whose host, what the path says, what of it may be shown.

Hosts are compared exactly (civitai-api.md section 10): ``civitai.com.evil.example`` and
``civitai.com@evil.example`` are other sites.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit, urlunsplit

from .sites import PICTURE_HOSTS, host_of, is_site_host

LONGEST_LINK = 8192
_SHOWN = 80
_LOOKED_AT = 400
_SCHEME = re.compile(r'([a-z][a-z0-9+.-]*)://', re.IGNORECASE)
_ENCODED_SCHEME = re.compile(r'https?%3a%2f%2f', re.IGNORECASE)
# Readers of addresses disagree about these in a host (``civitai.com\@evil.example``), so none is
# taken.
_ODD_IN_HOST = re.compile(r'[\s\\<>"{}|^`%\x00-\x20\x7f]')
_SIGNS = re.compile(r'[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+')
_LOGIN = re.compile(r'//[^/\s]*@|[^\s/:@]+:[^\s/@]+@(?=[\w-]+\.\w)')
_NAMED_SECRET = re.compile(
    r'(token|secret|password|passwd|signature|\w*key|auth\w*|bearer)\s*(?:=|%3d|:|\s)\s*\S+',
    re.IGNORECASE,
)
_SECRET_IN_PATH = re.compile(
    r'(token|secret|passw\w*|signature|\w*key|auth\w*)(=|%3d)[^/&]+', re.IGNORECASE
)
_LONG_RUN = re.compile(r'[A-Za-z0-9_]{20,}')
_KEY_LENGTH = 32


@dataclass(frozen=True)
class Link:
    """An http(s) address taken apart.

    ``parts`` are the decoded parts of the path without empty ones, ``values`` holds what the query
    gives each name (in lower case), ``query`` the first value of each. ``ours`` says that the host
    is Civitai or the configured server, ``picture`` that it is Civitai's picture server. ``url`` is
    the address to fetch, without fragment; ``shown`` goes without login and query as well.
    """

    parts: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]] = field(repr=False)
    ours: bool
    picture: bool
    url: str = field(repr=False)
    shown: str

    @property
    def query(self) -> Mapping[str, str]:
        return {name: values[0] for name, values in self.values.items()}


def read_link(text: str, base_url: str) -> Link | None:
    """``text`` as a link, or None when it is none.

    Without a scheme only Civitai's hosts, its picture servers and that of ``base_url`` are
    recognised. Schemes other than http and https are no links for us.
    """
    text = _SIGNS.sub('', text)
    if len(text) > LONGEST_LINK:
        return None
    if _ENCODED_SCHEME.match(text):
        text = unquote(text)
    if text.startswith('//'):
        text = 'https:' + text
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _without_scheme(text, base_url)
    if scheme.group(1).lower() not in ('http', 'https'):
        return None
    return _taken_apart(text, base_url)


def _without_scheme(text: str, base_url: str) -> Link | None:
    for scheme in ('https', urlsplit(base_url).scheme or 'https'):
        found = _taken_apart(f'{scheme}://{text}', base_url)
        if found is not None and (found.ours or found.picture):
            return found
    return None


def _taken_apart(address: str, base_url: str) -> Link | None:
    try:
        split = urlsplit(address)
        valid = bool(split.hostname) and (split.port is None or split.port > 0)
    except ValueError:
        return None
    netloc = split.netloc.rpartition('@')[2]
    if not valid or '\\' in split.netloc or _ODD_IN_HOST.search(netloc):
        return None
    host = host_of(address)
    ours = is_site_host(host, base_url)
    path = split.path
    return Link(
        parts=tuple(part.strip() for part in unquote(path).split('/') if part.strip()),
        values=_values(split.query),
        ours=ours,
        picture=host in PICTURE_HOSTS,
        url=urlunsplit(split._replace(query=_foreign_query(split), fragment='')),
        shown=f'{split.scheme.lower()}://{netloc.lower()}'
        + _SECRET_IN_PATH.sub(r'\1\2…', re.split('%3f', path, flags=re.IGNORECASE)[0]),
    )


def _values(query: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(query):
        # '&amp;' is what is left when a link was copied out of the source of a page.
        key = name.lower().removeprefix('amp;')
        cleaned = _SIGNS.sub('', value).strip()
        if cleaned:
            found[key] = (*found.get(key, ()), cleaned)
    return found


def _foreign_query(split: SplitResult) -> str:
    """The query another server needs (signatures), minus a Civitai key.

    A path like Civitai's download address means that ``token=`` is a key of Civitai, whoever the
    host is.
    """
    if '/api/download/' not in split.path.lower():
        return split.query
    kept = [pair for pair in split.query.split('&') if not pair.lower().startswith('token=')]
    return '&'.join(kept)


def safe_text(text: str) -> str:
    """``text`` short and fit to show, store and log: without login, query, anything like a key.

    A run of twenty and more letters and digits is shown by its first eight only when it can be a
    mistyped hash; 32 hex digits are what a key of Civitai looks like.
    """
    if len(text) > _LOOKED_AT:
        text = re.sub('[A-Za-z0-9_]+$', '', text[:_LOOKED_AT])  # half a key is not shown either
    flat = ' '.join(_SIGNS.sub(' ', text).split())
    flat = _LOGIN.sub(lambda login: '//' if login.group().startswith('//') else '', flat)
    flat = re.split(r'[?#]|%3f', flat, maxsplit=1, flags=re.IGNORECASE)[0]
    flat = _LONG_RUN.sub(_shortened, _NAMED_SECRET.sub(r'\1=…', flat))
    return flat if len(flat) <= _SHOWN else flat[: _SHOWN - 1] + '…'


def _shortened(run: re.Match[str]) -> str:
    text = run.group()
    hexadecimal = re.fullmatch(r'(?:0x)?[0-9A-Fa-f]+', text) is not None
    return text[:8] + '…' if hexadecimal and len(text) > _KEY_LENGTH + 2 else '…'
