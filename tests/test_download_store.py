"""The queue in the database: each change is checked against what the row is at that moment."""

import itertools
from pathlib import Path

import pytest

from civitai_manager_libs.domain.task import AFTER, MOVING, SETTLED, Action, State
from civitai_manager_libs.errors import BodyCut, TaskUnknown
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.downloads import DownloadStore

from .support.engine import new_download

ME, OTHER = 'here:1:1', 'here:2:2'


def intact(task):
    return True


def changed(task):
    return False


def alive(task):
    return True


def dead(task):
    return False


@pytest.fixture
def store(tmp_path):
    database = Database(tmp_path / 'queue.db')
    clock = itertools.count(1000)
    yield DownloadStore(database, lambda: float(next(clock)))
    database.close()


def put(store, state, number=1, **changes):
    """A task in ``state``, brought there by the steps of the program."""
    task = store.add([new_download(number, **changes)], intact)[0]
    if state in (State.RUNNING, State.VERIFYING, State.DONE, State.FAILED):
        task = store.claim(ME, alive, [task.id])
        steps = {
            State.RUNNING: lambda: store.beat(task, State.RUNNING, received=5),
            State.VERIFYING: lambda: store.beat(task, State.VERIFYING, received=9, hashed=5),
            State.DONE: lambda: store.finish(task, path='/models/1', sha256='a' * 64),
            State.FAILED: lambda: store.fail(task, State.FAILED, BodyCut(host='h')),
        }
        assert steps[state]()
    elif state is State.PAUSED:
        store.act(Action.PAUSE, [task.id])
    elif state is State.CANCELLED:
        store.act(Action.CANCEL, [task.id])
    task = store.get(task.id)
    assert task.state is state
    return task


class TestActions:
    @pytest.mark.parametrize('state', State)
    @pytest.mark.parametrize('action', Action)
    def test_an_action_changes_only_what_it_may(self, store, state, action):
        before = put(store, state)
        sources, after = AFTER[action]
        acted = store.act(action, [before.id])
        now = store.get(before.id)
        if state in sources:
            assert acted == [now] and now.state is after
            assert now.owner is None and now.speed == 0
            assert (now.received, now.hashed) == (before.received, before.hashed)
        else:
            assert acted == [] and now == before

    def test_waiting_again_forgets_the_error(self, store):
        failed = put(store, State.FAILED)
        assert failed.error_code == 'body_cut' and failed.error_details == {'host': 'h'}
        again = store.act(Action.RETRY, [failed.id])[0]
        assert again.error_code is None and again.error_details == {} and again.finished is None

    def test_only_the_named_ones(self, store):
        first, second = put(store, State.QUEUED, 1), put(store, State.QUEUED, 2)
        assert [task.id for task in store.act(Action.PAUSE, [second.id, 999])] == [second.id]
        assert store.get(first.id).state is State.QUEUED

    def test_an_unknown_number(self, store):
        with pytest.raises(TaskUnknown) as caught:
            store.get(4)
        assert caught.value.details == {'task_id': 4}


class TestAdding:
    @pytest.mark.parametrize('state', State)
    def test_the_same_file_at_the_same_place_is_one_task(self, store, state):
        before = put(store, state)
        order = new_download(1, target='again', hashes={'SHA256': 'a' * 64})
        now = store.add([order], intact)[0]
        assert now.id == before.id and len(store.all()) == 1
        if state in (State.PAUSED, State.FAILED, State.CANCELLED):
            assert now.state is State.QUEUED and now.order.target == 'again'
            assert now.error_code is None and now.received == before.received
        else:
            assert now == before

    def test_a_finished_file_that_is_gone_is_queued_afresh(self, store):
        done = put(store, State.DONE)
        again = store.add([new_download(1)], changed)[0]
        assert again.id == done.id and again.state is State.QUEUED
        assert (again.path, again.sha256, again.verified, again.attempts) == (None, None, False, 0)

    def test_a_finished_file_that_is_not_the_one_wanted_is_queued_afresh(self, store):
        put(store, State.DONE)
        wanted = new_download(1, hashes={'SHA256': 'B' * 64})
        assert store.add([wanted], intact)[0].state is State.QUEUED

    def test_a_finished_file_that_is_the_one_wanted_stays(self, store):
        done = put(store, State.DONE)
        wanted = new_download(1, hashes={'SHA256': 'A' * 64}, pinned=True)
        assert store.add([wanted], intact)[0] == done

    def test_a_higher_priority_is_taken_over_a_lower_one_is_not(self, store):
        put(store, State.QUEUED, priority=5)
        assert store.add([new_download(1, priority=9)], intact)[0].order.priority == 9
        assert store.add([new_download(1, priority=2)], intact)[0].order.priority == 9

    def test_the_name_stays_since_a_part_may_lie_there(self, store):
        put(store, State.PAUSED)
        renamed = store.add([new_download(1, file_name='other.safetensors')], intact)[0]
        assert renamed.order.file_name == '1.safetensors'


