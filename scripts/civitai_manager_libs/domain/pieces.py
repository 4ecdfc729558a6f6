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
_CRUMB = SMALLEST // 4
_SECONDS = 4.0


@dataclass
class Piece:
    """Bytes that one connection fetches: ``position`` is the next one, ``end`` the first that is
    not its own any more; None while the size of the file is unknown.

    What lies before ``claimed`` has come and is being written: nobody else may have it. A ``stuck``
    piece has brought nothing for long.
    """

    position: int
    end: int | None
    claimed: int = 0
    stuck: bool = False

    def claim(self, count: int) -> int:
        """How many of ``count`` bytes that have come at ``position`` are wanted: somebody else may
        have taken the last of them meanwhile.
        """
        if self.end is not None:
            count = min(count, self.end - self.position)
        self.claimed = self.position + count
        return count


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
    if end - begin - length < _CRUMB:
        length = end - begin
    return Piece(begin, begin + length)


def _shared(active: Sequence[Piece], size: int, wanted: int) -> Piece | None:
    """All that is left of a piece that is stuck, else the later part of the largest one."""

    def left(piece: Piece) -> int:
        end = size if piece.end is None else piece.end
        return end - max(piece.position, piece.claimed)

    worth = [piece for piece in active if left(piece) >= (1 if piece.stuck else 2 * _CRUMB)]
    if not worth:
        return None
    largest = max(worth, key=lambda piece: (piece.stuck, left(piece)))
    begin = max(largest.position, largest.claimed)
    end = begin + left(largest)
    largest.end = begin if largest.stuck else begin + min(wanted, left(largest) // 2)
    return Piece(largest.end, min(end, largest.end + wanted))
