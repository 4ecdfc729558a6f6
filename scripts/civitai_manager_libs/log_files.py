"""Three log files of one process, which rotate, and never two processes in one file."""

from __future__ import annotations

import copy
import errno
import logging
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from io import FileIO
from pathlib import Path

from .domain.log_lines import is_failure
from .notify import board
from .redaction import without_secrets
from .store.locks import try_lock

LOGGER = 'civitai_shortcut'
HTTP_LOGGER = f'{LOGGER}.http_client'
STEMS = ('application', 'http_client', 'error')
LARGEST = 10 << 20
KEPT = 5

_CAUSE = 'logs'
_MOST_PROCESSES = 1000
_TRIED_AGAIN = 5.0  # seconds, as for looking whether the files are still there
_LINE = '%(asctime)s %(levelname)s %(message)s'


class LineFormatter(logging.Formatter):
    """``2026-11-22 06:12:01,123 INFO message``, without secrets, in message and traceback alike.

    ``tracebacks`` says whether they are written at all.
    """

    def __init__(self, tracebacks: bool = True) -> None:
        super().__init__(_LINE)
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        if not self._tracebacks and record.exc_info:
            record = copy.copy(record)
            record.exc_info = record.exc_text = record.stack_info = None
        return without_secrets(super().format(record))


class LogFiles(logging.Handler):
    """The three files of one process in :attr:`folder`.

    The first process gets the plain names, others ``application-2.log`` and so on: two processes
    in one file could not rotate it. A lock beside the files says which number is taken; the system
    gives it back when a process dies.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(LineFormatter())
        self.folder = folder
        self._claim: FileIO | None = None
        self._files: dict[str, _LogFile] = {}
        self._next_look = 0.0
        self._ended = False
        self._trouble: OSError | None = None
        self._told = self._stands = False

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; a failure is kept for :meth:`handle`."""
        now = time.monotonic()
        if self._ended or (self._trouble is not None and now < self._next_look):
            return
        try:
            line = self.format(record)
        except Exception:  # a message that does not fit its values; as logging itself does
            self.handleError(record)
            return
        content = (line + '\n').encode('utf-8', 'backslashreplace')
        try:
            if now >= self._next_look:
                self._next_look = now + _TRIED_AGAIN
                self._look_after()
            for stem in _stems(record):
                self._files[stem].write(content)
            self._trouble = None
        except OSError as error:
            self._trouble = error
            self._next_look = now + _TRIED_AGAIN
            self._release()

    def handle(self, record: logging.LogRecord) -> bool:
        """Write ``record``, and say once when that does not work."""
        handled = super().handle(record)
        trouble = self._trouble
        if trouble is not None and not self._told:  # without our lock: who listens may log
            self._told = self._stands = True
            reason = trouble.strerror or type(trouble).__name__
            values = {'path': str(self.folder), 'reason': reason}
            board.tell('warning', 'logs.not_written', values, _CAUSE)
        elif trouble is None and self._stands:
            self._stands = False
            board.settle(_CAUSE)
        return handled

    def end(self) -> None:
        """Close the files for good.

        :meth:`close` does not: whoever configures logging anew (uvicorn, a host) calls it for all
        handlers there are, also for those that stay in use.
        """
        self.acquire()
        try:
            self._ended = True
            self._release()
        finally:
            self.release()
        self.close()

    def _look_after(self) -> None:
        """Open what is not open, or not where it was: somebody may have deleted the folder."""
        if self._claim is not None:
            lock = Path(os.fsdecode(self._claim.name))
            if _is_at(self._claim, lock) and all(file.in_place for file in self._files.values()):
                return
        self._release()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._claim, mark = _claimed(self.folder)
        for stem in STEMS:
            self._files[stem] = _LogFile(self.folder / f'{stem}{mark}.log')

    def _release(self) -> None:
        for file in self._files.values():
            file.close()
        self._files = {}
        if self._claim is not None:
            self._claim.close()
            self._claim = None


def _stems(record: logging.LogRecord) -> Iterator[str]:
    if record.levelno >= logging.INFO:
        yield 'application'
    of_http = record.name == HTTP_LOGGER
    if of_http:
        yield 'http_client'
    if record.levelno >= logging.ERROR or (of_http and is_failure(record.message)):
        yield 'error'


def _claimed(folder: Path) -> tuple[FileIO, str]:
    """The lock of the smallest free number, and what goes behind the names for it."""
    for number in range(1, _MOST_PROCESSES):
        mark = f'-{number}' if number > 1 else ''
        claim = FileIO(folder / f'.logs{mark}.lock', 'a+')
        try:
            if try_lock(claim.fileno()):
                return claim, mark
        except OSError:
            claim.close()
            raise
        claim.close()
    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def _is_at(file: FileIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False


class _LogFile:
    """One file that only we write to; with :data:`LARGEST` bytes it becomes ``.1``, and so on up to
    :data:`KEPT`. Every method but :meth:`close` raises OSError.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._room = LARGEST
        self._open()

    def _open(self) -> None:
        self._file = FileIO(self._path, 'a+')
        self._size = os.fstat(self._file.fileno()).st_size
        self._torn = False
        if self._size:  # of a process that was killed, or a disk that was full
            self._file.seek(-1, os.SEEK_END)
            self._torn = self._file.read(1) != b'\n'

    @property
    def in_place(self) -> bool:
        """Whether the file still has its name."""
        return _is_at(self._file, self._path)

    def write(self, content: bytes) -> None:
        """Add ``content``, whole lines."""
        if self._torn:
            content = b'\n' + content
        if self._size + len(content) > self._room and self._size:
            self._rotate()
        written = self._file.write(content) or 0
        self._size += written
        if written < len(content):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._torn = False

    def _rotate(self) -> None:
        """Begin a new file. Where somebody has one of them open that must not be moved, the old one
        goes on for a tenth of its size.
        """
        self._file.close()
        numbers = range(1, KEPT)
        try:
            # Only up to the first number that is free: a try that failed after this has made room
            # already, and one after the other would push all older files out.
            free = next((n for n in numbers if not os.path.exists(f'{self._path}.{n}')), KEPT)
            for number in range(free - 1, 0, -1):
                with suppress(FileNotFoundError):
                    os.replace(f'{self._path}.{number}', f'{self._path}.{number + 1}')
            os.replace(self._path, f'{self._path}.1')
            self._room = LARGEST
        except OSError:
            self._room = self._size + LARGEST // 10
        self._open()

    def close(self) -> None:
        """Close the file; twice does no harm."""
        self._file.close()
