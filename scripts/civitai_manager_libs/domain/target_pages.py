"""Targets that are links: pages and API addresses of Civitai, pictures, files of other servers."""

from __future__ import annotations

import re

from ..errors import TargetUnsupported
from .links import Link, read_link, safe_text
from .target_types import (
    FileFilter,
    Target,
    TargetKind,
    canonical_address,
    integer,
    model_target,
    page_target,
    version_target,
)
from .target_words import read_hash

_LANGUAGE = re.compile(r'[a-z]{2}(?:[-_][a-z]{2,4})?', re.IGNORECASE)
_PICTURE_NUMBER = re.compile(r'([0-9]+)\.[A-Za-z0-9]+')
_LISTING_QUERY = ('query', 'tag', 'username', 'types', 'basemodels', 'sort', 'period')
_REPEATED = ('types', 'basemodels')
_MOST_VALUES = 12
_OTHER_SECTIONS = ('images', 'videos', 'posts', 'collections', 'articles')
_NUMBERED_PAGES = {
    'images': (TargetKind.IMAGE, 'image_id'),
    'posts': (TargetKind.POST, 'post_id'),
    'collections': (TargetKind.COLLECTION, 'collection_id'),
    'articles': (TargetKind.ARTICLE, 'article_id'),
}


def read_link_target(link: Link, base_url: str) -> Target | None:
    """What a link names, None when it is one of Civitai's with an unreadable id.

    Raises TargetUnsupported for pages of the site that are none of the known kinds.
    """
    if link.ours:
        return _read_site(link, base_url)
    number = _PICTURE_NUMBER.fullmatch(link.parts[-1]) if link.picture and link.parts else None
    image_id = integer(number.group(1)) if number else None
    if image_id is not None:
        return page_target(TargetKind.IMAGE, 'images', 'image_id', image_id)
    return Target(TargetKind.DIRECT, link.shown, url=link.url)


def _read_site(link: Link, base_url: str) -> Target | None:
    parts = list(link.parts)
    if len(parts) > 1 and _LANGUAGE.fullmatch(parts[0]):
        parts = parts[1:]
    words = [part.lower() for part in parts]
    if words[:3] == ['api', 'download', 'models']:
        return version_target(_at(words, 3), link.query)
    if words[:2] == ['api', 'v1']:
        return _read_api(parts, words[2:], link)
    if words == ['login'] and 'login' not in link.query.get('returnurl', 'login').lower():
        # Where a browser lands that asked for a file without being signed in.
        wanted = read_link(f'civitai.com/{link.query["returnurl"].lstrip("/")}', base_url)
        return _read_site(wanted, base_url) if wanted is not None else None
    return _read_page(parts, words, link)


def _read_api(parts: list[str], words: list[str], link: Link) -> Target | None:
    if words[:2] == ['model-versions', 'by-hash']:
        return read_hash(_at(words, 2) or '')
    if words[:2] == ['model-versions', 'mini']:
        return version_target(_at(words, 2), {'fileid': link.query.get('modelfileid', '')})
    if words == ['images'] and 'imageid' in link.query:
        words = ['images', link.query['imageid']]
    if words[:1] in (['models'], ['model-versions'], ['images'], ['posts']):
        return _read_page(words, words, link)
    return _listing(parts, link)


def _read_page(parts: list[str], words: list[str], link: Link) -> Target | None:
    head, name = _at(words, 0), _at(words, 1)
    if head == 'models' and name:
        asked = link.query.get('modelversionid')
        model_id, version_id = integer(name), integer(asked)
        # An unreadable version must not quietly become the newest one.
        unreadable = model_id is None or (asked and version_id is None)
        return None if unreadable else model_target(model_id or 0, version_id, FileFilter())
    if head == 'model-versions':
        return version_target(name, {})
    if head in _NUMBERED_PAGES and name:
        kind, field_name = _NUMBERED_PAGES[head]
        number = integer(name)
        return None if number is None else page_target(kind, head, field_name, number)
    if head == 'user' and name:
        return _creator(_short(parts[1]), _at(words, 2), link)
    if head in ('models', 'tag', 'search', *_NUMBERED_PAGES):
        return _listing(parts, link)
    raise TargetUnsupported(text=safe_text(link.shown), kind='page')


def _creator(user: str, section: str | None, link: Link) -> Target:
    """A creator; the address of their pages that show no models keeps which one it is."""
    other = [section] if section in _OTHER_SECTIONS else []
    return _list_of(TargetKind.CREATOR, ['user', user, *other], link, username=user)


def _listing(parts: list[str], link: Link) -> Target:
    named = _at(parts, 1) if parts[0].lower() == 'tag' else None
    shown = [_short(part) for part in parts[:4]]
    return _list_of(TargetKind.LISTING, shown, link, tag=_short(named) if named else None)


def _list_of(
    kind: TargetKind,
    parts: list[str],
    link: Link,
    *,
    username: str | None = None,
    tag: str | None = None,
) -> Target:
    """A page with a list; of its query only what says which, so that no key can be among it."""
    kept = {
        name: tuple(dict.fromkeys(map(_short, link.values[name][:_MOST_VALUES])))
        for name in _LISTING_QUERY
        if name in link.values
    }
    kept = {name: kept[name] if name in _REPEATED else kept[name][:1] for name in kept}
    first = {name: values[0] for name, values in kept.items()}
    return Target(
        kind,
        canonical_address(parts, kept),
        username=username or first.get('username'),
        tag=tag or first.get('tag'),
        query=first.get('query'),
        types=kept.get('types', ()),
        base_models=kept.get('basemodels', ()),
        sort=first.get('sort'),
        period=first.get('period'),
    )


def _at(words: list[str], position: int) -> str | None:
    return words[position] if len(words) > position else None


def _short(text: str) -> str:
    return ' '.join(text.split())[:100].strip()
