"""Finds out whether the file that is wanted is there already: nothing whole is fetched twice or
written over."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ..store.files import disk_error
from .fetch import Fetched, FetchOrder
from .mover import Progress, Stopped
from .part import part_path
from .state_file import StateFile, state_path

_PIECE = 1 << 20


def find_present(
    order: FetchOrder, stop: threading.Event, on_progress: Callable[[Progress], None]
) -> Fetched | None:
    """The file under its final name if it is the one that was promised, else None.

    With a promised hash the file is read and compared. Without one only a file that we have just
    put there ourselves counts: an earlier run that was killed between renaming it and saying so has
    left its state behind."""
    final = order.final
    if not final.is_file():
        return None
    expected = order.expected()
    if expected is None:
        if part_path(final).exists() or final.stat().st_size != _promised_size(final):
            return None
        size, digest = _read(final, stop, on_progress)
    else:
        size, digest = _read(final, stop, on_progress)
        if not digest.startswith(expected[1]):
            return None
    part_path(final).unlink(missing_ok=True)
    state_path(final).unlink(missing_ok=True)
    return Fetched(final, size, digest, expected is not None)


def _promised_size(final: Path) -> int | None:
    if not state_path(final).exists():
        return None
    with closing(StateFile(final)) as file:
        state = file.load()
    return state.size if state is not None and state.complete else None


def _read(
    path: Path, stop: threading.Event, on_progress: Callable[[Progress], None]
) -> tuple[int, str]:
    running, buffer, done = hashlib.sha256(), memoryview(bytearray(_PIECE)), 0
    try:
        with open(path, 'rb', buffering=0) as file:
            size = path.stat().st_size
            while count := file.readinto(buffer):
                running.update(buffer[:count])
                done += count
                on_progress(Progress(size, done, size))
                if stop.is_set():
                    raise Stopped
    except OSError as error:
        raise disk_error(error, path) from error
    return done, running.hexdigest()
