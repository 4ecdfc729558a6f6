"""Progress of downloads: a bar that moves on a terminal, now and then a line elsewhere."""

from __future__ import annotations

import shutil
import time
from typing import TextIO

from .. import i18n, setting
from ..domain.task import MOVING, State, Task
from ..memory import guard
from ..ui.present_limits import memory_text, rest_text
from ..util import size_text
from ..wording import duration_text, percent_text, speed_text
from .output import label

_LINE_SECONDS = 10.0
_MANY = 20
_BAR = 24


class Progress:
    """Call :meth:`show` with the tasks as often as you like, :meth:`end` once."""

    def __init__(self, stream: TextIO, quiet: bool) -> None:
        self._stream = stream
        self._quiet = quiet
        self._terminal = stream.isatty()
        self._states: dict[int, State] = {}
        self._last_line = time.monotonic()
        self._drawn = False
        self._said: set[str] = set()

    def show(self, tasks: list[Task]) -> None:
        """Draw how ``tasks`` are now."""
        if self._quiet:
            return
        self._say_rest(tasks)
        if self._terminal:
            self._draw(tasks)
        else:
            self._tell(tasks)

    def end(self) -> None:
        """Leave the terminal as we found it."""
        if self._drawn:
            self._stream.write('\r\x1b[K')
            self._stream.flush()

    def _say_rest(self, tasks: list[Task]) -> None:
        """Why downloads wait although nobody has stopped them: each cause once."""
        waiting = sum(task.state is State.QUEUED for task in tasks)
        causes = {
            'quiet': rest_text(setting.current().quiet, waiting, time.localtime()),
            'memory': memory_text(guard.waiting, guard.limit) if waiting else '',
        }
        for cause, words in causes.items():
            if words and cause not in self._said:
                self._said.add(cause)
                before = '\r\x1b[K' if self._terminal else ''
                print(f'{before}{words}', file=self._stream, flush=True)

    def _draw(self, tasks: list[Task]) -> None:
        width = shutil.get_terminal_size().columns
        line = _bar_line(tasks)
        self._stream.write('\r\x1b[K' + _fit(line, width - 1))
        self._stream.flush()
        self._drawn = True

    def _tell(self, tasks: list[Task]) -> None:
        """A line when a download begins or goes on; of many downloads those that wait have none,
        and now and then one line is for all of them.
        """
        due = time.monotonic() - self._last_line >= _LINE_SECONDS
        many = len(tasks) > _MANY
        told = MOVING if many else (State.QUEUED, *MOVING)
        for task in tasks:
            changed = self._states.get(task.id) is not task.state
            self._states[task.id] = task.state
            if task.state in told and (changed or (due and not many)):
                print(_line(task), file=self._stream, flush=True)
        if due and many:
            print(_bar_line(tasks), file=self._stream, flush=True)
        if due:
            self._last_line = time.monotonic()


def _bar_line(tasks: list[Task]) -> str:
    received = sum(_there(task) for task in tasks)
    sizes = [task.size for task in tasks]
    total = sum(size for size in sizes if size)
    moving = [task for task in tasks if task.state in MOVING]
    speed = sum(task.speed for task in moving)
    done = sum(task.state is State.DONE for task in tasks)
    parts = []
    if total and None not in sizes:
        full = min(_BAR, int(_BAR * received / total))
        parts.append('━' * full + '╌' * (_BAR - full))
        parts.append(percent_text(received, total))
    if moving and all(task.state is State.VERIFYING for task in moving):
        parts.append(i18n.text('state.verifying'))
    elif speed:
        parts.append(speed_text(speed))
        if total > received:
            left = duration_text((total - received) / speed)
            parts.append(i18n.text('words.left', time=left))
    parts.append(f'{size_text(received)} / {size_text(total)}' if total else size_text(received))
    if len(tasks) > 1:
        parts.append(f'{done}/{len(tasks)}')
    parts.append(label(moving[0] if moving else tasks[-1]))
    return '  '.join(parts)


def _there(task: Task) -> int:
    return task.size or task.received if task.state is State.DONE else task.received


def _line(task: Task) -> str:
    parts = [i18n.text(f'state.{task.state.value}'), label(task)]
    if task.size and task.received:
        parts.append(percent_text(task.received, task.size))
    if task.speed:
        parts.append(speed_text(task.speed))
    return '  '.join(parts)


def _fit(line: str, columns: int) -> str:
    """Cut to the width of the terminal, where Han characters take two columns."""
    used, kept = 0, []
    for sign in line:
        used += 2 if ord(sign) >= 0x2E80 else 1
        if used > columns:
            break
        kept.append(sign)
    return ''.join(kept)
