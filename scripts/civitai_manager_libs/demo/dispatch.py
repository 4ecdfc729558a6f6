"""From request to answer: faults that replace the whole answer, then the side that is asked."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import Any, Optional

from .api_side import answer_api
from .exchange import LOGIN_PAGE, Answer, Request, World, error_answer, html_answer, xml_answer
from .storage_side import answer_storage

_LOOP = 'loop'


def answer_request(world: World, request: Request) -> Answer:
    """What to send for a request, before any fault of the transport."""
    replaced = _forced_status(world, request) or _forced_page(world, request)
    if replaced:
        return replaced
    answer = answer_api(world, request) if request.side == 'api' else answer_storage(world, request)
    if answer.status == 307:
        _bend_redirect(world, request, answer)
    return answer


def _forced_status(world: World, request: Request) -> Optional[Answer]:
    fault = world.faults.take('status', request.side, request.target, request.method)
    if not fault:
        return None
    answer = _body_answer(int(fault['status']), fault['body'])
    wait = fault['retry_after']
    if wait == 'date':
        wait = formatdate(time.time() + 2, usegmt=True)
    elif wait == 'nonsense':
        wait = 'after lunch'
    if wait is not None:
        answer.headers.append(('Retry-After', str(wait)))
    answer.headers.extend((fault['headers'] or {}).items())
    return answer


def _body_answer(status: int, body: Any) -> Answer:
    """`body` is json, html, xml, empty, or any text or bytes to be sent as they are."""
    text = f'Forced status {status}'
    if body == 'json':
        return error_answer(status, text)
    if body == 'html':
        return html_answer(status, text)
    if body == 'xml':
        return xml_answer(status, 'ForcedError', text)
    if body in ('empty', None):
        return Answer(status)
    data = body if isinstance(body, bytes) else str(body).encode('utf-8')
    return Answer(status, data, 'text/plain; charset=utf-8')


def _forced_page(world: World, request: Request) -> Optional[Answer]:
    fault = world.faults.take('html_200', request.side, request.target, request.method)
    if not fault:
        return None
    return Answer(200, LOGIN_PAGE.format('Log in').encode('utf-8'), fault['content_type'])


def _bend_redirect(world: World, request: Request, answer: Answer) -> None:
    """Sends a redirect elsewhere; 'loop' leads back to the address that was asked for."""
    fault = world.faults.take('redirect_to', request.side, request.target, request.method)
    if not fault:
        return
    place = fault['location']
    if place == _LOOP:
        place = world.links.api + request.target
    answer.headers = [pair for pair in answer.headers if pair[0] != 'Location']
    answer.headers.append(('Location', place))
