"""What a picture was made with, looked up at the demo catalogue."""

from pathlib import Path

import pytest

from civitai_manager_libs.civitai import CivitaiAPI
from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.demo.faults import CHOICES
from civitai_manager_libs.domain.choice import Preference
from civitai_manager_libs.domain.generation import GenerationData, UsedResource
from civitai_manager_libs.domain.targets import parse_target
from civitai_manager_libs.domain.used_resources import LocalFile
from civitai_manager_libs.errors import DownloadsDisabled, EarlyAccess, Gone, PickleRefused
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.images.resources import ResourceFinder, ResourceState, targets_of
from civitai_manager_libs.store.hosts import Hosts
from civitai_manager_libs.store.slots import Slots

PLAIN, MANY, TWO = SPECIAL['plain'], SPECIAL['many_files'], SPECIAL['two_versions']
AVAILABLE, MISSING = ResourceState.AVAILABLE, ResourceState.MISSING
INSTALLED, UNSURE = ResourceState.INSTALLED, ResourceState.UNSURE
ODD_HASH = 'f0' * 32
FIELDS = CHOICES[('fields', 'variant')]


class Local:
    """What is on this machine: files by the name of a resource."""

    def __init__(self):
        self.files = {}
        self.asked = []

    def __call__(self, resource, version):
        self.asked.append((resource, version.id if version else None))
        return self.files.get(resource.name)


@pytest.fixture
def local():
    return Local()


@pytest.fixture
def finder(fresh_settings, local):
    return ResourceFinder(CivitaiAPI(CivitaiHttpClient()), local)


def used(kind='LORA', **values):
    return UsedResource(kind=kind, **values)


def found(finder, *resources, version_ids=()):
    return finder.look_up(GenerationData(resources=resources), version_ids)


def one(finder, *resources, version_ids=()):
    [row] = found(finder, *resources, version_ids=version_ids).rows
    return row


def api_calls(demo):
    return [record.path for record in demo.requests.of('api')]


class TestAsking:
    def test_many_versions_take_one_call(self, finder, demo):
        resources = [used(version_id=place.version_id) for place in (PLAIN, TWO)]
        rows = found(finder, used('Other', version_id=MANY.version_id), *resources).rows
        assert [row.version_id for row in rows] == [MANY.version_id, 2007, 2005]
        [listing, *single] = api_calls(demo)
        assert listing == '/api/v1/models'
        # Lists do not say whether a version is given out; of what is here nobody needs to know.
        assert len(single) == 3 and all(path.startswith('/api/v1/model-v') for path in single)

    def test_many_versions_that_are_here_take_one_call(self, finder, demo, local, tmp_path):
        local.files[''] = LocalFile(tmp_path / 'here.safetensors', 7)
        rows = found(finder, version_ids=[PLAIN.version_id, TWO.version_id]).rows
        assert [row.state for row in rows] == [INSTALLED, INSTALLED]
        assert api_calls(demo) == ['/api/v1/models']

    def test_versions_listed_beside_the_picture_join_in(self, finder, demo):
        listed = [PLAIN.version_id, MANY.version_id, PLAIN.version_id]
        resource = used(version_id=PLAIN.version_id, weight=0.5)
        rows = found(finder, resource, version_ids=listed).rows
        assert [(row.kind, row.version_id) for row in rows] == [
            ('Checkpoint', MANY.version_id),
            ('LORA', PLAIN.version_id),
        ]
        assert rows[1].weight == 0.5 and api_calls(demo).count('/api/v1/models') == 1

    def test_full_hashes_take_one_call(self, finder, demo):
        digests = [demo.file_hashes(one.file_id)['SHA256'].lower() for one in (PLAIN, TWO, MANY)]
        rows = found(finder, *(used(hash=digest) for digest in digests)).rows
        assert {row.version_id for row in rows} == {2007, 2005, 2001}
        assert api_calls(demo) == ['/api/v1/model-versions/by-hash']

    @pytest.mark.parametrize('name', ['AutoV2', 'AutoV3', 'CRC32'])
    def test_a_short_hash_takes_a_call_of_its_own(self, finder, demo, name):
        digest = demo.file_hashes(PLAIN.file_id)[name].lower()
        row = one(finder, used(hash=digest, name='moss', weight=0.3))
        assert (row.version_id, row.file_id) == (PLAIN.version_id, PLAIN.file_id)
        assert (row.name, row.version_name, row.weight) == ('苔庭 Moss Garden', 'v1.0', 0.3)
        assert len(api_calls(demo)) == 1

    def test_the_answer_to_a_short_hash_is_kept(self, fresh_settings, demo, local, tmp_path):
        client = CivitaiHttpClient()
        client.share_with(Hosts(), Slots(tmp_path / 'locks'), tmp_path / 'answers')
        finder = ResourceFinder(CivitaiAPI(client), local)
        resource = used(hash=demo.file_hashes(PLAIN.file_id)['AutoV3'].lower())
        assert one(finder, resource) == one(finder, resource)
        assert len(api_calls(demo)) == 1
        client.stand_alone()
        client.close()

    def test_a_hash_of_a_version_that_is_known_takes_no_call(self, finder, demo):
        digests = [demo.file_hashes(PLAIN.file_id)[name].lower() for name in ('AutoV2', 'AutoV3')]
        resources = [used(hash=digest) for digest in digests]
        assert one(finder, *resources, version_ids=[PLAIN.version_id]).file_id == PLAIN.file_id
        assert not any('by-hash' in path for path in api_calls(demo))

    def test_auto_v3_at_full_length(self, finder, demo):
        digest = demo.file_hashes(PLAIN.file_id)['AutoV3'].lower() + '5' * 52
        assert one(finder, used(hash=digest)).file_id == PLAIN.file_id

    def test_a_version_that_lists_leave_out_is_asked_for_by_itself(self, finder, demo):
        row = one(finder, used('Checkpoint', version_id=SPECIAL['archived'].version_id))
        assert row.state is MISSING and isinstance(row.problem, Gone)
        assert row.name == '舊倉庫 Old Warehouse' and len(api_calls(demo)) == 2

    def test_a_short_hash_of_another_kind_of_model_is_an_accident(self, finder, demo):
        digest = demo.file_hashes(PLAIN.file_id)['CRC32'].lower()
        row = one(finder, used('Checkpoint', hash=digest, name='other'))
        assert (row.state, row.version_id, row.name) == (MISSING, None, 'other')

    def test_nothing_to_ask(self, finder, demo):
        assert found(finder).rows == () and len(demo.requests) == 0
        row = one(finder, used(name='foo', weight=1.0))
        assert (row.state, row.name, row.weight) == (MISSING, 'foo', 1.0)
        assert len(demo.requests) == 0


