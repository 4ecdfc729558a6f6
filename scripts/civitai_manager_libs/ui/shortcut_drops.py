"""Files on their way between a browser and the saved models: those that were dropped or chosen on
the page, until they are read, and exports, until they are fetched.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from ..errors import DiskError

MOST_LINK_BYTES = 10_000_000
"""How large a ``.url`` file or a text of links may be."""

MOST_JSON_BYTES = 512 << 20
"""How large an export may be."""

_JSON = '.json'
_MOST_WAITING = 2_000
_MOST_EXPORTS = 3
_FORGOTTEN_SECONDS = 86_400.0
_UNFIT = re.compile(r'[^\w.\- ()\[\]]+')
_log = logging.getLogger('civitai_shortcut')


@dataclass(frozen=True)
class DroppedFile:
    """A file that has come, by the ``name`` it had there."""

    name: str
    path: Path
    size: int

    @property
    def is_json(self) -> bool:
        """Whether it is to be read as an export."""
        return is_json(self.name)


def is_json(name: str) -> bool:
    """Whether a file of that name is to be read as an export."""
    return name.lower().endswith(_JSON)


def most_bytes(name: str) -> int:
    """How large a file of that name may be."""
    return MOST_JSON_BYTES if is_json(name) else MOST_LINK_BYTES


class Incoming:
    """A file on its way in; whoever opens it ends it by ``with``, and it is gone again unless
    :meth:`finish` was called. Raises :class:`DiskError`.
    """

    def __init__(self, files: ShortcutFiles, name: str, path: Path) -> None:
        self._files = files
        self._dropped = DroppedFile(name, path, 0)
        self._size = 0
        self._kept = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(path, 'xb')
        except OSError as error:
            raise DiskError(path=str(path), reason=error.strerror) from error

    def write(self, piece: bytes) -> bool:
        """Take the next piece; False when the file is too large by now."""
        self._size += len(piece)
        if self._size > most_bytes(self._dropped.name):
            return False
        try:
            self._file.write(piece)
        except OSError as error:
            raise DiskError(path=str(self._dropped.path), reason=error.strerror) from error
        return True

    def finish(self) -> str:
        """It is whole; gives the name by which :meth:`.ShortcutFiles.take` has it."""
        try:
            self._file.close()
        except OSError as error:
            raise DiskError(path=str(self._dropped.path), reason=error.strerror) from error
        self._kept = True
        dropped = self._dropped
        return self._files.keep(DroppedFile(dropped.name, dropped.path, self._size))

    def __enter__(self) -> Incoming:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._kept:
            with suppress(OSError):  # of a full disk, which has been said
                self._file.close()
            forget(self._dropped.path)


class ShortcutFiles:
    """The files in ``folder``, by names that only the page knows which they are of; thread-safe.
    What lies there from long ago is removed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._dropped: OrderedDict[str, DroppedFile] = OrderedDict()
        self._exports: OrderedDict[str, Path] = OrderedDict()
        before = time.time() - _FORGOTTEN_SECONDS
        for old in folder.glob('*') if folder.is_dir() else ():
            with suppress(OSError):  # somebody else may have just removed it
                if old.stat().st_mtime < before:
                    old.unlink()

    def receive(self, name: str) -> Incoming:
        """A file called ``name`` begins to come."""
        shown = _UNFIT.sub('_', Path(name.replace('\\', '/')).name)[-80:].lstrip('.') or 'file'
        return Incoming(self, name[-200:], self._folder / f'{secrets.token_hex(8)}-{shown}')

    def keep(self, dropped: DroppedFile) -> str:
        """Keep a file that has come; gives its name."""
        token = secrets.token_urlsafe(18)
        with self._lock:
            self._dropped[token] = dropped
            gone = self._dropped.popitem(last=False)[1] if self._too_many() else None
        if gone is not None:
            forget(gone.path)
        return token

    def _too_many(self) -> bool:
        return len(self._dropped) > _MOST_WAITING

    def take(self, token: str) -> DroppedFile | None:
        """The file of that name, whose it is from now on; None when nobody has it."""
        with self._lock:
            return self._dropped.pop(token, None)

    def new_export(self) -> tuple[str, Path]:
        """The name of an export that is to be made, and where to write it."""
        token = secrets.token_urlsafe(18)
        stamp = datetime.now().strftime('%Y%m%d-%H%M%S')
        path = self._folder / f'{secrets.token_hex(4)}-shortcuts-{stamp}{_JSON}'
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DiskError(path=str(self._folder), reason=error.strerror) from error
        with self._lock:
            self._exports[token] = path
            gone = self._exports.popitem(last=False)[1] if self._full() else None
        if gone is not None:
            forget(gone)
        return token, path

    def _full(self) -> bool:
        return len(self._exports) > _MOST_EXPORTS

    def export(self, token: str) -> Path | None:
        """The export of that name, None when it is not there (any more)."""
        with self._lock:
            path = self._exports.get(token)
        return path if path is not None and path.is_file() else None


def forget(path: Path) -> None:
    """Remove a file of ours that nobody needs any more."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:  # it goes the next time
        _log.info('%s not removed: %s', path.name, error)
