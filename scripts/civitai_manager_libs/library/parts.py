"""Finds the downloads that were under way, by the parts they have left on the disk."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Union

import msgspec

from ..domain.task import NewDownload
from ..moving.part import part_path
from ..moving.state_file import STATE_SUFFIX
from .folders import walk

_MOST = 1 << 20


class _Saved(msgspec.Struct):
    """What is read of the state of a part."""

    order: Union[dict[str, Any], None] = None


def unfinished(folders: Collection[Path], others: Collection[Path] = ()) -> list[NewDownload]:
    """The downloads whose parts lie anywhere below ``folders``, or in one of ``others`` itself, as
    they had been ordered. A part that was moved is continued where it lies now.
    """
    found: dict[str, NewDownload] = {}
    for state in _state_files(folders, others):
        order = _order(state)
        if order is not None:
            found.setdefault(order.key, order)
    return list(found.values())


def _state_files(folders: Collection[Path], others: Collection[Path]) -> Iterator[Path]:
    for entry in walk(folders):
        if entry.name.endswith(STATE_SUFFIX):
            yield Path(entry.path)
    for folder in others:
        try:
            names = sorted(os.listdir(folder))
        except OSError:
            continue
        yield from (folder / name for name in names if name.endswith(STATE_SUFFIX))


def _order(state: Path) -> NewDownload | None:
    final = state.with_name(state.name.removesuffix(STATE_SUFFIX))
    try:
        if not part_path(final).is_file() or state.stat().st_size > _MOST:
            return None
        saved = msgspec.json.decode(state.read_bytes(), type=_Saved)
        order = msgspec.convert(saved.order, NewDownload) if saved.order else None
        if order is None:
            return None
        if not part_path(Path(order.folder) / order.file_name).exists():
            order = replace(order, folder=str(final.parent), file_name=final.name)
        return order
    except (OSError, ValueError):  # not a state of ours, or broken off: there is nothing to go by
        return None
