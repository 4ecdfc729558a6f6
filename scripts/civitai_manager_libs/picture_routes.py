"""The routes of pictures: small ones, whole files, and the way in for one that was dropped on the
page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, StreamingResponse

from .i18n import text
from .memory import guard
from .picture_coming import StillComing
from .pictures import ROOT, Pictures, WholeFile, tag_of
from .ui.drops import MOST_BYTES as MOST_DROPPED
from .util import size_text

Inspect = Callable[[bytes], str]

_KEY = re.compile(r'[0-9a-f]{64}')
_RANGE = re.compile(r'bytes=(\d{0,19})-(\d{0,19})')
_PLACEHOLDER = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="88" height="110" viewBox="0 0 88 110">'
    b'<rect width="88" height="110" fill="#8b93a1" fill-opacity=".22"/>'
    b'<path d="M24 70l14-16 10 10 8-8 12 14M56 42a5 5 0 1 1-.1 0" fill="none" '
    b'stroke="#8b93a1" stroke-width="3" stroke-linejoin="round"/></svg>'
)
# Of this size no picture of ours is: javascript/civitai_shortcut_pictures.js asks for it again.
_COMING = b'<svg xmlns="http://www.w3.org/2000/svg" width="87" height="110"></svg>'
# A browser has six connections to us. What does not come soon must not hold them all: the page's
# clicks and questions need them, too.
_PATIENCE = 1.0
_USUAL_WIDTH, _WIDEST = 450, 4096
_PIECE = 1 << 18
_SAFE = {'X-Content-Type-Options': 'nosniff'}
_FRESH = {'Cache-Control': 'no-store', **_SAFE}
_KEPT = {'Cache-Control': 'private, max-age=604800', **_SAFE}
_BINARY = {'schema': {'type': 'string', 'format': 'binary'}}


def add_pictures(router: APIRouter, pictures: Pictures) -> None:
    """``/pictures/KEY`` gives a small picture, ``/files/KEY`` a whole picture or video, also a part
    of it, so that a video can be played from anywhere.
    """

    @router.get(
        f'{ROOT}/pictures/{{key}}',
        response_class=Response,
        responses={
            200: {
                'description': 'The picture, a neutral one, or an empty one that is still coming',
                'content': {'image/*': _BINARY},
            },
            304: {'description': 'Still the one you have'},
            404: {'description': 'Nobody has met such a picture'},
        },
    )
    def picture(
        key: str, request: Request, width: int = Query(_USUAL_WIDTH, ge=1, le=_WIDEST)
    ) -> Response:
        if not _KEY.fullmatch(key) or not pictures.knows(key):
            return Response(status_code=404)
        headers = {**_KEPT, 'ETag': tag_of(key, width)}
        if headers['ETag'] in request.headers.get('if-none-match', ''):
            return Response(status_code=304, headers=headers)
        try:
            content = pictures.read(key, width, _PATIENCE)
        except StillComing:
            return Response(_COMING, media_type='image/svg+xml', headers=_FRESH)
        if content is None:
            return Response(_PLACEHOLDER, media_type='image/svg+xml', headers=_FRESH)
        return Response(content, media_type='image/webp', headers=headers)

    @router.get(
        f'{ROOT}/files/{{key}}',
        response_class=Response,
        responses={
            200: {'description': 'The file', 'content': {'image/*': _BINARY, 'video/*': _BINARY}},
            206: {'description': 'The part of it that was asked for'},
            304: {'description': 'Still the one you have'},
            404: {'description': 'Nobody has met such a file, or it cannot be had'},
            416: {'description': 'It has no such part'},
        },
    )
    def whole(key: str, request: Request) -> Response:
        found = pictures.open(key) if _KEY.fullmatch(key) else None
        if found is None:
            return Response(status_code=404, headers=_FRESH)
        return _file_answer(found, request)


def _file_answer(found: WholeFile, request: Request) -> Response:
    headers = {**_KEPT, 'ETag': found.tag, 'Accept-Ranges': 'bytes'}
    if found.tag in request.headers.get('if-none-match', ''):
        found.file.close()
        return Response(status_code=304, headers=headers)
    begin, end, status = _part(request, found)
    if begin >= end:
        found.file.close()
        return Response(status_code=416, headers={'Content-Range': f'bytes */{found.size}'})
    if status == 206:
        headers['Content-Range'] = f'bytes {begin}-{end - 1}/{found.size}'
    headers['Content-Length'] = str(end - begin)
    return StreamingResponse(
        _pieces(found, begin, end), status_code=status, media_type=found.mime, headers=headers
    )


def _part(request: Request, found: WholeFile) -> tuple[int, int, int]:
    """From where to where, and the status. More than one part, or of another file, is all of it."""
    asked = _RANGE.fullmatch(request.headers.get('range', ''))
    same = request.headers.get('if-range', found.tag) == found.tag
    if asked is None or asked.group(1) == asked.group(2) == '' or not same:
        return 0, found.size, 200
    first, last = asked.groups()
    if not first:
        return max(0, found.size - int(last)), found.size, 206
    end = min(found.size, int(last) + 1) if last else found.size
    return int(first), end, 206


def _pieces(found: WholeFile, begin: int, end: int) -> Iterator[bytes]:
    with closing(found.file) as file:
        file.seek(begin)
        while begin < end and (piece := file.read(min(_PIECE, end - begin))):
            begin += len(piece)
            yield piece


# --- what was dropped -----------------------------------------------------------------------------


def add_inspection(router: APIRouter, inspect: Inspect) -> None:
    """``/inspect`` takes the bytes of a picture from our own page alone."""

    @router.post(
        f'{ROOT}/inspect',
        response_class=JSONResponse,
        openapi_extra={'requestBody': {'content': {'application/octet-stream': _BINARY}}},
        responses={
            200: {'description': 'The name it goes by from now on'},
            403: {'description': 'Not from our page'},
            413: {'description': 'Too large'},
        },
    )
    async def inspection(request: Request) -> Response:
        if not is_from_here(request):
            return _refusal(403, 'picture.not_from_here')
        with guard.holding('pictures') as held:
            content = bytearray()
            if _announced(request) > MOST_DROPPED:
                return _refusal(413, 'picture.too_large')
            async for piece in request.stream():
                held.grow(len(piece))
                content += piece
                if len(content) > MOST_DROPPED:
                    return _refusal(413, 'picture.too_large')
            held.grow(len(content))  # for the copy
            token = await run_in_threadpool(inspect, bytes(content))
        return JSONResponse({'token': token}, headers=_FRESH)


def _announced(request: Request) -> int:
    length = request.headers.get('content-length', '')
    return int(length) if length.isascii() and length.isdigit() and len(length) < 20 else 0


def is_from_here(request: Request) -> bool:
    """A browser says where a script comes from; what says neither is no browser.

    What it says of the site is its own judgement, and holds behind a reverse proxy that asks under
    another name, too. Over plain HTTP it says only the origin; such a proxy then says for what name
    it was asked itself.
    """
    site = request.headers.get('sec-fetch-site')
    if site is not None:
        return site == 'same-origin'
    origin = request.headers.get('origin')
    passed_on = request.headers.get('x-forwarded-host', '').split(',')
    names = [request.headers.get('host', ''), *(name.strip() for name in passed_on if name)]
    return origin is None or urlsplit(origin).netloc in [name for name in names if name]


def _refusal(status: int, key: str) -> Response:
    said: dict[str, Any] = {'problem': text(key, size=size_text(MOST_DROPPED))}
    return JSONResponse(said, status_code=status, headers=_FRESH)
