"""Carries one claimed download to its end, whatever the end is."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from ..civitai import CivitaiAPI
from ..domain.task import NewDownload, Note, State, Task
from ..errors import DiskError, FileBusy, HashMismatch, MemoryShort, NameTaken, ShortcutError
from ..http_client import CivitaiHttpClient
from ..memory_room import Room
from ..moving.fetch import Fetched
from ..moving.mover import Stopped
from ..moving.part import PartFile, part_path
from ..moving.state_file import state_path
from ..notify import tell
from ..store.downloads import DownloadStore
from ..store.quarantine import QuarantineStore
from .beside import Beside
from .quarantine import Quarantine
from .run import Run

_log = logging.getLogger('civitai_shortcut')


class Worker:
    """Runs tasks for ``owner``. One object serves many threads; all that is of one run is in
    :class:`Run`.
    """

    def __init__(
        self,
        store: DownloadStore,
        client: CivitaiHttpClient,
        api: CivitaiAPI,
        beside: Beside,
        owner: str,
    ) -> None:
        self.store = store
        self.client = client
        self.api = api
        self.beside = beside
        self.owner = owner
        self.quarantine = Quarantine(QuarantineStore(store.database))

    def run(
        self, task: Task, shutdown: threading.Event, rest_state: Callable[[], State], room: Room
    ) -> None:
        """Move ``task`` until it is done, failed, or somebody stops it. ``room`` is for its
        buffers, and given back when they are needed no more.

        ``shutdown`` ends the run early; the task is then left in ``rest_state()``. What goes wrong
        is recorded with the task and told to the person; only a store that does not answer raises.
        """
        run = Run(self, task, shutdown, room)
        try:
            with room:
                fetched = run.carry()
            status = fetched.path.stat()
        except Stopped:
            self._given_back(task, rest_state(), run.arrived())
        except DiskError as error:
            self._ended(task, State.PAUSED, error)
        except ShortcutError as error:
            if isinstance(error, HashMismatch):
                self.quarantine.record(task, error)
            self._ended(task, State.FAILED, error)
        except MemoryError:
            self._ended(task, State.FAILED, MemoryShort())
        except Exception as error:
            # A fault of ours must not take the worker down nor leave the task hanging.
            _log.error('download %s', task.id, exc_info=_log.isEnabledFor(logging.DEBUG))
            self._ended(task, State.FAILED, _Fault(reason=type(error).__name__))
        else:
            try:
                self._finished(run, task, fetched, status)
            except Stopped:
                self._given_back(task, rest_state())

    def _finished(self, run: Run, task: Task, fetched: Fetched, status: os.stat_result) -> None:
        """Record the file before anything is written beside it: whoever takes the task over does
        only the rest then. One that was paused in this moment is done all the same.
        """
        facts = {
            'path': str(fetched.path),
            'received': fetched.size,
            'hashed': fetched.size,
            'total': fetched.size,
            'sha256': fetched.sha256,
            'verified': fetched.verified,
            'file_size': status.st_size,
            'file_time': status.st_mtime_ns,
        }
        run.ours = self.store.beat(task, State.VERIFYING, speed=0.0, connections=0, **facts)
        if run.ours or self.store.get(task.id).state is State.PAUSED:
            notes = [
                *_renamed(task, fetched.path),
                *self.beside.write(task, fetched.path, fetched.sha256, run.pause),
            ]
            if notes or task.notes:
                self.store.note(task.id, notes)
        self.store.finish(task, **facts)

    def _given_back(self, task: Task, state: State, arrived: Mapping[str, int] = {}) -> None:
        if not self.store.release(task, state, **arrived):
            self.store.left_off(task, **arrived)
            self._stopped_by_person(task)

    def _stopped_by_person(self, task: Task) -> None:
        if self.store.get(task.id).state is State.CANCELLED:
            drop_part(task.order)

    def _ended(self, task: Task, state: State, error: ShortcutError) -> None:
        _log.info('download %s: %s', task.id, error)
        if not self.store.fail(task, state, error):
            self._stopped_by_person(task)
        else:
            cause = f'download:{task.id}'
            name = task.order.name or task.order.file_name
            tell('error', f'error.{error.code}', {**error.details, 'task': name}, cause)


def _renamed(task: Task, path: Path) -> list[Note]:
    """What to say when the file could not have the name it was ordered under."""
    wanted = Path(task.order.folder) / task.order.file_name
    if path == wanted or not wanted.exists():
        return []
    return [Note(NameTaken.code, {'path': str(wanted), 'name': path.name})]


class _Fault(ShortcutError):
    """A fault of the program itself, recorded with the task."""


def drop_part(order: NewDownload) -> None:
    """Throw away what has arrived of a cancelled download; whoever still writes it does so at its
    own end.
    """
    final = Path(order.folder) / order.file_name
    if part_path(final).exists() or state_path(final).exists():
        with contextlib.suppress(FileBusy), PartFile(final, '') as part:
            part.discard()
