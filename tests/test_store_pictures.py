"""Pictures that were downloaded are found by indexes, however many there are."""

import pytest
from sqlalchemy import event

from civitai_manager_libs.images.known import KnownPictures
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.pictures import PictureRow, PictureStore

ADDRESS = 'https://image.civitai.com/a/b.png'


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / 'pictures.sqlite')
    yield database
    database.close()


@pytest.fixture
def asked(database):
    """What the database is asked, with its values."""
    found = []
    with database.read() as connection:
        engine = connection.engine
    event.listen(engine, 'before_cursor_execute', lambda *given: found.append(given[2:4]))
    return found


def plan(database, statement, values):
    with database.read() as connection:
        rows = connection.exec_driver_sql('EXPLAIN QUERY PLAN ' + statement, values).all()
    return ' '.join(row[3] for row in rows)


@pytest.mark.parametrize(
    ('ask', 'index'),
    [
        (lambda store: store.of_address(ADDRESS), 'pictures_by_address'),
        (lambda store: store.of_image(7), 'pictures_by_image'),
        (lambda store: store.holding('ab'), 'pictures_by_sha256'),
        (lambda store: store.looking(['00ff']), 'pictures_by_look'),
    ],
)
def test_by_an_index(database, asked, ask, index):
    ask(PictureStore(database))
    assert index in plan(database, *asked[-1])


def test_the_table_is_read_for_nobody_who_is_not_among_the_others(database, asked):
    """Files that are gone are looked for no further: most lists are fetched into a new folder."""
    PictureStore(database).write([PictureRow('/gone.png', 1, 1, 'ab', address=ADDRESS)])
    assert KnownPictures(PictureStore(database)).of_source(None, ADDRESS) == []
    assert asked and not any('instr' in statement for statement, _ in asked)


def test_but_for_those_who_are(database, tmp_path):
    here = tmp_path / 'here.png'
    here.write_bytes(b'x')
    status = here.stat()
    row = PictureRow(str(here), 1, status.st_mtime_ns, 'ab', image_id=3, others='7\n' + ADDRESS)
    PictureStore(database).write([row])
    known = KnownPictures(PictureStore(database))
    assert known.of_source(7, '') == known.of_source(None, ADDRESS) == [row]
    assert known.of_source(8, '') == []
