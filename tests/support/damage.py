"""Databases with something in them, and ways to damage them."""

from civitai_manager_libs.domain.task import Action, State
from civitai_manager_libs.errors import HashMismatch
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.downloads import DownloadStore
from civitai_manager_libs.store.recovery import open_database
from civitai_manager_libs.store.tables import quarantined

from .engine import new_download

COUNT = 60


def nothing(folders):
    """No parts lie anywhere."""
    return []


def filled(path, count=COUNT, close=True):
    """A database of ``count`` downloads in five states."""
    database = Database(path)
    store = DownloadStore(database, clock=lambda: 1000.0)
    store.add([new_download(number) for number in range(1, count + 1)], lambda task: True)
    store.act(Action.PAUSE, range(1, 6))
    store.act(Action.CANCEL, range(6, 9))
    for state in (State.FAILED, State.DONE, State.RUNNING):
        task = store.claim('host:1:1', lambda task: True)
        if state is State.FAILED:
            store.fail(task, state, HashMismatch(algorithm='SHA256', expected='a', actual='b'))
        elif state is State.DONE:
            store.finish(task, path='/models/x', sha256='ab' * 32, verified=True)
    with database.write() as connection:
        wrong = ('/models/x.wrong', 9, 'SHA256', 'aa', 'bb', 12.0)
        connection.execute(quarantined.insert().values(wrong))
    if close:
        database.close()
    return database


def tasks_of(path):
    """All that the queue holds after a start, which may recover it."""
    opened = open_database(path, nothing)
    try:
        return DownloadStore(opened).all()
    finally:
        opened.close()


def aside(path):
    """The files that were set aside."""
    return sorted(one for one in path.parent.iterdir() if '.damaged-' in one.name)


def damage(path, begin, content):
    """Write ``content`` over the file from byte ``begin`` on."""
    with open(path, 'r+b') as file:
        file.seek(begin)
        file.write(content)


def pages_with_rows(path):
    """Where the pages begin that hold downloads."""
    content = path.read_bytes()
    begins = range(4096, len(content), 4096)
    return [
        begin
        for begin in begins
        if content[begin] == 0x0D and b'safetensors' in content[begin : begin + 4096]
    ]
