"""What the person has seen while browsing, does not want to see again, and had set the page to."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.sqlite import insert

from ..domain.text_search import storable_text
from .database import Database
from .numbers import in_parts, storable
from .tables import hidden_things, remembered, seen_models

MODEL, CREATOR, TAG = 'model', 'creator', 'tag'
"""Kinds of what can be hidden; the name of a model is its number as text."""


@dataclass(frozen=True)
class Hidden:
    """Something that is not shown: its kind, name, what it is called on the page, and since when
    (seconds since 1970).
    """

    kind: str
    name: str
    label: str
    since: float


class BrowsingStore:
    """Thread-safe; raises the errors of :class:`Database`. ``clock`` gives seconds since 1970."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    # --- seen -------------------------------------------------------------------------------------

    def seen(self, ids: Collection[int]) -> frozenset[int]:
        """Which of ``ids`` were opened before."""
        found: set[int] = set()
        with self._database.read() as connection:
            for part in in_parts(ids):
                query = select(seen_models.c.model_id).where(seen_models.c.model_id.in_(part))
                found.update(connection.execute(query).scalars())
        return frozenset(found)

    def mark_seen(self, model_id: int) -> None:
        """The model was opened just now."""
        if not storable(model_id):
            return
        row = {'model_id': model_id, 'seen': self._clock()}
        with self._database.write() as connection:
            connection.execute(insert(seen_models).prefix_with('OR REPLACE'), row)

    # --- hidden -----------------------------------------------------------------------------------

    def hide(self, kind: str, name: str, label: str) -> None:
        """Do not show it any more; harmless for what is hidden already."""
        names = {'name': storable_text(name), 'label': storable_text(label)}
        row = {'kind': kind, **names, 'since': self._clock()}
        with self._database.write() as connection:
            connection.execute(insert(hidden_things).on_conflict_do_nothing(), row)

    def unhide(self, kind: str, name: str) -> None:
        """Show it again; harmless for what is not hidden."""
        which = (hidden_things.c.kind == kind) & (hidden_things.c.name == storable_text(name))
        with self._database.write() as connection:
            connection.execute(delete(hidden_things).where(which))

    def hidden(self) -> list[Hidden]:
        """All that is hidden, the latest first."""
        query = select(hidden_things).order_by(hidden_things.c.since.desc(), hidden_things.c.name)
        with self._database.read() as connection:
            return [Hidden(**row._mapping) for row in connection.execute(query)]

    # --- remembered -------------------------------------------------------------------------------

    def remember(self, name: str, value: Any) -> None:
        """Keep ``value`` (of JSON types) under ``name``."""
        row = {'name': name, 'value': value}
        with self._database.write() as connection:
            connection.execute(insert(remembered).prefix_with('OR REPLACE'), row)

    def recall(self, name: str) -> Any:
        """What was remembered under ``name`` last, None when nothing was."""
        query = select(remembered.c.value).where(remembered.c.name == name)
        with self._database.read() as connection:
            return connection.execute(query).scalar()
