"""The folders that a download can be put into, and what lies in those of a host. Pure.

Only the folders of a kind and what is below them are ever offered: that of the settings or the
host first, then those that somebody has added to the host (hosts.md, Folders).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath

from .folders import KINDS, Folder, Kind, folder_for
from .naming import safe_relative
from .placement import PlacementRules

_UP = re.compile(r'(^|[\\/])\.\.([\\/]|$)')


def kind_roots(kind: Kind, rules: PlacementRules) -> tuple[str, ...]:
    """The folders that files of ``kind`` may go into, the usual one first. Raises SettingInvalid
    for one that the settings name and that cannot be used.
    """
    usual = folder_for(
        kind,
        rules.layout,
        root=rules.root,
        download_root=rules.download_root,
        own_folders=rules.own_folders,
        host_folders=rules.host_folders,
    )
    added = rules.added_folders.get(kind.name, ()) if kind.scanned else ()
    return tuple(dict.fromkeys([_joined(usual), *added]))


def all_roots(rules: PlacementRules) -> tuple[str, ...]:
    """The folders that a file may go into of which nobody knows the kind: our own first, then those
    of all kinds. Raises as :func:`kind_roots`.
    """
    roots = (root for kind in KINDS for root in kind_roots(Kind(kind), rules))
    return tuple(dict.fromkeys([str(PurePath(rules.download_root)), *roots]))


def below(folder: str, typed: str) -> str:
    """``folder`` with the subfolder that somebody has typed; the same folder for nothing. Raises
    SettingInvalid for what would lead out of it.
    """
    return str(PurePath(folder).joinpath(*safe_relative(typed)))


def lies_in(path: str, roots: Sequence[str]) -> bool:
    """Whether ``path`` is one of ``roots`` or below one, as it is written."""
    return not _UP.search(path) and any(_is_in(path, root) for root in roots)


def kind_at(path: str, named: str, folders: Mapping[str, Sequence[str]]) -> str | None:
    """What the file at ``path`` is to a host that reads ``folders`` (by kind): the kind ``named``
    where it lies in its folders, else that of the nearest folder, None where the host does not
    look. The VAE of a checkpoint is one by where it lies.
    """
    if lies_in(path, folders.get(named, ())):
        return named
    found = [
        (len(root), kind)
        for kind, roots in folders.items()
        for root in roots
        if lies_in(path, (root,))
    ]
    return max(found, key=lambda one: one[0])[1] if found else None


def _joined(folder: Folder) -> str:
    return str(PurePath(folder.root).joinpath(*folder.parts))


def _is_in(path: str, root: str) -> bool:
    try:
        PurePath(path).relative_to(root)
    except ValueError:
        return False
    return True
