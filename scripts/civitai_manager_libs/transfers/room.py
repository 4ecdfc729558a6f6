"""Lets downloads go on that a full disk has paused, once there is room for them."""

from __future__ import annotations

import logging
from pathlib import Path

from .. import setting
from ..domain.task import Action, State, Task
from ..errors import DiskFull, RoomBelowFloor
from ..store.downloads import DownloadStore
from ..store.files import free_space

_CODES = (DiskFull.code, RoomBelowFloor.code)
_SPARE = 16 << 20
_log = logging.getLogger('civitai_shortcut')


def resume_where_room(store: DownloadStore) -> list[Task]:
    """Put downloads back into the line that were paused for want of room and have it now; gives
    them. What a person has paused is left alone.
    """
    ready = [task.id for task in store.all() if _waits_for_room(task) and _has_room(task)]
    if not ready:
        return []
    _log.info('room again for downloads %s', ready)
    return store.act(Action.RESUME, ready)


def _waits_for_room(task: Task) -> bool:
    return task.state is State.PAUSED and task.error_code in _CODES


def _has_room(task: Task) -> bool:
    """Whether the rest fits with something to spare: else it would stop again at once."""
    wanted = task.error_details.get('needed')
    needed = wanted if isinstance(wanted, int) else 0
    if task.size:
        needed = max(0, task.size - task.received)
    floor = setting.current().minimum_free_space_mb << 20
    return free_space(Path(task.order.folder)) >= needed + max(floor, _SPARE)
