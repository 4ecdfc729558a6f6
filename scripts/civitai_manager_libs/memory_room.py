"""What holders and transfers have in hand of the memory guard: bytes that are held, and room that
is promised.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

_SLICE = 0.1


class Guard(Protocol):
    """What keeps count; see :class:`.memory.MemoryGuard`."""

    changed: threading.Condition

    def count(self, account: str, room: Room | None, more: int) -> None: ...

    def promise(self, room: Room, need: int) -> bool: ...

    def join(self, room: Room, need: int) -> None: ...

    def leave(self, room: Room) -> None: ...

    def pause(self, seconds: float) -> None: ...


class Held:
    """Bytes that somebody holds, to be freed once; a context that frees them. Thread-safe."""

    def __init__(self, guard: Guard, account: str, room: Room | None = None) -> None:
        self._guard = guard
        self._account = account
        self._room = room
        self._bytes = 0

    def grow(self, count: int) -> None:
        """``count`` bytes more are held, less if it is negative."""
        with self._guard.changed:
            self._bytes += count
            self._guard.count(self._account, self._room, count)

    def free(self) -> None:
        """Nothing is held any more; harmless when that is so already."""
        with self._guard.changed:
            self._guard.count(self._account, self._room, -self._bytes)
            self._bytes = 0

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *_: object) -> None:
        self.free()


class Room:
    """The room that one transfer has been promised for its buffers, whether it fills it or not; a
    context that gives it back. What is held in it afterwards still counts until it is freed.
    """

    def __init__(self, guard: Guard, account: str) -> None:
        self._guard = guard
        self._account = account
        self.promised = 0
        self.held = 0

    def take(self, need: int) -> bool:
        """Have room for ``need`` bytes from now on, if there is so much and nobody waits for it."""
        return self._guard.promise(self, need)

    def wait(self, need: int, stopped: Callable[[], bool]) -> bool:
        """The same, as soon as there is so much; False when ``stopped()``, asked several times a
        second, says so before. What was promised until then is given back if it is too little.
        """
        if self._guard.promise(self, need):
            return True
        self._guard.join(self, need)
        try:
            while not self._guard.promise(self, need):
                if stopped():
                    return False
                self._guard.pause(_SLICE)
        finally:
            self._guard.leave(self)
        return True

    def hold(self, count: int) -> Held:
        """``count`` bytes in this room are held now."""
        held = Held(self._guard, self._account, self)
        held.grow(count)
        return held

    def close(self) -> None:
        """Nothing is needed any more; harmless when that has been said already."""
        self._guard.promise(self, 0)

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
