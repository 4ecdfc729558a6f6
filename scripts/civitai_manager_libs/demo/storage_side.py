"""The storage side: signed files with ranges, and pictures (civitai-api.md section 6)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Optional
from urllib.parse import parse_qsl

from .contents import Bytes
from .exchange import Answer, Request, World, xml_answer
from .picture_files import read_picture
from .shelf import DemoFile
from .signing import EXPIRED, INVALID

_FIRST_UPLOAD = datetime(2026, 1, 15, 12, 0, 0, tzinfo=timezone.utc)
_SECRETS = ('authorization', 'cookie')
_RANGE = re.compile(r'bytes=(\d*)-(\d*)$')


def answer_storage(world: World, request: Request) -> Answer:
    """The answer of the storage to any request; it wants no key, and says so."""
    if any(name in request.headers for name in _SECRETS):
        text = 'Only one auth mechanism allowed; a signed query and a header were given.'
        return xml_answer(400, 'InvalidRequest', text)
    picture = read_picture(world.shelf, request.path) if request.method in ('GET', 'HEAD') else None
    if picture:
        return _picture_answer(world, request, *picture)
    if request.method != 'GET':
        return xml_answer(403, 'SignatureDoesNotMatch', 'The signature covers GET only.')
    validity, signature = world.signer.check(request.path, request.raw_query)
    if validity == INVALID:
        return xml_answer(403, 'SignatureDoesNotMatch', 'The request signature does not match.')
    if validity == EXPIRED:
        return xml_answer(403, 'ExpiredRequest', 'Request has expired.')
    file = world.shelf.files_by_path.get(request.path)
    if file is None:
        return xml_answer(404, 'NoSuchKey', 'The specified key does not exist.')
    answer = _file_answer(world, request, file)
    answer.spent = signature
    return answer


def _picture_answer(world: World, request: Request, kind: str, data: bytes) -> Answer:
    headers = [('Cache-Control', 'public, max-age=31536000')]
    tag = '"' + hashlib.sha256(data).hexdigest()[:32] + '"'
    body = _Body(kind, len(data), lambda start, stop: iter([data[start:stop]]), (tag,))
    return _ranged_answer(world, request, body, headers)


@dataclass(frozen=True)
class _Body:
    """What is sent: its kind, its size, its bytes between two positions, and the validators that
    If-Range may name, the ETag first.
    """

    kind: str
    size: int
    blocks: Callable[[int, int], Iterator[Bytes]]
    validators: tuple[str, ...]


def entity_tag(file: DemoFile) -> str:
    """Strong ETag of the bytes that the storage has now."""
    return '"' + hashlib.sha256(file.content.key.encode('utf-8')).hexdigest()[:32] + '"'


def _last_modified(file: DemoFile) -> str:
    return format_datetime(_FIRST_UPLOAD + timedelta(hours=file.revision), usegmt=True)


def _file_answer(world: World, request: Request, file: DemoFile) -> Answer:
    content, modified = file.content, _last_modified(file)
    validators = (entity_tag(file), modified)
    body = _Body('application/octet-stream', content.size, content.blocks, validators)
    headers = [('Last-Modified', modified)]
    given = dict(parse_qsl(request.raw_query)).get('response-content-disposition')
    if given:
        headers.append(('Content-Disposition', given))
    return _ranged_answer(world, request, body, headers)


def _ranged_answer(
    world: World, request: Request, body: _Body, headers: list[tuple[str, str]]
) -> Answer:
    """200 with everything, 206 with the wanted part, or 416 beyond the end."""
    headers.insert(0, ('Accept-Ranges', 'bytes'))
    if not world.faults.take('no_etag', request.side, request.target):
        headers.append(('ETag', body.validators[0]))
    wanted = request.headers.get('range')
    if wanted and world.faults.take('ignore_range', request.side, request.target):
        wanted = None
    if wanted and request.headers.get('if-range', body.validators[0]) not in body.validators:
        wanted = None
    size = body.size
    span = _read_range(wanted, size) if wanted else None
    if span is None:
        return Answer(200, b'', body.kind, headers, body.blocks(0, size), size)
    start, stop = span
    if start >= size:
        answer = xml_answer(416, 'InvalidRange', 'The requested range is not satisfiable.')
        answer.headers.append(('Content-Range', f'bytes */{size}'))
        return answer
    headers.append(('Content-Range', f'bytes {start}-{stop - 1}/{size}'))
    return Answer(206, b'', body.kind, headers, body.blocks(start, stop), stop - start)


def _read_range(text: str, size: int) -> Optional[tuple[int, int]]:
    """(start, stop) of a single range, stop exclusive; None for forms that are ignored."""
    match = _RANGE.match(text.replace(' ', ''))
    if not match or match[0] == 'bytes=-':
        return None
    if not match[1]:
        last = int(match[2])
        return (size, size) if last == 0 else (max(size - last, 0), size)
    start, stop = int(match[1]), int(match[2]) + 1 if match[2] else size
    if match[2] and stop <= start:
        return None
    return start, min(stop, size)
