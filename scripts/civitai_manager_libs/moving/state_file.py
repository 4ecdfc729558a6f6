"""The file beside a part that tells which of its bytes are there, through kill -9 and power cuts
alike.

It is rewritten in place with every piece, which costs microseconds: what a killed process has
written is safe with the system, so nothing is fetched twice. A power cut can lose what the system
had not yet put on the disk. So the file also says which ranges were on the disk for certain, and in
which run of the machine it was written: after a restart of the machine only those count.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import psutil

from ..domain.transfer import Range, TransferState, merged

STATE_SUFFIX = '.part.json'
_MOST = 1 << 20


class _Saved(msgspec.Struct):
    """What stands in the file: JSON, then spaces up to the longest it has been. ``order`` is what
    the queue knows of the download, for when the queue itself is lost.
    """

    identity: str
    size: int | None
    validator: str | None
    boot: str
    finished: list[Range]
    durable: list[Range]
    order: msgspec.Raw = msgspec.Raw(b'null')


def state_path(final: Path) -> Path:
    """Where the state of the part of ``final`` is kept."""
    return final.with_name(final.name + STATE_SUFFIX)


def this_boot() -> str:
    """Names the present run of the machine; another name than before only means a little less
    trust.
    """
    try:
        return Path('/proc/sys/kernel/random/boot_id').read_text(encoding='ascii').strip()
    except OSError:
        return f'{psutil.boot_time():.0f}'


class StateFile:
    """The open state file of one part. Raises plain :class:`OSError`; the part words it."""

    def __init__(self, final: Path, order: object = None) -> None:
        self._order = msgspec.Raw(msgspec.json.encode(order))
        flags = os.O_RDWR | os.O_CREAT | getattr(os, 'O_BINARY', 0) | getattr(os, 'O_CLOEXEC', 0)
        self._handle = os.open(state_path(final), flags, 0o666)
        self._longest = os.fstat(self._handle).st_size
        if self._longest > _MOST:  # never ours, and it would be rewritten in full with every piece
            os.ftruncate(self._handle, 0)
            self._longest = 0
        self._boot = this_boot()
        self._durable: tuple[Range, ...] = ()

    def load(self) -> TransferState | None:
        """What an earlier run has left that can be believed; None when that is nothing."""
        os.lseek(self._handle, 0, os.SEEK_SET)
        try:
            saved = msgspec.json.decode(os.read(self._handle, _MOST), type=_Saved)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        self._durable = tuple(saved.durable)
        ranges = saved.finished if saved.boot == self._boot else saved.durable
        return TransferState(saved.identity, saved.size, saved.validator, merged(ranges))

    def note(self, state: TransferState) -> None:
        """``state`` holds from now on, unless the power is cut."""
        if not state.finished:
            self._durable = ()
        saved = _Saved(
            state.identity,
            state.size,
            state.validator,
            self._boot,
            list(state.finished),
            list(self._durable),
            self._order,
        )
        text = msgspec.json.encode(saved)
        self._longest = max(self._longest, len(text))
        os.lseek(self._handle, 0, os.SEEK_SET)
        os.write(self._handle, text.ljust(self._longest))

    def keep(self, state: TransferState) -> None:
        """The bytes of ``state`` are on the disk for certain, and from now on so is this."""
        self._durable = state.finished
        self.note(state)
        os.fsync(self._handle)

    def close(self) -> None:
        """Let go of the file."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
