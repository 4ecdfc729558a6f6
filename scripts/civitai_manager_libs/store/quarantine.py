"""The record of files whose content was not what had been promised."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete, select

from .database import Database
from .tables import quarantined


@dataclass(frozen=True)
class Wrong:
    """A file set aside: where it lies, which download brought it, what was promised and what came
    (hexadecimal), and when (seconds since 1970).
    """

    path: str
    task_id: int
    algorithm: str
    expected: str
    actual: str
    created: float


class QuarantineStore:
    """Rows of the quarantine. ``clock`` gives seconds since 1970."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def add(self, path: str, task_id: int, algorithm: str, expected: str, actual: str) -> None:
        """``path`` holds now what came instead; an older record of that path is replaced."""
        row = Wrong(path, task_id, algorithm, expected, actual, self._clock())
        with self._database.write() as connection:
            connection.execute(delete(quarantined).where(quarantined.c.path == path))
            connection.execute(quarantined.insert().values(**vars(row)))

    def all(self) -> list[Wrong]:
        """Everything on record, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(quarantined).order_by(quarantined.c.created))
            return [Wrong(**{str(k): v for k, v in row._mapping.items()}) for row in rows]

    def older_than(self, seconds: float) -> list[Wrong]:
        """What was set aside more than so many ``seconds`` ago."""
        return [wrong for wrong in self.all() if self._clock() - wrong.created > seconds]

    def remove(self, path: str) -> None:
        """Forget the record of ``path``."""
        with self._database.write() as connection:
            connection.execute(delete(quarantined).where(quarantined.c.path == path))
