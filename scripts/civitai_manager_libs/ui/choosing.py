"""What one browser has pasted and chosen: links are looked up in the background, then wait for a
choice or are queued.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from .. import setting
from ..domain.choice import choose_file, risk
from ..domain.models import ModelFile
from ..domain.placement import ensure_available
from ..domain.pasted import split_heap
from ..domain.target_types import FileFilter, Target, TargetKind
from ..domain.targets import parse_targets
from ..domain.task import Order, State, Task
from ..downloader import DownloadEngine
from ..errors import ShortcutError
from ..transfers.plan import Plan
from ..transfers.resolve import Found
from .first_links import first_targets
from .jobs import Jobs

_MOST_TEXT = 500_000
_log = logging.getLogger('civitai_shortcut')


@dataclass
class Choice:
    """One pasted thing on its way into the queue.

    ``step`` is waiting, looking, found, adding or failed. ``chosen`` is the place in ``found`` of
    the version that is meant, ``file_id`` its file (None: nobody has chosen a risky one yet).
    ``wanted`` says that it is to be queued as soon as it is known, ``kept`` that it stays whatever
    the field holds. ``stamp`` grows with every change.
    """

    key: str
    words: str
    target: Target | None = None
    step: str = 'waiting'
    found: list[Found] = field(default_factory=list)
    direct: Plan | None = None
    chosen: int = 0
    file_id: int | None = None
    error: ShortcutError | None = None
    wanted: bool = False
    kept: bool = False
    open: bool = False
    stamp: int = 0

    @property
    def version(self) -> Found | None:
        """The version that is chosen, once it is known."""
        return self.found[self.chosen] if self.found else None

    @property
    def file(self) -> ModelFile | None:
        """The file that is chosen, if one is."""
        version = self.version.version if self.version else None
        files = version.files if version else []
        return next((file for file in files if file.id == self.file_id), None)

    @property
    def ready(self) -> bool:
        """Whether it can be queued as it stands."""
        return self.step == 'found' and (self.file is not None or self.direct is not None)

    @property
    def size(self) -> int | None:
        """Bytes that it would download, as far as known."""
        file = self.file
        return file.estimated_bytes if file else None


class Choosing:
    """All choices of one browser, in the order in which they were pasted. Its methods return at
    once. ``left_out`` is what was pasted behind the first :data:`~.first_links.MOST_LINKS`.
    """

    def __init__(
        self,
        engine: DownloadEngine,
        looking: Jobs,
        adding: Jobs,
        direct_folder: Callable[[], str],
        tell: Callable[[str, Task], None],
    ) -> None:
        self._engine = engine
        self._looking = looking
        self._adding = adding
        self._direct_folder = direct_folder
        self._tell = tell
        self._lock = threading.RLock()
        self._choices: dict[str, Choice] = {}
        self._numbers: dict[object, str] = {}
        self.left_out: list[str] = []

    def all(self) -> list[Choice]:
        """Copies of the choices as they are now."""
        with self._lock:
            return [replace(choice) for choice in self._choices.values()]

    def paste(self, text: str) -> list[Choice]:
        """Take ``text`` as what the field holds now: what is new is looked up, what is gone and not
        kept is dropped.
        """
        base_url = setting.current().civitai_base_url
        items, rest = first_targets(text, base_url)
        with self._lock:
            self.left_out = rest
            named = [self._named(item) for item in items]
            keys = {choice.key for choice in named}
            kept = [one for one in self._choices.values() if one.kept or one.key in keys]
            together = {choice.key: choice for choice in [*kept, *named]}
            fresh = [one for one in named if one.key not in self._choices and one.target]
            self._choices = together
            for choice in fresh:
                self._looking.put(lambda key=choice.key: self._look_up(key))  # type: ignore[misc]
            return [replace(choice) for choice in named]

    def _named(self, item: Target | ShortcutError) -> Choice:
        """The choice of a pasted thing: the one it has already, or a new one."""
        key = self._key(item)
        if key in self._choices:
            return self._choices[key]
        if isinstance(item, Target):
            return Choice(key, item.text, item)
        return Choice(key, str(item.details.get('text', '')), step='failed', error=item)

    def _key(self, item: Target | ShortcutError) -> str:
        meaning = item.meaning if isinstance(item, Target) else (item.code, str(item))
        return self._numbers.setdefault(meaning, f'c{len(self._numbers)}')

    def add(self, text: str) -> int:
        """Queue everything that ``text`` names, now or as soon as it is looked up; how many that
        are.

        What needs a decision first (only risky files) or cannot be had stays among the choices.
        """
        if text.strip():
            self.paste(text)
        with self._lock:
            meant = [one for one in self._choices.values() if self._can_be_added(one)]
            for choice in self._choices.values() if meant else ():
                choice.kept = True
            for choice in meant:
                self._change(choice, wanted=True)
                if choice.step == 'found':
                    self._start_adding(choice)
            return len(meant)

    @staticmethod
    def _can_be_added(choice: Choice) -> bool:
        return choice.step in ('waiting', 'looking') or choice.ready

    def choose_version(self, key: str, version_id: int) -> None:
        """Choose another version of the same model, and its usual file."""
        with self._lock:
            choice = self._choices.get(key)
            ids = [found.version.id for found in choice.found] if choice else []
            if choice is not None and version_id in ids:
                self._change(choice, chosen=ids.index(version_id))
                self._settle_file(choice, keep_link=False)

    def choose_file(self, key: str, file_id: int) -> None:
        """Choose a file, risky or not: the person has read what stands beside it."""
        with self._lock:
            choice = self._choices.get(key)
            if choice is not None and choice.error is None:
                self._change(choice, file_id=file_id)

    def turn(self, key: str) -> None:
        """Open or close the details of a choice."""
        with self._lock:
            choice = self._choices.get(key)
            if choice is not None:
                self._change(choice, open=not choice.open)

    def drop(self, key: str, text: str) -> str:
        """Forget a choice; gives ``text``, what the field holds, without what named it."""
        with self._lock:
            self._choices.pop(key, None)
            base_url = setting.current().civitai_base_url
            whole = text if len(text) <= _MOST_TEXT else text[: text.rfind('\n', 0, _MOST_TEXT) + 1]
            lines = []
            for line in whole.splitlines():
                pieces = split_heap(line)
                left = [
                    piece
                    for piece in pieces
                    if all(self._key(item) != key for item in parse_targets(piece, base_url))
                ]
                lines.append(line if left == pieces else ' '.join(left))
            rest = text[len(whole) :]
            return '\n'.join([*(line for line in lines if line.strip()), *([rest] if rest else [])])

    def clear(self) -> None:
        """Forget all choices."""
        with self._lock:
            self._choices.clear()
            self.left_out = []

    def again(self, key: str) -> None:
        """Look up once more what could not be looked up."""
        with self._lock:
            choice = self._choices.get(key)
            if choice is not None and choice.target is not None and choice.step == 'failed':
                self._change(choice, step='waiting', error=None)
                self._looking.put(lambda: self._look_up(key))

    # --- in the background -----------------------------------------------------------------------

    def _look_up(self, key: str) -> None:
        with self._lock:
            choice = self._choices.get(key)
            if choice is None or choice.target is None:
                return
            self._change(choice, step='looking')
        target = choice.target
        try:
            if target.kind is TargetKind.DIRECT:
                plan = self._engine.plan(target, Order(folder=self._direct_folder()))
                self._found(choice, [], plan)
            else:
                self._found(choice, self._engine.look_up(target), None)
        except Exception as error:
            self._failed(choice, error)

    def _found(self, choice: Choice, found: list[Found], plan: Plan | None) -> None:
        with self._lock:
            self._change(choice, step='found', found=found, direct=plan)
            self._settle_file(choice, keep_link=True)
            if choice.wanted and choice.ready:
                self._start_adding(choice)
            elif choice.wanted:
                self._change(choice, open=True, wanted=False)

    def _settle_file(self, choice: Choice, keep_link: bool) -> None:
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
        self._change(choice, file_id=file_id, error=error)

    def _start_adding(self, choice: Choice) -> None:
        self._change(choice, step='adding')
        self._adding.put(lambda: self._add(choice))

    def _add(self, choice: Choice) -> None:
        try:
            tasks = self._engine.enqueue(self._plan(choice))
        except Exception as error:
            self._failed(choice, error)
            return
        with self._lock:
            if self._choices.get(choice.key) is choice:
                del self._choices[choice.key]
        for task in tasks:
            if task.state is State.DONE:
                self._tell('page.there_already', task)

    def _plan(self, choice: Choice) -> Plan:
        if choice.direct is not None:
            return choice.direct
        found, file = choice.version, choice.file
        assert found is not None and file is not None  # only what is ready comes here
        plain = replace(found, target=replace(found.target, wanted=FileFilter()))
        order = Order(wanted=FileFilter(file_id=file.id))
        return self._engine.planner.of_version(plain, order)

    def _failed(self, choice: Choice, error: Exception) -> None:
        if not isinstance(error, ShortcutError):
            _log.error('look-up of %s', choice.words, exc_info=error)
            error = ShortcutError(reason=type(error).__name__)
        with self._lock:
            self._change(choice, step='failed', error=error, wanted=False)

    @staticmethod
    def _change(choice: Choice, **values: object) -> None:
        for name, value in values.items():
            setattr(choice, name, value)
        choice.stamp += 1
