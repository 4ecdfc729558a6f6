"""What moving a file needs to know of the outside: how to ask for bytes, and by which rules."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from ..domain.backoff import exponential
from ..errors import ApiError
from .throttle import Throttle


class Body(Protocol):
    """An answer with an unread body, as the HTTP client opens it."""

    status: int
    host: str
    headers: Mapping[str, str]

    def read_into(self, room: memoryview) -> int: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


Open = Callable[[int, 'int | None', 'str | None'], Body]
"""``open(start, end, validator)``: ask the server for the bytes from ``start`` to before ``end``
(None: to the last one; from 0 to the last one is asked for without a range). Called from several
threads at once; raises :class:`ApiError`.
"""


@dataclass(frozen=True)
class MoveRules:
    """``piece`` bytes per read (more over few connections), ``retries`` in a row without a new
    byte, ``first_wait`` seconds of the backoff (doubling when ``smart``), ``free_floor`` bytes of
    disk that stay free.

    Files of at least ``parallel_from`` bytes come over ``connections`` at once. ``speed`` is the
    limit of one file in bytes a second (0: none), ``shared`` the one of all files together;
    ``again`` hears of what is tried again.
    """

    piece: int
    retries: int
    first_wait: float
    smart: bool
    free_floor: int
    connections: int = 1
    parallel_from: int = 8 << 20
    speed: float = 0.0
    shared: Throttle | None = None
    again: Callable[[ApiError], None] | None = None

    def rest(self, error: ApiError, failures: int) -> float:
        """Seconds before the next attempt after so many ``failures``: what the server asked for,
        else the backoff.
        """
        if self.again is not None:
            self.again(error)
        if not self.smart:
            return self.first_wait
        wanted: float | None = getattr(error, 'wait_seconds', None)
        return exponential(failures, self.first_wait, random.uniform) if wanted is None else wanted
