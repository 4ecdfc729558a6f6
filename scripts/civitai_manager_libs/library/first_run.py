"""Whether somebody has still to be asked what the program cannot know: only at its first run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

_NAME = 'start'
_ASKS, _DONE = 'asks', 'done'


class Memory(Protocol):
    """See :class:`.store.browsing.BrowsingStore`."""

    def remember(self, name: str, value: Any) -> None: ...

    def recall(self, name: str) -> Any: ...


class FirstRun:
    """Thread-safe. Who has used the program before (``used`` says so, and is asked once) is asked
    nothing; everybody else until they have answered or put it off.
    """

    def __init__(self, memory: Memory, used: Callable[[], bool]) -> None:
        self._memory = memory
        said = memory.recall(_NAME)
        if said not in (_ASKS, _DONE):
            said = _DONE if used() else _ASKS
            memory.remember(_NAME, said)
        self._asks: bool = said == _ASKS

    @property
    def asks(self) -> bool:
        """Whether the questions are still to be answered."""
        return self._asks

    def end(self) -> None:
        """They are answered, or nobody wants to be asked again."""
        self._memory.remember(_NAME, _DONE)
        self._asks = False
