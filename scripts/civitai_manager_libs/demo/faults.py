"""Faults that can be switched on and off while the server runs.

One mechanism for all: `add(kind, side=, path=, times=, ...)` puts a fault on the board; whoever
serves a request asks the board with `take(...)`, which hands out the options of the first fitting
fault and counts it. KINDS below is the whole list, with every option and its default.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

API, STORAGE, ANY = 'api', 'storage', 'any'

KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    # kind: (side when none is given, options with defaults)
    #
    # instead of the usual answer; body: json, html, xml, empty, or any text or bytes;
    # retry_after: any text, 'date' (a date 2 s ahead), 'nonsense', None (missing)
    'status': (API, {'status': 500, 'body': 'json', 'retry_after': None, 'headers': None}),
    # the login page with status 200
    'html_200': (STORAGE, {'content_type': 'text/html; charset=utf-8'}),
    # wait before the answer; close the connection instead of answering
    'delay': (ANY, {'seconds': 1.0}),
    'drop': (ANY, {'reset': False}),
    # after so many body bytes: silence, or the end of the connection (reset: RST, not FIN)
    'stall': (STORAGE, {'after': 0, 'seconds': 3600.0}),
    'cut': (STORAGE, {'after': 0, 'reset': False}),
    'throttle': (STORAGE, {'bytes_per_second': 1048576}),
    # inverted bytes at a position of this body, None: in its middle
    'wrong_bytes': (STORAGE, {'at': None, 'count': 16}),
    # Content-Length too large (extra > 0) or too small; no length at all (chunked)
    'lie_length': (STORAGE, {'extra': 1000}),
    'no_length': (STORAGE, {}),
    'ignore_range': (STORAGE, {}),
    'no_etag': (STORAGE, {}),
    # a signed address good for so many seconds or bytes; decided when it is made
    'expire': (ANY, {'seconds': None, 'after': None}),
    # how Content-Disposition writes the name; decided when the address is made
    'name_style': (ANY, {'style': 'quoted'}),
    # another Location for downloads; 'loop' leads back to the address asked for
    'redirect_to': (API, {'location': '/login?returnUrl=%2F&reason=download-auth'}),
    # every download needs the key
    'require_key': (API, {}),
    # paging gone wrong in /models and /images; fields gone wrong in any JSON answer
    'list': (API, {'variant': 'repeat_cursor', 'host': 'http://foreign.invalid'}),
    'fields': (API, {'variant': 'nulls'}),
    # /images gives pictures of any level, asked for or not
    'any_level': (API, {}),
}

CHOICES: dict[tuple[str, str], tuple[str, ...]] = {
    ('name_style', 'style'): (
        'plain',
        'quoted',
        'raw_utf8',
        'rfc5987',
        'percent',
        'traversal',
        'missing',
    ),
    ('list', 'variant'): (
        'repeat_cursor',
        'empty_page',
        'short_page',
        'foreign_next_page',
        'int_cursor',
        'null_cursor',
    ),
    ('fields', 'variant'): (
        'nulls',
        'missing',
        'unknown_enums',
        'extra',
        'undefined_links',
        'double_slash_links',
        'no_primary',
        'empty_hashes',
        'huge_ints',
    ),
}


@dataclass
class Fault:
    """One switched-on fault. `hits` counts the requests that it has met so far."""

    kind: str
    side: str
    path: str
    method: Optional[str]
    skip: int
    times: Optional[int]
    options: dict[str, Any] = field(default_factory=dict)
    hits: int = 0

    def _fits(self, kind: str, side: str, target: str, method: str) -> bool:
        return (
            self.kind == kind
            and self.side in (ANY, side)
            and self.path in target
            and self.method in (None, method)
            and (self.times is None or self.hits < self.times)
        )


class FaultBoard:
    """All switched-on faults; every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(
        self,
        kind: str,
        *,
        side: Optional[str] = None,
        path: str = '',
        times: Optional[int] = None,
        method: Optional[str] = None,
        skip: int = 0,
        **options: Any,
    ) -> Fault:
        """Switches a fault on and returns it.

        `path` is any part of the request's path with query. `times` requests are hit, then it is
        off (None: until cleared); the first `skip` fitting requests pass. Raises ValueError for
        an unknown kind, side, option or choice.
        """
        if kind not in KINDS:
            raise ValueError(f'unknown fault {kind!r}; known: {", ".join(KINDS)}')
        usual_side, defaults = KINDS[kind]
        side = side or usual_side
        if side not in (API, STORAGE, ANY):
            raise ValueError(f'unknown side {side!r}')
        for name, value in options.items():
            if name not in defaults:
                raise ValueError(f'fault {kind!r} has no option {name!r}')
            choices = CHOICES.get((kind, name))
            if choices and value not in choices:
                raise ValueError(f'{name} of {kind!r} must be one of {", ".join(choices)}')
        fault = Fault(kind, side, path, method, skip, times, {**defaults, **options})
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(
        self,
        kind: str,
        side: str,
        target: str,
        method: str = 'GET',
        fits: Optional[Callable[[dict[str, Any]], bool]] = None,
    ) -> Optional[dict[str, Any]]:
        """Kind and options of the first fitting fault, counted as one hit, or None.

        `fits` looks at the options, so that a fault which could not show in this answer
        (a cut after 1 MB in an answer of one byte) is kept for a later one.
        """
        with self._lock:
            for fault in self._faults:
                if not fault._fits(kind, side, target, method):
                    continue
                if fits and not fits(fault.options):
                    continue
                if fault.skip > 0:
                    fault.skip -= 1
                    continue
                fault.hits += 1
                return {'kind': kind, **fault.options}
        return None

    def remove(self, fault: Fault) -> None:
        """Switches one fault off; nothing happens when it is off already."""
        with self._lock:
            self._faults = [other for other in self._faults if other is not fault]

    def clear(self, kind: Optional[str] = None) -> None:
        """Switches all faults off, or all of one kind."""
        with self._lock:
            self._faults = [one for one in self._faults if kind and one.kind != kind]

    def active(self) -> list[Fault]:
        """The faults that can still hit, oldest first."""
        with self._lock:
            return [one for one in self._faults if one.times is None or one.hits < one.times]
