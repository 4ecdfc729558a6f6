"""What lies on this machine, as pages and commands ask it at every look."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.record import Record
from civitai_manager_libs.library import model_files, on_disk
from civitai_manager_libs.library.on_disk import OnDisk
from civitai_manager_libs.memory import guard
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.downloads import DownloadStore
from civitai_manager_libs.store.records import RecordStore
from civitai_manager_libs.store.shortcuts import ShortcutStore

from .support.command import eventually
from .support.engine import new_download
from .support.saved import saved_model

PLAIN = SPECIAL['plain']


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def here(bench, clock):
    made = OnDisk(bench.database, lambda: bench.rules, clock)
    yield made
    made.close()


def put(path, described=None, ending='.civitai.info'):
    """A model at ``path``, with what is written beside it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'weights')
    if described is not None:
        path.with_name(path.stem + ending).write_text(json.dumps(described))
    return path


class TestDownloads:
    def test_known_at_once_when_it_ends_and_no_more_when_it_is_gone(self, bench, here, clock):
        assert here.model_ids() == frozenset() and here.files(PLAIN.version_id) == {}
        before = here.stamp()
        [task] = bench.fetch('1004')
        assert here.model_ids() == {PLAIN.model_id}
        assert here.versions([PLAIN.model_id, 5]) == {PLAIN.model_id: {PLAIN.version_id}}
        assert here.files(PLAIN.version_id) == {PLAIN.file_id: Path(task.path)}
        known = here.stamp()
        assert known > before and here.stamp() == known
        Path(task.path).unlink()
        clock.now += 60
        assert here.model_ids() == frozenset() and here.stamp() > known

    def test_not_before_it_is_whole(self, bench, here):
        bench.order('1004')
        assert here.model_ids() == frozenset()

    def test_by_another_process(self, bench, here, home):
        assert here.model_ids() == frozenset()
        other = Database(bench.database.path)
        try:
            store = DownloadStore(other)
            numbers = {'model_id': 8, 'version_id': 9, 'file_id': 10}
            path = put(bench.downloads / 'theirs.safetensors')
            order = new_download(folder=str(path.parent), file_name=path.name, **numbers)
            [task] = store.add([replace(order, key='file:9:10:a:b')], lambda task: True)
            store.finish(store.claim('them', lambda task: True), path=str(path), file_size=7)
        finally:
            other.close()
        assert here.files(9) == {10: path} and here.versions([8]) == {8: {9}}

    def test_a_file_of_another_size_is_not_it(self, bench, clock):
        [task] = bench.fetch('1004', sidecars=False)
        Path(task.path).write_bytes(b'other')
        here = OnDisk(bench.database, lambda: bench.rules, clock)
        assert here.model_ids() == frozenset()


