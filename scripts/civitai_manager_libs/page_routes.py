"""The route by which a page asks what is new: beside Gradio, so that it can ask before Gradio has
drawn anything, and never stands in its queue.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse

from .pictures import ROOT
from .ui.nearness import asked_with

Poll = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""What is new for the page that has sent this message (:mod:`.ui.download_desk`)."""

_log = logging.getLogger('civitai_shortcut')
_MOST_ASKED = 1 << 14
_JSON = 'application/json'
_FRESH = {'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'}
_OBJECT = {_JSON: {'schema': {'type': 'object'}}}


def add_news(router: APIRouter, poll: Poll) -> None:
    """``/news`` takes a message of our script and gives what changed since the last."""

    @router.post(
        f'{ROOT}/news',
        response_class=JSONResponse,
        openapi_extra={'requestBody': {'content': _OBJECT}},
        responses={
            200: {'description': 'What changed', 'content': _OBJECT},
            400: {'description': 'Not a message of our script'},
            415: {'description': 'Not JSON'},
            500: {'description': 'Something went wrong; the log has it'},
        },
    )
    async def news(request: Request) -> Response:
        # A page of somebody else's cannot send this kind without asking us first.
        if request.headers.get('content-type', '').partition(';')[0].strip() != _JSON:
            return Response(status_code=415, headers=_FRESH)
        message = await _message(request)
        if message is None:
            return Response(status_code=400, headers=_FRESH)
        with asked_with(request.headers):
            try:
                answer = await run_in_threadpool(poll, message)
            except Exception as error:  # the page asks again, and says so when none of it helps
                _log.error('news: %s', type(error).__name__, exc_info=error)
                return Response(status_code=500, headers=_FRESH)
        return JSONResponse(answer, headers=_FRESH)


async def _message(request: Request) -> Mapping[str, Any] | None:
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > _MOST_ASKED:
            return None
    try:
        message = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) and message.get('page') else None
