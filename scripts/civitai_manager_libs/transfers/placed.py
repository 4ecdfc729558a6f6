"""A plan whose files go into other folders than the settings say, as somebody chose by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..domain.folders import Kind
from ..domain.task import NewDownload, file_key
from .plan import Companion, Plan


def placed(plan: Plan, folders: Mapping[Kind, str]) -> Plan:
    """``plan`` with every file whose kind is in ``folders`` put there, and beside it what belongs
    beside it; nobody is asked for anything.
    """
    downloads, companions, kinds = [], {}, {}
    for download in plan.downloads:
        kind = plan.kinds.get(download.key)
        folder = folders.get(kind, download.folder) if kind is not None else download.folder
        moved = _moved(download, folder)
        downloads.append(moved)
        if kind is not None:
            kinds[moved.key] = kind
        if download.key in plan.companions:
            companions[moved.key] = tuple(
                _beside(one, download.folder, folder) for one in plan.companions[download.key]
            )
    return replace(plan, downloads=tuple(downloads), companions=companions, kinds=kinds)


def _moved(download: NewDownload, folder: str) -> NewDownload:
    if folder == download.folder:
        return download
    key = file_key(download.version_id, download.file_id, folder)
    return replace(download, folder=folder, key=key)


def _beside(companion: Companion, before: str, folder: str) -> Companion:
    """What goes to a place of its own kind stays there."""
    if companion.download.folder != before:
        return companion
    return replace(companion, download=_moved(companion.download, folder))
