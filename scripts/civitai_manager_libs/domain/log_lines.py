"""The lines of the HTTP log: how they are worded, which are written, and what they tell when they
are read again.

Wording and reading stand together so that they fit; the customer's analysis scripts (document 003)
read the same lines.
"""

from __future__ import annotations

import logging
import re
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from ..errors import ShortcutError

MARK = '[http_client]'
SLOW_MS = 3000.0
"""Where the customer's band "poor" of response times begins."""

_NAMES = {'timed_out': 'Timeout', 'connection_failed': 'ConnectionError'}
_REFUSAL = re.compile(r'\[http_client\] HTTP (\d{3}) error for ')
_FAILURE = re.compile(r'\[http_client\] \w+: error (\w+) for ')
_TIME = re.compile(r'response_time: (\d+(?:\.\d+)?)')
_OF_THE_PROGRAM = re.compile(r'\b(?:ERROR|CRITICAL) .*?\b([a-z]+(?:_[a-z]+)*)\(')


def answer_line(method: str, address: str, status: int, milliseconds: float) -> str:
    """An answer that came ``milliseconds`` after its request; ``address`` without query."""
    return f'{MARK} {method} {address} {status} response_time: {milliseconds:.1f}'


def refusal_line(status: int, address: str) -> str:
    """An answer of status 400 and above."""
    return f'{MARK} HTTP {status} error for {address}'


def failure_line(code: str, address: str) -> str:
    """A request that got no usable answer; ``code`` is the one of our error.

    Where the customer's scripts look for ``Timeout`` or ``ConnectionError``, the line has it.
    """
    return f'{MARK} {_NAMES.get(code, "ConnectionError")}: error {code} for {address}'


def answer_level(wanted: str, milliseconds: float, failed: bool) -> int | None:
    """At which level of :mod:`logging` :func:`answer_line` is written, None for not at all.

    ``wanted`` is the setting ``http_performance_log_level``: ``INFO`` writes all, ``DEBUG`` all but
    only to the HTTP log, ``WARNING`` slow and failed ones, ``ERROR`` failed ones, ``OFF`` none.
    """
    if wanted == 'DEBUG':
        return logging.DEBUG
    if wanted == 'INFO' or (wanted in ('WARNING', 'ERROR') and failed):
        return logging.INFO
    return logging.INFO if wanted == 'WARNING' and milliseconds > SLOW_MS else None


def is_failure(message: str) -> bool:
    """Whether ``message`` is a :func:`refusal_line` or a :func:`failure_line`."""
    return message.startswith(MARK) and bool(_REFUSAL.match(message) or _FAILURE.match(message))


@dataclass(frozen=True)
class PerformanceTrend:
    """Response times in ms; all but ``count`` are None without any."""

    count: int
    average: float | None
    largest: float | None
    smallest: float | None
    p95: float | None


def analyse_error_logs(lines: Iterable[str]) -> Counter[str]:
    """How often what went wrong, after the customer's ``analyze_error_logs``.

    Keys are ``HTTP_404``, ``ConnectionError``, ``Timeout`` as there, and for all that the customer
    does not tell apart the codes of our errors (``name_not_resolved``, ``disk_full``). For the
    lines of ``error.log``.
    """
    found: Counter[str] = Counter()
    codes = _codes()
    for line in lines:
        refusal = _REFUSAL.search(line)
        if refusal:
            found[f'HTTP_{refusal[1]}'] += 1
            continue
        failure = _FAILURE.search(line) or _OF_THE_PROGRAM.search(line)
        if failure and failure[1] in codes:
            found[_NAMES.get(failure[1], failure[1])] += 1
    return found


def _codes() -> set[str]:
    found, waiting = set(), [ShortcutError]
    while waiting:
        kind = waiting.pop()
        found.add(kind.code)
        waiting.extend(kind.__subclasses__())
    return found


def analyse_performance_logs(lines: Iterable[str]) -> PerformanceTrend:
    """The response times of ``http_client.log``, after the customer's
    ``analyze_performance_trends``.
    """
    times = array('d')
    for line in lines:
        found = _TIME.search(line)
        if found:
            times.append(float(found[1]))
    count = len(times)
    if not count:
        return PerformanceTrend(0, None, None, None, None)
    ordered = sorted(times)
    p95 = ordered[-(-95 * count // 100) - 1]
    return PerformanceTrend(count, sum(ordered) / count, ordered[-1], ordered[0], p95)
