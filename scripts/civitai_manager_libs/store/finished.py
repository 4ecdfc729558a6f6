"""Files that this program knows: what it has downloaded, and what it has hashed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, literal_column, select

from ..domain.task import State
from .database import Database
from .hashed import FileState
from .tables import downloads, hashed_files

_MOST = 100
# The sign keeps SQLite from walking through everything that is done by the index of states.
_STATE: ColumnElement[str] = literal_column('+downloads.state')


@dataclass(frozen=True)
class FinishedFile:
    """A file as it was left; it may have changed or gone since. ``file_id`` is Civitai's number of
    it; ``follows`` says that it only came along with another one.
    """

    path: Path
    state: FileState
    file_id: int | None = None
    follows: bool = False


@dataclass(frozen=True)
class FileOfModel:
    """What became of one download of a file of Civitai: ``path`` is None as long as nothing lies
    there, ``size`` is that of the file as it was left.
    """

    task_id: int
    revision: int
    model_id: int
    version_id: int
    file_id: int | None
    path: Path | None
    size: int | None


class FinishedFiles:
    """Looks files up in the database. Thread-safe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of_version(self, version_id: int) -> list[FinishedFile]:
        """What was downloaded of a version of Civitai, the latest first."""
        key = downloads.c.key  # file:<version>:<file>:<folder>:<name>
        here = and_(key >= f'file:{version_id}:', key < f'file:{version_id};')
        return self._found(_finished(here))

    def with_hash(self, begins: str) -> list[FinishedFile]:
        """The files whose SHA256 begins so (lower-case hex digits)."""
        hashed = select(hashed_files.c.path, hashed_files.c.size, hashed_files.c.changed).where(
            _begins(hashed_files.c.sha256, begins)
        )
        with self._database.read() as connection:
            others = connection.execute(hashed.limit(_MOST)).all()
        known = [FinishedFile(Path(path), FileState(size, at)) for path, size, at in others]
        return [*self._found(_finished(_begins(downloads.c.sha256, begins))), *known]

    def of_models(self, since: int) -> list[FileOfModel]:
        """The downloads of files of models that have changed after revision ``since`` (-1 for
        all), oldest change first.
        """
        columns = downloads.c
        model, version = columns.order['model_id'], columns.order['version_id']
        fields = (columns.id, columns.revision, model.as_integer(), version.as_integer())
        query = select(*fields, columns.key, columns.path, columns.file_size).where(
            columns.revision > since
        )
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(columns.revision, columns.id)).all()
        return [
            FileOfModel(
                number, revision, model, version, _file_id(key), Path(path) if path else None, size
            )
            for number, revision, model, version, key, path, size in rows
            if model and version
        ]

    def _found(self, query: Select[Any]) -> list[FinishedFile]:
        with self._database.read() as connection:
            rows = connection.execute(query.limit(_MOST)).all()
        return [
            FinishedFile(Path(path), FileState(size or 0, at or 0), _file_id(key), bool(parent))
            for path, size, at, key, parent in rows
        ]


def _finished(which: ColumnElement[bool]) -> Select[Any]:
    columns = downloads.c
    done = and_(_STATE == State.DONE.value, columns.path.is_not(None), which)
    fields = (columns.path, columns.file_size, columns.file_time, columns.key, columns.parent_id)
    return select(*fields).where(done).order_by(columns.id.desc())


def _begins(column: ColumnElement[str], text: str) -> ColumnElement[bool]:
    """As a range, for which an index is used; ``g`` comes after every hex digit."""
    return and_(column >= text, column < text + 'g')


def _file_id(key: str) -> int | None:
    number = key.split(':')[2:3] if key.startswith('file:') else []
    return int(number[0]) if number and number[0].isdecimal() else None
