"""Names this process in the queue, and tells whether the process that a row names is still
there.
"""

from __future__ import annotations

import os
import platform

import psutil

from ..domain.task import Task

_SILENCE = 30.0
_CLOCK_STEP = 3.0  # start times are counted from a boot time that moves when the clock is set


def this_process() -> str:
    """``host:pid:start``: the start time keeps a reused process number from being taken for us."""
    return f'{platform.node()}:{os.getpid()}:{int(psutil.Process().create_time())}'


def is_alive(task: Task, now: float) -> bool:
    """Whether somebody still moves ``task``.

    On this machine the process is looked up; of another machine (a store on a shared drive) only
    its heartbeat is known, and half a minute of silence counts as gone.
    """
    host, _, rest = (task.owner or '').rpartition(':')[0].rpartition(':')
    started = (task.owner or '').rpartition(':')[2]
    if not host:
        return False
    if host != platform.node():
        return task.heartbeat is not None and now - task.heartbeat < _SILENCE
    try:
        since: float = psutil.Process(int(rest)).create_time()
        return abs(since - int(started)) < _CLOCK_STEP
    except (psutil.NoSuchProcess, ValueError):
        return False
    except psutil.AccessDenied:  # it exists and belongs to somebody else
        return True
