"""The queue in the database: every change of state is one transaction that checks what it
changes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from ..domain.task import AFTER, CLEARABLE, MOVING, Action, Move, NewDownload, Note, State, Task
from ..errors import ShortcutError, TaskUnknown
from .database import Database
from .line import rearrange
from .ordering import WAITING_AGAIN, take_order
from .rows import LINE, Intact, change, named, read_task
from .tables import downloads

_IDLE: dict[str, Any] = {'owner': None, 'speed': 0.0, 'connections': 0}


class DownloadStore:
    """Rows of the queue as :class:`Task`. ``clock`` gives seconds since 1970."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self.database = database
        self._clock = clock

    # --- ordering ---------------------------------------------------------------------------------

    def add(
        self, orders: Sequence[NewDownload], intact: Intact, parent_id: int | None = None
    ) -> list[Task]:
        """Queue ``orders``, or take up the tasks of the same keys; all of them in one transaction.

        A task that waits or moves is left alone; one that was paused, failed or cancelled waits
        again with what it has; a finished one is left alone as long as ``intact(task)`` says that
        its file is, and the file is the one that is wanted now. New ones follow ``parent_id``.
        """
        with self.database.write() as connection:
            now = self._clock()
            ids = [take_order(connection, order, intact, parent_id, now) for order in orders]
            return [
                read_task(connection.execute(select(downloads).where(downloads.c.id == one)).one())
                for one in ids
            ]

    # --- reading ----------------------------------------------------------------------------------

    def get(self, task_id: int) -> Task:
        """The task of that number; raises :class:`TaskUnknown`."""
        with self.database.read() as connection:
            row = connection.execute(select(downloads).where(downloads.c.id == task_id)).first()
        if row is None:
            raise TaskUnknown(task_id=task_id)
        return read_task(row)

    def all(self, task_ids: Iterable[int] | None = None, followers: bool = False) -> list[Task]:
        """All tasks, cleared ones too, or those of ``task_ids`` (with ``followers`` also those that
        follow them), in the order in which they were queued.
        """
        query = select(downloads).order_by(downloads.c.id)
        if task_ids is not None:
            query = query.where(_among(list(task_ids), followers))
        with self.database.read() as connection:
            return [read_task(row) for row in connection.execute(query)]

    def in_states(self, states: Sequence[State]) -> list[Task]:
        """All tasks that are in one of ``states``, in the order in which they were queued."""
        with self.database.read() as connection:
            return _in_states(connection, None, states)

    def changes(self, since: int) -> list[Task]:
        """The tasks whose revision is greater than ``since``, oldest change first."""
        query = select(downloads).where(downloads.c.revision > since)
        with self.database.read() as connection:
            found = connection.execute(query.order_by(downloads.c.revision, downloads.c.id))
            return [read_task(row) for row in found]

    def revision(self) -> int:
        """The revision of the latest change, 0 for an empty queue."""
        with self.database.read() as connection:
            return connection.execute(select(func.max(downloads.c.revision))).scalar() or 0

    def owners(self) -> int:
        """How many processes say that they move something."""
        moving = downloads.c.state.in_([state.value for state in MOVING])
        query = select(func.count(downloads.c.owner.distinct())).where(moving)
        with self.database.read() as connection:
            return connection.execute(query).scalar() or 0

    def waiting(self, among: Sequence[int] | None = None) -> int:
        """How many wait for their turn: of all, or of ``among`` and what follows them."""
        query = select(func.count()).where(downloads.c.state == State.QUEUED.value)
        if among is not None:
            query = query.where(_among(among, followers=True))
        with self.database.read() as connection:
            return connection.execute(query).scalar() or 0

    # --- moving -----------------------------------------------------------------------------------

    def claim(
        self, owner: str, alive: Callable[[Task], bool], among: Sequence[int] | None = None
    ) -> Task | None:
        """Take the next task for ``owner``: waiting, or moving under an owner that is not ``alive``
        any more.

        ``among`` limits it to those tasks and what follows them.
        """
        states = [State.QUEUED.value, *(state.value for state in MOVING)]
        query = select(downloads).where(downloads.c.state.in_(states)).order_by(*LINE)
        if among is not None:
            query = query.where(_among(among, followers=True))
        with (
            self.database.read() as connection
        ):  # nothing to take is the usual case: it needs no lock
            if connection.execute(query.limit(1)).first() is None:
                return None
        with self.database.write() as connection:
            with connection.execute(query) as rows:
                found = (read_task(row) for row in rows)
                task = next((one for one in found if _free(one, alive)), None)
            if task is None:
                return None
            claimed = {
                'state': State.RUNNING.value,
                'owner': owner,
                'heartbeat': self._clock(),
                'error_code': None,
                'error_details': {},
                'attempts': downloads.c.attempts + 1,
            }
            here = downloads.c.id == task.id
            change(connection, here, claimed)
            return read_task(connection.execute(select(downloads).where(here)).one())

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
        return self._write(ours, {**done, **values})

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

    def release(self, task: Task, state: State, **values: Any) -> bool:
        """Give the task back unfinished, to wait or to rest."""
        return self._settle(task, {**_IDLE, 'state': state.value, **values})

    def left_off(self, task: Task, **values: Any) -> bool:
        """Say how far a run had come whose task a person has stopped and nobody has begun since."""
        resting = (State.PAUSED.value, State.QUEUED.value)
        here = and_(
            downloads.c.id == task.id,
            downloads.c.attempts == task.attempts,
            downloads.c.state.in_(resting),
        )
        return bool(values) and self._write(here, values)

    def reopen(self, orders: Mapping[int, NewDownload]) -> list[Task]:
        """Let finished tasks wait once more for what belongs beside their files, which stay known;
        gives them.
        """
        with self.database.write() as connection:
            for task_id, order in orders.items():
                done = and_(downloads.c.id == task_id, downloads.c.state == State.DONE.value)
                waiting = {'state': State.QUEUED.value, 'order': msgspec.to_builtins(order)}
                change(connection, done, waiting)
            query = select(downloads).where(downloads.c.id.in_(list(orders)))
            return [read_task(row) for row in connection.execute(query)]

    def _settle(self, task: Task, values: dict[str, Any]) -> bool:
        """Owner and number of attempts name one run: a process may claim a task twice."""
        moving = [state.value for state in MOVING]
        ours = and_(
            downloads.c.id == task.id,
            downloads.c.owner == task.owner,
            downloads.c.attempts == task.attempts,
            downloads.c.state.in_(moving),
        )
        return self._write(ours, values)

    def revise(self, task_id: int, order: NewDownload) -> None:
        """What was decided has changed: the author has replaced the file."""
        self._write(downloads.c.id == task_id, {'order': msgspec.to_builtins(order)})

    def note(self, task_id: int, notes: Sequence[Note]) -> None:
        """What went wrong beside the download of ``task_id``."""
        self._write(downloads.c.id == task_id, {'notes': msgspec.to_builtins(list(notes))})

    # --- controlling ------------------------------------------------------------------------------

    def act(self, action: Action, task_ids: Iterable[int]) -> list[Task]:
        """Do ``action`` to each task whose state allows it; gives those that changed, as they are
        now.
        """
        sources, after = AFTER[action]
        values: dict[str, Any] = {**_IDLE, 'state': after.value}
        if after is State.QUEUED:
            values.update(WAITING_AGAIN)
        if after is State.CANCELLED:
            values['finished'] = self._clock()
        with self.database.write() as connection:
            found = _in_states(connection, task_ids, sources)
            here = downloads.c.id.in_([task.id for task in found])
            change(connection, here, values)
            for task in found:
                if task.state is State.CANCELLED:  # its name may have been given away
                    renamed = named(connection, task.order, _has_file, task.id)
                    change(connection, downloads.c.id == task.id, renamed)
            query = select(downloads).where(here).order_by(downloads.c.id)
            return [read_task(row) for row in connection.execute(query)]

    def move(self, move: Move, task_ids: Iterable[int]) -> list[Task]:
        """Send waiting tasks elsewhere in the line; gives those that have moved."""
        with self.database.write() as connection:
            moved = rearrange(connection, move, list(task_ids))
            query = select(downloads).where(downloads.c.id.in_(moved)).order_by(*LINE)
            return [read_task(row) for row in connection.execute(query)]

    def clear(self, task_ids: Iterable[int] | None = None) -> list[Task]:
        """Take what is done or cancelled (of ``task_ids``, or all of it) off the list; gives what
        was taken off.
        """
        with self.database.write() as connection:
            found = _in_states(connection, task_ids, CLEARABLE)
            gone = [task for task in found if task.cleared is None]
            here = downloads.c.id.in_([task.id for task in gone])
            change(connection, here, {'cleared': self._clock()})
            return gone

    def _write(self, which: ColumnElement[bool], values: dict[str, Any]) -> bool:
        with self.database.write() as connection:
            return change(connection, which, values) > 0


def _in_states(
    connection: Connection, task_ids: Iterable[int] | None, states: Sequence[State]
) -> list[Task]:
    query = select(downloads).where(downloads.c.state.in_([state.value for state in states]))
    if task_ids is not None:
        query = query.where(downloads.c.id.in_(list(task_ids)))
    return [read_task(row) for row in connection.execute(query.order_by(downloads.c.id))]


def _among(task_ids: Sequence[int], followers: bool) -> ColumnElement[bool]:
    named_here = downloads.c.id.in_(task_ids)
    return or_(named_here, downloads.c.parent_id.in_(task_ids)) if followers else named_here


def _free(task: Task, alive: Callable[[Task], bool]) -> bool:
    return task.state not in MOVING or not alive(task)


def _has_file(task: Task) -> bool:
    return task.path is not None and os.path.lexists(task.path)
