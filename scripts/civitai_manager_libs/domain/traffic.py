"""What is counted of HTTP traffic, and sums of it."""

from __future__ import annotations

import struct
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import add

KINDS = ('api', 'image', 'file')
_SMALLEST_MS = 1.0
_GROWTH = 1.25
_BINS = 60
_PACKED = struct.Struct(f'<{_BINS + 1}I')
BOUNDS = tuple(_SMALLEST_MS * _GROWTH**step for step in range(_BINS))
"""Upper bounds in ms of all bins but the last: 1 ms to about 520 s, each a quarter wider."""


class Histogram:
    """How many answers took how long, in a fixed number of bins; a percentile is right to within
    one bin (25 %).
    """

    __slots__ = ('counts',)

    def __init__(self, counts: Sequence[int] | None = None) -> None:
        self.counts = list(counts) if counts is not None else [0] * (_BINS + 1)

    def add(self, milliseconds: float) -> None:
        """One more answer."""
        self.counts[bisect_left(BOUNDS, milliseconds)] += 1

    def merge(self, other: Histogram) -> None:
        """All answers of ``other`` too."""
        self.counts = list(map(add, self.counts, other.counts))

    def packed(self) -> bytes:
        """The counts as they are stored: 32 bits each, lowest byte first, without the zeros at the
        end.
        """
        return _PACKED.pack(*self.counts).rstrip(b'\0')

    @classmethod
    def unpacked(cls, pieces: Iterable[bytes]) -> Histogram:
        """The sum of what :meth:`packed` made, as sums of whole numbers that hold all counts side
        by side: a day of minutes is added up on every poll of the page. Right below 2**32 answers.
        """
        together = sum(int.from_bytes(piece[: _PACKED.size], 'little') for piece in pieces)
        return cls(_PACKED.unpack(together.to_bytes(_PACKED.size, 'little')))

    @property
    def total(self) -> int:
        """How many answers there are."""
        return sum(self.counts)

    def percentile(self, share: float) -> float | None:
        """Milliseconds within which ``share`` (0-1) of the answers came, None without any."""
        total = self.total
        if not total:
            return None
        wanted, seen = share * total, 0
        for place, count in enumerate(self.counts):
            if count and seen + count >= wanted:
                low = BOUNDS[place - 1] if place else 0.0
                high = BOUNDS[place] if place < _BINS else BOUNDS[-1]
                return low + (high - low) * max(0.0, wanted - seen) / count
            seen += count
        return BOUNDS[-1]


@dataclass
class Traffic:
    """Counts of requests to one host of one kind in one minute, or a sum of such.

    ``requests`` are attempts that went out, ``failures`` those without a usable answer (no answer,
    status 400 and above, a body that broke off), ``retries`` those that were another attempt at the
    same thing. ``hits``, ``misses`` and ``stale`` are the cache's; a hit is no request. ``waits``
    counts the times a server asked for a rest, ``waited`` is how long in seconds; ``received``
    bytes of bodies; ``with_key`` requests that carried the key. ``milliseconds`` is the sum of the
    times to an answer, of which ``latencies`` has the spread.
    """

    requests: int = 0
    failures: int = 0
    retries: int = 0
    hits: int = 0
    misses: int = 0
    stale: int = 0
    waits: int = 0
    waited: float = 0.0
    received: int = 0
    with_key: int = 0
    milliseconds: float = 0.0
    latencies: Histogram = field(default_factory=Histogram)

    def add(self, other: Traffic) -> None:
        """Add the counts of ``other``."""
        for name in COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.latencies.merge(other.latencies)

    @property
    def average_ms(self) -> float | None:
        """Mean time to an answer, None without any."""
        answered = self.latencies.total
        return self.milliseconds / answered if answered else None

    @property
    def error_rate(self) -> float:
        """Failed share of the requests in percent, 0 without any."""
        return 100 * self.failures / self.requests if self.requests else 0.0

    @property
    def hit_rate(self) -> float | None:
        """Share of the cacheable questions that the cache has answered in percent, None without
        any.
        """
        asked = self.hits + self.stale + self.misses
        return 100 * (self.hits + self.stale) / asked if asked else None


COUNTS = tuple(name for name in Traffic.__dataclass_fields__ if name != 'latencies')


@dataclass(frozen=True)
class Fault:
    """One request that failed, as far as it can be worded again: ``code`` and ``details`` of our
    errors. ``time`` in seconds since 1970.
    """

    time: float
    host: str
    kind: str
    code: str
    details: Mapping[str, object]


@dataclass(frozen=True)
class Span:
    """The traffic of ``seconds`` from ``begin`` (since 1970) on, by kind and in total, and how its
    requests ended (status or error code).
    """

    begin: float
    seconds: float
    kinds: Mapping[str, Traffic]
    outcomes: Mapping[str, int]

    @property
    def total(self) -> Traffic:
        """All kinds together."""
        return total(self.kinds.values())


@dataclass(frozen=True)
class TrafficReport:
    """The traffic of all processes from ``begin`` to ``end`` (seconds since 1970).

    ``spans`` are its parts in order, of equal length, also those without any request; ``faults``
    the latest failures, newest first.
    """

    begin: float
    end: float
    total: Traffic
    hosts: Mapping[str, Traffic]
    kinds: Mapping[str, Traffic]
    outcomes: Mapping[str, int]
    spans: tuple[Span, ...]
    faults: tuple[Fault, ...]


def total(parts: Iterable[Traffic]) -> Traffic:
    """The sum of ``parts``."""
    result = Traffic()
    for part in parts:
        result.add(part)
    return result


def band(value: float | None, fair: float, poor: float) -> str:
    """``good`` below ``fair``, ``fair`` up to ``poor``, else ``poor``; ``none`` without a value."""
    if value is None:
        return 'none'
    return 'good' if value < fair else 'fair' if value <= poor else 'poor'
