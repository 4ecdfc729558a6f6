"""From an address to a verified file under its final name: the one way this program writes a
downloaded file.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..domain.naming import numbered
from ..errors import HashMismatch, SizeMismatch
from ..util import printD
from .mover import Mover, MoveRules, Open, Progress
from .part import PartFile

_MOST_NAMES = 1000
_DIGITS = {'SHA256': 64, 'AutoV2': 10}  # anything else under these names promises nothing


@dataclass(frozen=True)
class FetchOrder:
    """What is to lie where in the end.

    ``identity`` tells remote files apart when a part is found (see :class:`TransferState`).
    ``hashes`` are expected values by Civitai's names, of which SHA256 and AutoV2 are checked here.
    ``size`` is exact or None.
    """

    final: Path
    identity: str
    hashes: tuple[tuple[str, str], ...] = ()
    size: int | None = None
    replace: bool = False

    def expected(self) -> tuple[str, str] | None:
        """The best promise there is: algorithm and lower-case hex; None when nothing was
        promised.
        """
        promised = {name: value.strip().lower() for name, value in self.hashes}
        for name, digits in _DIGITS.items():
            if re.fullmatch(f'[0-9a-f]{{{digits}}}', promised.get(name, '')):
                return name, promised[name]
        return None


@dataclass(frozen=True)
class Fetched:
    """A file in place. ``verified`` is False only when nobody had published a hash."""

    path: Path
    size: int
    sha256: str
    verified: bool


def fetch(
    order: FetchOrder,
    open_file: Open,
    rules: Callable[[], MoveRules],
    stop: threading.Event,
    on_progress: Callable[[Progress], None],
    pulse: Callable[[Progress], None] | None = None,
    on_whole: Callable[[str], None] | None = None,
) -> Fetched:
    """Receive, verify, rename. Never leaves a file under its final name that is not what was
    promised. ``on_whole`` hears the SHA256 of what will be renamed just before it is.

    A mismatch after resuming is given one more run from the first byte: the bytes of an earlier run
    may have suffered in a power cut. Raises :class:`HashMismatch` or :class:`SizeMismatch` (the
    bytes are thrown away), and all that :meth:`Mover.run` raises (the bytes are kept).
    """
    expected = order.expected()
    with PartFile(order.final, order.identity) as part:
        resumed = part.state.received > 0
        while True:
            mover = Mover(part, open_file, rules, stop, on_progress, expected is not None, pulse)
            try:
                size, digest = mover.run()
            except BaseException:
                if not part.state.received:  # nothing to go on from: leave nothing behind
                    part.discard()
                raise
            mismatch = _mismatch(order, size, digest)
            if mismatch is None:
                break
            if not resumed:
                part.discard()
                raise mismatch
            printD(f'[transfer] {mismatch} after resuming, once more from the start')
            resumed = False
            part.forget()
        if on_whole is not None:
            on_whole(digest)
        path = _name(part, order, size)
    return Fetched(path, size, digest, expected is not None)


def _mismatch(order: FetchOrder, size: int, digest: str) -> HashMismatch | SizeMismatch | None:
    if order.size is not None and size != order.size:
        return SizeMismatch(expected=order.size, actual=size, file=order.final.name)
    expected = order.expected()
    if expected is not None and not digest.startswith(expected[1]):
        return HashMismatch(
            algorithm=expected[0],
            expected=expected[1],
            actual=digest[: len(expected[1])],
            file=order.final.name,
        )
    return None


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
