"""The disk is full in the middle: the download rests, says so, and goes on when there is room."""

import pytest

from civitai_manager_libs.demo import FILES

from .support.command import ended, eventually, sent
from .support.disks import small_disk

BIG, BIG_SIZE = 3001, 12 << 20
NAME = 'auroraDreamXL_v20.safetensors'


@pytest.fixture
def disk(tmp_path):
    """A disk of 32 MB."""
    with small_disk(tmp_path / 'disk', 32) as mounted:
        yield mounted


def words(disk):
    return ['download', '1001', '--dir', disk / 'models', '--connections', '4', '--json']


def filled(demo, program, disk):
    """Fill the disk while the file is on its way, and wait for the command that waited."""
    demo.replace_file(BIG, size=BIG_SIZE)
    slow = demo.faults.add('throttle', path=FILES, bytes_per_second=500_000)
    process = program.start(*words(disk))
    eventually(lambda: program.received() > 1_000_000)
    disk.fill()
    done = ended(process)
    demo.faults.remove(slow)
    return done


def assert_rests(program, disk, done):
    assert done.code == 7, done
    [entry] = done.downloads
    assert (entry['state'], entry['error']['code']) == ('paused', 'disk_full')
    assert 'full' in entry['error']['message'] or 'room' in entry['error']['message'], entry
    [listed] = program.run('queue', 'list', '--json').downloads
    assert (listed['state'], listed['error']) == ('paused', entry['error'])
    names = sorted(path.name for path in (disk / 'models').iterdir())
    assert names == [NAME + '.part', NAME + '.part.json']


def assert_whole(demo, program, disk):
    [row] = program.rows()
    assert (row['state'], row['error_code'], row['verified']) == ('done', None, True)
    assert [path.name for path in (disk / 'models').iterdir()] == [NAME]
    assert (disk / 'models' / NAME).read_bytes() == demo.file_bytes(BIG)


def test_the_same_command_goes_on(demo, program, disk):
    assert_rests(program, disk, filled(demo, program, disk))
    assert program.run(*words(disk)).code == 7  # still no room
    disk.empty()
    before = sent(demo, FILES)
    # over one connection: of several, what is on its way when a piece is shared is sent in vain
    assert program.run(*words(disk), '--connections', '1').code == 0
    assert_whole(demo, program, disk)
    assert sent(demo, FILES) - before < BIG_SIZE


def test_resumed_from_another_terminal(demo, program, disk):
    """``queue resume`` lets it wait again; whoever works on the queue takes it."""
    assert_rests(program, disk, filled(demo, program, disk))
    disk.empty()
    assert [one['state'] for one in program.run('queue', 'resume', '1', '--json').downloads] == [
        'queued'
    ]
    assert program.run(*words(disk)).code == 0
    assert_whole(demo, program, disk)


def test_a_page_goes_on_by_itself(demo, program, disk):
    """A ``serve`` in another process sees that there is room again, and nobody has to do
    anything.
    """
    assert_rests(program, disk, filled(demo, program, disk))
    page = program.start('serve', '--no-open', '--port', '0')
    try:
        eventually(lambda: page.poll() is None and program.states() == ['paused'])
        disk.empty()
        eventually(lambda: program.states() == ['done'], 'done without anybody', 60)
    finally:
        page.terminate()
        ended(page)
    assert_whole(demo, program, disk)


def test_one_command_for_several_goes_on_with_the_others(demo, program, disk):
    """What is on another disk is not kept by the full one."""
    demo.replace_file(BIG, size=BIG_SIZE)
    disk.fill()
    small = program.run('download', '1001', '--dir', disk / 'models', '--json')
    assert small.code == 7 and small.downloads[0]['error']['code'] == 'disk_full'
    assert program.run('download', '1004', '--json').code == 0
    assert program.states() == ['paused', 'done']
