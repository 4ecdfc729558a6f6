"""Following the pages of a list to their end, whatever the server says of it.

Cursors are opaque, an empty page is not the end, and some lists have led in circles
(civitai-api.md section 4).
"""

from __future__ import annotations

from collections.abc import Mapping

MOST_EMPTY_PAGES = 20
"""Pages in a row without anything new, after which a list is given up."""


class Trail:
    """The way through the pages of one list: ask for :attr:`cursor` (None is the first page), then
    :meth:`step`. It may begin at the ``cursor`` of an earlier way.

    ``ended`` says that there is no further page; ``astray`` that there was one, and that following
    it would not have come to an end.
    """

    def __init__(self, cursor: str | None = None) -> None:
        self.cursor = cursor
        self.ended = False
        self.astray = False
        self._seen = {cursor} if cursor is not None else set[str]()
        self._empty = 0

    def step(self, metadata: object, news: int) -> None:
        """Go on from a page with ``metadata`` that held ``news`` items which no page had before."""
        given = metadata.get('nextCursor') if isinstance(metadata, Mapping) else None
        following = str(given) if given not in (None, '') else None
        self._empty = 0 if news else self._empty + 1
        if following is None:
            self.ended = True
        elif following in self._seen or self._empty >= MOST_EMPTY_PAGES:
            self.ended = self.astray = True
        else:
            self._seen.add(following)
            self.cursor = following
