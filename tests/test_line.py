"""Who is next: the line of waiting downloads, what is cleared away, and what has changed."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from civitai_manager_libs.domain.task import Action, Move, Note, State
from civitai_manager_libs.errors import DiskFull
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.downloads import DownloadStore
from civitai_manager_libs.store.line import _shifted

from .support.engine import new_download


def gone(task):
    return False


@pytest.fixture
def store(tmp_path):
    database = Database(tmp_path / 'queue.db')
    yield DownloadStore(database)
    database.close()


def filled(store, *priorities):
    """Waiting tasks of these priorities; gives their numbers."""
    orders = [
        new_download(number, priority=priority) for number, priority in enumerate(priorities, 1)
    ]
    return [task.id for task in store.add(orders, gone)]


def turns(store):
    """The numbers of the waiting tasks in the order in which they get their turn."""
    found = []
    while task := store.claim('me:1:1', lambda task: True):
        found.append(task.id)
    return found


class TestMoving:
    def test_priority_then_age(self, store):
        filled(store, 0, 3, 0, 3)
        assert turns(store) == [2, 4, 1, 3]

    def test_up_and_down_exchange_neighbours(self, store):
        filled(store, 0, 0, 0, 0)
        assert [task.id for task in store.move(Move.UP, [3])] == [3]
        assert [task.id for task in store.move(Move.DOWN, [1])] == [1]
        assert turns(store) == [3, 1, 2, 4]

    def test_up_past_a_higher_priority(self, store):
        filled(store, 0, 5)
        store.move(Move.UP, [1])
        assert store.get(1).order.priority == 5 and turns(store) == [1, 2]

    def test_several_do_not_overtake_each_other(self, store):
        filled(store, 0, 0, 0, 0)
        store.move(Move.UP, [2, 3])
        store.move(Move.UP, [2, 3])
        assert turns(store) == [2, 3, 1, 4]

    def test_at_the_end_nothing_moves(self, store):
        filled(store, 0, 0)
        assert store.move(Move.UP, [1]) == [] == store.move(Move.DOWN, [2])
        assert store.move(Move.UP, [99]) == []

    def test_to_the_front_in_their_order(self, store):
        filled(store, 0, 7, 0, 0)
        store.move(Move.FRONT, [4, 3])
        assert turns(store) == [3, 4, 2, 1]

    def test_a_paused_one_sent_to_the_front_is_first_when_it_goes_on(self, store):
        filled(store, 0, 0, 0)
        store.act(Action.PAUSE, [3])
        assert [task.id for task in store.move(Move.FRONT, [3])] == [3]
        store.act(Action.RESUME, [3])
        assert turns(store) == [3, 1, 2]

    def test_what_moves_has_no_place_in_the_line(self, store):
        filled(store, 0, 0)
        store.claim('me:1:1', gone)
        assert store.move(Move.FRONT, [1]) == [] == store.move(Move.DOWN, [1])

    def test_a_cancelled_one_that_is_ordered_again_stands_at_the_end(self, store):
        filled(store, 0, 0)
        store.act(Action.CANCEL, [1])
        store.add([new_download(1)], gone)
        assert turns(store) == [2, 1]

    @given(st.integers(1, 8), st.sets(st.integers(0, 7)), st.sampled_from([-1, 1]))
    def test_nobody_is_lost_and_nobody_jumps(self, length, moved, step):
        line = list(range(length))
        after = _shifted(line, moved, step)
        assert sorted(after) == line
        assert all(abs(after.index(one) - one) <= 1 for one in moved if one in line)
        others = [one for one in after if one not in moved]
        assert others == sorted(others)


class TestClearing:
    def done(self, store, number):
        task = store.claim('me:1:1', gone)
        assert task.id == number
        store.finish(task, path='/models/x', sha256='a' * 64)

    def test_only_what_has_ended_well_or_was_given_up(self, store):
        filled(store, 0, 0, 0, 0)
        self.done(store, 1)
        failing = store.claim('me:1:1', gone)
        store.fail(failing, State.FAILED, DiskFull(path='/', needed=1, free=0))
        store.act(Action.CANCEL, [3])
        assert [task.id for task in store.clear()] == [1, 3]
        assert [task.id for task in store.all() if task.cleared is None] == [2, 4]
        assert store.clear() == []

    def test_some_of_them(self, store):
        filled(store, 0, 0)
        store.act(Action.CANCEL, [1, 2])
        assert [task.id for task in store.clear([2, 99])] == [2]

    def test_ordered_again_it_is_back_on_the_list(self, store):
        filled(store, 0)
        self.done(store, 1)
        store.clear()
        [again] = store.add([new_download(1)], lambda task: True)
        assert (again.id, again.state, again.cleared) == (1, State.DONE, None)


class TestChanges:
    @settings(max_examples=30, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4)), max_size=15))
    def test_whoever_follows_them_knows_everything(self, tmp_path_factory, steps):
        database = Database(tmp_path_factory.mktemp('changes') / 'queue.db')
        store, known, revision = DownloadStore(database), {}, 0
        for step, number in steps:
            if step == 0:
                store.add([new_download(number)], gone)
            elif step == 1 and (task := store.claim('me:1:1', gone)):
                store.beat(task, State.RUNNING, received=number)
            elif step == 2:
                store.move(Move.FRONT, [number])
            elif step == 3:
                store.clear()
            elif step == 4:
                store.note(number, [Note('not_writable', {'path': 'x'})])
            else:
                store.act(list(Action)[number - 1], [number])
            for task in store.changes(revision):
                known[task.id], revision = task, task.revision
            assert known == {task.id: task for task in store.all()}
            assert revision == store.revision()
        database.close()

    def test_followers_are_found_with_whom_they_follow(self, store):
        [first] = filled(store, 0)
        [second] = store.add([new_download(7)], gone, parent_id=first)
        assert [task.id for task in store.all([first], followers=True)] == [first, second.id]
        assert [task.id for task in store.all([first])] == [first]
        store.claim('me:1:1', gone, [first])
        assert store.claim('me:1:1', lambda task: True, [first]).id == second.id
