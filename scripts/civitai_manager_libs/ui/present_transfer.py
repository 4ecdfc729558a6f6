"""The panel of totals with its small chart, and their one line on narrow screens. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from ..i18n import text
from ..util import size_text
from ..wording import duration_text, speed_text
from .words import escape, joined

SPAN_SECONDS = 300.0
_WIDTH, _HEIGHT = 246, 48


def transfer_html(
    speed: float, left: int, free: int, history: Sequence[tuple[float, float]]
) -> str:
    """``history`` are pairs of seconds ago and bytes a second, oldest first."""
    seconds = left / speed if speed > 0 and left else None
    tiles = (
        _tile('page.speed', speed_text(speed) if speed else '0 MB/s'),
        _tile('page.time_left', _short_duration(seconds)),
        _tile('page.to_download', size_text(left) if left else '0 MB'),
        _tile('page.disk_free', size_text(free)),
    )
    return (
        f'<h2 class="cs-panel-title">{escape(text("page.transfer"))}</h2>'
        f'<div class="cs-tiles">{"".join(tiles)}</div>{_chart(history)}'
        f'<div class="cs-axis"><span>{escape(text("page.five_minutes_ago"))}</span>'
        f'<span>{escape(text("page.now"))}</span></div>'
    )


def summary_text(speed: float, left: int) -> str:
    """The same in one line, empty when nothing moves or waits."""
    if not left and not speed:
        return ''
    seconds = left / speed if speed > 0 else None
    time = text('words.left', time=_short_duration(seconds)) if seconds is not None else None
    return joined([speed_text(speed), time, size_text(left)])


def _short_duration(seconds: float | None) -> str:
    if seconds is None:
        return '–'
    if seconds >= 3600:
        return duration_text(round(seconds / 60) * 60)
    if seconds >= 90:
        return text('page.minutes', n=round(seconds / 60))
    return duration_text(seconds)


def _tile(key: str, value: str) -> str:
    number, _, unit = value.partition(' ')
    small = f' <small>{escape(unit)}</small>' if unit else ''
    return (
        f'<div class="cs-tile"><span class="cs-tile-label">{escape(text(key))}</span>'
        f'<span class="cs-tile-value">{escape(number)}{small}</span></div>'
    )


def _chart(history: Sequence[tuple[float, float]]) -> str:
    most = max((speed for _, speed in history), default=0.0)
    words = text('page.chart_words', most=speed_text(most), now=speed_text(_last(history)))
    points = [
        (
            _WIDTH * (1 - min(ago, SPAN_SECONDS) / SPAN_SECONDS),
            _HEIGHT - 2 - (_HEIGHT - 8) * (speed / most if most else 0),
        )
        for ago, speed in history
    ]
    line = ' '.join(f'{x:.1f},{y:.1f}' for x, y in points)
    drawn = ''
    if len(points) > 1:
        area = f'{points[0][0]:.1f},{_HEIGHT} {line} {points[-1][0]:.1f},{_HEIGHT}'
        drawn = (
            f'<polygon class="cs-chart-area" points="{area}"/>'
            f'<polyline class="cs-chart-line" points="{line}"/>'
        )
    return (
        f'<svg class="cs-chart" viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(words)}">{drawn}'
        f'<path class="cs-chart-ground" d="M0 {_HEIGHT - 1}h{_WIDTH}"/></svg>'
    )


def _last(history: Sequence[tuple[float, float]]) -> float:
    return history[-1][1] if history else 0.0
