"""Charts over time as markup: SVG for lines, which may be stretched, and words beside it, which may
not. Pure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from ..i18n import text
from .words import escape

Value = float | None
_WIDTH, _HEIGHT = 1000, 200
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_INTERVALS = 4
_TIME_STEPS = (60, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400)
_MOST_TIMES = 5
_EDGE = 0.03
_NOTHING = 1e-6
_STYLES = ('solid', 'dashed')


@dataclass(frozen=True)
class Series:
    """One line: its name, and a value for each part of the time, None where there is none."""

    name: str
    values: Sequence[Value]

    @property
    def known(self) -> list[float]:
        """The values there are."""
        return [value for value in self.values if value is not None]


@dataclass(frozen=True)
class Frame:
    """What the time of a chart is: from ``begin`` to ``end`` (seconds since 1970), shown by clocks
    that are ``offset`` seconds ahead of UTC.
    """

    begin: float
    end: float
    offset: int = 0


def chart_html(
    series: Sequence[Series], frame: Frame, words: str, empty: str, counts: bool = False
) -> str:
    """One or two ``series``, the second dashed, with axes, what each part of the time had, and
    ``words`` for who cannot see it; ``empty`` instead of the lines when there is no value above 0.

    ``counts``: bars on each other instead of lines, and a scale without fractions.
    """
    heights = _stacked(series) if counts else [value for one in series for value in one.known]
    most = max(heights, default=0.0)
    if most < _NOTHING or not math.isfinite(most):
        return (
            f'<div class="cs-plot cs-plot-empty" role="img" aria-label="{escape(empty)}">'
            f'<p>{escape(empty)}</p></div>'
        )
    ticks = scale(most, counts)
    drawn = _bars(series, ticks[-1]) if counts else _lines(series, ticks[-1])
    return (
        f'<div class="cs-plot" role="img" aria-label="{escape(words)}">'
        f'<div class="cs-plot-levels">{_levels(ticks)}</div>'
        f'<div class="cs-plot-field"><svg viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        f'preserveAspectRatio="none" aria-hidden="true">{_grid(len(ticks))}{drawn}</svg>'
        f'{_probes(series, frame)}</div>'
        f'<div class="cs-plot-times">{_times(frame)}</div></div>'
    )


def legend_html(names: Sequence[str], counts: bool = False) -> str:
    """The names of the series with how their lines, or bars, look."""
    shape = ' cs-key-bar' if counts else ''
    return ''.join(
        f'<span class="cs-key cs-key-{style}{shape}">{escape(name)}</span>'
        for name, style in zip(names, _STYLES)
    )


def scale(most: float, whole: bool = False) -> list[float]:
    """Round numbers from 0 to at least ``most`` (above 0) in at most four equal steps."""
    rough = most / _INTERVALS
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * magnitude for factor in _STEPS if factor * magnitude >= rough * 0.999999)
    if whole:
        step = max(1.0, math.ceil(step))
    count = max(1, math.ceil(most / step - 1e-9))
    return [step * number for number in range(count + 1)]


def number_text(value: float) -> str:
    """``1,800``, ``0.25``: as short as it can be without losing what a round number says."""
    if abs(value) >= 1e6 and value % 1e5 == 0:
        return f'{value / 1e6:,.1f}'.removesuffix('.0') + ' M'
    if value >= 100 or value == int(value):
        return f'{value:,.0f}'
    return f'{value:.3g}' if abs(value) >= 1e-4 else f'{value:.8f}'.rstrip('0').rstrip('.')


def clock_text(moment: float, offset: int) -> str:
    """``22:15`` of seconds since 1970."""
    minutes = int(moment + offset) // 60 % 1440
    return f'{minutes // 60:02}:{minutes % 60:02}'


def time_ticks(frame: Frame) -> list[float]:
    """Round times of the clock within the frame, at most six of them."""
    length = frame.end - frame.begin
    step = next((one for one in _TIME_STEPS if length / one <= _MOST_TIMES), _TIME_STEPS[-1])
    first = math.ceil((frame.begin + frame.offset) / step) * step - frame.offset
    ticks = [float(first + step * number) for number in range(_MOST_TIMES + 1)]
    return [tick for tick in ticks if tick <= frame.end]


def _stacked(series: Sequence[Series]) -> list[float]:
    return [sum(value or 0.0 for value in part) for part in zip(*(one.values for one in series))]


def _bars(series: Sequence[Series], top: float) -> str:
    """One bar for each part of the time, the series on each other."""
    count = len(series[0].values)
    width = max(1, round(_WIDTH / count * 0.7))
    ground = [0.0] * count
    found = []
    for one, style in zip(series, _STYLES):
        way = []
        for place, value in enumerate(one.values):
            if not value:
                continue
            low, high = _y(ground[place], top), _y(ground[place] + value, top)
            ground[place] += value
            way.append(f'M{_x(place, count) - width // 2} {low}V{high}h{width}V{low}z')
        found.append(f'<path class="cs-bars cs-bars-{style}" d="{"".join(way)}"/>')
    return ''.join(found)


def _lines(series: Sequence[Series], top: float) -> str:
    return ''.join(
        _line(one.values, top, style, area=style == 'solid') for one, style in zip(series, _STYLES)
    )


def _line(values: Sequence[Value], top: float, style: str, area: bool) -> str:
    """A path through each run of known values; a lone one becomes a dot."""
    found = []
    for run in _runs(values):
        points = [(_x(place, len(values)), _y(value, top)) for place, value in run]
        way = 'L'.join(f'{x} {y}' for x, y in points)
        if len(points) == 1:
            found.append(f'<path class="cs-line cs-line-dot cs-line-{style}" d="M{way}h.01"/>')
            continue
        if area:
            ground = f'L{points[-1][0]} {_HEIGHT}L{points[0][0]} {_HEIGHT}z'
            found.append(f'<path class="cs-area" d="M{way}{ground}"/>')
        found.append(f'<path class="cs-line cs-line-{style}" d="M{way}"/>')
    return ''.join(found)


def _runs(values: Sequence[Value]) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = []
    before: Value = None
    for place, value in enumerate(values):
        if value is not None:
            if before is None:
                runs.append([])
            runs[-1].append((place, value))
        before = value
    return runs


def _x(place: int, count: int) -> int:
    return round(_WIDTH * (place + 0.5) / count)


def _y(value: float, top: float) -> int:
    return round(_HEIGHT * (1 - min(max(value, 0.0), top) / top))


def _grid(levels: int) -> str:
    heights = (round(_HEIGHT * number / (levels - 1)) for number in range(levels))
    return f'<path class="cs-grid" d="{"".join(f"M0 {y}h{_WIDTH}" for y in heights)}"/>'


def _levels(ticks: Sequence[float]) -> str:
    return ''.join(
        f'<span style="bottom:{100 * number / (len(ticks) - 1):.4g}%">{number_text(tick)}</span>'
        for number, tick in enumerate(ticks)
    )


def _times(frame: Frame) -> str:
    length = frame.end - frame.begin
    found = []
    for tick in time_ticks(frame):
        place = (tick - frame.begin) / length
        if place < _EDGE or place > 1 - _EDGE:  # a label there would hang over the edge
            kind = ' class="cs-first"' if place < _EDGE else ' class="cs-last"'
        else:
            kind = ''
        words = clock_text(tick, frame.offset)
        found.append(f'<span{kind} style="left:{100 * place:.4g}%">{words}</span>')
    return ''.join(found)


def _probes(series: Sequence[Series], frame: Frame) -> str:
    """Strips over the field that say, below the pointer, what that part of the time had."""
    count = len(series[0].values)
    seconds = (frame.end - frame.begin) / count
    found = []
    for place in range(count):
        here = [(one.name, one.values[place]) for one in series]
        if not any(value for _, value in here):
            continue
        lines = ''.join(
            f'<span>{escape(name)} <b>{number_text(round(value, 2))}</b></span>'
            for name, value in here
            if value is not None
        )
        clock = clock_text(frame.begin + place * seconds, frame.offset)
        side = ' cs-far' if place > count / 2 else ''
        found.append(
            f'<i class="cs-probe{side}" style="left:{100 * place / count:.4g}%;'
            f'width:{100 / count:.4g}%"><span class="cs-probe-words">'
            f'<span>{escape(text("monitor.from_time", time=clock))}</span>{lines}</span></i>'
        )
    return ''.join(found)
