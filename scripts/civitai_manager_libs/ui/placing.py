"""Finds out where pasted things go: by the settings, or where their kind was put the last time; and
which other folders there are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..domain.folders import Kind
from ..domain.placement import kind_in
from ..downloader import DownloadEngine
from ..errors import ShortcutError
from ..transfers.plan import Plan
from .choice import Choice
from .jobs import Jobs
from .save_in import Folders, SaveIn


class Placing:
    """Changes choices below ``lock``; ``reading`` reads the disk for it."""

    def __init__(
        self, engine: DownloadEngine, reading: Jobs, lock: threading.RLock, folders: Folders
    ) -> None:
        self._engine = engine
        self._reading = reading
        self._lock = lock
        self._folders = folders

    def settle(self, choice: Choice) -> None:
        """Where the chosen file goes; returns at once, and which other folders there are is known
        later.
        """
        found, file = choice.version, choice.file
        if found is None or file is None:
            return
        try:
            place = self._engine.planner.placement(found, file)
        except ShortcutError:  # said when it is queued
            choice.change(place=SaveIn())
            return
        kind = kind_in(found.model, found.version, file)
        self._settle(choice, kind, str(Path(place.root).joinpath(*place.folder)))

    def settle_direct(self, choice: Choice, plan: Plan) -> None:
        """The same for a link that is not Civitai's: nobody knows what its file is."""
        self._settle(choice, None, plan.downloads[0].folder)

    def _settle(self, choice: Choice, kind: Kind | None, usual: str) -> None:
        choice.change(place=choice.place.settled(kind, usual, self._folders.last))
        self._reading.put(lambda: self._look(choice, kind))

    def _look(self, choice: Choice, kind: Kind | None) -> None:
        folders = self._folders.folders(kind)
        with self._lock:
            if choice.place.kind == kind and choice.place.folders != folders:
                choice.change(place=replace(choice.place, folders=folders))

    def of_list(self, plan: Plan, before: Sequence[SaveIn]) -> tuple[SaveIn, ...]:
        """Where each kind of file in ``plan`` goes, the most files first; what was chosen before
        stays. Reads the disk.
        """
        known = {one.kind: one for one in before}
        usual: dict[Kind, list[str]] = {}
        for download in plan.downloads:
            kind = plan.kinds.get(download.key)
            if kind is not None:
                usual.setdefault(kind, []).append(download.folder)
        places = [self._of_kind(kind, each, known.get(kind)) for kind, each in usual.items()]
        return tuple(sorted(places, key=lambda one: -one.files))

    def _of_kind(self, kind: Kind, usual: list[str], before: SaveIn | None) -> SaveIn:
        place, root = before, os.path.commonpath(usual)
        if place is None:
            place = SaveIn().settled(kind, root, self._folders.last)
        return replace(
            place,
            usual=root,
            folders=self._folders.folders(kind),
            files=len(usual),
            spread=len(set(usual)) > 1,
        )
