"""How many connections may bring files from one host at once, over all transfers of the process."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

from ..errors import HostBusy


class Lines:
    """Places for connections by host. The first connection of a file waits for its place; further
    ones of the same file come only where there is room, and leave when a file waits.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()

    def take(self, host: str, most: int, further: bool) -> Callable[[], None]:
        """A place among ``most`` at ``host``; gives what frees it, which may be called again.

        Raises :class:`HostBusy` when a ``further`` connection finds none.
        """
        with self._changed:
            if further and (self._taken[host] >= most or self._waiting[host]):
                raise HostBusy(host=host)
            self._waiting[host] += 1
            try:
                self._changed.wait_for(lambda: self._taken[host] < most)
            finally:
                self._waiting[host] -= 1
            self._taken[host] += 1
        freed = threading.Event()

        def free() -> None:
            with self._changed:
                if not freed.is_set():
                    freed.set()
                    self._taken[host] -= 1
                    self._changed.notify_all()

        return free

    def crowded(self, host: str) -> bool:
        """Whether a file waits for its first connection to ``host``."""
        return self._waiting[host] > 0
