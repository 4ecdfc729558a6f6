"""``library``: the files that were downloaded, read again and compared."""

from __future__ import annotations

import argparse
import shutil
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from typing import Any, TextIO

from .. import i18n
from ..domain.task import Task
from ..errors import ExitCode
from ..library.verify import Checked, Health
from ..store.quarantine import Wrong
from ..util import size_text
from ..wording import percent_text
from .environment import Environment
from .output import print_json

_DRAW_SECONDS = 0.1
_LINE_SECONDS = 10.0
_BAR = 24


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``library`` understands."""
    commands = parser.add_subparsers(dest='action', required=True, metavar='ACTION')
    about = i18n.text('cli.library.verify')
    verify = commands.add_parser('verify', help=about, description=about)
    verify.add_argument('--json', action='store_true', help=i18n.text('cli.download.json'))


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Check all that was downloaded: 6 when a file has changed, else 7 when one cannot be read,
    else 4 when one is gone.
    """
    app = environment.open_app()
    files = app.verifier.files()
    bar = _Bar(environment.stderr, environment.quiet, [task for task, _ in files])
    found: list[Checked] = []
    interrupted = False
    with closing(app.verifier.check(files, bar.add)) as checks:
        try:
            for checked in checks:
                bar.clear()
                found.append(checked)
                if not arguments.json:
                    _print(checked, environment)
        except KeyboardInterrupt:
            interrupted = True
    bar.clear()
    _report(found, app.verifier.quarantined(), arguments.json, environment)
    if interrupted:
        environment.say('cli.library.interrupted', count=len(found), all=len(files))
        return ExitCode.INTERRUPTED
    return _code(found)


def _print(checked: Checked, environment: Environment) -> None:
    """Only what is not as it should be; with ``-q`` not what is merely unknown."""
    values = {'path': checked.path, 'expected': checked.expected, 'actual': checked.sha256}
    sentence = f'cli.library.{checked.health.value}'
    if checked.health is Health.UNVERIFIED:
        environment.say(sentence, **values)
    elif checked.health is not Health.OK:
        print(i18n.text(sentence, **values, reason=checked.reason), file=environment.stderr)


def _report(
    found: Sequence[Checked],
    quarantined: Sequence[Wrong],
    as_json: bool,
    environment: Environment,
) -> None:
    totals = _totals(found, len(quarantined))
    if as_json:
        document = {
            'files': [_entry(checked) for checked in found],
            'quarantined': [asdict(one) for one in quarantined],
            'totals': totals,
        }
        print_json(document, environment.stdout)
        return
    for one in quarantined:
        environment.say('cli.library.quarantined', **asdict(one))
    values = {**totals, 'bytes': size_text(totals['bytes'])}
    print(i18n.text('cli.library.totals', **values), file=environment.stdout)


def _totals(found: Sequence[Checked], quarantined: int) -> Mapping[str, int]:
    counted = Counter(checked.health for checked in found)
    return {
        'files': len(found),
        **{health.value: counted[health] for health in Health},
        'quarantined': quarantined,
        'bytes': sum(checked.size or 0 for checked in found),
    }


def _entry(checked: Checked) -> dict[str, Any]:
    return {
        'path': str(checked.path),
        'state': checked.health.value,
        'sha256': checked.sha256,
        'expected': checked.expected,
        'bytes': checked.size,
        'model_id': checked.task.order.model_id,
        'version_id': checked.task.order.version_id,
    }


def _code(found: Sequence[Checked]) -> ExitCode:
    states = {checked.health for checked in found}
    if Health.CHANGED in states:
        return ExitCode.VERIFICATION
    if Health.UNREADABLE in states:
        return ExitCode.DISK
    return ExitCode.NOT_FOUND if Health.MISSING in states else ExitCode.DONE


class _Bar:
    """How much has been read: a bar on a terminal, now and then a line elsewhere."""

    def __init__(self, stream: TextIO, quiet: bool, tasks: Sequence[Task]) -> None:
        self._stream = stream
        self._quiet = quiet
        self._terminal = stream.isatty()
        self._total = sum(task.file_size or task.received for task in tasks)
        self._read = 0
        self._lock = threading.Lock()
        self._spoken = time.monotonic()

    def add(self, count: int) -> None:
        """``count`` more bytes were read; from any thread."""
        with self._lock:
            self._read += count
            now = time.monotonic()
            due = _DRAW_SECONDS if self._terminal else _LINE_SECONDS
            if not self._quiet and now - self._spoken >= due:
                self._spoken = now
                self._draw()

    def clear(self) -> None:
        """Leave the line empty for something else."""
        with self._lock:
            if self._terminal and not self._quiet:
                self._stream.write('\r\x1b[K')
                self._stream.flush()

    def _draw(self) -> None:
        read = min(self._read, self._total)
        words = f'{percent_text(read, self._total)}  {size_text(read)} / {size_text(self._total)}'
        if not self._terminal:
            print(words, file=self._stream, flush=True)
            return
        full = int(_BAR * read / self._total) if self._total else 0
        line = '━' * full + '╌' * (_BAR - full) + '  ' + words
        self._stream.write('\r\x1b[K' + line[: shutil.get_terminal_size().columns - 1])
        self._stream.flush()
