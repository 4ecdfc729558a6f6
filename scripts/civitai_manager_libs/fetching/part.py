"""A picture that is not whole yet: a hidden file beside its place, which is renamed when it is."""

from __future__ import annotations

import atexit
import contextlib
import hashlib
import io
import os
from pathlib import Path
from types import TracebackType

from ..errors import PlaceTaken
from ..store.files import disk_error, make_folder, rename_new
from ..store.locks import try_lock
from .formats import Format, is_whole, whole_format

_NAME_LENGTH = 40
_PIECE = 1 << 20
_unfinished: set[PicturePart] = set()


class PicturePart:
    """The file on its way to ``place`` (without ending); a context that removes what was not
    finished.

    One that a killed process has left is taken over; while another writes it, we write one of our
    own beside it. Nothing is forced to the disk: a file torn by a power cut is found by its
    structure and fetched again.
    """

    def __init__(self, place: Path) -> None:
        self._place = place
        self._file: io.FileIO | None = None
        self._name = place
        self._running = hashlib.sha256()
        self._abandoned = False
        self.size = 0

    @property
    def sha256(self) -> str:
        """That of the bytes written so far."""
        return self._running.hexdigest()

    def write(self, piece: memoryview) -> None:
        """Append ``piece``; raises the errors of :func:`disk_error`."""
        self._running.update(piece)
        try:
            file = self._file or self._open()
            while piece:
                written = file.write(piece)
                piece = piece[written:]
                self.size += written
        except OSError as error:
            raise disk_error(error, self._place) from error

    def restart(self) -> None:
        """Forget what was written."""
        self._running, self.size = hashlib.sha256(), 0
        if self._file is not None:
            try:
                self._file.seek(0)
                self._file.truncate()
            except OSError as error:
                raise disk_error(error, self._place) from error

    def whole_format(self) -> Format | None:
        """What was written, if it is a whole picture or video."""
        if self._file is None:
            return None
        try:
            return whole_format(self._file)
        except OSError as error:
            raise disk_error(error, self._place) from error

    def finish(self, ending: str, replace: bool) -> Path:
        """Put it into its place, whose name gets ``ending``; gives the path."""
        path = self._place.with_name(self._place.name + ending)
        file, self._file = self._file, None
        if file is None:
            raise ValueError('nothing was written')
        _unfinished.discard(self)
        try:
            if os.name == 'nt':  # an open file cannot be renamed there
                file.close()
            moved = False
            try:
                moved = self._rename(path, replace)
            finally:
                if not moved:  # afterwards somebody else may have one of that name
                    os.unlink(self._name)
        except OSError as error:
            raise disk_error(error, path) from error
        finally:
            file.close()
        return path

    def _rename(self, path: Path, replace: bool) -> bool:
        """Whether it went there; it does not where the same lies already."""
        if not replace:
            try:
                rename_new(self._name, path)
                return True
            except FileExistsError:
                if is_whole(path):
                    if not self._is_same(path):
                        raise PlaceTaken(path=str(path)) from None
                    return False
        os.replace(self._name, path)
        return True

    def _is_same(self, path: Path) -> bool:
        if path.stat().st_size != self.size:
            return False
        other = hashlib.sha256()
        with open(path, 'rb') as file:
            while piece := file.read(_PIECE):
                other.update(piece)
        return other.digest() == self._running.digest()

    def remove(self) -> None:
        """Remove what was written, as far as the system lets us; it is no use any more."""
        with contextlib.suppress(OSError):  # what stays is taken over the next time
            os.unlink(self._name)

    def abandon(self) -> None:
        """Remove it from another thread than the one that writes it, which waits for something else
        and will not write any more.
        """
        if self._file is None or self._abandoned:
            return
        with contextlib.suppress(OSError):  # Windows; then it is removed when that thread comes
            os.unlink(self._name)
            self._abandoned = True
            _unfinished.discard(self)

    def _open(self) -> io.FileIO:
        make_folder(self._place.parent)
        beginning = self._place.name[:_NAME_LENGTH]
        number = 1
        while True:
            middle = f'.{number}' if number > 1 else ''
            name = self._place.with_name(f'.{beginning}{middle}.part')
            file = _locked(name)
            if file is not None:
                self._name, self._file = name, file
                _unfinished.add(self)
                file.truncate(0)
                return file
            number += 1

    def __enter__(self) -> PicturePart:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        _unfinished.discard(self)
        if os.name != 'nt' and not self._abandoned:  # as long as it is locked, it is ours
            self.remove()
        self._file.close()
        self._file = None
        if os.name == 'nt' and not self._abandoned:
            self.remove()


def _locked(name: Path) -> io.FileIO | None:
    """The file of that name, new or left by somebody, open and locked for us; None while somebody
    has it.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, 'O_BINARY', 0) | getattr(os, 'O_NOFOLLOW', 0)
    while True:
        handle = os.open(name, flags | getattr(os, 'O_CLOEXEC', 0), 0o666)
        try:
            if not try_lock(handle):
                os.close(handle)
                return None
            here = os.fstat(handle)
            try:
                there = os.stat(name)
            except FileNotFoundError:
                there = None
            if there is not None and os.path.samestat(here, there):
                os.lseek(handle, 0, os.SEEK_SET)
                return io.FileIO(handle, 'r+')
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # it was renamed or removed before we had it


@atexit.register
def _remove_unfinished() -> None:
    """Threads that still wait for a server when the process ends do not come to remove theirs."""
    for part in list(_unfinished):
        part.remove()
