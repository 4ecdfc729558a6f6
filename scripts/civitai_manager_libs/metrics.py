"""What Prometheus may scrape; docs/health.md says what each metric is.

Everything is read anew for each scrape into a registry of its own, so that nothing is registered
twice however often a host reloads its page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from . import __version__, setting
from .domain.traffic import Traffic, TrafficReport
from .health import ERROR, OK, PARTS, WARNING, checked_client, health_check
from .monitoring import get_http_monitor

CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
_PREFIX = 'civitai_shortcut_'
_MOST_HOSTS = 30
_QUANTILES = (0.5, 0.95, 0.99)

_BY_KIND: Mapping[str, tuple[str, str]] = {
    'hour_requests': ('requests', 'Requests of the last hour, of all processes'),
    'hour_failures': ('failures', 'Requests of the last hour without a usable answer'),
    'hour_retries': ('retries', 'Requests of the last hour that were another attempt'),
    'hour_requests_with_key': ('with_key', 'Requests of the last hour that carried the API key'),
    'hour_received_bytes': ('received', 'Bytes of bodies received in the last hour'),
    'hour_rests': ('waits', 'Times in the last hour that a server asked for a rest'),
    'hour_rest_seconds': ('waited', 'Seconds of the rests that servers asked for in the last hour'),
}


def metrics_text() -> bytes:
    """All metrics in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return generate_latest(registry)


class _Collector:
    """Gives the metrics to the registry."""

    def collect(self) -> Iterator[Metric]:
        yield _labelled('info', 'The version that runs', ['version'], [([__version__], 1)])
        yield from _counted_here()
        report = get_http_monitor().report(1, spans=1)
        yield from _last_hour(report)
        yield from _lasting()
        yield from _state(health_check(look=False))


def _counted_here() -> Iterator[Metric]:
    """Counters of this process since it began."""
    counts = checked_client()._stats
    yield _counter('requests', 'Requests sent by this process', counts['total_requests'])
    yield _counter('failures', 'Requests of this process that failed', counts['failed_requests'])
    errors = CounterMetricFamily(
        f'{_PREFIX}errors', 'Failed requests of this process by error code', labels=['code']
    )
    for code, count in sorted(dict(counts['error_counts']).items()):
        errors.add_metric([code], count)
    yield errors


def _last_hour(report: TrafficReport) -> Iterator[Metric]:
    """Sums that rise and fall: gauges."""
    kinds = sorted(report.kinds.items())
    for name, (attribute, words) in _BY_KIND.items():
        yield _labelled(
            name,
            words,
            ['kind'],
            [([kind], getattr(traffic, attribute)) for kind, traffic in kinds],
        )
    yield _labelled(
        'hour_response_seconds',
        'Time to an answer in the last hour, within 25 %',
        ['kind', 'quantile'],
        [([kind, str(share)], value) for kind, traffic in kinds for share, value in _slow(traffic)],
    )
    total = report.total
    answers = {'hit': total.hits, 'stale': total.stale, 'miss': total.misses}
    yield _labelled(
        'hour_cache_answers',
        'Questions to the API in the last hour by what the cache had',
        ['result'],
        [([result], count) for result, count in answers.items()],
    )
    yield _labelled(
        'hour_outcomes',
        'How requests of the last hour ended: status or error code',
        ['outcome'],
        [([outcome], count) for outcome, count in sorted(report.outcomes.items())],
    )
    yield from _by_host(report.hosts)


def _by_host(hosts: Mapping[str, Traffic]) -> Iterator[Metric]:
    """The busiest hosts only: each name is a series that Prometheus keeps."""
    busiest = sorted(hosts.items(), key=lambda item: (-item[1].requests, item[0]))[:_MOST_HOSTS]
    for name, attribute, words in (
        ('hour_host_requests', 'requests', 'Requests of the last hour to the busiest hosts'),
        ('hour_host_failures', 'failures', 'Failed requests of the last hour to those hosts'),
    ):
        samples = [([host], getattr(traffic, attribute)) for host, traffic in busiest]
        yield _labelled(name, words, ['host'], samples)


def _slow(traffic: Traffic) -> Iterator[tuple[float, float]]:
    for share in _QUANTILES:
        found = traffic.latencies.percentile(share)
        if found is not None:
            yield share, found / 1000


def _lasting() -> Iterator[Metric]:
    """When the key was last refused, and how long this process has run."""
    monitor = get_http_monitor()
    yield _gauge('uptime_seconds', 'How long this process has run', round(monitor.uptime))
    moment = monitor.key_last_refused()
    if moment is not None:
        words = 'When a server last refused the API key (seconds since 1970)'
        yield _gauge('key_refused_timestamp_seconds', words, moment)


def _state(health: Mapping[str, Any]) -> Iterator[Metric]:
    """What the health check found without asking Civitai."""
    ranks = {OK: 0, WARNING: 1, ERROR: 2}
    samples = [([part], ranks[health[part]]) for part in PARTS]
    yield _labelled('health', '0 ok, 1 warning, 2 error', ['part'], samples)
    details = health['details']
    for part, fact, name, words in (
        ('disk_space', 'free', 'disk_free_bytes', 'Free on the disk that models go to'),
        ('memory', 'used', 'memory_used_bytes', 'What buffers and caches hold in memory'),
        ('memory', 'limit', 'memory_limit_bytes', 'What they may hold'),
        ('cache', 'bytes', 'cache_bytes', 'Kept answers of the API on disk'),
        ('cache', 'limit', 'cache_limit_bytes', 'What they may take'),
        ('database', 'bytes', 'database_bytes', 'The database on disk'),
    ):
        if fact in details[part]:
            yield _gauge(name, words, details[part][fact])
    queue = details['queue']
    states = ('queued', 'running', 'paused', 'failed_last_day', 'stuck')
    found = [([state], queue[state]) for state in states if state in queue]
    yield _labelled('downloads', 'Downloads by state', ['state'], found)
    rests = [
        ([host.encode('utf-8', 'replace').decode()], state.closed_until)
        for host, state in checked_client().pace.states().items()
        if state.opened
    ]
    words = 'Until when a host is left alone after failing again and again (seconds since 1970)'
    yield _labelled('host_rests_until_timestamp_seconds', words, ['host'], rests)
    counting = setting.current().http_enable_monitoring
    yield _gauge('monitoring', 'Whether requests are counted for the last hour', int(counting))


def _counter(name: str, words: str, value: float) -> Metric:
    return CounterMetricFamily(f'{_PREFIX}{name}', words, value=value)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f'{_PREFIX}{name}', words, value=value)


def _labelled(
    name: str, words: str, labels: list[str], samples: Iterable[tuple[list[str], float]]
) -> Metric:
    family = GaugeMetricFamily(f'{_PREFIX}{name}', words, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family
