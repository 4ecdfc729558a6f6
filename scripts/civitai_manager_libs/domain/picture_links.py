"""Which picture of a version may stand for it, and how the picture server is asked for it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit, urlunsplit

from .models import Picture
from .sites import PICTURE_HOSTS, host_of

_UUID = re.compile(r'[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}')
_SAFE = 2
_BLOCKED = 32


def sized_address(url: str, width: int, base_url: str) -> str:
    """``url`` with the picture server asked for ``width``; as it is where the server is not known
    to understand that.

    Only the segment between the picture's id and its name is touched (civitai-api.md section 8).
    """
    return _with_parameters(url, f'width={width}', base_url) or url


def original_address(url: str, base_url: str) -> str:
    """``url`` with the picture server asked for the file as it was uploaded, the only one with what
    it says of its making; as it is where the server is not known to understand that.
    """
    return _with_parameters(url, 'original=true', base_url) or url


def still_address(picture: Picture, longest: int, base_url: str) -> str | None:
    """Where ``picture`` is had as one still of about ``longest`` pixels on its longer side.

    Of a video the server makes a frame; None when it is on a server that is not known to do so, or
    has no web address.
    """
    if not picture.url.lower().startswith(('http://', 'https://')):
        return None
    wide, high = picture.width or 0, picture.height or 0
    width = -(-longest * wide // high) if high > wide > 0 else longest
    if picture.type == 'image':
        return sized_address(picture.url, width, base_url)
    parameters = f'anim=false,transcode=true,width={width}'
    return _with_parameters(picture.url, parameters, base_url, ending='.jpeg')


def picture_identity(url: str) -> str:
    """What stays the same of a picture's address however large and from whichever list it is asked
    for: the picture server's own id of it (civitai-api.md section 8); elsewhere all of it.
    """
    if host_of(url) in PICTURE_HOSTS:
        segments = urlsplit(url).path.split('/')
        if len(segments) in (4, 5) and _UUID.fullmatch(segments[2]):
            return segments[2].lower()
    return url


def safest_first(pictures: Iterable[Picture], adult: bool) -> list[Picture]:
    """The pictures and videos that may stand for a model: the mildest rating first, of equals
    stills before videos, then in the order given.

    Not rated counts as not safe. Those above PG-13 are in the list only if ``adult``, what is
    blocked never is (civitai-api.md section 7).
    """
    found: dict[str, Picture] = {}
    for picture in pictures:
        if picture.type in ('image', 'video') and _may_stand(picture.nsfw_level, adult):
            found.setdefault(picture.url, picture)
    return sorted(found.values(), key=lambda one: (_rank(one.nsfw_level), one.type != 'image'))


def _may_stand(level: int, adult: bool) -> bool:
    if level & _BLOCKED or level < 0:
        return False
    return adult or 0 < level <= _SAFE


def _rank(level: int) -> int:
    """The highest rating that ``level`` names; what was never rated comes after all of them."""
    return level.bit_length() if level else _BLOCKED


def _with_parameters(url: str, parameters: str, base_url: str, ending: str = '') -> str | None:
    if not host_of(url):
        return None
    parts = urlsplit(url)
    local = parts.hostname == urlsplit(base_url).hostname
    if host_of(url) not in PICTURE_HOSTS and not local:
        return None
    segments = parts.path.split('/')
    if len(segments) not in (4, 5) or not _UUID.fullmatch(segments[2]):
        return None
    name = segments[-1].rpartition('.')[0] + ending if ending else segments[-1]
    path = '/'.join([*segments[:3], parameters, name])
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ''))
