"""The program without a process for each command: for what a command does and says, where starting
Python costs more than the command itself.
"""

import io
import logging
import os
import signal
import sys

import pytest

from civitai_manager_libs import i18n, setting
from civitai_manager_libs.cli import main

from .command import Command, Program, environment_of


class InProcess(Program):
    """:class:`Program` whose ``run`` stays in this process; ``start`` makes one as ever."""

    def run(self, *arguments, stdin='', **settings):
        """Run a command to its end, from its words to its exit code, as ``main.py`` does."""
        begun = self.words(*arguments)[2:]  # without Python and main.py
        out, err = _stream(), _stream()
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {**self.environment, **environment_of(settings)}.items():
                patch.setenv(name, value)
            patch.setattr(sys, 'stdin', _stream(stdin))
            patch.setattr(sys, 'stdout', out)
            patch.setattr(sys, 'stderr', err)
            code = main(begun)
        return Command(int(code), _written(out), _written(err))


def _stream(content=''):
    return io.TextIOWrapper(io.BytesIO(content.encode()), encoding='utf-8', newline='')


def _written(stream):
    stream.flush()
    return stream.buffer.getvalue().decode('utf-8')


@pytest.fixture
def terminal(demo, home, tmp_path):
    """The program over the demo catalogue of this test, in this process; settings, language, log
    and signals are afterwards what they were.
    """
    before, places, language = setting._current, setting._places, i18n.language()
    polite = signal.getsignal(signal.SIGTERM)
    folder = os.getcwd()
    log = logging.getLogger('civitai_shortcut')
    spoken = log.propagate, log.level, list(log.handlers)
    yield InProcess(demo, tmp_path)
    os.chdir(folder)
    log.propagate, log.handlers = spoken[0], spoken[2]
    log.setLevel(spoken[1])
    signal.signal(signal.SIGTERM, polite)
    setting._current, setting._places = before, places
    i18n.set_language(language)
