"""The targets and searches of one ``download`` on their way from words to files."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field, replace

from .. import i18n, setting
from ..app import App
from ..domain.search import ModelQuery, query_of
from ..domain.target_types import Target, TargetKind
from ..domain.targets import parse_target
from ..domain.task import Order, State, Task
from ..entries import task_entry
from ..errors import ExitCode, NothingFound, OneNameForMany, ShortcutError
from ..transfers.batch import Totals, totals
from ..transfers.following import Following, downloads_of
from ..transfers.plan import Plan
from .environment import Environment
from .output import exit_code_of_task, failed_entry, note_lines, print_json, task_line
from .plan_output import Known, plan_document, plan_lines, say_plan, totals_lines
from .progress import Progress
from .reuse import settled
from .search_options import filters_in_words, limit_of, narrowed_query

_MOST_OFFERED = 10
_LISTS = (TargetKind.CREATOR, TargetKind.LISTING)


@dataclass
class Item:
    """One target or search: ``query`` for what means many models, ``target`` for all else, neither
    for what could not be read.
    """

    text: str = ''
    target: Target | None = None
    query: ModelQuery | None = None
    plan: Plan | None = None
    error: ShortcutError | None = None
    tasks: list[Task] = field(default_factory=list)


def read_targets(texts: list[str]) -> list[Item]:
    """What each of ``texts`` names; what names nothing has its error."""
    items = []
    for text in texts:
        item = Item()
        try:
            target = parse_target(text, setting.current().civitai_base_url)
            item.text = target.text
            if target.kind in _LISTS:
                item.query = query_of(target)
            else:
                item.target = target
        except ShortcutError as error:
            item.error = error
            item.text = item.text or str(error.details.get('text', ''))
        items.append(item)
    return items


class Job:
    """All targets and searches of one call."""

    def __init__(
        self,
        app: App,
        environment: Environment,
        arguments: argparse.Namespace,
        order: Order,
        items: list[Item],
    ) -> None:
        self._engine = app.engine
        self._shortcuts = app.shortcuts
        self._environment = environment
        self._arguments = arguments
        self._order = order
        self._items = items
        self._companions: list[Task] = []
        self._existing: set[str] = set()
        self._following: Following = {}

    # --- planning ---------------------------------------------------------------------------------

    def plan(self) -> None:
        """Find out what each item comes to; a failure is kept with its item and the others go
        on.
        """
        if self._order.file_name and len(self._items) > 1:
            raise OneNameForMany(count=len(self._items))
        for item in self._items:
            try:
                if item.query is not None:
                    item.plan = self._plan_search(item, item.query)
                elif item.target is not None:
                    item.plan = self._engine.plan(item.target, self._order)
            except ShortcutError as error:
                item.error = error
        whole = self._whole_plan()
        self._existing = self._engine.existing(whole.downloads)
        self._following = self._engine.following(whole)

    def _plan_search(self, item: Item, given: ModelQuery) -> Plan:
        query = narrowed_query(self._arguments, given)
        item.text = item.text or query.address
        self._environment.say('cli.download.searching', what=query.address)
        if not query.nsfw:
            self._environment.say('cli.download.pg_only')
        order = replace(self._order, wanted=replace(self._order.wanted, type=None))
        plan = self._engine.plan_search(query, order, limit_of(self._arguments, query))
        if plan.listed is not None and not plan.listed.models:
            item.error = NothingFound(filters=filters_in_words(query) or query.address)
        return plan

    def _whole_plan(self) -> Plan:
        plans = [item.plan for item in self._items if item.plan is not None]
        return Plan(
            tuple(download for plan in plans for download in plan.downloads),
            companions={key: each for plan in plans for key, each in plan.companions.items()},
        )

    def print_plan(self) -> None:
        """What would be done."""
        plans = [item.plan for item in self._items if item.plan is not None]
        for item in self._items:
            self._say(item)
        if self._arguments.json:
            errors = [entry for item in self._items if item.error for entry in _entries(item)]
            document = plan_document(plans, self._known(), self._totals(), errors)
            print_json(document, self._environment.stdout)
            return
        for line in (*plan_lines(plans, self._known()), *totals_lines(self._totals())):
            print(line, file=self._environment.stdout)
        self._print_errors()

    def _totals(self) -> Totals:
        downloads = [*self._whole_plan().downloads, *downloads_of(self._following)]
        return totals(downloads, self._existing)

    def _known(self) -> Known:
        return Known(self._existing, self._following)

    def _say(self, item: Item) -> None:
        if item.plan is not None:
            say_plan(item.plan, self._environment)

    # --- doing ------------------------------------------------------------------------------------

    def enqueue(self) -> None:
        """Queue everything at once. Nobody is asked about single files of a search."""
        for item in self._items:
            self._say(item)
            if item.plan is not None and item.query is None:
                item.plan = settled(item.plan, self._order, self._engine, self._environment)
        figures = self._totals()
        for line in totals_lines(figures) if figures.count > 1 else ():
            self._environment.say_line(line)
        tasks = iter(self._engine.enqueue(self._whole_plan()))
        for item in self._items:
            if item.plan is not None:
                item.tasks = [next(tasks) for _ in item.plan.downloads]

    def wait(self) -> None:
        """Work on our tasks until all have ended; Ctrl-C leaves them paused with what has
        arrived.
        """
        ids = list(dict.fromkeys(task.id for item in self._items for task in item.tasks))
        if not ids:
            return
        progress = Progress(self._environment.stderr, self._environment.quiet)
        self._engine.start(ids)
        try:
            self._engine.wait(ids, progress.show)
        finally:
            progress.end()
            self._engine.stop(State.PAUSED)
            self._look_again(ids)

    def _look_again(self, ids: list[int]) -> None:
        found = {task.id: task for task in self._engine.tasks(ids)}
        for item in self._items:
            item.tasks = [found[task.id] for task in item.tasks]
        ordered = set(ids)
        self._companions = [task for task in found.values() if task.id not in ordered]

    # --- reporting --------------------------------------------------------------------------------

    def report(self, queued: bool) -> None:
        """The JSON document, or a line for each download. What follows a download, such as a VAE of
        its version, stands apart: it was not ordered.
        """
        self._say_companions()
        if self._arguments.json:
            entries = [entry for item in self._items for entry in _entries(item)]
            companions = [task_entry(task) for task in self._companions]
            document = {'downloads': entries, 'companions': companions}
            print_json(document, self._environment.stdout)
            return
        self._print_errors()
        for task in (task for item in self._items for task in item.tasks):
            failed = not queued and task.state is not State.DONE
            stream = self._environment.stderr if failed else self._environment.stdout
            print(task_line(task), file=stream)
        for task in self._companions:
            if task.state is State.DONE:
                print(task_line(task), file=self._environment.stdout)
        if not queued:
            self._offer()

    def _offer(self) -> None:
        """How to save the models of which something has arrived, if they are not saved."""
        tasks = [task for item in self._items for task in item.tasks if task.state is State.DONE]
        names = {task.order.model_id: task.order.name for task in tasks if task.order.model_id}
        saved = self._shortcuts.saved(list(names))
        left = {number: name for number, name in names.items() if number not in saved}
        if left:
            shown = dict(list(left.items())[:_MOST_OFFERED])
            listed = ', '.join(name or str(number) for number, name in shown.items())
            words = ' '.join(map(str, shown))
            self._environment.say(
                'cli.download.offer', names=listed, command=f'shortcut add {words}'
            )

    def _say_companions(self) -> None:
        for task in (*(task for item in self._items for task in item.tasks), *self._companions):
            for line in note_lines(task):
                self._environment.say_line(line)
        for task in self._companions:
            if task.state is not State.DONE:
                line = i18n.text('cli.download.companion', line=task_line(task))
                self._environment.say_line(line)

    def _print_errors(self) -> None:
        for item in self._items:
            if item.error is not None:
                print(i18n.error_text(item.error), file=self._environment.stderr)

    def code(self, ended: bool = False) -> int:
        """Of the first target that failed."""
        for item in self._items:
            if item.error is not None:
                return item.error.exit_code
            for task in item.tasks if ended else []:
                if task.state is not State.DONE:
                    return exit_code_of_task(task)
        return ExitCode.DONE


def _entries(item: Item) -> list[dict[str, object]]:
    if item.error is not None:
        return [failed_entry(item.text, item.error)]
    return [task_entry(task) for task in item.tasks]
