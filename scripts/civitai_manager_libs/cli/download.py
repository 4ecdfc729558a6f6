"""``download``: models by link, verified; also any file of another server."""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import i18n, setting
from ..app import App
from ..domain.target_types import FileFilter, Target
from ..domain.targets import parse_target
from ..domain.task import Order, State, Task
from ..errors import ExitCode, FileUnreadable, OneNameForMany, ShortcutError
from ..transfers.plan import Plan
from ..util import size_text
from .environment import Environment
from .output import exit_code_of_task, failed_entry, print_json, task_entry, task_line
from .progress import Progress

_SHA256 = re.compile(r'[0-9a-fA-F]{64}')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``download`` understands."""

    def option(*names: str, **keywords: Any) -> None:
        key = names[0].lstrip('-').replace('-', '_')
        parser.add_argument(*names, help=i18n.text(f'cli.download.{key}'), **keywords)

    option('targets', nargs='*', metavar='TARGET')
    option('--from', dest='from_file', type=Path, metavar='FILE')
    option('--file-id', type=int, metavar='N')
    option('--all-files', action='store_true')
    option('--all-versions', action='store_true')
    option('--type', metavar='T')
    option('--format', metavar='F')
    option('--fp', metavar='P')
    option('--size', metavar='S')
    place = parser.add_mutually_exclusive_group()
    place.add_argument('--dir', type=Path, metavar='DIR', help=i18n.text('cli.download.dir'))
    place.add_argument('--out', type=Path, metavar='FILE', help=i18n.text('cli.download.out'))
    option('--priority', type=_priority, default=0, metavar='N')
    option('--sha256', type=_sha256, metavar='HEX')
    ending = parser.add_mutually_exclusive_group()
    enqueue, plan = i18n.text('cli.download.enqueue'), i18n.text('cli.download.plan')
    ending.add_argument('--enqueue', action='store_true', help=enqueue)
    ending.add_argument('--plan', action='store_true', help=plan)
    option('--json', action='store_true')
    parser.set_defaults(usage_error=parser.error)


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Exit code of the first target that failed, 0 if none did."""
    texts = [*arguments.targets, *_lines(arguments.from_file)]
    if not texts:
        arguments.usage_error(i18n.text('cli.download.nothing'))
    if arguments.out is not None and (arguments.out.name in ('', '..') or arguments.out.is_dir()):
        arguments.usage_error(i18n.text('cli.download.out_shape'))
    app = environment.open_app()
    job = _Job(app, environment, _order(arguments), arguments.json)
    job.plan(texts, one_name=arguments.out is not None)
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
    return job.code(settled=not arguments.enqueue)


def _priority(text: str) -> int:
    if not re.fullmatch(r'[+-]?[0-9]{1,6}', text):
        raise argparse.ArgumentTypeError(i18n.text('cli.download.priority_shape'))
    return int(text)


def _sha256(text: str) -> str:
    if not _SHA256.fullmatch(text):
        raise argparse.ArgumentTypeError(i18n.text('cli.download.sha256_shape'))
    return text.lower()


def _lines(path: Path | None) -> list[str]:
    """One target a line; empty lines and those that begin with ``#`` are passed over; ``-`` is
    standard input.
    """
    if path is None:
        return []
    try:
        if str(path) == '-':
            content = sys.stdin.read()
        else:
            content = path.read_text(encoding='utf-8-sig')
    except OSError as error:
        raise FileUnreadable(path=str(path), reason=error.strerror or '') from error
    except UnicodeDecodeError as error:
        raise FileUnreadable(path=str(path), reason='not UTF-8') from error
    lines = (line.strip() for line in content.splitlines())
    return [line for line in lines if line and not line.startswith('#')]


def _order(arguments: argparse.Namespace) -> Order:
    folder, name = arguments.dir, None
    if arguments.out is not None:
        folder, name = arguments.out.parent, arguments.out.name
    return Order(
        wanted=FileFilter(
            file_id=arguments.file_id,
            type=arguments.type,
            format=arguments.format,
            size=arguments.size,
            fp=arguments.fp,
        ),
        all_files=arguments.all_files,
        all_versions=arguments.all_versions,
        folder=str(folder.expanduser().absolute()) if folder is not None else None,
        file_name=name,
        sha256=arguments.sha256,
        priority=arguments.priority,
    )


@dataclass
class _Item:
    """One target on its way through the command."""

    text: str
    plan: Plan | None = None
    error: ShortcutError | None = None
    tasks: list[Task] = field(default_factory=list)


