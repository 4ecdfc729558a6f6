"""Carries one claimed download to its end, whatever the end is."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from .. import setting
from ..civitai import CivitaiAPI
from ..domain.task import NewDownload, State, Task
from ..errors import ApiError, DiskError, FileBusy, HashMismatch, NotFound, ShortcutError
from ..http_client import CivitaiHttpClient
from ..moving.fetch import Fetched, FetchOrder, Watcher, fetch
from ..moving.mover import Progress, Stopped
from ..moving.opening import MoveRules
from ..moving.part import PartFile, part_path
from ..moving.present import find_present
from ..moving.state_file import state_path
from ..net.redirect import FileRequest
from ..net.speed import SpeedMeter
from ..net.stream import Body
from ..notify import tell
from ..store.downloads import DownloadStore
from ..store.quarantine import QuarantineStore
from ..util import without_query
from .beside import Beside
from .intact import complete_file
from .reuse import take
from .quarantine import Quarantine, aside_path

_BEAT_SECONDS = 0.5
_LET_GO_SECONDS = 30.0
_TEXT_ENDINGS = ('.json', '.yaml', '.yml', '.txt', '.md')
_log = logging.getLogger('civitai_shortcut')


class Worker:
    """Runs tasks for ``owner``. One object serves many threads; all that is of one run is in
    :class:`_Run`.
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

    def run(self, task: Task, shutdown: threading.Event, rest_state: Callable[[], State]) -> None:
        """Move ``task`` until it is done, failed, or somebody stops it.

        ``shutdown`` ends the run early; the task is then left in ``rest_state()``. What goes wrong
        is recorded with the task and told to the person; only a store that does not answer raises.
        """
        run = _Run(self, task, shutdown)
        try:
            fetched = run.carry()
            status = fetched.path.stat()
        except Stopped:
            self._given_back(task, rest_state())
        except DiskError as error:
            self._ended(task, State.PAUSED, error)
        except ShortcutError as error:
            if isinstance(error, HashMismatch):
                self.quarantine.record(task, error)
            self._ended(task, State.FAILED, error)
        except Exception as error:
            # A fault of ours must not take the worker down nor leave the task hanging.
            _log.error('download %s', task.id, exc_info=_log.isEnabledFor(logging.DEBUG))
            self._ended(task, State.FAILED, _Fault(reason=type(error).__name__))
        else:
            try:
                self._finished(run, task, fetched, status)
            except Stopped:
                self._given_back(task, rest_state())

    def _finished(self, run: _Run, task: Task, fetched: Fetched, status: os.stat_result) -> None:
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
            notes = self.beside.write(task, fetched.path, fetched.sha256, run.pause)
            if notes or task.notes:
                self.store.note(task.id, notes)
        self.store.finish(task, **facts)

    def _given_back(self, task: Task, state: State) -> None:
        if not self.store.release(task, state):
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


class _Fault(ShortcutError):
    """A fault of the program itself, recorded with the task."""


class _Appeared(Exception):
    """While we waited for the part, whoever had it has put the file in its place."""


