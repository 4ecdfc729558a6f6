"""The queue shared by threads and processes: every task goes to exactly one of them."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import civitai_manager_libs
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.downloads import DownloadStore

from .support.engine import new_download


def yes(task):
    return True


# The breath after each claim is what moving a file is in life: without it one process could keep
# the lock until nothing is left.
CLAIM_ALL = """
import sys
import time
from pathlib import Path
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.downloads import DownloadStore

store = DownloadStore(Database(Path(sys.argv[1])))
print('ready', flush=True)
sys.stdin.readline()
while (task := store.claim(sys.argv[2], lambda found: True)) is not None:
    print(task.id, flush=True)
    time.sleep(0.01)
"""


def fill(path, count):
    database = Database(path)
    store = DownloadStore(database)
    for number in range(count):
        store.add([new_download(number)], yes)
    return database, store


def test_eight_threads_claim_each_task_once(tmp_path):
    database, store = fill(tmp_path / 'queue.db', 200)
    claimed, problems = [], []

    def work(owner):
        try:
            while (task := store.claim(owner, yes)) is not None:
                claimed.append(task.id)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work, args=(f'h:{n}:1',)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert sorted(claimed) == [task.id for task in store.all()] and len(claimed) == 200
    database.close()


def test_two_processes_claim_each_task_once(tmp_path):
    path = tmp_path / 'queue.db'
    database, store = fill(path, 120)
    package = str(Path(civitai_manager_libs.__file__).parent.parent)
    children = [
        subprocess.Popen(
            [sys.executable, '-c', CLAIM_ALL, str(path), f'h:{number}:1'],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding='utf-8',
            env={**os.environ, 'PYTHONPATH': package},
        )
        for number in (1, 2)
    ]
    for child in children:
        assert child.stdout.readline() == 'ready\n'
    for child in children:
        child.stdin.write('\n')
        child.stdin.flush()
    shares = [
        [int(line) for line in child.communicate(timeout=60)[0].split()] for child in children
    ]
    assert sorted(shares[0] + shares[1]) == [task.id for task in store.all()]
    assert all(shares), 'one of them got nothing: they did not run at the same time'
    database.close()
