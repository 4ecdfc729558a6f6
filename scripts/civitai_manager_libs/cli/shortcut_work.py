"""``shortcut add`` and ``update``: what asks Civitai of many models, one after the other."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from .. import i18n
from ..app import App
from ..domain.links import safe_text
from ..domain.url_file import LARGEST_LINK_FILE
from ..entries import error_entry
from ..errors import ExitCode, FileUnreadable, NetworkError
from ..library.refresh import RefreshProgress
from ..library.saving import FAILED, Saved
from .background import until_interrupted
from .environment import Environment
from .output import print_json, printable
from .shortcut_output import Named, saved_models

_LOOK_SECONDS = 0.2


def add(arguments: argparse.Namespace, environment: Environment) -> int:
    """Save every model that is named; with several the code of the first failure, the others are
    saved.
    """
    links = '\n'.join(arguments.targets)
    if not (links.strip() or arguments.files):
        arguments.usage_error(i18n.text('cli.shortcut.add_what'))
    read = [_content(name) for name in arguments.files or ()]
    files = [one for one in read if not isinstance(one, Saved)]
    app = environment.open_app()

    def heard(saved: Saved) -> None:
        if not arguments.json:
            print(_saved_line(saved), file=environment.stdout, flush=True)

    def work(stop: Any) -> list[Saved]:
        done = [one for one in read if isinstance(one, Saved)]
        for unreadable in done:
            heard(unreadable)
        done += app.shortcuts.add(links, heard, stop)
        return done + (app.shortcuts.add_files(files, heard, stop) if files else [])

    done, interrupted = until_interrupted(work)
    if arguments.json:
        document = {'shortcuts': [_saved_entry(saved) for saved in done]}
        print_json(document, environment.stdout)
    if not interrupted:
        interrupted = _wait_for_pictures(app, environment)
    if interrupted:
        environment.say('cli.shortcut.interrupted')
        return ExitCode.INTERRUPTED
    return next((saved.error.exit_code for saved in done if saved.error), ExitCode.DONE)


def _content(name: str) -> tuple[str, bytes] | Saved:
    """A file of links and its name, or why it cannot be read; ``-`` is standard input. Not all of a
    long one is read: it is refused anyway.
    """
    try:
        if name == '-':
            return name, sys.stdin.buffer.read(LARGEST_LINK_FILE + 1)
        with open(name, 'rb') as file:
            return Path(name).name, file.read(LARGEST_LINK_FILE + 1)
    except OSError as error:
        unreadable = FileUnreadable(path=name, reason=error.strerror or '')
        return Saved(safe_text(name), state=FAILED, error=unreadable)


def _wait_for_pictures(app: App, environment: Environment) -> bool:
    """Let the pictures come that are kept for the saved models; whether Ctrl-C ended that."""
    try:
        while not app.shortcuts.pictures.wait(_LOOK_SECONDS):
            pass
    except KeyboardInterrupt:
        return True
    problem = app.shortcuts.pictures.problem
    if problem is not None:
        reason = i18n.error_text(problem)
        environment.say('cli.shortcut.pictures_later', reason=reason)
    return False


def _saved_line(saved: Saved) -> str:
    if saved.state == FAILED and saved.error is not None:
        reason = i18n.error_text(saved.error)
        return printable(i18n.text('cli.shortcut.add_failed', text=saved.text, reason=reason))
    values = {'name': saved.name, 'id': saved.model_id}
    return printable(i18n.text(f'cli.shortcut.add_{saved.state}', **values))


def _saved_entry(saved: Saved) -> dict[str, Any]:
    error = saved.error
    return {
        'target': saved.text,
        'model_id': saved.model_id,
        'name': saved.name,
        'state': saved.state,
        'error': error_entry(error.code, error.details) if error else None,
    }


def update(arguments: argparse.Namespace, environment: Environment) -> int:
    """Ask Civitai again for the saved models that are named, or for all: the code of what ended it
    early, else 5 when some could not be asked for.
    """
    app = environment.open_app()
    refresher = app.shortcuts.refresher
    named = saved_models(app, arguments.ids, environment) if arguments.ids else Named([])
    refresher.start(named.ids or None)
    interrupted = _follow(app, environment)
    progress = refresher.progress()
    _print_progress(progress, named, arguments, environment)
    if not interrupted and progress.problem is None:
        interrupted = _wait_for_pictures(app, environment)
    if interrupted:
        environment.say('cli.shortcut.interrupted')
        return ExitCode.INTERRUPTED
    if progress.problem is not None:
        environment.say_line(i18n.error_text(progress.problem))
        return progress.problem.exit_code
    return NetworkError.exit_code if progress.failed else named.code


def _follow(app: App, environment: Environment) -> bool:
    """Wait until it has ended, or rests because of a problem; whether Ctrl-C ended it."""
    refresher = app.shortcuts.refresher
    try:
        while not refresher.wait(_LOOK_SECONDS):
            _draw(refresher.progress(), environment)
        return False
    except KeyboardInterrupt:
        return True
    finally:
        refresher.stop()
        while refresher.progress().running and refresher.progress().problem is None:
            refresher.wait(_LOOK_SECONDS)
        if environment.stderr.isatty() and not environment.quiet:
            environment.stderr.write('\r\x1b[K')


def _draw(progress: RefreshProgress, environment: Environment) -> None:
    """How far it is, on a terminal."""
    if environment.stderr.isatty() and not environment.quiet:
        line = i18n.text('cli.shortcut.updating', done=progress.done, total=progress.total)
        environment.stderr.write(f'\r\x1b[K{line}')
        environment.stderr.flush()


def _print_progress(
    progress: RefreshProgress,
    named: Named,
    arguments: argparse.Namespace,
    environment: Environment,
) -> None:
    counted = {
        name: getattr(progress, name) for name in ('total', 'done', 'changed', 'gone', 'failed')
    }
    if not arguments.json:
        print(i18n.text('cli.shortcut.updated', **counted), file=environment.stdout)
        return
    problem = progress.problem
    error = error_entry(problem.code, problem.details) if problem else None
    print_json({**counted, 'error': error, 'errors': named.errors}, environment.stdout)
