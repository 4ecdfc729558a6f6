"""Pictures that were dropped on the page: what they say of their making, by a name that only the
page that dropped them knows. The pictures themselves stay in its browser.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ..domain.generation import GenerationData
from ..fetching.formats import HEAD_BYTES, format_of

MOST_BYTES = 64 << 20
"""How large a dropped file may be."""

_MOST = 64


@dataclass(frozen=True)
class Dropped:
    """What is known of a dropped file. ``kind`` is ``image``, ``video`` or '' for neither."""

    token: str
    data: GenerationData
    kind: str


class Drops:
    """The latest dropped pictures; thread-safe. ``read`` gives what a picture's bytes say."""

    def __init__(self, read: Callable[[bytes], GenerationData]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Dropped] = OrderedDict()

    def take(self, content: bytes) -> str:
        """Read ``content``; gives the name by which :meth:`get` has what it says."""
        found = format_of(content[:HEAD_BYTES])
        kind = '' if found is None else 'video' if found.is_video else 'image'
        dropped = Dropped(secrets.token_urlsafe(18), self._read(content), kind)
        with self._lock:
            self._kept[dropped.token] = dropped
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
        return dropped.token

    def get(self, token: str) -> Dropped | None:
        """What is known by that name, None when that was long ago."""
        with self._lock:
            return self._kept.get(token)
