"""Killed at any moment, run by several at once, robbed of its file: it always ends right."""

import hashlib
import random
import subprocess

import pytest

from civitai_manager_libs.demo import FILES, SPECIAL

from .support.command import ended, eventually, sent

BIG, BIG_SIZE = 3001, 30 << 20
BIG_NAME = 'Checkpoint/auroraDreamXL_v20.safetensors'
TARGETS = ['1001', '1003', '1004', '1005', str(SPECIAL['unscanned'].model_id)]
FILE_IDS = [BIG, 3009, 3012, 3013, SPECIAL['unscanned'].file_id]
PLAIN_NAME = 'LORA/moss_garden_v1.safetensors'


def assert_only_right_files(program, right):
    """Whatever lies under a final name is whole."""
    for name in program.files():
        if '.part' not in name:
            digest = hashlib.sha256((program.downloads / name).read_bytes()).hexdigest()
            assert digest in right, f'{name} is not what any server ever had'


def kill_after(program, seconds, *arguments):
    process = program.start('download', *arguments)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    return process.returncode


@pytest.mark.parametrize('seed', [20260801])
def test_killed_at_random_moments(demo, program, seed):
    """Twelve times ``kill -9``, always the same command again, on a line full of trouble."""
    dice = random.Random(seed)
    demo.replace_file(BIG, size=BIG_SIZE)
    right = {demo.file_hashes(number)['SHA256'].lower() for number in FILE_IDS}
    demo.faults.add('throttle', path=FILES, bytes_per_second=8_000_000)
    demo.faults.add('cut', path=FILES, after=2_500_000, times=6, reset=True)
    demo.faults.add('expire', path='fileId=3001', after=9_000_000, times=3)
    for round_number in range(12):
        kill_after(program, dice.uniform(0.3, 1.4), *TARGETS)
        assert_only_right_files(program, right)
    demo.faults.clear()
    done = program.run('download', *TARGETS, '--json')
    assert done.code == 0, (seed, done)
    assert [entry['state'] for entry in done.downloads] == ['done'] * len(TARGETS), seed
    assert len(program.rows()) == len(TARGETS), f'seed {seed}: a task was lost or doubled'
    assert_only_right_files(program, right)
    assert len(program.files()) == len(TARGETS), (seed, program.files())
    found = {entry['file_id']: entry['sha256'] for entry in done.downloads}
    for number in FILE_IDS:
        assert found[number] == demo.file_hashes(number)['SHA256'].lower(), seed


def test_what_had_arrived_is_not_fetched_again(demo, program):
    demo.replace_file(BIG, size=BIG_SIZE)
    demo.faults.add('throttle', path=FILES, bytes_per_second=10_000_000)
    process = program.start('download', '1001')
    eventually(lambda: program.received() > 12_000_000)
    process.kill()
    process.communicate()
    eventually(lambda: sent(demo, FILES) > 0)
    first = sent(demo, FILES)
    demo.faults.clear()
    done = program.run('download', '1001', '--json')
    assert done.code == 0 and done.downloads[0]['verified']
    size = done.downloads[0]['bytes']
    assert sent(demo, FILES) - first < size - 11_000_000
    assert program.files() == [BIG_NAME]


def test_two_at_the_same_target_at_once(demo, program):
    demo.replace_file(BIG, size=8 << 20)
    demo.faults.add('throttle', path=FILES, bytes_per_second=8_000_000)
    both = [program.start('download', '1001', '--json') for _ in range(2)]
    results = [ended(process) for process in both]
    assert [result.code for result in results] == [0, 0], results
    assert results[0].downloads == results[1].downloads
    assert program.files() == [BIG_NAME] and len(program.rows()) == 1
    assert sent(demo, FILES) == len(demo.file_bytes(BIG))


def test_whoever_waits_takes_over_from_one_that_died(demo, program):
    demo.replace_file(BIG, size=12 << 20)
    demo.faults.add('throttle', path=FILES, bytes_per_second=4_000_000)
    first = program.start('download', '1001')
    eventually(lambda: program.received() > 1_000_000)
    second = program.start('download', '1001', '--json')
    owner = program.rows()[0]['owner']
    assert f':{first.pid}:' in owner
    eventually(lambda: second.poll() is None and program.received() > 4_000_000)
    first.kill()
    first.communicate()
    done = ended(second)
    assert done.code == 0 and done.downloads[0]['verified'], done
    assert program.rows()[0]['attempts'] == 2 and program.files() == [BIG_NAME]
    assert (program.downloads / BIG_NAME).read_bytes() == demo.file_bytes(BIG)


@pytest.mark.parametrize('known', ['hash known', 'no hash', 'the site was not told'])
@pytest.mark.parametrize('size', [None, 5 << 20])
def test_the_file_is_replaced_between_kill_and_restart(demo, program, known, size):
    name, number = ('1001', BIG) if known != 'no hash' else ('1021', SPECIAL['unscanned'].file_id)
    demo.replace_file(number, size=6 << 20)
    slow = demo.faults.add('throttle', path=FILES, bytes_per_second=4_000_000)
    process = program.start('download', name)
    eventually(lambda: program.received() > 1_500_000)
    process.kill()
    process.communicate()
    demo.replace_file(number, size=size or 6 << 20, update_api=known != 'the site was not told')
    demo.faults.remove(slow)
    done = program.run('download', name, '--json')
    if known == 'the site was not told':
        assert done.code == 6 and program.files() == [], done
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
