"""How several connections share one file: in order, in pieces that become smaller at the end. Pure.

Pieces in order let the hash follow the bytes as they arrive. A connection that has nothing left to
take gets half of what another one still has to do, so that all of them end together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .transfer import Range, merged

SMALLEST = 1 << 20
LARGEST = 64 << 20
_SECONDS = 4.0


@dataclass
class Piece:
    """Bytes that one connection fetches: ``position`` is the next one, ``end`` the first that is
    not its own any more; None while the size of the file is unknown.
    """

    position: int
    end: int | None

    @property
    def left(self) -> int | None:
        """Bytes still to come."""
        return None if self.end is None else max(0, self.end - self.position)


def wish(speed: float) -> int:
    """Bytes a connection should ask for at once when it moves ``speed`` bytes a second: some
    seconds' worth, so that asking costs little and the file still arrives in order.
    """
    return int(min(LARGEST, max(4 * SMALLEST, speed * _SECONDS)))


def gaps(covered: Iterable[Range], size: int) -> list[Range]:
    """The half-open ranges of a file of ``size`` bytes that are not ``covered``, in order."""
    found, position = [], 0
    for begin, end in merged(covered):
        if begin > position:
            found.append((position, min(begin, size)))
        position = max(position, end)
    if position < size:
        found.append((position, size))
    return [(begin, end) for begin, end in found if begin < end]


def next_piece(
    finished: Sequence[Range], active: Sequence[Piece], size: int, connections: int, wanted: int
) -> Piece | None:
    """What a connection that is free takes: the first bytes that nobody has, about ``wanted`` of
    them and never more than its share of the rest; else a part of somebody's piece, which is cut.
    None when everything is taken and too small to share.
    """
    taken = [(piece.position, size if piece.end is None else piece.end) for piece in active]
    free = gaps([*finished, *taken], size)
    if not free:
        return _shared(active, size, wanted)
    if connections <= 1:
        return Piece(*free[0])
    begin, end = free[0]
    rest = sum(last - first for first, last in free)
    share = max(SMALLEST, rest // (2 * connections))
    length = min(end - begin, wanted, share)
    if end - begin - length < SMALLEST // 4:  # no crumbs
        length = end - begin
    return Piece(begin, begin + length)


def _shared(active: Sequence[Piece], size: int, wanted: int) -> Piece | None:
    """The later part of the largest piece under way."""

    def left(piece: Piece) -> int:
        return (size if piece.end is None else piece.end) - piece.position

    largest = max(active, key=left, default=None)
    if largest is None or left(largest) < 2 * SMALLEST:
        return None
    end = largest.position + left(largest)
    largest.end = largest.position + min(wanted, left(largest) // 2)
    return Piece(largest.end, min(end, largest.end + wanted))
