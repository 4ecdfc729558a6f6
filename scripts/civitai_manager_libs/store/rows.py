"""Rows of the queue as :class:`Task`, and the names that no two of them share."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, func, select, update
from sqlalchemy.sql.elements import ColumnElement

from ..domain.naming import name_key, numbered
from ..domain.task import NewDownload, State, Task
from .tables import downloads

Intact = Callable[[Task], bool]
"""Whether the file of a finished task lies there as we left it."""

LINE = (downloads.c.priority.desc(), downloads.c.rank, downloads.c.id)
"""The order in which waiting downloads get their turn."""


def read_task(row: Row[Any]) -> Task:
    """The task that ``row`` holds."""
    return task_of(row._mapping)


def task_of(row: Mapping[Any, Any]) -> Task:
    """The task of a row by column; raises :class:`msgspec.ValidationError` for what is none."""
    values = {str(name): value for name, value in row.items()}
    values.pop('key')
    values.pop('place')
    order = {**values['order'], 'priority': values.pop('priority')}
    return msgspec.convert({**values, 'order': order}, Task)


def next_revision() -> ColumnElement[int]:
    """Greater than the revision of any row; writers come one after the other."""
    highest = func.coalesce(func.max(downloads.c.revision), 0)
    return select(highest + 1).scalar_subquery()


def last_in_line() -> ColumnElement[float]:
    """The rank behind everything that waits."""
    highest = func.coalesce(func.max(downloads.c.rank), 0)
    return select(highest + 1).scalar_subquery()


def change(connection: Connection, which: ColumnElement[bool], values: dict[str, Any]) -> int:
    """The number of rows that were changed; each change of the queue goes through here."""
    changed = {**values, 'revision': next_revision()}
    return connection.execute(update(downloads).where(which).values(**changed)).rowcount


def named(
    connection: Connection, order: NewDownload, intact: Intact, own_id: int | None = None
) -> dict[str, Any]:
    """Order and place of a download under a name that no other one of the queue has."""
    names = [order.file_name, *([order.spare_name] if order.spare_name else [])]
    numbers = (numbered(order.file_name, number) for number in itertools.count(2))
    for name in itertools.chain(names, numbers):
        place = _place(order.folder, name)
        here = and_(
            downloads.c.place == place,
            downloads.c.state != State.CANCELLED.value,
            downloads.c.id != (own_id or 0),
        )
        holders = [read_task(row) for row in connection.execute(select(downloads).where(here))]
        if not any(task.state is not State.DONE or intact(task) for task in holders):
            break
    return {'place': place, 'order': msgspec.to_builtins(replace(order, file_name=name))}


def _place(folder: str, file_name: str) -> str:
    """The same for two downloads that would write the same file on any system."""
    return os.path.join(os.path.normpath(folder), name_key(file_name))
