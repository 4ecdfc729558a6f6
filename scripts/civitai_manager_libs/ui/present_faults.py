"""The Monitor tab: the table by host, the latest errors, the state of the client. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..domain.breaker import HostState
from ..domain.traffic import Fault, Traffic, band
from ..i18n import error_code_text, has, text
from ..setting_values import Settings
from ..util import size_text
from ..wording import duration_text
from .charts import Series, clock_text
from .icons import icon
from .monitor_watch import Measured
from .present_monitor import (
    FAIR_MS,
    FAIR_PERCENT,
    POOR_MS,
    chart_panel,
    frame_of,
    megabytes_text,
    share_text,
)
from .words import button, escape, joined

_MOST_HOSTS = 12
_MOST_FAULTS = 20
_LONG_HOST, _HEAD, _TAIL = 42, 16, 24
_NOTICED_WAIT = 2.0
_COLUMNS = ('requests', 'success', 'average', 'p95', 'bytes', 'state')


# --- hosts ---------------------------------------------------------------------------------------


def hosts_html(measured: Measured, delay: float) -> str:
    """What each host was asked and how it answered; ``delay`` is the usual time between two
    requests.
    """
    title = f'<h3 class="cs-panel-title">{escape(text("monitor.hosts"))}</h3>'
    known = {**{host: Traffic() for host in _troubled(measured)}, **measured.report.hosts}
    ordered = sorted(known.items(), key=lambda pair: (-pair[1].requests, pair[0]))
    if not ordered:
        return f'{title}<p class="cs-help">{escape(text("monitor.nothing_asked"))}</p>'
    heads = ''.join(
        f'<th scope="col">{escape(text(f"monitor.column_{name}"))}</th>' for name in _COLUMNS
    )
    rows = ''.join(
        _host_row(host, traffic, measured, delay) for host, traffic in ordered[:_MOST_HOSTS]
    )
    left = len(ordered) - _MOST_HOSTS
    more = (
        f'<p class="cs-help">{escape(text("monitor.more_hosts", n=left))}</p>' if left > 0 else ''
    )
    return (
        f'{title}<div class="cs-table-place" tabindex="0" role="region" '
        f'aria-label="{escape(text("monitor.hosts"))}"><table class="cs-table"><thead><tr>'
        f'<th scope="col">{escape(text("monitor.host"))}</th>{heads}</tr></thead>'
        f'<tbody>{rows}</tbody></table></div>{more}'
    )


def short_host(host: str) -> str:
    """A long name without its middle."""
    return f'{host[:_HEAD]}…{host[-_TAIL:]}' if len(host) > _LONG_HOST else host


def _troubled(measured: Measured) -> list[str]:
    return [host for host, state in measured.hosts.items() if state.rests(measured.time)]


def _host_row(host: str, traffic: Traffic, measured: Measured, delay: float) -> str:
    p95 = traffic.latencies.percentile(0.95)
    success = f'{share_text(100 - traffic.error_rate)} %' if traffic.requests else '–'
    numbers = (
        f'{traffic.requests:,}',
        success,
        _milliseconds(traffic.average_ms),
        _milliseconds(p95),
        size_text(traffic.received),
    )
    cells = ''.join(f'<td>{escape(number)}</td>' for number in numbers)
    kind, words, why = _host_state(host, traffic, measured, delay)
    title = f' title="{escape(why)}"' if why else ''
    return (
        f'<tr><th scope="row"><span title="{escape(host)}">{escape(short_host(host))}</span></th>'
        f'{cells}<td><span class="cs-host-state cs-{kind}"{title}>{escape(words)}</span></td></tr>'
    )


def _host_state(
    host: str, traffic: Traffic, measured: Measured, delay: float
) -> tuple[str, str, str]:
    """How it is with a host: kind of colour, words, and why."""
    state, now = measured.hosts.get(host, HostState()), measured.time
    if state.rests(now):
        until = _clock(state.closed_until, measured)
        why = text('monitor.host_resting_why')
        return 'bad', text('monitor.host_resting', time=until), why
    if state.wait(now) > max(_NOTICED_WAIT, 2 * delay):
        seconds = round(state.wait(now))
        why = text('monitor.host_waiting_why')
        return 'warn', text('monitor.host_waiting', seconds=seconds), why
    if traffic.error_rate >= FAIR_PERCENT:
        return 'bad', text('monitor.host_failing'), ''
    p95 = traffic.latencies.percentile(0.95)
    usual = band(traffic.average_ms, FAIR_MS, POOR_MS)
    if usual in ('fair', 'poor') or band(p95, FAIR_MS, POOR_MS) == 'poor':
        return 'warn', text('monitor.host_slow'), ''
    return 'ok', text('monitor.host_normal'), ''


def _milliseconds(value: float | None) -> str:
    return '–' if value is None else f'{value:,.0f}'


def _clock(moment: float, measured: Measured) -> str:
    return clock_text(moment, frame_of(measured).offset)


# --- errors --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trouble:
    """Faults in a row that are alike: the latest, and how many there were."""

    fault: Fault
    count: int


def errors_html(measured: Measured) -> str:
    """The two most frequent kinds of errors over time, how often each kind came, and the latest."""
    report = measured.report
    # A failed request ended in an error of ours, and often in a status as well.
    counts = {name: count for name, count in report.outcomes.items() if not name.isdigit()}
    found = troubles(report.faults)
    title = text('monitor.errors')
    if not counts and not found:
        return (
            f'<h3 class="cs-panel-title">{escape(title)}</h3><p class="cs-meaning cs-ok">'
            f'{icon("check")}<b>{escape(text("monitor.no_errors"))}</b></p>'
        )
    frequent = sorted(counts, key=lambda name: (-counts[name], name))
    series = [
        Series(type_text(name), [float(span.outcomes.get(name, 0)) for span in report.spans])
        for name in frequent[:2]
    ]
    if series:
        chart = chart_panel(measured, title, series, 'monitor.no_errors', counts=True)
    else:
        chart = f'<h3 class="cs-panel-title">{escape(title)}</h3>'
    sums = joined(f'{type_text(name)} {counts[name]:,}' for name in frequent)
    retried = report.total.retries
    words = escape(text('monitor.retried', n=f'{retried:,}'))
    below = f'<p class="cs-help">{words}</p>' if retried else ''
    rows = ''.join(_fault_row(one, measured) for one in found)
    return (
        f'{chart}<p class="cs-help cs-error-sums">{escape(sums)}</p>'
        f'<ol class="cs-faults">{rows}</ol>{below}'
    )


def type_text(code: str) -> str:
    """A short name for an error, below which its sentence may stand."""
    key = f'monitor.type.{code}'
    return text(key if has(key) else 'monitor.type.other')


def troubles(faults: Sequence[Fault]) -> list[Trouble]:
    """The latest faults, newest first, at most twenty; those in a row that read alike are one."""
    found: list[Trouble] = []
    for fault in faults:
        if found and _alike(found[-1].fault, fault):
            found[-1] = Trouble(found[-1].fault, found[-1].count + 1)
        elif len(found) < _MOST_FAULTS:
            found.append(Trouble(fault, 1))
        else:
            break
    return found


def _alike(one: Fault, other: Fault) -> bool:
    return (one.host, one.code, one.details.get('status')) == (
        other.host,
        other.code,
        other.details.get('status'),
    )


def _fault_row(trouble: Trouble, measured: Measured) -> str:
    fault = trouble.fault
    status = fault.details.get('status')
    shown = type_text(fault.code)
    if isinstance(status, int) and status >= 400 and str(status) not in shown:
        shown = f'{status} {shown}'
    times = f' · {text("monitor.times", n=trouble.count)}' if trouble.count > 1 else ''
    sentence = error_code_text(fault.code, {**fault.details, 'host': short_host(fault.host)})
    return (
        f'<li class="cs-fault"><time>{_clock(fault.time, measured)}</time>'
        f'<span class="cs-fault-what"><strong>{escape(shown)}</strong>{escape(times)}</span>'
        f'<span class="cs-fault-host" title="{escape(fault.host)}">{escape(short_host(fault.host))}'
        f'</span><span class="cs-fault-words">{escape(sentence)}</span></li>'
    )


# --- the client ----------------------------------------------------------------------------------


def client_html(measured: Measured, settings: Settings) -> str:
    """The cache, the hosts that are left alone, and what servers have asked for."""
    whole = measured.report.total
    rows = (
        ('client_cache', _cache_words(measured, whole, settings)),
        ('client_stale', f'{whole.stale:,}'),
        ('client_retries', f'{whole.retries:,}'),
        ('client_waits', _waits(whole)),
        ('client_key', f'{whole.with_key:,}'),
        ('client_breaker', _resting(measured, measured.hosts)),
    )
    facts = ''.join(
        f'<div class="cs-fact"><dt>{escape(text(f"monitor.{key}"))}</dt><dd>{escape(words)}</dd>'
        '</div>'
        for key, words in rows
    )
    clear = ''
    if measured.cache_bytes:
        clear = button('monitor:clear-cache', '', text('monitor.clear_cache'), kind='small')
    return (
        f'<div class="cs-chart-head"><h3 class="cs-panel-title">{escape(text("monitor.client"))}'
        f'</h3>{clear}</div><dl class="cs-facts-list">{facts}</dl>'
    )


def _cache_words(measured: Measured, whole: Traffic, settings: Settings) -> str:
    if measured.cache_bytes is None or not settings.http_cache_enabled:
        return text('monitor.cache_off')
    return text(
        'monitor.client_cache_words',
        part=megabytes_text(measured.cache_bytes),
        hits=f'{whole.hits:,}',
        misses=f'{whole.misses:,}',
    )


def _waits(whole: Traffic) -> str:
    if not whole.waits:
        return text('monitor.none')
    time = duration_text(whole.waited)
    return text('monitor.client_waits_words', n=f'{whole.waits:,}', time=time)


def _resting(measured: Measured, hosts: Mapping[str, HostState]) -> str:
    left = [
        f'{short_host(host)} ({_clock(state.closed_until, measured)})'
        for host, state in sorted(hosts.items())
        if state.rests(measured.time)
    ]
    return joined(left) if left else text('monitor.none')
