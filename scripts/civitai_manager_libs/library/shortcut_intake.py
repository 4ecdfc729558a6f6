"""Entries of a file become saved models; what is there already is added to and never replaced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial

from ..domain.record import Record
from ..domain.shortcut import Shortcut
from ..domain.shortcut_facts import shortcut_of, words_of
from ..domain.shortcut_file import Entry
from ..domain.shortcut_joining import joined, with_record
from ..errors import ShortcutUnknown
from ..store.records import RecordStore
from ..store.shortcuts import ShortcutStore


class Intake:
    """What one import has done so far: ``taken`` and ``already`` are ids in their order,
    ``pictures`` the places of small pictures by the addresses of the covers that they show.
    """

    def __init__(self, shortcuts: ShortcutStore, records: RecordStore) -> None:
        self._shortcuts = shortcuts
        self._records = records
        self.taken: dict[int, None] = {}
        self.already: dict[int, None] = {}
        self.pictures: dict[str, str] = {}

    def put_classes(self, classes: Iterable[tuple[str, str]]) -> None:
        """Make the classes that are not there; one that is keeps its description."""
        here = {one.name: one.info for one in self._shortcuts.classes()}
        for name, info in classes:
            if name not in here or (info and not here[name]):
                self._shortcuts.put_class(name, info)

    def take(self, entries: Sequence[Entry]) -> None:
        """Save ``entries``, in few transactions."""
        by_id = {entry.shortcut.model_id: entry for entry in entries}
        if not by_id:
            return
        records, changed = self._told(by_id)
        brought = {
            model_id: with_record(entry.shortcut, records.get(model_id))
            for model_id, entry in by_id.items()
        }
        words = {model_id: words_of(record) for model_id, record in records.items()}
        new = dict.fromkeys(self._shortcuts.add(list(brought.values()), words))
        self._keep_records(entries, changed)
        told = [shortcut_of(record) for model_id, record in changed.items() if model_id not in new]
        if told:
            self._shortcuts.describe(told, words)
        before = (one for one in by_id if one not in new and one not in self.taken)
        self.taken.update(new)
        self.already.update(dict.fromkeys(before))
        here = self._shortcuts.many(list(by_id))
        self._add_to(brought, here)
        for model_id, entry in by_id.items():
            cover = here[model_id].cover if model_id in here else None
            if entry.picture is not None and cover is not None:
                if cover == brought[model_id].cover and not brought[model_id].cover_chosen:
                    self.pictures[cover] = entry.picture

    def _told(self, entries: Mapping[int, Entry]) -> tuple[dict[int, Record], dict[int, Record]]:
        """All that is known now of the models of ``entries``, and what of it is new."""
        records = self._records.many(list(entries))
        changed = {}
        for model_id, entry in entries.items():
            known = records.get(model_id)
            if entry.record is None or entry.record == known:
                continue
            whole = joined(known, entry.record)
            if whole != known:
                changed[model_id] = records[model_id] = whole
        return records, changed

    def _keep_records(self, entries: Iterable[Entry], changed: Collection[int]) -> None:
        """When their models are saved: nobody lets go of them then."""
        said = {entry.shortcut.model_id: entry.record for entry in entries if entry.record}
        self._records.change(changed, lambda number, before: joined(before, said[number]))

    def _add_to(self, brought: Mapping[int, Shortcut], here: Mapping[int, Shortcut]) -> None:
        """What the person said in the file and has not said here."""
        classes: dict[tuple[str, ...], list[int]] = defaultdict(list)
        tags: dict[tuple[str, ...], list[int]] = defaultdict(list)
        favourites = []
        for model_id, saved in here.items():
            entry = brought[model_id]
            if entry.note and not saved.note:
                self._say([model_id], partial(self._note, entry.note))
            classes[_beyond(entry.classes, saved.classes)].append(model_id)
            tags[_beyond(entry.own_tags, saved.own_tags)].append(model_id)
            if entry.favourite and not saved.favourite:
                favourites.append(model_id)
        for names, members in classes.items():
            if names:
                self._say(members, partial(self._shortcuts.classify, add=names))
        for names, members in tags.items():
            if names:
                self._say(members, partial(self._shortcuts.tag, add=names))
        self._say(favourites, partial(self._shortcuts.set_favourite, on=True))

    def _note(self, note: str, ids: Collection[int]) -> None:
        for model_id in ids:
            self._shortcuts.set_note(model_id, note, over=False)

    def _say(self, ids: Sequence[int], act: Callable[[Sequence[int]], None]) -> None:
        """``act`` on those of ``ids`` that nobody has removed meanwhile."""
        while ids:
            try:
                act(ids)
                return
            except ShortcutUnknown:
                here = self._shortcuts.saved(ids)
                ids = [one for one in ids if one in here]


def _beyond(names: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """``names`` that are not among ``others``, whatever their case."""
    known = {name.casefold() for name in others}
    return tuple(name for name in names if name.casefold() not in known)