class _Run:
    """One attempt at one task."""

    def __init__(self, worker: Worker, task: Task, shutdown: threading.Event) -> None:
        self._worker = worker
        self._task = task
        self._order = task.order
        self._shutdown = shutdown
        self._stop = _Either(shutdown)
        self._meter = SpeedMeter()
        self._last_beat = 0.0
        self._beating = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self.ours = True

    def pause(self, seconds: float) -> None:
        """Wait, and say that we are still at it; raises :class:`Stopped` when that is over."""
        now = time.monotonic()
        if self.ours and now - self._last_beat >= _BEAT_SECONDS:
            self._last_beat = now
            if not self._worker.store.beat(self._task, State.VERIFYING):
                raise Stopped
        stop = self._stop if self.ours else self._shutdown
        if stop.wait(seconds) if seconds else stop.is_set():
            raise Stopped

    def carry(self) -> Fetched:
        """The file in place; raises :class:`Stopped` and errors of our tree."""
        complete = complete_file(self._task)
        if complete is not None:
            return complete
        if self._task.attempts > 1:
            self._published_now()
        return self._fetch()

    def _fetch(self) -> Fetched:
        order = self._order
        final = Path(order.folder) / order.file_name
        identity = order.hashes.get('SHA256', '').lower() or without_query(order.request)
        self._source = self._worker.client.file_source(self._request(self._address()))
        wanted = FetchOrder(
            final,
            identity,
            tuple(sorted(order.hashes.items())),
            note=msgspec.to_builtins(order),
            aside=self._aside,
        )
        deadline = time.monotonic() + _LET_GO_SECONDS
        while True:
            self._seen = _look(final)
            known = self._worker.store.get(self._task.id).sha256
            present = find_present(wanted, self._stop, self._progress, known)
            if present is not None:
                return present
            try:
                return self._when_free(wanted, deadline)
            except _Appeared:
                continue

    def _when_free(self, wanted: FetchOrder, deadline: float) -> Fetched:
        """A run that was just paused or cancelled, here or in another process, may need a moment to
        let go of the part.
        """
        watcher = Watcher(self._progress, self._progress, self._whole, self._published_now)
        while True:
            try:
                taken = self._taken()
                return taken or fetch(wanted, self._open, self._rules, self._stop, watcher)
            except FileBusy:
                if time.monotonic() > deadline:
                    raise
                ours = self._worker.store.beat(self._task, State.RUNNING)
                if not ours or self._stop.wait(0.2):
                    raise Stopped from None

    def _taken(self) -> Fetched | None:
        """The same file from elsewhere on this machine, if it was ordered so and is still there."""
        rules = self._rules
        return take(
            self._order, self._stop, self._progress, self._whole, lambda: rules().free_floor
        )

    def _whole(self, sha256: str) -> None:
        """Noted before the file gets its name: if we die in between, it is known again by this."""
        if not self._worker.store.beat(self._task, State.VERIFYING, sha256=sha256):
            raise Stopped

    def _published_now(self) -> Mapping[str, str] | None:
        """What Civitai says now of the hashes, None when that is what we have: the author may have
        replaced the file.
        """
        order = self._order
        if order.pinned or order.version_id is None or order.file_id is None:
            return None
        try:
            version = self._worker.api.version(order.version_id)
        except ApiError as error:  # the download itself will tell more
            _log.info('version %s not read afresh: %s', order.version_id, error)
            return None
        file = next((file for file in version.files if file.id == order.file_id), None)
        if file is None or not file.sha256 or file.hashes == dict(order.hashes):
            return None
        self._order = replace(order, hashes=dict(file.hashes))
        self._worker.store.revise(self._task.id, self._order)
        return self._order.hashes

    def _rules(self) -> MoveRules:
        rules = self._worker.client.move_rules()
        wanted = self._order.connections
        return replace(rules, connections=wanted) if wanted else rules

    def _aside(self, digest: str) -> Path | None:
        """Where wrong bytes are kept; None when nothing is to be kept."""
        if not setting.current().quarantine_days:
            return None
        return aside_path(Path(self._order.folder) / self._order.file_name, digest)

    def _open(self, start: int, end: int | None, validator: str | None) -> Body:
        if start == 0 and _look(Path(self._order.folder) / self._order.file_name) != self._seen:
            raise _Appeared
        try:
            return self._source.open(start, end, validator)
        except NotFound:
            plain = self._plain_address()
            if plain is None or plain == self._address():
                raise
            self._source = self._worker.client.file_source(self._request(plain))
            return self._source.open(start, end, validator)

    def _request(self, url: str) -> FileRequest:
        text_expected = self._order.file_name.lower().endswith(_TEXT_ENDINGS)
        return FileRequest(url, text_expected=text_expected)

    def _address(self) -> str:
        if self._order.direct:
            return self._order.request
        return setting.current().civitai_base_url.rstrip('/') + self._order.request

    def _plain_address(self) -> str | None:
        """The same file by its id alone: filters that contradict the file's own data give a 404
        (section 6).
        """
        if self._order.direct or self._order.file_id is None:
            return None
        return f'{self._address().split("?")[0]}?fileId={self._order.file_id}'

    def _progress(self, progress: Progress) -> None:
        with self._beating:
            self._meter.update(progress.received)
            now = time.monotonic()
            if now - self._last_beat >= _BEAT_SECONDS:
                self._last_beat = now
                self._beat(progress)

    def _beat(self, progress: Progress) -> None:
        complete = progress.total is not None and progress.received >= progress.total
        ours = self._worker.store.beat(
            self._task,
            State.VERIFYING if complete else State.RUNNING,
            received=progress.received,
            hashed=progress.hashed,
            total=progress.total,
            speed=0.0 if complete else self._meter.speed,
            connections=0 if complete else progress.connections,
        )
        if not ours:
            self._stop.set()


def _look(path: Path) -> tuple[int, ...] | None:
    """Tells whether another file lies at ``path`` than a moment ago."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


class _Either(threading.Event):
    """Set when this run is to stop, or when the whole program is."""

    def __init__(self, other: threading.Event) -> None:
        super().__init__()
        self._other = other

    def is_set(self) -> bool:
        return super().is_set() or self._other.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Looks at both a few times a second: long waits here are those for a server that asked for
        patience.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            left = 0.2 if deadline is None else min(0.2, deadline - time.monotonic())
            if left <= 0:
                break
            super().wait(left)
        return self.is_set()


def drop_part(order: NewDownload) -> None:
    """Throw away what has arrived of a cancelled download; whoever still writes it does so at its
    own end.
    """
    final = Path(order.folder) / order.file_name
    if part_path(final).exists() or state_path(final).exists():
        with contextlib.suppress(FileBusy), PartFile(final, '') as part:
            part.discard()
