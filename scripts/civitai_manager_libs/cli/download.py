"""``download``: models by link or by search, verified; also any file of another server."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from .. import i18n
from ..domain.search import ModelQuery
from ..domain.target_types import FileFilter
from ..domain.task import Order
from ..util import from_home
from .download_job import Item, Job, read_targets
from .environment import Environment
from .line_files import lines_of
from .search_options import add_search_arguments, filters_given, narrowed_query

_SHA256 = re.compile(r'[0-9a-fA-F]{64}')
_MOST_CONNECTIONS = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``download`` understands."""

    def option(*names: str, **keywords: Any) -> None:
        key = names[0].lstrip('-').replace('-', '_')
        parser.add_argument(*names, help=i18n.text(f'cli.download.{key}'), **keywords)

    option('targets', nargs='*', metavar='TARGET')
    option('--from', dest='from_file', type=Path, metavar='FILE')
    option('--search', nargs='?', const='', metavar='QUERY')
    option('--type', action='append', metavar='T')
    add_search_arguments(parser)
    option('--file-id', type=int, metavar='N')
    option('--all-files', action='store_true')
    option('--all-versions', action='store_true')
    option('--format', metavar='F')
    option('--fp', metavar='P')
    option('--size', metavar='S')
    place = parser.add_mutually_exclusive_group()
    place.add_argument('--dir', type=Path, metavar='DIR', help=i18n.text('cli.download.dir'))
    place.add_argument('--out', type=Path, metavar='FILE', help=i18n.text('cli.download.out'))
    option('--connections', type=_connections, default=0, metavar='N')
    option('--priority', type=_priority, default=0, metavar='N')
    option('--sha256', type=_sha256, metavar='HEX')
    option('--no-sidecars', dest='sidecars', action='store_false')
    option('--reuse', choices=('link', 'copy', 'no'), default='')
    ending = parser.add_mutually_exclusive_group()
    enqueue, plan = i18n.text('cli.download.enqueue'), i18n.text('cli.download.plan')
    ending.add_argument('--enqueue', action='store_true', help=enqueue)
    ending.add_argument('--plan', action='store_true', help=plan)
    option('--json', action='store_true')
    parser.set_defaults(usage_error=parser.error)


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Exit code of the first target that failed, 0 if none did."""
    texts = list(arguments.targets)
    if arguments.from_file is not None:
        texts += lines_of(arguments.from_file)
    _check(arguments, texts)
    app = environment.open_app()
    items = read_targets(texts)
    if arguments.search is not None:
        items.append(Item(query=ModelQuery(text=arguments.search.strip())))
    _check_items(arguments, items)
    job = Job(app, environment, arguments, _order(arguments), items)
    job.plan()
    if arguments.plan:
        job.print_plan()
        return job.code()
    job.enqueue()
    try:
        if not arguments.enqueue:
            job.wait()
    except KeyboardInterrupt:
        if arguments.json:  # whoever reads it learns what is left to go on with
            job.report(queued=False)
        raise
    job.report(arguments.enqueue)
    return job.code(ended=not arguments.enqueue)


def _check(arguments: argparse.Namespace, texts: list[str]) -> None:
    """What can be told before anything is looked at."""
    if not texts and arguments.search is None:
        arguments.usage_error(i18n.text('cli.download.nothing'))
    if arguments.search is not None:
        if not narrowed_query(arguments, ModelQuery(text=arguments.search.strip())).narrowed:
            arguments.usage_error(i18n.text('cli.download.search_nothing'))
    if arguments.out is not None and (arguments.out.name in ('', '..') or arguments.out.is_dir()):
        arguments.usage_error(i18n.text('cli.download.out_shape'))


def _check_items(arguments: argparse.Namespace, items: list[Item]) -> None:
    """``--type`` is the type of a model in a search and that of a file elsewhere."""
    searched = any(item.query is not None for item in items)
    single = any(item.target is not None for item in items)
    if searched and (arguments.file_id is not None or arguments.sha256 is not None):
        arguments.usage_error(i18n.text('cli.download.for_one_file'))
    if filters_given(arguments) and not searched and single:
        arguments.usage_error(i18n.text('cli.download.filters_alone'))
    if single and arguments.type and (searched or len(arguments.type) > 1):
        arguments.usage_error(i18n.text('cli.download.type_of_what'))


def _connections(text: str) -> int:
    if not re.fullmatch(f'[1-{_MOST_CONNECTIONS}]', text):
        allowed = i18n.text('cli.download.connections_shape', most=_MOST_CONNECTIONS)
        raise argparse.ArgumentTypeError(allowed)
    return int(text)


def _priority(text: str) -> int:
    if not re.fullmatch(r'[+-]?[0-9]{1,6}', text):
        raise argparse.ArgumentTypeError(i18n.text('cli.download.priority_shape'))
    return int(text)


def _sha256(text: str) -> str:
    if not _SHA256.fullmatch(text):
        raise argparse.ArgumentTypeError(i18n.text('cli.download.sha256_shape'))
    return text.lower()


def _order(arguments: argparse.Namespace) -> Order:
    """What is wanted of each target, all options taken as those of files."""
    folder, name = arguments.dir, None
    if arguments.out is not None:
        folder, name = arguments.out.parent, arguments.out.name
    return Order(
        wanted=FileFilter(
            file_id=arguments.file_id,
            type=arguments.type[0] if arguments.type else None,
            format=arguments.format,
            size=arguments.size,
            fp=arguments.fp,
        ),
        all_files=arguments.all_files,
        all_versions=arguments.all_versions,
        folder=str(from_home(folder).absolute()) if folder is not None else None,
        file_name=name,
        sha256=arguments.sha256,
        priority=arguments.priority,
        connections=arguments.connections,
        sidecars=arguments.sidecars,
        reuse=arguments.reuse,
    )
