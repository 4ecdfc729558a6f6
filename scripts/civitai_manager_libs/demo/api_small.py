"""The small endpoints: tags, creators, users, me, enums (civitai-api.md section 3.11)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from .enumerations import ENUMS
from .exchange import Answer, Refusal, Request, World, error_answer, json_answer, read_ids, read_int
from .paging import numbered_page
from .special import DEMO_USER


def _named(request: Request, names: list[str]) -> list[str]:
    wanted = (request.first('query') or '').lower()
    return [name for name in names if wanted in name.lower()]


def _numbered(world: World, request: Request, items: list[dict[str, Any]]) -> Answer:
    limit = read_int(request, 'limit', 1, 200, 20)
    page = read_int(request, 'page', 1, 2**31 - 1, 1)
    return numbered_page(world, request, items, limit, page)


def list_tags(world: World, request: Request) -> Answer:
    """All tags in use, most used first."""
    counts = Counter(str(tag) for one in world.shelf.models for tag in one.record.get('tags') or [])
    names = _named(request, [name for name, _ in counts.most_common()])
    base = f'{world.links.api}/api/v1/models?tag='
    return _numbered(world, request, [{'name': name, 'link': base + name} for name in names])


def list_creators(world: World, request: Request) -> Answer:
    """All authors with the number of their models."""
    counts = Counter(one.username for one in world.shelf.models if one.username)
    base = f'{world.links.api}/api/v1/models?username='
    items = [
        {'username': name, 'modelCount': counts[name], 'link': base + name}
        for name in _named(request, sorted(counts))
    ]
    return _numbered(world, request, items)


def list_users(world: World, request: Request) -> Answer:
    """People by id or by the beginning of their name."""
    names = sorted({one.username for one in world.shelf.models if one.username})
    people = [{'id': 600 + number, 'username': name} for number, name in enumerate(names)]
    wanted, prefix = read_ids(request, 'ids'), (request.first('query') or '').lower()
    if wanted:
        people = [one for one in people if one['id'] in wanted]
    else:
        people = [one for one in people if str(one['username']).lower().startswith(prefix)][:5]
    return json_answer(200, {'items': [{**one, 'avatarNsfw': 'None'} for one in people]})


def get_me(world: World, request: Request) -> Answer:
    """Who the key belongs to; the only place where a bad key shows."""
    if not request.has_key:
        raise Refusal(error_answer(401, 'Unauthorized'))
    body = {
        **DEMO_USER,
        'tier': 'free',
        'status': 'active',
        'isMember': False,
        'subscriptions': [],
    }
    return json_answer(200, body)


def get_enums(world: World, request: Request) -> Answer:
    """The enumerations."""
    return json_answer(200, ENUMS)
