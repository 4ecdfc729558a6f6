"""A database is recovered once, whoever starts when, and with the downloads that only their parts
know.
"""

import threading

import pytest

from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import StoreDamaged, StoreLocked
from civitai_manager_libs.store import database as database_module
from civitai_manager_libs.store import recovery as recovery_module
from civitai_manager_libs.store.database import Database, alone, use_path
from civitai_manager_libs.store.downloads import DownloadStore
from civitai_manager_libs.store.recovery import open_database

from .support.damage import COUNT, aside, damage, filled, nothing, tasks_of
from .support.engine import new_download


@pytest.fixture
def path(tmp_path):
    return tmp_path / 'data' / 'queue.db'


class TestParts:
    def test_downloads_that_only_their_parts_know(self, path, notices):
        path.parent.mkdir()
        path.write_bytes(b'no database at all' * 99)
        opened = open_database(path, lambda folders: [new_download(1), new_download(2)])
        found = DownloadStore(opened).all()
        opened.close()
        assert [task.order for task in found] == [new_download(1), new_download(2)]
        assert {task.state for task in found} == {State.QUEUED}
        assert notices[0].values['count'] == 2

    def test_a_known_one_stays_as_it_is(self, path):
        filled(path)
        damage(path, 0, b'\0' * 100)
        asked = []

        def unfinished(folders):
            asked.extend(folders)
            return [new_download(1), new_download(99)]

        opened = open_database(path, unfinished)
        found = {task.order.key: task for task in DownloadStore(opened).all()}
        opened.close()
        assert found['file:1'].state is State.PAUSED
        assert found['file:99'].state is State.QUEUED
        assert [str(folder) for folder in asked] == [new_download(1).folder]

    def test_an_emptied_file(self, path, notices):
        path.parent.mkdir()
        path.write_bytes(b'')
        opened = open_database(path, lambda folders: [new_download(1)])
        assert [task.order for task in DownloadStore(opened).all()] == [new_download(1)]
        opened.close()
        assert notices[0].key == 'notice.store_emptied' and aside(path) == []

    def test_a_new_place_takes_up_nothing(self, path, notices):
        opened = open_database(path, lambda folders: [new_download(1)])
        assert DownloadStore(opened).all() == [] and notices == []
        opened.close()


class TestTogether:
    def test_nobody_moves_a_file_that_another_has_open(self, path, monkeypatch):
        monkeypatch.setattr(recovery_module, '_WAIT_SECONDS', 0.1)
        running = filled(path, close=False)
        with running.read() as connection:
            connection.exec_driver_sql('PRAGMA wal_checkpoint(TRUNCATE)')
        damage(path, 0, b'\0' * 100)
        before = path.read_bytes()
        with pytest.raises(StoreDamaged):
            open_database(path, nothing)
        assert path.read_bytes() == before and aside(path) == []
        running.close()
        assert len(tasks_of(path)) == COUNT

    def test_several_that_start_at_once_recover_once(self, path, notices):
        filled(path)
        damage(path, 0, b'\0' * 100)
        counts, problems = [], []

        def start():
            try:
                counts.append(len(tasks_of(path)))
            except Exception as error:
                problems.append(error)

        threads = [threading.Thread(target=start) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert problems == [] and counts == [COUNT] * 6
        assert len(aside(path)) == 1 and len(notices) == 1

    def test_whoever_opens_waits_for_a_recovery(self, path, monkeypatch):
        monkeypatch.setattr(database_module, '_BUSY_SECONDS', 0.1)
        filled(path)
        with alone(use_path(path), 1):
            with pytest.raises(StoreLocked):
                Database(path)
        assert len(tasks_of(path)) == COUNT

    @pytest.mark.parametrize('moment', ['before', 'between'])
    def test_killed_while_it_replaces_the_file(self, path, monkeypatch, moment):
        filled(path)
        damage(path, 0, b'\0' * 100)

        def die(*_):
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            if moment == 'before':
                patch.setattr(recovery_module, '_set_aside', die)
            else:
                patch.setattr('civitai_manager_libs.store.recovery.os.replace', die)
            with pytest.raises(KeyboardInterrupt):
                open_database(path, nothing)
        assert path.exists() is (moment == 'before')
        assert len(tasks_of(path)) == COUNT
        assert len(aside(path)) == 1

    def test_nothing_else_is_left_behind(self, path):
        filled(path)
        damage(path, 0, b'\0' * 100)
        tasks_of(path)
        others = {one.name for one in path.parent.iterdir()} - {one.name for one in aside(path)}
        assert others == {'queue.db', 'queue.db.lock', 'queue.db.use'}
