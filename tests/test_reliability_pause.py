"""``queue pause`` in one terminal stops what another process is bringing, within about a second."""

import time

import pytest

from civitai_manager_libs.demo import FILES

from .support.command import ended, eventually, sent
from .support.held import Held
from .support.kills import place, ranges

BIG, BIG_SIZE = 3001, 40 << 20
RATE = 600_000  # of all connections together
STOPPED_SECONDS = 20  # a process that ends may have to wait for the processor


def settled(demo):
    """Bytes that the storage has sent, once it sends no more."""
    before = -1
    while before != sent(demo, FILES):
        before = sent(demo, FILES)
        time.sleep(0.5)
    return before


@pytest.mark.parametrize('connections', [1, 4])
@pytest.mark.parametrize('action, state', [('pause', 'paused'), ('cancel', 'cancelled')])
def test_from_another_terminal(demo, program, connections, action, state):
    """Measured by the bytes that the server still sends: a line of so many bytes a second, on which
    the whole file takes more than a minute, since the machine may be busy.
    """
    demo.replace_file(BIG, size=BIG_SIZE)
    demo.faults.add('throttle', path=FILES, bytes_per_second=RATE // connections)
    process = program.start('download', '1001', '--connections', connections, '--json')
    eventually(lambda: program.received() > 500_000)
    done = program.run('queue', action, '1', '--json')
    assert done.code == 0 and done.downloads[0]['state'] == state
    before = sent(demo, FILES)
    stopped = ended(process)
    assert stopped.code == 130 and stopped.downloads[0]['state'] == state, stopped
    # a step of the throttle is on its way on each connection when it is closed
    assert settled(demo) - before < STOPPED_SECONDS * RATE < BIG_SIZE - before
    assert bool(program.files()) is (action == 'pause')


def test_and_resumed_where_it_was(demo, program):
    """The paused part is whole as far as it goes: what had arrived is not fetched again."""
    demo.replace_file(BIG, size=BIG_SIZE)
    held = Held(demo, after=16_000_000)
    words = ['download', '1001', '--connections', '4', '--json']
    process = program.start(*words)
    eventually(lambda: program.received() > 12_000_000)
    assert program.run('queue', 'pause', '1').code == 0
    assert ended(process).code == 130
    first, [row] = settled(demo), program.rows()
    arrived = sum(end - begin for begin, end in ranges(place(row))[0])
    assert arrived > 12_000_000
    held.let_go()
    assert program.run('queue', 'resume', '1').code == 0 and program.states() == ['queued']
    done = program.run(*words)
    assert done.code == 0 and done.downloads[0]['verified']
    with open(done.downloads[0]['path'], 'rb') as file:
        assert file.read() == demo.file_bytes(BIG)
    # what is on its way when a piece is shared is sent in vain
    assert sent(demo, FILES) - first < BIG_SIZE - arrived + BIG_SIZE // 4
    assert len(program.files()) == len(program.rows()) == 1


def test_what_waits_behind_it_goes_on(demo, program):
    """Pausing one of two leaves the other alone."""
    demo.replace_file(BIG, size=BIG_SIZE)
    held = Held(demo, after=1_000_000, path='auroraDream')
    process = program.start('download', '1001', '1003', '--json', concurrent_downloads=1)
    eventually(lambda: program.received() > 500_000)
    assert program.run('queue', 'pause', '1').code == 0
    eventually(lambda: program.states()[1] in ('running', 'verifying', 'done'))
    held.let_go()
    done = ended(process)
    assert done.code == 130
    assert [entry['state'] for entry in done.downloads] == ['paused', 'done']
