"""``queue``: the downloads that wait, move and have ended, also of a page that runs in another
process.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from .. import i18n, setting
from ..domain.quiet import rests_until
from ..domain.task import MOVING, State, Task
from ..downloader import DownloadEngine
from ..entries import error_entry, note_entries
from ..errors import ExitCode, TaskUnknown
from ..transfers.snapshot import Snapshot
from ..util import size_text
from ..wording import percent_text, speed_text
from .environment import Environment
from .output import label, print_json

Verb = Callable[[DownloadEngine, Iterable[int]], list[Task]]

_VERBS: dict[str, Verb] = {
    'pause': DownloadEngine.pause,
    'resume': DownloadEngine.resume,
    'cancel': DownloadEngine.cancel,
    'retry': DownloadEngine.retry,
    'prioritize': DownloadEngine.prioritise,
    'up': DownloadEngine.move_up,
    'down': DownloadEngine.move_down,
    'clear': DownloadEngine.clear_finished,
}
_MOVES = ('prioritize', 'up', 'down')
_FOR_ALL_UNASKED = ('list', 'clear')
_GROUPS = (
    MOVING,
    (State.QUEUED,),
    (State.PAUSED, State.FAILED),
    (State.DONE,),
    (State.CANCELLED,),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``queue`` understands."""
    commands = parser.add_subparsers(dest='action', required=True, metavar='ACTION')
    for name in ('list', *_VERBS):
        about = i18n.text(f'cli.queue.{name}')
        command = commands.add_parser(name, help=about, description=about)
        ids = i18n.text('cli.queue.ids')
        command.add_argument('ids', nargs='*', type=int, metavar='ID', help=ids)
        command.add_argument('--all', action='store_true', help=i18n.text('cli.queue.all'))
        command.add_argument('--json', action='store_true', help=i18n.text('cli.download.json'))
        command.set_defaults(usage_error=command.error)


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Do what was asked and print the downloads concerned."""
    action = arguments.action
    if action in _MOVES and arguments.all:
        arguments.usage_error(i18n.text('cli.queue.which_move'))
    everything = arguments.all or (action in _FOR_ALL_UNASKED and not arguments.ids)
    if not (everything or arguments.ids):
        arguments.usage_error(i18n.text('cli.queue.which'))
    engine = environment.open_app().engine
    snapshot = engine.snapshot()
    known = {task.id: task for task in sorted(snapshot.tasks, key=_place)}
    unknown = [task_id for task_id in arguments.ids if task_id not in known]
    if unknown:
        raise TaskUnknown(task_id=unknown[0])
    wanted = list(known) if everything else list(dict.fromkeys(arguments.ids))
    if action == 'list':
        tasks = [known[task_id] for task_id in wanted]
    else:
        tasks = _VERBS[action](engine, wanted)
    resting = _rests_until(snapshot) if action == 'list' else ''
    if resting and not arguments.json:
        environment.say('page.quiet_rest', time=resting)
    _report(tasks, arguments, environment, resting)
    if action == 'list' and snapshot.tasks and not arguments.json:
        environment.say_line(_totals(snapshot))
    return ExitCode.DONE


def _place(task: Task) -> tuple[int, float, float, int]:
    """What moves stands first, then what waits, in the order in which it gets its turn."""
    group = next(number for number, states in enumerate(_GROUPS) if task.state in states)
    if task.state is State.QUEUED:
        return group, -task.order.priority, task.rank, task.id
    return group, 0, 0, task.id


def _rests_until(snapshot: Snapshot) -> str:
    """When the quiet hours let what waits run again; '' when they keep nothing."""
    waiting = any(task.state is State.QUEUED for task in snapshot.tasks)
    return rests_until(setting.current().quiet, time.localtime()) if waiting else ''


def _report(
    tasks: list[Task], arguments: argparse.Namespace, environment: Environment, resting: str
) -> None:
    if arguments.json:
        document: dict[str, Any] = {'downloads': [_entry(task) for task in tasks]}
        if resting:
            document['resting_until'] = resting
        print_json(document, environment.stdout)
        return
    for task in tasks:
        print(_line(task), file=environment.stdout)
    if not tasks:
        listing = arguments.action == 'list'
        environment.say('cli.queue.none' if listing else 'cli.queue.unchanged')


def _totals(snapshot: Snapshot) -> str:
    """How many are in each state, how much is still to come, how fast it comes."""
    states = Counter(task.state for task in snapshot.tasks)
    parts = [
        f'{i18n.text(f"state.{state.value}")} {states[state]}'
        for group in _GROUPS
        for state in group
        if states[state]
    ]
    if snapshot.left:
        parts.append(i18n.text('cli.queue.left', size=size_text(snapshot.left)))
    if snapshot.speed:
        parts.append(speed_text(snapshot.speed))
    return ' · '.join(parts)


def _entry(task: Task) -> dict[str, Any]:
    order = task.order
    return {
        'id': task.id,
        'name': label(task),
        'state': task.state.value,
        'priority': order.priority,
        'bytes': task.received,
        'total_bytes': task.size,
        'speed_bps': round(task.speed),
        'seconds_left': task.seconds_left,
        'connections': task.connections,
        'error': error_entry(task.error_code, task.error_details),
        'notes': note_entries(task),
        'target': order.target,
        'model_id': order.model_id,
        'version_id': order.version_id,
        'file_id': order.file_id,
        'folder': order.folder,
        'file_name': order.file_name,
        'path': task.path,
        'verified': task.verified,
        'sha256': task.sha256,
        'parent_id': task.parent_id,
        'attempts': task.attempts,
        'created': task.created,
        'finished': task.finished,
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
