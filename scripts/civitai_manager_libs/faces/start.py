"""What the first run is asked with: who has been here before, and where to look for programs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .. import setting
from ..app import App
from ..errors import SettingsFileBroken
from ..host.standalone import clone_root
from ..library.first_run import FirstRun
from ..library.programs import ModelPlace, find_programs, usual_places
from ..store.browsing import BrowsingStore
from ..store.downloads import DownloadStore
from ..ui.jobs import Jobs
from ..ui.key_keeper import KeyKeeper
from ..ui.settings_desk import overridden
from ..ui.start_desk import StartDesk, StartDoors
from ..ui.start_programs import StartPrograms


def start_desk(
    app: App, keeper: KeyKeeper, examples: Callable[[], Sequence[tuple[str, str]]]
) -> StartDesk:
    """The page of the first run of ``app``; ``examples`` are links to try."""
    doors = StartDoors(
        first_run=FirstRun(BrowsingStore(app.database), lambda: _was_used(app)),
        keeper=keeper,
        programs=StartPrograms(lambda: _programs(app), Jobs('programs', 1).put),
        config_file=app.places.config_file,
        fresh=app.settings.fresh,
        own=lambda: Path(app.rules().download_root),
        fixed=lambda: overridden(os.environ),
        examples=examples,
        in_host=app.host.root is not None,
    )
    return StartDesk(doors, Jobs('first-run', 1).put)


def _was_used(app: App) -> bool:
    """Whether somebody has chosen, downloaded or saved something before, or there is nothing to
    ask: a host knows all but the key.
    """
    if app.host.root is not None and setting.current().civitai_api_key:
        return True
    try:
        if setting.read_file(app.places.config_file):
            return True
    except SettingsFileBroken:
        return True
    return DownloadStore(app.database).revision() > 0 or app.shortcuts.revision() > 0


def _programs(app: App) -> Iterator[ModelPlace]:
    clone = clone_root()
    beside = [app.places.home, Path.cwd(), *([clone] if clone is not None else [])]
    return find_programs(usual_places(Path.home(), beside))
