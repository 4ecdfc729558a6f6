"""From an address to a verified file under its final name: the one way this program writes a
downloaded file.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..domain.naming import numbered
from ..errors import HashMismatch, SizeMismatch
from ..memory import guard
from ..memory_room import Room
from ..util import printD
from .digests import Digests
from .mover import ACCOUNT, Mover, Progress
from .opening import MoveRules, Open
from .part import PartFile
from .promise import Promise

_MOST_NAMES = 1000


@dataclass(frozen=True)
class FetchOrder:
    """What is to lie where in the end.

    ``identity`` tells remote files apart when a part is found (see :class:`TransferState`).
    ``hashes`` are expected values by Civitai's names. ``size`` is exact or None. ``note`` (of JSON
    types) is kept with the part until it is whole. Wrong bytes are kept under the name that
    ``aside(digest)`` gives; if it gives none they are thrown away.
    """

    final: Path
    identity: str
    hashes: tuple[tuple[str, str], ...] = ()
    size: int | None = None
    replace: bool = False
    note: object = None
    aside: Callable[[str], Path | None] = lambda digest: None

    @property
    def promise(self) -> Promise:
        """What the file is checked against."""
        return Promise.of(dict(self.hashes))


@dataclass(frozen=True)
class Fetched:
    """A file in place. ``verified`` is False only when nobody had published a hash."""

    path: Path
    size: int
    sha256: str
    verified: bool


@dataclass(frozen=True)
class Watcher:
    """Who follows a fetch. ``on_progress`` and ``pulse`` as in :class:`Mover`; ``on_whole`` hears
    the SHA256 of what will be renamed just before it is; ``published_now`` is asked after a
    mismatch for hashes newer than those of the order, None when there are none.
    """

    on_progress: Callable[[Progress], None]
    pulse: Callable[[Progress], None] | None = None
    on_whole: Callable[[str], None] | None = None
    published_now: Callable[[], Mapping[str, str] | None] | None = None


def fetch(
    order: FetchOrder,
    open_file: Open,
    rules: Callable[[], MoveRules],
    stop: threading.Event,
    watcher: Watcher,
    room: Room | None = None,
) -> Fetched:
    """Receive, verify, rename. Never leaves a file under its final name that is not what was
    promised. ``room`` is what the caller has got for the buffers already; it is given back.

    After a mismatch it is asked once what the file should be now; what the author has replaced
    meanwhile is fetched again, and so is, once, what was resumed: the bytes of an earlier run may
    have suffered in a power cut. Raises :class:`HashMismatch` (``kept`` says where the bytes are)
    or :class:`SizeMismatch` (they are thrown away), and all that :meth:`Mover.run` raises (they
    are kept).
    """
    with (
        PartFile(order.final, order.identity, order.note) as part,
        room or guard.room(ACCOUNT) as room,
    ):
        asked, again = False, part.state.received > 0
        while True:
            mover = Mover(
                part,
                open_file,
                rules,
                stop,
                watcher.on_progress,
                order.promise,
                watcher.pulse,
                room,
            )
            try:
                size, digests = mover.run()
            except BaseException:
                if not part.state.received:  # nothing to go on from: leave nothing behind
                    part.discard()
                raise
            mismatch = _mismatch(order, size, digests)
            if mismatch is None:
                break
            if isinstance(mismatch, HashMismatch) and not asked:
                asked, newer = True, watcher.published_now and watcher.published_now()
                if newer and Promise.of(newer):
                    order, again = replace(order, hashes=tuple(newer.items())), True
                    if set(order.promise.names) <= {'SHA256', 'AutoV2'}:
                        if _mismatch(order, size, digests) is None:
                            break
            if not again:
                raise _thrown_out(part, order, mismatch, digests)
            printD(f'[transfer] {mismatch}, once more from the start')
            again = False
            part.forget()
        if watcher.on_whole is not None:
            watcher.on_whole(digests.sha256)
        path = _name(part, order, size)
    return Fetched(path, size, digests.sha256, bool(order.promise))


def _mismatch(order: FetchOrder, size: int, digests: Digests) -> HashMismatch | SizeMismatch | None:
    if order.size is not None and size != order.size:
        return SizeMismatch(expected=order.size, actual=size, file=order.final.name)
    return order.promise.broken(digests, order.final.name)


def _thrown_out(
    part: PartFile, order: FetchOrder, mismatch: HashMismatch | SizeMismatch, digests: Digests
) -> HashMismatch | SizeMismatch:
    """``mismatch``, with the place where the bytes lie now if they are kept."""
    path = order.aside(digests.sha256) if isinstance(mismatch, HashMismatch) else None
    if path is None:
        part.discard()
        return mismatch
    part.set_aside(path)
    return HashMismatch(**{**mismatch.details, 'kept': str(path)})


def _name(part: PartFile, order: FetchOrder, size: int) -> Path:
    for path in names_of(order.final):
        try:
            part.complete(size, path, order.replace)
        except FileExistsError:
            continue
        return path
    raise FileExistsError(str(order.final))


def names_of(final: Path) -> Iterator[Path]:
    """``final``, and the names for when that is taken."""
    yield final
    for number in range(2, _MOST_NAMES):
        yield final.with_name(numbered(final.name, number))
