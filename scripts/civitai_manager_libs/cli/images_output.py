"""What ``images`` prints: how far it is, the JSON document, and how it ended."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TextIO

from .. import i18n
from ..domain.task import SETTLED, State
from ..entries import error_entry
from ..errors import AddressUnusable, ShortcutError
from ..image_downloader import ImageDownloadTask

_LINE_SECONDS = 10.0
_DRAW_SECONDS = 0.1
_BAR = 24
_MOST_FAILURES = 20
_SETTLED = {state.value for state in SETTLED}
_NOTES = ('existing', 'duplicate_skipped', 'duplicate_replaced', 'duplicate_kept')
_TROUBLES = ('metadata_not_held', 'thumbnail_failed')


class PictureProgress:
    """A bar that moves on a terminal, now and then a line elsewhere. Call :meth:`show` with the
    tasks as often as you like, :meth:`end` once.
    """

    def __init__(self, stream: TextIO, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._terminal = stream.isatty()
        self._last = time.monotonic() if not self._terminal else 0.0
        self._drawn = False

    def show(self, tasks: Sequence[ImageDownloadTask]) -> None:
        """Say how far ``tasks`` are, if it is time."""
        now = time.monotonic()
        pause = _DRAW_SECONDS if self._terminal else _LINE_SECONDS
        if self._quiet or now - self._last < pause:
            return
        self._last = now
        line = progress_line(tasks)
        if self._terminal:
            width = shutil.get_terminal_size().columns
            self._stream.write('\r\x1b[K' + line[: width - 1])
            self._stream.flush()
            self._drawn = True
        else:
            print(line, file=self._stream, flush=True)

    def end(self) -> None:
        """Leave the terminal as we found it."""
        if self._drawn:
            self._stream.write('\r\x1b[K')
            self._stream.flush()
            self._drawn = False


def progress_line(tasks: Sequence[ImageDownloadTask]) -> str:
    """``━━╌╌ 12/40``, and how many have failed."""
    states = Counter(task.status for task in tasks)
    over = sum(states[state] for state in _SETTLED)
    full = int(_BAR * over / len(tasks)) if tasks else 0
    parts = ['━' * full + '╌' * (_BAR - full), f'{over}/{len(tasks)}']
    failed = over - states[State.DONE.value]
    if failed:
        parts.append(i18n.text('cli.images.failed_so_far', count=failed))
    return '  '.join(parts)


def document_of(
    items: Sequence[tuple[ImageDownloadTask | None, ShortcutError | None]], cursor: str | None
) -> dict[str, Any]:
    """What ``--json`` prints: a picture an entry in the order they were listed; None for the task
    of what could not become one, whose error stands beside.
    """
    return {'images': [_entry(task, error) for task, error in items], 'next_cursor': cursor}


def _entry(task: ImageDownloadTask | None, error: ShortcutError | None) -> dict[str, Any]:
    problem = error or (task.problem if task is not None else None)
    return {
        'image_id': (task.image_id or None) if task is not None else None,
        'path': task.image_path if task is not None else None,
        'metadata_path': task.metadata_path if task is not None else None,
        'state': task.status if task is not None else State.FAILED.value,
        'error': error_entry(problem.code, problem.details) if problem is not None else None,
    }


def report_lines(tasks: Sequence[ImageDownloadTask | None], folder: Path) -> Iterator[str]:
    """How it ended: the one picture, or how many there are and what was special about them."""
    known = [task for task in tasks if task is not None]
    done = [task for task in known if task.status == State.DONE.value]
    if len(tasks) == 1 and done:
        key = f'cli.images.one_{done[0].note}' if done[0].note in _NOTES else 'cli.images.one'
        yield i18n.text(key, path=done[0].image_path)
    else:
        yield i18n.text('cli.images.saved', count=len(done), all=len(tasks), folder=folder)
    notes = Counter(task.note for task in done)
    for note in (*(_NOTES if len(tasks) > 1 else ()), *_TROUBLES):
        if notes[note]:
            yield i18n.text(f'cli.images.{note}', count=notes[note])


def failure_lines(failures: Sequence[tuple[str, ShortcutError]]) -> Iterator[str]:
    """A line for each of the first (name, error), and how many more there are."""
    for name, error in failures[:_MOST_FAILURES]:
        words = i18n.error_text(error)
        if not isinstance(error, AddressUnusable):  # which says itself what it is about
            words = i18n.text('cli.images.failed', name=name, reason=words)
        yield words
    if len(failures) > _MOST_FAILURES:
        yield i18n.text('cli.images.failed_more', count=len(failures) - _MOST_FAILURES)
