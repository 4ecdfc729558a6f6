"""A download as the queue knows it, and which state may follow which.

::

    queued ──claim──▶ running ──all bytes──▶ verifying ──right──▶ done
      ▲                 │  │                    │
      │                 │  └──error─────────────┴──▶ failed   (disk full: paused, with error)
      ├──resume── paused ◀──pause── (queued, running, verifying)
      ├──retry─── failed, cancelled
      └──again─── done (its file is gone)
    queued, running, verifying, paused, failed ──cancel──▶ cancelled

What waits stands in a line: the highest priority first, then the lowest rank, then the oldest. A
download that only follows another (``parent_id``) is ordered when that one is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from .target_types import FileFilter


class State(str, Enum):
    """Where a download is; the values are those of the ``--json`` output."""

    QUEUED = 'queued'
    RUNNING = 'running'
    PAUSED = 'paused'
    VERIFYING = 'verifying'
    DONE = 'done'
    FAILED = 'failed'
    CANCELLED = 'cancelled'


MOVING = (State.RUNNING, State.VERIFYING)
SETTLED = (State.DONE, State.FAILED, State.CANCELLED, State.PAUSED)


class Action(str, Enum):
    """What a person can do to a download."""

    PAUSE = 'pause'
    RESUME = 'resume'
    RETRY = 'retry'
    CANCEL = 'cancel'


class Move(str, Enum):
    """Where a person can send a waiting download in the line."""

    FRONT = 'prioritize'
    UP = 'up'
    DOWN = 'down'


AFTER: Mapping[Action, tuple[tuple[State, ...], State]] = {
    Action.PAUSE: ((State.QUEUED, *MOVING), State.PAUSED),
    Action.RESUME: ((State.PAUSED,), State.QUEUED),
    Action.RETRY: ((State.FAILED, State.CANCELLED, State.PAUSED), State.QUEUED),
    Action.CANCEL: ((State.QUEUED, *MOVING, State.PAUSED, State.FAILED), State.CANCELLED),
}
"""From which states an action leads where; from any other state it does nothing."""

CLEARABLE = (State.DONE, State.CANCELLED)
"""What can be taken off the list; the file stays, and so does the record of it."""


@dataclass(frozen=True)
class NewDownload:
    """What has been decided about a download before it is queued.

    ``key`` is the same for the same file at the same place. ``request`` is path and query under the
    site's address, or the whole address of a file elsewhere (``direct``). ``hashes`` are by
    Civitai's names; ``pinned`` says that a person has given the SHA256, so that it is not read
    afresh. ``spare_name`` is for when another download of this queue has the name already. Sizes in
    bytes.

    ``connections`` at once for this file, 0 for what the settings say. ``sidecars`` says whether
    anything is written or fetched beside the model. ``reuse`` (``link`` or ``copy``) takes the file
    at ``source``, which has the same content, instead of a download.
    """

    key: str
    target: str
    request: str
    folder: str
    file_name: str
    spare_name: str = ''
    direct: bool = False
    pinned: bool = False
    name: str = ''
    version_name: str = ''
    model_type: str = ''
    base_model: str = ''
    creator: str = ''
    model_id: int | None = None
    version_id: int | None = None
    file_id: int | None = None
    size_estimate: int | None = None
    hashes: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    cover_url: str | None = None
    priority: int = 0
    connections: int = 0
    sidecars: bool = True
    source: str = ''
    reuse: str = ''


def file_key(
    version_id: int | None, file_id: int | None, folder: str, file_name: str | None = None
) -> str:
    """The key of a file of Civitai in ``folder``; ``file_name`` if somebody has named it."""
    return f'file:{version_id}:{file_id}:{folder}:{file_name or ""}'


@dataclass(frozen=True)
class Order:
    """What a person wants of a target.

    ``wanted`` narrows the files; ``folder`` and ``file_name`` replace what the settings would
    choose; ``sha256`` is one the person trusts; higher ``priority`` goes first. ``connections``
    and ``sidecars`` as in :class:`NewDownload`; ``reuse`` says what to do when the same file lies
    elsewhere in the model folders: ``link``, ``copy``, ``no`` (download it all the same) or ''
    (what the setting ``reuse_files`` says).
    """

    wanted: FileFilter = FileFilter()
    all_files: bool = False
    all_versions: bool = False
    folder: str | None = None
    file_name: str | None = None
    sha256: str | None = None
    priority: int = 0
    connections: int = 0
    sidecars: bool = True
    reuse: str = ''


@dataclass(frozen=True)
class Note:
    """Something that went wrong beside a download that is all right itself; ``code`` and
    ``details`` as those of an error.
    """

    code: str
    details: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """One row of the queue at one moment. Times are seconds since 1970, sizes and speeds in bytes
    (a second).

    ``path`` is set once the file is in place; ``error_details`` fill the sentence of
    ``error_code``. ``connections`` move it at this moment. ``revision`` grows with every change in
    the queue. A task that was ``cleared`` is kept as a record and not listed.
    """

    id: int
    state: State
    order: NewDownload
    received: int = 0
    hashed: int = 0
    total: int | None = None
    speed: float = 0.0
    path: str | None = None
    sha256: str | None = None
    verified: bool = False
    error_code: str | None = None
    error_details: Mapping[str, object] = field(default_factory=dict)
    attempts: int = 0
    owner: str | None = None
    heartbeat: float | None = None
    file_size: int | None = None
    file_time: int | None = None
    created: float = 0.0
    finished: float | None = None
    rank: float = 0.0
    revision: int = 0
    parent_id: int | None = None
    connections: int = 0
    notes: tuple[Note, ...] = ()
    cleared: float | None = None

    @property
    def size(self) -> int | None:
        """The whole size: exact once the server has said it, an estimate before."""
        return self.total if self.total is not None else self.order.size_estimate

    @property
    def seconds_left(self) -> float | None:
        """At the present speed; None when that cannot be told."""
        if self.state is not State.RUNNING or not self.size or self.speed <= 0:
            return None
        return max(0.0, (self.size - self.received) / self.speed)
