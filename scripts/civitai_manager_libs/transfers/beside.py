"""What is done once a file is verified and in its place: files beside it, files that follow it.

Nothing here can make a download fail. What could not be written is a note on its task, and doing
all of it again changes nothing that is right already.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import setting
from ..civitai import CivitaiAPI
from ..domain.choice import weight_rank
from ..domain.models import Model, ModelVersion, Picture, read_model, read_version
from ..domain.picture_links import safest_first
from ..domain.task import Note, State, Task
from ..errors import Gone, NotFound, ShortcutError
from ..http_client import CivitaiHttpClient
from ..moving.mover import Stopped
from ..store.downloads import DownloadStore
from ..store.files import disk_error
from .companions import queue_companions
from .plan import Planner
from .preview import Pause, has_preview, write_preview
from .sidecars import Bodies, Sidecars, beside, is_model_file

_CONFIG_RANK = 3
_log = logging.getLogger('civitai_shortcut')


class Beside:
    """Writes what belongs to complete files; one object serves many threads."""

    def __init__(
        self, store: DownloadStore, client: CivitaiHttpClient, api: CivitaiAPI, planner: Planner
    ) -> None:
        self.store = store
        self.client = client
        self.api = api
        self.planner = planner

    def write(self, task: Task, path: Path, sha256: str, pause: Pause) -> list[Note]:
        """Do all that the order and the settings want for the file of ``task`` at ``path``; gives
        what has failed.

        ``pause(seconds)`` is called between the steps and may raise :class:`Stopped`, which is the
        only thing that this raises.
        """
        order, settings = task.order, setting.current()
        wanted = settings.write_sidecars or settings.download_companions
        if not (order.sidecars and wanted and order.version_id and is_model_file(path.name)):
            return []
        return _Work(self, task, path, sha256, pause).done()


def lacks_sidecars(task: Task) -> bool:
    """Whether a finished ``task`` has a model without the information that would be written beside
    it now: it was ordered without, or somebody has removed it.
    """
    if task.state is not State.DONE or task.path is None or not task.order.version_id:
        return False
    path = Path(task.path)
    if not setting.current().write_sidecars or not is_model_file(path.name):
        return False
    return not all(beside(path, ending).exists() for ending in ('.civitai.info', '.json'))


class _Work:
    """The steps for one file."""

    def __init__(self, tools: Beside, task: Task, path: Path, sha256: str, pause: Pause) -> None:
        self._tools = tools
        self._task = task
        self._path = path
        self._sha256 = sha256
        self._pause = pause
        self._notes: list[Note] = []

    def done(self) -> list[Note]:
        settings = setting.current()
        name = beside(self._path, '.civitai.info').name
        bodies = self._tried(name, self._read)
        if bodies is None:
            return self._notes
        version = read_version(bodies.version)
        model = read_model(bodies.model)
        if version is None or self._is_configuration(version):
            return self._notes
        if settings.write_sidecars:
            self._write_sidecars(bodies, version, model)
        if settings.download_companions:
            self._tried(self._path.name, lambda: self._queue(version, model))
        return self._notes

    def _read(self) -> Bodies:
        api = self._tools.api
        version = api.version_body(self._task.order.version_id or 0)
        self._pause(0)
        number = version.get('modelId') or self._task.order.model_id
        return Bodies(version, self._model_body(number) if isinstance(number, int) else None)

    def _model_body(self, number: int) -> dict[str, Any] | None:
        """None for a model that cannot be read: the version alone tells enough."""
        try:
            return self._tools.api.model_body(number)
        except (NotFound, Gone):
            return None
        except ShortcutError as error:
            self._note(beside(self._path, '.json').name, error)
            return None

    def _is_configuration(self, version: ModelVersion) -> bool:
        """A configuration or training data, whatever its extension."""
        number = self._task.order.file_id
        return any(f.id == number and weight_rank(f) >= _CONFIG_RANK for f in version.files)

    def _write_sidecars(self, bodies: Bodies, version: ModelVersion, model: Model | None) -> None:
        sidecars = self._tried(self._path.name, lambda: self._sidecars(bodies))
        if sidecars is None:
            return
        self._tried(sidecars.info.name, sidecars.write_info)
        self._tried(sidecars.user.name, sidecars.write_user)
        if has_preview(self._path):
            return
        known = model.version(version.id) if model is not None else None
        shown = [*version.images, *(known.images if known is not None else ())]
        pictures = safest_first(shown, setting.current().adult_previews)
        name = beside(self._path, '.preview.png').name
        self._tried(name, lambda: self._write_preview(pictures))

    def _sidecars(self, bodies: Bodies) -> Sidecars:
        sidecars = Sidecars(self._path, bodies, self._sha256)
        sidecars.refuse_if_taken()
        return sidecars

    def _write_preview(self, pictures: list[Picture]) -> None:
        write_preview(self._path, pictures, self._tools.client, self._pause)

    def _queue(self, version: ModelVersion, model: Model | None) -> None:
        tools = self._tools
        queue_companions(self._task, self._path, model, version, tools.planner, tools.store)

    def _tried(self, name: str, step: Callable[[], Any]) -> Any:
        """What ``step`` gives, or None after a failure, which is noted under ``name``."""
        self._pause(0)
        try:
            return step()
        except Stopped:
            raise
        except ShortcutError as error:
            self._note(name, error)
        except OSError as error:
            self._note(name, disk_error(error, self._path.parent))
        except Exception as error:  # a fault of ours must not cost a file that is whole
            _log.error('beside %s', name, exc_info=_log.isEnabledFor(logging.DEBUG))
            self._notes.append(Note('unexpected', {'beside': name, 'reason': type(error).__name__}))
        return None

    def _note(self, name: str, error: ShortcutError) -> None:
        _log.info('beside %s: %s', name, error)
        self._notes.append(Note(error.code, {**error.details, 'beside': name}))
