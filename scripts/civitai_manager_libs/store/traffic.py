"""HTTP traffic of all processes, minute by minute."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from ..domain.traffic import COUNTS, Fault, Histogram, Traffic
from ..domain.traffic_ledger import FAULTS_KEPT, Cell, Ledger, Place, Sums, Window
from .database import Database
from .tables import http_faults, http_moments, http_outcomes, http_traffic

_KEY_REFUSED = 'key_refused'
_COLUMNS = ', '.join(COUNTS)
_TRAFFIC = (
    f'SELECT minute, host, kind, {_COLUMNS}, latencies FROM http_traffic'
    ' WHERE minute >= ? AND minute < ? ORDER BY minute, host, kind'
)
_OUTCOMES = (
    'SELECT (minute - ?) / ?, outcome, SUM(count) FROM http_outcomes'
    ' WHERE minute >= ? AND minute < ? GROUP BY 1, 2'
)
_ROWS_AT_ONCE = 20_000
_PATIENCE = 2.0  # seconds: what cannot be written now is tried again, and nobody is to wait for it
_RECEIVED = 3 + COUNTS.index('received')


class TrafficStore:
    """Counts of requests in the database; any number of processes add theirs. Thread-safe.

    All methods raise the errors of :class:`Database`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, ledger: Ledger) -> None:
        """Add all of ``ledger`` in one transaction."""
        with self._database.write(_PATIENCE) as connection:
            _add_traffic(connection, ledger)
            _add_faults(connection, ledger.faults)
            if ledger.key_refused is not None:
                moment = insert(http_moments).values(name=_KEY_REFUSED, time=ledger.key_refused)
                newest = func.max(http_moments.c.time, moment.excluded.time)
                connection.execute(
                    moment.on_conflict_do_update(index_elements=['name'], set_={'time': newest})
                )

    def read(self, window: Window) -> Sums:
        """All that is stored of ``window``."""
        span = (window.first, window.end)
        sums = Sums(window)
        with self._database.read() as connection:
            found = connection.exec_driver_sql(_TRAFFIC, span)
            while rows := found.fetchmany(_ROWS_AT_ONCE):  # a month has too many for the memory
                _add_rows(sums, rows)
            parts = (window.first, window.step, *span)
            ends = connection.exec_driver_sql(_OUTCOMES, parts).fetchall()
            sums.faults = _faults(connection, window)
        sums.outcomes = {(part, outcome): count for part, outcome, count in ends}
        return sums

    def minutes(self, window: Window) -> dict[Place, Cell]:
        """The same minute by minute, with the outcomes of each host and kind; in order."""
        inside = http_outcomes.c.minute.between(window.first, window.end - 1)
        cells: dict[Place, Cell] = {}
        with self._database.read() as connection:
            for row in connection.exec_driver_sql(_TRAFFIC, (window.first, window.end)):
                cells[row[0], row[1], row[2]] = Cell(_traffic(row[3:-1], row[-1:]))
            for minute, host, kind, outcome, count in connection.execute(
                select(http_outcomes).where(inside)
            ):
                cells.setdefault((minute, host, kind), Cell()).outcomes[outcome] = count
        return cells

    def key_refused(self) -> float | None:
        """When the key was last refused (seconds since 1970), as far as anybody remembers."""
        wanted = select(http_moments.c.time).where(http_moments.c.name == _KEY_REFUSED)
        with self._database.read() as connection:
            found = connection.execute(wanted).scalar()
        return None if found is None else float(found)

    def delete_before(self, minute: int) -> None:
        """Forget what is older than ``minute``; nothing is written when nothing is."""
        old = [
            (table, column < bound)
            for table, column, bound in (
                (http_traffic, http_traffic.c.minute, minute),
                (http_outcomes, http_outcomes.c.minute, minute),
                (http_faults, http_faults.c.time, minute * 60),
            )
        ]
        with self._database.read() as connection:
            there = any(
                connection.execute(select(1).select_from(table).where(condition).limit(1)).first()
                for table, condition in old
            )
        if there:
            with self._database.write(_PATIENCE) as connection:
                for table, condition in old:
                    connection.execute(delete(table).where(condition))

    def clear(self) -> None:
        """Forget everything, whoever has counted it."""
        with self._database.write(_PATIENCE) as connection:
            for table in (http_traffic, http_outcomes, http_faults, http_moments):
                connection.execute(delete(table))


