"""Counts minute by minute as they arise, in bounded memory, and the report they make."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .traffic import KINDS, Fault, Span, Traffic, TrafficReport, total

OTHER = 'other'
FAULTS_KEPT = 200
_HOSTS_A_MINUTE = 64
_CELLS = 4000
_OUTCOMES = 40
_LONGEST_NAME = 255
_WIDTHS = (1, 60, 1440)

Place = tuple[int, str, str]
"""A minute (since 1970), a host, a kind."""


@dataclass
class Cell:
    """What is counted at one :data:`Place`."""

    traffic: Traffic = field(default_factory=Traffic)
    outcomes: dict[str, int] = field(default_factory=dict)

    def end(self, outcome: str, count: int = 1) -> None:
        """``count`` more ended in ``outcome``; with too many kinds of them, in ``other``."""
        if outcome not in self.outcomes and len(self.outcomes) >= _OUTCOMES:
            outcome = OTHER
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + count

    def add(self, other: Cell) -> None:
        """All of ``other`` too."""
        self.traffic.add(other.traffic)
        for outcome, count in other.outcomes.items():
            self.end(outcome, count)


class Ledger:
    """Cells by place, and the latest faults. Not thread-safe.

    Memory is bounded: from the 65th host of a minute on all go to the host ``other``, and of some
    thousand cells the older half gives up its hosts, then its minutes, for whole hours or days. No
    count is lost by that.
    """

    def __init__(self) -> None:
        self.cells: dict[Place, Cell] = {}
        self.faults: deque[Fault] = deque(maxlen=FAULTS_KEPT)
        self.key_refused: float | None = None
        self._minute = -1
        self._hosts: dict[str, str] = {}

    def __bool__(self) -> bool:
        return bool(self.cells or self.faults or self.key_refused)

    def at(self, minute: int, host: str, kind: str) -> Cell:
        """The cell to count in."""
        if minute != self._minute:
            self._minute, self._hosts = minute, {}
        name = self._hosts.get(host)
        if name is None:
            name = OTHER
            if len(self._hosts) < _HOSTS_A_MINUTE:
                name = self._hosts[host] = storable(host)
        return self._cell((minute, name, kind))

    def _cell(self, place: Place) -> Cell:
        cell = self.cells.get(place)
        if cell is None:
            if len(self.cells) >= _CELLS:
                self._fold()
            cell = self.cells[place] = Cell()
        return cell

    def _fold(self) -> None:
        """Make room: the older half of the cells lose their hosts, and no more of their time than
        must be.
        """
        places = sorted(self.cells)
        older, newer = places[: len(places) // 2], places[len(places) // 2 :]
        for width in _WIDTHS:
            last = {(place[0] // width, place[2]): place[0] for place in older}
            if len(last) <= len(older) // 2:
                break
        kept = {place: self.cells[place] for place in newer}
        for minute, host, kind in older:
            place = last[minute // width, kind], OTHER, kind
            kept[place] = together(kept.get(place), self.cells[minute, host, kind])
        self.cells = kept

    def merge(self, other: Ledger) -> None:
        """All of ``other`` too; its faults are taken to be the older ones."""
        for place, cell in other.cells.items():
            self._cell(place)
            self.cells[place] = together(self.cells.get(place), cell)
        self.faults = deque([*other.faults, *self.faults], maxlen=FAULTS_KEPT)
        self.key_refused = latest(self.key_refused, other.key_refused)

    def forget_before(self, minute: int) -> None:
        """Drop what is older than ``minute``."""
        self.cells = {place: cell for place, cell in self.cells.items() if place[0] >= minute}
        kept = [fault for fault in self.faults if fault.time >= minute * 60]
        self.faults = deque(kept, maxlen=FAULTS_KEPT)

    def take(self) -> Ledger:
        """What there is; this ledger begins anew."""
        taken = Ledger()
        taken.cells, self.cells = self.cells, {}
        taken.faults, self.faults = self.faults, deque(maxlen=FAULTS_KEPT)
        taken.key_refused, self.key_refused = self.key_refused, None
        return taken

    def copy(self) -> Ledger:
        """One that does not change any more. Cells of past minutes are shared: nobody counts in
        them again.
        """
        copied = Ledger()
        copied.cells = {
            place: together(cell) if place[0] >= self._minute else cell
            for place, cell in self.cells.items()
        }
        copied.faults = deque(self.faults, maxlen=FAULTS_KEPT)
        copied.key_refused = self.key_refused
        return copied


def together(*cells: Cell | None) -> Cell:
    """A new cell with all of ``cells``."""
    result = Cell()
    for cell in cells:
        if cell is not None:
            result.add(cell)
    return result


def storable(name: str) -> str:
    """A name from outside as any store takes it: not endless, no halves of surrogates."""
    return name[:_LONGEST_NAME].encode('utf-8', 'replace').decode('utf-8')


def latest(*moments: float | None) -> float | None:
    """The last of ``moments`` that are known."""
    return max((moment for moment in moments if moment), default=None)


@dataclass(frozen=True)
class Window:
    """``count`` parts of ``step`` minutes each, from minute ``first`` (since 1970) on."""

    first: int
    step: int
    count: int

    @classmethod
    def ending(cls, now: float, hours: float, spans: int) -> Window:
        """The window of at least ``hours`` whose last minute is that of ``now`` (seconds since
        1970), in at most ``spans`` parts: none is shorter than a minute.
        """
        minutes = max(1, round(hours * 60))
        step = -(-minutes // max(1, spans))
        count = -(-minutes // step)
        return cls(int(now // 60) + 1 - step * count, step, count)

    @property
    def end(self) -> int:
        """The minute behind the last."""
        return self.first + self.step * self.count

    def part(self, minute: int) -> int:
        """The number of the part that has ``minute``."""
        return (minute - self.first) // self.step

    def of(self, ledger: Ledger) -> Iterator[tuple[Place, Cell]]:
        """The cells of ``ledger`` inside, in order."""
        for place in sorted(ledger.cells):
            if self.first <= place[0] < self.end:
                yield place, ledger.cells[place]


@dataclass
class Sums:
    """What a window holds: traffic by part, host and kind, outcomes by part, faults (newest first),
    the minutes in which bytes arrived, and the first one with anything at all.
    """

    window: Window
    traffic: dict[Place, Traffic] = field(default_factory=dict)
    outcomes: dict[tuple[int, str], int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    busy: set[int] = field(default_factory=set)
    since: int | None = None

    def add(self, ledger: Ledger) -> None:
        """What of ``ledger`` is inside the window."""
        for (minute, host, kind), cell in self.window.of(ledger):
            part = self.window.part(minute)
            self.traffic.setdefault((part, host, kind), Traffic()).add(cell.traffic)
            for outcome, count in list(cell.outcomes.items()):
                self.outcomes[part, outcome] = self.outcomes.get((part, outcome), 0) + count
            if cell.traffic.received:
                self.busy.add(minute)
            self.since = minute if self.since is None else min(minute, self.since)
        begin, end = self.window.first * 60, self.window.end * 60
        mine = [fault for fault in reversed(ledger.faults) if begin <= fault.time < end]
        self.faults = sorted([*mine, *self.faults], key=lambda fault: -fault.time)[:FAULTS_KEPT]

    def report(self) -> TrafficReport:
        """The same by host, by kind and over time."""
        window = self.window
        hosts: dict[str, Traffic] = {}
        parts: list[dict[str, Traffic]] = [{} for _ in range(window.count)]
        for (part, host, kind), traffic in self.traffic.items():
            hosts.setdefault(host, Traffic()).add(traffic)
            parts[part].setdefault(kind, Traffic()).add(traffic)
        ends: list[dict[str, int]] = [{} for _ in range(window.count)]
        outcomes: dict[str, int] = {}
        for (part, outcome), count in self.outcomes.items():
            ends[part][outcome] = count
            outcomes[outcome] = outcomes.get(outcome, 0) + count
        length = window.step * 60
        spans = tuple(
            Span(window.first * 60.0 + number * length, length, kinds, ends[number])
            for number, kinds in enumerate(parts)
        )
        return TrafficReport(
            begin=window.first * 60.0,
            end=window.end * 60.0,
            total=total(hosts.values()),
            hosts=hosts,
            kinds=_by_kind(parts),
            outcomes=outcomes,
            spans=spans,
            faults=tuple(self.faults),
        )


def _by_kind(parts: list[dict[str, Traffic]]) -> Mapping[str, Traffic]:
    """The usual kinds always, in their order."""
    kinds = {kind: Traffic() for kind in KINDS}
    for part in parts:
        for kind, traffic in part.items():
            kinds.setdefault(kind, Traffic()).add(traffic)
    return kinds
