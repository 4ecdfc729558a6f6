"""Killed, robbed of its file, run again: it goes on from where it was."""

import subprocess

import pytest

from civitai_manager_libs.demo import FILES, SPECIAL

from .support.command import eventually, sent
from .support.held import Held

BIG, BIG_SIZE = 3001, 30 << 20
BIG_NAME = 'Checkpoint/auroraDreamXL_v20.safetensors'


def kill_after(program, seconds, *arguments):
    """Start a download and kill it after so many ``seconds``."""
    process = program.start('download', *arguments)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    return process.returncode


def test_what_had_arrived_is_not_fetched_again(demo, program):
    demo.replace_file(BIG, size=BIG_SIZE)
    held = Held(demo, after=16_000_000)
    process = program.start('download', '1001')
    eventually(lambda: program.received() > 12_000_000)
    process.kill()
    process.communicate()
    eventually(lambda: sent(demo, FILES) > 0)
    first = sent(demo, FILES)
    held.let_go()
    done = program.run('download', '1001', '--json')
    assert done.code == 0 and done.downloads[0]['verified']
    size = done.downloads[0]['bytes']
    assert sent(demo, FILES) - first < size - 11_000_000
    assert program.files() == [BIG_NAME]


@pytest.mark.parametrize('known', ['hash known', 'no hash', 'the site was not told'])
@pytest.mark.parametrize('size', [None, 5 << 20])
def test_the_file_is_replaced_between_kill_and_restart(demo, program, known, size):
    name, number = ('1001', BIG) if known != 'no hash' else ('1021', SPECIAL['unscanned'].file_id)
    demo.replace_file(number, size=6 << 20)
    held = Held(demo, after=3_000_000)
    process = program.start('download', name)
    eventually(lambda: program.received() > 1_500_000)
    process.kill()
    process.communicate()
    demo.replace_file(number, size=size or 6 << 20, update_api=known != 'the site was not told')
    held.let_go()
    done = program.run('download', name, '--json')
    if known == 'the site was not told':
        assert done.code == 6, done
        assert [name[-12:] for name in program.files()] == ['.quarantined']
        return
    assert done.code == 0, done
    [written] = program.files()
    assert (program.downloads / written).read_bytes() == demo.file_bytes(number)
    assert done.downloads[0]['verified'] is (known == 'hash known')


def test_killed_with_two_files_of_one_name_in_the_queue(demo, program):
    """The second one keeps the name it was given before the kill."""
    model = str(SPECIAL['same_name'].model_id)
    demo.faults.add('throttle', path=FILES, bytes_per_second=1_000_000)
    for _ in range(3):
        kill_after(program, 0.9, model, '--all-files')
    demo.faults.clear()
    done = program.run('download', model, '--all-files', '--json')
    assert done.code == 0 and len(program.files()) == len(program.rows()) == 2
    for entry in done.downloads:
        with open(entry['path'], 'rb') as file:
            assert file.read() == demo.file_bytes(entry['file_id'])
