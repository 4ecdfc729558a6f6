"""What the index takes for a match is looked at: many texts have all parts of a word and not it."""

import random

import pytest

from civitai_manager_libs.domain.shortcut import ShortcutQuery, ShortcutSort
from civitai_manager_libs.domain.text_search import some_trigrams
from civitai_manager_libs.store import shortcut_search
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.shortcuts import ShortcutStore

from .support.saved import saved_model

COUNT = 300
_SOURCE = random.Random(3)
NAMES = {
    number: ''.join(_SOURCE.choices('aabb ', k=_SOURCE.randint(3, 30))) + f'.{number}'
    for number in range(1, COUNT + 1)
}
WORDS = ['abab', 'aaaa', 'baaab', 'abbaab', 'bbbbbb', 'aab', 'abab baaa', 'aabaabb bab', 'ab baab']


@pytest.fixture(params=[(3000, 8000, 1000), (9, 100, 50), (9, 40, 10), (60, 8000, 20)], ids=str)
def store(request, tmp_path, monkeypatch):
    """Few enough to be looked at, and too many: known in part, found on the way or not."""
    few, longest, soon = request.param
    monkeypatch.setattr(shortcut_search, '_FEW', few)
    monkeypatch.setattr(shortcut_search, '_LONGEST_WALK', longest)
    monkeypatch.setattr(shortcut_search, '_SOON', soon)
    monkeypatch.setattr(shortcut_search, '_STEPS_AT_ONCE', (5, 30))
    database = Database(tmp_path / 'queue.db')
    store = ShortcutStore(database)
    store.add([saved_model(number, name=NAMES[number], tags=()) for number in NAMES], {})
    yield store
    database.close()


@pytest.mark.parametrize('words', WORDS)
def test_only_those_that_have_the_words_are_found(store, words):
    has = [number for number, name in NAMES.items() if all(word in name for word in words.split())]
    wanted = sorted(has, key=lambda number: (NAMES[number], number))
    query = ShortcutQuery(text=words, sort=ShortcutSort.NAME)
    assert [one.model_id for one in store.find(query)] == wanted[:50]
    assert [one.model_id for one in store.find(query, 3, 4)] == wanted[3:7]
    assert store.ids(query) == wanted
    assert store.count(query) == len(wanted)
    assert store.count(query, among=range(1, 100)) == len([one for one in wanted if one < 100])


def test_some_words_of_those_are_in_texts_that_have_but_their_parts():
    """Lest nothing was put to the proof."""
    parts = some_trigrams(['abbaab'])
    assert any(
        all(part in name for part in parts) and 'abbaab' not in name for name in NAMES.values()
    )


def test_the_parts_of_very_much_text_are_not_all_needed():
    many = [f'{number:0100}' + 'xyz' for number in range(32)]
    assert len(some_trigrams(many)) <= 64
    assert some_trigrams(['abcdef', 'xyz']) == ['abc', 'cde', 'def', 'xyz']
