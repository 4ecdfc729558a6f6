"""Kills the real program with SIGKILL at moments that are chosen by what it is doing, and looks at
what is left.
"""

import json
import os
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path

import pytest

from civitai_manager_libs.demo import FILES, PICTURES, SPECIAL
from civitai_manager_libs.moving.part import PART_SUFFIX, part_path
from civitai_manager_libs.moving.state_file import STATE_SUFFIX, state_path
from civitai_manager_libs.transfers.sidecars import is_model_file
from .command import Program

SEED = int(os.environ.get('RELIABILITY_SEED', '20260801'))
BIG, BIG_SIZE = 3001, 24 << 20
TARGETS = ['1001', '1003', '1004', '1005', str(SPECIAL['unscanned'].model_id)]
WORDS = ['download', *TARGETS, '--connections', '4']
STAGES = ('before the first byte', 'ranges', 'hashing', 'rename', 'sidecars')
_LOOK_SECONDS = 0.0005
_PATIENCE = 60
_RETRIES = 8
_KILLED = 1 if os.name == 'nt' else -9


def stage(row):
    """What the download of ``row`` is at, as row and files tell: one of ``STAGES`` while somebody
    moves it or did when killed, else its state.
    """
    if row['state'] not in ('running', 'verifying'):
        return row['state']
    final = place(row)
    if row['path']:
        return 'sidecars'
    if final.exists():  # a later run reads again what was named and not recorded
        return 'rename' if row['state'] == 'verifying' else 'hashing'
    finished, size = ranges(final)
    if not finished:
        return 'before the first byte'
    return 'hashing' if finished == [[0, size]] else 'ranges'


def place(row):
    """Where the file of ``row`` goes."""
    return Path(row['order']['folder']) / row['order']['file_name']


def ranges(final):
    """The finished ranges of the part of ``final`` and its size, as its state says."""
    try:
        saved = json.loads(state_path(final).read_text(encoding='utf-8'))
    except (FileNotFoundError, ValueError):  # none, or just being written
        return [], None
    return (saved['finished'], saved['size']) if part_path(final).exists() else ([], None)


def rows_of(program):
    """The queue, empty before there is one."""
    try:
        return program.rows()
    except sqlite3.OperationalError:
        return []


@dataclass(frozen=True)
class Aim:
    """A moment to kill at: as soon as ``ready(watch)``, and up to ``spread`` seconds later. The
    server sends ``speed`` bytes a second over each connection, None as fast as it can.
    """

    name: str
    ready: Callable[['Watch'], bool]
    spread: float = 0.0
    speed: int | None = 2_000_000


AIMS = (
    Aim('any', lambda watch: True, 2.0),
    Aim('before the first byte', lambda watch: 'before the first byte' in watch.stages(), 0.05),
    Aim('ranges', lambda watch: watch.parted(), 0.6),
    Aim('hashing', lambda watch: 'hashing' in watch.stages(), 0.002, None),
    Aim('rename', lambda watch: watch.named(), 0.0, 20_000_000),
    Aim('sidecars', lambda watch: 'sidecars' in watch.stages(), 0.4, 20_000_000),
    Aim('writing beside', lambda watch: watch.writing(), 0.0, 20_000_000),
)


class Watch:
    """Follows one running program from outside."""

    def __init__(self, program, process, model):
        self.program = program
        self.process = process
        self.finals = [program.downloads / name for name in model.names if is_model_file(name)]
        self.missing = [final for final in self.finals if not final.exists()]

    def mine(self):
        """The rows that the process has in its hands, or had."""
        sign = f':{self.process.pid}:'
        return [row for row in rows_of(self.program) if sign in (row['owner'] or '')]

    def stages(self):
        """What the process is at."""
        return [stage(row) for row in self.mine()]

    def parted(self):
        """Whether it brings a file in several pieces."""
        return any(len(ranges(place(row))[0]) > 1 for row in self.mine())

    def named(self):
        """Whether a file has got its name since the beginning."""
        return any(final.exists() for final in self.missing)

    def writing(self):
        """Whether a file beside a model is being written at this moment."""
        folders = {final.parent for final in self.finals if final.parent.exists()}
        return any(name.startswith('.') for folder in folders for name in os.listdir(folder))

    def kill(self, aim, dice, patience):
        """Kill the process at ``aim``, or ``patience`` seconds after it has taken up a download;
        gives what it was at, None when it had ended before.
        """
        if aim.name != 'any':
            self._until(self.mine, _PATIENCE)
        self._until(lambda: aim.ready(self), patience)
        time.sleep(dice.uniform(0, aim.spread))
        before = self.stages()
        self.process.kill()
        out, err = self.process.communicate(timeout=_PATIENCE)
        if self.process.returncode != _KILLED:
            assert self.process.returncode == 0, (self.process.returncode, out, err)
            return None
        return self.stages() or before or ['starting']  # another process may have taken over

    def _until(self, ready, seconds):
        deadline = time.monotonic() + seconds
        while not ready() and time.monotonic() < deadline and self.process.poll() is None:
            time.sleep(_LOOK_SECONDS)


