"""Whether everything is well: :func:`health_check`, for a person, a container and a script.

The thresholds are those of the customer's deployment guide (document 003): more than 20 % of the
requests failed, less than 5 GB free.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from . import i18n, memory, setting
from .diagnosis import bounded, probing
from .domain.breaker import HostState
from .domain.sites import host_of
from .domain.task import MOVING, State, Task
from .errors import RateLimited, ShortcutError, StoreDamaged, StoreLocked, TimedOut
from .host.standalone import find_places
from .http_client import CivitaiHttpClient, get_http_client
from .monitoring import get_http_monitor
from .store.database import Database
from .store.downloads import DownloadStore
from .store.files import free_space, nearest_folder
from .util import size_text

OK, WARNING, ERROR = 'ok', 'warning', 'error'
PARTS = ('http_client', 'cache', 'disk_space', 'memory', 'database', 'queue')
_RANKS = (OK, WARNING, ERROR)
_ERROR_RATE = 20.0
_LOW_DISK = 5 << 30
_DAY = 86400.0
_LOOK_SECONDS = 5.0
_DATABASE_SECONDS = 3.0
_READ_WHOLE = 16 << 20
_SIZES = ('free', 'floor', 'used', 'limit', 'bytes')


@dataclass(frozen=True)
class HealthSources:
    """What an opened program has to be looked at. ``database`` is the error where it could not be
    opened; ``alive(task, now)`` tells whether somebody still moves a task.
    """

    client: CivitaiHttpClient
    database: Database | ShortcutError
    download_folder: Callable[[], Path]
    cache_folder: Path
    alive: Callable[[Task, float], bool]


@dataclass(frozen=True)
class _Finding:
    """The state of a part, why (the sentence ``health.<part>.<reason>``), and what it was judged
    by.
    """

    state: str
    reason: str
    facts: Mapping[str, Any] = field(default_factory=dict)


_sources: HealthSources | None = None


def watch(sources: HealthSources | None) -> None:
    """Look at these from now on; None when the program has been closed."""
    global _sources
    _sources = sources


def checked_client() -> CivitaiHttpClient:
    """The client that is looked at."""
    return _sources.client if _sources else get_http_client()


def health_check(look: bool = True) -> dict[str, Any]:
    """The state of the program: ``ok``, ``warning`` or ``error`` for each of ``http_client``,
    ``cache``, ``disk_space``, ``memory``, ``database`` and ``queue``.

    Besides there are ``status`` (the worst of them), ``checked_at`` (ISO 8601, UTC) and
    ``details``: for each part its ``reason`` (:func:`sentence` makes words of it) and the numbers.
    With ``look`` Civitai is really asked for something small, for a few seconds at most. Never
    raises for what it finds.
    """
    sources = _sources
    findings = {
        'http_client': _http_client(look),
        'cache': _cache(sources),
        'disk_space': _disk_space(sources),
        'memory': _memory(),
        'database': _database(sources),
        'queue': _queue(sources),
    }
    return {
        'status': max((finding.state for finding in findings.values()), key=_RANKS.index),
        'checked_at': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        **{part: finding.state for part, finding in findings.items()},
        'details': {
            part: {'reason': finding.reason, **finding.facts} for part, finding in findings.items()
        },
    }


def parts(report: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Each part of a :func:`health_check` with its state and one sentence for a person: how it is,
    and what to do.
    """
    for part, details in report['details'].items():
        yield part, report[part], sentence(part, details)


def sentence(part: str, details: Mapping[str, Any]) -> str:
    """The words for the ``details`` of one part, in the language in force."""
    values = dict(details)
    for name in _SIZES:
        if isinstance(values.get(name), (int, float)):
            values[name] = (
                _bounded_text(values[name]) if 'limit' in details else size_text(values[name])
            )
    error = values.pop('error', None)
    if isinstance(error, Mapping):
        values['message'] = i18n.error_code_text(error['code'], error['details'])
    if isinstance(values.get('until'), (int, float)):
        values['until'] = time.strftime('%H:%M:%S', time.localtime(values['until']))
    return i18n.text(f'health.{part}.{values.pop("reason")}', **values)


def _bounded_text(size: float) -> str:
    """What is bounded by a setting, in the megabytes of the settings (2**20 bytes)."""
    return f'{size / (1 << 20):.0f} MB'


# --- the network ----------------------------------------------------------------------------------


def _http_client(look: bool) -> _Finding:
    client = checked_client()
    base_url = setting.current().civitai_base_url.rstrip('/')
    host = host_of(base_url)
    facts: dict[str, Any] = {'host': host, **_counted(client)}
    resting = _resting(client)
    if host in resting:
        return _Finding(ERROR, 'resting', {**facts, 'until': resting[host].closed_until})
    if look:
        begun = time.monotonic()
        try:
            _look(client, base_url, host)
        except ShortcutError as error:
            state = WARNING if isinstance(error, RateLimited) else ERROR
            return _Finding(state, 'unreachable', {**facts, 'error': _told(error)})
        facts['look_ms'] = round((time.monotonic() - begun) * 1000)
    if facts['error_rate_percent'] > _ERROR_RATE:
        return _Finding(WARNING, 'failing', facts)
    if resting:
        return _Finding(WARNING, 'others_rest', {**facts, 'hosts': ', '.join(sorted(resting))})
    return _Finding(OK, 'ok' if look else 'not_asked', facts)


