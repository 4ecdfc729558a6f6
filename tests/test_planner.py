"""What a target comes to before anything is downloaded: files, places, refusals."""

from dataclasses import replace
from pathlib import Path

import pytest
import requests

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.target_types import FileFilter
from civitai_manager_libs.domain.targets import parse_target
from civitai_manager_libs.domain.task import Order
from civitai_manager_libs.errors import (
    ChoiceUnknown,
    DownloadsDisabled,
    Gone,
    NotFound,
    PickleRefused,
    PlaceNeeded,
)

EMBEDDING = SPECIAL['pickle_embedding']
SHA = 'ab' * 32


@pytest.fixture
def plan(bench):
    def make(text, **order):
        return bench.engine.plan(parse_target(text), Order(**order))

    return make


def ids(plan):
    return [download.file_id for download in plan.downloads]


class TestFiles:
    def test_the_safe_primary_file(self, plan):
        assert ids(plan('1001')) == [3001]

    @pytest.mark.parametrize(
        'wanted, file_id',
        [
            (FileFilter(size='pruned'), 3002),
            (FileFilter(type='config'), 3004),
            (FileFilter(type='VAE'), 3005),
            (FileFilter(format='ckpt'), 3003),
            (FileFilter(file_id=3003), 3003),
        ],
    )
    def test_narrowed_to_one(self, plan, wanted, file_id):
        assert ids(plan('1001', wanted=wanted)) == [file_id]

    def test_what_is_asked_for_overrules_the_link(self, plan):
        link = 'https://civitai.com/api/download/models/2001?type=Model&size=full'
        assert ids(plan(link)) == [3001]
        assert ids(plan(link, wanted=FileFilter(size='pruned'))) == [3002]

    def test_nothing_fits(self, plan):
        with pytest.raises(ChoiceUnknown) as caught:
            plan('1001', wanted=FileFilter(format='GGUF'))
        assert '3001' in caught.value.details['available']

    def test_all_files_leave_the_risky_ones_out_and_say_so(self, plan):
        made = plan('1001', all_files=True)
        assert ids(made) == [3001, 3002, 3004, 3005]
        assert [(file.id, why) for file, why in made.skipped] == [(3003, 'skipped.danger')]

    def test_pickled_only_when_asked_for(self, plan):
        with pytest.raises(PickleRefused) as caught:
            plan(str(EMBEDDING.version_id))
        assert caught.value.details['file_id'] == EMBEDDING.file_id
        asked = plan(str(EMBEDDING.version_id), wanted=FileFilter(file_id=EMBEDDING.file_id))
        assert ids(asked) == [EMBEDDING.file_id]
        assert 'warning.pickle' in asked.downloads[0].warnings

    def test_a_hash_means_the_file_it_belongs_to(self, demo, plan):
        assert ids(plan(demo.file_hashes(3002)['SHA256'])) == [3002]
        assert ids(plan(demo.file_hashes(3003)['AutoV2'])) == [3003]

    def test_a_hash_of_a_file_that_was_replaced(self, demo, plan):
        old = demo.file_hashes(SPECIAL['plain'].file_id)['SHA256']
        demo.replace_file(SPECIAL['plain'].file_id)
        with pytest.raises(NotFound):
            plan(old)


class TestAllVersions:
    def test_each_with_its_own_file(self, plan):
        assert [one.version_id for one in plan('1003', all_versions=True).downloads] == [2005, 2006]

    def test_a_version_with_pickled_files_only_does_not_hold_up_the_others(self, plan):
        made = plan(str(EMBEDDING.model_id), all_versions=True)
        assert EMBEDDING.file_id not in ids(made) and made.downloads
        assert (EMBEDDING.file_id, 'skipped.pickle') in [(f.id, why) for f, why in made.skipped]

    def test_only_versions_that_have_what_is_wanted(self, plan):
        made = plan('1001', all_versions=True, wanted=FileFilter(size='pruned'))
        assert ids(made) == [3002]

    def test_none_that_can_be_had(self, plan):
        with pytest.raises(ChoiceUnknown):
            plan('1003', all_versions=True, wanted=FileFilter(format='GGUF'))
        with pytest.raises(Gone):
            plan(str(SPECIAL['archived'].model_id), all_versions=True)
        with pytest.raises(DownloadsDisabled):
            plan(str(SPECIAL['downloads_disabled'].version_id))


