"""Which models are on this machine, by download, content, description and name."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.generation import UsedResource
from civitai_manager_libs.domain.models import read_version
from civitai_manager_libs.library import contents as contents_module
from civitai_manager_libs.library import model_files as model_files_module
from civitai_manager_libs.library.contents import Contents
from civitai_manager_libs.library.installed import Installed
from civitai_manager_libs.library.model_files import ModelFiles
from civitai_manager_libs.store.finished import FinishedFiles
from civitai_manager_libs.store.hashed import HashedFiles, file_state

PLAIN, MANY, VAE = SPECIAL['plain'], SPECIAL['many_files'], SPECIAL['vae_file']
CONTENT = b'\x02\0\0\0\0\0\0\0{}' + b'weights' * 1000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
AUTO_V3 = hashlib.sha256(CONTENT[10:]).hexdigest()[:12]


def put(path, content=CONTENT):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def used(kind='LORA', **values):
    return UsedResource(kind=kind, **values)


def fetch_file(bench, place):
    """Download that one file of a version."""
    return bench.fetch(f'civitai:{place.model_id}@{place.version_id}+{place.file_id}')


def counted(monkeypatch, module, name):
    """The calls of a function of ``module``, which goes on doing what it does."""
    calls, own = [], getattr(module, name)

    def call(*arguments):
        calls.append(arguments)
        return own(*arguments)

    monkeypatch.setattr(module, name, call)
    return calls


def version(number=77, size=len(CONTENT), **hashes):
    """A version of one LoRA file of ``size`` bytes with those hashes."""
    file = {'id': 5, 'name': 'lamp.safetensors', 'sizeKB': size / 1024, 'hashes': hashes}
    return read_version({'id': number, 'model': {'type': 'LORA'}, 'files': [file]})


@pytest.fixture
def installed(bench):
    return Installed(bench.database, lambda: bench.rules)


@pytest.fixture
def lamp(bench):
    """A LoRA that nobody has told us about."""
    return put(bench.downloads / 'LORA' / 'dir' / 'Lamp.safetensors')


@pytest.fixture
def hashed(bench):
    return HashedFiles(bench.database)


class TestDownloads:
    def test_by_the_version_of_a_finished_one(self, bench, installed):
        resource = used(version_id=PLAIN.version_id)
        bench.order('1004')
        assert installed.find(resource) is None
        [task] = bench.fetch('1004')
        found = installed.find(resource)
        assert found.path == Path(task.path) and found.certain
        assert found.size == Path(task.path).stat().st_size
        assert installed.find(used(), bench.api.version(PLAIN.version_id)).path == found.path
        assert installed.find(used(version_id=PLAIN.version_id + 1)) is None

    @pytest.mark.parametrize('change', ['gone', 'other'])
    def test_not_by_one_whose_file_is_no_longer_the_same(self, bench, installed, change):
        [task] = bench.fetch('1004')
        path = Path(task.path)
        path.unlink() if change == 'gone' else path.write_bytes(b'other')
        assert installed.find(used(version_id=PLAIN.version_id)) is None

    @pytest.mark.parametrize('length', [10, 64])
    def test_by_hash(self, bench, installed, length):
        [task] = bench.fetch('1004')
        assert installed.find(used(hash=task.sha256[:length])).path == Path(task.path)
        assert installed.find(used(hash='0' + task.sha256[1:length])) is None

    def test_by_a_hash_that_only_civitai_can_translate(self, demo, bench, installed):
        [task] = bench.fetch('1004')
        resource = used(hash=demo.file_hashes(PLAIN.file_id)['AutoV3'].lower())
        assert installed.find(resource) is None
        found = installed.find(resource, bench.api.version(PLAIN.version_id))
        assert found.path == Path(task.path)

    def test_a_file_beside_the_weights_is_not_the_model(self, demo, bench, installed):
        known = bench.api.version(MANY.version_id)
        checkpoint = used('Checkpoint', version_id=MANY.version_id)
        vae = used('VAE', hash=demo.file_hashes(VAE.file_id)['AutoV2'].lower())
        [task] = fetch_file(bench, VAE)
        assert installed.find(checkpoint, known) is None
        assert installed.find(vae, known).path == Path(task.path)
        [task] = fetch_file(bench, SPECIAL['pruned'])
        assert installed.find(checkpoint, known).path == Path(task.path)

    def test_the_very_file_before_another_of_the_version(self, bench, installed):
        known = bench.api.version(MANY.version_id)
        [wanted] = fetch_file(bench, SPECIAL['pruned'])
        fetch_file(bench, MANY)
        assert installed.find(used('Checkpoint', hash=wanted.sha256[:10]), known).path == Path(
            wanted.path
        )


class TestStore:
    def test_a_range_and_no_pattern(self, bench, hashed):
        finished = FinishedFiles(bench.database)
        path = put(bench.downloads / 'a.bin')
        hashed.remember(path, file_state(path), SHA256)
        assert [one.path for one in finished.with_hash(SHA256[:10])] == [path]
        for text in ('%', SHA256[:9] + '_', SHA256 + '0'):
            assert finished.with_hash(text) == []

    def test_the_latest_download_first(self, bench):
        [first] = bench.fetch('1004')
        [second] = bench.fetch('1004', folder=str(bench.downloads / 'elsewhere'))
        found = FinishedFiles(bench.database).of_version(PLAIN.version_id)
        assert [str(one.path) for one in found] == [second.path, first.path]
        assert {one.file_id for one in found} == {PLAIN.file_id}


class TestDescribed:
    @pytest.mark.parametrize(
        'ending, content',
        [
            ('.civitai.info', {'id': 77, 'files': [{'hashes': {'SHA256': SHA256.upper()}}]}),
            ('.json', {'id': 3, 'modelVersionId': '77', 'sha256': SHA256}),
            ('.metadata.json', {'civitai': {'id': 77}, 'sha256': SHA256, 'modelVersionId': 3}),
        ],
    )
    def test_by_what_lies_beside_it(self, installed, lamp, ending, content):
        put(lamp.with_name('Lamp' + ending), content)
        for resource in (used(version_id=77), used(hash=SHA256[:10]), used(hash=SHA256)):
            found = installed.find(resource)
            assert found.path == lamp and found.certain
        assert installed.find(used(version_id=3)) is None

    @pytest.mark.parametrize(
        'content',
        [b'', b'{', b'[]', b'7', {'modelVersionId': True, 'sha256': 'x'}, {'modelVersionId': [77]}],
    )
    def test_what_is_of_no_use(self, installed, lamp, content):
        put(lamp.with_name('Lamp.json'), content)
        assert installed.find(used(version_id=77)) is None

    def test_a_description_without_a_model(self, bench, installed):
        put(bench.downloads / 'LORA' / 'Lamp.civitai.info', {'id': 77})
        assert installed.find(used(version_id=77)) is None

    def test_the_file_of_that_name_among_several(self, installed, lamp):
        files = [{'name': 'other.bin', 'hashes': {'SHA256': 'e' * 64}}]
        files += [{'name': 'LAMP.safetensors', 'hashes': {'SHA256': SHA256}}, None]
        put(lamp.with_name('Lamp.civitai.info'), {'id': 77, 'files': files})
        assert installed.find(used(hash=SHA256)).path == lamp
        assert installed.find(used(hash='e' * 64)) is None

    def test_the_vae_of_a_version_is_not_its_checkpoint(self, demo, bench, installed):
        known = bench.api.version(MANY.version_id)
        path = bench.downloads / 'VAE' / 'some.vae.safetensors'
        put(path, demo.file_bytes(VAE.file_id))
        put(path.with_name('some.vae.civitai.info'), {'id': MANY.version_id})
        assert installed.find(used('Checkpoint'), known) is None

    def test_read_again_only_when_changed(self, lamp, bench, monkeypatch):
        side = put(lamp.with_name('Lamp.json'), {'modelVersionId': 77})
        now, reads = [0.0], counted(monkeypatch, model_files_module, '_read')
        files = ModelFiles(lambda: [bench.downloads], lambda: now[0])
        assert files.of_version(77) == [lamp] == files.of_version(77)
        now[0] = 100.0
        assert files.of_version(77) == [lamp] and len(reads) == 1
        put(side, {'modelVersionId': 78})
        os.utime(side, (1, 1))
        assert files.of_version(77) == [lamp]  # a batch asks hundreds of times
        now[0] = 200.0
        assert files.of_version(77) == [] and files.of_version(78) == [lamp] and len(reads) == 2


class TestName:
    @pytest.mark.parametrize('name', ['lamp', 'LAMP.pt', 'x/Lamp.safetensors'])
    def test_a_name_alone_is_a_guess(self, installed, lamp, name):
        found = installed.find(used(name=name))
        assert found.path == lamp and not found.certain and found.size == len(CONTENT)

    def test_in_the_folder_of_its_kind_only(self, installed, lamp):
        assert installed.find(used('Checkpoint', name='lamp')) is None
        assert installed.find(used('TextualInversion', name='lamp')) is None
        assert installed.find(used('Other', name='lamp')).path == lamp
        assert installed.find(used(name='lam')) is None

    def test_networks_share_a_folder_in_a_webui(self, bench, installed):
        root = str(bench.downloads.parent / 'webui')
        bench.rules = replace(bench.rules, layout='a1111', root=root)
        path = put(Path(root) / 'models' / 'Lora' / 'lamp.safetensors')
        assert installed.find(used('LoCon', name='lamp')).path == path

    @pytest.mark.parametrize('digits', [SHA256[:10], SHA256, AUTO_V3, AUTO_V3 + '5' * 52])
    def test_the_content_proves_it(self, installed, lamp, digits):
        found = installed.find(used(name='lamp', hash=digits))
        assert found.path == lamp and found.certain

    @pytest.mark.parametrize('digits', ['1' * 10, '1' * 12, '1' * 64])
    def test_another_content_is_another_model(self, installed, lamp, digits):
        assert installed.find(used(name='lamp', hash=digits)) is None

    def test_a_hash_that_says_nothing_leaves_a_guess(self, installed, lamp):
        assert installed.find(used(name='lamp', hash='1' * 8)).certain is False

    def test_by_the_name_of_civitais_file(self, installed, lamp):
        assert installed.find(used(), version(AutoV3='0X' + AUTO_V3.upper())).certain
        assert installed.find(used(), version(AutoV3='1' * 12)) is None
        assert installed.find(used(), version()).certain is False

    def test_one_of_another_size_is_not_even_read(self, installed, lamp, monkeypatch):
        monkeypatch.setattr(contents_module, '_hashed', lambda path: pytest.fail('read'))
        assert installed.find(used(), version(size=100 << 20, SHA256='1' * 64)) is None

    def test_changed_notes_inside_leave_auto_v3(self, bench, installed):
        put(
            bench.downloads / 'LORA' / 'lamp.safetensors',
            CONTENT.replace(b'\2', b'\3').replace(b'{}', b'{ }'),
        )
        found = installed.find(used(hash='1' * 10), version(AutoV2='1' * 10, AutoV3=AUTO_V3))
        assert found is not None and found.certain


class TestContents:
    def test_read_once(self, lamp, hashed, monkeypatch):
        contents, reads = Contents(hashed), counted(monkeypatch, contents_module, '_hashed')
        first = contents.of(lamp, True)
        assert (first.sha256, first.auto_v3) == (SHA256, (AUTO_V3,))
        assert contents.of(lamp, True) == first and len(reads) == 1
        assert Contents(hashed).of(lamp, False).sha256 == SHA256 and len(reads) == 1
        put(lamp, CONTENT + b'more')
        assert contents.of(lamp, True) != first and len(reads) == 2

    def test_what_would_take_long_is_left(self, lamp, hashed, monkeypatch):
        monkeypatch.setattr(contents_module, '_LARGEST', len(CONTENT) - 1)
        assert Contents(hashed).of(lamp, False) is None
        hashed.remember(lamp, file_state(lamp), SHA256)
        assert Contents(hashed).of(lamp, False).sha256 == SHA256

    def test_what_cannot_be_read(self, tmp_path, hashed):
        (tmp_path / 'folder').mkdir()
        for path in (tmp_path / 'folder', tmp_path / 'gone'):
            assert Contents(hashed).of(path, True) is None

    def test_no_more_than_some_hundreds_are_remembered(self, tmp_path, hashed, monkeypatch):
        monkeypatch.setattr(contents_module, '_MOST_REMEMBERED', 2)
        contents = Contents(hashed)
        for number in range(5):
            contents.of(put(tmp_path / f'{number}.safetensors'), True)
        assert len(contents._read) == 2
