"""`GET /api/v1/images` and `/posts/:id` (civitai-api.md sections 3.10, 3.11)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any, Optional

from .api_models import read_path_id
from .enumerations import IMAGE_LEVEL_MASKS, IMAGE_SORTS, LEVEL_WORDS, PERIODS
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
    read_optional_int,
)
from .paging import cursor_page, read_cursor, read_page
from .render import picture_address
from .shelf import Picture

_MATURE_ONLY, _ALL, _EVERYTHING = 60, 31, 63
_COUNTED = {
    'Most Reactions': ('likeCount', 'heartCount', 'laughCount', 'cryCount'),
    'Most Comments': ('commentCount',),
    'Most Collected': ('heartCount',),
}
_TRUE_WORDS = ('true', '1', 'yes', 'on', 'y', 'enabled')
_FALSE_WORDS = ('false', '0', 'no', 'off', 'n', 'disabled')


def list_images(world: World, request: Request) -> Answer:
    """Pictures of a model, version, post, person, or all; newest first unless asked otherwise."""
    limit = read_int(request, 'limit', 0, 200, 100)
    page = read_page(request, limit)
    from_database = _from_database(request)
    loose = world.faults.take('any_level', request.side, request.target, request.method)
    mask = _EVERYTHING if loose else _level_mask(request)
    found = [one for one in world.shelf.pictures if _fits(request, one) and _visible(one, mask)]
    key, falling = _order(request)
    found.sort(key=key, reverse=falling)
    with_meta = read_bool(request, 'withMeta')
    nested = from_database and not read_bool(request, 'flatMeta')
    offset = read_cursor(request)
    if page is not None and from_database and not request.first('cursor'):
        offset = (page - 1) * limit

    def render(picture: Picture) -> dict[str, Any]:
        return render_image(world, picture, with_meta, nested)

    answer = cursor_page(
        world, request, found, limit, offset, page, render, page_counts=page is not None
    )
    return answer


def _order(request: Request) -> tuple[Callable[[Picture], tuple[Any, ...]], bool]:
    """The key to sort by, and whether the greatest comes first. A model alone has only
    newest and oldest (section 3.10).
    """
    order = read_choice(request, 'sort', IMAGE_SORTS, IMAGE_SORTS[0])
    if order in _COUNTED and not (request.first('modelId') and _from_database(request)):
        names = _COUNTED[order]
        return lambda one: (sum(_reactions(one)[name] for name in names), one.id), True
    if order == 'Random':
        return lambda one: (one.uuid,), False
    return lambda one: (one.created_at, one.id), order != 'Oldest'


def _reactions(picture: Picture) -> dict[str, int]:
    """`stats` of an item."""
    return {
        'cryCount': picture.id % 3,
        'laughCount': picture.id % 5,
        'likeCount': picture.id % 97,
        'dislikeCount': 0,
        'heartCount': picture.id % 41,
        'commentCount': picture.id % 7,
    }


def _visible(picture: Picture, mask: int) -> bool:
    """Whether a picture is among the levels asked for; an unrated one only among all of them."""
    return bool(picture.level & mask) or (picture.level == 0 and mask & _ALL == _ALL)


def _from_database(request: Request) -> bool:
    """Whether the site would ask its database, which nests `meta` and honours `page`."""
    by_model = request.first('modelId') and not request.first('modelVersionId')
    return bool(request.first('imageId') or request.first('ids') or by_model)


def _level_mask(request: Request) -> int:
    """The levels asked for: `browsingLevel` wins; `nsfw=true` means only mature (section 7)."""
    if request.first('browsingLevel') is not None:
        return read_int(request, 'browsingLevel', 0, 63, 1)
    text = request.first('nsfw')
    if text is None or text.lower() in _FALSE_WORDS:
        return 1
    if text.lower() in _TRUE_WORDS:
        return _MATURE_ONLY
    if text not in IMAGE_LEVEL_MASKS:
        raise bad_parameter('nsfw', 'Invalid enum value')
    return IMAGE_LEVEL_MASKS[text]


def _fits(request: Request, picture: Picture) -> bool:
    username = request.first('username')
    if username and not re.fullmatch(r'[A-Za-z0-9_]*', username):
        raise bad_parameter('username', 'Invalid')
    if username and (picture.username or '').lower() != username.lower():
        return False
    kind = read_choice(request, 'type', ('image', 'video', 'audio'), '')
    wanted = read_ids(request, 'ids')
    bases = [name for text in request.all('baseModels') for name in text.split(',') if name]
    return (
        (not kind or picture.kind == kind)
        and (not wanted or picture.id in wanted)
        and (not bases or picture.base_model in bases)
        and _same(request, 'imageId', picture.id)
        and _same(request, 'postId', picture.post_id)
        and _same(request, 'modelId', picture.model_id)
        and _same(request, 'modelVersionId', picture.version_id)
        and _is_recent(request, picture)
    )


def _is_recent(request: Request, picture: Picture) -> bool:
    days = PERIODS[read_choice(request, 'period', tuple(PERIODS), 'AllTime')]
    if days is None:
        return True
    oldest = datetime.now(timezone.utc) - timedelta(days=days)
    return picture.created_at >= oldest.strftime('%Y-%m-%dT%H:%M:%S')


def _same(request: Request, name: str, value: int) -> bool:
    wanted: Optional[int] = read_optional_int(request, name)
    return wanted is None or wanted == value


def render_image(world: World, picture: Picture, with_meta: bool, nested: bool) -> dict[str, Any]:
    """An item of `/images`."""
    meta: Any = picture.meta() if with_meta else None
    if with_meta and nested:
        meta = {'id': picture.id, 'meta': meta}
    word = LEVEL_WORDS.get(picture.level, 'None')
    return {
        'id': picture.id,
        'url': world.links.storage + picture_address(picture, by_uuid=True),
        'hash': picture.hash,
        'width': picture.width,
        'height': picture.height,
        'nsfwLevel': word,
        'nsfw': word != 'None',
        'browsingLevel': picture.level,
        'type': picture.kind,
        'createdAt': picture.created_at,
        'postId': picture.post_id or None,
        'stats': _reactions(picture),
        'meta': meta,
        'username': picture.username,
        'baseModel': picture.base_model,
        'modelVersionIds': [picture.version_id, *picture.used_versions],
    }


def get_post(world: World, request: Request, text: str) -> Answer:
    """One post with its pictures."""
    number = read_path_id(text)
    found = [one for one in world.shelf.pictures if one.post_id == number]
    if not found:
        raise Refusal(error_answer(404, 'Post not found'))
    level = 0
    for picture in found:
        level |= picture.level
    body = {
        'id': number,
        'title': f'Demo post {number}',
        'detail': '<p>示範貼文 A demo post.</p>',
        'nsfwLevel': level,
        'publishedAt': found[0].created_at,
        'modelVersionId': found[0].version_id,
        'user': {'id': 500, 'username': found[0].username},
        'tags': [{'id': 1, 'name': 'demo'}],
        'images': [render_image(world, one, False, False) for one in found[:100]],
    }
    return json_answer(200, body)
