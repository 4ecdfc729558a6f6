"""Routes of our own beside the page: news, pictures, exports, health and metrics
(docs/health.md).
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.routing import APIRoute

from . import i18n
from .health import ERROR, OK, PARTS, WARNING, health_check
from .metrics import CONTENT_TYPE, metrics_text
from .monitoring import get_http_monitor
from .page_routes import Poll, add_news
from .picture_routes import Inspect, add_inspection, add_pictures
from .pictures import ROOT, Pictures
from .shortcut_routes import add_shortcut_files
from .ui.shortcut_drops import ShortcutFiles

_LOOK_GOOD_FOR = 10.0
_USUAL_HOURS, _LONGEST_HOURS = 24.0, 720
_FRESH = {'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'}
_STATE = {'type': 'string', 'enum': [OK, WARNING, ERROR]}
_HEALTH_SCHEMA = {
    'type': 'object',
    'required': ['status'],
    'properties': {
        'status': _STATE,
        'checked_at': {'type': 'string', 'format': 'date-time'},
        **{part: _STATE for part in PARTS},
        'details': {'type': 'object', 'additionalProperties': {'type': 'object'}},
    },
}
_REFUSED: dict[int | str, dict[str, Any]] = {401: {'description': 'Sign in on the page first'}}


def add_routes(
    app: FastAPI,
    pictures: Pictures,
    bundle: Callable[[], bytes],
    dependencies: Sequence[Any] = (),
    inspect: Inspect | None = None,
    shortcut_files: ShortcutFiles | None = None,
    language: Callable[[], str | None] = lambda: None,
    poll: Poll | None = None,
) -> None:
    """Put our routes into ``app``, before what answers every path.

    ``bundle()`` makes the archive for a bug report, ``poll`` answers a page that asks what is new,
    ``inspect(content)`` takes a file that somebody
    has dropped on the page and gives the name it goes by from then on, ``shortcut_files`` are those
    that come and go with saved models, ``language`` that of all browsers (None: each its own).
    ``dependencies`` check who is asking and refuse (401, 403)
    whom they do not know: such a person learns of ``/health`` only how it stands.
    """
    known = list(dependencies)
    checked = _Checked()
    health = APIRouter(dependencies=known, route_class=_open_to_all(checked))
    for root in ('', ROOT):
        _add_health(health, checked, root)
    spoken = [*known, Depends(_speaking(language))]
    others = APIRouter(dependencies=spoken, responses=_REFUSED if known else None)
    for root in ('', ROOT):
        _add_metrics(others, root)
    if poll is not None:
        add_news(others, poll)
    add_pictures(others, pictures)
    if inspect is not None:
        add_inspection(others, inspect)
    if shortcut_files is not None:
        add_shortcut_files(others, shortcut_files)
    _add_exports(others, bundle)
    before = len(app.router.routes)
    app.include_router(health)
    app.include_router(others)
    routes = app.router.routes
    routes[:] = [*routes[before:], *routes[:before]]


def _speaking(language: Callable[[], str | None]) -> Callable[[Request], AsyncIterator[None]]:
    async def speak(request: Request) -> AsyncIterator[None]:
        reads = i18n.accepted(request.headers.get('accept-language', ''))
        with i18n.speaking(language() or i18n.preferred(reads)):
            yield

    return speak


# --- health and metrics ---------------------------------------------------------------------------


class _Checked:
    """The result of a health check, good for a few seconds: containers ask often."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._report: Mapping[str, Any] = {}
        self._until = 0.0

    def report(self) -> Mapping[str, Any]:
        """The latest result. Who comes while a new one is made gets the last, so that nobody can
        keep all our threads waiting with it; only the first one is waited for.
        """
        last = self._report
        if not self._lock.acquire(blocking=not last):
            return last
        try:
            if time.monotonic() >= self._until:
                self._report = health_check()
                self._until = time.monotonic() + _LOOK_GOOD_FOR
            return self._report
        finally:
            self._lock.release()


def _open_to_all(checked: _Checked) -> type[APIRoute]:
    """A kind of route that tells those whom the dependencies refuse how it stands, and no more."""

    class Open(APIRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            for_known = super().get_route_handler()

            async def handle(request: Request) -> Response:
                try:
                    return await for_known(request)
                except HTTPException as refused:
                    if refused.status_code not in (401, 403):
                        raise
                report = await run_in_threadpool(checked.report)
                return _health_answer({'status': report['status']})

            return handle

    return Open


def _add_health(router: APIRouter, checked: _Checked, root: str) -> None:
    @router.head(f'{root}/health', include_in_schema=False)
    @router.get(
        f'{root}/health',
        response_class=JSONResponse,
        responses={
            200: _content('application/json', _HEALTH_SCHEMA, 'Well, or something to look after'),
            503: _content('application/json', _HEALTH_SCHEMA, 'Something does not work'),
        },
    )
    def health() -> Response:
        return _health_answer(checked.report())


def _health_answer(report: Mapping[str, Any]) -> Response:
    status = 503 if report['status'] == ERROR else 200
    return JSONResponse(dict(report), status_code=status, headers=_FRESH)


def _add_metrics(router: APIRouter, root: str) -> None:
    @router.get(
        f'{root}/metrics',
        response_class=PlainTextResponse,
        responses={200: _content('text/plain', {'type': 'string'}, 'For Prometheus')},
    )
    def metrics() -> Response:
        return Response(metrics_text(), headers={**_FRESH, 'Content-Type': CONTENT_TYPE})


# --- exports --------------------------------------------------------------------------------------


def _add_exports(router: APIRouter, bundle: Callable[[], bytes]) -> None:
    text = {'type': 'string'}

    @router.get(
        f'{ROOT}/traffic.csv',
        response_class=Response,
        responses={200: _content('text/csv', text, 'Requests by minute, host and kind')},
    )
    def traffic_csv(hours: float = Query(_USUAL_HOURS, gt=0, le=_LONGEST_HOURS)) -> Response:
        content = get_http_monitor().export_csv(hours).encode('utf-8')
        return _attached(content, 'text/csv; charset=utf-8', 'traffic', 'csv')

    @router.get(
        f'{ROOT}/traffic.json',
        response_class=Response,
        responses={200: _content('application/json', {'type': 'object'}, 'The same as JSON')},
    )
    def traffic_json(hours: float = Query(_USUAL_HOURS, gt=0, le=_LONGEST_HOURS)) -> Response:
        content = get_http_monitor().export_json(hours).encode('utf-8')
        return _attached(content, 'application/json', 'traffic', 'json')

    @router.get(
        f'{ROOT}/report.zip',
        response_class=Response,
        responses={200: _content('application/zip', {**text, 'format': 'binary'}, 'Bug report')},
    )
    def report_zip() -> Response:
        return _attached(bundle(), 'application/zip', 'report', 'zip')


def _attached(content: bytes, kind: str, what: str, ending: str) -> Response:
    """A file to be saved under a name with today's date."""
    name = f'civitai-shortcut-{what}-{date.today().isoformat()}.{ending}'
    attachment = {'Content-Disposition': f'attachment; filename="{name}"', 'Content-Type': kind}
    return Response(content, headers={**_FRESH, **attachment})


def _content(kind: str, schema: Mapping[str, Any], words: str) -> dict[str, Any]:
    """How the schema describes an answer."""
    return {'description': words, 'content': {kind: {'schema': dict(schema)}}}
