"""Progress in a pipe: a line for what moves, and for many downloads now and then one for all."""

import io
from dataclasses import replace

import pytest

from civitai_manager_libs.cli import progress
from civitai_manager_libs.domain.task import State, Task

from .support.engine import new_download


def tasks(count, state=State.QUEUED):
    orders = (new_download(number, name=f'model {number}') for number in range(count))
    return [Task(number, state, order) for number, order in enumerate(orders)]


@pytest.fixture
def shown():
    """Shows lists of tasks one after another; gives the lines written."""
    stream = io.StringIO()
    meter = progress.Progress(stream, quiet=False)

    def show(*moments):
        for moment in moments:
            meter.show(moment)
        return stream.getvalue().splitlines()

    return show


def test_of_a_few_each_is_told_once_a_state(shown):
    few = tasks(3)
    moving = [replace(few[0], state=State.RUNNING), *few[1:]]
    lines = shown(few, few, moving, moving)
    assert len(lines) == 4 and 'model 0' in lines[3]


def test_of_many_only_those_that_move(shown):
    many = tasks(500)
    moving = [*many[:7], replace(many[7], state=State.RUNNING), *many[8:]]
    lines = shown(many, many, moving, moving)
    assert len(lines) == 1 and 'model 7 ' in lines[0]


def test_now_and_then_a_line_for_all(shown, monkeypatch):
    monkeypatch.setattr(progress, '_LINE_SECONDS', 0.0)
    lines = shown(tasks(500, State.DONE))
    assert len(lines) == 1 and '500/500' in lines[0]
