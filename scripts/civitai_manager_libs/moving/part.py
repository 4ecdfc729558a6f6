"""The ``.part`` file that bytes arrive in, and the state beside it that tells which of them are
there.
"""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from pathlib import Path

from ..domain.transfer import TransferState
from ..errors import FileBusy
from ..store.files import disk_error, make_folder, rename_new, sync_folder
from ..store.locks import try_lock
from .state_file import StateFile, state_path

PART_SUFFIX = '.part'


def part_path(final: Path) -> Path:
    """Where the bytes of ``final`` arrive."""
    return final.with_name(final.name + PART_SUFFIX)


class PartFile:
    """An open, locked part with its state; a context manager. Positioned writes, from any thread.

    Opening raises :class:`FileBusy` while another process has it. A saved state counts only when it
    is of the same ``identity`` and the file is long enough to hold what it promises. ``order`` (of
    JSON types) is kept beside it.
    """

    def __init__(self, final: Path, identity: str, order: object = None) -> None:
        self.final = final
        self.path = part_path(final)
        make_folder(final.parent)
        self._handle = self._open()
        self._lock = threading.RLock()
        self._beginnings = 0
        try:
            self._state_file = StateFile(final, order)
            self._state = self._load(identity)
        except OSError as error:
            self.close()
            raise disk_error(error, self.path) from error

    def _open(self) -> int:
        """The part, made if need be, locked."""
        flags = os.O_RDWR | os.O_CREAT | getattr(os, 'O_BINARY', 0) | getattr(os, 'O_CLOEXEC', 0)
        while True:
            try:
                handle = os.open(self.path, flags, 0o666)
            except OSError as error:
                raise disk_error(error, self.path) from error
            if not try_lock(handle):
                os.close(handle)
                raise FileBusy(path=str(self.final))
            if self._is_the_part(handle):
                return handle
            os.close(handle)

    def _is_the_part(self, handle: int) -> bool:
        """Whether what we have locked is still the part: between opening and locking its owner may
        have given it its final name, and a kill in the middle of that leaves it with both.
        """
        if os.name == 'nt':  # an open file keeps its name there
            return True
        status = os.fstat(handle)
        if status.st_nlink > 1:
            self.path.unlink(missing_ok=True)
        try:
            return os.path.samestat(status, os.stat(self.path))
        except FileNotFoundError:
            return False

    def __enter__(self) -> PartFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def state(self) -> TransferState:
        return self._state

    def _load(self, identity: str) -> TransferState:
        saved, on_disk = self._state_file.load(), os.fstat(self._handle).st_size
        if saved is None or saved.identity != identity:
            return TransferState(identity)
        most = on_disk if saved.size is None else min(on_disk, saved.size)
        if any(begin < 0 or end > most for begin, end in saved.finished):
            return TransferState(identity)
        return saved

    def adopt(self, state: TransferState) -> None:
        """Go on under ``state``; what is on disk beyond its finished ranges no longer counts.

        The file gets its whole length at once, as a hole that takes no room: pieces can then be put
        anywhere in it.
        """
        with self._lock:
            self._state = state
            try:
                if not state.finished:
                    self._beginnings += 1
                    os.ftruncate(self._handle, 0)
                if state.size:
                    os.ftruncate(self._handle, state.size)
                self._state_file.note(state)
            except OSError as error:
                raise disk_error(error, self.path, state.size) from error

    def settle_size(self, size: int) -> None:
        """The server never said how long the file is, and now it has ended."""
        with self._lock:
            self._state = replace(self._state, size=size)
            self._state_file.note(self._state)

    def missing_room(self) -> int:
        """Bytes of disk that the rest of the file will still take."""
        size = self._state.size
        if size is None:
            return 0
        status = os.fstat(self._handle)
        blocks = getattr(status, 'st_blocks', None)
        taken = blocks * 512 if blocks is not None else self._state.received
        return max(0, size - taken)

    def write(self, offset: int, piece: bytes | memoryview) -> None:
        """Put ``piece`` at ``offset`` and count it as finished."""
        try:
            if hasattr(os, 'pwrite'):
                self._write_at(offset, piece)
            else:
                self._seek_and_write(offset, piece)
            with self._lock:
                self._state = self._state.with_range(offset, offset + len(piece))
                self._state_file.note(self._state)
        except OSError as error:
            raise disk_error(error, self.path, len(piece)) from error

    def _write_at(self, offset: int, piece: bytes | memoryview) -> None:
        view = memoryview(piece)
        while view:
            written = os.pwrite(self._handle, view, offset)
            view, offset = view[written:], offset + written

    def _seek_and_write(self, offset: int, piece: bytes | memoryview) -> None:
        view = memoryview(piece)
        with self._lock:
            os.lseek(self._handle, offset, os.SEEK_SET)
            while view:
                view = view[os.write(self._handle, view) :]

    def save(self) -> None:
        """Make what has arrived survive a power cut: the bytes first, then the state that vouches
        for them.
        """
        with self._lock:
            state, beginnings = self._state, self._beginnings
        try:
            getattr(os, 'fdatasync', os.fsync)(self._handle)
            with self._lock:
                if beginnings == self._beginnings:  # else these bytes are no longer in the file
                    self._state_file.keep(state)
                    self._state_file.note(self._state)
        except OSError as error:
            raise disk_error(error, self.path) from error

    def complete(self, size: int, target: Path, replacing: bool) -> None:
        """The part is whole and right: cut it to ``size``, make it durable and name it ``target``.

        Raises :class:`FileExistsError` when ``target`` is taken and may not be replaced; the part
        stays open then.
        """
        try:
            if self._handle >= 0:  # closed already at a second name on Windows
                os.ftruncate(self._handle, size)
                os.fsync(self._handle)
            if os.name == 'nt':  # an open file cannot be renamed there
                self.close()
            (os.replace if replacing else rename_new)(self.path, target)
        except FileExistsError:
            raise
        except OSError as error:
            raise disk_error(error, target) from error
        self.close()
        sync_folder(target.parent)
        state_path(self.final).unlink(missing_ok=True)

    def forget(self) -> None:
        """Begin anew with the same remote file: nothing on disk counts any more."""
        self.adopt(TransferState(self._state.identity))

    def set_aside(self, path: Path) -> None:
        """The bytes are not what they should be: keep them as ``path`` and forget the rest."""
        try:
            if os.name == 'nt':  # an open file cannot be renamed there
                self.close()
            os.replace(self.path, path)
        except OSError as error:
            raise disk_error(error, path) from error
        state_path(self.final).unlink(missing_ok=True)
        self.close()

    def discard(self) -> None:
        """Throw the part and its state away."""
        if os.name == 'nt':  # an open file cannot be removed there
            self.close()
        state_path(self.final).unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Let go of the files and the lock; harmless when done already."""
        if hasattr(self, '_state_file'):
            self._state_file.close()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