class TestNotForFetching:
    @pytest.mark.parametrize(
        ('special', 'problem'),
        [('early_access', EarlyAccess), ('downloads_disabled', DownloadsDisabled)],
    )
    @pytest.mark.parametrize('by', ['version', 'SHA256', 'AutoV2'])
    def test_what_the_author_does_not_give_out(self, finder, demo, special, problem, by):
        place = SPECIAL[special]
        digest = '' if by == 'version' else demo.file_hashes(place.file_id)[by].lower()
        number = place.version_id if by == 'version' else None
        rows = found(finder, used('Other', version_id=number, hash=digest))
        assert [(row.state, type(row.problem)) for row in rows.rows] == [(MISSING, problem)]
        assert rows.targets() == () and rows.total_bytes == 0

    def test_what_is_here_is_not_asked_about(self, finder, demo, local, tmp_path):
        local.files['here'] = LocalFile(tmp_path / 'here.safetensors', 7)
        version_id = SPECIAL['downloads_disabled'].version_id
        row = one(finder, used(name='here', version_id=version_id))
        assert row.state is INSTALLED and len(api_calls(demo)) == 1

    def test_when_nobody_says_it_is_offered(self, finder, demo):
        demo.faults.add('status', path='/model-versions/', status=403)
        assert one(finder, used(version_id=PLAIN.version_id)).state is AVAILABLE


class TestFaults:
    def test_what_nobody_knows_is_missing(self, finder):
        rows = found(finder, used(hash=ODD_HASH[:10]), used(hash='e' * 64), used(version_id=9)).rows
        assert {(row.state, row.problem) for row in rows} == {(MISSING, None)}

    def test_a_call_that_fails_leaves_the_others(self, finder, demo):
        failing = demo.file_hashes(TWO.file_id)['AutoV2'].lower()
        demo.faults.add('status', path=failing, status=400)
        good = demo.file_hashes(PLAIN.file_id)['AutoV2'].lower()
        [bad, well] = found(finder, used(hash=failing, name='x'), used(hash=good)).rows
        assert (bad.state, bad.name, bad.problem.code) == (UNSURE, 'x', 'request_refused')
        assert well.state is AVAILABLE

    def test_the_call_for_all_versions_fails(self, finder, demo):
        demo.faults.add('status', path='modelVersionIds', status=403)
        digest = demo.file_hashes(PLAIN.file_id)['SHA256'].lower()
        resources = [used(version_id=TWO.version_id, hash='a' * 10), used(hash=digest)]
        [bad, well] = found(finder, *resources).rows
        assert (bad.state, bad.version_id) == (UNSURE, TWO.version_id) and bad.problem
        assert well.state is AVAILABLE and len(api_calls(demo)) == 2

    def test_the_call_for_all_hashes_fails(self, finder, demo):
        demo.faults.add('status', method='POST', status=403)
        rows = found(finder, used(hash='a' * 64), used(version_id=PLAIN.version_id)).rows
        assert [row.state for row in rows] == [UNSURE, AVAILABLE]

    def test_installed_ones_are_found_without_civitai(self, finder, demo, local, tmp_path):
        demo.faults.add('status', status=403)
        local.files['foo'] = LocalFile(tmp_path / 'foo.safetensors', 7)
        row = one(finder, used(name='foo', hash=ODD_HASH[:10]))
        assert (row.state, row.size, row.problem) == (INSTALLED, 7, None)

    @pytest.mark.parametrize('variant', FIELDS)
    def test_odd_fields(self, finder, demo, variant):
        demo.faults.add('fields', variant=variant)
        digest = demo.file_hashes(TWO.file_id)['AutoV3'].lower()
        rows = found(finder, used(version_id=2007), used(hash=digest), version_ids=[2001]).rows
        assert {row.version_id for row in rows} == {2001, 2005, 2007}
        assert all(row.kind != 'Other' for row in rows if row.version_id != 2001)


