"""Index and counters hold what the saved models are, whoever changes them and however."""

import random
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

import civitai_manager_libs
from civitai_manager_libs.domain.shortcut import ShortcutQuery
from civitai_manager_libs.errors import DiskFull
from civitai_manager_libs.store import shortcut_index
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.shortcuts import ShortcutStore

from .support.disks import small_disk
from .support.saved import saved_model

ADD = """
import sys
from pathlib import Path
from civitai_manager_libs.domain.shortcut import Shortcut
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.shortcuts import ShortcutStore

store = ShortcutStore(Database(Path(sys.argv[1])))
numbers = range(int(sys.argv[2]), int(sys.argv[3]))
print('ready', flush=True)
sys.stdin.readline()
for number in numbers:
    store.add([Shortcut(number, f'model {number}', tags=('both',))], {number: 'trigger'})
    store.tag([number], add=[f'tag{number % 3}'])
store.set_favourite(numbers, True)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'queue.db'


def tokens_of(path):
    """How often each word of the index of short words stands for how many models."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(
            f'CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, {shortcut_index.SHORT}, row)'
        )
        return dict(connection.execute('SELECT term, doc FROM words').fetchall())


def is_sound(path):
    """FTS5 compares its index with the texts itself."""
    with closing(sqlite3.connect(path)) as connection:
        table = shortcut_index.LONG
        connection.execute(f"INSERT INTO {table}({table}, rank) VALUES ('integrity-check', 1)")
        return connection.execute('PRAGMA integrity_check').fetchone() == ('ok',)


def counted(store):
    """The counts as one who counts finds them."""
    models = [model for part in [store.ids()] for model in store.many(part).values()]
    own = Counter(tag for model in models for tag in model.own_tags)
    return {
        'all': len(models),
        'favourites': sum(model.favourite for model in models),
        'gone': sum(model.gone is not None for model in models),
        'classes': Counter(name for model in models for name in model.classes),
        'types': Counter(model.type for model in models),
        'base_models': Counter(name for model in models for name in model.base_models),
        'tags': Counter(tag for model in models for tag in {*model.tags, *model.own_tags}),
        'own_tags': own,
    }


def change(store, source):
    """One change of any kind, of a few models."""
    ids = source.sample(range(1, 40), 3)
    here = [number for number in ids if store.saved([number])]
    words = {number: source.choice(['trigger', '動漫 words', '']) for number in ids}
    tag, name = source.choice(['a', 'style', '動漫']), source.choice(['x', 'y', '人物'])
    source.choice(
        [
            lambda: store.add(map(saved_model, ids), words),
            lambda: store.add([saved_model(number, classes=(name,)) for number in ids], {}),
            lambda: store.describe([saved_model(n, tag, tags=(tag,)) for n in ids], words),
            lambda: store.tag(here, add=[tag], drop=['a']),
            lambda: store.classify(here, add=[name], drop=['y']),
            lambda: [store.set_note(number, tag * 2) for number in here],
            lambda: [store.mark_gone(number, source.choice([None, 5.0])) for number in here],
            lambda: store.set_favourite(here, source.random() < 0.5),
            lambda: store.remove(ids),
            lambda: store.restore(range(1, 40)),
            lambda: store.purge(9e9),
            lambda: store.put_class('x') or store.rename_class('x', name),
            lambda: store.put_class('y') or store.drop_class('y'),
        ]
    )()


@pytest.mark.parametrize('seed', range(3))
def test_whatever_is_done_the_counters_and_the_index_agree(path, seed):
    database = Database(path)
    store, source = ShortcutStore(database), random.Random(seed)
    store.add(map(saved_model, range(1, 30)), {})
    for _ in range(60):
        change(store, source)
        assert vars(store.counts()) == counted(store)
    texts = {
        text: store.ids(ShortcutQuery(text=text)) for text in ('動漫', 'style', 'trigger', 'a')
    }
    store.remove(store.ids())
    store.purge(9e9)
    with database.read() as connection:
        for table in ('shortcut_texts', 'shortcut_labelled', 'shortcut_labels'):
            assert connection.exec_driver_sql(f'SELECT count(*) FROM {table}').scalar() == 0
    database.close()
    assert any(texts.values()) and tokens_of(path) == {} and is_sound(path)


