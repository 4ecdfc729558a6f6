"""Takes an order into the queue: as a new row, or by taking up the row of the same key."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from ..domain.task import NewDownload, State, Task
from .rows import Intact, change, last_in_line, named, next_revision, read_task
from .tables import downloads

_FRESH: dict[str, Any] = {
    'received': 0,
    'hashed': 0,
    'total': None,
    'speed': 0.0,
    'path': None,
    'sha256': None,
    'verified': False,
    'error_code': None,
    'error_details': {},
    'attempts': 0,
    'owner': None,
    'heartbeat': None,
    'file_size': None,
    'file_time': None,
    'finished': None,
    'connections': 0,
    'notes': [],
    'cleared': None,
}
WAITING_AGAIN: dict[str, Any] = {
    'error_code': None,
    'error_details': {},
    'speed': 0.0,
    'finished': None,
    'cleared': None,
}
"""What a task forgets when it waits for its turn again."""


def take_order(
    connection: Connection, order: NewDownload, intact: Intact, parent_id: int | None, now: float
) -> int:
    """The number of the task that stands for ``order`` from now on; see
    :meth:`DownloadStore.add`.
    """
    row = connection.execute(select(downloads).where(downloads.c.key == order.key)).first()
    if row is None:
        return _insert(connection, order, intact, parent_id, now)
    task = read_task(row)
    if task.state is State.DONE and not intact(task) and _lies_there(task):
        _put_on_record(connection, task, order.key, now)
        return _insert(connection, order, intact, parent_id, now)
    values = _taken_up(connection, task, order, intact)
    if values:
        change(connection, downloads.c.id == task.id, values)
    return task.id


def _insert(
    connection: Connection, order: NewDownload, intact: Intact, parent_id: int | None, now: float
) -> int:
    result = connection.execute(
        downloads.insert().values(
            **_FRESH,
            **named(connection, order, intact),
            key=order.key,
            state=State.QUEUED.value,
            priority=order.priority,
            rank=last_in_line(),
            revision=next_revision(),
            created=now,
            parent_id=parent_id,
        )
    )
    found = result.inserted_primary_key
    assert found is not None
    return int(found[0])


def _taken_up(
    connection: Connection, task: Task, order: NewDownload, intact: Intact
) -> dict[str, Any]:
    """What changes in ``task``, nothing if it is on its way or done. The name stays what it was,
    since a part of it may lie there; only of a cancelled one nothing does.
    """
    order = replace(order, file_name=task.order.file_name)
    values = {'priority': order.priority, 'order': msgspec.to_builtins(order)}
    waiting = {'state': State.QUEUED.value, 'cleared': None}
    if task.state is State.DONE and not (intact(task) and _is_wanted(task, order)):
        return {**values, **_FRESH, **waiting, 'rank': last_in_line()}
    if task.state is State.CANCELLED:
        values.update(named(connection, order, intact, task.id), rank=last_in_line())
    if task.state in (State.PAUSED, State.FAILED, State.CANCELLED):
        return {**values, **WAITING_AGAIN, **waiting}
    more_urgent = order.priority > task.order.priority
    changed: dict[str, Any] = {'priority': order.priority} if more_urgent else {}
    return changed if task.cleared is None else {**changed, 'cleared': None}


def _lies_there(task: Task) -> bool:
    return task.path is not None and os.path.lexists(task.path)


def _put_on_record(connection: Connection, task: Task, key: str, now: float) -> None:
    """The file of ``task`` is not as it arrived and lies there still: what is known of it stays, so
    that it is found when files are verified, and the order gets a task of its own.
    """
    values = {'key': f'{key}#{task.id}', 'cleared': task.cleared or now}
    change(connection, downloads.c.id == task.id, values)


def _is_wanted(task: Task, order: NewDownload) -> bool:
    """Whether the finished ``task`` has the hash that ``order`` asks for, if it asks for one."""
    wanted = order.hashes.get('SHA256', '').lower()
    return not wanted or task.sha256 is None or wanted == task.sha256
