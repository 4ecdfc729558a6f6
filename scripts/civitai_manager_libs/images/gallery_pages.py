"""The pages of a gallery, in the order that was asked for and at the wanted levels only.

The pictures of a whole model come newest first whatever the API is asked for (civitai-api.md
section 3.10): only those of one version are sorted by how people liked them. For such an order the
versions are asked one by one and their pictures merged, which is the same list.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ..civitai import CivitaiAPI, ImagePage
from ..domain.gallery import GalleryPicture
from ..domain.image_query import ImageQuery
from ..domain.nsfw import is_wanted
from ..errors import NotFound

PAGE_SIZE = 50
_LIKES = ('Most Reactions', 'Most Comments')
_AT_ONCE = 3
_Place = tuple[int, 'str | None', int]


def gallery_pages(
    api: CivitaiAPI, query: ImageQuery, cursor: str | None = None, page_size: int = PAGE_SIZE
) -> Iterator[ImagePage]:
    """The pages that fit ``query``, from ``cursor`` (of an earlier page of the same query) on,
    asked for one by one as they are taken. A page may be short or empty and not the last.

    What the server gives beyond the levels of ``query`` is left out. Raises :class:`ApiError`.
    """
    versions = _versions(api, query)
    if len(versions) > 1:
        pages = _merged(api, query, versions, cursor, page_size)
    else:
        one = replace(query, model_id=None, version_id=versions[0]) if versions else query
        pages = api.images(one, page_size, cursor)
    for page in pages:
        wanted = (one for one in page.pictures if is_wanted(one.nsfw_level, query.levels))
        yield replace(page, pictures=tuple(wanted))


def _versions(api: CivitaiAPI, query: ImageQuery) -> list[int]:
    """The versions to ask for one by one; none where one question will do."""
    if query.model_id is None or query.version_id is not None or query.sort not in _LIKES:
        return []
    try:
        return [version.id for version in api.model(query.model_id).model_versions]
    except NotFound:  # its pictures can still be there
        return []


class _Run:
    """The pictures of one version, in the order of the server. ``place`` is where it stands: the
    cursor of the page in hand and how many of that are taken; None at the end.
    """

    def __init__(self, api: CivitaiAPI, query: ImageQuery, page_size: int, place: _Place) -> None:
        self.version_id, self._cursor, self._taken = place
        one = replace(query, model_id=None, version_id=self.version_id)
        self._pages = api.images(one, page_size, self._cursor)
        self._page: ImagePage | None = None
        self._ended = False
        self.astray = False

    @property
    def place(self) -> _Place | None:
        return None if self._ended else (self.version_id, self._cursor, self._taken)

    def head(self) -> GalleryPicture | None:
        """The next picture; None at the end."""
        while not self._ended:
            if self._page is not None and self._taken < len(self._page.pictures):
                return self._page.pictures[self._taken]
            self._turn_over()
        return None

    def take(self) -> None:
        """Go past :meth:`head`."""
        self._taken += 1

    def _turn_over(self) -> None:
        last = self._page
        if last is not None:
            self._cursor, self._taken = last.next_cursor, 0
        self._page = next(self._pages, None)
        self._ended = self._page is None
        self.astray = self.astray or (self._page is not None and self._page.astray)


def _merged(
    api: CivitaiAPI,
    query: ImageQuery,
    versions: Sequence[int],
    cursor: str | None,
    page_size: int,
) -> Iterator[ImagePage]:
    places = _read_places(cursor) or [(version, None, 0) for version in versions]
    runs = [_Run(api, query, page_size, place) for place in places]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix='gallery-pages') as pool:
        deque(pool.map(_Run.head, runs), maxlen=0)  # the first page of each, not one by one
    seen, ended = set[int | None](), False
    while not ended:
        pictures: list[GalleryPicture] = []
        while len(pictures) < page_size:
            heads = [(run, head) for run in runs if (head := run.head()) is not None]
            if not heads:
                ended = True
                break
            run, best = max(heads, key=lambda pair: _weight(pair[1], query.sort))
            run.take()
            if best.id not in seen:  # a picture may be of several versions
                seen.add(best.id)
                pictures.append(best)
        left = [run.place for run in runs if run.place is not None]
        following = None if ended or not left else json.dumps(left)
        yield ImagePage(tuple(pictures), following, any(run.astray for run in runs))
        ended = following is None


def _weight(picture: GalleryPicture, sort: str | None) -> int:
    return picture.stats.comment_count if sort == 'Most Comments' else picture.stats.liked


def _read_places(cursor: str | None) -> list[_Place]:
    """Where each version stood; nothing for a cursor that is none of ours."""
    try:
        found = json.loads(cursor or '[]')
    except ValueError:
        found = None
    places = found if isinstance(found, list) else []
    return [(place[0], place[1], place[2]) for place in places]
