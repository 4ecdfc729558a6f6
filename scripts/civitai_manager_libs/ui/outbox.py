"""What a page sends to a tab of the host, until the host's own button takes it from there."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

_MOST = 32


@dataclass(frozen=True)
class Letter:
    """Generation data as text, and the picture at ``picture`` where the tab takes one."""

    words: str
    picture: Path | None = None


class Outbox:
    """The latest letters, by names that only the page knows that has asked; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._letters: OrderedDict[str, Letter] = OrderedDict()

    def put(self, letter: Letter) -> str:
        """Keep ``letter``; gives its name."""
        name = secrets.token_urlsafe(18)
        with self._lock:
            self._letters[name] = letter
            while len(self._letters) > _MOST:
                self._letters.popitem(last=False)
        return name

    def get(self, name: str) -> Letter:
        """The letter of that name; an empty one when that was long ago."""
        with self._lock:
            return self._letters.get(name, Letter(''))
