"""The queue in the database: every change of state is one transaction that checks what it
changes.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Row, and_, select, update

from ..domain.naming import name_key, numbered
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
        its file is, and the file is the one that is wanted now.
        """
        with self._database.write() as connection:
            row = connection.execute(select(downloads).where(downloads.c.key == order.key)).first()
            if row is None:
                task_id = self._insert(connection, order, intact)
            else:
                task_id = row.id
                values = self._taken_up(connection, _task(row), order, intact)
                here = downloads.c.id == task_id
                connection.execute(update(downloads).where(here).values(**values))
            return _task(
                connection.execute(select(downloads).where(downloads.c.id == task_id)).one()
            )

    def _insert(
        self, connection: Connection, order: NewDownload, intact: Callable[[Task], bool]
    ) -> int:
        result = connection.execute(
            downloads.insert().values(
                **_FRESH,
                **_named(connection, order, intact),
                key=order.key,
                state=State.QUEUED.value,
                priority=order.priority,
                created=self._clock(),
            )
        )
        found = result.inserted_primary_key
        assert found is not None
        return int(found[0])

    @staticmethod
    def _taken_up(
        connection: Connection, task: Task, order: NewDownload, intact: Callable[[Task], bool]
    ) -> dict[str, Any]:
        """The name stays what it was, since a part of it may lie there; only of a cancelled one
        nothing does.
        """
        order = replace(order, file_name=task.order.file_name)
        values = {'priority': order.priority, 'order': msgspec.to_builtins(order)}
        if task.state is State.DONE and not (intact(task) and _is_wanted(task, order)):
            return {**values, **_FRESH, 'state': State.QUEUED.value}
        if task.state is State.CANCELLED:
            values.update(_named(connection, order, intact, task.id))
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

    def beat(self, task: Task, state: State, **values: Any) -> bool:
        """Say that the run which claimed ``task`` still moves it and how far it is; False when it
        is not that run's any more.
        """
        beat = {'state': state.value, 'heartbeat': self._clock()}
        return self._settle(task, {**beat, **values})

    def finish(self, task: Task, **values: Any) -> bool:
        """The file is verified and in place. That holds as well when somebody has paused the task
        in this very moment, as long as nobody else has begun it.
        """
        done = {**_IDLE, 'state': State.DONE.value, 'finished': self._clock()}
        states = [state.value for state in (*MOVING, State.PAUSED, State.QUEUED)]
        ours = and_(
            downloads.c.id == task.id,
            downloads.c.attempts == task.attempts,
            downloads.c.state.in_(states),
        )
        return self._change(ours, {**done, **values})

    def fail(self, task: Task, state: State, error: ShortcutError) -> bool:
        """The task ends in ``state`` (failed, or paused for what may pass) with ``error``."""
        failed = {
            **_IDLE,
            'state': state.value,
            'error_code': error.code,
            'error_details': error.details,
            'finished': self._clock(),
        }
        return self._settle(task, failed)

    def release(self, task: Task, state: State) -> bool:
        """Give the task back unfinished, to wait or to rest."""
        return self._settle(task, {**_IDLE, 'state': state.value})

    def _settle(self, task: Task, values: dict[str, Any]) -> bool:
        """Owner and number of attempts name one run: a process may claim a task twice."""
        moving = [state.value for state in MOVING]
        ours = and_(
            downloads.c.id == task.id,
            downloads.c.owner == task.owner,
            downloads.c.attempts == task.attempts,
            downloads.c.state.in_(moving),
        )
        return self._change(ours, values)

    def _change(self, which: ColumnElement[bool], values: dict[str, Any]) -> bool:
        with self._database.write() as connection:
            return bool(
                connection.execute(update(downloads).where(which).values(**values)).rowcount
            )

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
        now.
        """
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
            found = [_task(row) for row in connection.execute(select(downloads).where(wanted))]
            here = downloads.c.id.in_([task.id for task in found])
            connection.execute(update(downloads).where(here).values(**values))
            for task in found:
                if task.state is State.CANCELLED:  # its name may have been given away
                    named = _named(connection, task.order, _has_file, task.id)
                    one = downloads.c.id == task.id
                    connection.execute(update(downloads).where(one).values(**named))
            query = select(downloads).where(here).order_by(downloads.c.id)
            return [_task(row) for row in connection.execute(query)]


def _named(
    connection: Connection,
    order: NewDownload,
    intact: Callable[[Task], bool],
    own_id: int | None = None,
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
        holders = [_task(row) for row in connection.execute(select(downloads).where(here))]
        if not any(task.state is not State.DONE or intact(task) for task in holders):
            break
    return {'place': place, 'order': msgspec.to_builtins(replace(order, file_name=name))}


def _has_file(task: Task) -> bool:
    return task.path is not None and os.path.lexists(task.path)


def _is_wanted(task: Task, order: NewDownload) -> bool:
    """Whether the finished ``task`` has the hash that ``order`` asks for, if it asks for one."""
    wanted = order.hashes.get('SHA256', '').lower()
    return not wanted or task.sha256 is None or wanted == task.sha256


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
