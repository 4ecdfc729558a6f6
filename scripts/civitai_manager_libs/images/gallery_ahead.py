"""The page of a gallery that comes after the one on the screen, fetched before anybody asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit, urlunsplit

from ..domain.gallery_names import is_web_address
from ..http_client import CivitaiHttpClient

_LEADS_ASTRAY = ('cursor', 'page', 'token')


def next_page(client: CivitaiHttpClient, page_url: str, paging: object) -> str | None:
    """The address of the page after ``page_url``, None when that is the last one.

    ``paging`` is what the caller knows: ``totalPageUrls`` (all addresses in their order) or the
    ``metadata`` of the answer (``nextCursor``, ``nextPage``); if it says nothing, the page itself
    is asked for, which is kept. Raises :class:`ApiError`.
    """
    known = paging if isinstance(paging, Mapping) else {}
    listed = known.get('totalPageUrls')
    if isinstance(listed, (list, tuple)) and page_url in listed:
        following = [*listed, None][listed.index(page_url) + 1]
        return str(following) if is_web_address(following) else None
    cursor = _cursor(known)
    if cursor is None and not known.keys() & {'nextCursor', 'nextPage'}:
        body = client.fetch_json('GET', page_url)
        cursor = _cursor(body.get('metadata') if isinstance(body, dict) else None)
    return None if cursor is None else _with_cursor(page_url, cursor)


def addresses_on(client: CivitaiHttpClient, page_url: str) -> list[str]:
    """The addresses of the pictures on a page, which is kept from now on. Raises
    :class:`ApiError`.
    """
    body: Any = client.fetch_json('GET', page_url)
    items = body.get('items') if isinstance(body, dict) else None
    found = [one.get('url') for one in items or [] if isinstance(one, dict)]
    return [str(address) for address in found if is_web_address(address)]


def _cursor(metadata: object) -> str | None:
    """The cursor of the next page. A link to it may lead to another host (civitai-api.md section
    4), so only the cursor in it is used.
    """
    if not isinstance(metadata, Mapping):
        return None
    given = metadata.get('nextCursor')
    if given not in (None, ''):
        return str(given)
    link = metadata.get('nextPage')
    found = parse_qs(urlsplit(link).query).get('cursor') if isinstance(link, str) else None
    return found[0] if found else None


def _with_cursor(page_url: str, cursor: str) -> str:
    parts = urlsplit(page_url)
    kept = [pair for pair in parse_qsl(parts.query) if pair[0].lower() not in _LEADS_ASTRAY]
    query = urlencode([*kept, ('cursor', cursor)])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ''))
