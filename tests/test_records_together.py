"""Several ask for one model at a time: none takes away what another one was told."""

import multiprocessing

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.record import Record, answered
from civitai_manager_libs.library.opening import ModelOpener
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.records import RecordStore

from .support.predecessor import body, listed

PLAIN = SPECIAL['plain']
MODEL = f'/api/v1/models/{PLAIN.model_id}'
RICHER = {'modelVersions': [{'id': 77, 'name': 'of another process'}], 'description': 'long'}
PATIENCE = 60


@pytest.fixture
def records(tmp_path):
    database = Database(tmp_path / 'queue.db')
    yield RecordStore(database)
    database.close()


def told(number, said, now=5.0):
    return lambda model_id, before: answered(before, model_id, {'id': number, **said}, 'x', now)


class TestChange:
    def test_it_is_made_of_what_is_there(self, records):
        first = records.change([7], told(7, {'name': 'Moss'}))[7]
        assert first.body['name'] == 'Moss' and records.get(7) == first
        later = records.change([7, 7], told(7, {'name': '', **RICHER}))[7]
        assert later == records.get(7) and later.body == {'id': 7, 'name': 'Moss', **RICHER}
        assert records.change([], told(7, {})) == {}

    def test_what_comes_meanwhile_is_not_lost(self, records):
        """Of many, only that which has changed is made again."""
        made = []

        def make(model_id, before):
            made.append(model_id)
            if len(made) == 2:
                records.put([Record(7, {'id': 7, **RICHER}, 'x', 5.0, 5.0)])
            return answered(before, model_id, {'id': model_id, 'name': 'new'}, 'x', 6.0)

        records.change([7, 8], make)
        assert made == [7, 8, 7]
        assert records.get(7).body == {'id': 7, 'name': 'new', **RICHER}


def grow(path, field):
    database = Database(path)
    store = RecordStore(database)
    for number in range(20):
        store.change([7], told(7, {f'{field}{number}': 'x'}))
    database.close()


def test_processes_that_are_told_different_things(records, tmp_path):
    context = multiprocessing.get_context('spawn')
    path = tmp_path / 'queue.db'
    several = [context.Process(target=grow, args=(path, field)) for field in 'abc']
    for process in several:
        process.start()
    for process in several:
        process.join(PATIENCE)
    assert [process.exitcode for process in several] == [0, 0, 0]
    assert len(records.get(7).body) == 1 + 3 * 20


@pytest.fixture
def interrupted(stock):
    """An opener that another process gets ahead of, just when the answer is here."""

    def clock():
        stock.records.change([PLAIN.model_id], told(PLAIN.model_id, RICHER))
        return stock.clock()

    return ModelOpener(stock.api, stock.records, clock)


@pytest.mark.parametrize('known', [True, False])
def test_an_answer(stock, interrupted, known):
    if known:
        stock.opener.open(PLAIN.model_id)
    opened = interrupted.open(PLAIN.model_id)
    assert opened.record == stock.records.get(PLAIN.model_id)
    assert opened.model.version(77).name == 'of another process'
    assert opened.model.version(PLAIN.version_id) is not None


def test_a_404(stock, demo, interrupted):
    stock.opener.open(PLAIN.model_id)
    demo.faults.add('status', status=404, path=MODEL)
    opened = interrupted.open(PLAIN.model_id)
    assert opened.record.gone is not None
    assert opened.model.version(77) is not None
    assert stock.records.get(PLAIN.model_id) == opened.record


def test_a_list(saved_models, monkeypatch):
    """As refreshing asks for many."""
    asker = saved_models.door.refresher._asker
    saved_models.add(1001, 1003, 1004)

    def clock():
        saved_models.records.change([1003], told(1003, RICHER))
        return saved_models.clock()

    monkeypatch.setattr(asker, '_clock', clock)
    [batch] = asker.ask([1001, 1003, 1004], lambda: False)
    assert [one.record for one in batch] == [
        saved_models.records.get(number) for number in (1001, 1003, 1004)
    ]
    assert saved_models.records.get(1003).model.version(77) is not None


def test_an_import(shelf, data_sc, monkeypatch):
    data_sc.list(listed(1))
    data_sc.info(1)
    add = shelf.shortcuts.add

    def overtaken(shortcuts, words):
        shelf.records.change([1], told(1, RICHER, 1_700_000_000.0))
        return add(shortcuts, words)

    monkeypatch.setattr(shelf.shortcuts, 'add', overtaken)
    assert shelf.exchange.import_from(data_sc.path).taken == (1,)
    kept = shelf.records.get(1)
    assert kept.model.version(77) is not None
    assert {one['id'] for one in body(1)['modelVersions']} < {
        one.id for one in kept.model.model_versions
    }


def test_an_import_of_what_others_would_let_go(shelf, data_sc, monkeypatch):
    """What was said long ago goes first while nobody has saved the model."""
    data_sc.list(listed(1))
    data_sc.info(1)
    shelf.records.put([Record(9, {'id': 9}, 'x', 9e9, 9e9)])
    add = shelf.shortcuts.add

    def tidied(shortcuts, words):
        shelf.records.prune(1)
        return add(shortcuts, words)

    monkeypatch.setattr(shelf.shortcuts, 'add', tidied)
    shelf.exchange.import_from(data_sc.path)
    assert shelf.records.get(1).body == body(1)
