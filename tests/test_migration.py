"""A queue of the program's first version is taken over with everything in it."""

import sqlite3

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

import civitai_manager_libs.store.migrations as migrations
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.downloads import DownloadStore

from .support.engine import new_download


def at(path, revision):
    """Bring the database at ``path`` to ``revision``."""
    config = Config()
    config.set_main_option('script_location', migrations.__path__[0])
    engine = create_engine(f'sqlite:///{path}')
    with engine.begin() as connection:
        config.attributes['connection'] = connection
        command.upgrade(config, revision)
    engine.dispose()


OLD_ROW = """
    INSERT INTO downloads (key, place, state, priority, "order", received, hashed, speed, verified,
    error_details, attempts, created) VALUES (?, ?, ?, ?, ?, 5, 5, 0, 0, '{}', 1, 1000)
"""
OLD_ORDER = '{"key": "k%d", "target": "1", "request": "/x", "folder": "/m", "file_name": "%d.bin"}'


def test_rows_of_the_first_version(tmp_path):
    path = tmp_path / 'queue.db'
    at(path, '0001')
    with sqlite3.connect(path) as connection:
        for number, state in enumerate(['queued', 'paused', 'done', 'queued'], 1):
            order = OLD_ORDER % (number, number)
            values = (f'k{number}', f'/m/{number}.bin', state, 0, order)
            connection.execute(OLD_ROW, values)
    database = Database(path)
    store = DownloadStore(database)
    tasks = store.all()
    assert [task.rank for task in tasks] == [1, 2, 3, 4]
    assert [task.state for task in tasks][1:3] == [State.PAUSED, State.DONE]
    assert all(task.order.sidecars and not task.notes for task in tasks)
    assert store.revision() == 4
    assert [store.claim('me:1:1', lambda task: True).id for _ in range(2)] == [1, 4]
    assert store.add([new_download(9)], lambda task: True)[0].rank == 5
    database.close()
