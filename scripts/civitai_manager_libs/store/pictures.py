"""The table of downloaded pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal, literal_column, select
from sqlalchemy.dialects.sqlite import insert

from .database import Database
from .tables import pictures

_IN_ONE_QUERY = 500
_KEYS = ('sha256', 'look', 'image_id', 'address', 'others')
_ROW: ColumnElement[int] = literal_column('rowid')


@dataclass(frozen=True)
class PictureRow:
    """What is known of one file; :data:`.tables.pictures` says what the fields mean."""

    path: str
    size: int
    changed: int
    sha256: str
    look: str | None = None
    image_id: int | None = None
    address: str | None = None
    others: str | None = None


@dataclass(frozen=True)
class PictureKeys:
    """What a row can be found by; ``number`` grows with every row that is written."""

    number: int
    sha256: str
    look: str | None
    image_id: int | None
    address: str | None
    others: str | None


class PictureStore:
    """Rows by path. Thread-safe; raises the errors of :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def write(self, rows: Sequence[PictureRow]) -> None:
        """Remember ``rows`` in one transaction, in place of what was known of their paths."""
        values = [
            {name: getattr(row, name) for name in PictureRow.__dataclass_fields__} for row in rows
        ]
        with self._database.write() as connection:
            connection.execute(insert(pictures).prefix_with('OR REPLACE'), values)

    def forget(self, path: str) -> None:
        """Nothing is known of ``path`` any more."""
        with self._database.write() as connection:
            connection.execute(pictures.delete().where(pictures.c.path == path))

    def newest(self) -> int:
        """The number of the row that was written last, 0 when there is none."""
        with self._database.read() as connection:
            return connection.execute(select(func.max(_ROW)).select_from(pictures)).scalar() or 0

    def keys_after(self, number: int, most: int) -> list[PictureKeys]:
        """The keys of the first ``most`` rows written after row ``number``, oldest first."""
        columns = [pictures.c[name] for name in _KEYS]
        query = select(_ROW, *columns).where(_ROW > number).order_by(_ROW).limit(most)
        with self._database.read() as connection:
            return [PictureKeys(*row) for row in connection.execute(query)]

    def at(self, path: str) -> list[PictureRow]:
        """The row of ``path``, if there is one."""
        return self._where(pictures.c.path == path)

    def holding(self, sha256: str) -> list[PictureRow]:
        """Rows with that content."""
        return self._where(pictures.c.sha256 == sha256)

    def of_image(self, image_id: int) -> list[PictureRow]:
        """Rows of the picture of that number at Civitai."""
        return self._where(pictures.c.image_id == image_id)

    def of_address(self, address: str) -> list[PictureRow]:
        """Rows that came from there."""
        return self._where(pictures.c.address == address)

    def having_other(self, source: str) -> list[PictureRow]:
        """Rows with ``source`` among their ``others``; reads the whole table."""
        lines = literal('\n') + pictures.c.others + literal('\n')
        return self._where(func.instr(lines, f'\n{source}\n') > 0)

    def looking(self, looks: Sequence[str]) -> list[PictureRow]:
        """Rows with one of ``looks``."""
        found: list[PictureRow] = []
        for begin in range(0, len(looks), _IN_ONE_QUERY):
            found += self._where(pictures.c.look.in_(looks[begin : begin + _IN_ONE_QUERY]))
        return found

    def _where(self, condition: ColumnElement[bool]) -> list[PictureRow]:
        query = select(*(pictures.c[name] for name in PictureRow.__dataclass_fields__))
        with self._database.read() as connection:
            return [PictureRow(*row) for row in connection.execute(query.where(condition))]
