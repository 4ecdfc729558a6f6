"""What is done with an opened model behind the page, in threads of ours."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from ..domain.target_types import FileFilter, model_target
from ..domain.task import Order, State
from ..errors import ShortcutError
from ..transfers.resolve import Found
from .model_doors import ModelDoors
from .model_view import ModelView
from .monitor_watch import Start

_log = logging.getLogger('civitai_shortcut')


class Chores:
    """Does what it is given in the order it came, one at a time: the last word of somebody who
    types is the one that stays. ``failed`` hears what a chore has raised.
    """

    def __init__(self, start: Start, failed: Callable[[ShortcutError], object]) -> None:
        self._start = start
        self._failed = failed
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], object]] = deque()
        self._running = False

    @property
    def busy(self) -> bool:
        """Whether anything is left to do."""
        return self._running

    def put(self, chore: Callable[[], object]) -> None:
        """Do ``chore`` when its turn comes."""
        with self._lock:
            self._waiting.append(chore)
            if self._running:
                return
            self._running = True
        self._start(self._run)

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._running = False
                    return
                chore = self._waiting.popleft()
            try:
                chore()
            except Exception as error:
                self._failed(known_error(error))


def known_error(error: Exception) -> ShortcutError:
    """``error`` as one of our tree; what is none of it is logged."""
    if isinstance(error, ShortcutError):
        return error
    _log.error('opened model', exc_info=error)
    return ShortcutError(reason=type(error).__name__)


def order(doors: ModelDoors, view: ModelView, file_id: int) -> int | None:
    """Queue a file of the chosen version; gives the number of its download. Raises errors of our
    tree.
    """
    version = view.version
    if version is None:
        return None
    target = model_target(view.model_id, version.id, FileFilter())
    place = view.place
    wish = Order(wanted=FileFilter(file_id=file_id), folder=place.override)
    tasks = doors.engine.enqueue(
        doors.engine.plan_version(Found(target, view.model, version), wish)
    )
    if place.kind is not None:
        doors.save_places.keep(place.kind, place.override)
    return tasks[0].id if tasks else None


def states_of(doors: ModelDoors, tasks: dict[int, int]) -> dict[int, str]:
    """What has become of downloads (file and number), without those that were given up or taken
    off the list: they can be ordered again.
    """
    found = {task.id: task for task in doors.engine.tasks(list(tasks.values()))} if tasks else {}
    ended = (State.CANCELLED, State.FAILED)
    return {
        file: found[number].state.value
        for file, number in tasks.items()
        if number in found and found[number].state not in ended and found[number].cleared is None
    }
