"""``queue``: the downloads that wait, move and have ended, also of a page that runs in another
process.
"""

from __future__ import annotations

import argparse
from typing import Any

from .. import i18n
from ..domain.task import Task
from ..downloader import DownloadEngine
from ..errors import ExitCode, TaskUnknown
from ..util import size_text
from ..wording import percent_text, speed_text
from .environment import Environment
from .output import error_entry, label, print_json

_VERBS = {
    'pause': DownloadEngine.pause,
    'resume': DownloadEngine.resume,
    'cancel': DownloadEngine.cancel,
    'retry': DownloadEngine.retry,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``queue`` understands."""
    commands = parser.add_subparsers(dest='action', required=True, metavar='ACTION')
    for name in ('list', *_VERBS):
        about = i18n.text(f'cli.queue.{name}')
        command = commands.add_parser(name, help=about, description=about)
        ids = i18n.text('cli.queue.ids')
        command.add_argument('ids', nargs='*', type=int, metavar='ID', help=ids)
        if name != 'list':
            command.add_argument('--all', action='store_true', help=i18n.text('cli.queue.all'))
        command.add_argument('--json', action='store_true', help=i18n.text('cli.download.json'))
        command.set_defaults(usage_error=command.error)


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Do what was asked and print the downloads concerned."""
    listing = arguments.action == 'list'
    everything = not arguments.ids if listing else arguments.all
    if not (everything or arguments.ids):
        arguments.usage_error(i18n.text('cli.queue.which'))
    engine = environment.open_app().engine
    known = {task.id: task for task in engine.snapshot().tasks}
    unknown = [task_id for task_id in arguments.ids if task_id not in known]
    if unknown:
        raise TaskUnknown(task_id=unknown[0])
    wanted = list(known) if everything else arguments.ids
    if listing:
        tasks = [known[task_id] for task_id in wanted]
    else:
        tasks = _VERBS[arguments.action](engine, wanted)
    if arguments.json:
        document = {'downloads': [_entry(task) for task in tasks]}
        print_json(document, environment.stdout)
    else:
        for task in tasks:
            print(_line(task), file=environment.stdout)
        if not tasks:
            environment.say('cli.queue.none')
    return ExitCode.DONE


def _entry(task: Task) -> dict[str, Any]:
    return {
        'id': task.id,
        'name': label(task),
        'state': task.state.value,
        'priority': task.order.priority,
        'bytes': task.received,
        'total_bytes': task.size,
        'speed_bps': round(task.speed),
        'error': error_entry(task.error_code, task.error_details),
        'target': task.order.target,
        'path': task.path,
        'verified': task.verified,
        'sha256': task.sha256,
    }


def _line(task: Task) -> str:
    parts = [f'{task.id:>5}', i18n.text(f'state.{task.state.value}'), label(task)]
    if task.size:
        parts += [percent_text(task.received, task.size), size_text(task.size)]
    if task.speed:
        parts.append(speed_text(task.speed))
    if task.path:
        parts.append(task.path)
    if task.error_code:
        parts.append(i18n.error_code_text(task.error_code, task.error_details))
    return '  '.join(parts)
