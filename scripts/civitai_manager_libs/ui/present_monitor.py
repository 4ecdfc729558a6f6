"""The Monitor tab as markup: what it begins with, its bar, the tiles, the charts. Pure."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ..domain.traffic import Span, Traffic, band
from ..i18n import text
from ..setting_values import Settings
from .charts import Frame, Series, chart_html, clock_text, legend_html, number_text
from .icons import icon
from .monitor_watch import SPANS, Measured
from .words import button, escape, segments

FAIR_MS, POOR_MS = 1000, 3000
FAIR_PERCENT, POOR_PERCENT = 5, 15
_BAND_ICONS = {'good': 'check', 'fair': 'alert', 'poor': 'alert'}
_BAND_KINDS = {'good': 'ok', 'fair': 'warn', 'poor': 'bad'}
_PLACES = ('tiles', 'requests', 'latency', 'bandwidth', 'hosts', 'errors', 'diagnosis', 'client')
_MIB = 1 << 20


def part(name: str) -> str:
    """The name of a place of this tab."""
    return f'monitor-{name}'


def tab_html() -> str:
    """The tab before anything is known."""
    place = {name: f'data-cs-part="{part(name)}"' for name in (*_PLACES, 'bar', 'off', 'problem')}
    panel = {name: f'<section class="cs-panel" {place[name]}></section>' for name in _PLACES}
    reading = f'<p class="cs-help">{escape(text("monitor.reading"))}</p>'
    return (
        f'<div class="cs-monitor"><div class="cs-monitor-head">'
        f'<h2>{escape(text("monitor.title"))}</h2><div class="cs-monitor-bar" {place["bar"]}></div>'
        f'</div><div {place["off"]}></div><div {place["problem"]}></div>'
        f'<div class="cs-monitor-tiles" {place["tiles"]}>{reading}</div>'
        f'<div class="cs-monitor-charts">{panel["requests"]}{panel["latency"]}{panel["bandwidth"]}'
        f'</div><div class="cs-monitor-columns"><div class="cs-monitor-main">{panel["hosts"]}'
        f'{panel["errors"]}</div><div class="cs-monitor-side">{panel["diagnosis"]}'
        f'{panel["client"]}</div></div></div>'
    )


def bar_html(hours: int, asking: bool) -> str:
    """Which hours are looked at, and what can be done with all of them."""
    ways = [(str(one), text(f'monitor.range_{one}')) for one in SPANS]
    chosen = segments('monitor:range', 'hours', text('monitor.range'), ways, str(hours))
    if asking:
        buttons = button('monitor:clear-really', '', text('monitor.clear_really'))
        buttons += button('monitor:keep', '', text('monitor.keep'), kind='quiet')
        asked = (
            f'<div class="cs-box cs-asks" role="alert"><p>{escape(text("monitor.clear_ask"))}</p>'
            f'<div class="cs-box-buttons">{buttons}</div></div>'
        )
        return chosen + asked
    kinds = ('csv', 'json')
    # Relative, so that they are right wherever a proxy puts the page.
    links = ''.join(
        f'<a href="civitai-shortcut/traffic.{kind}?hours={hours}" download>'
        f'{escape(text(f"monitor.export_{kind}"))}</a>'
        for kind in kinds
    )
    about = escape(text('monitor.bundle_about'))
    return (
        f'{chosen}<div class="cs-monitor-do"><details class="cs-drop"><summary class="cs-button">'
        f'{icon("download")}<span>{escape(text("monitor.export"))}</span></summary>'
        f'<div class="cs-drop-menu">{links}</div></details>'
        f'<a class="cs-button" href="civitai-shortcut/report.zip" download title="{about}">'
        f'<span>{escape(text("monitor.bundle"))}</span></a>'
        f'{button("monitor:clear", "", text("monitor.clear"), kind="quiet")}</div>'
    )


def off_html() -> str:
    """Instead of the numbers while nothing is counted."""
    return (
        f'<div class="cs-panel cs-monitor-off">{icon("info")}<div><strong>'
        f'{escape(text("monitor.off_title"))}</strong><p>{escape(text("monitor.off_words"))}</p>'
        f'{button("monitor:settings", "", text("monitor.to_settings"))}</div></div>'
    )


# --- tiles ---------------------------------------------------------------------------------------


def tiles_html(measured: Measured, settings: Settings) -> str:
    """The six numbers, each with what it means."""
    whole = measured.report.total
    past = escape(text(f'monitor.past_{measured.hours}'))
    success = 100 - whole.error_rate if whole.requests else None
    failed = whole.error_rate if whole.requests else None
    p95 = whole.latencies.percentile(0.95)
    return ''.join(
        (
            _tile('requests', f'{whole.requests:,}', '', past),
            _tile('success', share_text(success), '%', _band(failed, FAIR_PERCENT, POOR_PERCENT)),
            _tile('average', _whole(whole.average_ms), 'ms', _speed_band(whole.average_ms)),
            _tile('p95', _whole(p95), 'ms', _speed_band(p95)),
            _cache_tile(measured, whole, settings),
            _memory_tile(measured),
        )
    )


def _cache_tile(measured: Measured, whole: Traffic, settings: Settings) -> str:
    rate = whole.hit_rate
    if measured.cache_bytes is None or not settings.http_cache_enabled:
        below = escape(text('monitor.cache_off'))
    else:
        limit = settings.http_cache_max_size_mb
        below = f'{escape(megabytes_text(measured.cache_bytes))} / {limit:,} MB'
    return _tile('cache', _whole(rate), '%', below)


def _memory_tile(measured: Measured) -> str:
    memory = measured.memory
    if memory.tight:
        below = _meaning('warn', 'alert', text('monitor.memory_tight'))
    elif memory.limit is None:
        below = escape(text('monitor.memory_free'))
    else:
        limit = f'{memory.limit / _MIB:,.0f}'
        below = escape(text('monitor.memory_limit', limit=limit))
    return _tile('memory', megabytes_text(memory.used), 'MB', below)


def _tile(key: str, value: str, unit: str, below: str) -> str:
    small = f'<small>{escape(unit)}</small>' if unit and value != '–' else ''
    return (
        f'<div class="cs-monitor-tile" data-cs-tile="{key}"><span class="cs-tile-label">'
        f'{escape(text(f"monitor.{key}"))}</span><span class="cs-monitor-number">{escape(value)}'
        f'{small}</span><span class="cs-monitor-line">{below}</span></div>'
    )


def _speed_band(milliseconds: float | None) -> str:
    return _band(milliseconds, FAIR_MS, POOR_MS)


def _band(value: float | None, fair: float, poor: float) -> str:
    name = band(value, fair, poor)
    if name == 'none':
        return escape(text('monitor.none_yet'))
    return _meaning(_BAND_KINDS[name], _BAND_ICONS[name], text(f'monitor.band.{name}'))


def _meaning(kind: str, drawn: str, words: str) -> str:
    return f'<span class="cs-meaning cs-{kind}">{icon(drawn)}<b>{escape(words)}</b></span>'


def _whole(value: float | None) -> str:
    return '–' if value is None else f'{value:,.0f}'


def share_text(percent: float | None) -> str:
    """``99.5``: one digit, and never 100 while anything is missing."""
    if percent is None:
        return '–'
    return '100' if percent >= 100 else f'{min(percent, 99.9):.1f}'


def megabytes_text(size: int) -> str:
    """``74`` or ``0.4``: MiB as the settings count them."""
    value = size / _MIB
    return f'{value:,.0f}' if value >= 9.95 or not size else f'{max(value, 0.1):.1f}'


# --- charts --------------------------------------------------------------------------------------


def requests_chart(measured: Measured) -> str:
    """Requests a minute, of the API and for pictures."""
    series = [
        Series(text('monitor.api'), _rates(measured, lambda span: _of(span, 'api').requests, 60)),
        Series(
            text('monitor.pictures'), _rates(measured, lambda span: _of(span, 'image').requests, 60)
        ),
    ]
    return chart_panel(measured, text('monitor.per_minute'), series)


def latency_chart(measured: Measured) -> str:
    """Within how long half, and 95 %, of the answers came."""
    spans = [span.total.latencies for span in measured.report.spans]
    series = [
        Series(name, [spread.percentile(share) for spread in spans])
        for name, share in (('p50', 0.5), ('p95', 0.95))
    ]
    return chart_panel(measured, text('monitor.latency'), series)


def bandwidth_chart(measured: Measured) -> str:
    """MB a second of everything that was received."""
    values = _rates(measured, lambda span: span.total.received / 1e6, 1)
    return chart_panel(
        measured, text('monitor.bandwidth'), [Series(text('monitor.received'), values)]
    )


def chart_panel(
    measured: Measured,
    title: str,
    series: Sequence[Series],
    empty: str = 'monitor.nothing_asked',
    counts: bool = False,
) -> str:
    """A chart below its title and the names of its series; ``counts`` are shown as bars."""
    frame = frame_of(measured)
    return (
        f'<div class="cs-chart-head"><h3 class="cs-panel-title">{escape(title)}</h3>'
        f'<span class="cs-legend">{legend_html([one.name for one in series], counts)}</span></div>'
        f'{chart_html(series, frame, _chart_words(title, series, frame), text(empty), counts)}'
    )


def frame_of(measured: Measured) -> Frame:
    """The time of the charts by the clocks of this machine."""
    report = measured.report
    last = report.spans[-1].begin + report.spans[-1].seconds if report.spans else report.end
    begin = report.spans[0].begin if report.spans else report.begin
    return Frame(begin, last, time.localtime(measured.time).tm_gmtoff)


def _chart_words(title: str, series: Sequence[Series], frame: Frame) -> str:
    said = ''.join(
        text(
            'monitor.chart_series',
            name=one.name,
            most=number_text(round(max(one.known), 2)),
            last=number_text(round(one.known[-1], 2)),
        )
        for one in series
        if one.known
    )
    begin, end = (clock_text(moment, frame.offset) for moment in (frame.begin, frame.end))
    return text('monitor.chart_words', title=title, begin=begin, end=end, series=said).strip()


def _of(span: Span, kind: str) -> Traffic:
    return span.kinds.get(kind) or Traffic()


def _rates(
    measured: Measured, count: Callable[[Span], float], per_seconds: float
) -> list[float | None]:
    """What ``count`` gives for each part of the time, for so many seconds. Of the part that is not
    over yet only the time that has passed counts, but at least half of it: a few requests are no
    rush.
    """
    return [
        count(span)
        * per_seconds
        / min(span.seconds, max(measured.time - span.begin, span.seconds / 2))
        for span in measured.report.spans
    ]
