"""What a model file holds, by Civitai's hashes: remembered where that is known, read where not."""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path

from ..moving.digests import Digests
from ..store.hashed import FileState, HashedFiles, file_state

_PIECE = 1 << 20
_LARGEST = 1 << 30
_MOST_REMEMBERED = 500
_WITH_HEADER = ('.safetensors', '.sft')


@dataclass(frozen=True)
class Content:
    """SHA256 of a file, and what Civitai may call its AutoV3 (civitai-api.md section 5); in lower
    case.
    """

    sha256: str
    auto_v3: tuple[str, ...] = ()


class Contents:
    """Hashes of files, as long as they stay as they are. SHA256 goes into ``hashed``, AutoV3 is
    kept for as long as the program runs. Thread-safe.
    """

    def __init__(self, hashed: HashedFiles) -> None:
        self._hashed = hashed
        self._lock = threading.Lock()
        self._read: dict[tuple[Path, FileState], Content] = {}

    def of(self, path: Path, with_auto_v3: bool) -> Content | None:
        """The content of the file at ``path``; None for one that cannot be read, and for one of
        more than a GiB that nobody has hashed yet: that would take long.
        """
        try:
            state = file_state(path)
            known = self._read.get((path, state))
            if known is not None:
                return known
            sha256 = self._hashed.known(path, state)
            if sha256 and not (with_auto_v3 and path.suffix.lower() in _WITH_HEADER):
                return Content(sha256)
            return self._remembered(path, *_hashed(path)) if state.size <= _LARGEST else None
        except OSError:  # gone, being written or not ours to read: nobody can tell
            return None

    def _remembered(self, path: Path, state: FileState, content: Content) -> Content:
        with self._lock:
            if len(self._read) >= _MOST_REMEMBERED:
                self._read.pop(next(iter(self._read)))
            self._read[path, state] = content
        self._hashed.remember(path, state, content.sha256)
        return content


def _hashed(path: Path) -> tuple[FileState, Content]:
    """State and content of the file at ``path``; raises OSError, also when it is written to."""
    names = ('AutoV3',) if path.suffix.lower() in _WITH_HEADER else ()
    running, buffer = Digests(names), memoryview(bytearray(_PIECE))
    with open(path, 'rb', buffering=0) as file:
        before = os.fstat(file.fileno())
        while count := file.readinto(buffer):
            running.update(buffer[:count])
    state = file_state(path)
    if (before.st_size, before.st_mtime_ns) != (state.size, state.changed):
        raise OSError(f'{path} changed while it was read')
    return state, Content(running.sha256, tuple(one for name in names for one in running.of(name)))
