"""The pages of a search, whatever becomes of Civitai on the way: kept for times without it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ..civitai import CivitaiAPI
from ..domain.models import Model, read_model
from ..domain.paging import Trail
from ..domain.record import Record
from ..domain.search import ModelQuery
from ..domain.told import Told
from ..errors import ApiError, Gone, NotFound, PageCap, RequestRefused, ShortcutError
from ..store.listings import Listing, ListingStore

PAGE_SIZE = 40
"""Models asked for at once; an answer with all their pictures is about a megabyte."""

MOST_KEPT = 120
"""So many models of a search are kept, or a page more."""

_FINAL = (NotFound, Gone, RequestRefused, PageCap)
_log = logging.getLogger('civitai_shortcut')


@dataclass(frozen=True)
class ListedPage:
    """One page of a search: its models without those of earlier pages, how many items could not be
    read, whether taking another may give more, and whether more would follow, were the server's
    pages not endless.

    ``since`` is when Civitai said this (seconds since 1970), if it is away now; ``problem`` is why,
    and ``records`` have what it said of each, as far as lists tell it.
    """

    models: tuple[Model, ...] = ()
    broken: int = 0
    more: bool = False
    astray: bool = False
    since: float | None = None
    problem: ApiError | None = None
    records: tuple[Record, ...] = ()


class ModelListing:
    """One way through the pages of ``query``; for one thread."""

    def __init__(
        self,
        api: CivitaiAPI,
        listings: ListingStore,
        query: ModelQuery,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._api = api
        self._listings = listings
        self._query = query
        self._clock = clock
        self._key = api.models_address(query, PAGE_SIZE)
        self._kept = listings.get(self._key)
        self._trail = Trail()
        self._seen: set[int] = set()
        self._items: list[dict[str, Any]] = []
        self._fetched = 0.0
        self._begun_again = False

    def pages(self) -> Iterator[ListedPage]:
        """The pages, asked for one by one as they are taken, also empty ones. Raises nothing of
        Civitai's: a page with a ``problem`` and ``more`` is asked for again by taking the next.
        """
        while not self._trail.ended:
            first = not self._items
            try:
                told = self._asked(hurried=first and self._kept is not None)
            except ApiError as error:
                if not self._begin_again(error):
                    yield self._troubled(error, first)
                    if isinstance(error, _FINAL) or (first and self._kept is not None):
                        return
                continue
            yield self._page(told)

    def _asked(self, hurried: bool) -> Told:
        return self._api.models_told(self._query, PAGE_SIZE, self._trail.cursor, hurried)

    def _begin_again(self, error: ApiError) -> bool:
        """Whether the list is to be followed from its beginning: some cursors do not last
        (civitai-api.md section 4).
        """
        if not isinstance(error, RequestRefused) or self._trail.cursor is None:
            return False
        if self._begun_again:
            return False
        self._begun_again, self._trail = True, Trail()
        return True

    def _troubled(self, error: ApiError, first: bool) -> ListedPage:
        if isinstance(error, _FINAL):
            return ListedPage(problem=error)
        if not first or self._kept is None:
            return ListedPage(more=True, problem=error)
        kept = self._kept
        read = [(item, read_model(item)) for item in kept.items]
        found = [(item, model) for item, model in read if model is not None]
        return ListedPage(
            tuple(model for _, model in found),
            since=kept.fetched,
            problem=error,
            records=tuple(
                Record(model.id, item, kept.address, kept.fetched, kept.fetched)
                for item, model in found
            ),
        )

    def _page(self, told: Told) -> ListedPage:
        read = [(item, read_model(item)) for item in told.items]
        fresh: dict[int, Model] = {}
        for item, model in read:
            if model is not None and model.id not in self._seen:
                fresh[model.id] = model
                self._seen.add(model.id)
                self._items.append(item)
        self._trail.step(told.body.get('metadata'), len(fresh))
        if fresh and not told.old:
            self._keep(told)
        return ListedPage(
            tuple(fresh.values()),
            sum(model is None for _, model in read),
            not self._trail.ended,
            self._trail.astray,
            told.given if told.old else None,
        )

    def _keep(self, told: Told) -> None:
        if len(self._items) > MOST_KEPT + PAGE_SIZE or self._begun_again:
            return
        self._fetched = self._fetched or told.given or self._clock()
        more = not self._trail.ended
        listing = Listing(self._key, self._key, self._fetched, self._items, more)
        try:
            self._listings.put(listing)
        except ShortcutError as error:  # it is there all the same
            _log.warning('listing not kept: %s', error)
