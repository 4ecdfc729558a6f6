"""The pages of a list of pictures, as far as they are wanted."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from ..civitai import CivitaiAPI
from ..domain.gallery import GalleryPicture
from ..domain.image_query import LARGEST_IMAGE_PAGE, ImageQuery
from ..domain.nsfw import is_wanted

_log = logging.getLogger('civitai_shortcut')


def wanted_pages(
    api: CivitaiAPI, query: ImageQuery, limit: int, cursor: str | None = None
) -> Iterator[list[GalleryPicture]]:
    """The pictures of each page that have a level of ``query``, together at most ``limit`` (0:
    all); nothing where it wants none. Raises ApiError.
    """
    if query.levels == ():
        return
    count, page_size = 0, min(limit or LARGEST_IMAGE_PAGE, LARGEST_IMAGE_PAGE)
    for page in api.images(query, page_size, cursor):
        if page.astray:
            _log.warning('pictures: the list leads in circles and was ended there')
        wanted = [one for one in page.pictures if is_wanted(one.nsfw_level, query.levels)]
        if limit:
            wanted = wanted[: limit - count]
        count += len(wanted)
        yield wanted
        if limit and count >= limit:
            return
