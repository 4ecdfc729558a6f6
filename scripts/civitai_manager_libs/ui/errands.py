"""What is found out and done for pasted links in the background: looked up, read, looked for on the
disk, queued.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..domain.choice import choose_file, risk
from ..domain.placement import ensure_available
from ..domain.target_types import FileFilter, TargetKind
from ..domain.task import Order, State, Task
from ..downloader import DownloadEngine
from ..errors import ShortcutError
from ..store.files import same_disk
from ..transfers.plan import Companion, Plan
from ..transfers.resolve import Found
from .already import Already
from .choice import Batch, Choice, Offer
from .jobs import Jobs, told
from .list_figures import list_missing, list_totals
from .placing import Placing
from .save_in import Folders

_TOLD_EVERY = 100
_log = logging.getLogger('civitai_shortcut')


class _Dropped(Exception):
    """Nobody waits for the list any more."""


@dataclass(frozen=True)
class Threads:
    """Who works: on links, on lists, on the disk, on the queue. They are apart so that what takes
    minutes does not keep what takes a moment.
    """

    looking: Jobs
    listing: Jobs
    asking: Jobs
    adding: Jobs


class Errands:
    """Each method returns at once and changes the choice, below ``lock``, when more is known.

    ``direct_folder()`` is where links lead that are not Civitai's, ``folders`` are where the others
    may; ``added`` hears of a choice that is in the queue now, ``tell`` of a file that was there
    already.
    """

    def __init__(
        self,
        engine: DownloadEngine,
        threads: Threads,
        lock: threading.RLock,
        direct_folder: Callable[[], str],
        folders: Folders,
        added: Callable[[Choice], None],
        tell: Callable[[str, Task], None],
    ) -> None:
        self._engine = engine
        self._threads = threads
        self._lock = lock
        self._direct_folder = direct_folder
        self._folders = folders
        self._placing = Placing(engine, threads.looking, lock, folders)
        chosen = lambda choice: self._planned(choice).downloads[0]  # noqa: E731
        self._already = Already(engine, threads.looking, lock, chosen)
        self._added = added
        self._tell = tell

    def look_up(self, choice: Choice) -> None:
        """Find out what a link names: its versions, or the plan of its list."""
        stop = choice.begin()
        choice.change(step='waiting', error=None, asking=False)
        if choice.batch is None:
            self._threads.looking.put(lambda: self._look_up(choice, stop))
        else:
            choice.batch = replace(choice.batch, models=0, plan=None, totals=None)
            self._threads.listing.put(lambda: self._read(choice, stop))

    def _look_up(self, choice: Choice, stop: threading.Event) -> None:
        target = choice.target
        if target is None or not self._begun(choice, stop):
            return
        try:
            if target.kind is TargetKind.DIRECT:
                plan = self._engine.plan(target, Order(folder=self._direct_folder()))
                self._found(choice, stop, [], plan)
            else:
                self._found(choice, stop, self._engine.look_up(target), None)
        except Exception as error:
            self._failed(choice, stop, error)

    def _begun(self, choice: Choice, stop: threading.Event) -> bool:
        with self._lock:
            if not stop.is_set():
                choice.change(step='looking')
            return not stop.is_set()

    def _found(
        self, choice: Choice, stop: threading.Event, found: list[Found], plan: Plan | None
    ) -> None:
        with self._lock:
            if stop.is_set():
                return
            choice.change(step='found', found=found, direct=plan)
            if plan is None:
                self.settle_file(choice, keep_link=True)
            else:
                self._placing.settle_direct(choice, plan)
            if choice.wanted and choice.ready:
                self.add(choice)
            elif choice.wanted:
                choice.change(open=True, wanted=False)

    def settle_file(self, choice: Choice, keep_link: bool) -> None:
        """The usual file of the chosen version; none when it cannot be had or only risky ones are
        there.
        """
        found = choice.version
        if found is None:
            return
        wanted = found.target.wanted if keep_link else FileFilter()
        by_hash = found.target.hash if keep_link else None
        error: ShortcutError | None = None
        file_id = None
        try:
            ensure_available(found.model, found.version)
            preference = self._engine.planner.preference
            file = choose_file(found.version, wanted, preference, by_hash=by_hash)
            file_id = None if risk(file) else file.id
        except ShortcutError as problem:
            error = None if problem.code == 'pickle_refused' else problem
        choice.change(file_id=file_id, error=error)
        self.settle_place(choice)
        self.ask(choice)

    def settle_place(self, choice: Choice) -> None:
        """Find out where the chosen file goes, and then which other folders there are."""
        self._placing.settle(choice)

    # --- the same file elsewhere ------------------------------------------------------------------

    def ask(self, choice: Choice) -> None:
        """Look for the chosen file on the disk, if a person is to be asked what to do with it."""
        stop = choice.begin()
        asking = choice.file is not None and self._engine.offers(Order())
        companions = self._companions(choice) if choice.file is not None else ()
        choice.change(offer=None, asking=asking and not choice.wanted, companions=companions)
        if choice.file is not None:
            self._already.ask(choice)
        if choice.asking:
            self._threads.asking.put(lambda: self._ask(choice, stop))

    def _companions(self, choice: Choice) -> tuple[Companion, ...]:
        try:
            following = self._engine.following(self._planned(choice))
        except ShortcutError:  # said when it is queued
            return ()
        return tuple(one for each in following.values() for one in each)

    def _ask(self, choice: Choice, stop: threading.Event) -> None:
        offer = None
        try:
            with self._lock:
                plan = Plan(()) if stop.is_set() else self._planned(choice)
            offer = self._offer(plan, stop)
        except ShortcutError as error:  # it is downloaded then
            _log.info('look for %s: %s', choice.words, error)
        finally:
            with self._lock:
                if not stop.is_set():
                    choice.change(asking=False, offer=offer)

    def _offer(self, plan: Plan, stop: threading.Event) -> Offer | None:
        for download in plan.downloads:
            path = self._engine.elsewhere(download, stop)
            if path is not None:
                can_link = same_disk(path, Path(download.folder))
                return Offer(path, can_link, 'link' if can_link else 'copy')
        return None

    # --- lists ------------------------------------------------------------------------------------

    def _read(self, choice: Choice, stop: threading.Event) -> None:
        batch = choice.batch
        if batch is None or not self._begun(choice, stop):
            return

        def on_models(models: int) -> None:
            if stop.is_set():
                raise _Dropped
            if models % _TOLD_EVERY == 0:
                with self._lock:
                    self._told(choice, stop, replace(batch, models=models))

        order = Order(all_versions=batch.all_versions)
        try:
            plan = self._engine.plan_search(batch.query, order, batch.limit, on_models)
            read = replace(batch, plan=plan, places=self._placing.of_list(plan, batch.places))
            read = replace(read, totals=list_totals(self._engine, read))
        except _Dropped:
            return
        except Exception as error:
            self._failed(choice, stop, error)
            return
        with self._lock:
            self._told(choice, stop, read, step='found')

    def count(self, choice: Choice) -> None:
        """Find out anew what the list comes to, now that it goes elsewhere."""
        stop = choice.begin()
        choice.change(asking=True)
        self._threads.looking.put(lambda: self._count(choice, stop))

    def _count(self, choice: Choice, stop: threading.Event) -> None:
        with self._lock:
            batch = choice.batch
        if batch is None or stop.is_set():
            return
        try:
            counted = replace(batch, totals=list_totals(self._engine, batch))
        except Exception as error:
            self._failed(choice, stop, error)
            return
        with self._lock:
            self._told(choice, stop, counted, asking=False)

    @staticmethod
    def _told(choice: Choice, stop: threading.Event, batch: Batch, **values: object) -> None:
        if not stop.is_set():
            choice.change(batch=batch, **values)

    # --- queueing ---------------------------------------------------------------------------------

    def add(self, choice: Choice) -> None:
        """Queue what is chosen."""
        stop = choice.begin()
        choice.change(step='adding', asking=False)
        self._threads.adding.put(lambda: self._add(choice, stop))

    def _add(self, choice: Choice, stop: threading.Event) -> None:
        try:
            batch = choice.batch
            plan = list_missing(self._engine, batch) if batch else self._chosen(choice)
            tasks = self._engine.enqueue(plan)
        except Exception as error:
            self._failed(choice, stop, error)
            return
        self._remember_folders(choice)
        self._added(choice)
        for task in tasks if batch is None else ():
            if task.state is State.DONE:
                self._tell('page.there_already', task)

    def _remember_folders(self, choice: Choice) -> None:
        try:
            for place in choice.places:
                self._folders.keep(place.kind, place.override)
        except Exception as error:  # what was chosen is in the queue all the same
            _log.error('remember the folder of %s', choice.words, exc_info=error)

    def _chosen(self, choice: Choice) -> Plan:
        if choice.direct is not None:
            return self._direct(choice, choice.direct)
        offer = choice.offer
        if offer is None:
            return self._planned(choice, checked=True)
        plan = self._planned(choice)
        if not offer.how:
            return plan
        taken = (replace(one, reuse=offer.how, source=str(offer.path)) for one in plan.downloads)
        return replace(plan, downloads=tuple(taken))

    def _direct(self, choice: Choice, plan: Plan) -> Plan:
        if choice.place.override is None or choice.target is None:
            return plan
        name = plan.downloads[0].file_name  # so that nobody is asked for it again
        return self._engine.plan(choice.target, Order(folder=choice.place.wanted, file_name=name))

    def _planned(self, choice: Choice, checked: bool = False) -> Plan:
        """The chosen file; ``checked`` lets the settings say what happens if it lies elsewhere."""
        found = choice.version
        assert found is not None and choice.file is not None  # only what is ready comes here
        plain = replace(found, target=replace(found.target, wanted=FileFilter()))
        order = replace(choice.order, reuse='' if checked else 'no')
        return self._engine.plan_version(plain, order)

    def _failed(self, choice: Choice, stop: threading.Event, error: Exception) -> None:
        known = told(error, f'look-up of {choice.words}')
        with self._lock:
            if not stop.is_set():
                choice.change(step='failed', error=known, wanted=False, asking=False)
