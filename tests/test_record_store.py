"""What Civitai has said is kept as it was said."""

import pytest

from civitai_manager_libs.domain.record import Record
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.listings import Listing, ListingStore
from civitai_manager_libs.store.packed import packed, unpacked
from civitai_manager_libs.store.records import RecordStore
from civitai_manager_libs.store.shortcuts import ShortcutStore

from .support.saved import saved_model


@pytest.fixture
def database(tmp_path):
    opened = Database(tmp_path / 'queue.db')
    yield opened
    opened.close()


def record(number, **others):
    body = {'name': f'模型 {number}', 'nested': [{'a': None}, 1.5, True], 'half': '\ud83d'}
    usual = {'address': f'https://civitai.com/api/v1/models/{number}', 'fetched': 5.0}
    return Record(number, body, **{**usual, 'checked': float(number), **others})


class TestRecords:
    def test_as_they_were_put(self, database):
        store = RecordStore(database)
        first, second = record(1, gone=9.0, withdrawn=frozenset({3, 2})), record(2**40)
        store.put([first, second])
        store.put([])
        assert store.get(1) == first and store.get(3) is None and store.get(2**70) is None
        assert store.many([2**40, 1, 77]) == {1: first, 2**40: second}

    def test_a_newer_one_takes_the_place(self, database):
        store = RecordStore(database)
        store.put([record(1), record(1, address='newer')])
        assert store.get(1).address == 'newer'

    def test_more_than_one_query_takes(self, database):
        store = RecordStore(database)
        store.put(map(record, range(1, 1102)))
        assert len(store.many(range(2000))) == 1101

    def test_those_checked_longest_ago_go_unless_a_saved_model_needs_them(self, database):
        store, shortcuts = RecordStore(database), ShortcutStore(database)
        store.put(map(record, range(1, 11)))
        shortcuts.add([saved_model(1), saved_model(2)], {})
        shortcuts.remove([2])  # it may be restored
        assert store.prune(8) == 0
        assert store.prune(3) == 5
        assert sorted(store.many(range(20))) == [1, 2, 8, 9, 10]
        assert store.prune(3) == 0

    def test_one_that_cannot_be_read_is_as_if_it_were_not_there(self, database):
        store = RecordStore(database)
        store.put([record(1), record(2)])
        with database.write() as connection:
            connection.exec_driver_sql("UPDATE records SET body = x'00' WHERE model_id = 1")
        assert list(store.many([1, 2])) == [2]
        store.put([record(1)])
        assert store.get(1) == record(1)


class TestListings:
    def test_as_it_was_put(self, database):
        store = ListingStore(database)
        listing = Listing('key \ud83d', 'https://x/\ud83d', 5.0, [{'id': 1}, {'b': '\ud83d'}], True)
        store.put(listing)
        found = store.get('key \ud83d')
        assert found.items == listing.items and found.more is True and found.fetched == 5.0
        assert store.get('other') is None

    def test_the_newest_fifty_stay(self, database):
        store = ListingStore(database)
        for number in range(60):
            store.put(Listing(f'key{number}', '', float(number), [], False))
        store.put(Listing('key30', 'again', 99.0, [], False))
        kept = [number for number in range(60) if store.get(f'key{number}')]
        assert kept == list(range(10, 60)) and store.get('key30').address == 'again'


class TestPacked:
    @pytest.mark.parametrize('value', [{}, [1, None, 'ü\ud83d'], {'a': float('inf')}, 'x' * 10**6])
    def test_there_and_back(self, value):
        assert unpacked(packed(value)) == value
        assert len(packed(['x' * 10**6])) < 5000

    @pytest.mark.parametrize('content', [b'', b'\0' * 9, packed('x' * 99)[:-3], packed([])[:4]])
    def test_what_is_none(self, content):
        with pytest.raises(ValueError):
            unpacked(content)
