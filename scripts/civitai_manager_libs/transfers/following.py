"""What would be queued after the downloads of a plan, told before any of them is."""

from __future__ import annotations

from collections.abc import Iterable

from ..domain.task import NewDownload, State, Task
from .batch import present
from .beside import lacks_sidecars
from .companions import LEFT_ALONE
from .intact import is_intact
from .plan import Companion, Plan

Following = dict[str, tuple[Companion, ...]]
"""Companions by the key of the download that brings them, each of them once."""


def still_to_come(plan: Plan, tasks: Iterable[Task]) -> Following:
    """The companions that carrying out ``plan`` would bring, as the queue's ``tasks`` are now.

    Not those that are there, that somebody has stopped or that are in the plan themselves; and
    nothing comes after a file that is done with.
    """
    if not plan.companions:
        return {}
    tasks = list(tasks)
    wanted = [one.download for each in plan.companions.values() for one in each]
    told = {download.key for download in plan.downloads} | present(wanted, tasks)
    told |= {task.order.key for task in tasks if task.state in LEFT_ALONE}
    finished = {task.order.key for task in tasks if _is_done_with(task)}
    coming: Following = {}
    for download in plan.downloads:
        given = plan.companions.get(download.key, ())
        new = tuple(one for one in given if one.download.key not in told)
        if new and download.key not in finished:
            coming[download.key] = new
            told |= {one.download.key for one in new}
    return coming


def downloads_of(following: Following) -> list[NewDownload]:
    """All of ``following`` in one row."""
    return [one.download for each in following.values() for one in each]


def _is_done_with(task: Task) -> bool:
    return task.state is State.DONE and is_intact(task) and not lacks_sidecars(task)
