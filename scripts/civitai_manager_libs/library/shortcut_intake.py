"""Entries of a file become saved models; what is there already is added to and never replaced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ..domain.record import Record
from ..domain.shortcut import Shortcut
from ..domain.shortcut_facts import shortcut_of, words_of
from ..domain.shortcut_file import Entry
from ..domain.shortcut_joining import joined, with_record
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
        records, changed = self._keep_records(by_id)
        brought = {
            model_id: with_record(entry.shortcut, records.get(model_id))
            for model_id, entry in by_id.items()
        }
        words = {model_id: words_of(record) for model_id, record in records.items()}
        new = dict.fromkeys(self._shortcuts.add(list(brought.values()), words))
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

    def _keep_records(
        self, entries: Mapping[int, Entry]
    ) -> tuple[dict[int, Record], dict[int, Record]]:
        """All that is known now of the models of ``entries``, and what of it is new."""
        records = self._records.many(list(entries))
        changed = {}
        for model_id, entry in entries.items():
            known = records.get(model_id)
            if entry.record is None or entry.record == known:
                continue
            whole = entry.record if known is None else joined(known, entry.record)
            if whole != known:
                changed[model_id] = records[model_id] = whole
        self._records.put(list(changed.values()))
        return records, changed

    def _add_to(self, brought: Mapping[int, Shortcut], here: Mapping[int, Shortcut]) -> None:
        """What the person said in the file and has not said here."""
        classes: dict[tuple[str, ...], list[int]] = defaultdict(list)
        tags: dict[tuple[str, ...], list[int]] = defaultdict(list)
        favourites = []
        for model_id, saved in here.items():
            entry = brought[model_id]
            if entry.note and not saved.note:
                self._shortcuts.set_note(model_id, entry.note)
            classes[_beyond(entry.classes, saved.classes)].append(model_id)
            tags[_beyond(entry.own_tags, saved.own_tags)].append(model_id)
            if entry.favourite and not saved.favourite:
                favourites.append(model_id)
        for names, ids in classes.items():
            if names:
                self._shortcuts.classify(ids, add=names)
        for names, ids in tags.items():
            if names:
                self._shortcuts.tag(ids, add=names)
        if favourites:
            self._shortcuts.set_favourite(favourites, True)


def _beyond(names: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """``names`` that are not among ``others``, whatever their case."""
    known = {name.casefold() for name in others}
    return tuple(name for name in names if name.casefold() not in known)
