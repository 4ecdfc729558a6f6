"""The database file: made and upgraded by migrations, shared by processes, clear about trouble."""

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, select

import civitai_manager_libs.store as store_package
from civitai_manager_libs.errors import (
    DiskFull,
    NotWritable,
    StoreDamaged,
    StoreLocked,
    StoreTooNew,
)
from civitai_manager_libs.store import database as database_module
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.downloads import DownloadStore
from civitai_manager_libs.store.migrations import HEAD
from civitai_manager_libs.store.tables import downloads, metadata

from .support.disks import small_disk
from .support.engine import new_download

SCRIPTS = Path(store_package.__file__).parent / 'migrations'
OPEN_AND_ADD = """
import sys
from pathlib import Path
from civitai_manager_libs.domain.task import NewDownload
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.downloads import DownloadStore

print('ready', flush=True)
sys.stdin.readline()
database = Database(Path(sys.argv[1]))
number = sys.argv[2]
order = NewDownload(f'file:{number}', number, '/x', '/models', f'{number}.safetensors')
DownloadStore(database).add([order], lambda task: True)
database.close()
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'deep' / 'queue.db'


def execute(path, sql):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(sql).fetchall()


def test_from_nothing_to_the_newest_step(path):
    Database(path).close()
    assert execute(path, 'SELECT version_num FROM alembic_version') == [(HEAD,)]
    assert execute(path, 'PRAGMA journal_mode') == [('wal',)]


def test_head_is_the_last_migration():
    config = Config()
    config.set_main_option('script_location', str(SCRIPTS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_migrations_make_the_tables_that_the_code_works_with(path):
    Database(path).close()
    with create_engine(f'sqlite:///{path}').connect() as connection:
        context = MigrationContext.configure(connection, opts={'compare_type': True})
        assert compare_metadata(context, metadata) == []
        made = {column['name'] for column in inspect(connection).get_columns('downloads')}
    assert made == set(downloads.columns.keys())


def test_opening_again_keeps_what_is_there(path):
    first = Database(path)
    DownloadStore(first).add([new_download(7)], lambda task: True)
    first.close()
    again = Database(path)
    assert [task.order.target for task in DownloadStore(again).all()] == ['7']
    again.close()


def test_a_migration_that_was_killed_leaves_nothing_behind(path):
    def die(*_):
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr('alembic.runtime.migration.MigrationContext.stamp', die, raising=True)
        patch.setattr('alembic.runtime.migration.HeadMaintainer.update_to_step', die)
        with pytest.raises(KeyboardInterrupt):
            Database(path)
    assert execute(path, "SELECT name FROM sqlite_master WHERE name = 'downloads'") == []
    Database(path).close()
    assert execute(path, 'SELECT version_num FROM alembic_version') == [(HEAD,)]


def test_processes_that_open_a_new_database_at_once(path):
    environment = {**os.environ, 'PYTHONPATH': str(SCRIPTS.parents[2])}
    children = [
        subprocess.Popen(
            [sys.executable, '-c', OPEN_AND_ADD, str(path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding='utf-8',
            env=environment,
        )
        for number in range(4)
    ]
    for child in children:
        assert child.stdout.readline() == 'ready\n'
    for child in children:
        child.stdin.write('\n')
        child.stdin.flush()
    for child in children:
        _, said = child.communicate(timeout=60)
        assert child.returncode == 0, said
    assert execute(path, 'SELECT count(*) FROM downloads') == [(4,)]


def test_another_process_is_just_making_it(path):
    """SQLite does not wait by itself where a new file is put into WAL mode."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute('BEGIN IMMEDIATE')
        threading.Timer(0.3, other.execute, ['COMMIT']).start()
        Database(path).close()
        assert not other.in_transaction


def test_threads_that_open_a_new_database_at_once(path):
    problems = []

    def open_it():
        try:
            Database(path).close()
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []


