"""Takes a file that lies elsewhere on this machine in place of a download, as a hard link or a
copy.
"""

from __future__ import annotations

import hashlib
import logging
import os
import re
import threading
from collections.abc import Callable
from io import FileIO
from pathlib import Path

import msgspec

from ..domain.task import NewDownload
from ..domain.transfer import TransferState
from ..errors import DiskFull, RoomBelowFloor
from ..moving.fetch import Fetched, names_of
from ..moving.mover import Progress, Stopped
from ..moving.part import PartFile
from ..store.files import free_space, sync_folder

_PIECE = 1 << 20
_ROOM_EVERY = 64 << 20
_log = logging.getLogger('civitai_shortcut')


class _Unfit(Exception):
    """The file elsewhere cannot be taken; the words are for the log."""


def take(
    order: NewDownload,
    stop: threading.Event,
    on_progress: Callable[[Progress], None],
    on_whole: Callable[[str], None],
    floor: Callable[[], int],
) -> Fetched | None:
    """The file of ``order`` in place, taken from ``order.source``; None when that is not, or no
    longer, the file with the promised SHA256, so that it has to be downloaded.

    What cannot be linked (another disk, a file system without links) is copied. ``on_whole`` hears
    the SHA256 just before the file gets its name; ``floor`` gives the bytes of disk that stay free.
    No existing file is replaced. Raises :class:`Stopped`, :class:`FileBusy` and
    :class:`DiskError`; nothing is left behind then.
    """
    sha256 = order.hashes.get('SHA256', '').strip().lower()
    if not (order.reuse and order.source and re.fullmatch('[0-9a-f]{64}', sha256)):
        return None
    taking = _Taking(order, sha256, stop, on_progress, on_whole, floor)
    try:
        return taking.run()
    except _Unfit as reason:
        _log.info('reuse: %s is downloaded: %s', order.file_name, reason)
        return None


class _Taking:
    """One file on its way from one place of this machine to another."""

    def __init__(
        self,
        order: NewDownload,
        sha256: str,
        stop: threading.Event,
        on_progress: Callable[[Progress], None],
        on_whole: Callable[[str], None],
        floor: Callable[[], int],
    ) -> None:
        self._order = order
        self._sha256 = sha256
        self._stop = stop
        self._on_progress = on_progress
        self._on_whole = on_whole
        self._floor = floor
        self._final = Path(order.folder) / order.file_name
        self._worthless = False

    def run(self) -> Fetched:
        """The file in place; raises :class:`_Unfit` when the source will not do."""
        try:
            source = Path(self._order.source).resolve(strict=True)
            file = open(source, 'rb', buffering=0)
        except (OSError, RuntimeError) as error:  # Python before 3.13 calls a loop a RuntimeError
            raise _Unfit(str(error)) from error
        with file, PartFile(self._final, self._sha256, msgspec.to_builtins(self._order)) as part:
            self._worthless = part.state.received == 0
            try:
                taken = self._linked(file, source, part) if self._may_link(file) else None
                return taken or self._copied(file, part)
            except BaseException:
                if self._worthless:
                    part.discard()
                raise

    def _may_link(self, file: FileIO) -> bool:
        """A link needs one disk; whether it can have links shows when one is made."""
        disk = os.stat(self._final.parent).st_dev
        return self._order.reuse == 'link' and os.fstat(file.fileno()).st_dev == disk

    def _linked(self, file: FileIO, source: Path, part: PartFile) -> Fetched | None:
        """None when no link can be made here."""
        size = os.fstat(file.fileno()).st_size
        self._read(file, lambda done, piece: self._on_progress(Progress(size, done, size)))
        self._on_whole(self._sha256)
        for path in names_of(self._final):
            try:
                os.link(source, path)
            except FileExistsError:
                continue
            except OSError as error:
                _log.info('reuse: %s is copied: %s', source, error)
                return None
            if not os.path.samestat(os.stat(path), os.fstat(file.fileno())):
                path.unlink()  # somebody has put another file there while we read
                raise _Unfit(f'{source} was replaced')
            part.discard()
            sync_folder(path.parent)
            return Fetched(path, size, self._sha256, True)
        raise FileExistsError(str(self._final))

    def _copied(self, file: FileIO, part: PartFile) -> Fetched:
        size = os.fstat(file.fileno()).st_size
        self._worthless = True  # it would begin anew in any case
        part.adopt(TransferState(self._sha256, size))
        self._check_room(part)
        self._read(file, lambda done, piece: self._write(part, size, done, piece))
        self._on_whole(self._sha256)
        return Fetched(self._name(part, size), size, self._sha256, True)

    def _write(self, part: PartFile, size: int, done: int, piece: memoryview) -> None:
        before = done - len(piece)
        if done > size:
            raise _Unfit(f'{self._order.source} grew')
        part.write(before, piece)
        if before // _ROOM_EVERY != done // _ROOM_EVERY:
            self._check_room(part)
        self._on_progress(Progress(done, done, size))

    def _name(self, part: PartFile, size: int) -> Path:
        for path in names_of(self._final):
            try:
                part.complete(size, path, replacing=False)
            except FileExistsError:
                continue
            return path
        raise FileExistsError(str(self._final))

    def _read(self, file: FileIO, on_piece: Callable[[int, memoryview], None]) -> None:
        """Read the source from its beginning and make sure that it is the file that is wanted.
        ``on_piece`` gets each piece with the number of bytes up to its end.
        """
        before = _written(file)
        running, buffer, done = hashlib.sha256(), memoryview(bytearray(_PIECE)), 0
        file.seek(0)
        while count := self._next(file, buffer):
            running.update(buffer[:count])
            done += count
            on_piece(done, buffer[:count])
            if self._stop.is_set():
                raise Stopped
        if running.hexdigest() != self._sha256:
            raise _Unfit(f'{self._order.source} has another content')
        if _written(file) != before:
            raise _Unfit(f'{self._order.source} was written to')

    def _next(self, file: FileIO, buffer: memoryview) -> int:
        try:
            return file.readinto(buffer) or 0
        except OSError as error:
            raise _Unfit(str(error)) from error

    def _check_room(self, part: PartFile) -> None:
        needed, free, folder = part.missing_room(), free_space(part.path), str(part.path.parent)
        if free < needed:
            raise DiskFull(path=folder, needed=needed, free=free)
        if free - needed < self._floor():
            raise RoomBelowFloor(path=folder, needed=needed, free=free, floor=self._floor())


def _written(file: FileIO) -> tuple[int, int]:
    status = os.fstat(file.fileno())
    return status.st_size, status.st_mtime_ns
