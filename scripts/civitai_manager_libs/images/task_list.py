"""What a person has ordered, and how far it is."""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ..domain.task import CLEARABLE, State
from .ordering import OrderedPicture
from .task import ImageDownloadTask
from .workers import PictureWorkers

_WATCH_SECONDS = 0.2
_AGAIN = (State.FAILED, State.PAUSED, State.CANCELLED)
_log = logging.getLogger('civitai_shortcut')

Callback = Callable[[ImageDownloadTask], None]


class TaskList:
    """The tasks of one downloader, which ``workers`` carry; safe to use from many threads. The
    methods do what :class:`.ImageDownloader` says of its own.
    """

    def __init__(self, workers: PictureWorkers) -> None:
        self._workers = workers
        self._tasks: dict[str, ImageDownloadTask] = {}
        self._callbacks: list[Callback] = []
        self._lock = threading.Lock()

    def add(self, ordered: Sequence[OrderedPicture]) -> list[str]:
        """Queue ``ordered`` as one batch; gives the ids of the tasks."""
        tasks = [self._task(one) for one in ordered]
        with self._lock:
            self._tasks.update((task.id, task) for task in tasks)
        self._workers.add([task.job for task in tasks])
        return [task.id for task in tasks]

    def _task(self, ordered: OrderedPicture) -> ImageDownloadTask:
        job = ordered.job
        task = ImageDownloadTask(
            uuid.uuid4().hex,
            job.image_id or 0,
            job.address,
            ordered.model_id,
            ordered.model_name,
            ordered.creator,
            ordered.nsfw_level,
        )
        task.job = job
        job.on_done = partial(self._downloaded, task)
        return task

    def get(self, task_id: str) -> ImageDownloadTask | None:
        """The task of that id, None when there is none."""
        with self._lock:
            return self._tasks.get(task_id)

    def all(self) -> list[ImageDownloadTask]:
        """All tasks, oldest first."""
        with self._lock:
            return list(self._tasks.values())

    def _those(self, task_ids: Iterable[str] | None) -> list[ImageDownloadTask]:
        with self._lock:
            ids = list(self._tasks) if task_ids is None else list(task_ids)
            return [self._tasks[one] for one in ids if one in self._tasks]

    # --- telling ----------------------------------------------------------------------------------

    def tell(self, callback: Callback) -> None:
        """Have ``callback(task)`` called for each picture that is in its place."""
        with self._lock:
            self._callbacks.append(callback)

    def _downloaded(self, task: ImageDownloadTask) -> None:
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            try:
                callback(task)
            except Exception:  # somebody else's fault must not stop the pictures
                _log.exception('pictures: a callback failed')

    def wait(
        self,
        task_ids: Iterable[str] | None,
        on_change: Callable[[list[ImageDownloadTask]], object] | None,
    ) -> list[ImageDownloadTask]:
        """Wait until nothing will become of the tasks any more; gives them."""
        tasks = waiting = self._those(task_ids)
        while True:
            waiting = [task for task in waiting if not task.job.settled]
            if on_change is not None:
                on_change(tasks)
            if not waiting:
                return tasks
            self._workers.rest(_WATCH_SECONDS, waiting[0].job)

    # --- controlling ------------------------------------------------------------------------------

    def retry(self, task_ids: Iterable[str] | None) -> list[str]:
        """Queue again what is not in its place; gives the ids of those."""
        again = [task for task in self._those(task_ids) if task.job.state in _AGAIN]
        self._workers.add([task.job for task in again])
        return [task.id for task in again]

    def forget(self, task_ids: Iterable[str] | None) -> None:
        """Take tasks that are done or cancelled off the list."""
        for task in self._those(task_ids):
            if task.job.state in CLEARABLE:
                with self._lock:
                    self._tasks.pop(task.id, None)

    def stop(self) -> None:
        """End what is being fetched."""
        self._workers.stop()
