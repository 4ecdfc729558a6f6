"""Answers of the API, kept on disk for a while.

What a request is (its normalised address) and what an answer looks like in a file is
requests-cache's; where it lies is ours: its own stores wait for ever where the disk is full or
cannot be written.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import requests
from cattrs import BaseValidationError
from requests_cache.backends.base import BaseCache, BaseStorage
from requests_cache.models.response import CachedResponse
from requests_cache.serializers import json_serializer

from .. import setting
from ..domain.keeping import lifetime
from ..errors import ShortcutError
from ..store.kept import KeptFiles
from ..util import printD

_CLOCK_SLIP = 60.0
_UNREADABLE = (
    *(ValueError, TypeError, KeyError, AttributeError, RecursionError),
    BaseValidationError,
)
_FILE = '.json'


@dataclass(frozen=True)
class Kept:
    """An answer from the cache: status, body, when it was given (seconds since 1970), and whether
    it may still be used without asking again.
    """

    status: int
    content: bytes
    given: float
    fresh: bool


class AnswerCache:
    """Answers in ``folder``, the least used of which go first when there are more than the settings
    allow; shared by threads and processes. A cache that cannot be read or written is only empty.
    """

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._files = KeptFiles(folder, lambda: setting.current().http_cache_max_size_mb << 20)
        self._cache = BaseCache(cache_name='answers')
        self._cache.responses = _Files(self._files)
        self._clock = clock

    @property
    def size(self) -> int:
        """Bytes that all answers take on disk."""
        return self._files.size

    def clear(self) -> int:
        """Forget everything; gives how many bytes that were."""
        return self._files.clear()

    def find(self, request: requests.PreparedRequest) -> Kept | None:
        """The answer to ``request`` that is kept, old ones too."""
        found = self._cache.get_response(self._key(request))
        if found is None:
            return None
        status, given = found.status_code, _seconds(found.created_at)
        good = lifetime(str(request.url), status, setting.current().http_cache_default_ttl) or 0
        fresh = given - _CLOCK_SLIP <= self._clock() < given + good
        return Kept(status, found.content or b'', given, fresh)

    def keep(self, request: requests.PreparedRequest, status: int, content: bytes) -> None:
        """Keep an answer for as long as one of its kind is good."""
        seconds = lifetime(str(request.url), status, setting.current().http_cache_default_ttl)
        if seconds is None:
            return
        now = datetime.fromtimestamp(self._clock(), timezone.utc)
        response = CachedResponse(
            content=content,
            status_code=status,
            created_at=now,
            expires=now + timedelta(seconds=seconds),
            url=str(request.url),
        )
        try:
            self._cache.responses[self._key(request)] = response
        except ShortcutError as error:
            printD(f'[http_client] answer not kept: {error}')

    def forget(self, request: requests.PreparedRequest) -> None:
        """Let go of the answer to ``request``."""
        del self._cache.responses[self._key(request)]

    def _key(self, request: requests.PreparedRequest) -> str:
        return str(self._cache.create_key(request))


def _seconds(moment: Any) -> float:
    """Seconds since 1970 of a time that was read. Older versions of the library read a time without
    its zone, which is UTC.
    """
    seconds: float = (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    return seconds


class _Files(BaseStorage[str, Any]):
    """Answers by key as requests-cache wants to have them stored."""

    def __init__(self, files: KeptFiles) -> None:
        super().__init__(serializer=json_serializer)
        self._files = files

    def __getitem__(self, key: str) -> Any:
        content = self._files.read(key + _FILE)
        if content is None:
            raise KeyError(key)
        try:
            found = json_serializer.loads(content.decode('utf-8'))
            _seconds(found.created_at)
        except _UNREADABLE as error:
            raise KeyError(key) from error
        return found

    def __setitem__(self, key: str, value: Any) -> None:
        self._files.write(key + _FILE, str(json_serializer.dumps(value)).encode('utf-8'))

    def __delitem__(self, key: str) -> None:
        self._files.remove(key + _FILE)

    def __iter__(self) -> Iterator[str]:
        raise TypeError('nobody needs them all')

    def __len__(self) -> int:
        raise TypeError('nobody counts them')