def _look(client: CivitaiHttpClient, base_url: str, host: str) -> None:
    """The smallest answer of the API there is, past the cache and without a second attempt."""
    with closing(probing(client, _LOOK_SECONDS)) as probe:
        url = f'{base_url}/api/v1/tags'
        bounded(lambda: probe.fetch_json('GET', url, params={'limit': 1}), host, _LOOK_SECONDS)


def _counted(client: CivitaiHttpClient) -> dict[str, Any]:
    """Requests of the last hour, or (without statistics) of this process."""
    if setting.current().http_enable_monitoring:
        total = get_http_monitor().report(1).total
        requests, failures = total.requests, total.failures
    else:
        counts = client._stats
        requests, failures = counts['total_requests'], counts['failed_requests']
    rate = 100 * failures / requests if requests else 0.0
    return {
        'total_requests': requests,
        'failed_requests': failures,
        'error_rate_percent': round(rate, 2),
    }


def _resting(client: CivitaiHttpClient) -> dict[str, HostState]:
    """The hosts that are left alone at the moment because they failed again and again."""
    now = time.time()
    return {host: state for host, state in client.pace.states().items() if state.rests(now)}


# --- this machine ---------------------------------------------------------------------------------


def _cache(sources: HealthSources | None) -> _Finding:
    client = checked_client()
    if client.cache is None or not setting.current().http_cache_enabled:
        return _Finding(OK, 'off')
    limit = setting.current().http_cache_max_size_mb << 20
    facts = {'bytes': client.cache.size, 'limit': limit}
    if sources is not None and not _writable(sources.cache_folder):
        return _Finding(WARNING, 'not_writable', {**facts, 'path': str(sources.cache_folder)})
    over = facts['bytes'] > limit
    return _Finding(WARNING, 'over', facts) if over else _Finding(OK, 'ok', facts)


def _disk_space(sources: HealthSources | None) -> _Finding:
    settings = setting.current()
    path = sources.download_folder() if sources else find_places().resolve(settings.download_path)
    floor = settings.minimum_free_space_mb << 20
    facts: dict[str, Any] = {'path': str(path), 'floor': floor}
    try:
        facts['free'] = free_space(path)
    except OSError as error:
        return _Finding(ERROR, 'unreadable', {**facts, 'message': error.strerror or str(error)})
    if not _writable(path):
        return _Finding(ERROR, 'not_writable', facts)
    if facts['free'] < floor:
        return _Finding(ERROR, 'full', facts)
    low = facts['free'] < _LOW_DISK
    return _Finding(WARNING, 'low', facts) if low else _Finding(OK, 'ok', facts)


def _writable(path: Path) -> bool:
    return os.access(nearest_folder(path), os.W_OK)


def _memory() -> _Finding:
    if not setting.current().http_memory_monitor_enabled:
        return _Finding(OK, 'off')
    guard = memory.guard
    facts = {'used': guard.used, 'limit': guard.limit}
    return _Finding(WARNING, 'tight', facts) if guard.tight else _Finding(OK, 'ok', facts)


# --- the queue ------------------------------------------------------------------------------------


def _database(sources: HealthSources | None) -> _Finding:
    if sources is None:
        return _Finding(OK, 'closed')
    database = sources.database
    if isinstance(database, ShortcutError):
        return _Finding(ERROR, 'faulty', {'error': _told(database)})
    facts: dict[str, Any] = {'path': str(database.path)}
    try:
        facts['bytes'] = bounded(lambda: _tried(database), '', _DATABASE_SECONDS)
    except TimedOut:
        locked = StoreLocked(path=str(database.path))
        return _Finding(ERROR, 'faulty', {**facts, 'error': _told(locked)})
    except ShortcutError as error:
        return _Finding(ERROR, 'faulty', {**facts, 'error': _told(error)})
    return _Finding(OK, 'ok', facts)


def _tried(database: Database) -> int:
    """Get the right to write and read something; a small file is read whole. Gives its size."""
    try:
        size = database.path.stat().st_size
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StoreDamaged(path=str(database.path), reason=reason) from error
    with database.write() as connection:
        connection.exec_driver_sql('SELECT count(*) FROM downloads').scalar()
    if size <= _READ_WHOLE:
        database.check()
    return size


def _queue(sources: HealthSources | None) -> _Finding:
    if sources is None or isinstance(sources.database, ShortcutError):
        return _Finding(OK, 'closed')
    now = time.time()
    try:
        tasks = DownloadStore(sources.database).in_states(
            [State.QUEUED, State.PAUSED, State.FAILED, *MOVING]
        )
    except ShortcutError as error:
        return _Finding(ERROR, 'unreadable', {'error': _told(error)})
    states = [task.state for task in tasks]
    failed = [task for task in tasks if task.state is State.FAILED]
    stuck = [task for task in tasks if task.state in MOVING and not sources.alive(task, now)]
    facts = {
        'queued': states.count(State.QUEUED),
        'running': sum(states.count(state) for state in MOVING) - len(stuck),
        'paused': states.count(State.PAUSED),
        'failed_last_day': sum((task.finished or 0.0) > now - _DAY for task in failed),
        'stuck': len(stuck),
    }
    if facts['stuck']:
        return _Finding(WARNING, 'stuck', facts)
    return (
        _Finding(WARNING, 'failed', facts)
        if facts['failed_last_day']
        else _Finding(OK, 'ok', facts)
    )


def _told(error: ShortcutError) -> dict[str, Any]:
    return {'code': error.code, 'details': dict(error.details)}