class TestOneRow:
    def test_whatever_it_was_mentioned_by(self, finder, demo):
        hashes = demo.file_hashes(PLAIN.file_id)
        row = one(
            finder,
            used(name='Moss_Garden_V1', weight=0.7),
            used(hash=hashes['AutoV2'].lower()),
            used(hash=hashes['AutoV3'].lower(), weight=0.9),
            used('Other', version_id=PLAIN.version_id),
        )
        assert (row.weight, row.version_id, row.file_id) == (0.7, 2007, 3012)

    def test_a_name_that_is_of_another_kind(self, finder):
        resources = [used('Checkpoint', name='moss_garden_v1'), used(version_id=2007)]
        assert len(found(finder, *resources).rows) == 2

    def test_a_vae_beside_a_checkpoint_is_another(self, finder, demo):
        vae = demo.file_hashes(SPECIAL['vae_file'].file_id)['AutoV2'].lower()
        resources = [used('VAE', hash=vae), used('Checkpoint', version_id=MANY.version_id)]
        rows = found(finder, *resources).rows
        assert [(row.kind, row.file_id) for row in rows] == [('Checkpoint', 3001), ('VAE', 3005)]


class TestFile:
    def test_the_one_that_was_used(self, finder, demo):
        digest = demo.file_hashes(SPECIAL['pruned'].file_id)['AutoV2'].lower()
        row = one(finder, used('Checkpoint', hash=digest), version_ids=[MANY.version_id])
        assert row.file_id == SPECIAL['pruned'].file_id
        assert row.size == pytest.approx(len(demo.file_bytes(row.file_id)), abs=1024)

    def test_the_preferred_one_where_that_is_not_known(self, fresh_settings, local):
        api = CivitaiAPI(CivitaiHttpClient())
        finder = ResourceFinder(api, local, lambda: Preference(size='pruned'))
        assert one(finder, version_ids=[MANY.version_id]).file_id == SPECIAL['pruned'].file_id

    def test_never_one_that_can_run_code(self, finder, demo):
        dangerous = demo.file_hashes(SPECIAL['danger'].file_id)['AutoV2'].lower()
        assert one(finder, used('Checkpoint', hash=dangerous)).file_id == MANY.file_id
        pickled = demo.file_hashes(SPECIAL['pickle_embedding'].file_id)['AutoV2'].lower()
        row = one(finder, used('TextualInversion', hash=pickled))
        assert (row.state, row.target) == (MISSING, None) and isinstance(row.problem, PickleRefused)


class TestList:
    def test_sums_and_targets(self, finder, demo, local, tmp_path):
        path = tmp_path / 'silk.safetensors'
        local.files['silk'] = LocalFile(path, 99, certain=False)
        looked_up = found(
            finder,
            used(version_id=TWO.version_id, name='silk'),
            used(version_id=PLAIN.version_id),
            used('TextualInversion', name='unknown'),
            used('Checkpoint', version_id=MANY.version_id),
        )
        states = [row.state for row in looked_up.rows]
        assert states == [AVAILABLE, INSTALLED, AVAILABLE, MISSING]
        here = looked_up.rows[1]
        assert (here.path, here.size, here.certain, here.target) == (path, 99, False, None)
        assert looked_up.missing_count == 3
        sizes = [len(demo.file_bytes(one.file_id)) for one in (MANY, PLAIN)]
        assert looked_up.total_bytes == pytest.approx(sum(sizes), abs=2048)
        targets = looked_up.targets()
        assert [(one.version_id, one.wanted.file_id) for one in targets] == [
            (MANY.version_id, MANY.file_id),
            (PLAIN.version_id, PLAIN.file_id),
        ]
        assert [parse_target(one.text).meaning for one in targets] == [
            one.meaning for one in targets
        ]
        assert targets_of(looked_up.rows[2:]) == targets[1:]

    def test_the_engine_queues_what_can_be_fetched(self, bench, finder, local):
        resources = [used(version_id=PLAIN.version_id), used(name='unknown')]
        looked_up = found(finder, *resources, version_ids=[MANY.version_id])
        tasks = [task for one in bench.engine.order_many(looked_up.targets()) for task in one.tasks]
        assert [task.order.file_id for task in tasks] == [MANY.file_id, PLAIN.file_id]
        bench.engine.start()
        done = bench.engine.wait([task.id for task in tasks])
        assert all(Path(task.path).is_file() for task in done)

    def test_huge_lists_are_bounded(self, finder, demo):
        resources = [used(version_id=number) for number in range(1, 150)]
        rows = found(finder, *resources, version_ids=range(1000, 100_000)).rows
        assert len(rows) == 200
