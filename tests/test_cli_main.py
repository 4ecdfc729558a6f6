"""The command line as a whole: languages, options, faults, broken surroundings."""

import json
import os
import sqlite3
import subprocess
import sys

import pytest

from civitai_manager_libs.demo import FILES, SPECIAL

from .support.command import MAIN, eventually, sent
from .support.disks import small_disk
from .support.ports import free_port

LOGIN = str(SPECIAL['login_only'].model_id)


class TestWords:
    def test_each_language(self, program):
        program.language = 'zh-TW'
        chinese = program.run('download', LOGIN, '99', 'nonsense')
        program.language = 'en'
        english = program.run('download', LOGIN, '99', 'nonsense')
        assert chinese.code == english.code == 3
        assert 'API 金鑰' in chinese.err and 'API key' in english.err
        assert 'API key' not in chinese.err
        assert not any('一' <= sign <= '鿿' for sign in english.err.replace('會員書房', ''))

    def test_the_language_of_the_system_and_of_the_settings(self, program):
        program.language = None
        program.environment['LANG'] = program.environment['LC_ALL'] = 'zh_TW.UTF-8'
        assert 'Civitai' in program.run('download', '99').err
        assert 'Civitai has no model' not in program.run('download', '99').err
        program.config.write_text(json.dumps({'language': 'en'}), encoding='utf-8')
        assert 'Civitai has no model 99' in program.run('download', '99').err

    def test_a_terminal_of_another_encoding(self, program):
        program.language = 'zh-TW'
        program.environment.update(PYTHONUTF8='0', PYTHONIOENCODING='ascii', LC_ALL='C')
        done = program.run('download', '1004', '99')
        assert done.code == 4 and 'Traceback' not in done.err and '\\u' in done.err


class TestUsage:
    @pytest.mark.parametrize(
        'words',
        [
            ['nonsense'],
            ['--nonsense', 'download'],
            ['download', '--data-dir'],
            ['show'],
            ['queue'],
            ['queue', 'nonsense'],
            ['queue', 'pause'],
            ['config', 'get'],
            ['config', 'get', 'no_such_setting'],
            ['config', 'set', 'http_timeout', 'soon'],
        ],
    )
    def test_wrong(self, program, words):
        done = program.run(*words)
        assert done.code == 2 and done.out == '' and done.err and 'Traceback' not in done.err

    def test_help_and_version(self, program):
        assert 'download' in program.run('--help').out
        assert '--all-files' in program.run('download', '--help').out
        assert program.run('--version').out.startswith('Civitai Shortcut ')
        assert not program.data.exists()


class TestFaults:
    def broken(self, program):
        """A queue whose one row nobody can read."""
        program.run('download', '1004', '--enqueue')
        with sqlite3.connect(program.database) as connection:
            connection.execute("UPDATE downloads SET state = 'dreaming'")
        connection.close()

    def test_a_traceback_only_for_those_who_ask(self, program):
        self.broken(program)
        for options in ([], ['-v']):
            done = program.run(*options, 'queue', 'list')
            assert (
                done.code == 1 and 'Traceback' not in done.err and 'inside the program' in done.err
            )
        done = program.run('-v', '-v', 'queue', 'list')
        assert done.code == 1 and 'Traceback' in done.err

    def test_a_fault_in_a_worker_prints_no_traceback_either(self, demo, program):
        fault = 'import civitai_manager_libs.transfers.run as w; w.fetch = None; '
        start = f'import sys; sys.path.insert(0, "{MAIN.parent / "scripts"}"); {fault}'
        call = 'from civitai_manager_libs.cli import main; sys.exit(main(sys.argv[1:]))'

        def run(*options):
            words = program.words(*options, 'download', '1004')[3:]
            return subprocess.run(
                [sys.executable, '-c', start + call, *words],
                env={**os.environ, **program.environment},
                capture_output=True,
                encoding='utf-8',
            )

        done = run()
        assert done.returncode == 1 and 'Traceback' not in done.stderr, done.stderr
        assert 'inside the program' in done.stderr
        assert 'Traceback' not in run('-v').stderr
        assert 'Traceback' in run('-v', '-v').stderr