def _add_traffic(connection: Connection, ledger: Ledger) -> None:
    rows, ends = [], []
    for (minute, host, kind), cell in ledger.cells.items():
        place = {'minute': minute, 'host': host, 'kind': kind}
        counts = {name: getattr(cell.traffic, name) for name in COUNTS}
        latencies = _with_stored(connection, place, cell.traffic.latencies)
        rows.append({**place, **counts, 'latencies': latencies})
        ends += [
            {**place, 'outcome': outcome, 'count': count}
            for outcome, count in cell.outcomes.items()
        ]
    if rows:
        query = insert(http_traffic)
        sums = {name: http_traffic.c[name] + query.excluded[name] for name in COUNTS}
        sums['latencies'] = query.excluded.latencies
        keys = ['minute', 'host', 'kind']
        connection.execute(query.on_conflict_do_update(index_elements=keys, set_=sums), rows)
    if ends:
        query = insert(http_outcomes)
        sums = {'count': http_outcomes.c['count'] + query.excluded['count']}
        keys = ['minute', 'host', 'kind', 'outcome']
        connection.execute(query.on_conflict_do_update(index_elements=keys, set_=sums), ends)


def _with_stored(connection: Connection, place: dict[str, Any], latencies: Histogram) -> bytes:
    """What of the latencies is stored already, by others too, and ``latencies``, packed; the
    transaction keeps everybody else from writing in between.
    """
    wanted = select(http_traffic.c.latencies).where(
        *(http_traffic.c[name] == value for name, value in place.items())
    )
    stored = connection.execute(wanted).scalar()
    mine = latencies.packed()
    return mine if stored is None else Histogram.unpacked((stored, mine)).packed()


def _add_faults(connection: Connection, faults: Iterable[Fault]) -> None:
    rows = [
        {
            'time': fault.time,
            'host': fault.host,
            'kind': fault.kind,
            'code': fault.code,
            'details': dict(fault.details),
        }
        for fault in faults
    ]
    if rows:
        connection.execute(insert(http_faults), rows)
        newest = select(http_faults.c.id).order_by(http_faults.c.id.desc()).limit(FAULTS_KEPT)
        connection.execute(delete(http_faults).where(http_faults.c.id.not_in(newest)))


def _faults(connection: Connection, window: Window) -> list[Fault]:
    """The faults in ``window``, newest first."""
    when = http_faults.c.time
    rows = connection.execute(
        select(http_faults)
        .where(when >= window.first * 60, when < window.end * 60)
        .order_by(when.desc(), http_faults.c.id.desc())
    )
    return [Fault(row.time, row.host, row.kind, row.code, row.details) for row in rows]


def _add_rows(sums: Sums, rows: Sequence[Any]) -> None:
    """The rows, whose minutes ascend, added up for each part, host and kind."""
    groups: dict[Place, list[Any]] = {}
    for row in rows:
        groups.setdefault((sums.window.part(row[0]), row[1], row[2]), []).append(row)
    for place, group in groups.items():
        columns = list(zip(*group))
        traffic = _traffic([sum(column) for column in columns[3:-1]], columns[-1])
        sums.traffic.setdefault(place, Traffic()).add(traffic)
    sums.busy.update(row[0] for row in rows if row[_RECEIVED])
    if sums.since is None:
        sums.since = rows[0][0]


def _traffic(counts: Iterable[Any], latencies: Iterable[bytes]) -> Traffic:
    return Traffic(**dict(zip(COUNTS, counts)), latencies=Histogram.unpacked(latencies))