class Model:
    """What a run that nobody disturbs leaves: every other one must leave the same, byte by byte."""

    def __init__(self, program, words):
        done = program.run(*words)
        assert done.code == 0, done
        self.folder = program.downloads
        self.names = program.files()
        self.keys = self.keys_of(program)

    @staticmethod
    def keys_of(program):
        """The files that the queue knows, with the folder taken out."""
        return sorted(':'.join(row['key'].split(':')[:3]) for row in rows_of(program))

    def check(self, program):
        """Nothing that has its final name is wrong, and nothing that is done is missing."""
        for name in program.files():
            if not is_unfinished(name):
                assert name in self.names, f'{name} should not be there'
                same = cmp(program.downloads / name, self.folder / name, shallow=False)
                assert same, f'{name} is not what it should be'
        keys = self.keys_of(program)
        assert len(keys) == len(set(keys)) and set(keys) <= set(self.keys), keys
        for row in rows_of(program):
            if row['state'] == 'done':
                assert row['path'] == str(place(row)) and place(row).exists(), row

    def check_end(self, program):
        """Everything is there, once, and nothing else."""
        self.check(program)
        assert set(program.files()) - set(self.names) == set(), 'something was left behind'
        assert set(self.names) - set(program.files()) == set(), 'something is missing'
        assert self.keys_of(program) == self.keys, 'a task was lost or doubled'
        assert set(program.states()) == {'done'}, program.states()


def is_unfinished(name):
    """Whether a file of that name may be anything: a part, its state, one that is being written."""
    return name.endswith((PART_SUFFIX, STATE_SUFFIX)) or Path(name).name.startswith('.')


class Histogram:
    """What killed programs were at; ``print`` it."""

    def __init__(self, seed):
        self.seed = seed
        self.kills = 0
        self.hits = Counter()

    def add(self, stages):
        """Count one kill."""
        self.kills += 1
        self.hits.update(stages)

    def missed(self):
        """The stages that no kill has hit."""
        return [name for name in STAGES if not self.hits[name]]

    def __str__(self):
        lines = [f'seed {self.seed}: {self.kills} kills; their downloads were at']
        lines += [f'{count:>5}  {name}' for name, count in self.hits.most_common()]
        return '\n'.join(lines)


def trouble(demo, dice, speed):
    """A line on which everything goes wrong now and then, less often than ``_RETRIES``."""
    faults = demo.faults
    faults.clear()
    faults.add('cut', path=FILES, after=dice.randrange(1, 3_000_000), times=3, reset=True)
    faults.add('expire', path='fileId=3001', after=dice.randrange(1, 9_000_000), times=2)
    faults.add('status', side='storage', path=FILES, status=503, times=1, skip=3)
    faults.add('status', path='/api/download/', status=429, retry_after='0', times=1)
    faults.add('delay', side='api', path='/api/download/', seconds=0.1)
    faults.add('delay', path=PICTURES, seconds=0.3)
    if speed:
        faults.add('throttle', path=FILES, bytes_per_second=speed)


def besieged(demo, fresh_program, siege, kills):
    """Lay ``siege(demo, program, model, dice, histogram)`` to one program after another until there
    were so many ``kills``; gives the histogram. The seed and the moments that were hit are printed.
    """
    dice, histogram = random.Random(SEED), Histogram(SEED)
    model = Model(fresh_program('undisturbed'), WORDS)
    number = 0
    try:
        while histogram.kills < kills:
            number += 1
            siege(demo, fresh_program(f'round {number}'), model, dice, histogram)
    finally:
        print(f'\n{histogram}\nin {number} rounds')
    return histogram


@pytest.fixture
def fresh_program(demo, home, tmp_path):
    """Makes programs with a folder of their own, which write all that belongs to a model; one of
    the models is large enough for several connections.
    """
    demo.replace_file(BIG, size=BIG_SIZE)

    def make(name):
        folder = tmp_path / name
        folder.mkdir()
        made = Program(demo, folder)
        made.environment['CIVITAI_SHORTCUT_HTTP_MAX_RETRIES'] = str(_RETRIES)
        made.environment['CIVITAI_SHORTCUT_WRITE_SIDECARS'] = 'true'
        made.environment['CIVITAI_SHORTCUT_DOWNLOAD_COMPANIONS'] = 'true'
        return made

    return make
