"""What one browser has pasted and chosen: links are looked up in the background, then wait for a
choice or are queued.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from .. import setting
from ..domain.pasted import split_heap
from ..domain.search import query_of
from ..domain.target_types import Target, TargetKind
from ..domain.targets import parse_targets
from ..domain.task import Task
from ..downloader import DownloadEngine
from ..errors import ShortcutError
from .choice import LIMITS, Batch, Choice
from .errands import Errands, Threads
from .first_links import first_targets
from .save_in import Folders, SaveIn

_MOST_TEXT = 500_000
_LISTS = (TargetKind.CREATOR, TargetKind.LISTING)
_WHOLE = 'all'
"""How the script says that a list is to be read to its end."""


class Choosing:
    """All choices of one browser, in the order in which they were pasted. Its methods return at
    once. ``left_out`` is what was pasted behind the first :data:`~.first_links.MOST_LINKS`.
    """

    def __init__(
        self,
        engine: DownloadEngine,
        threads: Threads,
        direct_folder: Callable[[], str],
        folders: Folders,
        tell: Callable[[str, Task], None],
    ) -> None:
        self._lock = threading.RLock()
        self._errands = Errands(
            engine, threads, self._lock, direct_folder, folders, self._added, tell
        )
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
            fresh = [one for one in named if one.key not in self._choices and not one.error]
            for choice in self._choices.values():
                if choice.key not in keys and not choice.kept:
                    choice.stop.set()
            self._choices = {choice.key: choice for choice in [*kept, *named]}
            for choice in fresh:
                self._errands.look_up(choice)
            return [replace(choice) for choice in named]

    def _named(self, item: Target | ShortcutError) -> Choice:
        """The choice of a pasted thing: the one it has already, or a new one."""
        key = self._key(item)
        if key in self._choices:
            return self._choices[key]
        if not isinstance(item, Target):
            return Choice(key, str(item.details.get('text', '')), step='failed', error=item)
        if item.kind not in _LISTS:
            return Choice(key, item.text, item)
        try:
            query = replace(query_of(item), nsfw=setting.current().wants_adult)
            return Choice(key, item.text, item, batch=Batch(query))
        except ShortcutError as error:
            return Choice(key, item.text, item, step='failed', error=error)

    def _key(self, item: Target | ShortcutError) -> str:
        meaning = item.meaning if isinstance(item, Target) else (item.code, str(item))
        return self._numbers.setdefault(meaning, f'c{len(self._numbers)}')

    def add(self, text: str) -> int:
        """Queue everything that ``text`` names, now or as soon as it is looked up; how many that
        are.

        What needs a decision first (only risky files, a subfolder that is none), what nobody has
        seen the plan of yet (a list) and what cannot be had stays among the choices.
        """
        if text.strip():
            self.paste(text)
        with self._lock:
            meant = [one for one in self._choices.values() if self._can_be_added(one)]
            for choice in self._choices.values() if meant else ():
                choice.kept = True
            for choice in meant:
                choice.change(wanted=True)
                if choice.step == 'found':
                    self._errands.add(choice)
            return len(meant)

    @staticmethod
    def _can_be_added(choice: Choice) -> bool:
        early = choice.batch is None and choice.step in ('waiting', 'looking')
        return early or choice.ready

    def choose_version(self, key: str, version_id: int) -> None:
        """Choose another version of the same model, and its usual file."""
        with self._lock:
            choice = self._choices.get(key)
            ids = [found.version.id for found in choice.found] if choice else []
            if choice is not None and version_id in ids:
                choice.change(chosen=ids.index(version_id))
                self._errands.settle_file(choice, keep_link=False)

    def choose_file(self, key: str, file_id: int) -> None:
        """Choose a file, risky or not: the person has read what stands beside it."""
        with self._lock:
            choice = self._choices.get(key)
            if choice is not None and choice.error is None and choice.step == 'found':
                choice.change(file_id=file_id)
                self._errands.settle_place(choice)
                self._errands.ask(choice)

    def choose_folder(self, item: str, folder: str) -> None:
        """Have the file saved in another one of the folders that are offered. ``item`` is the key
        of its choice; of a list, with ``/`` and the number of the kind of file.
        """
        self._save_in(item, lambda place: place.chosen(folder))

    def type_subfolder(self, item: str, text: str) -> None:
        """Have it saved in a new folder below; until what is none is mended, it is not queued."""
        self._save_in(item, lambda place: place.typed(text))

    def _save_in(self, item: str, change: Callable[[SaveIn], SaveIn]) -> None:
        key, _, number = item.partition('/')
        with self._lock:
            choice = self._choices.get(key)
            if choice is None or choice.step != 'found':
                return
            if choice.batch is not None:
                self._save_list_in(choice, choice.batch, number, change)
            elif choice.file is not None:
                choice.change(place=change(choice.place))
                self._errands.ask(choice)
            elif choice.direct is not None:
                choice.change(place=change(choice.place))

    def _save_list_in(
        self, choice: Choice, batch: Batch, number: str, change: Callable[[SaveIn], SaveIn]
    ) -> None:
        places = tuple(
            change(one) if str(place) == number else one for place, one in enumerate(batch.places)
        )
        if places != batch.places:
            choice.change(batch=replace(batch, places=places))
            self._errands.count(choice)

    def choose_how(self, key: str, how: str) -> None:
        """Say what is to be done with a file that lies elsewhere: ``link``, ``copy`` or ''."""
        with self._lock:
            choice = self._choices.get(key)
            offer = choice.offer if choice else None
            if choice is not None and offer is not None and how in ('link', 'copy', ''):
                fits = how != 'link' or offer.can_link
                choice.change(offer=replace(offer, how=how if fits else 'copy'))

    def choose_limit(self, key: str, limit: str) -> None:
        """Read a list anew, for so many models or to its end."""
        known = {str(number or _WHOLE): number for number in LIMITS}
        if limit in known:
            self._read_anew(key, lambda batch: replace(batch, limit=known[limit]))

    def choose_versions(self, key: str, every: bool) -> None:
        """Read a list anew, for ``every`` version of its models or the newest of each."""
        self._read_anew(key, lambda batch: replace(batch, all_versions=every))

    def choose_adult(self, key: str, adult: bool) -> None:
        """Read a list anew, with ``adult`` content or without."""
        self._read_anew(key, lambda batch: replace(batch, query=replace(batch.query, nsfw=adult)))

    def _read_anew(self, key: str, change: Callable[[Batch], Batch]) -> None:
        with self._lock:
            choice = self._choices.get(key)
            if choice is not None and choice.batch is not None and choice.step != 'adding':
                choice.change(batch=change(choice.batch))
                self._errands.look_up(choice)

    def turn(self, key: str) -> None:
        """Open or close the details of a choice."""
        with self._lock:
            choice = self._choices.get(key)
            if choice is not None:
                choice.change(open=not choice.open)

    def drop(self, key: str, text: str) -> str:
        """Forget a choice; gives ``text``, what the field holds, without what named it."""
        with self._lock:
            gone = self._choices.pop(key, None)
            if gone is not None:
                gone.stop.set()
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
            for choice in self._choices.values():
                choice.stop.set()
            self._choices.clear()
            self.left_out = []

    def again(self, key: str) -> None:
        """Look up once more what could not be looked up."""
        with self._lock:
            choice = self._choices.get(key)
            if choice is not None and choice.target is not None and choice.step == 'failed':
                self._errands.look_up(choice)

    def _added(self, choice: Choice) -> None:
        with self._lock:
            if self._choices.get(choice.key) is choice:
                del self._choices[choice.key]
