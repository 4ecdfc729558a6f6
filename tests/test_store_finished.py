"""Files that were downloaded are found by indexes, however long the history is."""

import pytest
from sqlalchemy import event

from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.finished import FinishedFiles


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / 'history.sqlite')
    yield database
    database.close()


@pytest.mark.parametrize(
    ('ask', 'index'),
    [
        (lambda files: files.with_hash('ab12'), 'downloads_by_sha256'),
        (lambda files: files.of_version(2007), 'sqlite_autoindex_downloads'),
    ],
)
def test_nobody_walks_through_the_history(database, ask, index):
    asked = []
    with database.read() as connection:
        engine = connection.engine
    event.listen(engine, 'before_cursor_execute', lambda *given: asked.append(given[2:4]))
    ask(FinishedFiles(database))
    [(statement, values)] = [
        one for one in asked if 'downloads.sha256' in one[0] or 'key' in one[0]
    ]
    with database.read() as connection:
        plan = connection.exec_driver_sql('EXPLAIN QUERY PLAN ' + statement, values).all()
    assert any(index in row[3] for row in plan)
