"""A damaged database is set aside, and the downloads come back from what can still be read."""

import os
import random
import sqlite3
from contextlib import closing

import msgspec
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import civitai_manager_libs.store.migrations as migrations
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import NotWritable, StoreDamaged, StoreLocked
from civitai_manager_libs.store import database as database_module
from civitai_manager_libs.store.downloads import DownloadStore
from civitai_manager_libs.store.recovery import open_database
from civitai_manager_libs.store.tables import quarantined

from .support.damage import COUNT, aside, damage, filled, nothing, pages_with_rows, tasks_of
from .support.engine import new_download


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'data' / 'queue.db'


class TestWhatComesBack:
    @pytest.mark.parametrize('content', [b'\0' * 100, b'\xff' * 16, b'\0' * 4096], ids=len)
    def test_everything_behind_an_overwritten_header(self, path, notices, content):
        filled(path)
        before = tasks_of(path)
        damage(path, 0, content)
        damaged = path.read_bytes()
        after = tasks_of(path)
        assert [task.id for task in after] == list(range(1, COUNT + 1))
        assert [task.order for task in after] == [task.order for task in before]
        expected = [task.state for task in before]
        expected[expected.index(State.RUNNING)] = State.QUEUED  # nobody moves it any more
        assert [task.state for task in after] == expected
        done = next(task for task in after if task.state is State.DONE)
        assert done.verified is True and done.sha256 == 'ab' * 32 and done.path == '/models/x'
        failed = next(task for task in after if task.state is State.FAILED)
        assert failed.error_code == 'hash_mismatch' and failed.error_details['actual'] == 'b'
        [kept] = aside(path)
        assert kept.read_bytes() == damaged
        [notice] = notices
        assert notice.key == 'notice.store_recovered'
        assert notice.values == {'path': str(kept), 'count': COUNT, 'shortcuts': 0}

    def test_rows_of_pages_that_are_whole(self, path, notices):
        filled(path)
        size = path.stat().st_size
        rows = pages_with_rows(path)
        assert len(rows) > 4
        damage(path, rows[1], b'\xff' * 4096)
        damage(path, rows[3], random.Random(7).randbytes(4096))
        with pytest.raises(StoreDamaged):
            tasks_of(path)
        after = tasks_of(path)  # the start after damage was noticed looks at the whole file
        assert 0 < COUNT - len(after) < COUNT // 2
        assert all(task.order == new_download(task.id) for task in after)
        assert aside(path)[0].stat().st_size == size
        assert notices[0].values['count'] == len(after)

    def test_a_file_cut_in_half(self, path):
        filled(path)
        os.truncate(path, path.stat().st_size // 2)
        after = tasks_of(path)
        assert all(task.order == new_download(task.id) for task in after)
        assert aside(path)

    def test_random_bytes(self, path, notices):
        path.parent.mkdir()
        path.write_bytes(random.Random(3).randbytes(50_000))
        assert tasks_of(path) == []
        assert notices[0].values['count'] == 0 and len(aside(path)) == 1

    def test_a_header_that_the_log_of_a_killed_process_has_as_well(self, path):
        opened = filled(path, close=False)
        with opened.read() as connection:
            connection.exec_driver_sql('PRAGMA wal_checkpoint(TRUNCATE)')
        more = [new_download(number) for number in range(COUNT + 1, 2 * COUNT + 1)]
        DownloadStore(opened).add(more, lambda task: True)
        log = path.with_name(path.name + '-wal')
        main, logged = path.read_bytes(), log.read_bytes()
        opened.close()
        path.write_bytes(b'\0' * 100 + main[100:])
        log.write_bytes(logged)
        assert len(tasks_of(path)) == 2 * COUNT

    def test_a_log_left_by_a_kill_is_no_damage(self, path):
        opened = filled(path, close=False)
        log = path.with_name(path.name + '-wal')
        main, logged = path.read_bytes(), log.read_bytes()
        opened.close()
        path.write_bytes(main)
        log.write_bytes(logged)
        assert len(tasks_of(path)) == COUNT and aside(path) == []

    def test_rows_of_the_first_version(self, path):
        path.parent.mkdir()
        settings = Config()
        settings.set_main_option('script_location', os.path.dirname(migrations.__file__))
        with create_engine(f'sqlite:///{path}').begin() as connection:
            settings.attributes['connection'] = connection
            command.upgrade(settings, '0001')
            columns = (
                'key, place, state, priority, "order", received, hashed, speed, verified, '
                'error_details, attempts, created'
            )
            order = msgspec.json.encode(new_download(7)).decode()
            values = ('file:7', '/models/7', 'paused', 2, order, 5, 5, 0.0, 0, '{}', 1, 9.0)
            connection.exec_driver_sql(
                f'INSERT INTO downloads ({columns}) VALUES ({", ".join("?" * len(values))})', values
            )
        damage(path, 0, b'\0' * 100)
        [task] = tasks_of(path)
        assert task.state is State.PAUSED and task.received == 5 and task.id == task.rank == 1
        assert task.order == new_download(7, priority=2) and task.notes == ()

    def test_files_in_quarantine(self, path):
        filled(path)
        damage(path, 0, b'\0' * 100)
        opened = open_database(path, nothing)
        with opened.read() as connection:
            assert len(connection.execute(quarantined.select()).all()) == 1
        opened.close()


class TestNoticed:
    def test_damage_in_the_middle_is_said_and_mended_at_the_next_start(self, path, notices):
        filled(path)
        damage(path, pages_with_rows(path)[0], b'\xff' * 4096)
        opened = open_database(path, nothing)
        with pytest.raises(StoreDamaged) as caught:
            DownloadStore(opened).all()
        assert caught.value.details['path'] == str(path)
        opened.close()
        assert notices == []
        assert 0 < len(tasks_of(path)) < COUNT
        assert notices[0].key == 'notice.store_recovered'

    def test_a_suspicion_that_was_wrong(self, path, notices):
        filled(path)
        path.with_name(path.name + '.suspect').touch()
        assert len(tasks_of(path)) == COUNT and notices == []
        assert not path.with_name(path.name + '.suspect').exists()

    def test_a_folder_in_place_of_the_file(self, path):
        path.mkdir(parents=True)
        with pytest.raises(NotWritable):
            open_database(path, nothing)
        assert path.is_dir()

    def test_locked_for_long_by_a_program_that_is_none_of_ours(self, path, monkeypatch):
        filled(path)
        monkeypatch.setattr(database_module, '_BUSY_SECONDS', 0.2)
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute('PRAGMA locking_mode = EXCLUSIVE')
            other.execute('BEGIN EXCLUSIVE')
            with pytest.raises(StoreLocked):
                DownloadStore(open_database(path, nothing)).all()
        assert len(tasks_of(path)) == COUNT and aside(path) == []
