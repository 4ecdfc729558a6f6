"""The counts as others read them: the report's dictionary, lines for a spreadsheet, JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from .traffic import COUNTS, Fault, Traffic, TrafficReport
from .traffic_ledger import Cell, Place

_FORMULA = ('=', '+', '-', '@', '＝', '＋', '－', '＠')  # some take the wide ones for the others


@dataclass(frozen=True)
class Around:
    """What a performance report says beside the counts. Times in seconds, moments since 1970.

    ``busy_minutes`` are those in which bytes arrived, ``speed`` bytes a second over the last
    minute, ``since`` the first minute that is counted.
    """

    busy_minutes: int
    speed: float
    since: float | None
    key_refused: float | None
    uptime: float
    retention_hours: int


def performance(report: TrafficReport, around: Around) -> dict[str, Any]:
    """What ``HttpMonitor.get_performance_report`` gives."""
    total, outcomes = report.total, report.outcomes
    average_speed = total.received / (60 * around.busy_minutes) if around.busy_minutes else 0.0
    return {
        'total_requests': total.requests,
        'failed_requests': total.failures,
        'error_rate_percent': round(total.error_rate, 2),
        'success_rate_percent': round(100 - total.error_rate, 2),
        'avg_response_time_ms': _rounded(total.average_ms),
        **{f'p{share}_response_time_ms': _percentile(total, share) for share in (50, 95, 99)},
        'total_bytes_downloaded': total.received,
        'avg_download_speed_bps': round(average_speed),
        'current_download_speed_bps': round(around.speed),
        'cache_hit_rate_percent': _rounded(total.hit_rate),
        'cache_hits': total.hits,
        'cache_stale_hits': total.stale,
        'cache_misses': total.misses,
        'retries': total.retries,
        'rate_limit_waits': total.waits,
        'rate_limit_wait_seconds': _rounded(total.waited),
        'requests_with_key': total.with_key,
        'key_last_refused': moment_text(around.key_refused),
        'by_host': {host: _brief(traffic) for host, traffic in _busiest(report.hosts)},
        'by_kind': {kind: _brief(traffic) for kind, traffic in report.kinds.items()},
        'by_status': {name: count for name, count in _most(outcomes) if name.isdigit()},
        'by_error': {name: count for name, count in _most(outcomes) if not name.isdigit()},
        'uptime_seconds': round(around.uptime),
        'retention_hours': around.retention_hours,
        'since': moment_text(around.since),
    }


def _brief(traffic: Traffic) -> dict[str, Any]:
    return {
        'requests': traffic.requests,
        'failures': traffic.failures,
        'error_rate_percent': round(traffic.error_rate, 2),
        'avg_response_time_ms': _rounded(traffic.average_ms),
        'p95_response_time_ms': _percentile(traffic, 95),
        'bytes_downloaded': traffic.received,
        'retries': traffic.retries,
    }


def _busiest(hosts: Mapping[str, Traffic]) -> list[tuple[str, Traffic]]:
    return sorted(hosts.items(), key=lambda item: (-item[1].requests, item[0]))


def _most(outcomes: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(outcomes.items(), key=lambda item: (-item[1], item[0]))


def _percentile(traffic: Traffic, share: int) -> float:
    return _rounded(traffic.latencies.percentile(share / 100))


def _rounded(value: float | None) -> float:
    return round(value or 0.0, 2)


def moment_text(moment: float | None) -> str | None:
    """Seconds since 1970 as an ISO date and time in UTC, whole seconds; None for None."""
    if moment is None:
        return None
    return datetime.fromtimestamp(int(moment), timezone.utc).isoformat()


def csv_text(cells: Mapping[Place, Cell]) -> str:
    """One line for each minute, host and kind, under a line of names. No cell is one that a
    spreadsheet would take for a formula.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator='\n')
    writer.writerow(['time', 'host', 'kind', *COUNTS, 'average_ms', 'p95_ms', 'outcomes'])
    for place in sorted(cells):
        cell = cells[place]
        counts = [_number(getattr(cell.traffic, name)) for name in COUNTS]
        times = [cell.traffic.average_ms, cell.traffic.latencies.percentile(0.95)]
        ends = ' '.join(f'{name}={count}' for name, count in _most(cell.outcomes))
        words = [moment_text(place[0] * 60.0), place[1], place[2]]
        latencies = ['' if value is None else _number(value) for value in times]
        writer.writerow([*map(_harmless, [*words]), *counts, *latencies, _harmless(ends)])
    return out.getvalue()


def _harmless(text: str | None) -> str:
    """``text`` as a cell that no spreadsheet computes."""
    signs = (sign if sign.isprintable() else ' ' for sign in text or '')
    words = ''.join(signs).strip()
    return "'" + words if words.startswith(_FORMULA) else words


def _number(value: float) -> float:
    return round(value, 2) if isinstance(value, float) else value


def json_text(
    cells: Mapping[Place, Cell], faults: tuple[Fault, ...], begin: float, end: float
) -> str:
    """The minutes and the latest faults between ``begin`` and ``end`` as one document."""
    document = {
        'begin': moment_text(begin),
        'end': moment_text(end),
        'minutes': [_minute(place, cells[place]) for place in sorted(cells)],
        'faults': [
            {
                'time': moment_text(fault.time),
                'host': fault.host,
                'kind': fault.kind,
                'code': fault.code,
                'details': dict(fault.details),
            }
            for fault in faults
        ],
    }
    return json.dumps(document, ensure_ascii=True, indent=1) + '\n'


def _minute(place: Place, cell: Cell) -> dict[str, Any]:
    p95 = cell.traffic.latencies.percentile(0.95)
    return {
        'time': moment_text(place[0] * 60.0),
        'host': place[1],
        'kind': place[2],
        **{name: _number(getattr(cell.traffic, name)) for name in COUNTS},
        'average_ms': None if cell.traffic.average_ms is None else _number(cell.traffic.average_ms),
        'p95_ms': None if p95 is None else _number(p95),
        'outcomes': dict(_most(cell.outcomes)),
    }
