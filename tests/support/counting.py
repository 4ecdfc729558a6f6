"""A monitor over a clock of the test, and a store in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import civitai_manager_libs
from civitai_manager_libs.monitoring import HttpMonitor
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.traffic import TrafficStore

NOON = 29_000_000 * 60.0
"""The beginning of some minute, in seconds since 1970."""

_PACKAGE = str(Path(civitai_manager_libs.__file__).parent.parent)


class Clock:
    """Gives ``now``, in seconds since 1970; a minute is half over at the beginning."""

    def __init__(self):
        self.now = NOON + 30

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    """The clock of ``monitor``."""
    return Clock()


@pytest.fixture
def monitor(clock, fresh_settings):
    """A monitor of this test alone."""
    made = HttpMonitor(clock)
    yield made
    made.close()


@pytest.fixture
def database(tmp_path):
    """An empty database."""
    made = Database(tmp_path / 'counts.db')
    yield made
    made.close()


@pytest.fixture
def store(database):
    """An empty store of counts."""
    return TrafficStore(database)


def child(code, *arguments):
    """A Python with our package that runs ``code``, with pipes."""
    return subprocess.Popen(
        [sys.executable, '-c', code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding='utf-8',
        env={**os.environ, 'PYTHONPATH': _PACKAGE},
    )
