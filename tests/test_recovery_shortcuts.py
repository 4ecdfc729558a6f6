"""Saved models with all that was said of them, records and hidden things come back from a damaged
database; one of an earlier version is brought forward.
"""

import sqlite3
from contextlib import closing

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import civitai_manager_libs.store.migrations as migrations
from civitai_manager_libs.domain.record import Record
from civitai_manager_libs.domain.shortcut import ShortcutQuery
from civitai_manager_libs.store.browsing import TAG, BrowsingStore
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.downloads import DownloadStore
from civitai_manager_libs.store.records import RecordStore
from civitai_manager_libs.store.recovery import open_database
from civitai_manager_libs.store.shortcuts import ShortcutStore

from .support.damage import COUNT, aside, damage, filled, nothing
from .support.engine import new_download
from .support.saved import saved_model

LONG = ' '.join(f'word{number}' for number in range(600))


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'data' / 'queue.db'


def fill(path, count=40):
    """Downloads, and everything that belongs to saved models and browsing; gives the models."""
    filled(path)
    database = Database(path)
    store = ShortcutStore(database, clock=lambda: 1000.0)
    models = [saved_model(number, cover_chosen=number == 2) for number in range(1, count + 1)]
    store.add(models, {number: f'trigger{number} {LONG}' for number in range(1, count + 1)})
    store.set_note(3, '第三個 note')
    store.tag([4, 5], add=['mine'])
    store.put_class('人物', 'people')
    store.put_class('empty', 'nobody')
    store.classify([6, 7], add=['人物'])
    store.set_favourite([8], True)
    store.remove([9, 10])
    store.set_note(3, '第三個 second note')
    records = RecordStore(database)
    records.put(
        Record(number, {'name': LONG, 'n': number}, 'https://a', 5.0, 6.0, None, frozenset({2}))
        for number in range(1, count + 1)
    )
    records.put([Record(1, {'name': 'newer'}, 'https://a', 5.0, 7.0, 8.0)])
    browsing = BrowsingStore(database, clock=lambda: 900.0)
    browsing.hide(TAG, 'x', 'X')
    browsing.mark_seen(77)
    browsing.remember('filters', {'a': 1})
    everything = store.many(store.ids())
    database.close()
    return everything


def test_everything_behind_an_overwritten_header(path, notices):
    before = fill(path)
    counts = counts_of(path)
    damage(path, 0, b'\0' * 100)
    database = open_database(path, nothing)
    store, records = ShortcutStore(database), RecordStore(database)
    assert store.many(before) == before and store.counts().all == len(before) == 38
    assert store.counts() == counts and store.get(3).note == '第三個 second note'
    assert [(one.name, one.info, one.count) for one in store.classes()] == [
        ('empty', 'nobody', 0),
        ('人物', 'people', 2),
    ]
    assert store.ids(ShortcutQuery(text='trigger7')) == [7]  # and none that begins so
    assert store.ids(ShortcutQuery(text='三')) == [3]
    assert store.restore([9, 10]) == [9, 10]
    assert records.get(1).body == {'name': 'newer'} and records.get(1).gone == 8.0
    assert records.get(2) == Record(
        2, {'name': LONG, 'n': 2}, 'https://a', 5.0, 6.0, None, frozenset({2})
    )
    assert len(records.many(range(99))) == 40
    browsing = BrowsingStore(database)
    assert [one.label for one in browsing.hidden()] == ['X'] and browsing.seen([77]) == {77}
    assert browsing.recall('filters') == {'a': 1}
    assert len(DownloadStore(database).all()) == COUNT
    database.close()
    assert notices[0].values['shortcuts'] == 38 and notices[0].values['count'] == COUNT


def counts_of(path):
    database = Database(path)
    try:
        return ShortcutStore(database).counts()
    finally:
        database.close()


def test_what_is_in_whole_pages(path, notices):
    before = fill(path, count=400)
    content = path.read_bytes()
    begins = [
        begin
        for begin in range(4096, len(content), 4096)
        if content[begin] == 0x0D and b'civitai' not in content[begin : begin + 4096]
    ]
    for begin in begins[::9]:
        damage(path, begin, b'\xff' * 4096)
    path.with_name(path.name + '.suspect').touch()
    database = open_database(path, nothing)
    store = ShortcutStore(database)
    here = store.many(store.ids())
    assert 100 < len(here) < len(before)
    assert all(here[number] == before[number] for number in here)
    assert store.counts().all == len(here) == notices[0].values['shortcuts']
    assert sum(store.counts().types.values()) == len(here)
    database.close()
    assert aside(path)


def test_the_revision_goes_on_from_where_it_was(path):
    fill(path)
    database = Database(path)
    before = ShortcutStore(database).revision()
    database.close()
    damage(path, 0, b'\0' * 100)
    database = open_database(path, nothing)
    assert ShortcutStore(database).revision() >= before - 1
    database.close()


def test_a_database_of_the_version_before_with_something_in_it(path):
    path.parent.mkdir()
    settings = Config()
    settings.set_main_option('script_location', migrations.__path__[0])
    with create_engine(f'sqlite:///{path}').begin() as connection:
        settings.attributes['connection'] = connection
        command.upgrade(settings, '0004')
    old = sqlite3.connect(path, isolation_level=None)
    with closing(old):
        old.execute("INSERT INTO pictures VALUES ('/p', 1, 2, 'ab', NULL, 3, 'https://a', NULL)")
    database = Database(path)
    DownloadStore(database).add([new_download(1)], lambda task: True)
    store = ShortcutStore(database)
    assert store.counts().all == 0 and store.add([saved_model(1)], {}) == [1]
    database.close()
    with closing(sqlite3.connect(path)) as now:
        assert now.execute('SELECT path, image_id FROM pictures').fetchall() == [('/p', 3)]
    with create_engine(f'sqlite:///{path}').begin() as connection:
        settings.attributes['connection'] = connection
        command.downgrade(settings, '0004')
        left = connection.exec_driver_sql('SELECT name FROM sqlite_master').scalars().all()
    assert 'pictures' in left and not [name for name in left if name.startswith('shortcut')]
