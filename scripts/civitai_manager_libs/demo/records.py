"""What the demo server was asked: a log that tests read while requests go on."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Iterator, Optional


@dataclass
class RequestRecord:
    """One request as it arrived.

    `headers` has lower-case names; `query` maps each name to the list of its values.
    `status` is 0 until the answer begins and stays 0 when the connection is dropped unanswered.
    `sent_bytes` counts body bytes handed to the socket. `time` is seconds since the epoch.
    """

    side: str
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    status: int = 0
    sent_bytes: int = 0
    time: float = field(default_factory=time.time)


class RequestLog:
    """Thread-safe list of `RequestRecord`, oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._records: list[RequestRecord] = []

    def append(self, record: RequestRecord) -> None:
        """Adds one record."""
        with self._lock:
            self._records.append(record)

    def clear(self) -> None:
        """Forgets everything so far."""
        with self._lock:
            self._records.clear()

    def of(
        self, side: Optional[str] = None, path_prefix: str = '', method: Optional[str] = None
    ) -> list[RequestRecord]:
        """The records of one side ('api' or 'storage') whose path begins so, oldest first."""
        with self._lock:
            return [
                record
                for record in self._records
                if side in (None, record.side)
                and method in (None, record.method)
                and record.path.startswith(path_prefix)
            ]

    def __iter__(self) -> Iterator[RequestRecord]:
        return iter(self.of())

    def __len__(self) -> int:
        with self._lock:
            return len(self._records)

    def __getitem__(self, index: int) -> RequestRecord:
        with self._lock:
            return self._records[index]
