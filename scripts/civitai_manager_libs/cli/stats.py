"""``stats``: what the HTTP client of all processes has done, in numbers."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from .. import i18n, setting
from ..domain.log_lines import PerformanceTrend, analyse_error_logs, analyse_performance_logs
from ..domain.traffic import Fault, band
from ..errors import ExitCode, FolderMissing
from ..logs import read_lines
from ..monitoring import HttpMonitor
from ..store.files import write_atomic
from ..util import size_text
from ..wording import duration_text, speed_text
from .environment import Environment
from .output import aligned, print_json

FAIR_MS, POOR_MS = 1000, 3000
FAIR_PERCENT, POOR_PERCENT = 5, 15
_MOST_HOSTS = 15
_MOST_FAULTS = 8
_ENDINGS = ('.csv', '.json')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``stats`` understands."""
    parser.add_argument('--json', action='store_true', help=i18n.text('cli.stats.json'))
    parser.add_argument('--export', type=Path, metavar='FILE', help=i18n.text('cli.stats.export'))
    parser.add_argument('--clear', action='store_true', help=i18n.text('cli.stats.clear'))
    parser.add_argument('--from-logs', action='store_true', help=i18n.text('cli.stats.from_logs'))
    parser.set_defaults(usage_error=parser.error)


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Print, write, then forget, as far as asked for; the table when nothing is."""
    export = arguments.export
    if export is not None and export.suffix.lower() not in _ENDINGS:
        arguments.usage_error(i18n.text('cli.stats.ending'))
    if arguments.from_logs:
        _print_logs(arguments.json, environment)
        if export is None and not arguments.clear:
            return ExitCode.DONE
    monitor = environment.open_app().monitor
    if arguments.json and not arguments.from_logs:
        print_json(monitor.get_performance_report(), environment.stdout)
    if export is not None:
        if not export.absolute().parent.is_dir():  # more likely mistyped than wanted
            raise FolderMissing(path=str(export.absolute().parent))
        write_atomic(export, _exported(monitor, export).encode('utf-8'))
        environment.say('cli.stats.exported', path=export)
    if arguments.clear:
        monitor.clear()
        environment.say('cli.stats.cleared')
    if not (arguments.json or export or arguments.clear):
        _print_table(monitor, environment)
    return ExitCode.DONE


def _exported(monitor: HttpMonitor, path: Path) -> str:
    hours = setting.current().http_stats_retention_hours
    is_csv = path.suffix.lower() == '.csv'
    return monitor.export_csv(hours) if is_csv else monitor.export_json(hours)


# --- the table ------------------------------------------------------------------------------------


def _print_table(monitor: HttpMonitor, environment: Environment) -> None:
    settings = setting.current()
    report = monitor.get_performance_report()
    faults = monitor.report(settings.http_stats_retention_hours, 1).faults
    if not settings.http_enable_monitoring:
        environment.say('cli.stats.off')
    hours = settings.http_stats_retention_hours
    if report['since'] is None:
        environment.say('cli.stats.none', hours=hours)
        return
    title = i18n.text('cli.stats.title', hours=hours, since=_moment(report['since']))
    lines = [title, '', *aligned(_totals(report), '<><')]
    lines += ['', i18n.text('cli.stats.hosts'), *aligned(_hosts(report['by_host']), '<>>>>>')]
    left = len(report['by_host']) - _MOST_HOSTS
    if left > 0:
        lines.append('  ' + i18n.text('cli.stats.more_hosts', count=left))
    ends = {**report['by_status'], **report['by_error']}
    if ends:
        rows = [[_outcome(name), f'{count:,}'] for name, count in ends.items()]
        lines += ['', i18n.text('cli.stats.outcomes'), *aligned(rows, '<>')]
    if faults:
        lines += ['', i18n.text('cli.stats.faults'), *_fault_lines(faults)]
    print('\n'.join(lines), file=environment.stdout)


def _totals(report: dict[str, Any]) -> list[list[str]]:
    percentiles = (f'{report[f"p{share}_response_time_ms"]:,.0f}' for share in (50, 95, 99))
    speeds = {
        'average': speed_text(report['avg_download_speed_bps']),
        'speed': speed_text(report['current_download_speed_bps']),
    }
    rows = [
        ['requests', f'{report["total_requests"]:,}', ''],
        [
            'failed',
            f'{report["failed_requests"]:,}',
            _failed(report),
        ],
        [
            'average',
            f'{report["avg_response_time_ms"]:,.0f} ms',
            _band(report['avg_response_time_ms'], FAIR_MS, POOR_MS, report),
        ],
        ['percentiles', ' / '.join(percentiles) + ' ms', ''],
        [
            'received',
            size_text(report['total_bytes_downloaded']),
            i18n.text('cli.stats.received_at', **speeds),
        ],
        ['cache', f'{report["cache_hit_rate_percent"]:.1f} %', _cache(report)],
        ['retries', f'{report["retries"]:,}', ''],
        ['waits', f'{report["rate_limit_waits"]:,}', _waits(report)],
        ['with_key', f'{report["requests_with_key"]:,}', _refused(report)],
    ]
    return [[i18n.text(f'cli.stats.{name}'), value, words] for name, value, words in rows]


def _band(value: float, fair: float, poor: float, report: dict[str, Any]) -> str:
    if not report['total_requests']:
        return ''
    return i18n.text(f'monitor.band.{band(value, fair, poor)}')


def _failed(report: dict[str, Any]) -> str:
    rate = report['error_rate_percent']
    words = _band(rate, FAIR_PERCENT, POOR_PERCENT, report)
    return f'{rate:.1f} %  {words}' if words else ''


def _cache(report: dict[str, Any]) -> str:
    hits = report['cache_hits'] + report['cache_stale_hits']
    asked = hits + report['cache_misses']
    return i18n.text('cli.stats.cache_of', hits=f'{hits:,}', asked=f'{asked:,}') if asked else ''


def _waits(report: dict[str, Any]) -> str:
    seconds = report['rate_limit_wait_seconds']
    return i18n.text('cli.stats.waits_for', time=duration_text(seconds)) if seconds else ''


def _refused(report: dict[str, Any]) -> str:
    when = report['key_last_refused']
    return i18n.text('cli.stats.refused', time=_moment(when)) if when else ''


def _hosts(by_host: dict[str, dict[str, Any]]) -> list[list[str]]:
    names = ('host', 'requests', 'failed', 'column_average', 'received')
    head = [i18n.text(f'cli.stats.{name}') for name in names]
    return [[*head[:4], 'p95', head[4]]] + [
        [
            host,
            f'{counts["requests"]:,}',
            f'{counts["error_rate_percent"]:.1f} %',
            f'{counts["avg_response_time_ms"]:,.0f} ms',
            f'{counts["p95_response_time_ms"]:,.0f} ms',
            size_text(counts['bytes_downloaded']),
        ]
        for host, counts in list(by_host.items())[:_MOST_HOSTS]
    ]


def _outcome(name: str) -> str:
    """A status as it is, an error of ours by its short name."""
    key = f'monitor.type.{name}'
    return i18n.text(key) if i18n.has(key) else name


def _fault_lines(faults: tuple[Fault, ...]) -> Iterator[str]:
    """The latest of each host and code, newest first, and how many of the kept ones are like it."""
    groups: dict[tuple[str, str], list[Fault]] = {}
    for fault in faults:
        groups.setdefault((fault.host, fault.code), []).append(fault)
    for group in list(groups.values())[:_MOST_FAULTS]:
        latest = group[0]
        words = i18n.error_code_text(latest.code, {'host': latest.host, **latest.details})
        when = time.strftime('%m-%d %H:%M:%S', time.localtime(latest.time))
        often = f' · {i18n.text("cli.stats.times", count=len(group))}' if len(group) > 1 else ''
        yield f'  {when}  {latest.host}{often}'
        yield f'    {words}'


def _moment(iso: str) -> str:
    """An ISO time as the clock of this computer has it."""
    return f'{datetime.fromisoformat(iso).astimezone():%Y-%m-%d %H:%M}'


# --- from the logs --------------------------------------------------------------------------------


def _print_logs(as_json: bool, environment: Environment) -> None:
    """The two analyses of the log files, without opening the database."""
    environment.load_settings()
    folder = environment.places.logs
    errors = analyse_error_logs(read_lines(folder, 'error')).most_common()
    trend = analyse_performance_logs(read_lines(folder, 'http_client'))
    if as_json:
        document = {'errors': dict(errors), 'response_times_ms': asdict(trend)}
        print_json(document, environment.stdout)
        return
    if not errors and not trend.count:
        environment.say('cli.stats.logs_none', folder=folder)
        return
    lines = [i18n.text('cli.stats.logs_no_errors')]
    if errors:
        rows = [[name, f'{count:,}'] for name, count in errors]
        lines = [i18n.text('cli.stats.logs_errors'), *aligned(rows, '<>')]
    if trend.count:
        title = i18n.text('cli.stats.logs_times', count=f'{trend.count:,}')
        lines += ['', title, *aligned(_trend(trend), '<>')]
    print('\n'.join(lines), file=environment.stdout)


def _trend(trend: PerformanceTrend) -> list[list[str]]:
    rows = (
        (i18n.text('cli.stats.average'), trend.average),
        ('p95', trend.p95),
        (i18n.text('cli.stats.logs_smallest'), trend.smallest),
        (i18n.text('cli.stats.logs_largest'), trend.largest),
    )
    return [[name, f'{value:,.0f} ms'] for name, value in rows if value is not None]
