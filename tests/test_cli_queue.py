"""``queue``: seen and steered from another process than the one that downloads."""

import pytest

from civitai_manager_libs.demo import FILES

from .support.command import ended, eventually, sent
from .support.held import Held

KEYS = {'id', 'name', 'state', 'priority', 'bytes', 'total_bytes', 'speed_bps', 'error'}


def entry(program, number=1):
    return program.run('queue', 'list', str(number), '--json').downloads[0]


def started(demo, program, *words):
    """A download of 4 MiB on its way, which comes to its end when the line is let go. As slow all
    the time: what hardly moves is taken for silent, and its bytes are asked for twice.
    """
    held = Held(demo, after=4 << 20, speed=100_000)
    process = program.start('download', '1001', *words)
    eventually(lambda: program.received() >= 300_000)
    return process, held


def test_an_empty_queue(program):
    done = program.run('queue', 'list')
    assert done.code == 0 and done.out == '' and 'No downloads' in done.err
    assert program.run('queue', 'list', '--json').json == {'downloads': []}


def test_the_list(program):
    program.run('download', '1004')
    program.run('download', '1017')
    program.run('download', '1005', '--enqueue', '--priority', '3')
    done = program.run('queue', 'list', '--json')
    assert done.code == 0 and all(KEYS <= set(one) for one in done.downloads)
    third, second, first = done.downloads
    assert (first['state'], first['error'], first['verified']) == ('done', None, True)
    assert first['bytes'] == first['total_bytes'] > 900_000 and 'Moss Garden' in first['name']
    assert second['state'] == 'failed' and second['error']['code'] == 'key_needed'
    assert (third['state'], third['priority'], third['bytes']) == ('queued', 3, 0)
    some = program.run('queue', 'list', '1', '3', '--json').downloads
    assert [one['id'] for one in some] == [1, 3]
    words = program.run('queue', 'list')
    assert len(words.out.splitlines()) == 3 and 'API key' in words.out
    assert 'Waiting 1 · Failed 1 · Done 1' in words.err and 'to come' in words.err


def test_quiet_hours_stand_above_the_list(program):
    program.run('download', '1004', '--enqueue')
    resting = {'quiet_hours': '09:30-09:30', 'quiet_hours_mode': 'pause'}
    done = program.run('queue', 'list', **resting)
    assert done.err.splitlines()[0] == 'Quiet hours: downloads run again at 09:30.'
    assert len(done.out.splitlines()) == 1
    assert program.run('queue', 'list', '--json', **resting).json['resting_until'] == '09:30'
    assert set(program.run('queue', 'list', '--json').json) == {'downloads'}
    assert 'Quiet' not in program.run('queue', 'list').err


class TestActions:
    def test_each_on_a_waiting_download(self, program):
        program.run('download', '1004', '--enqueue')
        for action, state in (
            ('pause', 'paused'),
            ('resume', 'queued'),
            ('cancel', 'cancelled'),
            ('retry', 'queued'),
        ):
            done = program.run('queue', action, '1', '--json')
            assert done.code == 0 and [one['state'] for one in done.downloads] == [state]

    def test_what_does_not_apply_does_nothing(self, program):
        program.run('download', '1004')
        done = program.run('queue', 'cancel', '1', '--json')
        assert done.code == 0 and done.downloads == [] and program.states() == ['done']
        assert len(program.files()) == 1

    def test_all_of_them(self, program):
        program.run('download', '1004', '1005', '--enqueue')
        assert len(program.run('queue', 'pause', '--all', '--json').downloads) == 2
        assert program.states() == ['paused', 'paused']

    @pytest.mark.parametrize(
        'number, action', [('7', 'cancel'), ('9' * 30, 'list'), ('-1', 'pause')]
    )
    def test_a_number_that_is_not_there(self, program, number, action):
        program.run('download', '1004', '--enqueue')
        done = program.run('queue', action, '1', '--', number)
        assert done.code == 2 and number in done.err and 'Traceback' not in done.err
        assert program.states() == ['queued']


class TestAcrossProcesses:
    def test_paused_from_outside(self, demo, program):
        process, held = started(demo, program, '--json')
        assert program.run('queue', 'pause', '1').code == 0
        done = ended(process)
        assert done.code == 130 and done.downloads[0]['state'] == 'paused'
        assert program.files() != []
        held.let_go()
        again = program.run('download', '1001', '--json')
        assert again.code == 0 and again.downloads[0]['id'] == 1

    def test_cancelled_from_outside(self, demo, program):
        process, _ = started(demo, program, '--json')
        assert program.run('queue', 'cancel', '1').code == 0
        done = ended(process)
        assert done.code == 130 and done.downloads[0]['state'] == 'cancelled'
        assert program.files() == [] and program.states() == ['cancelled']

    def test_progress_seen_from_outside(self, demo, program):
        process, held = started(demo, program)
        seen = entry(program)
        assert seen['state'] == 'running' and 0 < seen['bytes'] < seen['total_bytes']
        assert seen['speed_bps'] > 0
        held.let_go()
        assert ended(process).code == 0

    def test_a_task_that_another_process_moves_is_waited_for(self, demo, program):
        first, held = started(demo, program)
        asked = len(demo.requests.of('api'))
        second = program.start('download', '1001', '--json', http_cache_enabled='false')
        eventually(lambda: len(demo.requests.of('api')) > asked, 'the second looks the model up')
        held.let_go()
        assert ended(first).code == 0
        done = ended(second)
        assert done.code == 0 and done.downloads[0]['verified']
        assert sent(demo, FILES) == len(demo.file_bytes(3001))
