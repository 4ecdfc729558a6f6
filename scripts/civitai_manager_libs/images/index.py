"""Small sorted tables of 64-bit numbers: whether a database may hold something is told without
asking it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable
from hashlib import blake2b

BITS = 64
_BYTES = 8
_FULL = (1 << BITS) - 1
_MANY = 256
_BANDS = (*((place, 7) for place in range(0, 56, 7)), (56, 8))
NEAR = len(_BANDS) - 1
"""The largest distance that :class:`Looks` finds: of nine bands at least one is the same then."""


class Keys:
    """A set of numbers, eight bytes each. Not thread-safe."""

    def __init__(self) -> None:
        self._numbers = array('Q')

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, number: int) -> bool:
        place = bisect_left(self._numbers, number)
        return place < len(self._numbers) and self._numbers[place] == number

    def update(self, numbers: Iterable[int]) -> None:
        """Add ``numbers``."""
        more = list(numbers)
        if len(more) > _MANY:
            self._numbers = array('Q', sorted({*self._numbers, *more}))
            return
        for number in more:
            if number not in self:
                insort(self._numbers, number)

    def between(self, begin: int, end: int) -> array[int]:
        """The numbers from ``begin`` to ``end``, both included."""
        place = bisect_left(self._numbers, begin)
        return self._numbers[place : bisect_left(self._numbers, end + 1, place)]


class Looks:
    """Numbers of 64 bits that can be found by nearness: each is kept once for each band of its
    bits, turned so that the band comes first.
    """

    def __init__(self) -> None:
        self._bands = [Keys() for _ in _BANDS]

    def __len__(self) -> int:
        return sum(map(len, self._bands))

    def update(self, looks: Iterable[int]) -> None:
        """Add ``looks``."""
        more = list(looks)
        for keys, (begin, _) in zip(self._bands, _BANDS):
            keys.update(_turned(look, begin) for look in more)

    def near(self, look: int, distance: int) -> set[int]:
        """Those that differ from ``look`` in at most ``distance`` (no more than :data:`NEAR`)
        bits.
        """
        found: set[int] = set()
        for keys, (begin, length) in zip(self._bands, _BANDS):
            wanted, rest = _turned(look, begin), BITS - length
            first = wanted >> rest << rest
            for number in keys.between(first, first | (1 << rest) - 1):
                if (number ^ wanted).bit_count() <= distance:
                    found.add(_turned(number, BITS - begin))
        return found


def number_of(text: str) -> int:
    """64 bits that stand for ``text``."""
    return int.from_bytes(
        blake2b(text.encode(errors='replace'), digest_size=_BYTES).digest(), 'big'
    )


def _turned(number: int, by: int) -> int:
    """The bits of ``number`` turned left."""
    by %= BITS
    return (number << by | number >> BITS - by) & _FULL if by else number
