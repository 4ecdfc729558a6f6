"""Saved models in databases of their own, and the files in which they go from one to another."""

import pytest

from civitai_manager_libs.domain.shortcut import ShortcutQuery
from civitai_manager_libs.library.shortcut_exchange import Exchange
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.records import RecordStore
from civitai_manager_libs.store.shortcuts import ShortcutStore

from .predecessor import DataSc

NOW = 1_800_000_000.0


class Shelf:
    """A store with its exchange; ``thumbnails`` are the pictures that were handed on."""

    def __init__(self, path):
        self.database = Database(path)
        self.shortcuts = ShortcutStore(self.database, lambda: NOW)
        self.records = RecordStore(self.database)
        self.thumbnails = {}
        self.exchange = Exchange(
            self.shortcuts, self.records, self.thumbnails.__setitem__, lambda: NOW
        )

    def saved(self):
        return self.shortcuts.many(self.shortcuts.ids())

    def found(self, text):
        return {one.model_id for one in self.shortcuts.find(ShortcutQuery(text=text))}


@pytest.fixture
def shelves(tmp_path):
    """Makes stores with an exchange each."""
    made = []

    def make():
        made.append(Shelf(tmp_path / f'store{len(made)}' / 'x.db'))
        return made[-1]

    yield make
    for shelf in made:
        shelf.database.close()


@pytest.fixture
def shelf(shelves):
    return shelves()


@pytest.fixture
def data_sc(tmp_path):
    return DataSc(tmp_path)
