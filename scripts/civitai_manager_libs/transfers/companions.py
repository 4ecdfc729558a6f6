"""Files that belong to a model and are fetched after it: its VAE, its configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from ..domain.choice import risk, weight_rank
from ..domain.models import Model, ModelFile, ModelVersion
from ..domain.naming import safe_name, split_extension
from ..domain.target_types import Target, TargetKind
from ..domain.task import NewDownload, Order, State, Task
from ..store.downloads import DownloadStore
from .intact import is_intact
from .plan import Planner
from .resolve import Found
from .sidecars import base_of

_KINDS = ('vae', 'config')
_HOST_CONFIGS = ('.yaml', '.yml')
_LEFT_ALONE = (State.PAUSED, State.FAILED, State.CANCELLED)


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
    if task.parent_id is not None or weights is None or weight_rank(weights) != 0:
        return []
    wanted = [
        file
        for file in version.files
        if file.type.strip().lower() in _KINDS and risk(file) is None and file.id != weights.id
    ]
    if not wanted:
        return []
    found = Found(_target(task.order), model, version)
    orders = list(_orders(task.order, path, found, weights, wanted, planner))
    stopped = {one.order.key for one in store.all() if one.state in _LEFT_ALONE}
    return store.add([one for one in orders if one.key not in stopped], is_intact, task.id)


def _orders(
    order: NewDownload,
    path: Path,
    found: Found,
    weights: ModelFile,
    wanted: list[ModelFile],
    planner: Planner,
) -> Iterator[NewDownload]:
    placed = planner.download(found, weights, Order())
    wish = Order(
        folder=order.folder if order.folder != placed.folder else None,
        priority=order.priority,
        connections=order.connections,
        sidecars=order.sidecars,
    )
    base = base_of(path).name
    for file in wanted:
        made = planner.download(found, file, wish)
        ending = split_extension(made.file_name)[1]
        if ending.lower() in _HOST_CONFIGS:
            # Hosts read the configuration that is called like the weights, and only that one.
            own = safe_name(base + ending)
            made = replace(made, file_name=own, spare_name=made.file_name)
        yield made


def _target(order: NewDownload) -> Target:
    """What the person has pasted, for the record; nothing is read from it again."""
    return Target(TargetKind.VERSION, order.target, order.model_id, order.version_id)