class TestPlaces:
    """Two downloads never get the same place."""

    def clash(self, number=2, **changes):
        return new_download(number, file_name='1.SAFETENSORS', **changes)

    @pytest.mark.parametrize('state', [state for state in State if state is not State.CANCELLED])
    def test_a_taken_name_gives_way_to_the_spare_one(self, store, state):
        put(store, state)
        assert store.add([self.clash()], intact)[0].order.file_name == '2-spare.safetensors'

    def test_a_cancelled_download_holds_no_name(self, store):
        put(store, State.CANCELLED)
        assert store.add([self.clash()], intact)[0].order.file_name == '1.SAFETENSORS'

    def test_a_finished_download_whose_file_is_gone_holds_no_name(self, store):
        put(store, State.DONE)
        assert store.add([self.clash()], changed)[0].order.file_name == '1.SAFETENSORS'

    @pytest.mark.parametrize('again', ['added', 'retried'])
    def test_a_cancelled_download_that_comes_back_does_not_share_its_old_name(self, store, again):
        first = put(store, State.CANCELLED)
        second = store.add([self.clash()], intact)[0]
        if again == 'added':
            back = store.add([new_download(1)], intact)[0]
        else:
            back = store.act(Action.RETRY, [first.id])[0]
        assert back.id == first.id and back.state is State.QUEUED
        assert back.order.file_name == '1-spare.safetensors'
        assert second.order.file_name == '1.SAFETENSORS'

    def test_without_a_spare_name_a_number_is_added(self, store):
        names = [
            store.add([new_download(number, file_name='x.bin', spare_name='')], intact)[0]
            for number in range(3)
        ]
        assert len({task.order.file_name for task in names}) == 3
        assert names[0].order.file_name == 'x.bin'

    def test_another_folder_is_another_place(self, store):
        put(store, State.QUEUED)
        elsewhere = self.clash(folder=str(Path('/elsewhere')))
        assert store.add([elsewhere], intact)[0].order.file_name == '1.SAFETENSORS'


class TestClaiming:
    def test_highest_priority_first_then_oldest(self, store):
        for number, priority in ((1, 0), (2, 5), (3, 5), (4, -1)):
            put(store, State.QUEUED, number, priority=priority)
        order = [store.claim(ME, alive).id for _ in range(4)]
        assert order == [2, 3, 1, 4]
        assert store.claim(ME, alive) is None

    def test_what_a_claim_writes(self, store):
        put(store, State.QUEUED)
        task = store.claim(ME, alive)
        assert task.state is State.RUNNING and task.owner == ME and task.attempts == 1
        assert task.heartbeat is not None and store.get(task.id) == task

    def test_only_among_the_given_ones(self, store):
        for number in (1, 2, 3):
            put(store, State.QUEUED, number)
        assert store.claim(ME, alive, [3]).id == 3
        assert store.claim(ME, alive, [3]) is None
        assert store.claim(ME, alive, []) is None

    @pytest.mark.parametrize('state', MOVING)
    def test_a_dead_owner_is_relieved_a_living_one_is_not(self, store, state):
        moving = put(store, state)
        assert store.claim(OTHER, alive) is None
        taken = store.claim(OTHER, dead)
        assert taken.id == moving.id and taken.owner == OTHER and taken.attempts == 2
        assert taken.received == moving.received

    @pytest.mark.parametrize('state', SETTLED)
    def test_what_rests_is_never_taken(self, store, state):
        put(store, state)
        assert store.claim(OTHER, dead) is None


class TestLease:
    """A run that has lost its task cannot write into it any more."""

    def lost(self, store):
        put(store, State.QUEUED)
        return store.claim(ME, alive)

    def refused(self, store, task):
        before = store.get(task.id)
        assert not store.beat(task, State.RUNNING, received=77)
        assert not store.fail(task, State.FAILED, BodyCut(host='h'))
        assert not store.release(task, State.QUEUED)
        assert store.get(task.id) == before

    def test_after_a_pause(self, store):
        task = self.lost(store)
        store.act(Action.PAUSE, [task.id])
        self.refused(store, task)

    def test_after_another_process_took_it(self, store):
        task = self.lost(store)
        store.claim(OTHER, dead)
        self.refused(store, task)
        assert not store.finish(task, path='/x')

    def test_after_pause_and_resume_in_the_same_process(self, store):
        task = self.lost(store)
        store.act(Action.PAUSE, [task.id])
        store.act(Action.RESUME, [task.id])
        again = store.claim(ME, alive)
        self.refused(store, task)
        assert not store.finish(task, path='/x')
        assert store.beat(again, State.RUNNING, received=3)

    def test_a_file_in_place_is_done_although_somebody_paused_it_just_then(self, store):
        task = self.lost(store)
        store.act(Action.PAUSE, [task.id])
        assert store.finish(task, path='/x')
        assert store.get(task.id).state is State.DONE

    def test_a_cancelled_download_is_not_done(self, store):
        task = self.lost(store)
        store.act(Action.CANCEL, [task.id])
        assert not store.finish(task, path='/x')
        assert store.get(task.id).state is State.CANCELLED
