"""The log files: rotation, several threads and processes, disks that refuse."""

import errno
import logging
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from civitai_manager_libs import log_files, notify
from civitai_manager_libs.log_files import LogFiles
from civitai_manager_libs.logs import open_logs
from civitai_manager_libs.util import printD
from tests.support.logs import lines, record, text

OURS = logging.getLogger('civitai_shortcut')


class TestRotation:
    @pytest.fixture(autouse=True)
    def small(self, monkeypatch):
        monkeypatch.setattr(log_files, 'LARGEST', 2000)

    def test_five_are_kept(self, opened_logs):
        for number in range(400):
            printD(f'line {number:04}')
        names = sorted(path.name for path in opened_logs.glob('application.log*'))
        assert names == ['application.log', *(f'application.log.{one}' for one in range(1, 6))]
        assert all(path.stat().st_size <= 2000 for path in opened_logs.iterdir())
        numbers = [int(line[-4:]) for line in lines(opened_logs, 'application')]
        assert numbers == list(range(numbers[0], 400)) and len(numbers) > 150

    def test_it_goes_on_where_an_earlier_run_has_ended(self, log_folder, fresh_settings):
        for number in range(30):
            end = open_logs(log_folder)
            printD(f'run {number}')
            end()
        assert (log_folder / 'application.log.1').exists()
        assert all(path.stat().st_size <= 2000 for path in log_folder.iterdir())

    def test_a_file_that_somebody_reads_grows_on(self, own_logs, logs_told, monkeypatch):
        def refused(*paths):  # as on Windows
            raise PermissionError(errno.EACCES, 'used by another process')

        with monkeypatch.context() as context:
            context.setattr(os, 'replace', refused)
            for number in range(100):
                own_logs.handle(record(f'line {number:04}'))
        assert [path.name for path in own_logs.folder.glob('app*')] == ['application.log']
        for number in range(100, 110):
            own_logs.handle(record(f'line {number:04}'))
        numbers = [int(line[-4:]) for line in lines(own_logs.folder, 'application')]
        assert numbers == list(range(110)) and logs_told == []
        assert (own_logs.folder / 'application.log.1').is_file()

    def test_a_file_that_cannot_be_moved_costs_no_older_one(self, own_logs, monkeypatch):
        replace = os.replace

        def refused(source, target):  # as on Windows while somebody has it open
            if str(source).endswith('.log'):
                raise PermissionError(errno.EACCES, 'used by another process')
            replace(source, target)

        for number in range(400):
            own_logs.handle(record(f'line {number:04}'))
        kept = [int(line[-4:]) for line in lines(own_logs.folder, 'application')]
        with monkeypatch.context() as context:
            context.setattr(os, 'replace', refused)
            for number in range(400, 800):
                own_logs.handle(record(f'line {number:04}'))
        numbers = [int(line[-4:]) for line in lines(own_logs.folder, 'application')]
        assert numbers == list(range(numbers[0], 800))
        assert numbers[0] - kept[0] <= 60, 'one file at most has made room'


class TestSeveral:
    def test_threads(self, opened_logs):
        def work(number):
            for count in range(300):
                printD(f'[http_client] {number} {count} end')

        threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        written = lines(opened_logs, 'http_client')
        assert len(written) == 2400
        assert all(re.fullmatch(r'\S+ \S+ INFO \[http_client\] \d \d+ end', one) for one in written)

    def test_processes_never_share_a_file(self, opened_logs):
        code = (
            'import sys; from pathlib import Path\n'
            'from civitai_manager_libs import logs, util\n'
            'end = logs.open_logs(Path(sys.argv[1])); util.printD("child " + sys.argv[2])\n'
            'print("ready", flush=True); sys.stdin.read(); util.printD("late " + sys.argv[2])\n'
        )
        printD('parent')
        place = {**os.environ, 'PYTHONPATH': os.pathsep.join(sys.path)}
        children = []
        for number in ('2', '3'):
            child = subprocess.Popen(
                [sys.executable, '-X', 'dev', '-c', code, str(opened_logs), number],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=place,
                text=True,
            )
            assert child.stdout.readline() == 'ready\n'
            children.append(child)
        children[0].kill()  # its number is free again
        children[0].communicate()
        assert children[1].communicate('', timeout=30)[1] == ''
        again = LogFiles(opened_logs)
        again.handle(record('again'))
        again.end()
        assert 'child' not in text(opened_logs)
        two, three = text(opened_logs, 'application-2.log'), text(opened_logs, 'application-3.log')
        assert 'child 2' in two and 'again' in two and 'late 2' not in two
        assert 'child 3' in three and 'late 3' in three
        written = [
            line for line in lines(opened_logs, 'application') if 'Civitai Shortcut' not in line
        ]
        assert len(written) == 5


