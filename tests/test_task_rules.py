"""Which state may follow which, and what is told of a download at one moment."""

import pytest

from civitai_manager_libs.domain.task import AFTER, MOVING, SETTLED, Action, State, Task

from .support.engine import new_download

EVERY = set(State)
ALLOWED = {
    Action.PAUSE: {State.QUEUED, State.RUNNING, State.VERIFYING},
    Action.RESUME: {State.PAUSED},
    Action.RETRY: {State.FAILED, State.CANCELLED, State.PAUSED},
    Action.CANCEL: EVERY - {State.DONE, State.CANCELLED},
}


def task(state=State.RUNNING, **values):
    order = new_download(size_estimate=values.pop('size_estimate', None))
    return Task(id=1, state=state, order=order, **values)


@pytest.mark.parametrize('action', Action)
def test_from_where_an_action_leads(action):
    sources, after = AFTER[action]
    assert set(sources) == ALLOWED[action]
    assert after not in sources
    assert after in (State.PAUSED, State.QUEUED, State.CANCELLED)


def test_no_action_touches_a_finished_download():
    assert all(State.DONE not in sources for sources, _ in AFTER.values())


def test_every_state_waits_moves_or_rests():
    assert {State.QUEUED} | set(MOVING) | set(SETTLED) == EVERY
    assert not set(MOVING) & set(SETTLED)


def test_states_are_the_words_of_the_json_output():
    words = 'queued running paused verifying done failed cancelled'.split()
    assert sorted(state.value for state in State) == sorted(words)


def test_size_is_what_the_server_said_else_the_estimate():
    assert task(total=10, size_estimate=99).size == 10
    assert task(total=0, size_estimate=99).size == 0
    assert task(size_estimate=99).size == 99
    assert task().size is None


@pytest.mark.parametrize(
    'values, seconds',
    [
        ({'total': 100, 'received': 40, 'speed': 20.0}, 3.0),
        ({'total': 100, 'received': 140, 'speed': 20.0}, 0.0),
        ({'total': 100, 'received': 40, 'speed': 0.0}, None),
        ({'received': 40, 'speed': 20.0}, None),
        ({'total': 100, 'speed': 20.0, 'state': State.PAUSED}, None),
        ({'total': 100, 'speed': 20.0, 'state': State.VERIFYING}, None),
    ],
)
def test_time_left(values, seconds):
    assert task(**values).seconds_left == seconds
