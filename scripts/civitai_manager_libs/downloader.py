"""The door to downloads: everything a person does with them is a method of
:class:`DownloadEngine`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from . import setting
from .domain.placement import PlacementRules
from .domain.search import ModelQuery
from .domain.target_types import Target
from .domain.task import MOVING, SETTLED, Action, Move, NewDownload, Order, State, Task
from .errors import OneNameForMany, ShortcutError
from .http_client import CivitaiHttpClient
from .civitai import CivitaiAPI
from .images.known import KnownPictures
from .images.workers import PictureWorkers
from .library.elsewhere import Elsewhere
from .store.downloads import DownloadStore
from .store.files import free_space
from .transfers.announcer import Announcer, Listener
from .transfers.batch import BatchPlanner, OnModels, present, unheard
from .transfers.beside import Beside, lacks_sidecars
from .transfers.following import Following, still_to_come
from .transfers.intact import is_intact
from .transfers.owner import this_process
from .transfers.plan import Ordered, Plan, Planned, Planner
from .transfers.pool import WorkerPool
from .transfers.resolve import Found, Resolver
from .transfers.snapshot import Snapshot, as_it_is
from .transfers.worker import Worker, drop_part

_WATCH_SECONDS = 0.1


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
        elsewhere: Elsewhere,
        fresh: Callable[[], object] = lambda: None,
        pictures: PictureWorkers | None = None,
    ) -> None:
        """``pictures`` carries pictures; without it they are by themselves, and what has been
        downloaded is known as long as this object lives.
        """
        self.pictures = pictures or PictureWorkers(client, KnownPictures())
        self._store = store
        self._rules = rules
        self._elsewhere = elsewhere
        self.resolver = Resolver(api)
        self.planner = Planner(self.resolver, client, rules)
        self._batch = BatchPlanner(api, self.planner)
        beside = Beside(store, client, api, self.planner)
        worker = Worker(store, client, api, beside, this_process())
        self._pool = WorkerPool(store, worker, fresh)
        self._announcer = Announcer(store)

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
        return self._checked(self.planner.plan(target, order), order)

    def plan_version(self, found: Found, order: Order = Order()) -> Plan:
        """The same for a version that :meth:`look_up` gave."""
        return self._checked(self.planner.of_version(found, order), order)

    def plan_search(
        self,
        query: ModelQuery,
        order: Order = Order(),
        limit: int | None = None,
        on_models: OnModels = unheard,
    ) -> Plan:
        """What an order of the first ``limit`` models that ``query`` finds would download, without
        ordering it; errors, and what ``on_models`` hears, as :meth:`BatchPlanner.plan`.
        """
        return self._checked(self._batch.plan(query, order, limit, on_models), order)

    def _checked(self, plan: Plan, order: Order) -> Plan:
        if order.file_name and len(plan.downloads) > 1:
            raise OneNameForMany(count=len(plan.downloads))
        return replace(
            plan, downloads=tuple(self._reusing(one, order.reuse) for one in plan.downloads)
        )

    def plan_many(self, targets: Iterable[Target], order: Order = Order()) -> list[Planned]:
        """A plan for each of ``targets``; one that fails does not keep the others."""
        planned = []
        for target in targets:
            try:
                planned.append(Planned(target, self.plan(target, order)))
            except ShortcutError as error:
                planned.append(Planned(target, error=error))
        return planned

    def order(self, target: Target, order: Order = Order()) -> list[Task]:
        """Queue what ``order`` of ``target`` comes to; a file that is queued or in place already is
        not queued twice.

        Raises errors of our tree when the target cannot be resolved; nothing is queued then.
        """
        return self.enqueue(self.plan(target, order))

    def order_many(self, targets: Iterable[Target], order: Order = Order()) -> list[Ordered]:
        """Queue what each of ``targets`` comes to; one that fails does not keep the others."""
        return [
            Ordered(one.target, tuple(self.enqueue(one.plan)) if one.plan else (), one.error)
            for one in self.plan_many(targets, order)
        ]

    def existing(self, downloads: Sequence[NewDownload]) -> set[str]:
        """The keys of those ``downloads`` that need not be fetched, as far as that can be told
        without reading files.
        """
        return present(downloads, self._store.all())

    def following(self, plan: Plan) -> Following:
        """What the downloads of ``plan`` would bring along once they are done; no part of what
        :meth:`enqueue` queues.
        """
        return still_to_come(plan, self._store.all()) if plan.companions else {}

    def enqueue(self, plan: Plan) -> list[Task]:
        """Queue a plan, in one transaction."""
        tasks = self._store.add(plan.downloads, is_intact)
        lacking = {
            task.id: replace(task.order, sidecars=True)
            for task, download in zip(tasks, plan.downloads)
            if download.sidecars and lacks_sidecars(task)
        }
        if lacking:
            reopened = {task.id: task for task in self._store.reopen(lacking)}
            tasks = [reopened.get(task.id, task) for task in tasks]
        self._woken()
        return tasks

    # --- what there already is --------------------------------------------------------------------

    def elsewhere(self, download: NewDownload, stop: threading.Event | None = None) -> Path | None:
        """A file in the model folders with the content of ``download`` (by SHA256); None when there
        is none or when it is in its place already.

        Files of about the same size are read the first time, which may take a while; ``stop`` ends
        that with None.
        """
        return self._elsewhere.find(download, stop)

    def offers(self, order: Order) -> bool:
        """Whether a person is to be asked what to do with a file that lies :meth:`elsewhere`."""
        return not order.reuse and setting.current().reuse_files == 'offer'

    def _reusing(self, download: NewDownload, wanted: str) -> NewDownload:
        """``download`` taken from elsewhere, where the order or else the setting wants that."""
        how = wanted or setting.current().reuse_files
        source = self.elsewhere(download) if how in ('link', 'copy') else None
        return replace(download, reuse=how, source=str(source)) if source else download

    # --- controlling ------------------------------------------------------------------------------

    def pause(self, task_ids: Iterable[int]) -> list[Task]:
        """Stop moving or waiting; what has arrived is kept. Gives the tasks that changed, like all
        of these.
        """
        return self._act(Action.PAUSE, task_ids)

    def resume(self, task_ids: Iterable[int]) -> list[Task]:
        """Let paused downloads wait for their turn again."""
        return self._act(Action.RESUME, task_ids)

    def retry(self, task_ids: Iterable[int]) -> list[Task]:
        """Let failed, cancelled or paused downloads wait for their turn again."""
        return self._act(Action.RETRY, task_ids)

    def cancel(self, task_ids: Iterable[int]) -> list[Task]:
        """Give downloads up and throw away what has arrived."""
        changed = self._act(Action.CANCEL, task_ids)
        for task in changed:
            drop_part(task.order)
        return changed

    def prioritise(self, task_ids: Iterable[int]) -> list[Task]:
        """Send waiting downloads to the front of the line, in the order they have."""
        return self._move(Move.FRONT, task_ids)

    def move_up(self, task_ids: Iterable[int]) -> list[Task]:
        """Let each of the waiting downloads and the one before it exchange places."""
        return self._move(Move.UP, task_ids)

    def move_down(self, task_ids: Iterable[int]) -> list[Task]:
        """Let each of the waiting downloads and the one after it exchange places."""
        return self._move(Move.DOWN, task_ids)

    def pause_all(self) -> list[Task]:
        """Pause everything that waits or moves."""
        return self.pause(self._ids(lambda task: task.state in (State.QUEUED, *MOVING)))

    def resume_all(self) -> list[Task]:
        """Resume everything that a person has paused; what an error has paused waits for them."""
        return self.resume(
            self._ids(lambda task: task.state is State.PAUSED and task.error_code is None)
        )

    def clear_finished(self, task_ids: Iterable[int] | None = None) -> list[Task]:
        """Take what is done or cancelled off the list, all of it or those of ``task_ids``. No file
        is touched.
        """
        cleared = self._store.clear(task_ids)
        self._woken()
        return cleared

    def _act(self, action: Action, task_ids: Iterable[int]) -> list[Task]:
        changed = self._store.act(action, task_ids)
        self._woken()
        return changed

    def _move(self, move: Move, task_ids: Iterable[int]) -> list[Task]:
        moved = self._store.move(move, task_ids)
        self._woken()
        return moved

    def _ids(self, wanted: Callable[[Task], bool]) -> list[int]:
        return [task.id for task in self._store.all() if wanted(task)]

    def _woken(self) -> None:
        self._pool.wake()
        self._announcer.wake()

    # --- looking ----------------------------------------------------------------------------------

    def task(self, task_id: int) -> Task:
        """One download; raises :class:`TaskUnknown`."""
        return self._store.get(task_id)

    def tasks(self, task_ids: Sequence[int]) -> list[Task]:
        """Downloads by number, and behind them those that follow one of them."""
        wanted = set(task_ids)
        found = self._store.all(task_ids, followers=True)
        return sorted(found, key=lambda task: task.id not in wanted)

    def snapshot(self) -> Snapshot:
        """The whole queue now."""
        tasks = tuple(as_it_is(task) for task in self._store.all() if task.cleared is None)
        return Snapshot(tasks, self.free_space())

    def changes(self, since: int) -> list[Task]:
        """The tasks that have changed after revision ``since`` (-1 for all), cleared ones too,
        oldest change first. What moves is given as the store has it; see :func:`as_it_is`.
        """
        return self._store.changes(since)

    def free_space(self) -> int:
        """Free bytes where downloads go."""
        return free_space(Path(self._rules().download_root))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener(task)`` in a thread of ours whenever a download has come into another
        state, whichever process has done it; gives what ends that.
        """
        return self._announcer.subscribe(listener)

    # --- working ----------------------------------------------------------------------------------

    def start(self, among: Sequence[int] | None = None) -> None:
        """Let this process work on the queue: on everything that waits, or on the tasks ``among``
        and what follows them. The work goes on where it is started already.
        """
        self._pool.start(among)

    def stop(self, rest_state: State = State.QUEUED) -> None:
        """End the work of this process; what was moving is saved and rests in ``rest_state``."""
        self._pool.stop(rest_state)
        self.pictures.stop()
        self._announcer.stop()

    def wait(
        self, task_ids: Sequence[int], on_change: Callable[[list[Task]], None] | None = None
    ) -> list[Task]:
        """Wait until each task, and each that follows one of them, is done, failed, cancelled or
        paused, whoever moves it; gives them as they are then, followers last.

        ``on_change`` is called a few times a second with how they are.
        """
        wanted, tasks, revision = set(task_ids), dict[int, Task](), -1
        while True:
            for task in self._store.changes(revision):
                revision = task.revision
                if task.id in wanted or task.parent_id in wanted:
                    tasks[task.id] = task
            now = sorted(tasks.values(), key=lambda task: (task.id not in wanted, task.id))
            if on_change is not None:
                on_change(now)
            if all(task.state in SETTLED for task in now):
                return now
            self._pool.rest(_WATCH_SECONDS)
