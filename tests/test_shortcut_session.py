"""How often a page of the Shortcuts tab reads its list, and what it counts for it."""

from types import SimpleNamespace

import pytest

from civitai_manager_libs.domain.shortcut import Shortcut
from civitai_manager_libs.store.shortcut_labels import ShortcutCounts
from civitai_manager_libs.ui.shortcut_session import ShortcutSession
from civitai_manager_libs.ui.shortcut_shelf import PAGE


class Shelf:
    """Saved models of which reading takes ``cost`` seconds of work."""

    def __init__(self, many, cost):
        self.many, self.cost = many, cost
        self.changes = self.found = self.counted = 0
        self.worked = 0.0

    def revision(self):
        return self.changes

    def find(self, query, after=0, most=PAGE):
        self.found += 1
        self.worked += self.cost
        return [Shortcut(number, 'x') for number in range(1, self.many + 1)][after : after + most]

    def count(self, query):
        self.counted += 1
        return self.many

    def counts(self):
        return ShortcutCounts(all=self.many)

    def classes(self):
        return []


def session_of(many=3, cost=0.0):
    shelf = Shelf(many, cost)
    shelf.now = 100.0
    disk = SimpleNamespace(stamp=lambda: 0, model_ids=frozenset)
    session = ShortcutSession(
        shelf, disk, lambda job: job(), lambda: shelf.now, lambda: shelf.worked
    )
    session.follow(patient=True)
    return shelf, session


def test_a_list_that_takes_long_is_not_read_again_with_every_change():
    shelf, session = session_of(cost=0.4)
    shelf.changes += 1
    session.follow(patient=True)
    assert shelf.found == 1
    shelf.now += 5 * 0.4
    session.follow(patient=True)
    assert shelf.found == 2


@pytest.mark.parametrize('wish', [{'text': 'x'}, {'favourite': True}])
def test_who_wishes_for_something_or_has_done_something_does_not_wait(wish):
    shelf, session = session_of(cost=0.4)
    session.change(**wish)
    assert shelf.found == 2 and not session.busy
    shelf.changes += 1
    session.follow()
    assert shelf.found == 3


def test_a_list_that_is_read_quickly_follows_every_change():
    shelf, session = session_of(cost=0.01)
    shelf.changes += 1
    session.follow(patient=True)
    assert shelf.found == 2


def test_what_is_here_to_its_end_is_not_counted():
    shelf, session = session_of(PAGE - 1)
    session.change(text='x')
    assert (session.found, shelf.counted) == (PAGE - 1, 0)


def test_what_goes_on_is_counted_once_until_it_changes():
    shelf, session = session_of(PAGE + 1)
    session.change(text='x')
    session.follow(patient=True)
    session.more()
    assert (session.found, session.loaded, shelf.counted) == (PAGE + 1, PAGE + 1, 1)
