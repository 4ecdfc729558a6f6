"""Files written as a whole or not at all, renames that never replace, locks between processes."""

import errno
import os
import stat
import subprocess
import sys
import threading

import pytest

from civitai_manager_libs.errors import DiskFull, NotWritable
from civitai_manager_libs.store import files
from civitai_manager_libs.store.files import (
    disk_error,
    free_space,
    make_folder,
    rename_new,
    same_disk,
    sync_folder,
    write_atomic,
)
from civitai_manager_libs.store.locks import try_lock

from .support.disks import small_disk

POSIX = pytest.mark.skipif(sys.platform == 'win32', reason='platform: permissions of POSIX')


def failing(number):
    def fail(*_, **__):
        raise OSError(number, os.strerror(number))

    return fail


def names(folder):
    return sorted(path.name for path in folder.iterdir())


class TestAtomic:
    def test_folders_are_made_and_content_replaced(self, tmp_path):
        path = tmp_path / 'a' / 'b' / 'c.json'
        for content in (b'one', b'', b'x' * 100_000):
            write_atomic(path, content)
            assert path.read_bytes() == content
        assert names(path.parent) == ['c.json']

    def test_a_long_name(self, tmp_path):
        path = tmp_path / ('名' * 80 + '.json')
        write_atomic(path, b'x')
        assert path.read_bytes() == b'x'

    @pytest.mark.parametrize('step', ['fsync', 'replace'])
    @pytest.mark.parametrize('number, kind', [(errno.ENOSPC, DiskFull), (errno.EIO, NotWritable)])
    def test_a_failure_leaves_the_old_file(self, tmp_path, monkeypatch, step, number, kind):
        path = tmp_path / 'c.json'
        write_atomic(path, b'old')
        monkeypatch.setattr(files.os, step, failing(number))
        with pytest.raises(kind) as caught:
            write_atomic(path, b'new')
        assert caught.value.details['path'] == str(path)
        assert path.read_bytes() == b'old' and names(tmp_path) == ['c.json']

    @pytest.mark.parametrize('fault', [KeyboardInterrupt, DiskFull])
    def test_pieces_that_break_off_leave_the_old_file(self, tmp_path, fault):
        path = tmp_path / 'c'
        path.write_bytes(b'old')

        def pieces():
            yield b'new '
            raise fault

        with pytest.raises(fault):
            write_atomic(path, pieces())
        assert path.read_bytes() == b'old' and names(tmp_path) == ['c']

    def test_pieces_may_be_read_from_the_old_file(self, tmp_path):
        path = tmp_path / 'c'
        path.write_bytes(b'old')

        def pieces():
            yield b'new '
            yield path.read_bytes()

        write_atomic(path, pieces())
        assert path.read_bytes() == b'new old' and names(tmp_path) == ['c']

    def test_pieces_that_cannot_be_read_leave_the_old_file(self, tmp_path):
        path = tmp_path / 'c'
        path.write_bytes(b'old')

        def pieces():
            yield b'new'
            raise OSError(errno.EIO, 'gone')

        with pytest.raises(NotWritable):
            write_atomic(path, pieces())
        assert path.read_bytes() == b'old' and names(tmp_path) == ['c']

    def test_readers_see_the_old_or_the_new_file(self, tmp_path):
        path, seen, done = tmp_path / 'c', set(), threading.Event()
        contents = [bytes([number]) * 50_000 for number in range(30)]
        write_atomic(path, contents[0])

        def read():
            while not done.is_set():
                seen.add(path.read_bytes())

        reader = threading.Thread(target=read)
        reader.start()
        for content in contents:
            write_atomic(path, content)
        done.set()
        reader.join()
        assert seen <= set(contents)

    def test_what_a_killed_writer_has_left_goes(self, tmp_path):
        for name in ('.c.json.0123abcd', '.c.json.89ef0123', '.d.json.0123abcd', '.c.json.old'):
            (tmp_path / name).write_bytes(b'half')
        with open(tmp_path / '.c.json.89ef0123', 'r+b') as file:  # its writer lives
            assert try_lock(file.fileno())
            write_atomic(tmp_path / 'c.json', b'x')
        left = ['.c.json.89ef0123', '.c.json.old', '.d.json.0123abcd', 'c.json']
        assert names(tmp_path) == left and (tmp_path / 'c.json').read_bytes() == b'x'

    def test_many_writers_of_one_file(self, tmp_path):
        path, failures = tmp_path / 'c', []
        contents = [bytes([number]) * 50_000 for number in range(8)]

        def write(content):
            try:
                for _ in range(20):
                    write_atomic(path, content)
            except (DiskFull, NotWritable) as error:
                failures.append(error)

        writers = [threading.Thread(target=write, args=[content]) for content in contents]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert failures == [] and names(tmp_path) == ['c'] and path.read_bytes() in contents

    @POSIX
    def test_permissions(self, tmp_path):
        path = tmp_path / 'c'
        write_atomic(path, b'x', mode=0o600)
        write_atomic(path, b'y')
        assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_a_file_where_the_folder_should_be(self, tmp_path):
        (tmp_path / 'a').write_bytes(b'x')
        for path in (tmp_path / 'a' / 'b', tmp_path / 'a' / 'b' / 'c'):
            with pytest.raises(NotWritable):
                write_atomic(path, b'x')

    def test_a_full_disk(self, tmp_path):
        with small_disk(tmp_path / 'disk', 1) as disk:
            write_atomic(disk / 'c', b'old')
            disk.fill()
            with pytest.raises(DiskFull) as caught:
                write_atomic(disk / 'c', b'x' * 500_000)
            details = caught.value.details
            assert (disk / 'c').read_bytes() == b'old' and names(disk) == ['ballast', 'c']
        assert details['needed'] == 500_000 and details['free'] < 500_000

    def test_a_disk_that_is_read_only(self, tmp_path):
        with small_disk(tmp_path / 'disk', 1, writable=False) as disk:
            with pytest.raises(NotWritable):
                write_atomic(disk / 'a' / 'c', b'x')
            with pytest.raises(NotWritable):
                write_atomic(disk / 'c', b'x')


