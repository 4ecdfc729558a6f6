"""After a download the page offers to save the model; without a browser."""

import time

import pytest

from civitai_manager_libs.domain.shortcut import Shortcut
from civitai_manager_libs.errors import Gone
from civitai_manager_libs.ui.save_offers import NAME, SaveOffers
from tests.support.command import eventually
from tests.support.rows import plain


class Shelf:
    """Saved models in memory; ``broken`` ones cannot be saved."""

    def __init__(self):
        self.kept, self.broken, self.problem = {}, set(), None

    def revision(self):
        return len(self.kept)

    def saved(self, ids):
        return frozenset(ids) & frozenset(self.kept)

    def save(self, model_id, version_id=None):
        if model_id in self.broken:
            raise self.problem or Gone(what=str(model_id))
        self.kept[model_id] = version_id
        return Shortcut(model_id, f'Model {model_id}')


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def desk(bench, open_desk, shelf):
    """A desk whose offers hear of the downloads of the engine, and save at once."""
    offers = SaveOffers(shelf, start=lambda job: job())
    ended = bench.engine.subscribe(offers.hear)
    yield open_desk(tabs={NAME: offers})
    ended()


def cards(visitor):
    visitor.poll()
    return [plain(card) for card in visitor.notices]


def offered(visitor, words):
    return eventually(lambda: [card for card in cards(visitor) if words in card], words)


def test_what_was_downloaded_is_offered_and_saved_by_one_click(bench, desk, shelf):
    here, other = desk.visitor('a'), desk.visitor('b')
    assert cards(here) == cards(other) == []
    bench.fetch('1004')
    [card] = offered(here, 'is downloaded')
    offered(other, 'is downloaded')
    here.click(f'{NAME}:save')
    assert shelf.kept == {1004: 2007}
    assert [card for card in cards(here) if 'is saved' in card]
    assert not [card for card in cards(here) if 'is downloaded' in card]
    eventually(lambda: cards(other) == [], 'nobody need save it a second time')
    here.click(f'{NAME}:save')
    assert list(shelf.kept) == [1004]


def test_several_are_one_card(bench, desk, shelf):
    here = desk.visitor()
    here.poll()
    bench.fetch('1004')
    offered(here, 'is downloaded')
    bench.fetch('1010')
    [card] = offered(here, '2 models are downloaded')
    assert len(cards(here)) == 1 and 'Save all 2' in card
    shelf.save(1004)
    offered(here, 'is downloaded')
    here.click(f'{NAME}:save')
    assert set(shelf.kept) == {1004, 1010}


def test_it_stays_until_it_is_closed_and_does_not_come_back_with_the_next(bench, desk, monkeypatch):
    here = desk.visitor()
    here.poll()
    bench.fetch('1004')
    offered(here, 'is downloaded')
    late = time.monotonic() + 86_400
    with monkeypatch.context() as later:
        later.setattr(time, 'monotonic', lambda: late)
        assert [card for card in cards(here) if 'is downloaded' in card]
    assert not [card for card in here.notices if 'data-cs-fades' in card]
    here.click(f'{NAME}:leave')
    assert cards(here) == []
    bench.fetch('1010')
    offered(here, 'is downloaded')
    assert not [card for card in cards(here) if '2 models' in card]


def test_who_comes_later_hears_nothing_of_before(bench, desk):
    here = desk.visitor('a')
    here.poll()
    bench.fetch('1004')
    offered(here, 'is downloaded')
    assert cards(desk.visitor('b')) == []


def test_a_saved_model_is_not_offered(bench, desk, shelf):
    here = desk.visitor()
    here.poll()
    shelf.save(1004)
    bench.fetch('1004')
    bench.fetch('1010')
    assert '1010' not in offered(here, 'is downloaded')[0]
    assert 'models are downloaded' not in cards(here)[0]


@pytest.mark.parametrize(
    ('problem', 'words'), [(None, '1004'), (KeyError('odd'), 'inside the program')]
)
def test_one_that_cannot_be_saved_is_said_and_the_others_are_saved(
    bench, desk, shelf, problem, words
):
    here = desk.visitor()
    here.poll()
    shelf.broken, shelf.problem = {1004}, problem
    bench.fetch('1004')
    bench.fetch('1010')
    offered(here, '2 models are downloaded')
    here.click(f'{NAME}:save')
    said = cards(here)
    assert list(shelf.kept) == [1010]
    assert any('Model 1010 is saved' in card for card in said)
    assert any('could not be saved' in card and words in card for card in said)