class TestPlaces:
    def test_what_the_queue_will_hold(self, demo, bench, plan):
        [made] = plan('1004', priority=4).downloads
        assert made.folder == str(bench.downloads / 'LORA')
        assert made.file_name == 'moss_garden_v1.safetensors'
        assert made.spare_name == 'moss_garden_v1-2007-3012.safetensors'
        assert made.request.startswith('/api/download/models/2007?')
        assert 'fileId=3012' in made.request
        assert made.hashes['SHA256'] == demo.file_hashes(3012)['SHA256'] and not made.pinned
        assert (made.model_id, made.version_id, made.file_id) == (1004, 2007, 3012)
        assert (made.name, made.creator, made.priority) == ('苔庭 Moss Garden', 'garden_path', 4)

    def test_the_same_plan_twice_has_the_same_key(self, plan):
        assert plan('1004') == plan('1004')
        assert plan('1004').downloads[0].key != plan('1004', folder='/x').downloads[0].key

    def test_a_hash_of_the_person_takes_the_place_of_the_published_one(self, plan):
        [made] = plan('1004', sha256=SHA).downloads
        assert made.pinned and made.hashes == {'SHA256': SHA}

    def test_layouts(self, bench, plan):
        bench.rules = replace(bench.rules, layout='comfyui', root='/comfy')
        assert Path(plan('1004').downloads[0].folder) == Path('/comfy/models/loras')
        assert Path(plan('1001').downloads[0].folder) == Path('/comfy/models/checkpoints')

    def test_names_that_no_file_system_takes(self, plan):
        [made] = plan(str(SPECIAL['odd_name'].model_id)).downloads
        assert not set(made.file_name) & set('/\\:*?"<>|')


class TestDirect:
    """A file of another server, or of Civitai's storage by its signed address."""

    def address(self, demo, bench):
        request = demo.base_url + '/api/download/models/2007'
        return requests.get(request, allow_redirects=False).headers['Location']

    def test_it_needs_a_place(self, plan):
        with pytest.raises(PlaceNeeded):
            plan('https://files.example/x.safetensors')

    def test_with_a_folder_the_server_names_it(self, demo, bench, tmp_path):
        url = self.address(demo, bench)
        [task] = bench.fetch(url, folder=str(tmp_path / 'mine'))
        assert Path(task.path) == tmp_path / 'mine' / 'moss_garden_v1.safetensors'
        assert Path(task.path).read_bytes() == demo.file_bytes(3012)
        assert not task.verified and 'Signature' not in task.order.target

    def test_with_a_name_nobody_is_asked(self, demo, plan):
        [made] = plan('https://files.invalid/x?sig=1', folder='/f', file_name='y.bin').downloads
        assert made.direct and made.file_name == 'y.bin' and len(demo.requests) == 0

    def test_with_a_hash_it_is_verified(self, demo, bench, tmp_path):
        url = self.address(demo, bench)
        right = demo.file_hashes(3012)['SHA256'].lower()
        order = {'folder': str(tmp_path), 'file_name': 'a.bin'}
        [wrong] = bench.fetch(url, sha256=SHA, **order)
        assert wrong.error_code == 'hash_mismatch' and not (tmp_path / 'a.bin').exists()
        [task] = bench.fetch(url, sha256=right, **order)
        assert task.verified and task.sha256 == right

    def test_another_query_may_be_another_file(self, plan):
        order = {'folder': '/f', 'file_name': 'y.bin'}
        first = plan('https://files.invalid/get?id=1', **order).downloads[0]
        second = plan('https://files.invalid/get?id=2', **order).downloads[0]
        assert first.key != second.key

    def test_another_signature_is_the_same_file(self, plan):
        order = {'folder': '/f', 'file_name': 'y.bin'}
        first, second = (
            plan(f'https://files.invalid/a?X-Amz-Date={n}&X-Amz-Signature=a{n}&id=7', **order)
            for n in (1, 2)
        )
        assert first.downloads[0].key == second.downloads[0].key

    def test_no_secret_stands_in_the_key(self, plan):
        order = {'folder': '/f', 'file_name': 'y.bin'}
        made = plan('https://user:pass@files.invalid/a?token=abcdef&id=7', **order).downloads[0]
        assert 'abcdef' not in made.key and 'pass' not in made.key and 'abcdef' not in made.target
