"""``health``: whether everything is well, for a person and for a script."""

from __future__ import annotations

import argparse

from .. import health, i18n
from ..app import health_sources
from ..errors import DiskError, ExitCode, StoreDamaged, StoreLocked, StoreTooNew
from .environment import Environment
from .output import print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``health`` understands."""
    parser.add_argument('--json', action='store_true', help=i18n.text('cli.download.json'))


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Look at everything once: 0 when it is well or only something to keep an eye on, 1 for an
    error. A database that cannot be opened is one of the things to report.
    """
    try:
        environment.open_app()
    except (StoreDamaged, StoreLocked, StoreTooNew, DiskError) as error:
        health.watch(health_sources(environment.host, error))
    report = health.health_check()
    if arguments.json:
        print_json(report, environment.stdout)
    else:
        for part, state, words in health.parts(report):
            named = {'part': i18n.text(f'health.part.{part}'), 'words': words}
            line = i18n.text('cli.health.line', state=i18n.text(f'health.state.{state}'), **named)
            print(line, file=environment.stdout)
    return ExitCode.FAULT if report['status'] == health.ERROR else ExitCode.DONE
