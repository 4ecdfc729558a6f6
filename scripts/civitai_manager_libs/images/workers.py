"""The threads that carry pictures: as many as there is work for, at most
``images.max_concurrent``.
"""

from __future__ import annotations

import atexit
import itertools
import logging
import threading
import time
from collections import deque
from collections.abc import Hashable, Iterable, Sequence

from .. import setting
from ..domain.task import State
from ..errors import DiskFull, MemoryShort, ShortcutError
from ..fetching.receive import end_stopped
from ..http_client import CivitaiHttpClient
from ..moving.mover import Stopped
from ..store.files import same_disk
from ..util import OwnThread
from .carrying import Carrier
from .job import PictureJob
from .known import KnownPictures
from .room import PictureRoom

_IDLE_SECONDS = 1.0
_STOP_SECONDS = 1.0
_log = logging.getLogger('civitai_shortcut')


class PictureWorkers:
    """Carries jobs in the order they were added; of two for one picture the second waits for the
    first. Safe to use from many threads.

    Threads start with the work and end when there has been none for a second. What a full disk
    stops is paused, with everything behind it, until it is added again.
    """

    def __init__(self, client: CivitaiHttpClient, known: KnownPictures) -> None:
        self._known = known
        self._room = PictureRoom()
        self._carrier = Carrier(client, known, self._room)
        self._changed = threading.Condition()
        self._line: deque[PictureJob] = deque()
        self._moving: dict[PictureJob, threading.Event] = {}
        self._following: dict[Hashable, list[PictureJob]] = {}
        self._threads: set[threading.Thread] = set()
        self._idle = 0
        self._stopped = threading.Event()
        self._leaves_with_process = False

    def add(self, jobs: Sequence[PictureJob]) -> None:
        """Queue one batch of jobs, or pause it where the disk has no room for it."""
        if not jobs:
            return
        with self._changed:
            before = len(self._line) + len(self._following)
        problem = self._room.lacking(jobs[0].root, before + len(jobs))
        with self._changed:
            for job in jobs:
                if problem is not None:
                    job.rest(State.PAUSED, problem)
                else:
                    job.wait()
                    self._line.append(job)
            self._grow()
            self._changed.notify_all()

    def rest(self, seconds: float, job: PictureJob) -> None:
        """Wait so long, or until ``job`` has ended."""
        with self._changed:
            self._changed.wait_for(lambda: job.settled, seconds)

    def stop(self) -> None:
        """End what is being carried and empty the line; those jobs are cancelled. What is added
        afterwards is carried again.

        A thread that waits for a server to begin its answer is not waited for: its job is taken
        from it.
        """
        deadline = time.monotonic() + _STOP_SECONDS
        with self._changed:
            self._stopped.set()
            self._stopped = threading.Event()
            self._cancel([*self._line, *itertools.chain(*self._following.values())])
            self._line.clear()
            self._following = {key: [] for key in self._following}
            ended, self._threads, self._idle = self._threads, set(), 0
            self._changed.notify_all()
        end_stopped()
        for thread in ended:
            thread.join(max(0.0, deadline - time.monotonic()))
        with self._changed:
            self._cancel(self._moving)
            self._moving.clear()
            self._following.clear()
            self._changed.notify_all()
        self._flush()

    def _cancel(self, jobs: Iterable[PictureJob]) -> None:
        for job in jobs:
            if job.state is not State.DONE:
                job.state = State.CANCELLED

    # --- threads ----------------------------------------------------------------------------------

    def _grow(self) -> None:
        """Start threads for what waits; the caller has the lock."""
        missing = len(self._line) - self._idle
        allowed = _allowed() - len(self._threads)
        for _ in range(min(missing, allowed)):
            if not self._leaves_with_process:
                self._leaves_with_process = True
                atexit.register(self.stop)
            thread = OwnThread(target=self._run, name='pictures', daemon=True)
            self._threads.add(thread)
            thread.start()

    def _run(self) -> None:
        while (taken := self._next()) is not None:
            self._carry(*taken)
        if not self._threads:
            self._flush()

    def _next(self) -> tuple[PictureJob, threading.Event] | None:
        """The next job that nobody carries, and what says that it is to end; None when this thread
        is not needed any more.
        """
        me = threading.current_thread()
        with self._changed:
            while me in self._threads and len(self._threads) <= _allowed():
                job = self._first()
                if job is not None:
                    self._moving[job] = self._stopped
                    return job, self._stopped
                self._idle += 1
                self._changed.wait_for(lambda: self._line or me not in self._threads, _IDLE_SECONDS)
                if me not in self._threads:  # stopped, and counted no more
                    return None
                self._idle -= 1
                if not self._line:
                    break
            self._threads.discard(me)
            self._grow()
            return None

    def _first(self) -> PictureJob | None:
        """Take the first job whose picture nobody fetches already; the caller has the lock."""
        while self._line:
            job = self._line.popleft()
            group = self._following.get(job.key)
            if group is None:
                self._following[job.key] = []
                job.state = State.RUNNING
                self._grow()
                return job
            group.append(job)
        return None

    def _carry(self, job: PictureJob, stopped: threading.Event) -> None:
        problem, state = None, State.CANCELLED
        try:
            self._carrier.carry(job, stopped)
        except Stopped:
            pass  # somebody has said so, and cancelled is what it is
        except ShortcutError as error:
            problem = error
            state = State.PAUSED if isinstance(error, DiskFull) else State.FAILED
        except MemoryError:
            problem, state = MemoryShort(), State.FAILED
        except Exception as error:  # a thread that ends would leave everything waiting for ever
            _log.exception('pictures: %s', job.place)
            problem, state = ShortcutError(reason=type(error).__name__), State.FAILED
        if job.state is State.DONE:
            job.told()
        self._end(job, stopped, problem, state)

    def _end(
        self,
        job: PictureJob,
        stopped: threading.Event,
        problem: ShortcutError | None,
        state: State,
    ) -> None:
        """Let go of ``job``, and of those that wait for the same picture: they end as it does, or
        find it in its place.
        """
        with self._changed:
            if self._moving.get(job) is not stopped:  # taken from us: others may have it by now
                return
            del self._moving[job]
            done = job.state is State.DONE
            for one in [job, *self._following.pop(job.key, ())]:
                if not done:
                    one.rest(state, problem)
                elif one is not job:
                    one.follows = True
                    self._line.appendleft(one)
            if isinstance(problem, DiskFull):
                self._pause(job, problem)
            self._grow()
            self._changed.notify_all()

    def _pause(self, job: PictureJob, problem: DiskFull) -> None:
        """What waits for the same disk rests until somebody has made room; the caller has the
        lock.
        """
        staying = deque[PictureJob]()
        for one in self._line:
            if one.root == job.root or same_disk(one.root, job.root):
                one.rest(State.PAUSED, problem)
            else:
                staying.append(one)
        self._line = staying

    def _flush(self) -> None:
        try:
            self._known.flush()
        except ShortcutError as error:
            _log.warning('pictures: not remembered: %s', error)


def _allowed() -> int:
    return setting.current().images_max_concurrent
