"""Puts what Civitai has said of models where it stays: saved models, and their pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence

from .. import setting
from ..domain.record import Record
from ..domain.shortcut_facts import pictures_to_keep, shortcut_of, words_of
from ..store.shortcuts import ShortcutStore
from .shortcut_pictures import ShortcutPictures


class Keeper:
    """Works on the saved models of ``shortcuts``. Thread-safe; raises the errors of
    :class:`.Database`.
    """

    def __init__(
        self,
        shortcuts: ShortcutStore,
        pictures: ShortcutPictures,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._shortcuts = shortcuts
        self._pictures = pictures
        self._clock = clock

    def save(self, wanted: Sequence[tuple[Record, int | None]]) -> frozenset[int]:
        """Save the models of those records, each with the version that was meant (None: the
        newest), in one transaction; gives the ids of those that were not saved before, or had been
        removed.
        """
        now = self._clock()
        made = [shortcut_of(record, version_id, now) for record, version_id in wanted]
        words = {record.model_id: words_of(record) for record, _ in wanted}
        new = frozenset(self._shortcuts.add(made, words))
        self.want_pictures(new, {record.model_id: record for record, _ in wanted})
        return new

    def describe(self, records: Sequence[Record]) -> None:
        """Civitai says something new of these models; those that are not saved are passed over."""
        by_id = {record.model_id: record for record in records}
        saved = self._shortcuts.saved(list(by_id))  # asking costs nobody else the turn to write
        if not saved:
            return
        words = {model_id: words_of(by_id[model_id]) for model_id in saved}
        self._shortcuts.describe([shortcut_of(by_id[model_id]) for model_id in saved], words)
        self.want_pictures(saved, by_id)

    def gone(self, model_id: int) -> None:
        """Civitai does not know a saved model of which there is no record."""
        shortcut = self._shortcuts.get(model_id)
        if shortcut is not None and shortcut.gone is None:
            self._shortcuts.mark_gone(model_id, self._clock())

    def cover_chosen(self, model_id: int, record: Record | None) -> None:
        """The person has taken another cover for a saved model, or that of Civitai."""
        if record is not None:
            self.describe([record])
        else:
            self.want_pictures([model_id], {})

    def want_pictures(self, ids: Collection[int], records: Mapping[int, Record]) -> None:
        """Keep the pictures of those that are saved, as many as the settings say; of one without a
        record that is its cover.
        """
        most = setting.current().shortcut_pictures
        for model_id, shortcut in self._shortcuts.many(ids).items():
            pictures = pictures_to_keep(records.get(model_id), shortcut, most)
            self._pictures.want(model_id, pictures)
