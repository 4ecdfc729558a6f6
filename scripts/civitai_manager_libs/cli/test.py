"""``test``: every check of the repository, or pytest alone when arguments for it are given."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from civitai_manager_libs.testing import browser, host_environments
from civitai_manager_libs.testing.checks import Check, python, run_all
from civitai_manager_libs.testing.messages import say

_CHECKOUT = Path(__file__).resolve().parents[3]
_LINT_IMPORTS = (
    'import sys; sys.path.insert(0, "scripts"); '
    'from importlinter.cli import lint_imports_command; lint_imports_command()'
)
# A file stays with one worker: what its fixtures start is started once.
_PYTEST_IN_TWO = ('-m', 'pytest', '-n', '2', '--dist', 'loadfile', '--durations=15')
_HOSTS = '--hosts'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Hand everything behind ``test`` to pytest, also what begins with a dash."""
    parser.set_defaults(print_help=parser.print_help)
    # Without this argparse would claim "-k" or "-x" for itself and refuse them.
    parser.prefix_chars = '\0'
    parser.add_argument(
        'pytest_arguments',
        nargs=argparse.REMAINDER,
        help='run only pytest, with these arguments; with --hosts, only the tests with the Gradio '
        'of each WebUI; without any, run all checks',
    )


def run(arguments: argparse.Namespace, environment: object) -> int:
    """0 when everything passed, 1 when not; pytest's own exit code when it was run alone."""
    if arguments.pytest_arguments in (['-h'], ['--help']):
        arguments.print_help()
        return 0
    if not (_CHECKOUT / 'tests').is_dir():
        say('no_checkout')
        return 2
    if arguments.pytest_arguments[:1] == [_HOSTS]:
        return 0 if run_all(_of_hosts(arguments.pytest_arguments[1:])) else 1
    if arguments.pytest_arguments:
        return _run_pytest(arguments.pytest_arguments)
    return 0 if run_all(_checks()) else 1


def _run_pytest(arguments: list[str]) -> int:
    path = browser.find()
    if path is None:
        say('browser_hint')
    return python(['-m', 'pytest', *arguments], _CHECKOUT, _variables(path))


def _checks() -> list[Check]:
    return [
        Check('browser', _has_browser),
        Check('black', lambda: _passes('-m', 'black', '--check', '.')),
        Check('flake8', lambda: _passes('-m', 'flake8')),
        Check('mypy', lambda: _passes('-m', 'mypy')),
        Check('import-linter', lambda: _passes('-c', _LINT_IMPORTS)),
        Check('pytest', _tests_pass),
        Check('coverage', _coverage_suffices),
        Check('hosts', _hosts_pass),
    ]


def _of_hosts(more: list[str]) -> list[Check]:
    return [Check('browser', _has_browser), Check('hosts', lambda: _hosts_pass(*more))]


def _has_browser() -> bool:
    path = browser.ensure()
    if path is None:
        say('browser_none')
        return False
    say('browser_found', path=path)
    # The checks that follow, and the worker processes of pytest, find it at once.
    os.environ[browser.VARIABLE] = path
    return True


def _tests_pass() -> bool:
    _passes('-m', 'coverage', 'erase')
    return _passes('-m', 'coverage', 'run', *_PYTEST_IN_TWO, '-m', 'not hosts')


def _hosts_pass(*more: str) -> bool:
    """After coverage: the programs run there on other Pythons, and what they cover is not ours to
    count.
    """
    return host_environments.ensure() and _passes(
        *_PYTEST_IN_TWO, '-m', 'hosts', 'tests/hosts', *more
    )


def _coverage_suffices() -> bool:
    return _passes('-m', 'coverage', 'combine', '--quiet') and _passes('-m', 'coverage', 'report')


def _passes(*arguments: str) -> bool:
    return python(arguments, _CHECKOUT, _variables(os.environ.get(browser.VARIABLE))) == 0


def _variables(path: str | None) -> dict[str, str]:
    variables = dict(os.environ)
    if path is not None:
        variables[browser.VARIABLE] = path
    return variables
