"""The first pages of the latest searches, kept for times without a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from ..domain.text_search import storable_text
from ..util import printD
from .database import Database
from .packed import packed, unpacked
from .tables import listings

_MOST = 50


@dataclass(frozen=True)
class Listing:
    """What a search gave: ``items`` as the API sent them when it was asked at ``address``
    (``fetched``: seconds since 1970), and whether it had ``more`` behind them.
    """

    key: str
    address: str
    fetched: float
    items: list[dict[str, Any]]
    more: bool


class ListingStore:
    """Listings by key; the newest 50 stay. Thread-safe; raises the errors of :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str) -> Listing | None:
        """What was kept under ``key``, None when there is nothing, or nothing that can be read."""
        with self._database.read() as connection:
            row = connection.execute(
                select(listings).where(listings.c.key == storable_text(key))
            ).first()
        if row is None:
            return None
        try:
            items = unpacked(row.items)
        except ValueError as error:  # it can be had again, and must not stand in the way
            printD(f'[store] the listing {row.key} cannot be read: {error}')
            return None
        return Listing(row.key, row.address, row.fetched, items, row.more)

    def put(self, listing: Listing) -> None:
        """Keep ``listing`` in place of what was under its key."""
        row = {**vars(listing), 'key': storable_text(listing.key), 'items': packed(listing.items)}
        row['address'] = storable_text(listing.address)
        newest = select(listings.c.key).order_by(listings.c.fetched.desc()).limit(_MOST)
        with self._database.write() as connection:
            connection.execute(insert(listings).prefix_with('OR REPLACE'), row)
            connection.execute(delete(listings).where(listings.c.key.not_in(newest)))
