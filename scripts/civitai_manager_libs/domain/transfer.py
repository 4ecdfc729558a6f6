"""What to ask a server for, and what to do with its answer: the rules of resuming, without any I/O.

The one thing that must never happen is joining two files. Bytes are appended only after a 206 whose
range begins where we asked, whose total is the size we know and whose validator is the one we
saved; everything else starts again from nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

Range = tuple[int, int]
_NUMBER = r'[0-9]{1,18}'  # no file is longer, and longer numbers only make Python refuse
_CONTENT_RANGE = re.compile(
    rf'\s*bytes\s+(?:({_NUMBER})-({_NUMBER})|\*)/({_NUMBER}|\*)\s*', re.IGNORECASE
)


def merged(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Half-open byte ranges sorted, without empty ones, touching ones joined."""
    result: list[Range] = []
    for begin, end in sorted(span for span in ranges if span[0] < span[1]):
        if result and begin <= result[-1][1]:
            result[-1] = (result[-1][0], max(end, result[-1][1]))
        else:
            result.append((begin, end))
    return tuple(result)


@dataclass(frozen=True)
class TransferState:
    """What is known of a file on its way.

    ``identity`` names the remote file (its SHA256 where known, else its address without query): a
    state of another identity is worthless. ``size`` in bytes and ``validator`` (ETag, else
    Last-Modified) are those of the first answer. ``finished`` are the ranges on disk.
    """

    identity: str
    size: int | None = None
    validator: str | None = None
    finished: tuple[Range, ...] = ()

    @property
    def received(self) -> int:
        """Bytes on disk."""
        return sum(end - begin for begin, end in self.finished)

    @property
    def first_gap(self) -> int:
        """Where the first byte is missing: what lies before is whole."""
        return self.finished[0][1] if self.finished and self.finished[0][0] == 0 else 0

    @property
    def complete(self) -> bool:
        """Whether all bytes are there; never without a known size."""
        return self.size is not None and self.finished == ((((0, self.size),)) if self.size else ())

    def with_range(self, begin: int, end: int) -> TransferState:
        """The state with one more finished range."""
        return replace(self, finished=merged([*self.finished, (begin, end)]))


@dataclass(frozen=True)
class Answer:
    """The part of an HTTP answer that decides: status, length, range and validator."""

    status: int
    length: int | None
    range: tuple[int | None, int | None, int | None]  # first byte, last byte, total
    etag: str | None
    modified: str | None

    @property
    def validator(self) -> str | None:
        """What identifies this content: the ETag, else the date of its last change."""
        return self.etag or self.modified


def read_length(headers: Mapping[str, str]) -> int | None:
    """Bytes announced by ``Content-Length``, None when the server does not say or says nonsense."""
    text = headers.get('Content-Length', '')
    return int(text) if re.fullmatch(_NUMBER, text) else None


def read_answer(status: int, headers: Mapping[str, str]) -> Answer:
    """The deciding part of an answer; ``headers`` must be case-insensitive. Nonsense counts as
    absent.
    """
    length = read_length(headers)
    found = _CONTENT_RANGE.fullmatch(headers.get('Content-Range', ''))
    numbers = (
        [int(part) if part and part != '*' else None for part in found.groups()] if found else []
    )
    first, last, total = numbers if len(numbers) == 3 else (None, None, None)
    encoded = headers.get('Content-Encoding', 'identity').strip().lower() not in ('', 'identity')
    return Answer(
        status,
        None if encoded else length,
        (first, last, total),
        headers.get('ETag') or None,
        headers.get('Last-Modified') or None,
    )


class Action(str, Enum):
    """What to do with an answer."""

    WRITE = 'write'  # take its body, from ``Decision.begin`` on
    ASK_AGAIN = 'ask again'  # drop it, forget what is on disk, ask for the whole file
    COMPLETE = 'complete'  # everything is on disk already


@dataclass(frozen=True)
class Decision:
    """``state`` is what holds after the decision; ``begin`` where the first byte of the body
    goes.
    """

    action: Action
    state: TransferState
    begin: int = 0


def may_resume(state: TransferState, checked_by_hash: bool) -> bool:
    """Whether the rest of a file may be asked for and put beside what is there.

    Without a validator nobody could tell whether the rest belongs to the same file, unless a hash
    tells at the end. A weak ETag (``W/"..."``) does not tell either: files that differ may share
    it.
    """
    certain = state.validator is not None and not state.validator.startswith('W/')
    return state.size is not None and (certain or checked_by_hash)


def decide(state: TransferState, asked_from: int | None, answer: Answer) -> Decision:
    """What an answer of status 200, 206 or 416 means to a request for the range from byte
    ``asked_from`` on, or for the whole file (None).
    """
    fresh = TransferState(state.identity)
    if answer.status == 200:
        whole = replace(fresh, size=answer.length, validator=answer.validator)
        return Decision(Action.WRITE, whole, 0)
    if answer.status == 416:
        if state.complete and answer.range[2] in (None, state.size):
            return Decision(Action.COMPLETE, state)
        return Decision(Action.ASK_AGAIN, fresh)
    if answer.status == 206 and asked_from is not None and _continues(state, asked_from, answer):
        return Decision(Action.WRITE, state, asked_from)
    return Decision(Action.ASK_AGAIN, fresh)


def _continues(state: TransferState, asked_from: int, answer: Answer) -> bool:
    first, last, total = answer.range
    if first != asked_from or last is None or total != state.size:
        return False
    if last + 1 != total and answer.length is not None and answer.length != last - first + 1:
        return False
    if state.validator is None:
        return True
    return state.validator in (answer.etag, answer.modified)
