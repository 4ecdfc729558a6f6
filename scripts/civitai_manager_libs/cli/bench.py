"""``bench``: measured comparisons with other tools, printed and written into the documents."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

from .. import i18n
from ..errors import ExitCode
from .environment import Environment

_CHECKOUT = Path(__file__).resolve().parents[3]
_PAGE = _CHECKOUT / 'docs' / 'benchmarks.md'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``bench`` understands."""
    parser.add_argument('names', nargs='*', metavar='NAME', help=i18n.text('cli.bench.names'))
    parser.add_argument('--mib', type=int, metavar='N', help=i18n.text('cli.bench.mib'))
    parser.add_argument(
        '--rounds', type=int, default=5, metavar='N', help=i18n.text('cli.bench.rounds')
    )
    parser.add_argument('--no-page', action='store_true', help=i18n.text('cli.bench.no_page'))
    parser.set_defaults(usage_error=parser.error)


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Run the benchmarks called by name, all of them without one."""
    if not (_CHECKOUT / 'benchmarks').is_dir() or not hasattr(os, 'wait4'):
        environment.say('cli.bench.not_here')
        return ExitCode.USAGE
    sys.path.insert(0, str(_CHECKOUT))
    known = import_module('benchmarks.known').BENCHMARKS
    unknown = [name for name in arguments.names if name not in known]
    if unknown:
        choices = ', '.join(known)
        arguments.usage_error(i18n.text('cli.bench.unknown', name=unknown[0], known=choices))
    for name in arguments.names or known:
        benchmark, mib = known[name]
        environment.say('cli.bench.runs', name=name)
        with tempfile.TemporaryDirectory() as folder:
            tables = benchmark(Path(folder), arguments.mib or mib, max(1, arguments.rounds))
        text = '\n\n'.join(table.markdown() for table in tables)
        print(text + '\n', file=environment.stdout, flush=True)
        if not arguments.no_page:
            _write(name, f'{text}\n\n{_where(arguments.rounds)}')
    return ExitCode.DONE


def _where(rounds: int) -> str:
    system = f'{platform.system()} {platform.machine()}, {os.cpu_count()} processors'
    return f'{system}, Python {platform.python_version()}, loopback, medians of {rounds}.'


def _write(name: str, text: str) -> None:
    """Replace the section of ``name`` on the page that the documents show."""
    page = _PAGE.read_text(encoding='utf-8')
    begin, end = f'<!-- {name} -->', f'<!-- /{name} -->'
    section = re.compile(re.escape(begin) + '.*?' + re.escape(end), re.DOTALL)

    def filled(_: Any) -> str:
        return f'{begin}\n{text}\n{end}'

    _PAGE.write_text(section.sub(filled, page), encoding='utf-8')
