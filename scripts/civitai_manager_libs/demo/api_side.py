"""The API and site side: which function answers which path."""

from __future__ import annotations

import json
import re
from typing import Callable

from .api_download import download
from .api_images import get_post, list_images
from .api_models import get_model, list_models
from .api_small import get_enums, get_me, list_creators, list_tags, list_users
from .api_versions import get_by_hash, get_mini, get_version, post_by_hash, post_by_hash_ids
from .exchange import Answer, Refusal, Request, World, error_answer, html_answer
from .field_faults import spoil_fields

_PLAIN: dict[str, Callable[[World, Request], Answer]] = {
    '/api/v1/models': list_models,
    '/api/v1/images': list_images,
    '/api/v1/tags': list_tags,
    '/api/v1/creators': list_creators,
    '/api/v1/users': list_users,
    '/api/v1/me': get_me,
    '/api/v1/enums': get_enums,
}
_POSTED: dict[str, Callable[[World, Request], Answer]] = {
    '/api/v1/model-versions/by-hash': post_by_hash,
    '/api/v1/model-versions/by-hash/ids': post_by_hash_ids,
}
_WITH_ID: list[tuple[str, Callable[[World, Request, str], Answer]]] = [
    (r'/api/v1/models/([^/]+)', get_model),
    (r'/api/v1/model-versions/by-hash/([^/]+)', get_by_hash),
    (r'/api/v1/model-versions/mini/([^/]+)', get_mini),
    (r'/api/v1/model-versions/([^/]+)', get_version),
    (r'/api/v1/posts/([^/]+)', get_post),
    (r'/api/download/models/([^/]+)', download),
]
# mixed and key endpoints check the method, plain public ones do not (section 3)
_CHECKED = ('/api/v1/models', '/api/v1/me', '/api/v1/model-versions/')
_ANONYMOUS_CACHE = 'public, s-maxage=300, stale-while-revalidate=150'
_HASH_CACHE = 'public, s-maxage=3600, stale-while-revalidate=1800'


def answer_api(world: World, request: Request) -> Answer:
    """The answer of the API and site side to any request."""
    try:
        answer = _route(world, request)
    except Refusal as refusal:
        answer = refusal.answer
    if request.path.startswith('/api/v1/') and answer.content_type.startswith('application/json'):
        _add_cache_header(request, answer)
        _spoil(world, request, answer)
    return answer


def _route(world: World, request: Request) -> Answer:
    path = request.path.rstrip('/') or '/'
    if path in _POSTED and request.method == 'POST':
        return _POSTED[path](world, request)
    if path.startswith(_CHECKED) and request.method not in ('GET', 'HEAD'):
        raise Refusal(error_answer(405, 'Method not allowed'))
    if path in _PLAIN:
        return _PLAIN[path](world, request)
    training = re.fullmatch(r'/api/download/training-data/(\d+)', path)
    if training:
        place = f'/api/download/models/{training[1]}?type=Training%20Data'
        return Answer(308, headers=[('Location', place)])
    for pattern, function in _WITH_ID:
        match = re.fullmatch(pattern, path)
        if match:
            return function(world, request, match[1])
    if path.startswith('/api/'):
        return html_answer(404, 'Not found')
    return html_answer(200, 'Log in' if path == '/login' else 'Demo catalogue')


def _add_cache_header(request: Request, answer: Answer) -> None:
    if any(name == 'Cache-Control' for name, _ in answer.headers):
        return
    cache = _HASH_CACHE if '/by-hash' in request.path else _ANONYMOUS_CACHE
    answer.headers.append(('Cache-Control', 'private, no-store' if request.has_key else cache))


def _spoil(world: World, request: Request, answer: Answer) -> None:
    if answer.status != 200:
        return
    fault = world.faults.take('fields', request.side, request.target, request.method)
    if fault:
        body = spoil_fields(json.loads(answer.body), fault['variant'])
        answer.body = json.dumps(body, ensure_ascii=False).encode('utf-8')