class TestTrouble:
    """Every refusal of SQLite is an error of our tree with the path in it."""

    def test_a_newer_database(self, path):
        Database(path).close()
        execute(path, "UPDATE alembic_version SET version_num = '9999'")
        before = path.read_bytes()
        with pytest.raises(StoreTooNew) as caught:
            Database(path)
        assert caught.value.details['path'] == str(path)
        assert path.read_bytes() == before

    @pytest.mark.parametrize('content', [b'no database at all' * 99, b'SQLite format 3\0' * 99])
    def test_a_damaged_file(self, path, content):
        path.parent.mkdir()
        path.write_bytes(content)
        with pytest.raises(StoreDamaged):
            Database(path)
        assert path.read_bytes() == content

    def test_a_file_whose_pages_are_damaged(self, path):
        opened = Database(path)
        store = DownloadStore(opened)
        for number in range(200):
            store.add([new_download(number)], lambda task: True)
        opened.close()
        content = bytearray(path.read_bytes())
        content[4096 * 2 :] = b'\xff' * len(content[4096 * 2 :])
        path.write_bytes(content)
        with pytest.raises(StoreDamaged):
            damaged = Database(path)
            DownloadStore(damaged).all()

    def test_locked_by_another_program_for_too_long(self, path, monkeypatch):
        monkeypatch.setattr(database_module, '_BUSY_SECONDS', 0.2)
        opened = Database(path)
        store = DownloadStore(opened)
        store.add([new_download(1)], lambda task: True)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute('BEGIN IMMEDIATE')
            with pytest.raises(StoreLocked) as caught:
                store.add([new_download(2)], lambda task: True)
            assert caught.value.retryable
            assert len(store.all()) == 1  # reading goes on meanwhile
            other.execute('ROLLBACK')
        assert store.add([new_download(2)], lambda task: True)[0].id == 2
        opened.close()

    def test_a_place_that_cannot_be_written(self, tmp_path):
        with small_disk(tmp_path / 'disk', megabytes=2, writable=False) as disk:
            with pytest.raises(NotWritable):
                Database(disk / 'data' / 'queue.db')

    def test_a_file_in_place_of_the_folder(self, tmp_path):
        (tmp_path / 'data').write_bytes(b'')
        with pytest.raises(NotWritable):
            Database(tmp_path / 'data' / 'queue.db')

    def test_a_database_on_a_disk_that_turned_read_only(self, tmp_path):
        with small_disk(tmp_path / 'disk', megabytes=4) as disk:
            Database(disk / 'queue.db').close()
            disk.make_read_only()
            with pytest.raises(NotWritable):
                opened = Database(disk / 'queue.db')
                DownloadStore(opened).add([new_download(1)], lambda task: True)

    def test_a_full_disk(self, tmp_path):
        with small_disk(tmp_path / 'disk', megabytes=2) as disk:
            opened = Database(disk / 'queue.db')
            store = DownloadStore(opened)
            store.add([new_download(1)], lambda task: True)
            disk.fill()
            with pytest.raises(DiskFull) as caught:
                for number in range(2, 2000):
                    store.add([new_download(number)], lambda task: True)
            assert caught.value.details['path'] == str(disk / 'queue.db')
            disk.empty()
            known = len(store.all())
            assert store.add([new_download(5000)], lambda task: True)[0].id > known
            opened.close()


def test_a_transaction_that_fails_changes_nothing(path):
    opened = Database(path)
    DownloadStore(opened).add([new_download(1)], lambda task: True)
    with pytest.raises(ZeroDivisionError):
        with opened.write() as connection:
            connection.execute(downloads.delete())
            raise ZeroDivisionError
    with opened.read() as connection:
        assert len(connection.execute(select(downloads)).all()) == 1
    opened.close()


def test_errors_of_an_older_python_carry_no_code(path):
    opened = Database(path)
    assert isinstance(opened._typed(sqlite3.OperationalError('database is locked')), StoreLocked)
    assert isinstance(opened._typed(sqlite3.DatabaseError('malformed')), StoreDamaged)
    opened.close()
