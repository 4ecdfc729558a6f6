"""Has the host read its lists of models again when a download has come into its folders."""

from __future__ import annotations

import threading
from collections.abc import Callable

from .. import notify
from ..domain.save_places import kind_at
from ..domain.task import State, Task
from ..errors import ShortcutError
from ..host.base import Feature, Host
from ..util import OwnThread

Start = Callable[[Callable[[], None]], object]
_GATHERING_SECONDS = 1.0
_CAUSE = 'host-lists'


def start_thread(job: Callable[[], None]) -> None:
    """Do ``job`` in a thread of ours that ends with the process."""
    OwnThread(target=job, name='host-lists', daemon=True).start()


class HostLists:
    """One reading at a time, for all that has come meanwhile; ``start`` gives a thread to it.

    What comes within ``gathering`` seconds is read at once: a list of a few thousand files takes a
    host a while.
    """

    def __init__(
        self, host: Host, start: Start = start_thread, gathering: float = _GATHERING_SECONDS
    ) -> None:
        self._host = host
        self._start = start
        self._gathering = gathering
        self._lock = threading.Lock()
        self._kinds: set[str] = set()
        self._running = False
        self._pause = threading.Event()

    def hear(self, task: Task) -> None:
        """A download has come into another state; for :meth:`.DownloadEngine.subscribe`."""
        if task.state is not State.DONE or not task.path:
            return
        if self._host.missing(Feature.LISTS) is not None:
            return
        folders = {kind: tuple(map(str, each)) for kind, each in self._host.folders().items()}
        kind = kind_at(task.path, task.order.model_type, folders)
        if kind is not None:
            self.put(kind)

    def put(self, kind: str) -> None:
        """The list of ``kind`` is out of date."""
        with self._lock:
            self._kinds.add(kind)
            if self._running:
                return
            self._running = True
        self._start(self._run)

    def _run(self) -> None:
        while True:
            self._pause.wait(self._gathering)
            with self._lock:
                kinds, self._kinds = sorted(self._kinds), set()
                if not kinds:
                    self._running = False
                    return
            self._read(kinds)

    def _read(self, kinds: list[str]) -> None:
        problem: ShortcutError | None = None
        for kind in kinds:
            try:
                self._host.refresh(kind)
            except ShortcutError as error:
                problem = error
        if problem is None:
            notify.board.settle(_CAUSE)
        else:
            notify.tell('warning', f'error.{problem.code}', problem.details, _CAUSE)
