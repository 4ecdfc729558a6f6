"""Ctrl-C and a polite kill: everything that has arrived counts the next time."""

import os
import signal
import subprocess
import sys

import pytest

from civitai_manager_libs.demo import FILES

from .support.command import MAIN, PATIENCE, ended, eventually, files_below, sent
from .support.held import Held

pytestmark = pytest.mark.skipif(sys.platform == 'win32', reason='platform: signals of POSIX')
COMMANDS = 'civitai_manager_libs.cli'
INTERRUPTED_AT_IMPORT = '''
import os, runpy, signal, sys
class Interrupter:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            os.kill(os.getpid(), signal.SIGINT)
wanted, main, *arguments = sys.argv[1:]
sys.meta_path.insert(0, Interrupter())
sys.argv = [main, '--no-bootstrap', *arguments]
runpy.run_path(main, run_name='__main__')
'''
INTERRUPTED_WITH_A_LOCK = '''
import os, runpy, signal, sys, threading
entered = threading.Condition.__enter__
def __enter__(self):
    got = entered(self)
    if threading.get_ident() == threading.main_thread().ident and os.path.exists(flag):
        turns[0] -= 1
        if not turns[0]:
            os.kill(os.getpid(), signal.SIGINT)
    return got
flag, turn, main, *arguments = sys.argv[1:]
turns = [int(turn)]
threading.Condition.__enter__ = __enter__
sys.argv = [main, *arguments]
runpy.run_path(main, run_name='__main__')
'''
SIZE_ID = 3001  # 4 MiB
TARGET = '1001'


def interrupted(program, number, *options, arrived=300_000):
    process = program.start('download', TARGET, *options)
    eventually(lambda: program.received() >= arrived)
    process.send_signal(number)
    return ended(process)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_the_same_command_goes_on_from_there(demo, program, number):
    held = Held(demo, after=800_000)
    first = interrupted(program, number)
    assert first.code == 130 and 'Traceback' not in first.err and 'Interrupted' in first.err
    assert program.states() == ['paused']
    assert not list(program.downloads.rglob('*.safetensors'))
    held.let_go()
    before = sent(demo, FILES)
    second = program.run('download', TARGET, '--json')
    assert second.code == 0 and second.downloads[0]['id'] == 1
    whole = demo.file_bytes(SIZE_ID)
    assert (program.downloads / 'Checkpoint/auroraDreamXL_v20.safetensors').read_bytes() == whole
    assert sent(demo, FILES) - before < len(whole) - 300_000
    assert len(program.files()) == 1


def test_json_says_what_is_left_to_go_on_with(demo, program):
    Held(demo, after=800_000)
    done = interrupted(program, signal.SIGINT, '--json')
    assert done.code == 130
    (entry,) = done.downloads
    assert entry['state'] == 'paused' and entry['bytes'] > 0 and not entry['verified']


def test_while_the_server_is_silent(demo, program):
    demo.faults.add('stall', path=FILES, after=600_000, times=1)
    program.environment['CIVITAI_SHORTCUT_HTTP_TIMEOUT'] = '600'
    done = interrupted(program, signal.SIGINT)
    assert done.code == 130
    assert program.run('download', TARGET).code == 0


def test_what_waits_behind_it_is_not_lost(demo, program):
    Held(demo, after=800_000)
    process = program.start('download', '1001', '1003', '1004', '1005')
    eventually(lambda: program.received() >= 300_000)
    process.send_signal(signal.SIGINT)
    assert ended(process).code == 130
    assert len(program.states()) == 4 and 'running' not in program.states()
    demo.faults.clear()
    done = program.run('download', '1001', '1003', '1004', '1005', '--json')
    assert done.code == 0 and program.states() == ['done'] * 4
    assert len(files_below(program.downloads)) == 4


@pytest.mark.parametrize(
    'module', ['civitai_manager_libs.cli', 'requests', 'sqlalchemy', f'{COMMANDS}.download']
)
def test_while_the_program_is_still_loading(program, module):
    """Ctrl-C in the moment in which ``module`` is looked for: nothing to say but the code."""
    done = subprocess.run(
        [sys.executable, '-c', INTERRUPTED_AT_IMPORT, module, str(MAIN), 'download', TARGET],
        capture_output=True,
        text=True,
        env={**os.environ, **program.environment},
        timeout=60,
    )
    assert done.returncode == 130, done
    assert 'Traceback' not in done.stderr, done.stderr


@pytest.mark.parametrize('turn', [3, 6, 9, 12, 34, 37, 38, 40])
def test_in_the_moment_in_which_a_lock_is_taken(demo, program, tmp_path, turn):
    """It is let go of again: others of our threads need it to end."""
    Held(demo, after=800_000)
    flag = tmp_path / 'now'
    python, *words = program.words('download', TARGET)
    process = subprocess.Popen(
        [python, '-c', INTERRUPTED_WITH_A_LOCK, str(flag), str(turn), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **program.environment},
    )
    try:
        eventually(lambda: program.received() >= 300_000)
        flag.touch()
        _, said = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 130 and 'Traceback' not in said, said
    assert program.states() == ['paused']


@pytest.mark.parametrize('asked', ['/api/download/', '/api/v1/model-versions/'])
def test_while_the_site_does_not_answer_at_all(demo, program, asked):
    """At the second attempt the version is read afresh, which can hang as well."""
    program.environment['CIVITAI_SHORTCUT_HTTP_TIMEOUT'] = '600'
    held = Held(demo, after=800_000)
    assert interrupted(program, signal.SIGINT).code == 130
    demo.requests.clear()
    demo.faults.add('delay', side='api', path=asked, seconds=600.0)
    process = program.start('download', TARGET)
    eventually(lambda: demo.requests.of('api', asked))
    process.send_signal(signal.SIGINT)
    assert ended(process).code == 130
    assert program.states() == ['paused']
    demo.faults.clear()
    held.let_go()
    assert program.run('download', TARGET).code == 0
