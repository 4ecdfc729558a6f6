"""What was seen, hidden and set while browsing is there again after a start."""

import pytest

from civitai_manager_libs.store.browsing import CREATOR, MODEL, TAG, BrowsingStore, Hidden
from civitai_manager_libs.store.database import Database


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def store(tmp_path, now):
    database = Database(tmp_path / 'queue.db')
    yield BrowsingStore(database, clock=lambda: now[0])
    database.close()


def test_seen(store):
    for number in (1, 2**40, 1, 2**80, -1):
        store.mark_seen(number)
    assert store.seen([1, 2, 2**40, 2**80]) == {1, 2**40} and store.seen([]) == frozenset()


def test_hidden_and_shown_again(store, now):
    store.hide(MODEL, '7', 'A model')
    now[0] = 2000.0
    store.hide(CREATOR, 'bob', 'Bob')
    store.hide(TAG, 'bob', 'bob \ud83d')
    store.hide(MODEL, '7', 'Called otherwise')
    first = Hidden(MODEL, '7', 'A model', 1000.0)
    assert store.hidden()[2] == first
    assert {one.label for one in store.hidden()} == {'A model', 'Bob', 'bob \ufffd'}
    store.unhide(CREATOR, 'bob')
    store.unhide(CREATOR, 'nobody')
    assert store.hidden() == [Hidden(TAG, 'bob', 'bob \ufffd', 2000.0), first]


@pytest.mark.parametrize('value', [{'a': [1, None]}, 'text \ud83d', 5, [], False, None])
def test_remembered(store, value):
    store.remember('filters', 'earlier')
    store.remember('filters', value)
    assert store.recall('filters') == value and store.recall('other') is None
