"""Ctrl-C while models are saved, asked for again and taken from a file: what was done stays."""

import signal
import sqlite3
import sys
from contextlib import closing

import pytest

from .support.command import ended, eventually
from .support.predecessor import DataSc, listed

pytestmark = pytest.mark.skipif(sys.platform == 'win32', reason='platform: signals of POSIX')


def saved(program):
    """How many models are saved."""
    if not program.database.exists():
        return 0
    with closing(sqlite3.connect(program.database.as_uri() + '?mode=rw', uri=True)) as connection:
        try:
            return connection.execute('SELECT count(*) FROM shortcuts').fetchone()[0]
        except sqlite3.OperationalError:
            return 0


def interrupted(process):
    process.send_signal(signal.SIGINT)
    done = ended(process)
    assert done.code == 130, done
    assert 'Traceback' not in done.err and 'Ended early' in done.err
    return done


def test_while_a_large_folder_is_imported(program, tmp_path):
    data_sc = DataSc(tmp_path)
    data_sc.list(*(listed(number, imageurl=None) for number in range(1, 6_001)))
    process = program.start('shortcut', 'import', data_sc.path, '--json')
    eventually(lambda: saved(program) > 0)
    done = interrupted(process)
    assert done.json['stopped'] and len(done.json['taken']) == saved(program) < 6_000
    again = program.run('shortcut', 'import', data_sc.path, '--json')
    assert again.code == 0 and not again.json['problems']
    assert again.json['already'] == done.json['taken']
    assert saved(program) == 6_000


def test_while_the_site_is_slow(demo, program):
    demo.faults.add('delay', path='/api/v1/models', seconds=3)
    process = program.start('shortcut', 'add', '1001', '1003', '1004')
    eventually(lambda: demo.requests.of('api'))
    interrupted(process)
    demo.faults.clear()
    assert program.run('shortcut', 'add', '1001', '1003', '1004').code == 0
    assert saved(program) == 3


def test_while_all_are_asked_for_again(demo, program):
    assert program.run('shortcut', 'add', '1001', '1003', '1004').code == 0
    before = len(demo.requests.of('api'))
    demo.faults.add('delay', path='/api/v1/models', seconds=3)
    process = program.start('shortcut', 'update')
    eventually(lambda: len(demo.requests.of('api')) > before)
    interrupted(process)
    assert saved(program) == 3


def test_while_pictures_are_still_to_come(demo, program):
    demo.faults.add('delay', path='/xG1nkqKTMzGDvpLrqFT7WA', seconds=5)
    process = program.start('shortcut', 'add', '1001')
    eventually(lambda: saved(program) == 1)
    interrupted(process)
    assert 'Ended early' not in program.run('shortcut', 'list').err
