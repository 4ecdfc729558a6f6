"""Cursors, next-page links and the faults of list answers (civitai-api.md section 4)."""

from __future__ import annotations

import zlib
from typing import Any, Callable, Optional, Sequence, TypeVar
from urllib.parse import quote

from .exchange import Answer, Refusal, Request, World, error_answer, json_answer, read_int

Item = TypeVar('Item')
Json = dict[str, Any]

PAGE_CAP = 1000
PAGE_CAP_TEXT = "You've requested too many pages, please use cursors instead"


def make_cursor(offset: int) -> str:
    """An opaque cursor that names where the next page begins."""
    return f'{_check(offset)}|{offset}|25494'


def _check(offset: int) -> int:
    return zlib.crc32(f'cursor-{offset}'.encode()) % 90000 + 10000


def read_cursor(request: Request) -> int:
    """Offset of the page that was asked for; a cursor of another shape gives 400."""
    text = request.first('cursor')
    if not text:
        return 0
    parts = text.split('|')
    if len(parts) == 1 and text.isdigit():
        return int(text)
    if len(parts) != 3 or not parts[1].isdigit() or parts[0] != str(_check(int(parts[1]))):
        raise Refusal(json_answer(400, {'message': 'Invalid cursor'}))
    return int(parts[1])


def read_page(request: Request, limit: int) -> Optional[int]:
    """The page number or None. Refused beyond 1000 rows, with 429 as on the site."""
    if request.first('page') is None:
        return None
    page = read_int(request, 'page', 1, 2**31 - 1, 1)
    if page * limit > PAGE_CAP:
        raise Refusal(error_answer(429, PAGE_CAP_TEXT))
    return page


def link_with(request: Request, base_url: str, changes: Json) -> str:
    """The asked address with some parameters changed; everything else, a token too, stays."""
    pairs = [(name, value) for name, value in request.pairs if name not in changes]
    pairs += [(name, str(value)) for name, value in changes.items()]
    query = '&'.join(f'{quote(name)}={quote(value)}' for name, value in pairs)
    return f'{base_url}{request.target.partition("?")[0]}?{query}'


def cursor_page(
    world: World,
    request: Request,
    items: Sequence[Item],
    limit: int,
    offset: int,
    page: Optional[int],
    render: Callable[[Item], Json],
    page_counts: bool = False,
) -> Answer:
    """One page of `items` from `offset`. `page_counts`: the next link advances the page number."""
    fault = world.faults.take('list', request.side, request.target, request.method) or {}
    variant = fault.get('variant')
    chosen, following = items[offset : offset + limit], offset + limit
    if variant == 'short_page':
        chosen = chosen[: max(limit // 2, 1)]
    if variant == 'empty_page':
        # nothing on this page, everything on the next: an empty page is not the end
        chosen, following = [], offset
    more = following < len(items) and limit > 0
    metadata: Json = {}
    if more:
        metadata = _next_links(world, request, following, page, variant, fault, page_counts)
    if variant == 'null_cursor' and not more:
        metadata = {'nextCursor': None}
    if page is not None and not request.first('cursor'):
        metadata.update({'currentPage': page, 'pageSize': limit})
    return json_answer(200, {'items': [render(item) for item in chosen], 'metadata': metadata})


def _next_links(
    world: World,
    request: Request,
    following: int,
    page: Optional[int],
    variant: Optional[str],
    fault: Json,
    page_counts: bool,
) -> Json:
    cursor: Any = make_cursor(following)
    if variant == 'repeat_cursor':
        cursor = request.first('cursor') or cursor
    elif variant == 'int_cursor':
        cursor = following
    host = world.links.api
    if variant == 'foreign_next_page':
        host = str(fault.get('host'))
    changes: Json = {'cursor': cursor}
    if page_counts and page is not None and not request.first('cursor'):
        changes = {'page': page + 1}
    return {'nextCursor': cursor, 'nextPage': link_with(request, host, changes)}


def numbered_page(
    world: World, request: Request, items: Sequence[Json], limit: int, page: int
) -> Answer:
    """Page of `/tags` and `/creators`: page numbers and totals instead of cursors."""
    start, pages = (page - 1) * limit, -(-len(items) // limit) if limit else 0
    metadata: Json = {
        'totalItems': len(items),
        'currentPage': page,
        'pageSize': limit,
        'totalPages': pages,
    }
    if page < pages:
        metadata['nextPage'] = link_with(request, world.links.api, {'page': page + 1})
    if page > 1:
        metadata['prevPage'] = link_with(request, world.links.api, {'page': page - 1})
    return json_answer(200, {'items': items[start : start + limit], 'metadata': metadata})
