"""The door to downloads: everything a person does with them is a method of
:class:`DownloadEngine`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from .domain.placement import PlacementRules
from .domain.target_types import Target
from .domain.task import MOVING, SETTLED, Action, Order, State, Task
from .errors import OneNameForMany
from .http_client import CivitaiHttpClient
from .civitai import CivitaiAPI
from .store.downloads import DownloadStore
from .store.files import free_space
from .transfers.owner import is_alive, this_process
from .transfers.plan import Plan, Planner
from .transfers.pool import WorkerPool
from .transfers.resolve import Found, Resolver
from .transfers.worker import Worker, drop_part

_WATCH_SECONDS = 0.1


@dataclass(frozen=True)
class Snapshot:
    """The queue at one moment, oldest order first, with its totals in bytes and bytes a second."""

    tasks: tuple[Task, ...]
    free: int

    @property
    def speed(self) -> float:
        """All transfers together."""
        return sum(task.speed for task in self.tasks if task.state is State.RUNNING)

    @property
    def left(self) -> int:
        """What is still to come of all that waits or moves, as far as sizes are known."""
        waiting = (State.QUEUED, *MOVING)
        return sum(
            max(0, (task.size or 0) - task.received) for task in self.tasks if task.state in waiting
        )

    @property
    def moving(self) -> int:
        """How many are being moved or verified right now."""
        return sum(task.state in MOVING for task in self.tasks)


class DownloadEngine:
    """Orders, runs and controls downloads. The store is the truth; other processes may work on it
    too.
    """

    def __init__(
        self,
        store: DownloadStore,
        client: CivitaiHttpClient,
        api: CivitaiAPI,
        rules: Callable[[], PlacementRules],
        workers: int,
    ) -> None:
        self._store = store
        self._rules = rules
        self.resolver = Resolver(api)
        self.planner = Planner(self.resolver, client, rules)
        self._pool = WorkerPool(store, Worker(store, client, api, this_process()), workers)

    # --- ordering ---------------------------------------------------------------------------------

    def look_up(self, target: Target) -> list[Found]:
        """All versions of the model that ``target`` names, the one it names first. Raises errors of
        our tree.
        """
        meant = self.resolver.find(target)[0]
        if meant.model is None:
            return [meant]
        others = [
            Found(target, meant.model, version)
            for version in meant.model.model_versions
            if version.id != meant.version.id
        ]
        return [meant, *others]

    def plan(self, target: Target, order: Order = Order()) -> Plan:
        """What an order would download, without ordering it. Raises errors of our tree."""
        plan = self.planner.plan(target, order)
        if order.file_name and len(plan.downloads) > 1:
            raise OneNameForMany(count=len(plan.downloads))
        return plan

    def order(self, target: Target, order: Order = Order()) -> list[Task]:
        """Queue what ``order`` of ``target`` comes to; a file that is queued or in place already is
        not queued twice.

        Raises errors of our tree when the target cannot be resolved; nothing is queued then.
        """
        return self.enqueue(self.plan(target, order))

    def enqueue(self, plan: Plan) -> list[Task]:
        """Queue a plan."""
        tasks = [self._store.add(download, _intact) for download in plan.downloads]
        self._pool.wake()
        return tasks

    # --- controlling ------------------------------------------------------------------------------

    def act(self, action: Action, task_ids: Iterable[int]) -> list[Task]:
        """Pause, resume, retry or cancel; gives the tasks that changed. Cancelling throws away what
        has arrived.
        """
        changed = self._store.act(action, task_ids)
        if action is Action.CANCEL:
            for task in changed:
                drop_part(task.order)
        self._pool.wake()
        return changed

    def task(self, task_id: int) -> Task:
        """One download; raises :class:`TaskUnknown`."""
        return self._store.get(task_id)

    def snapshot(self) -> Snapshot:
        """The whole queue now."""
        tasks = tuple(_as_it_is(task) for task in self._store.all())
        return Snapshot(tasks, free_space(Path(self._rules().download_root)))

    # --- working ----------------------------------------------------------------------------------

    def start(self, among: Sequence[int] | None = None) -> None:
        """Let this process work on the queue: on everything that waits, or on the tasks
        ``among``.
        """
        self._pool.start(among)

    def stop(self, rest_state: State = State.QUEUED) -> None:
        """End the work of this process; what was moving is saved and rests in ``rest_state``."""
        self._pool.stop(rest_state)

    def wait(
        self, task_ids: Sequence[int], on_change: Callable[[list[Task]], None] | None = None
    ) -> list[Task]:
        """Wait until each task is done, failed, cancelled or paused, whoever moves it; gives them
        as they are then.

        ``on_change`` is called a few times a second with how they are.
        """
        while True:
            tasks = self._store.all(task_ids)
            if on_change is not None:
                on_change(tasks)
            if all(task.state in SETTLED for task in tasks):
                return tasks
            time.sleep(_WATCH_SECONDS)


def _as_it_is(task: Task) -> Task:
    """``task``, waiting if whoever moved it was killed: the next worker takes it up."""
    if task.state not in MOVING or is_alive(task, time.time()):
        return task
    return replace(task, state=State.QUEUED, speed=0.0)


def _intact(task: Task) -> bool:
    """Whether the file of a finished task lies there as we left it: same size, same time of
    change.
    """
    if task.path is None:
        return False
    try:
        status = Path(task.path).stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (task.file_size, task.file_time)
