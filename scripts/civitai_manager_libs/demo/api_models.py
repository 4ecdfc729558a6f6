"""`GET /api/v1/models` and `/models/:id` (civitai-api.md sections 3.1, 3.2)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from .enumerations import CHECKPOINT_TYPES, MODEL_SORTS, MODEL_TYPES, PERIODS
from .exchange import (
    Answer,
    Refusal,
    Request,
    World,
    bad_parameter,
    error_answer,
    json_answer,
    read_bool,
    read_choice,
    read_ids,
    read_int,
)
from .paging import cursor_page, read_cursor, read_page
from .render import ALL_LEVELS, BY_ID, PUBLIC_LEVELS, render_model
from .shelf import DemoModel, DemoVersion

_PAGE_WITH_QUERY = 'Cannot use page param with query search. Use cursor-based pagination.'


def list_models(world: World, request: Request) -> Answer:
    """The search. Unknown parameters are ignored, bad values refused."""
    limit = read_int(request, 'limit', 0, 100, 100)
    page = read_page(request, limit)
    if page is not None and request.first('query'):
        raise Refusal(error_answer(400, _PAGE_WITH_QUERY))
    if not request.has_key and (request.all('favorites') or request.all('hidden')):
        raise Refusal(error_answer(401, 'Unauthorized'))
    nsfw = read_bool(request, 'nsfw')
    primary_only = read_bool(request, 'primaryFileOnly')
    found = [model for model in world.shelf.models if _fits(world, request, model, nsfw)]
    _sort(request, found)
    levels = ALL_LEVELS if nsfw else PUBLIC_LEVELS

    def render(model: DemoModel) -> dict[str, Any]:
        chosen = _wanted_versions(request, model)
        body = render_model(model, world.links, levels=levels, versions=chosen)
        if primary_only:
            for version in body['modelVersions']:
                version['files'] = [one for one in version['files'] if one.get('primary')]
        return body

    # the page number is checked and then not applied, as on the site
    return cursor_page(world, request, found, limit, read_cursor(request), page, render)


def _fits(world: World, request: Request, model: DemoModel, nsfw: bool) -> bool:
    record = model.record
    if nsfw and record.get('minor'):
        return False
    if not nsfw and not _has_public_content(model):
        return False
    if not _wanted_versions(request, model):
        return False
    return (
        _fits_types(request, record)
        and _fits_text(request, model)
        and _fits_username(world, request, model)
        and _fits_period(request, model)
        and _fits_flags(request, model)
    )


def _has_public_content(model: DemoModel) -> bool:
    """Old records have no level; there the author's own flag decides."""
    level = model.record.get('nsfwLevel')
    return bool(level & PUBLIC_LEVELS) if isinstance(level, int) else not model.record.get('nsfw')


def _fits_types(request: Request, record: dict[str, Any]) -> bool:
    types = [name for name in request.all('types') if name]
    for name in types:
        if name not in MODEL_TYPES:
            raise bad_parameter('types', f'Invalid enum value, received {name!r}')
    read_choice(request, 'checkpointType', CHECKPOINT_TYPES, CHECKPOINT_TYPES[0])
    return not types or record.get('type') in types


def _fits_text(request: Request, model: DemoModel) -> bool:
    words = (request.first('query') or '').lower().split()
    text = ' '.join([str(model.record.get('name')), *_tags(model), model.username or '']).lower()
    return all(word in text for word in words)


def _tags(model: DemoModel) -> list[str]:
    return [str(tag) for tag in model.record.get('tags') or []]


def _fits_username(world: World, request: Request, model: DemoModel) -> bool:
    """Unknown authors end the call with 404; unknown tags are dropped silently."""
    tag = request.first('tag')
    if tag and tag.lower() not in (one.lower() for one in _tags(model)):
        if any(tag.lower() == one.lower() for other in world.shelf.models for one in _tags(other)):
            return False
    if not request.first('username'):
        return True
    wanted = _slug(request.first('username') or '')
    if not any(_slug(other.username or '') == wanted for other in world.shelf.models):
        raise Refusal(json_answer(404, {'message': 'User not found'}))
    return _slug(model.username or '') == wanted


def _slug(username: str) -> str:
    return re.sub(r'[^a-z0-9_]', '', username.lower().replace(' ', '_', 1))


def _fits_period(request: Request, model: DemoModel) -> bool:
    days = PERIODS[read_choice(request, 'period', tuple(PERIODS), 'AllTime')]
    if days is None:
        return True
    oldest = (datetime.now(timezone.utc) - timedelta(days=days)).strftime('%Y-%m-%dT%H:%M:%S')
    return _newest_date(model) >= oldest


def _fits_flags(request: Request, model: DemoModel) -> bool:
    """These flags are read by mere presence: `=false` counts as true."""
    if request.first('archived') is None and model.archived:
        return False
    if request.first('earlyAccess') is not None:
        if not any(one.record.get('availability') == 'EarlyAccess' for one in model.versions):
            return False
    wanted = read_ids(request, 'ids')
    return not wanted or model.id in wanted


def _wanted_versions(request: Request, model: DemoModel) -> list[DemoVersion]:
    """The versions that the filters leave; a version without files is never listed."""
    bases = [name for name in request.all('baseModels') if name]
    ids = read_ids(request, 'modelVersionIds')
    return [
        version
        for version in model.versions
        if (not bases or version.record.get('baseModel') in bases)
        and (not ids or version.id in ids)
        and (version.files or model.archived)
    ]


def _newest_date(model: DemoModel) -> str:
    return max((str(one.record.get('publishedAt') or '') for one in model.versions), default='')


def _sort(request: Request, models: list[DemoModel]) -> None:
    order = read_choice(request, 'sort', MODEL_SORTS, MODEL_SORTS[0])
    if order in ('Newest', 'Oldest'):
        models.sort(key=_newest_date, reverse=order == 'Newest')
        return
    counter = {'Most Downloaded': 'downloadCount', 'Most Discussed': 'commentCount'}.get(
        order, 'thumbsUpCount'
    )
    models.sort(key=lambda one: -((one.record.get('stats') or {}).get(counter) or 0))


def get_model(world: World, request: Request, text: str) -> Answer:
    """One model with all its versions."""
    number = read_path_id(text)
    model = world.shelf.models_by_id.get(number)
    if model is None or not model.versions:
        raise Refusal(error_answer(404, f'No model with id {number}'))
    visible = [one for one in model.versions if one.files or model.archived]
    return json_answer(200, render_model(model, world.links, BY_ID, versions=visible))


def read_path_id(text: str) -> int:
    """An id in the path, 1 to 2147483647; anything else is refused with 400."""
    number: Optional[int] = int(text) if text.isdecimal() else None
    if number is None or not 1 <= number <= 2147483647:
        raise Refusal(error_answer(400, 'Expected a positive integer id'))
    return number
