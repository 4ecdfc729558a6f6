"""Which hosts are Civitai's own: where its links point, and who may see the key (civitai-api.md
section 1).
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import urlsplit

DEFAULT_BASE_URL = 'https://civitai.com'
_NAMES = ('civitai.com', 'civitai.red', 'civitai.green')
SITE_HOSTS = frozenset([*_NAMES, *(f'www.{name}' for name in _NAMES), 'api.civitai.com'])
_CONTROL = re.compile(r'[\x00-\x1f\x7f]')
_AMBIGUOUS = re.compile(r'[\\\s]')
PICTURE_HOSTS = frozenset(['image.civitai.com', 'imagecache.civitai.com', 'image-b2.civitai.com'])


@lru_cache(maxsize=256)
def host_of(url: str) -> str:
    """Host in lower case, with ``:port`` only where the address names one; empty when there is
    none.

    With a backslash or blank in it, or a control sign anywhere, an address is read as one host here
    and as another by the HTTP library, so it has none: the key could go astray.
    """
    try:
        parts = urlsplit(url)
        if _CONTROL.search(url) or _AMBIGUOUS.search(parts.netloc):
            return ''
        host, port = (parts.hostname or '').rstrip('.').lower(), parts.port
    except ValueError:
        return ''
    standard = {'http': 80, 'https': 443}.get(parts.scheme)
    return f'{host}:{port}' if port is not None and port != standard else host


def is_site_host(host: str, base_url: str = DEFAULT_BASE_URL) -> bool:
    """Whether ``host`` (as :func:`host_of` gives it) is Civitai or the server the program is
    pointed at.
    """
    return bool(host) and (host in SITE_HOSTS or host == host_of(base_url))


def is_configured(url: str, base_url: str) -> bool:
    """Whether ``url`` leads to the server the program is pointed at, whatever the port: its files
    and pictures often lie beside it.
    """
    return bool(host_of(url) and host_of(base_url)) and _name_of(url) == _name_of(base_url)


def _name_of(url: str) -> str:
    return (urlsplit(url).hostname or '').rstrip('.')


def may_see_key(url: str, base_url: str = DEFAULT_BASE_URL) -> bool:
    """Whether a request to ``url`` may carry the key.

    Only over TLS to Civitai's own hosts; the configured server gets it under its own scheme, since
    a person chose it.
    """
    host = host_of(url)
    if not host:
        return False
    scheme = urlsplit(url).scheme
    if host == host_of(base_url):
        return scheme == urlsplit(base_url).scheme
    return scheme == 'https' and host in SITE_HOSTS
