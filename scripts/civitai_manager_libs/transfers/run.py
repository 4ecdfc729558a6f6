"""One attempt at one download: from what is on the disk and what the server says to a file in its
place.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import msgspec

from .. import setting
from ..civitai import CivitaiAPI
from ..domain.task import State, Task
from ..errors import ApiError, FileBusy, NotFound
from ..http_client import CivitaiHttpClient
from ..memory_room import Room
from ..moving.fetch import Fetched, FetchOrder, Watcher, fetch
from ..moving.mover import Progress, Stopped
from ..moving.opening import MoveRules
from ..moving.present import find_present
from ..net.redirect import FileRequest
from ..net.speed import SpeedMeter
from ..net.stream import Body
from ..store.downloads import DownloadStore
from ..util import without_query
from .intact import complete_file
from .quarantine import aside_path
from .reuse import take

_BEAT_SECONDS = 0.5
_LET_GO_SECONDS = 30.0
_TEXT_ENDINGS = ('.json', '.yaml', '.yml', '.txt', '.md')
_log = logging.getLogger('civitai_shortcut')


class Tools(Protocol):
    """What a run works with."""

    store: DownloadStore
    client: CivitaiHttpClient
    api: CivitaiAPI


class _Appeared(Exception):
    """While we waited for the part, whoever had it has put the file in its place."""


class Run:
    """One attempt at one task, with ``room`` for its buffers. ``ours`` is False once somebody else
    has a say in it: it was paused in the moment its file was complete.
    """

    def __init__(self, tools: Tools, task: Task, shutdown: threading.Event, room: Room) -> None:
        self._tools = tools
        self._task = task
        self._order = task.order
        self._shutdown = shutdown
        self._room = room
        self._stop = _Either(shutdown)
        self._meter = SpeedMeter()
        self._last_beat = 0.0
        self._latest: Progress | None = None
        self._beating = threading.Lock()
        self._seen: tuple[int, ...] | None = None
        self.ours = True

    def pause(self, seconds: float) -> None:
        """Wait, and say that we are still at it; raises :class:`Stopped` when that is over."""
        now = time.monotonic()
        if self.ours and now - self._last_beat >= _BEAT_SECONDS:
            self._last_beat = now
            if not self._tools.store.beat(self._task, State.VERIFYING):
                raise Stopped
        stop = self._stop if self.ours else self._shutdown
        if stop.wait(seconds) if seconds else stop.is_set():
            raise Stopped

    def arrived(self) -> dict[str, int]:
        """How far this run has come, as the store keeps it; nothing before its first byte."""
        latest = self._latest
        return {} if latest is None else {'received': latest.received, 'hashed': latest.hashed}

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
        self._source = self._tools.client.file_source(self._request(self._address()))
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
            known = self._tools.store.get(self._task.id).sha256
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
                return taken or fetch(
                    wanted, self._open, self._rules, self._stop, watcher, self._room
                )
            except FileBusy:
                if time.monotonic() > deadline:
                    raise
                ours = self._tools.store.beat(self._task, State.RUNNING)
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
        if not self._tools.store.beat(self._task, State.VERIFYING, sha256=sha256):
            raise Stopped

    def _published_now(self) -> Mapping[str, str] | None:
        """What Civitai says now of the hashes, None when that is what we have: the author may have
        replaced the file.
        """
        order = self._order
        if order.pinned or order.version_id is None or order.file_id is None:
            return None
        try:
            self._tools.api.forget(order.model_id, order.version_id)
            version = self._tools.api.version(order.version_id, fresh=True)
        except ApiError as error:  # the download itself will tell more
            _log.info('version %s not read afresh: %s', order.version_id, error)
            return None
        file = next((file for file in version.files if file.id == order.file_id), None)
        if file is None or not file.sha256 or file.hashes == dict(order.hashes):
            return None
        self._order = replace(order, hashes=dict(file.hashes))
        self._tools.store.revise(self._task.id, self._order)
        return self._order.hashes

    def _rules(self) -> MoveRules:
        rules = self._tools.client.move_rules()
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
            self._source = self._tools.client.file_source(self._request(plain))
            return self._source.open(start, end, validator)

    def _request(self, url: str) -> FileRequest:
        text_expected = self._order.file_name.lower().endswith(_TEXT_ENDINGS)
        return FileRequest(url, text_expected=text_expected, typed=self._order.direct)

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
            self._latest = progress
            self._meter.update(progress.received)
            now = time.monotonic()
            if now - self._last_beat >= _BEAT_SECONDS:
                self._last_beat = now
                self._beat(progress)

    def _beat(self, progress: Progress) -> None:
        complete = progress.total is not None and progress.received >= progress.total
        ours = self._tools.store.beat(
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
