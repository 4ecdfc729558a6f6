"""Progress in a pipe: a line for what moves, and for many downloads now and then one for all."""

import io
from dataclasses import replace

import pytest

from civitai_manager_libs.cli import progress
from civitai_manager_libs.domain.task import State, Task
from civitai_manager_libs.memory import guard

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


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


@pytest.mark.usefixtures('english')
class TestResting:
    RESTING = {'quiet_hours': '09:30-09:30', 'quiet_hours_mode': 'pause'}

    def test_quiet_hours_are_said_once(self, shown, fresh_settings):
        fresh_settings(**self.RESTING)
        lines = shown(tasks(3), tasks(3), tasks(3))
        assert lines[0] == 'Quiet hours: downloads run again at 09:30.'
        assert len(lines) == 4 and 'Quiet' not in ''.join(lines[1:])

    def test_on_a_terminal_above_the_bar(self, fresh_settings):
        fresh_settings(**self.RESTING)
        stream = Terminal()
        meter = progress.Progress(stream, quiet=False)
        meter.show(tasks(1))
        meter.show(tasks(1))
        said = stream.getvalue()
        assert said.startswith('\r\x1b[KQuiet hours: downloads run again at 09:30.\n\r\x1b[K')
        assert said.count('Quiet') == 1

    def test_nothing_of_it_when_nothing_waits_or_downloads_may_run(self, shown, fresh_settings):
        fresh_settings(**self.RESTING)
        assert shown(tasks(3, State.DONE)) == []
        fresh_settings(quiet_hours='09:30-09:30', quiet_hours_mode='only')
        assert 'Quiet' not in ''.join(shown(tasks(3)))

    def test_quiet_means_quiet(self, fresh_settings):
        fresh_settings(**self.RESTING)
        stream = io.StringIO()
        progress.Progress(stream, quiet=True).show(tasks(1))
        assert stream.getvalue() == ''

    def test_short_memory_is_said_once(self, shown, fresh_settings):
        fresh_settings()
        who = object()
        guard.line_up(who, 1, 1)
        try:
            lines = shown(tasks(1), tasks(1))
        finally:
            guard.line_up(who, 0, 0)
        assert 'wait for memory: 1' in lines[0] and len(lines) == 2
