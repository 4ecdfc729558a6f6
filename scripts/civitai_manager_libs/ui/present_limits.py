"""The panel of limits, and what it says while downloads wait for their hours. Pure."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping

from ..domain.quiet import Quiet, rests_until
from ..i18n import text
from ..setting_values import Settings, allowed
from ..wording import speed_text
from .icons import icon
from .words import escape

SPEEDS = ('total_speed_limit_kb', 'download_speed_limit_kb')
COUNTS = ('concurrent_downloads', 'http_max_parallel_chunks')
FLOOR = 'minimum_free_space_mb'
MODE, FROM, TO = 'quiet_hours_mode', 'quiet_from', 'quiet_to'
QUIET = (MODE, FROM, TO)
KEYS = (*SPEEDS, *COUNTS, FLOOR, *QUIET)
USUAL_HOURS = '01:00-08:00'
OFF = 'off'
_MODES = (OFF, 'full_speed', 'only', 'pause')
_PRESETS_MB = (1, 2, 5, 10, 20, 50)
_MOST = 8


def keys_of(control: str) -> tuple[str, ...]:
    """The settings that the control writes."""
    return ('quiet_hours', 'quiet_hours_mode') if control in QUIET else (control,)


def values_of(settings: Settings) -> dict[str, str]:
    """What stands in each control."""
    values = {key: str(getattr(settings, key)) for key in (*SPEEDS, *COUNTS, FLOOR)}
    values[MODE] = settings.quiet_hours_mode if settings.quiet_hours else OFF
    values[FROM], values[TO] = (settings.quiet_hours or USUAL_HOURS).split('-')
    return values


def limits_html(settings: Settings, overridden: Mapping[str, str]) -> str:
    """The panel without the values of its controls, which the script fills in. ``overridden`` are
    the environment variables that settings come from.
    """
    speeds = {key: _speeds(getattr(settings, key)) for key in SPEEDS}
    counts = [(str(number), str(number)) for number in range(1, _MOST + 1)]
    modes = [(mode, text(f'page.quiet_{mode}')) for mode in _MODES]
    rows = (
        _row(SPEEDS[0], _select(SPEEDS[0], speeds[SPEEDS[0]], overridden), overridden),
        _pair(*(_row(key, _select(key, counts, overridden), overridden) for key in COUNTS)),
        _row(SPEEDS[1], _select(SPEEDS[1], speeds[SPEEDS[1]], overridden), overridden),
        _row(MODE, _select(MODE, modes, overridden), overridden),
        _times(bool(settings.quiet_hours), overridden),
        _row(FLOOR, _number(overridden), overridden),
    )
    return (
        f'<h2 class="cs-panel-title">{escape(text("page.limits"))}</h2>{"".join(rows)}'
        f'<p class="cs-help">{escape(text("page.limits_at_once"))}</p>'
    )


def rest_text(quiet: Quiet, waiting: int, now: time.struct_time) -> str:
    """Until when the quiet hours keep ``waiting`` downloads; nothing while downloads may run."""
    until = rests_until(quiet, now) if waiting else ''
    return text('page.quiet_rest', time=until) if until else ''


def memory_text(waiting: int, limit: int) -> str:
    """That ``waiting`` downloads wait for memory, of which there are ``limit`` bytes; nothing while
    none does.
    """
    return text('page.memory_rest', n=waiting, limit=limit >> 20) if waiting else ''


def allowed_text(key: str) -> str:
    """Which values the setting may have."""
    return text('page.allowed', range=allowed(key))


def _speeds(now: int) -> list[tuple[str, str]]:
    """The usual speeds, and the present one where it is another: KiB a second with their words."""
    found = {kib: speed_text(kib * 1024) for kib in (_kib(number) for number in _PRESETS_MB)}
    if now:
        found = {kib: words for kib, words in found.items() if words != speed_text(now * 1024)}
        found[now] = speed_text(now * 1024)
    none = ('0', text('page.no_limit'))
    return [none, *((str(kib), found[kib].replace('.0 ', ' ')) for kib in sorted(found))]


def _kib(megabytes: int) -> int:
    return round(megabytes * 1_000_000 / 1024)


def _why(control: str, overridden: Mapping[str, str]) -> str:
    names = [overridden[key] for key in keys_of(control) if key in overridden]
    return text('page.limit_overridden', name=names[0]) if names else ''


def _row(control: str, field: str, overridden: Mapping[str, str]) -> str:
    why = _why(control, overridden)
    below = f'<p class="cs-help">{escape(why)}</p>' if why else ''
    return (
        f'<div class="cs-limit"><label class="cs-label" for="cs-limit-{control}">'
        f'{escape(text(f"page.limit.{control}"))}</label>{field}{below}'
        f'<p class="cs-problem" id="cs-problem-{control}" data-cs-problem="{control}"></p></div>'
    )


def _pair(*rows: str) -> str:
    return f'<div class="cs-limit-pair">{"".join(rows)}</div>'


def _attributes(control: str, overridden: Mapping[str, str]) -> str:
    disabled = ' disabled' if _why(control, overridden) else ''
    return (
        f'id="cs-limit-{control}" data-cs-action="limit" data-cs-id="{control}" '
        f'data-cs-control="{control}" aria-describedby="cs-problem-{control}"{disabled}'
    )


def _select(control: str, options: Iterable[tuple[str, str]], overridden: Mapping[str, str]) -> str:
    inside = ''.join(
        f'<option value="{escape(value)}">{escape(words)}</option>' for value, words in options
    )
    return f'<select class="cs-select" {_attributes(control, overridden)}>{inside}</select>'


def _times(shown: bool, overridden: Mapping[str, str]) -> str:
    if not shown:
        return ''
    fields = (
        _row(
            control,
            f'<input class="cs-input" type="time" required {_attributes(control, overridden)}>',
            {},
        )
        for control in (FROM, TO)
    )
    return _pair(*fields)


def _number(overridden: Mapping[str, str]) -> str:
    return (
        f'<span class="cs-unit"><input class="cs-input" type="number" inputmode="numeric" min="0" '
        f'step="1" required {_attributes(FLOOR, overridden)}><span>MB</span></span>'
    )


def toggle_html() -> str:
    """What unfolds the panel where there is no room for it."""
    words = escape(text('page.limits'))
    return (
        '<button type="button" class="cs-button cs-quiet cs-limits-toggle" '
        f'data-cs-action="limits-turn" data-cs-id="" aria-expanded="false">'
        f'<span>{words}</span>{icon("chevron")}</button>'
    )
