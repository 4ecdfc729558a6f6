"""``shortcut import`` and ``export``: saved models in files."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .. import i18n
from ..entries import error_entry
from ..errors import ExitCode
from ..library.shortcut_exchange import ImportReport
from .background import until_interrupted
from .environment import Environment
from .output import printable
from .shortcut_output import Named, print_document, saved_models

_EVERY = 1000


def import_file(arguments: argparse.Namespace, environment: Environment) -> int:
    """Save what stands in a file or a folder of the predecessor: the code of the first entry that
    could not be used, the others are saved.
    """
    shortcuts = environment.open_app().shortcuts

    def heard(done: int, count: int) -> None:
        if done % _EVERY == 0 and done < count:
            environment.say('cli.shortcut.importing', done=done, count=count)

    report, interrupted = until_interrupted(
        lambda stop: shortcuts.import_from(Path(arguments.path), heard, stop)
    )
    _say(report, environment)
    totals = {'taken': len(report.taken), 'already': len(report.already)}
    lines = [i18n.text('cli.shortcut.imported', **totals, problems=len(report.problems))]
    print_document(_document(report), lines, arguments, environment)
    if interrupted and report.stopped:
        environment.say('cli.shortcut.interrupted')
        return ExitCode.INTERRUPTED
    return next((error.exit_code for _, error in report.problems), ExitCode.DONE)


def _say(report: ImportReport, environment: Environment) -> None:
    for place, error in report.problems:
        environment.say_line(printable(f'{place}: {i18n.error_text(error)}'))
    if report.left:
        environment.say('cli.shortcut.left', files=', '.join(report.left))
    if report.taken:
        environment.say('cli.shortcut.imported_next')


def _document(report: ImportReport) -> dict[str, Any]:
    return {
        'taken': list(report.taken),
        'already': list(report.already),
        'problems': [
            {'entry': place, 'error': error_entry(error.code, error.details)}
            for place, error in report.problems
        ],
        'left': list(report.left),
        'stopped': report.stopped,
    }


def export_file(arguments: argparse.Namespace, environment: Environment) -> int:
    """Write the saved models that are named, or all, into a file."""
    app = environment.open_app()
    named = saved_models(app, arguments.ids, environment) if arguments.ids else Named([])
    path = Path(arguments.path).absolute()
    count = app.shortcuts.export_to(path, named.ids or None)
    lines = [i18n.text('cli.shortcut.exported', count=count, path=path)]
    document = {'path': str(path), 'count': count, 'errors': named.errors}
    print_document(document, lines, arguments, environment)
    return named.code