class TestSurroundings:
    def test_a_broken_settings_file(self, program):
        program.config.write_bytes(b'{"http_timeout": 5,,')
        done = program.run('download', '1004')
        assert done.code == 2 and str(program.config) in done.err and 'Traceback' not in done.err
        assert program.config.read_bytes() == b'{"http_timeout": 5,,'
        assert program.run('config', 'set', 'http_max_retries', '5').code == 2
        assert program.config.read_bytes() == b'{"http_timeout": 5,,'

    def test_a_broken_value_is_told_and_left_out(self, program):
        content = '{"concurrent_downloads": 99, "of_tomorrow": 1}'
        program.config.write_text(content, encoding='utf-8')
        done = program.run('download', '1004', '--json')
        assert done.code == 0 and done.downloads[0]['state'] == 'done'
        assert 'concurrent_downloads' in done.err and '1–8' in done.err
        assert program.config.read_text(encoding='utf-8') == content

    def test_a_broken_value_in_the_environment(self, program):
        done = program.run('download', '1004', concurrent_downloads='99')
        assert done.code == 2 and 'concurrent_downloads' in done.err

    def test_a_data_folder_that_cannot_be_made(self, program):
        program.data.write_bytes(b'a file')
        done = program.run('download', '1004')
        assert done.code == 7 and 'Traceback' not in done.err and str(program.data) in done.err

    def test_a_data_folder_that_cannot_be_written(self, program, tmp_path):
        with small_disk(tmp_path / 'disk', megabytes=1, writable=False) as disk:
            program.data = disk / 'data'
            done = program.run('download', '1004')
        assert done.code == 7 and 'Traceback' not in done.err

    @pytest.mark.parametrize('sql, code', [("UPDATE alembic_version SET version_num='9'", 1)])
    def test_a_newer_queue(self, program, sql, code):
        program.run('queue', 'list')
        with sqlite3.connect(program.database) as connection:
            connection.execute(sql)
        connection.close()
        done = program.run('download', '1004')
        assert done.code == code and 'newer version' in done.err and not program.files()

    def test_a_damaged_queue_is_set_aside_and_the_command_goes_on(self, program):
        program.run('queue', 'list')
        program.database.write_bytes(b'damaged' * 1000)
        done = program.run('download', '1004')
        [kept] = program.database.parent.glob('*.damaged-*')
        assert done.code == 0 and str(kept) in done.err and program.states() == ['done']
        assert kept.read_bytes() == b'damaged' * 1000

    def test_nobody_reads_the_output(self, program):
        program.run('download', '1004')
        for words in (['queue', 'list'], ['download', '1004', '--json']):
            process = program.start(*words)
            process.stdout.close()
            said = process.stderr.read()
            assert process.wait(30) == 1 and 'Traceback' not in said and 'BrokenPipe' not in said
            process.stdin.close()
            process.stderr.close()

    def test_no_server_at_all(self, program):
        nobody = f'http://127.0.0.1:{free_port()}'
        program.environment['CIVITAI_SHORTCUT_CIVITAI_BASE_URL'] = nobody
        done = program.run('download', '1004', '--json')
        assert done.code == 5 and done.downloads[0]['error']['code'] == 'connection_failed'

    def test_a_server_in_trouble(self, demo, program):
        demo.faults.add('status', status=503, body='html')
        done = program.run('download', '1004', http_max_retries=1)
        assert done.code == 5 and '503' in done.err and 'Traceback' not in done.err


def test_a_disk_that_fills_up(demo, program, tmp_path):
    with small_disk(tmp_path / 'disk', megabytes=8) as disk:
        demo.faults.add('throttle', path=FILES, bytes_per_second=150_000, times=1)
        process = program.start('download', '1003', '--dir', disk / 'models', '--json')
        eventually(lambda: program.received() > 300_000)
        disk.fill()
        out, err = process.communicate(timeout=60)
        assert process.returncode == 7, err
        [entry] = json.loads(out)['downloads']
        assert (entry['state'], entry['error']['code']) == ('paused', 'disk_full')
        assert program.states() == ['paused'] and not list(disk.glob('models/*.safetensors'))
        disk.empty()
        before = sent(demo, FILES)
        done = program.run('download', '1003', '--dir', disk / 'models', '--json')
        assert done.code == 0 and done.downloads[0]['id'] == entry['id']
        size = len(demo.file_bytes(3009))
        assert sent(demo, FILES) - before < size
        assert (disk / 'models' / 'silk_tide_v12.safetensors').read_bytes() == demo.file_bytes(3009)


def test_a_disk_without_room_from_the_start(demo, program, tmp_path):
    with small_disk(tmp_path / 'disk', megabytes=2) as disk:
        done = program.run('download', '1003', '--dir', disk / 'models')
        assert done.code == 7 and list(disk.glob('models/*')) == []
        assert program.states() == ['paused'] and program.received() == 0