class TestDescribed:
    @pytest.mark.parametrize(
        'ending, said, number',
        [
            ('.civitai.info', {'id': 9, 'modelId': 8, 'files': [{'id': 10}]}, 10),
            ('.json', {'modelVersionId': 9, 'modelId': 8}, -1),
            ('.metadata.json', {'civitai': {'id': 9, 'modelId': 8, 'files': [{'id': 10}]}}, 10),
        ],
    )
    def test_by_what_is_written_beside_it(self, bench, here, ending, said, number):
        path = put(bench.downloads / 'LORA' / 'theirs.safetensors', said, ending)
        assert here.versions([8]) == {8: {9}}
        assert here.files(9) == {number: path}

    def test_not_by_a_description_without_a_model(self, bench, here):
        bench.downloads.mkdir(parents=True)
        (bench.downloads / 'a.civitai.info').write_text(json.dumps({'id': 9, 'modelId': 8}))
        assert here.model_ids() == frozenset()

    def test_a_version_whose_model_is_not_named(self, bench, here):
        path = put(bench.downloads / 'a.safetensors', {'modelVersionId': 9}, '.json')
        assert here.files(9) == {-1: path} and here.model_ids() == frozenset()

    def test_whose_version_it_is_a_saved_model_says(self, bench, here):
        put(bench.downloads / 'a.safetensors', {'modelVersionId': 9}, '.json')
        ShortcutStore(bench.database).add([saved_model(8, version_id=9), saved_model(7)], {})
        assert here.versions([8, 7]) == {8: {9}}

    def test_or_a_record_also_one_that_comes_later(self, bench, here, clock):
        records = RecordStore(bench.database)
        put(bench.downloads / 'a.safetensors', {'modelVersionId': 9}, '.json')
        put(bench.downloads / 'b.safetensors', {'id': 5})
        versions = [None, {'id': 6, 'half': '\ud83d'}, {'id': 5}]
        records.put([Record(4, {'modelVersions': versions}, 'x', 1.0, 50.0)])
        assert here.versions([4, 8]) == {4: {5}}
        records.put([Record(8, {'modelVersions': [{'id': 9}]}, 'x', 60.0, 60.0)])
        clock.now += 60
        before = here.stamp()
        assert here.versions([4, 8]) == {4: {5}, 8: {9}} and here.stamp() == before
        put(bench.downloads / 'c.safetensors', {'id': 6})
        clock.now += 60
        assert here.versions([4, 8]) == {4: {5, 6}, 8: {9}}

    def test_or_a_download(self, bench, here, clock):
        [task] = bench.fetch('1004', sidecars=False)
        other = put(bench.downloads / 'b.safetensors', {'id': PLAIN.version_id})
        Path(task.path).unlink()
        assert here.versions([PLAIN.model_id]) == {PLAIN.model_id: {PLAIN.version_id}}
        assert here.files(PLAIN.version_id) == {-1: other}

    def test_two_files_of_which_the_number_is_not_known(self, bench, here):
        paths = [
            put(bench.downloads / name, {'modelVersionId': 9, 'modelId': 8}, '.json')
            for name in ('a.safetensors', 'b.safetensors')
        ]
        assert sorted(here.files(9)) == [-2, -1] and sorted(here.files(9).values()) == paths

    def test_two_files_beside_one_model_are_one(self, bench, here):
        path = put(bench.downloads / 'a.safetensors', {'modelVersionId': 9, 'modelId': 8}, '.json')
        put(path, {'id': 9, 'files': [{'id': 10}]})
        assert here.files(9) == {10: path} and here.model_ids() == {8}

    def test_a_download_of_ours_is_not_found_twice(self, bench, here):
        [task] = bench.fetch('1004')
        said = {'id': PLAIN.version_id, 'modelId': PLAIN.model_id}
        Path(task.path).with_suffix('.civitai.info').write_text(json.dumps(said))
        assert here.files(PLAIN.version_id) == {PLAIN.file_id: Path(task.path)}

    def test_folders_are_looked_through_now_and_then_or_when_they_are_others(
        self, bench, here, clock, tmp_path
    ):
        assert here.model_ids() == frozenset()
        put(bench.downloads / 'a.safetensors', {'id': 9, 'modelId': 8})
        assert here.model_ids() == frozenset()
        clock.now += 60
        assert here.model_ids() == {8}
        put(tmp_path / 'more' / 'b.safetensors', {'id': 5, 'modelId': 4})
        bench.rules = replace(bench.rules, root=str(tmp_path / 'more'))
        assert here.model_ids() == {4, 8}


class TestAside:
    def test_nobody_waits_for_the_folders(self, bench, here, clock, monkeypatch):
        go_on, own = threading.Event(), model_files.walk

        def slow(folders, ended):
            go_on.wait(60)
            return own(folders, ended)

        monkeypatch.setattr(model_files, 'walk', slow)
        put(bench.downloads / 'a.safetensors', {'id': 9, 'modelId': 8})
        here.look_aside()
        assert here.model_ids() == frozenset()
        go_on.set()
        eventually(lambda: here.model_ids() == {8}, 'the folders were looked through')
        assert here.stamp() == 1

    def test_a_download_that_ends_meanwhile_is_not_forgotten(self, bench, here, clock, monkeypatch):
        here.look_aside()
        here.model_ids()
        eventually(lambda: here._looked_at is not None, 'looked once')
        looking, go_on, own = threading.Event(), threading.Event(), on_disk._lies_there

        def slow(file):
            if threading.current_thread().name == 'on-disk':
                looking.set()
                go_on.wait(60)
            return own(file)

        [first] = bench.fetch('1010')
        assert here.model_ids() == {1010}
        monkeypatch.setattr(on_disk, '_lies_there', slow)
        clock.now += 60
        here.model_ids()
        assert looking.wait(60)
        bench.fetch('1004')
        assert here.model_ids() == {1010, PLAIN.model_id}
        go_on.set()
        eventually(lambda: here._thread is None, 'looked again')
        assert here.model_ids() == {1010, PLAIN.model_id}

    def test_it_ends_with_the_program(self, bench, here, monkeypatch):
        monkeypatch.setattr(model_files, 'walk', lambda folders, ended: _until(ended))
        here.look_aside()
        here.model_ids()
        thread = here._thread
        here.close()
        assert not thread.is_alive() and here.model_ids() == frozenset()


def _until(ended):
    eventually(ended, 'it is ended')
    return iter(())


def test_very_many_files_are_counted_as_memory(bench, here, clock, monkeypatch):
    before = guard.accounts().get('on-disk', 0)
    for number in range(1, 4):
        put(bench.downloads / f'{number}.safetensors', {'modelVersionId': number}, '.json')
    assert here.files(1) and guard.accounts()['on-disk'] == before
    monkeypatch.setattr(on_disk, '_WORTH_COUNTING', 3 * on_disk._FILE_BYTES)
    clock.now += 60
    here.stamp()
    assert guard.accounts()['on-disk'] == before + 3 * on_disk._FILE_BYTES
    (bench.downloads / '3.safetensors').unlink()
    clock.now += 60
    here.stamp()
    assert guard.accounts()['on-disk'] == before