def test_two_processes_that_write_at_once(path):
    Database(path).close()
    places = {'PYTHONPATH': str(Path(civitai_manager_libs.__file__).parents[1])}
    children = [
        subprocess.Popen(
            [sys.executable, '-c', ADD, str(path), str(begin), str(begin + 40)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=places,
        )
        for begin in (1, 21)  # half of them are the same
    ]
    assert [child.stdout.readline() for child in children] == ['ready\n'] * 2
    for child in children:
        child.stdin.write('\n')
        child.stdin.flush()
    for child in children:
        _, said = child.communicate(timeout=120)
        assert child.returncode == 0, said
    store = ShortcutStore(Database(path))
    assert store.counts().all == 60 and store.counts().favourites == 60
    assert vars(store.counts()) == counted(store)
    assert store.count(ShortcutQuery(text='trigger model')) == 60 and is_sound(path)


def test_a_full_disk_leaves_everything_as_it_was(tmp_path):
    with small_disk(tmp_path / 'disk', megabytes=6) as disk:
        database = Database(disk / 'queue.db')
        store = ShortcutStore(database)
        store.add(map(saved_model, range(1, 30)), {})
        disk.fill(leave=100_000)
        revision = store.revision()
        long = ' '.join(f'word{number}' for number in range(900))
        with pytest.raises(DiskFull):
            more = range(100, 600)
            store.add(map(saved_model, more), dict.fromkeys(more, long))
        assert store.counts().all == 29 and store.revision() == revision
        assert store.count(ShortcutQuery(text='動漫')) == 6  # finding needs no room
        disk.empty()
        assert len(store.add(map(saved_model, range(100, 110)), {})) == 10
        assert vars(store.counts()) == counted(store) and is_sound(disk / 'queue.db')
        database.close()


class TestWithoutFullText:
    """An SQLite without FTS5 and one with it share a database."""

    def test_both_find_what_the_other_has_written(self, path, monkeypatch):
        with_it = ShortcutStore(Database(path))
        with_it.add(map(saved_model, range(1, 6)), {1: 'trigger'})
        with monkeypatch.context() as patch:
            patch.setattr(shortcut_index, 'has_full_text', lambda: False)
            without = ShortcutStore(Database(path))
            assert without.ids(ShortcutQuery(text='trigger')) == [1]
            without.set_note(1, '筆記')
            without.remove([2])
            without.purge(9e9)
            without.add([saved_model(6)], {6: 'trigger'})
            assert without.ids(ShortcutQuery(text='trigger')) == [6, 1]
        assert with_it.ids(ShortcutQuery(text='trigger')) == [6, 1]
        assert with_it.ids(ShortcutQuery(text='筆記')) == [1]
        with_it.set_note(3, 'third')  # builds the index anew
        with with_it._database.read() as connection:
            assert shortcut_index.indexed(connection)
        assert with_it.ids(ShortcutQuery(text='trigger')) == [6, 1]
        assert with_it.ids(ShortcutQuery(text='筆')) == [1] and is_sound(path)

    def test_it_is_found_out(self, monkeypatch):
        assert shortcut_index.has_full_text()
        monkeypatch.setattr(shortcut_index, '_LONG_TABLE', 'CREATE VIRTUAL TABLE x USING none(a)')
        assert not shortcut_index.has_full_text.__wrapped__()

    def test_none_is_there_before_the_first_change(self, path):
        store = ShortcutStore(Database(path))
        assert store.find(ShortcutQuery(text='any')) == [] and store.count(ShortcutQuery()) == 0
        assert store.counts().all == 0 and store.revision() == 0
