"""A folder of files that can be had again."""

import os
import threading

from civitai_manager_libs.store.kept import KeptFiles

MEGABYTE = 1 << 20


def name(number):
    return f'{number:02x}-file.bin'


def use(folder, number, moment):
    """File ``number`` was used at ``moment``; clocks of file systems are coarse."""
    os.utime(folder / name(number)[:2] / name(number), (moment, moment))


def test_what_is_written_is_read(tmp_path):
    files = KeptFiles(tmp_path, lambda: MEGABYTE)
    assert files.read(name(1)) is None
    files.write(name(1), b'one')
    assert files.read(name(1)) == b'one' and files.size == 3
    files.write(name(1), b'another')
    assert KeptFiles(tmp_path, lambda: MEGABYTE).read(name(1)) == b'another'
    files.remove(name(1))
    files.remove(name(1))
    assert files.read(name(1)) is None


def test_the_least_used_go_first(tmp_path):
    files = KeptFiles(tmp_path, lambda: 100)
    for number in range(5):
        files.write(name(number), b'x' * 19)
        use(tmp_path, number, number + 1)
    assert files.read(name(0))  # used last of all from now on
    files.write(name(9), b'x' * 19)
    left = {number for number in (*range(5), 9) if files.read(name(number))}
    assert left == {0, 3, 4, 9} and files.size <= 80


def test_a_smaller_limit_holds_at_once(tmp_path):
    limit = [MEGABYTE]
    files = KeptFiles(tmp_path, lambda: limit[0])
    for number in range(10):
        files.write(name(number), b'x' * 100)
    limit[0] = 300
    files.write(name(10), b'x' * 100)
    assert files.size <= 300


def test_what_is_larger_than_all_together_is_not_kept(tmp_path):
    files = KeptFiles(tmp_path, lambda: 10)
    files.write(name(1), b'x' * 9)
    files.write(name(2), b'x' * 11)
    assert files.read(name(1)) and files.read(name(2)) is None


def test_clearing_says_how_much_that_was(tmp_path):
    files = KeptFiles(tmp_path, lambda: MEGABYTE)
    assert files.clear() == 0
    for number in range(3):
        files.write(name(number), b'x' * 100)
    assert files.clear() == 300 and files.size == 0
    files.write(name(1), b'x')
    assert files.size == 1


def test_two_that_share_a_folder_keep_the_limit(tmp_path):
    def fill(first):
        files = KeptFiles(tmp_path, lambda: 5_000)
        for number in range(first, first + 100):
            files.write(name(number), b'x' * 100)

    threads = [threading.Thread(target=fill, args=[first]) for first in (0, 100)]
    [thread.start() for thread in threads]
    [thread.join(60) for thread in threads]
    assert 0 < KeptFiles(tmp_path, lambda: 5_000).size <= 5_000 * 1.2


def test_what_cannot_be_removed_stays_and_the_others_go(tmp_path):
    (tmp_path / 'ff' / 'a folder of somebody').mkdir(parents=True)
    os.utime(tmp_path / 'ff' / 'a folder of somebody', (0, 0))
    files = KeptFiles(tmp_path, lambda: 20_000)
    for number in range(20):
        files.write(name(number), b'x' * 2_000)
    assert files.read(name(19)) and files.size <= 20_000


def test_a_file_that_is_taken_in_stays_until_the_next(tmp_path):
    files = KeptFiles(tmp_path / 'kept', lambda: 100)
    files.write(name(1), b'x' * 50)
    for number in (2, 3):
        source = tmp_path / 'large'
        source.write_bytes(b'y' * 300)
        assert files.take(name(number), source) == files.find(name(number))
        assert not source.exists()
        if number == 2:
            use(tmp_path / 'kept', 2, 1)
    assert files.find(name(1)) is None and files.find(name(2)) is None
    assert files.size == 300


def test_a_large_file_does_not_push_out_the_small_ones(tmp_path):
    files = KeptFiles(tmp_path / 'kept', lambda: 1_000)
    for number in range(4):
        files.write(name(number), b'x' * 100)
    for number in (5, 6):
        source = tmp_path / 'large'
        source.write_bytes(b'y' * 5_000)
        place = files.take(f'{name(number)}.video', source)
    assert all(files.find(name(number)) for number in range(4))
    assert files.find(f'{name(5)}.video') is None
    for number in range(7, 17):  # nor do they push out what somebody is looking at
        files.write(name(number), b'x' * 100)
    assert place.exists() and files.size <= 5_000 + 1_000
