"""The queue in the database: every change of state is one transaction that checks what it
changes."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, and_, select, update

from ..domain.naming import name_key
from ..domain.task import AFTER, MOVING, Action, NewDownload, State, Task
from ..errors import ShortcutError, TaskUnknown
from .database import Database
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
}
_IDLE: dict[str, Any] = {'owner': None, 'speed': 0.0}
_WAITING_AGAIN: dict[str, Any] = {
    'error_code': None,
    'error_details': {},
    'speed': 0.0,
    'finished': None,
}


class DownloadStore:
    """Rows of the queue as :class:`Task`. ``clock`` gives seconds since 1970."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    def add(self, order: NewDownload, intact: Callable[[Task], bool]) -> Task:
        """Queue ``order``, or take up the task of the same key.

        A task that waits or moves is left alone; one that was paused, failed or cancelled waits
        again with what it has; a finished one is left alone as long as ``intact(task)`` says that
        its file is."""
        with self._database.write() as connection:
            row = connection.execute(select(downloads).where(downloads.c.key == order.key)).first()
            if row is None:
                task_id = self._insert(connection, order)
            else:
                task_id = row.id
                values = self._taken_up(_task(row), order, intact)
                here = downloads.c.id == task_id
                connection.execute(update(downloads).where(here).values(**values))
            return _task(
                connection.execute(select(downloads).where(downloads.c.id == task_id)).one()
            )

    def _insert(self, connection: Connection, order: NewDownload) -> int:
        place = _place(order.folder, order.file_name)
        here = and_(downloads.c.place == place, downloads.c.state != State.CANCELLED.value)
        if connection.execute(select(downloads.c.id).where(here)).first() is not None:
            order = replace(order, file_name=order.spare_name or order.file_name)
        result = connection.execute(
            downloads.insert().values(
                **_FRESH,
                key=order.key,
                place=_place(order.folder, order.file_name),
                state=State.QUEUED.value,
                priority=order.priority,
                order=msgspec.to_builtins(order),
                created=self._clock(),
            )
        )
        found = result.inserted_primary_key
        assert found is not None
        return int(found[0])

    @staticmethod
    def _taken_up(task: Task, order: NewDownload, intact: Callable[[Task], bool]) -> dict[str, Any]:
        """The name stays what it was, since a part of it may lie there."""
        order = replace(order, file_name=task.order.file_name)
        values = {'priority': order.priority, 'order': msgspec.to_builtins(order)}
        if task.state is State.DONE and not intact(task):
            return {**values, **_FRESH, 'state': State.QUEUED.value}
        if task.state in (State.PAUSED, State.FAILED, State.CANCELLED):
            return {**values, **_WAITING_AGAIN, 'state': State.QUEUED.value}
        return {'priority': max(order.priority, task.order.priority)}

    def get(self, task_id: int) -> Task:
        """The task of that number; raises :class:`TaskUnknown`."""
        with self._database.read() as connection:
            row = connection.execute(select(downloads).where(downloads.c.id == task_id)).first()
        if row is None:
            raise TaskUnknown(task_id=task_id)
        return _task(row)

    def all(self, task_ids: Iterable[int] | None = None) -> list[Task]:
        """All tasks, or those of ``task_ids``, in the order in which they were queued."""
        query = select(downloads).order_by(downloads.c.id)
        if task_ids is not None:
            query = query.where(downloads.c.id.in_(list(task_ids)))
        with self._database.read() as connection:
            return [_task(row) for row in connection.execute(query)]

    def claim(
        self, owner: str, alive: Callable[[Task], bool], among: Sequence[int] | None = None
    ) -> Task | None:
        """Take the next task for ``owner``: waiting, or moving under an owner that is not ``alive``
        any more.

        Highest priority first, then oldest. ``among`` limits it to those tasks.
        """
        states = [State.QUEUED.value, *(state.value for state in MOVING)]
        query = select(downloads).where(downloads.c.state.in_(states))
        query = query.order_by(downloads.c.priority.desc(), downloads.c.id)
        if among is not None:
            query = query.where(downloads.c.id.in_(list(among)))
        with (
            self._database.read() as connection
        ):  # nothing to take is the usual case: it needs no lock
            if connection.execute(query).first() is None:
                return None
        with self._database.write() as connection:
            for row in connection.execute(query).all():
                task = _task(row)
                if task.state in MOVING and alive(task):
                    continue
                connection.execute(
                    update(downloads)
                    .where(downloads.c.id == task.id)
                    .values(
                        state=State.RUNNING.value,
                        owner=owner,
                        heartbeat=self._clock(),
                        error_code=None,
                        error_details={},
                        attempts=downloads.c.attempts + 1,
                    )
                )
                return _task(
                    connection.execute(select(downloads).where(downloads.c.id == task.id)).one()
                )
        return None

    def beat(self, task_id: int, owner: str, state: State, **values: Any) -> bool:
        """Say that ``owner`` still moves the task and how far it is; False when it is not its
        owner's any more."""
        beat = {'state': state.value, 'heartbeat': self._clock()}
        return self._settle(task_id, owner, {**beat, **values})

    def finish(self, task_id: int, owner: str, **values: Any) -> bool:
        """The file is verified and in place."""
        done = {**_IDLE, 'state': State.DONE.value, 'finished': self._clock()}
        return self._settle(task_id, owner, {**done, **values})

    def fail(self, task_id: int, owner: str, state: State, error: ShortcutError) -> bool:
        """The task ends in ``state`` (failed, or paused for what may pass) with ``error``."""
        failed = {
            **_IDLE,
            'state': state.value,
            'error_code': error.code,
            'error_details': error.details,
            'finished': self._clock(),
        }
        return self._settle(task_id, owner, failed)

    def release(self, task_id: int, owner: str, state: State) -> bool:
        """Give the task back unfinished, to wait or to rest."""
        return self._settle(task_id, owner, {**_IDLE, 'state': state.value})

    def _settle(self, task_id: int, owner: str, values: dict[str, Any]) -> bool:
        moving = [state.value for state in MOVING]
        ours = and_(
            downloads.c.id == task_id, downloads.c.owner == owner, downloads.c.state.in_(moving)
        )
        with self._database.write() as connection:
            result = connection.execute(update(downloads).where(ours).values(**values))
            return bool(result.rowcount)

    def revise(self, task_id: int, order: NewDownload) -> None:
        """What was decided has changed: the author has replaced the file."""
        with self._database.write() as connection:
            connection.execute(
                update(downloads)
                .where(downloads.c.id == task_id)
                .values(order=msgspec.to_builtins(order))
            )

    def act(self, action: Action, task_ids: Iterable[int]) -> list[Task]:
        """Do ``action`` to each task whose state allows it; gives those that changed, as they are
        now."""
        sources, after = AFTER[action]
        values: dict[str, Any] = {**_IDLE, 'state': after.value}
        if after is State.QUEUED:
            values.update(_WAITING_AGAIN)
        if after is State.CANCELLED:
            values['finished'] = self._clock()
        wanted = and_(
            downloads.c.id.in_(list(task_ids)),
            downloads.c.state.in_([state.value for state in sources]),
        )
        with self._database.write() as connection:
            ids = [row.id for row in connection.execute(select(downloads.c.id).where(wanted))]
            here = downloads.c.id.in_(ids)
            connection.execute(update(downloads).where(here).values(**values))
            query = select(downloads).where(here).order_by(downloads.c.id)
            return [_task(row) for row in connection.execute(query)]


def _place(folder: str, file_name: str) -> str:
    """The same for two downloads that would write the same file on any system."""
    return os.path.join(os.path.normpath(folder), name_key(file_name))


def _task(row: Row[Any]) -> Task:
    values = dict(row._mapping)
    values.pop('key')
    values.pop('place')
    order = msgspec.convert(
        {**values.pop('order'), 'priority': values.pop('priority')}, NewDownload
    )
    values['state'] = State(values['state'])
    return Task(order=order, **values)
