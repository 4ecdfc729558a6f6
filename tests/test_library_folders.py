"""Model folders are searched in bounds, and files found by content are read once."""

import os
import sys
import threading
from pathlib import Path

import pytest

from civitai_manager_libs.domain.placement import PlacementRules
from civitai_manager_libs.library import elsewhere as elsewhere_module
from civitai_manager_libs.library import folders as folders_module
from civitai_manager_libs.library.elsewhere import Elsewhere
from civitai_manager_libs.library.folders import FileIndex, model_folders, walk
from civitai_manager_libs.store import hashed as hashed_module
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.hashed import HashedFiles, file_state, hash_file

from .support.engine import new_download

CONTENT = b'weights' * 1000


def put(path, content=b'x'):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(folder, **keywords):
    return sorted(Path(entry.path).relative_to(folder).as_posix() for entry in walk([folder]))


class TestWalk:
    def test_nearest_first_and_not_into_programs(self, tmp_path):
        for name in ('a/b/deep.bin', 'near.bin', 'a/mid.bin', 'venv/lib.bin', '.git/x', 'output/y'):
            put(tmp_path / name)
        found = [entry.name for entry in walk([tmp_path])]
        assert found == ['near.bin', 'mid.bin', 'deep.bin']

    @pytest.mark.skipif(sys.platform == 'win32', reason='platform: links to folders')
    def test_links_are_followed_once_and_loops_end(self, tmp_path):
        put(tmp_path / 'models' / 'one.bin')
        put(tmp_path / 'far' / 'two.bin')
        (tmp_path / 'models' / 'loop').symlink_to(tmp_path / 'models')
        (tmp_path / 'models' / 'far').symlink_to(tmp_path / 'far')
        (tmp_path / 'models' / 'again').symlink_to(tmp_path / 'far')
        (tmp_path / 'models' / 'dead').symlink_to(tmp_path / 'nowhere')
        found = [entry.name for entry in walk([tmp_path / 'models'])]
        assert sorted(found) == ['dead', 'one.bin', 'two.bin']

    def test_what_cannot_be_read_is_passed_over(self, tmp_path, monkeypatch):
        put(tmp_path / 'closed' / 'one.bin')
        put(tmp_path / 'open' / 'two.bin')
        own = os.scandir

        def scandir(folder):
            if folder.endswith('closed'):
                raise PermissionError(folder)
            return own(folder)

        monkeypatch.setattr(os, 'scandir', scandir)
        assert names(tmp_path) == ['open/two.bin']
        assert list(walk([tmp_path / 'nowhere'])) == []

    def test_an_end_to_it(self, tmp_path, monkeypatch):
        for number in range(20):
            put(tmp_path / f'{number}.bin')
        assert list(walk([tmp_path], ended=lambda: True)) == []
        monkeypatch.setattr(folders_module, '_MOST_ENTRIES', 5)
        assert len(list(walk([tmp_path]))) == 5


class TestModelFolders:
    def test_one_that_lies_in_another_is_not_named_twice(self):
        rules = PlacementRules('own', '/m', '/m/downloads', own_folders={'LORA': 'loras'})
        assert model_folders(rules) == [Path('/m').absolute()]

    def test_absolute_ones_of_settings_and_host(self):
        own = PlacementRules('own', '/m', '/d', own_folders={'LORA': '/far/loras'})
        assert model_folders(own) == [Path(p).absolute() for p in ('/d', '/far/loras', '/m')]
        host = PlacementRules('a1111', '/w', '/d', host_folders={'Checkpoint': '/far/sd'})
        assert Path('/far/sd').absolute() in model_folders(host)

    def test_a_folder_that_no_download_could_use(self):
        rules = PlacementRules('own', '/d', '/d', own_folders={'LORA': '../out'})
        assert model_folders(rules) == [Path('/d').absolute()]


@pytest.fixture
def hashed(tmp_path):
    database = Database(tmp_path / 'queue.db')
    yield HashedFiles(database)
    database.close()


@pytest.fixture
def reads(monkeypatch):
    """The files that were read to hash them."""
    seen = []

    def hash_it(path, on_read):
        seen.append(path.name)
        return hash_file(path, on_read)

    monkeypatch.setattr(elsewhere_module, 'hash_file', hash_it)
    return seen


