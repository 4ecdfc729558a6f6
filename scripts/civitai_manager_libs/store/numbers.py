"""Numbers of models as SQLite takes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LARGEST = 2**63 - 1
"""The largest number that SQLite knows."""

_IN_ONE_QUERY = 500


def storable(number: int) -> bool:
    """Whether ``number`` can be the number of a row at all; Python knows larger ones than SQLite,
    which refuses them with an error of its own.
    """
    return 0 < number <= LARGEST


def in_parts(numbers: Iterable[int]) -> Iterator[list[int]]:
    """``numbers`` without repetitions and impossible ones, in parts that a query can take."""
    known = [number for number in dict.fromkeys(numbers) if storable(number)]
    for begin in range(0, len(known), _IN_ONE_QUERY):
        yield known[begin : begin + _IN_ONE_QUERY]
