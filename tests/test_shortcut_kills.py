"""Processes that save are killed in the middle, or save the same models together: nothing is lost,
nothing is there twice.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from civitai_manager_libs.domain.shortcut import ShortcutQuery
from .support.saved_models import links

SCRIPTS = Path(__file__).resolve().parents[1] / 'scripts'
PATIENCE = 120
SOME = 12
SAVER = """
import json, sys
from pathlib import Path
import msgspec
from civitai_manager_libs import setting
from civitai_manager_libs.civitai import CivitaiAPI
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.ishortcut import Shortcuts
from civitai_manager_libs.library.opening import ModelOpener
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.records import RecordStore

folder, site, text = Path(sys.argv[1]), sys.argv[2], sys.stdin.read()
settings = setting.load(environ={}).settings
setting.use(msgspec.structs.replace(
    settings, civitai_base_url=site, request_delay=0.0, minimum_free_space_mb=0,
    shortcut_pictures=0, http_retry_delay=0.01,
))
database, client = Database(folder / 'saved.db'), CivitaiHttpClient()
opener = ModelOpener(CivitaiAPI(client), RecordStore(database))


class Nothing:
    def model_ids(self):
        return frozenset()


door = Shortcuts(opener, client, database, Nothing(), folder / 'shortcuts')
for one in door.add(text, lambda saved: print(saved.state, saved.model_id, flush=True)):
    pass
door.pictures.wait()
door.close()
"""


@pytest.fixture
def saver(demo, tmp_path):
    """``saver(text)``: a process that saves what ``text`` names."""
    running = []

    def start(text):
        environment = {**os.environ, 'PYTHONPATH': str(SCRIPTS), 'PYTHONUTF8': '1'}
        process = subprocess.Popen(
            [sys.executable, '-c', SAVER, str(tmp_path), demo.base_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding='utf-8',
            env=environment,
        )
        running.append(process)
        process.stdin.write(text)
        process.stdin.close()
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stdout.close()


def sound(saved_models):
    """What is saved is found, counted and has its record, each once; gives the numbers."""
    door = saved_models.door
    ids = door.ids()
    assert len(ids) == len(set(ids)) == door.counts().all == door.count(ShortcutQuery())
    assert set(saved_models.records.many(ids)) == set(ids)
    for number, shortcut in door.many(ids).items():
        found = door.ids(ShortcutQuery(text=shortcut.name))
        assert number in found, shortcut.name
    saved_models.database.check()
    return ids


def test_killed_while_saving(saved_models, saver):
    """At many moments, from the first answer to the last picture; started again it ends well."""
    demo = saved_models.demo
    demo.faults.add('status', path='ids=', status=400)  # so that they are asked for in turn
    everything = [model['id'] for model in demo.models][:SOME]
    saved = []
    for lines in (1, 4, 9):
        process = saver(links(everything))
        for _ in range(lines):
            process.stdout.readline()
        process.kill()
        process.wait()
        before, saved = saved, sound(saved_models)
        assert set(before) <= set(saved) and len(saved) >= min(lines, len(everything))
    process = saver(links(everything))
    assert process.wait(PATIENCE) == 0
    assert sorted(sound(saved_models)) == sorted(everything)
    left = saved_models.door.pictures
    left.resume()
    assert left.wait(PATIENCE)
    for number in everything:
        cover = saved_models.door.get(number).cover
        assert cover is None or left.kept(cover) is not None, number


def test_two_processes_save_the_same(saved_models, saver):
    demo = saved_models.demo
    everything = [model['id'] for model in demo.models][:SOME]
    both = [saver(links(everything)), saver(links(reversed(everything)))]
    told = [process.stdout.read() for process in both]
    assert [process.wait(PATIENCE) for process in both] == [0, 0]
    assert sorted(sound(saved_models)) == sorted(everything)
    states = ' '.join(told)
    assert states.count('saved') == len(everything), states
    assert states.count('already') == len(everything) and 'failed' not in states


def test_a_page_follows_another_process(saved_models, saver):
    """The revision grows, and pictures that nobody fetches any more are fetched here."""
    before = saved_models.door.revision()
    saved_models.demo.faults.add('stall', path='', after=10, times=3)
    process = saver(links([1001, 1003, 1004]))
    for _ in range(3):
        process.stdout.readline()
    process.kill()
    process.wait()
    saved_models.demo.faults.clear()
    assert saved_models.door.revision() > before
    assert saved_models.door.pictures.wait(PATIENCE)
    for number in (1001, 1003, 1004):
        assert saved_models.door.pictures.kept(saved_models.door.get(number).cover) is not None
