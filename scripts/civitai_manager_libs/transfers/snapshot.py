"""The queue at one moment."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from ..domain.task import MOVING, State, Task
from .owner import is_alive


@dataclass(frozen=True)
class Snapshot:
    """The queue at one moment, oldest order first, with its totals in bytes and bytes a second;
    what was cleared away is not in it.
    """

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


def as_it_is(task: Task) -> Task:
    """``task``, waiting if whoever moved it was killed: the next worker takes it up."""
    if task.state not in MOVING or is_alive(task, time.time()):
        return task
    return replace(task, state=State.QUEUED, speed=0.0)
