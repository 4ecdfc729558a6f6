"""What Civitai has said of models, kept for times when it says nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Row, delete, select
from sqlalchemy.dialects.sqlite import insert

from ..domain.record import Record
from ..util import printD
from .database import Database
from .numbers import in_parts
from .packed import packed, unpacked
from .tables import records, shortcuts


class RecordStore:
    """Records by model. Thread-safe; raises the errors of :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, model_id: int) -> Record | None:
        """The record of a model, None when nothing is known of it."""
        return self.many([model_id]).get(model_id)

    def many(self, ids: Collection[int]) -> dict[int, Record]:
        """The records there are of ``ids``."""
        found: dict[int, Record] = {}
        with self._database.read() as connection:
            for part in in_parts(ids):
                query = select(records).where(records.c.model_id.in_(part))
                kept = map(_record, connection.execute(query))
                found.update((record.model_id, record) for record in kept if record)
        return found

    def put(self, kept: Iterable[Record]) -> None:
        """Keep ``kept`` in place of what was known of those models, all in one transaction."""
        rows = [_row(record) for record in kept]
        if not rows:
            return
        with self._database.write() as connection:
            connection.execute(insert(records).prefix_with('OR REPLACE'), rows)

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
