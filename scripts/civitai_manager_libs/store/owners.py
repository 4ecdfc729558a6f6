"""Of which models versions are, as far as anything kept here tells."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import msgspec
from sqlalchemy import select

from ..domain.merging import version_ids
from .database import Database
from .numbers import in_parts
from .packed import inflated, unpacked
from .tables import records, shortcuts

_MOST_LOOKED_AT = 2_000


class _Version(msgspec.Struct):
    id: Any = None


class _Body(msgspec.Struct):
    """The numbers in a record: reading all of it takes several times as long."""

    modelVersions: list[_Version] = []


class VersionOwners:
    """Looks in saved models and in the records that were checked last. For one thread at a time;
    raises the errors of :class:`Database`.

    Of records only those are looked at that are new since the last question, as long as the
    questions are the same.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: frozenset[int] = frozenset()
        self._found: dict[int, int] = {}
        self._checked = -1.0

    def of(self, versions: Collection[int]) -> dict[int, int]:
        """The model of each of ``versions`` of which that is known."""
        wanted = frozenset(versions)
        if not wanted <= self._asked:
            self._checked = -1.0
        self._asked = wanted
        missing = wanted - self._found.keys()
        if missing:
            self._found.update(self._of_records(missing))
            self._found.update(self._of_saved(missing - self._found.keys()))
        return {number: self._found[number] for number in wanted if number in self._found}

    def _of_saved(self, missing: Collection[int]) -> Iterator[tuple[int, int]]:
        """Saved models with the version that was meant."""
        columns = shortcuts.c
        with self._database.read() as connection:
            for part in in_parts(missing):
                query = select(columns.version_id, columns.model_id)
                for version_id, model_id in connection.execute(
                    query.where(columns.version_id.in_(part))
                ):
                    yield version_id, model_id

    def _of_records(self, missing: frozenset[int]) -> Iterator[tuple[int, int]]:
        columns = records.c
        query = select(columns.model_id, columns.checked, columns.body)
        newest = query.where(columns.checked > self._checked).order_by(columns.checked.desc())
        with self._database.read() as connection:
            for model_id, checked, body in connection.execute(newest.limit(_MOST_LOOKED_AT)):
                self._checked = max(self._checked, checked)
                for number in _versions(body) & missing:
                    yield number, model_id


def _versions(body: bytes) -> frozenset[int]:
    """The versions in the body of a record; none in one that cannot be read."""
    try:
        found = msgspec.json.decode(inflated(body), type=_Body).modelVersions
        return frozenset(one.id for one in found if isinstance(one.id, int))
    except ValueError:  # of odd shape, or not as strict readers want it
        pass
    try:
        whole = unpacked(body)
    except ValueError:
        return frozenset()
    return version_ids(whole) if isinstance(whole, dict) else frozenset()
