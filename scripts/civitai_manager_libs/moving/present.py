"""Finds out whether the file that is wanted is there already: nothing whole is fetched twice or
written over.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from ..store.files import disk_error
from .digests import Digests
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
    promise = order.promise
    for path in names_of(order.final):
        if not path.is_file():
            if path == order.final:  # it may have got a number when that name was taken
                continue
            return None
        if not promise and known is None and not _just_named(path):
            return None
        size, digests = read_digests(path, Digests(promise.names), stop, on_progress)
        if promise:
            right = promise.broken(digests, path.name) is None
        else:
            right = known in (None, digests.sha256)
        if right:
            part_path(order.final).unlink(missing_ok=True)
            state_path(order.final).unlink(missing_ok=True)
            return Fetched(path, size, digests.sha256, bool(promise))
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


def read_digests(
    path: Path, digests: Digests, stop: threading.Event, on_progress: Callable[[Progress], None]
) -> tuple[int, Digests]:
    """Size in bytes and the hashes of the file at ``path``, added to fresh ``digests``. Raises
    :class:`Stopped` and the errors of :func:`disk_error`.
    """
    buffer, done = memoryview(bytearray(_PIECE)), 0
    try:
        with open(path, 'rb', buffering=0) as file:
            size = path.stat().st_size
            while count := file.readinto(buffer):
                digests.update(buffer[:count])
                done += count
                on_progress(Progress(size, done, size))
                if stop.is_set():
                    raise Stopped
    except OSError as error:
        raise disk_error(error, path) from error
    return done, digests
