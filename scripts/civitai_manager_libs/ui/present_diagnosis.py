"""The panel of the diagnosis, and the word in the header on how it is with Civitai. Pure."""

from __future__ import annotations

import time
from collections.abc import Mapping

from ..domain.breaker import HostState
from ..domain.diagnosis import BAD, GOOD, NAMES, SKIPPED, SLOW, Step, verdict
from ..domain.sites import host_of
from ..domain.traffic import Fault, TrafficReport
from ..i18n import error_text, text
from .charts import clock_text
from .diagnosing import Diagnosis
from .icons import icon
from .monitor_watch import Measured
from .words import button, escape

_KINDS = {GOOD: 'ok', SLOW: 'warn', BAD: 'bad', SKIPPED: 'skipped'}
_ICONS = {GOOD: 'check', SLOW: 'alert', BAD: 'close', SKIPPED: 'info'}
_SPEAKING = ('tls', 'key')
_RECENT_SECONDS = 900
_TROUBLE = frozenset({'server_trouble', 'origin_timeout', 'host_resting'})
_NO_ANSWER = frozenset(
    {
        'network',
        'connection_failed',
        'name_not_resolved',
        'timed_out',
        'proxy_failed',
        'certificate_refused',
    }
)


def diagnosis_html(diagnosis: Diagnosis) -> str:
    """A button, one line for each step, and which part is at fault."""
    never = not diagnosis.running and diagnosis.ended is None
    label = 'diagnosing' if diagnosis.running else 'diagnose' if never else 'diagnose_again'
    press = button('monitor:diagnose', '', text(f'monitor.{label}'), icon('retry'), 'small')
    if diagnosis.running:
        # Not disabled, which would take the focus from whoever has pressed it.
        press = press.replace('<button ', '<button aria-disabled="true" ', 1)
    head = (
        f'<div class="cs-chart-head"><h3 class="cs-panel-title">'
        f'{escape(text("monitor.diagnosis"))}</h3>{press}</div>'
    )
    if never:
        return f'{head}<p class="cs-help">{escape(text("monitor.diagnosis_about"))}</p>'
    taken = {step.name: step for step in diagnosis.steps}
    lines = [_step(taken[name]) for name in NAMES if name in taken]
    if diagnosis.running:
        lines += [_pending(name) for name in NAMES if name not in taken]
    return (
        f'{head}<div role="status">{_banner(diagnosis)}</div>'
        f'<ul class="cs-steps">{"".join(lines)}</ul>{_when(diagnosis)}'
    )


def _banner(diagnosis: Diagnosis) -> str:
    if diagnosis.running:
        return ''
    if diagnosis.error is not None:
        kind = 'bad'
        words = text('monitor.diagnosis_broke', reason=error_text(diagnosis.error))
    else:
        states = {step.state for step in diagnosis.steps}
        kind = 'bad' if BAD in states else 'warn' if SLOW in states else 'ok'
        words = text(verdict(diagnosis.steps))
    return f'<p class="cs-verdict cs-{kind}">{escape(words)}</p>'


def _when(diagnosis: Diagnosis) -> str:
    if diagnosis.ended is None:
        return ''
    clock = clock_text(diagnosis.ended, time.localtime(diagnosis.ended).tm_gmtoff)
    return f'<p class="cs-help">{escape(text("monitor.diagnosed_at", time=clock))}</p>'


def _step(step: Step) -> str:
    kind = _KINDS[step.state]
    below = f'<p>{escape(error_text(step.error))}</p>' if step.error is not None else ''
    return (
        f'<li class="cs-step-line cs-{kind}" data-cs-step="{escape(step.name)}">'
        f'{icon(_ICONS[step.state])}<span>{escape(text(f"diagnosis.step.{step.name}"))}</span>'
        f'<span class="cs-step-said" title="{escape(step.said)}">{escape(_said(step))}</span>'
        f'{below}</li>'
    )


def _said(step: Step) -> str:
    took = f'{step.milliseconds:,.0f} ms'
    if step.state == GOOD:
        return step.said if step.name in _SPEAKING and step.said else took
    if step.state == SLOW:
        return text('monitor.step_slow', time=took)
    return text(f'diagnosis.state.{step.state}')


def _pending(name: str) -> str:
    return (
        f'<li class="cs-step-line cs-pending">{icon("clock")}'
        f'<span>{escape(text(f"diagnosis.step.{name}"))}</span>'
        f'<span class="cs-step-said">{escape(text("monitor.step_pending"))}</span></li>'
    )


# --- the header ----------------------------------------------------------------------------------


def site_pill(measured: Measured | None, base_url: str) -> str:
    """How it is with Civitai by the latest requests; nothing when it was not asked lately."""
    if measured is None:
        return ''
    resting = _resting(measured.hosts, host_of(base_url), measured.time)
    if resting is not None:
        clock = clock_text(resting, time.localtime(measured.time).tm_gmtoff)
        return _pill('warn', text('monitor.site_resting', time=clock))
    state = site_state(measured.report, measured.time)
    kinds = {'good': 'ok', 'trouble': 'warn', 'offline': 'bad'}
    return _pill(kinds[state], text(f'monitor.site_{state}')) if state else ''


def site_state(report: TrafficReport, now: float) -> str:
    """``good``, ``trouble`` (it answers, but badly) or ``offline`` by the latest part of the time
    in which the API was asked; empty when that was long ago or never.
    """
    for span in reversed(report.spans):
        if span.begin + span.seconds < now - _RECENT_SECONDS:
            return ''
        api = span.kinds.get('api')
        if api is None or not api.requests:
            continue
        last = _last_fault(report, span.begin)
        if last is None:
            return 'good'
        if api.failures < api.requests and last.time < now - span.seconds / 2:
            return 'good'
        if last.code in _NO_ANSWER:
            return 'offline'
        return 'trouble' if last.code in _TROUBLE else 'good'
    return ''


def _last_fault(report: TrafficReport, since: float) -> Fault | None:
    return next(
        (fault for fault in report.faults if fault.kind == 'api' and fault.time >= since), None
    )


def _resting(hosts: Mapping[str, HostState], site: str, now: float) -> float | None:
    state = hosts.get(site)
    return state.closed_until if state is not None and state.rests(now) else None


def _pill(kind: str, words: str) -> str:
    return (
        f'<span class="cs-pill cs-site-{kind}" role="status"><span class="cs-dot cs-{kind}"></span>'
        f'{escape(words)}</span>'
    )