class TestFolders:
    def test_what_exists_is_fine(self, tmp_path):
        assert make_folder(tmp_path / 'a' / 'b') == make_folder(tmp_path / 'a' / 'b')

    @pytest.mark.parametrize('number', [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS])
    @POSIX
    def test_a_file_system_that_cannot_sync_folders(self, tmp_path, monkeypatch, number):
        monkeypatch.setattr(files.os, 'fsync', failing(number))
        sync_folder(tmp_path)

    @POSIX
    def test_a_folder_that_may_be_written_but_not_read(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files.os, 'open', failing(errno.EACCES))
        sync_folder(tmp_path)

    @POSIX
    def test_a_folder_that_cannot_be_synced_for_another_reason(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files.os, 'fsync', failing(errno.EIO))
        with pytest.raises(NotWritable):
            sync_folder(tmp_path)

    def test_free_space_of_what_does_not_exist_yet(self, tmp_path):
        assert free_space(tmp_path / 'a' / 'b') > 0

    def test_one_disk_or_two(self, tmp_path):
        with small_disk(tmp_path / 'disk', 1) as disk:
            assert same_disk(tmp_path / 'a' / 'b', tmp_path / 'c')
            assert same_disk(disk / 'a', disk) and not same_disk(disk / 'a', tmp_path / 'c')

    @pytest.mark.parametrize('number', [errno.ENOSPC, errno.EFBIG])
    def test_full(self, tmp_path, number):
        error = disk_error(OSError(number, 'x'), tmp_path / 'x', 7)
        assert isinstance(error, DiskFull) and error.details['needed'] == 7
        assert error.details['free'] > 0

    def test_not_writable(self, tmp_path):
        error = disk_error(PermissionError(errno.EACCES, 'Permission denied'), tmp_path)
        assert isinstance(error, NotWritable) and error.details['reason'] == 'Permission denied'
        assert disk_error(OSError('odd'), tmp_path).details['reason'] == 'OSError'


class TestRenames:
    def test_nothing_is_replaced(self, tmp_path):
        source, target = tmp_path / 'a', tmp_path / 'b'
        source.write_bytes(b'new')
        target.write_bytes(b'old')
        with pytest.raises(FileExistsError):
            rename_new(source, target)
        assert target.read_bytes() == b'old' and source.read_bytes() == b'new'
        target.unlink()
        rename_new(source, target)
        assert names(tmp_path) == ['b'] and target.read_bytes() == b'new'

    @pytest.mark.parametrize('number', [errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK])
    @POSIX
    def test_where_there_are_no_hard_links(self, tmp_path, monkeypatch, number):
        monkeypatch.setattr(files.os, 'link', failing(number))
        source, target = tmp_path / 'a', tmp_path / 'b'
        source.write_bytes(b'new')
        target.symlink_to(tmp_path / 'nowhere')
        with pytest.raises(FileExistsError):
            rename_new(source, target)
        target.unlink()
        rename_new(source, target)
        assert names(tmp_path) == ['b']

    @POSIX
    def test_other_refusals_are_passed_on(self, tmp_path, monkeypatch):
        monkeypatch.setattr(files.os, 'link', failing(errno.EIO))
        (tmp_path / 'a').write_bytes(b'x')
        with pytest.raises(OSError):
            rename_new(tmp_path / 'a', tmp_path / 'b')
        assert names(tmp_path) == ['a']

    def test_only_one_of_many_wins(self, tmp_path):
        gate, wins = threading.Barrier(8), []
        for number in range(8):
            (tmp_path / str(number)).write_bytes(bytes([number]))

        def rename(number):
            gate.wait()
            try:
                rename_new(tmp_path / str(number), tmp_path / 'b')
            except FileExistsError:
                return
            wins.append(number)

        threads = [threading.Thread(target=rename, args=(number,)) for number in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len(wins) == 1 and (tmp_path / 'b').read_bytes() == bytes(wins)


HOLDER = """
import os, sys
sys.path.insert(0, sys.argv[2])
from civitai_manager_libs.store.locks import try_lock
print(try_lock(os.open(sys.argv[1], os.O_RDWR)), flush=True)
sys.stdin.read()
"""


class TestLocks:
    def test_another_process_holds_it_until_it_dies(self, tmp_path):
        path = tmp_path / 'x'
        path.write_bytes(b'x')
        scripts = os.path.dirname(os.path.dirname(os.path.dirname(files.__file__)))
        command = [sys.executable, '-c', HOLDER, str(path), scripts]
        pipes = {'stdin': subprocess.PIPE, 'stdout': subprocess.PIPE}
        with subprocess.Popen(command, encoding='utf-8', **pipes) as holder:
            assert holder.stdout.readline() == 'True\n'
            with open(path, 'rb+') as ours:
                assert try_lock(ours.fileno()) is False
            holder.kill()
        with open(path, 'rb+') as ours:
            assert try_lock(ours.fileno()) is True

    @pytest.mark.parametrize('number', [errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS])
    @POSIX
    def test_a_file_system_without_locks(self, tmp_path, monkeypatch, number):
        monkeypatch.setattr('fcntl.flock', failing(number))
        with open(tmp_path / 'x', 'wb') as file:
            assert try_lock(file.fileno()) is True
