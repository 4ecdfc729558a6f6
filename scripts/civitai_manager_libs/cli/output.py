"""What commands print of downloads: JSON documents and lines."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any, TextIO

from .. import i18n
from ..domain.task import State, Task
from ..entries import error_entry, note_entries
from ..errors import ExitCode, ShortcutError, exit_code_of
from ..util import size_text


def print_json(document: Mapping[str, Any], stream: TextIO) -> None:
    """One JSON document and nothing else."""
    print(json.dumps(document, ensure_ascii=False, indent=2), file=stream)


def aligned(rows: Sequence[Sequence[str]], sides: str) -> list[str]:
    """``rows`` as lines with their columns below each other, two spaces in. ``sides`` has ``<`` for
    each column that begins, ``>`` for each that ends in line. Han characters are two places wide.
    """
    widths = [max(map(_width, column)) for column in zip(*rows)]
    lines = []
    for row in rows:
        line = ' '
        for cell, width, side in zip(row, widths, sides):
            gap = ' ' * (width - _width(cell))
            line += ' ' + (cell + gap if side == '<' else gap + cell) + ' '
        lines.append(line.rstrip())
    return lines


def moment(seconds: float | None) -> str | None:
    """A time (seconds since 1970) as the ``--json`` output has it."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec='seconds')


def printable(text: str) -> str:
    """``text`` of somebody else on one line, without what steers a terminal."""
    return ''.join(sign if sign.isprintable() else ' ' for sign in text)


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(sign) in 'WF' else 1 for sign in text)


def failed_entry(target: str, error: ShortcutError) -> dict[str, Any]:
    """A target that never became a download, in the same shape."""
    return {
        'id': None,
        'target': target,
        'state': State.FAILED.value,
        'path': None,
        'bytes': 0,
        'sha256': None,
        'verified': False,
        'model_id': None,
        'version_id': None,
        'file_id': None,
        'error': error_entry(error.code, error.details),
    }


def exit_code_of_task(task: Task) -> ExitCode:
    """What a command that waited for ``task`` ends with."""
    if task.state is State.DONE:
        return ExitCode.DONE
    if task.error_code is not None:
        return exit_code_of(task.error_code)
    return ExitCode.INTERRUPTED  # somebody paused or cancelled it meanwhile


def task_line(task: Task) -> str:
    """How a download ended, in one line."""
    name = task.order.name or task.order.file_name
    if task.state is State.DONE:
        key = 'cli.download.done' if task.verified else 'cli.download.done_unverified'
        return i18n.text(key, path=task.path, size=size_text(task.received), sha256=task.sha256)
    if task.error_code is not None:
        reason = i18n.error_code_text(task.error_code, task.error_details)
        key = 'cli.download.rests' if task.state is State.PAUSED else 'cli.download.failed'
        return i18n.text(key, name=name, reason=reason, id=task.id)
    return i18n.text(f'cli.download.{task.state.value}', name=name, id=task.id)


def note_lines(task: Task) -> list[str]:
    """The same in words, a line each."""
    name = task.order.name or task.order.file_name
    return [
        i18n.text('cli.download.note', name=name, message=note['message'])
        for note in note_entries(task)
    ]


def label(task: Task) -> str:
    """Model, version and file, as far as they are known."""
    order = task.order
    parts = [part for part in (order.name, order.version_name) if part]
    return ' · '.join([*parts, order.file_name] if order.file_name != order.name else parts)
