"""The threads that carry downloads, started once a process: as many at once as the settings allow
at that moment.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .. import setting
from ..domain.quiet import may_run
from ..domain.task import State, Task
from ..errors import ShortcutError
from ..memory import guard
from ..memory_room import Room
from ..moving.lane import buffers_of
from ..moving.mover import ACCOUNT
from ..store.downloads import DownloadStore
from ..util import OwnThread
from .owner import is_alive
from .room import resume_where_room
from .worker import Worker

_LOOK_SECONDS = 1.0
_STOP_SECONDS = 3.0
_CLEAN_SECONDS = 3600.0
_ROOM_SECONDS = 5.0
_log = logging.getLogger('civitai_shortcut')


@dataclass
class _Moving:
    """One download on its way in this process, with ``room`` for its buffers. ``halt`` makes it
    stop early and rest in ``rest_state``.
    """

    task: Task
    room: Room
    halt: threading.Event = field(default_factory=threading.Event)
    rest_state: State = State.QUEUED
    thread: threading.Thread | None = None


class WorkerPool:
    """Takes waiting tasks in the order of the line, each in a thread of its own.

    ``among`` limits a terminal to the tasks it has ordered; a page takes whatever waits, also what
    another process has queued. ``fresh`` reads changed settings: fewer downloads at once, or hours
    in which none may run, put running ones back into the line with what they have. What there is no
    memory for stays in the line.
    """

    def __init__(self, store: DownloadStore, worker: Worker, fresh: Callable[[], object]) -> None:
        self._store = store
        self._worker = worker
        self._fresh = fresh
        self._among: set[int] | None = set()
        self._wake = threading.Condition()
        self._shutdown = False
        self._supervisor: threading.Thread | None = None
        self._moving: dict[int, _Moving] = {}
        self._clean_at = 0.0
        self._room_at = 0.0
        self._ended = 0

    def start(self, among: Sequence[int] | None = None) -> None:
        """Begin to work, or go on with more: ``among`` adds to what may be taken, None means
        everything.
        """
        with self._wake:
            if among is None:
                self._among = None
            elif self._among is not None:
                self._among.update(among)
            if self._supervisor is None:
                self._supervisor = OwnThread(
                    target=self._supervise, name='download-pool', daemon=True
                )
                self._supervisor.start()
            self._wake.notify_all()

    def wake(self) -> None:
        """There may be something to do."""
        with self._wake:
            self._wake.notify_all()

    def rest(self, seconds: float) -> None:
        """Wait so long, or until a transfer of this process has ended."""
        with self._wake:
            ended = self._ended
            self._wake.wait_for(lambda: self._ended != ended, seconds)

    def stop(self, rest_state: State) -> None:
        """End all transfers; what they were moving is saved and left in ``rest_state`` (queued or
        paused).

        A thread that still waits for a silent server is not waited for: its task is taken from
        it.
        """
        deadline = time.monotonic() + _STOP_SECONDS
        with self._wake:
            self._shutdown = True
            self._wake.notify_all()
        if self._supervisor is not None:
            self._supervisor.join(_STOP_SECONDS)
        left = list(self._moving.values())
        for moving in left:
            moving.rest_state = rest_state
            moving.halt.set()
        for moving in left:
            if moving.thread is not None:
                moving.thread.join(max(0.0, deadline - time.monotonic()))
        for moving in list(self._moving.values()):
            self._give_back(moving)

    def _supervise(self) -> None:
        while not self._shutdown:
            try:
                self._fresh()
                self._look_after()
                self._fit()
            except Exception as error:  # a pool that ends would leave everything waiting for ever
                _log.error('queue: %s', error, exc_info=_log.isEnabledFor(logging.DEBUG))
            with self._wake:
                if not self._shutdown:
                    self._wake.wait(_LOOK_SECONDS)
        guard.line_up(self, 0, 0)

    def _fit(self) -> None:
        """Bring what moves into line with what may move now."""
        settings = setting.current()
        if settings.total_speed_limit_kb:
            self._worker.client.share = 1 / max(1, self._store.owners())
        allowed = settings.concurrent_downloads if may_run(settings.quiet, time.localtime()) else 0
        self._take_in(allowed)
        with self._wake:
            staying = [one for one in self._moving.values() if not one.halt.is_set()]
        staying.sort(key=lambda one: (-one.task.order.priority, one.task.rank, one.task.id))
        for moving in staying[allowed:]:
            moving.halt.set()

    def _take_in(self, allowed: int) -> None:
        need, kept_out = buffers_of(self._worker.client.move_rules()), 0
        while len(self._moving) < allowed and not self._shutdown:
            room = guard.room(ACCOUNT)
            if not room.take(need):
                kept_out = min(allowed - len(self._moving), self._store.waiting(self._mine()))
                break
            if not self._begin(room):
                break
        guard.line_up(self, kept_out, need)

    def _begin(self, room: Room) -> bool:
        """Carry the next task in ``room``, if there is one."""
        task = None
        try:
            task = self._claim()
        finally:
            if task is None:
                room.close()
        if task is not None:
            self._carry(_Moving(task, room))
        return task is not None

    def _look_after(self) -> None:
        """What a page does now and then for the whole queue, and a terminal leaves to it."""
        now = time.monotonic()
        if self._among is not None:
            return
        if now >= self._room_at:
            self._room_at = now + _ROOM_SECONDS
            resume_where_room(self._store)
        if now >= self._clean_at:
            self._clean_at = now + _CLEAN_SECONDS
            self._worker.quarantine.clean()

    def _mine(self) -> list[int] | None:
        """What this process may take, None for everything."""
        with self._wake:
            return None if self._among is None else sorted(self._among)

    def _claim(self) -> Task | None:
        among = self._mine()
        if among == []:
            return None
        return self._store.claim(
            self._worker.owner, lambda found: is_alive(found, time.time()), among
        )

    def _carry(self, moving: _Moving) -> None:
        task = moving.task
        with self._wake:
            self._moving[task.id] = moving
        moving.thread = OwnThread(
            target=self._run, args=[moving], name=f'download-{task.id}', daemon=True
        )
        moving.thread.start()

    def _run(self, moving: _Moving) -> None:
        try:
            self._worker.run(moving.task, moving.halt, lambda: moving.rest_state, moving.room)
        except Exception as error:  # what has become of the task could not be written
            _log.error('queue: %s', error, exc_info=_log.isEnabledFor(logging.DEBUG))
            self._give_back(moving)
        finally:
            with self._wake:
                if self._moving.get(moving.task.id) is moving:
                    del self._moving[moving.task.id]
                self._ended += 1
                self._wake.notify_all()

    def _give_back(self, moving: _Moving) -> None:
        """As long as we live nobody else would take the task, so this is tried until the store
        answers.
        """
        while True:
            try:
                self._store.release(moving.task, moving.rest_state)
                return
            except ShortcutError as error:
                _log.warning('queue: %s', error)
            if self._shutdown:
                return
            moving.halt.wait(_LOOK_SECONDS)
