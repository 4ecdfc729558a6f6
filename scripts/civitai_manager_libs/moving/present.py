"""Finds out whether the file that is wanted is there already: nothing whole is fetched twice or
written over.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ..store.files import disk_error
from .fetch import Fetched, FetchOrder, names_of
from .mover import Progress, Stopped
from .part import part_path
from .state_file import StateFile, state_path

_PIECE = 1 << 20


def find_present(
    order: FetchOrder,
    stop: threading.Event,
    on_progress: Callable[[Progress], None],
    known: str | None = None,
) -> Fetched | None:
    """The wanted file under its final name, or under the one it got because that was taken, else
    None.

    With a promised hash what lies there is read and compared. Without one only a file that we have
    just put there ourselves counts: an earlier run that was killed between renaming it and saying
    so has noted its SHA256 (``known``), or has left its state behind.
    """
    expected = order.expected()
    wanted = expected[1] if expected is not None else known
    for path in names_of(order.final):
        if not path.is_file():
            return None
        if wanted is None and not _just_named(path):
            return None
        size, digest = _read(path, stop, on_progress)
        if wanted is None or digest.startswith(wanted):
            part_path(order.final).unlink(missing_ok=True)
            state_path(order.final).unlink(missing_ok=True)
            return Fetched(path, size, digest, expected is not None)
    return None


def _just_named(final: Path) -> bool:
    return not _other_part(final) and final.stat().st_size == _promised_size(final)


def _other_part(final: Path) -> bool:
    """Whether there is a part that is not the file itself, caught between its two names."""
    part = part_path(final)
    return part.exists() and not part.samefile(final)


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
