"""What the HTTP client does, counted: requests, failures, times, bytes, of all processes together.

Recording costs a few microseconds and memory that does not grow. With :meth:`HttpMonitor.keep_in`
the counts go to the database every few seconds; without it they last as long as the process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, Literal

from . import setting
from .domain.traffic import Fault, TrafficReport
from .domain.traffic_ledger import Cell, Place, Sums, Window, latest, storable, together
from .domain.traffic_output import Around, csv_text, json_text, performance
from .errors import Detail, ShortcutError
from .redaction import without_secrets
from .store.traffic import TrafficStore
from .store.traffic_keeper import TrafficKeeper

_TIDY_SECONDS = 60.0
_LONGEST_DETAIL = 300


class HttpMonitor:
    """The counts of this process, and the sums of all that share its database. Thread-safe.

    The recording methods do nothing while the setting ``http_enable_monitoring`` is off. ``host``
    is a host name, ``kind`` one of ``KINDS``. ``clock`` gives seconds since 1970.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._begun = time.monotonic()
        self._keeper = TrafficKeeper(self._oldest)
        self._lock, self._ledger = self._keeper.lock, self._keeper.ledger
        self._tidied = 0.0

    # --- recording --------------------------------------------------------------------------------

    def requested(
        self, host: str, kind: str, status: int | None, seconds: float, with_key: bool = False
    ) -> None:
        """One attempt was answered with ``status`` after ``seconds``, or (None) not at all;
        ``with_key`` says that it carried the key.
        """
        if not setting.current().http_enable_monitoring:
            return
        with self._lock:
            cell = self._cell(host, kind)
            traffic = cell.traffic
            traffic.requests += 1
            traffic.with_key += with_key
            if status is not None:
                traffic.milliseconds += seconds * 1000
                traffic.latencies.add(seconds * 1000)
                cell.end(str(status))

    def failed(self, host: str, kind: str, error: ShortcutError) -> None:
        """The attempt gave nothing usable: no answer, status 400 or above, a body that broke off, a
        page that is no answer.
        """
        if not setting.current().http_enable_monitoring:
            return
        details = {name: _short(value) for name, value in error.details.items()}
        with self._lock:
            cell = self._cell(host, kind)
            cell.traffic.failures += 1
            cell.end(error.code)
            fault = Fault(self._clock(), storable(host), kind, error.code, details)
            self._ledger.faults.append(fault)

    def received(self, host: str, kind: str, count: int) -> None:
        """``count`` more bytes of a body have arrived."""
        if not setting.current().http_enable_monitoring:
            return
        with self._lock:
            self._cell(host, kind).traffic.received += count

    def retried(self, host: str, kind: str) -> None:
        """The next attempt is another one at the same thing."""
        if not setting.current().http_enable_monitoring:
            return
        with self._lock:
            self._cell(host, kind).traffic.retries += 1

    def cached(self, host: str, how: Literal['hit', 'stale', 'miss']) -> None:
        """The cache had an answer of the API, had one only because the server is away (``stale``),
        or had none.
        """
        if not setting.current().http_enable_monitoring:
            return
        with self._lock:
            traffic = self._cell(host, 'api').traffic
            if how == 'hit':
                traffic.hits += 1
            elif how == 'stale':
                traffic.stale += 1
            else:
                traffic.misses += 1

    def waited(self, host: str, kind: str, seconds: float) -> None:
        """The server asked for a rest of ``seconds``."""
        if not setting.current().http_enable_monitoring:
            return
        with self._lock:
            traffic = self._cell(host, kind).traffic
            traffic.waits += 1
            traffic.waited += seconds

    def key_refused(self, when: float | None = None) -> None:
        """A server did not accept the key, now or at ``when`` (seconds since 1970)."""
        if not setting.current().http_enable_monitoring:
            return
        with self._lock:
            moment = self._clock() if when is None else when
            self._ledger.key_refused = latest(self._ledger.key_refused, moment)

    def _cell(self, host: str, kind: str) -> Cell:
        """Where to count now; with the lock held. Once a minute what is too old goes."""
        now = self._clock()
        if abs(now - self._tidied) >= _TIDY_SECONDS:  # a clock can be set back
            self._tidied = now
            self._ledger.forget_before(self._oldest())
        return self._ledger.at(int(now // 60), host, kind)

    # --- keeping ----------------------------------------------------------------------------------

    def keep_in(self, store: TrafficStore) -> None:
        """Keep the counts in ``store`` from now on, those so far included, until :meth:`close`.

        What cannot be stored for a while stays in memory and is tried again; nobody hears of it but
        the log.
        """
        self._keeper.keep_in(store)

    def flush(self) -> None:
        """Store now what there is to store; happens by itself every few seconds."""
        self._keeper.flush()

    def close(self) -> None:
        """Store what is left and let go of the store; counting goes on in memory."""
        self._keeper.close()

    # --- reporting --------------------------------------------------------------------------------

    def report(self, hours: float, spans: int = 60) -> TrafficReport:
        """The traffic of all processes over at least the last ``hours``, whole minutes, in at most
        ``spans`` parts of whole minutes.

        What other processes have counted in the last seconds is missing; while the store cannot be
        read, everything of theirs is.
        """
        return self._sums(Window.ending(self._clock(), hours, spans)).report()

    def get_performance_report(self) -> dict[str, Any]:
        """Everything of the last ``http_stats_retention_hours``, JSON types only; numbers without
        anything to count are 0.

        - ``total_requests``, ``failed_requests``: attempts; ``error_rate_percent`` and
          ``success_rate_percent`` of them.
        - ``avg_response_time_ms``, ``p50_response_time_ms``, ``p95_response_time_ms``,
          ``p99_response_time_ms``: time to the head of an answer; percentiles within 25 %.
        - ``total_bytes_downloaded``; ``avg_download_speed_bps``: bytes a second over the minutes in
          which any arrived; ``current_download_speed_bps``: the same over the last minute.
        - ``cache_hit_rate_percent``, ``cache_hits``, ``cache_stale_hits`` (given because the server
          was away), ``cache_misses``: answers of the API.
        - ``retries``; ``rate_limit_waits``, ``rate_limit_wait_seconds``: rests servers asked for.
        - ``requests_with_key``; ``key_last_refused``: ISO time in UTC or None.
        - ``by_host``, ``by_kind`` (``api``, ``image``, ``file``): for each a dictionary of
          ``requests``, ``failures``, ``error_rate_percent``, ``avg_response_time_ms``,
          ``p95_response_time_ms``, ``bytes_downloaded``, ``retries``.
        - ``by_status`` (``"200"``) and ``by_error`` (error code): how often requests ended so.
        - ``uptime_seconds`` of this process, ``retention_hours``, ``since``: ISO time in UTC of the
          first minute counted, or None.
        """
        now, hours = self._clock(), setting.current().http_stats_retention_hours
        sums = self._sums(Window.ending(now, hours, 1))
        around = Around(
            busy_minutes=len(sums.busy),
            speed=self._speed(now),
            since=None if sums.since is None else sums.since * 60.0,
            key_refused=self.key_last_refused(),
            uptime=self.uptime,
            retention_hours=hours,
        )
        return performance(sums.report(), around)

    @property
    def uptime(self) -> float:
        """Seconds since this monitor began."""
        return time.monotonic() - self._begun

    def _speed(self, now: float) -> float:
        """Bytes a second over the last minute: this one, and of the one before what is not yet a
        minute ago.
        """
        before, current = self._sums(Window.ending(now, 2 / 60, 2)).report().spans
        share = 1 - now % 60 / 60
        return (current.total.received + share * before.total.received) / 60

    def export_csv(self, hours: float) -> str:
        """One line for each minute, host and kind of the last ``hours``; see docs/monitoring.md."""
        return csv_text(self._minutes(Window.ending(self._clock(), hours, 1)))

    def export_json(self, hours: float) -> str:
        """The same as a JSON document, with the latest failures."""
        window = Window.ending(self._clock(), hours, 1)
        faults = tuple(self._sums(window).faults)
        return json_text(self._minutes(window), faults, window.first * 60.0, window.end * 60.0)

    def clear(self) -> None:
        """Forget everything, also what other processes have stored. Raises the errors of
        :class:`TrafficStore`; then nothing is forgotten.
        """
        self._keeper.clear()

    def _sums(self, window: Window) -> Sums:
        stored, ledgers = self._keeper.read(lambda store: store.read(window))
        sums = stored or Sums(window)
        for ledger in ledgers:
            sums.add(ledger)
        return sums

    def _minutes(self, window: Window) -> dict[Place, Cell]:
        stored, ledgers = self._keeper.read(lambda store: store.minutes(window))
        cells = stored or {}
        for ledger in ledgers:
            for place, cell in window.of(ledger):
                cells[place] = together(cells.get(place), cell)
        return cells

    def key_last_refused(self) -> float | None:
        """When a server last did not accept the key (seconds since 1970), if one ever did."""
        stored, ledgers = self._keeper.read(TrafficStore.key_refused)
        return latest(stored, *(ledger.key_refused for ledger in ledgers))

    def _oldest(self) -> int:
        """The first minute that is kept."""
        return int(self._clock() // 60) - 60 * setting.current().http_stats_retention_hours


def _short(value: Detail) -> Detail:
    if not isinstance(value, str):
        return value
    return storable(without_secrets(value[: 8 * _LONGEST_DETAIL])[:_LONGEST_DETAIL])


_monitor: HttpMonitor | None = None
_monitor_lock = threading.Lock()


def get_http_monitor() -> HttpMonitor:
    """The one monitor of this process."""
    global _monitor
    with _monitor_lock:
        if _monitor is None:
            _monitor = HttpMonitor()
        return _monitor
