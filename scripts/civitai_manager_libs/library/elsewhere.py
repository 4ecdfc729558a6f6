"""Finds a file that is to be downloaded where it lies already: by its SHA256, in the model
folders.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from ..domain.naming import numbered
from ..domain.task import NewDownload
from ..store.hashed import FileState, HashedFiles, file_state, hash_file
from .folders import FileIndex, extension_of

_ROUNDED = 1024  # sizes are given in KiB, some of them rounded (civitai-api.md section 3.5)
_MOST_HASHED = 8 << 30
_MOST_NAMES = 1000
_log = logging.getLogger('civitai_shortcut')


class _Ended(Exception):
    """Nobody waits for the answer any more."""


class Elsewhere:
    """Looks for files by their content; thread-safe, one question at a time.

    What has been hashed once is remembered. At most a few GiB are hashed for one question: the next
    one goes on from there.
    """

    def __init__(self, hashed: HashedFiles, folders: Callable[[], list[Path]]) -> None:
        self._hashed = hashed
        self._index = FileIndex(folders)
        self._asking = threading.Lock()

    def find(self, download: NewDownload, stop: threading.Event | None = None) -> Path | None:
        """A file with the content of ``download``, None when there is none, or when it lies at its
        very place already, or when its SHA256 was never given. ``stop`` ends the search with None.
        """
        sha256 = download.hashes.get('SHA256', '').strip().lower()
        if len(sha256) != 64:
            return None
        question = _Question(download, sha256, self._hashed, stop or threading.Event())
        with self._asking:
            try:
                if any(question.fits(path) for path in question.own_places()):
                    return None
                found = question.among_known() or question.among(self._index)
            except _Ended:
                return None
        return found


class _Question:
    """One search."""

    def __init__(
        self, download: NewDownload, sha256: str, hashed: HashedFiles, stop: threading.Event
    ) -> None:
        self._download = download
        self._sha256 = sha256
        self._hashed = hashed
        self._stop = stop
        self._room = _MOST_HASHED

    def own_places(self) -> list[Path]:
        """Where the download would find itself: its name, and numbered ones after it, also when
        the name itself is free again.
        """
        folder, name = Path(self._download.folder), self._download.file_name
        places = [folder / name, folder / numbered(name, 2)]
        while places[-1].is_file() and len(places) < _MOST_NAMES:
            places.append(folder / numbered(name, len(places) + 1))
        return places[:-1]

    def among_known(self) -> Path | None:
        """A file that had the content, if it still has: unchanged ones are believed."""
        changed = []
        for path, state in self._hashed.holding(self._sha256).items():
            now = _state(path)
            if now == state:
                return path
            if now is not None and now.size == state.size:
                changed.append(path)
        return next((path for path in changed if self.fits(path)), None)

    def among(self, index: FileIndex) -> Path | None:
        """A file in the model folders; only those of about the same size are read, likeliest
        first.
        """
        estimate, name = self._download.size_estimate, self._download.file_name
        if not estimate:
            return None
        candidates = index.sized(
            extension_of(name), estimate - _ROUNDED, estimate + _ROUNDED, self._stop.is_set
        )
        candidates.sort(key=lambda one: (one[1].name != name, abs(one[0] - estimate), one[1]))
        for size, path in candidates:
            if self._room <= 0:
                _log.info('reuse: not all files of the size of %s were read', name)
                return None
            if self.fits(path):
                return path
        return None

    def fits(self, path: Path) -> bool:
        """Whether ``path`` has the content; reads it unless that is known."""
        state = _state(path)
        if state is None:
            return False
        known = self._hashed.known(path, state)
        return (known or self._read(path)) == self._sha256

    def _read(self, path: Path) -> str | None:
        try:
            state, sha256 = hash_file(path, self._on_read)
        except OSError as error:
            _log.info('reuse: %s not read: %s', path, error)
            return None
        self._hashed.remember(path, state, sha256)
        return sha256

    def _on_read(self, count: int) -> None:
        self._room -= count
        if self._stop.is_set():
            raise _Ended


def _state(path: Path) -> FileState | None:
    try:
        return file_state(path) if path.is_file() else None
    except OSError:
        return None