class TestDisks:
    def test_a_folder_that_cannot_be_made(self, tmp_path, logs_told, fresh_settings, capsys):
        (tmp_path / 'file').write_text('')
        end = open_logs(tmp_path / 'file' / 'logs')
        printD('nowhere')
        OURS.error('nowhere either')
        end()
        assert [notice.key for notice in logs_told] == ['logs.not_written']
        assert str(tmp_path) in str(logs_told[0].values['path']) and logs_told[0].values['reason']
        assert capsys.readouterr().err == ''

    @pytest.mark.skipif(not Path('/proc/self').exists(), reason='platform: no /proc')
    def test_a_folder_that_must_not_be_written(self, logs_told, fresh_settings, capsys):
        end = open_logs(Path('/proc/self/logs'))  # not even root may make one there
        printD('nowhere')
        end()
        assert len(logs_told) == 1 and capsys.readouterr().err == ''

    @pytest.mark.skipif(not Path('/dev/full').exists(), reason='platform: no /dev/full')
    def test_a_full_disk_is_said_once_and_passes(self, own_logs, logs_told, monkeypatch, capsys):
        monkeypatch.setattr(log_files, '_TRIED_AGAIN', 0.0)
        own_logs.folder.mkdir()
        (own_logs.folder / 'application.log').symlink_to('/dev/full')
        for _ in range(3):
            own_logs.handle(record('while full'))
        assert [notice.values['reason'] for notice in logs_told] == [os.strerror(errno.ENOSPC)]
        assert logs_told[0] in notify.board.since(0)
        (own_logs.folder / 'application.log').unlink()
        own_logs.handle(record('after'))
        assert text(own_logs.folder).endswith(' INFO after\n') and 'while' not in text(
            own_logs.folder
        )
        assert len(logs_told) == 1 and logs_told[0] not in notify.board.since(0)
        assert capsys.readouterr().err == ''

    def test_half_a_line_is_ended_first(self, own_logs):
        own_logs.folder.mkdir()
        (own_logs.folder / 'application.log').write_bytes(b'2026 half a li')
        own_logs.handle(record('after'))
        assert text(own_logs.folder).startswith('2026 half a li\n2')

    @pytest.mark.skipif(os.name == 'nt', reason='platform: open files stay')
    @pytest.mark.parametrize('gone', ['.', '.logs.lock', 'http_client.log'])
    def test_what_was_deleted_comes_back(self, own_logs, logs_told, monkeypatch, gone):
        monkeypatch.setattr(log_files, '_TRIED_AGAIN', 0.0)
        own_logs.handle(record('before'))
        if gone == '.':
            shutil.rmtree(own_logs.folder)
        else:
            (own_logs.folder / gone).unlink()
        own_logs.handle(record('after'))
        assert (
            'after' in text(own_logs.folder)
            and (own_logs.folder / gone).exists()
            and logs_told == []
        )
        other = LogFiles(own_logs.folder)
        other.handle(record('other'))
        other.end()
        assert 'other' in text(own_logs.folder, 'application-2.log')

    def test_a_listener_that_logs_does_not_wait_for_itself(self, tmp_path, fresh_settings):
        (tmp_path / 'file').write_text('')
        stop = notify.board.listen(lambda notice: printD(f'told {notice.key}'))
        end = open_logs(tmp_path / 'file' / 'logs')
        printD('nowhere')
        end()
        stop()
        notify.board.settle('logs')