class _Job:
    """All targets of one call."""

    def __init__(self, app: App, environment: Environment, order: Order, as_json: bool) -> None:
        self._engine = app.engine
        self._environment = environment
        self._order = order
        self._json = as_json
        self._items: list[_Item] = []

    def plan(self, texts: list[str], one_name: bool) -> None:
        """Find out what each target comes to; a failure is kept with its target and the others go
        on.
        """
        if one_name and len(texts) > 1:
            raise OneNameForMany(count=len(texts))
        for text in texts:
            item = _Item('')
            try:
                target = self._target(text, item)
                item.plan = self._engine.plan(target, self._order)
            except ShortcutError as error:
                item.error = error
                if not item.text:
                    item.text = str(error.details.get('text', ''))
            self._items.append(item)

    def _target(self, text: str, item: _Item) -> Target:
        target = parse_target(text, setting.current().civitai_base_url)
        item.text = target.text
        return target

    def enqueue(self) -> None:
        for item in self._items:
            if item.plan is not None:
                item.tasks = self._engine.enqueue(item.plan)
                self._warn(item.plan)

    def _warn(self, plan: Plan) -> None:
        for file, key in plan.skipped:
            self._environment.say(key, file=file.name, file_id=file.id)
        for download in plan.downloads:
            for key in download.warnings:
                self._environment.say(key, file=download.file_name)

    def wait(self) -> None:
        """Work on our tasks until all have ended; Ctrl-C leaves them paused with what has
        arrived.
        """
        ids = [task.id for item in self._items for task in item.tasks]
        if not ids:
            return
        progress = Progress(self._environment.stderr, self._environment.quiet)
        self._engine.start(ids)
        try:
            self._engine.wait(ids, progress.show)
        finally:
            progress.end()
            self._engine.stop(State.PAUSED)
            for item in self._items:
                item.tasks = [self._engine.task(task.id) for task in item.tasks]

    def report(self, queued: bool) -> None:
        """The JSON document, or a line for each download."""
        if self._json:
            entries = [entry for item in self._items for entry in _entries(item)]
            print_json({'downloads': entries}, self._environment.stdout)
            return
        for item in self._items:
            if item.error is not None:
                print(i18n.error_text(item.error), file=self._environment.stderr)
            for task in item.tasks:
                failed = not queued and task.state is not State.DONE
                stream = self._environment.stderr if failed else self._environment.stdout
                print(task_line(task), file=stream)

    def print_plan(self) -> None:
        """What would be done."""
        plans = [(item, item.plan) for item in self._items if item.plan is not None]
        failed = [item for item in self._items if item.error is not None]
        if self._json:
            document = {
                'plan': [entry for _, plan in plans for entry in _plan_entries(plan)],
                'skipped': [entry for _, plan in plans for entry in _skip_entries(plan)],
                'errors': [entry for item in failed for entry in _entries(item)],
            }
            print_json(document, self._environment.stdout)
            return
        for _, plan in plans:
            self._warn(plan)
            for entry in _plan_entries(plan):
                size = size_text(entry['bytes']) if entry['bytes'] else '?'
                line = i18n.text('cli.download.would', **{**entry, 'bytes': size})
                print(line, file=self._environment.stdout)
        for item in failed:
            if item.error is not None:
                print(i18n.error_text(item.error), file=self._environment.stderr)

    def code(self, settled: bool = False) -> int:
        """Of the first target that failed."""
        for item in self._items:
            if item.error is not None:
                return item.error.exit_code
            for task in item.tasks if settled else []:
                if task.state is not State.DONE:
                    return exit_code_of_task(task)
        return ExitCode.DONE


def _entries(item: _Item) -> list[dict[str, Any]]:
    if item.error is not None:
        return [failed_entry(item.text, item.error)]
    return [task_entry(task) for task in item.tasks]


def _plan_entries(plan: Plan) -> list[dict[str, Any]]:
    return [
        {
            'target': download.target,
            'name': download.name,
            'version': download.version_name,
            'path': str(Path(download.folder) / download.file_name),
            'bytes': download.size_estimate,
            'sha256': download.hashes.get('SHA256', '').lower() or None,
            'model_id': download.model_id,
            'version_id': download.version_id,
            'file_id': download.file_id,
            'warnings': list(download.warnings),
        }
        for download in plan.downloads
    ]


def _skip_entries(plan: Plan) -> list[dict[str, Any]]:
    return [
        {'file': file.name, 'file_id': file.id, 'reason': key.rpartition('.')[2]}
        for file, key in plan.skipped
    ]