class TestElsewhere:
    @pytest.fixture
    def models(self, tmp_path):
        return tmp_path / 'models'

    @pytest.fixture
    def find(self, hashed, models):
        searching = Elsewhere(hashed, lambda: [models])

        def find(sha256=None, size=len(CONTENT), stop=None, **changes):
            hashes = {'SHA256': sha256 or hash_of(CONTENT)}
            download = new_download(
                1, folder=str(models / 'to'), size_estimate=size, hashes=hashes, **changes
            )
            return searching.find(download, stop)

        return find

    def test_only_what_fits_is_read_and_only_once(self, models, find, reads):
        put(models / 'longer.safetensors', CONTENT + b'x' * 2000)
        put(models / 'other.ckpt', CONTENT)
        put(models / 'alike.safetensors', b'W' + CONTENT[1:])
        right = put(models / 'deep' / 'right.SAFETENSORS', CONTENT)
        assert find() == right
        assert sorted(reads) == ['alike.safetensors', 'right.SAFETENSORS']
        assert find() == right
        assert len(reads) == 2

    @pytest.mark.parametrize('wrong_by, found', [(1024, True), (-1024, True), (1025, False)])
    def test_sizes_are_estimates(self, models, find, wrong_by, found):
        right = put(models / 'right.safetensors', CONTENT)
        assert find(size=len(CONTENT) + wrong_by) == (right if found else None)

    def test_the_same_name_is_read_first(self, models, find, reads):
        put(models / 'a.safetensors', b'A' + CONTENT[1:])
        right = put(models / 'z' / '1.safetensors', CONTENT)
        assert find() == right and reads == ['1.safetensors']

    def test_its_own_place_is_not_elsewhere(self, models, find):
        put(models / 'other.safetensors', CONTENT)
        put(models / 'to' / '1.safetensors', CONTENT)
        assert find() is None

    def test_nor_is_the_numbered_name_beside_it(self, models, find):
        put(models / 'to' / '1.safetensors', b'something else')
        put(models / 'to' / '1 (2).safetensors', CONTENT)
        assert find() is None

    def test_also_when_the_name_itself_is_free_again(self, models, find):
        put(models / 'to' / '1 (2).safetensors', CONTENT)
        assert find() is None

    def test_a_known_one_outside_is_believed_while_it_is_unchanged(
        self, tmp_path, models, find, hashed, reads
    ):
        far = put(tmp_path / 'far.bin', CONTENT)
        hashed.remember(far, file_state(far), hash_of(CONTENT))
        assert find(size=None) == far and reads == []
        os.utime(far, ns=(1, 1))
        assert find(size=None) == far and reads == ['far.bin']
        far.write_bytes(b'V' * len(CONTENT))
        os.utime(far, ns=(2, 2))
        assert find(size=None) is None
        far.unlink()
        assert find(size=None) is None

    def test_nothing_is_read_without_a_hash_or_a_size(self, models, find, reads):
        put(models / 'right.safetensors', CONTENT)
        assert find(sha256='ABCDEF0123') is None
        assert find(size=None) is None and reads == []

    def test_one_question_reads_no_more_than_a_bound(self, models, find, reads, monkeypatch):
        monkeypatch.setattr(elsewhere_module, '_MOST_HASHED', len(CONTENT) + 1)
        for name in 'abcd':
            put(models / f'{name}.safetensors', name.encode() + CONTENT[1:])
        right = put(models / 'e.safetensors', CONTENT)
        assert find() is None and reads == ['a.safetensors', 'b.safetensors']
        assert find() is None and find() == right  # each goes on where the last one stopped
        assert len(reads) == 5

    def test_it_can_be_stopped(self, models, find, monkeypatch):
        put(models / 'right.safetensors', CONTENT)
        stop = threading.Event()
        stop.set()
        assert find(stop=stop) is None
        assert find() is not None

    def test_a_file_written_to_while_it_is_read_is_not_remembered(self, models, find, monkeypatch):
        right = put(models / 'right.safetensors', CONTENT)
        monkeypatch.setattr(hashed_module, '_PIECE', 1000)
        with pytest.raises(OSError):
            hash_file(right, lambda count: os.utime(right, ns=(count, count)))


def hash_of(content):
    return hashed_module.hashlib.sha256(content).hexdigest()


def test_thousands_of_files_are_listed_once_for_a_batch(tmp_path, monkeypatch):
    for number in range(500):
        put(tmp_path / f'{number}.safetensors')
    scans, now = [], [0.0]
    own = os.scandir
    monkeypatch.setattr(os, 'scandir', lambda folder: scans.append(folder) or own(folder))
    index = FileIndex(lambda: [tmp_path], clock=lambda: now[0])
    for _ in range(50):
        assert len(index.sized('.safetensors', 0, 10, lambda: False)) == 500
    assert len(scans) == 1
    now[0] = 60.0
    put(tmp_path / 'new.safetensors')
    assert len(index.sized('.safetensors', 0, 10, lambda: False)) == 501
