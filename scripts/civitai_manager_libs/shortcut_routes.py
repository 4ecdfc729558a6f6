"""The routes of saved models: the way in for files that were dropped on the page, and out for
exports.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, JSONResponse

from .errors import DiskError
from .i18n import error_text, text
from .picture_routes import is_from_here
from .pictures import ROOT
from .ui.shortcut_drops import ShortcutFiles, most_bytes
from .util import size_text

_FRESH = {'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'}
_BINARY = {'schema': {'type': 'string', 'format': 'binary'}}
_UNNAMED = 'file'
_NAME_HEADER = 'X-File-Name'


def add_shortcut_files(router: APIRouter, files: ShortcutFiles) -> None:
    """``/shortcuts/files`` takes a file from our own page alone, its name (percent-encoded) in the
    header ``X-File-Name``; ``/shortcuts/exports/TOKEN`` gives an export.
    """

    @router.post(
        f'{ROOT}/shortcuts/files',
        response_class=JSONResponse,
        openapi_extra={'requestBody': {'content': {'application/octet-stream': _BINARY}}},
        responses={
            200: {'description': 'The name it goes by from now on'},
            403: {'description': 'Not from our page'},
            413: {'description': 'Too large'},
            507: {'description': 'It cannot be kept'},
        },
    )
    async def take(request: Request) -> Response:
        if not is_from_here(request):
            return _refusal(403, text('picture.not_from_here'))
        name = unquote(request.headers.get(_NAME_HEADER, '')) or _UNNAMED
        try:
            with files.receive(name) as incoming:
                async for piece in request.stream():
                    if not await run_in_threadpool(incoming.write, piece):
                        size = size_text(most_bytes(name))
                        return _refusal(413, text('shortcuts.file_large', size=size))
                return JSONResponse({'token': incoming.finish()}, headers=_FRESH)
        except DiskError as error:
            return _refusal(507, error_text(error))

    @router.get(
        f'{ROOT}/shortcuts/exports/{{token}}',
        response_class=FileResponse,
        responses={
            200: {'description': 'The saved models', 'content': {'application/json': _BINARY}},
            404: {'description': 'There is no such export any more'},
        },
    )
    def export(token: str) -> Response:
        path = files.export(token)
        if path is None:
            return Response(status_code=404, headers=_FRESH)
        name = 'civitai-shortcut-' + path.name.partition('-')[2]
        return FileResponse(path, media_type='application/json', filename=name, headers=_FRESH)


def _refusal(status: int, words: str) -> Response:
    said: dict[str, Any] = {'problem': words}
    return JSONResponse(said, status_code=status, headers=_FRESH)
