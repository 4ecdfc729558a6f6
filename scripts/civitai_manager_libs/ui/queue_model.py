"""The queue as the page groups it, brought up to date by what has changed alone. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from ..domain.task import MOVING, State, Task

LINES = ('needs', 'running', 'waiting', 'done')
FILTERS: Mapping[str, tuple[str, ...]] = {
    'all': LINES,
    'running': ('running',),
    'waiting': ('waiting',),
    'needs': ('needs',),
    'done': ('done',),
}
_UNFINISHED = (State.QUEUED, *MOVING)
_MOST_HEARD = 200

_Place = tuple[tuple[float, ...], int]


def needs_person(task: Task) -> bool:
    """Whether this download goes on only when somebody does something: it failed, or an error has
    paused it.
    """
    return task.state is State.FAILED or (task.state is State.PAUSED and bool(task.error_code))


def line_of(task: Task) -> str | None:
    """Which of :data:`LINES` a task stands in; a cancelled or cleared one in none."""
    if task.state is State.CANCELLED or task.cleared is not None:
        return None
    if needs_person(task):
        return 'needs'
    if task.state in MOVING:
        return 'running'
    return 'done' if task.state is State.DONE else 'waiting'


class QueueModel:
    """All tasks that are shown, each line in its order: what waits as it will run with what is
    paused behind it, what is done the latest first.

    A change costs as much as what has changed, however long the queue is. ``left`` is what is still
    to come, in bytes, as far as sizes are known. ``heard`` counts the downloads that came to an end
    while this looked.
    """

    def __init__(self, tasks: Iterable[Task] = ()) -> None:
        self.left = 0
        self.heard = 0
        self._tasks: dict[int, Task] = {}
        self._lines: dict[str, list[_Place]] = {name: [] for name in LINES}
        self._ended: deque[tuple[int, Task]] = deque(maxlen=_MOST_HEARD)
        for task in tasks:
            self.put(task)

    def put(self, task: Task, quiet: bool = True) -> None:
        """``task`` is as it is here now; not ``quiet``: that it came to an end is to be heard."""
        old = self._tasks.pop(task.id, None)
        if old is not None:
            line = self._lines[line_of(old) or '']
            del line[bisect_left(line, _place(old))]
            self.left -= _left(old)
        name = line_of(task)
        if name is not None:
            self._tasks[task.id] = task
            insort(self._lines[name], _place(task))
            self.left += _left(task)
        ended = name in ('done', 'needs') and (old is None or line_of(old) != name)
        if ended and not quiet:
            self.heard += 1
            self._ended.append((self.heard, task))

    def get(self, task_id: int) -> Task | None:
        """The task of that number, if it is shown."""
        return self._tasks.get(task_id)

    def count(self, line: str) -> int:
        """How many stand in ``line``."""
        return len(self._lines[line])

    def total(self, lines: Iterable[str] = LINES) -> int:
        """How many stand in ``lines`` together."""
        return sum(len(self._lines[line]) for line in lines)

    def part(self, line: str, start: int = 0, stop: int | None = None) -> list[Task]:
        """The tasks at those places of ``line``."""
        return [self._tasks[task_id] for _, task_id in self._lines[line][start:stop]]

    def ids(self, lines: Iterable[str]) -> list[int]:
        """The numbers of all that stand in ``lines``, in their order."""
        return [task_id for line in lines for _, task_id in self._lines[line]]

    def among(self, task_ids: Iterable[int], lines: Sequence[str]) -> list[Task]:
        """Those of ``task_ids`` that stand in ``lines``."""
        found = (self._tasks.get(task_id) for task_id in task_ids)
        return [task for task in found if task is not None and line_of(task) in lines]

    def done_since(self, moment: float) -> int:
        """How many of those that are done were finished at ``moment`` or later."""
        return bisect_left(self._lines['done'], ((-moment, float('inf')), 0))

    @property
    def queued(self) -> int:
        """How many wait for their turn."""
        return bisect_left(self._lines['waiting'], ((1.0,), 0))

    @property
    def speed(self) -> float:
        """Of all transfers together, in bytes a second."""
        return sum(task.speed for task in self.part('running') if task.state is State.RUNNING)

    def ended_since(self, heard: int) -> list[Task]:
        """The downloads that came to an end after ``heard`` was the count of them."""
        return [task for number, task in self._ended if number > heard]


def _place(task: Task) -> _Place:
    name = line_of(task)
    if name == 'waiting':
        paused = float(task.state is State.PAUSED)
        return (paused, -task.order.priority, task.rank), task.id
    if name == 'done':
        return (-(task.finished or 0.0), 0.0), task.id
    return (), task.id


def _left(task: Task) -> int:
    return max(0, (task.size or 0) - task.received) if task.state in _UNFINISHED else 0
