"""What the program has to say to the person at the screen, from any thread.

Background work cannot raise a toast by itself (Gradio shows one only from inside a handler), so it
leaves a notice here; the page fetches new ones at its next poll, each browser by its own cursor,
and a terminal prints them as they come; where nobody listens they go to standard error. One cause
speaks once: a notice with the cause of a living one replaces it and keeps its place.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .i18n import has, notice_text

_KEPT = 200

Listener = Callable[['Notice'], None]


@dataclass(frozen=True)
class Notice:
    """One thing to tell. ``key`` and ``values`` are a sentence of the catalogues; ``cause`` groups
    repetitions.
    """

    number: int
    level: str  # 'error', 'warning' or 'info'
    key: str
    values: Mapping[str, object] = field(default_factory=dict)
    cause: str = ''
    time: float = 0.0


class NoticeBoard:
    """Keeps the latest notices for those who poll and passes each on to those who listen."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._notices: deque[Notice] = deque(maxlen=_KEPT)
        self._listeners: list[Listener] = []
        self._last = 0

    def tell(
        self, level: str, sentence: str, values: Mapping[str, object], cause: str = ''
    ) -> Notice:
        """Leave a notice; thread-safe.

        ``sentence`` is a key of the catalogues. Without a ``cause`` the sentence with its values is
        the cause.
        """
        with self._lock:
            self._last += 1
            cause = cause or f'{sentence}:{sorted(values.items())!r}'
            notice = Notice(self._last, level, sentence, values, cause, self._clock())
            kept = [old for old in self._notices if old.cause != cause]
            self._notices = deque([*kept, notice], maxlen=_KEPT)
            listeners = list(self._listeners)
        for listener in listeners:
            listener(notice)
        if not listeners and has(sentence):  # a script of somebody's own: its terminal is all
            print(notice_text(sentence, values), file=sys.stderr, flush=True)
        return notice

    def since(self, number: int) -> list[Notice]:
        """All living notices told after number ``number`` (0 for all), oldest first."""
        with self._lock:
            return [notice for notice in self._notices if notice.number > number]

    @property
    def last_number(self) -> int:
        """The cursor of one who has seen everything so far."""
        with self._lock:
            return self._last

    def settle(self, cause: str) -> None:
        """The matter is solved: nobody needs to hear of it any more."""
        with self._lock:
            kept = [notice for notice in self._notices if notice.cause != cause]
            self._notices = deque(kept, maxlen=_KEPT)

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with each notice as it is told; returns what ends that."""
        with self._lock:
            self._listeners.append(listener)

        def stop() -> None:
            with self._lock:
                if listener in self._listeners:
                    self._listeners.remove(listener)

        return stop


board = NoticeBoard()
tell = board.tell
