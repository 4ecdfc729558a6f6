"""Files that belong to a model and are fetched after it: its VAE, its configuration."""

from __future__ import annotations

from pathlib import Path

from ..domain.models import Model, ModelVersion
from ..domain.target_types import Target, TargetKind
from ..domain.task import NewDownload, State, Task
from ..store.downloads import DownloadStore
from .intact import is_intact
from .plan import Planner
from .resolve import Found

LEFT_ALONE = (State.PAUSED, State.FAILED, State.CANCELLED)
"""How a companion is that does not start again by itself."""


def queue_companions(
    task: Task,
    path: Path,
    model: Model | None,
    version: ModelVersion,
    planner: Planner,
    store: DownloadStore,
) -> list[Task]:
    """Queue what belongs to the weights at ``path``, the file of ``task``, to follow it; gives the
    tasks. What is queued already is not queued twice, what somebody has stopped stays stopped.

    Files that can run code are left to who asks for them by name. A follower brings nothing along.
    Raises errors of our tree when such a file has no place.
    """
    weights = next((file for file in version.files if file.id == task.order.file_id), None)
    if task.parent_id is not None or weights is None:
        return []
    found = Found(_target(task.order), model, version)
    orders = [one.download for one in planner.companions(found, weights, task.order, path)]
    if not orders:
        return []
    stopped = {one.order.key for one in store.all() if one.state in LEFT_ALONE}
    return store.add([one for one in orders if one.key not in stopped], is_intact, task.id)


def _target(order: NewDownload) -> Target:
    """What the person has pasted, for the record; nothing is read from it again."""
    return Target(TargetKind.VERSION, order.target, order.model_id, order.version_id)
