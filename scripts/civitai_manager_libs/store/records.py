"""What Civitai has said of models, kept for times when it says nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, Optional

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from ..domain.record import Record
from ..util import printD
from .database import Database
from .numbers import in_parts
from .packed import packed, unpacked
from .tables import records, shortcuts

Make = Callable[[int, Optional[Record]], Record]
"""Gives the record that a model is to have, from its id and the one that it has."""


class RecordStore:
    """Records by model. Thread-safe; raises the errors of :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, model_id: int) -> Record | None:
        """The record of a model, None when nothing is known of it."""
        return self.many([model_id]).get(model_id)

    def many(self, ids: Collection[int]) -> dict[int, Record]:
        """The records there are of ``ids``."""
        with self._database.read() as connection:
            kept = map(_record, _rows(connection, ids).values())
            return {record.model_id: record for record in kept if record}

    def put(self, kept: Iterable[Record]) -> None:
        """Keep ``kept`` in place of what was known of those models, all in one transaction."""
        rows = [_row(record) for record in kept]
        if not rows:
            return
        with self._database.write() as connection:
            connection.execute(insert(records).prefix_with('OR REPLACE'), rows)

    def change(self, ids: Iterable[int], make: Make) -> dict[int, Record]:
        """Keep what ``make`` gives for each of those models, and give it; in one transaction.

        Nobody waits while it is made. Where somebody else has kept something of a model meanwhile,
        it is made again, of that.
        """
        wanted = list(dict.fromkeys(ids))
        with self._database.read() as connection:
            before = _rows(connection, wanted)
        made = {number: make(number, _known(before.get(number))) for number in wanted}
        rows = {number: _row(record) for number, record in made.items()}
        if not rows:
            return made
        with self._database.write() as connection:
            now = _rows(connection, wanted)
            for number in wanted:
                if now.get(number) != before.get(number):
                    made[number] = make(number, _known(now.get(number)))
                    rows[number] = _row(made[number])
            connection.execute(insert(records).prefix_with('OR REPLACE'), list(rows.values()))
        return made

    def oldest_first(self, ids: Collection[int]) -> list[int]:
        """``ids`` in the order in which to ask for them: those of which there is no record, then
        those checked longest ago.
        """
        with self._database.read() as connection:
            kept = connection.execute(select(records.c.model_id).order_by(records.c.checked))
            place = {number: at for at, number in enumerate(kept.scalars())}
        return sorted(ids, key=lambda number: place.get(number, -1))

    def prune(self, most: int) -> int:
        """Of the records that no saved model needs, let those go that were checked longest ago
        until ``most`` are left; gives how many went.
        """
        spare = (
            select(records.c.model_id)
            .where(records.c.model_id.not_in(select(shortcuts.c.model_id)))
            .order_by(records.c.checked.desc(), records.c.model_id.desc())
            .limit(-1)
            .offset(most)
        )
        with self._database.read() as connection:  # nothing to do is the usual case
            if connection.execute(spare.limit(1)).first() is None:
                return 0
        with self._database.write() as connection:
            return connection.execute(delete(records).where(records.c.model_id.in_(spare))).rowcount


def _rows(connection: Connection, ids: Iterable[int]) -> dict[int, Row[Any]]:
    found: dict[int, Row[Any]] = {}
    for part in in_parts(ids):
        query = select(records).where(records.c.model_id.in_(part))
        found.update((row.model_id, row) for row in connection.execute(query))
    return found


def _known(row: Row[Any] | None) -> Record | None:
    return _record(row) if row is not None else None


def _row(record: Record) -> dict[str, Any]:
    return {
        'model_id': record.model_id,
        'body': packed(record.body),
        'address': record.address,
        'fetched': record.fetched,
        'checked': record.checked,
        'gone': record.gone,
        'withdrawn': sorted(record.withdrawn),
    }


def _record(row: Row[Any]) -> Record | None:
    """None for one that cannot be read: it can be had again, and must not stand in the way."""
    try:
        body = unpacked(row.body)
    except ValueError as error:
        printD(f'[store] the record of model {row.model_id} cannot be read: {error}')
        return None
    values = {**row._mapping, 'body': body, 'withdrawn': frozenset(row.withdrawn)}
    return Record(**values)
