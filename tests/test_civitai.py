"""Every call of the API against the demo catalogue, with fields as they come on bad days."""

import json
from pathlib import Path

import pytest

from civitai_manager_libs.civitai import CivitaiAPI
from civitai_manager_libs.demo import DEMO_KEY, SPECIAL
from civitai_manager_libs.demo.faults import CHOICES
from civitai_manager_libs.domain.models import Model, ModelVersion, read_image, read_model
from civitai_manager_libs.domain.models import read_version
from civitai_manager_libs.errors import ApiError, KeyNeeded, KeyRefused, NotFound, UnexpectedBody
from civitai_manager_libs.http_client import CivitaiHttpClient

PLAIN, MANY = SPECIAL['plain'], SPECIAL['many_files']
SAMPLES = Path(__file__).resolve().parents[2] / 'shared' / 'civitai-samples'
NEEDS_SAMPLES = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason='needs ../shared/civitai-samples, recorded answers'
)
FIELDS = CHOICES[('fields', 'variant')]


@pytest.fixture
def api(fresh_settings):
    return CivitaiAPI(CivitaiHttpClient())


def digests(demo, *names):
    return [demo.file_hashes(SPECIAL[name].file_id)['SHA256'] for name in names]


def unknown(number):
    return f'{number:064x}'


class TestOne:
    def test_a_model(self, api):
        model = api.model(MANY.model_id)
        assert isinstance(model, Model) and model.id == MANY.model_id and model.name
        version = model.version(MANY.version_id)
        assert len(version.files) == 5 and version.primary_file.id == MANY.file_id
        assert model.version(1) is None

    def test_a_version(self, api):
        version = api.version(MANY.version_id)
        assert isinstance(version, ModelVersion) and version.model_id == MANY.model_id
        assert version.model.name and version.model.type == 'Checkpoint'

    @pytest.mark.parametrize('name', ['SHA256', 'AutoV2', 'AutoV3', 'CRC32'])
    def test_a_version_by_any_hash_in_any_case(self, api, demo, name):
        value = demo.file_hashes(PLAIN.file_id)[name]
        for text in (value.lower(), value.upper()):
            assert api.version_by_hash(text).id == PLAIN.version_id

    @pytest.mark.parametrize('text', [unknown(7), '../models/1001', 'a b?c#d', ''])
    def test_what_is_no_known_hash(self, api, demo, text):
        with pytest.raises(ApiError) as caught:
            api.version_by_hash(text)
        assert not caught.value.retryable
        assert demo.requests[-1].path.startswith('/api/v1/model-versions/by-hash/')

    @pytest.mark.parametrize(
        'call, what',
        [
            (lambda api: api.model(424242), 'model 424242'),
            (lambda api: api.version(424242), 'version 424242'),
            (lambda api: api.version_by_hash('ABCDEF1234'), 'hash ABCDEF1234'),
        ],
    )
    def test_what_is_not_there_is_named(self, api, call, what):
        with pytest.raises(NotFound) as caught:
            call(api)
        assert caught.value.details['what'] == what

    @pytest.mark.parametrize('body', ['{}', '[]', '{"id": null}', '{"id": "x"}', '[{"id": 7}]'])
    def test_a_record_that_names_nothing(self, api, demo, body):
        demo.faults.add('status', status=200, body=body)
        for call in (api.model, api.version):
            with pytest.raises(NotFound):
                call(7)

    def test_the_account(self, api, fresh_settings):
        with pytest.raises(KeyNeeded):
            api.me()
        fresh_settings(civitai_api_key='wrong')
        with pytest.raises(KeyRefused):
            api.me()
        fresh_settings(civitai_api_key=DEMO_KEY)
        assert api.me().username == 'demo_visitor'

    def test_the_lists_of_names(self, api, demo):
        lists = api.enums()
        assert 'Checkpoint' in lists['ModelType'] and 'SD 1.5' in lists['BaseModel']
        demo.faults.add('status', status=200, body='{"A": ["x", 7, null], "B": 3}', times=1)
        assert api.enums() == {'A': ['x']}
        demo.faults.add('status', status=200, body='["A"]')
        with pytest.raises(UnexpectedBody) as caught:
            api.enums()
        assert caught.value.details['host'].startswith('127.0.0.1')

    def test_a_base_address_with_a_path_or_slash(self, api, demo, fresh_settings):
        fresh_settings(civitai_base_url=demo.base_url + '/')
        assert api.version(PLAIN.version_id).id == PLAIN.version_id


class TestMany:
    def test_versions_by_hashes(self, api, demo):
        wanted = digests(demo, 'plain', 'two_versions')
        found = api.versions_by_hashes([*wanted, *wanted, unknown(1), 'short', 'x' * 65])
        assert {digest: version.id for digest, version in found.items()} == {
            wanted[0].lower(): PLAIN.version_id,
            wanted[1].lower(): SPECIAL['two_versions'].version_id,
        }
        assert len(demo.requests) == 1

    def test_the_links_that_come_with_them_are_broken_and_the_records_are_not(self, api, demo):
        (version,) = api.versions_by_hashes(digests(demo, 'plain')).values()
        assert version.download_url.startswith('https://undefined')
        assert version.id == PLAIN.version_id and version.files[0].sha256

    def test_nulls_among_them(self, api, demo):
        (digest,) = digests(demo, 'plain')
        entry = {'id': 7, 'files': [None, {'id': 8, 'hashes': {'SHA256': digest}}, {'id': None}]}
        demo.faults.add('status', status=200, body=json.dumps([None, entry, {}, 'x', None]))
        found = api.versions_by_hashes([digest])
        assert found[digest.lower()].id == 7 and len(found[digest.lower()].files) == 1

    def test_250_hashes_go_in_calls_of_100(self, api, demo):
        wanted = [unknown(number) for number in range(249)] + digests(demo, 'plain')
        assert len(api.versions_by_hashes(wanted)) == 1
        sizes = [int(record.headers['content-length']) for record in demo.requests]
        assert len(sizes) == 3 and sizes[0] == sizes[1] > sizes[2]
        assert {record.status for record in demo.requests} == {200}

    def test_versions_by_ids_in_one_call(self, api, demo):
        wanted = [
            PLAIN.version_id,
            SPECIAL['two_versions'].version_id,
            SPECIAL['mature'].version_id,
        ]
        found = api.versions([*wanted, *wanted, 424242, SPECIAL['archived'].version_id])
        assert sorted(found) == sorted(wanted) and len(demo.requests) == 1
        version, alone = found[PLAIN.version_id], api.version(PLAIN.version_id)
        assert version.model == alone.model and version.model_id == PLAIN.model_id
        assert [file.sha256 for file in version.files] == [file.sha256 for file in alone.files]

    def test_250_versions_go_in_calls_of_100(self, api, demo):
        assert list(api.versions([*range(100_000, 100_249), PLAIN.version_id])) == [2007]
        assert len(demo.requests) == 3 and {record.status for record in demo.requests} == {200}
        assert api.versions([]) == {} and len(demo.requests) == 3

    def test_ids_by_hashes(self, api, demo):
        wanted = digests(demo, 'plain', 'big')
        found = api.ids_by_hashes([*wanted, unknown(1), 'short'])
        assert {match.hash.lower(): match.model_id for match in found} == {
            wanted[0].lower(): PLAIN.model_id,
            wanted[1].lower(): SPECIAL['big'].model_id,
        }
        demo.faults.add('status', status=200, body='[null, {"modelId": 1}, {"modelVersionId": 5}]')
        assert [match.model_version_id for match in api.ids_by_hashes(wanted)] == [5]

    def test_nothing_to_ask(self, api, demo):
        assert api.versions_by_hashes([]) == {} and api.ids_by_hashes(['short']) == []
        assert len(demo.requests) == 0

    def test_an_answer_that_is_no_list(self, api, demo):
        demo.faults.add('status', status=200, body='{"error": "x"}')
        assert api.versions_by_hashes([unknown(1)]) == {}

    def test_ten_thousand_hashes_take_no_time(self, api, demo):
        wanted = [unknown(number) for number in range(10_000)]
        files = [{'id': n, 'hashes': {'SHA256': digest}} for n, digest in enumerate(wanted)]
        body = json.dumps([{'id': 1, 'files': files[-2000:]}])
        demo.faults.add('status', status=200, body=body, skip=99)
        assert len(api.versions_by_hashes(wanted)) == 2000


class TestOddFields:
    @pytest.mark.parametrize('variant', FIELDS)
    def test_no_record_is_lost(self, api, demo, variant):
        expected = {model['id'] for model in demo.models}
        plain = api.model(MANY.model_id)
        demo.faults.add('fields', variant=variant)
        for model_id in sorted(expected):
            assert api.model(model_id).id == model_id
        model, version = api.model(MANY.model_id), api.version(MANY.version_id)
        assert [file.id for file in version.files] == [
            file.id for file in plain.version(2001).files
        ]
        assert len(model.model_versions) == len(plain.model_versions)
        assert {file.estimated_bytes for file in version.files} != set()

    @pytest.mark.parametrize(
        'variant, empty',
        [('nulls', True), ('missing', True), ('empty_hashes', True), ('extra', False)],
    )
    def test_hashes_are_there_or_not(self, api, demo, variant, empty):
        demo.faults.add('fields', variant=variant)
        assert all((not file.hashes) is empty for file in api.version(PLAIN.version_id).files)

    def test_no_primary_file(self, api, demo):
        demo.faults.add('fields', variant='no_primary')
        assert api.version(MANY.version_id).primary_file is None


def recorded():
    for path in sorted(SAMPLES.glob('*.json')) if SAMPLES.is_dir() else ():
        if path.name.startswith(('model-', 'models-', 'images-')):
            yield pytest.param(path, id=path.stem)


@NEEDS_SAMPLES
class TestRecorded:
    @pytest.mark.parametrize('path', list(recorded()))
    def test_every_record_decodes_whole(self, path):
        body = json.loads(path.read_text(encoding='utf-8'))
        items = body['items'] if 'items' in body else [body]
        for item in items:
            if path.name.startswith('images-'):
                # one of them was recorded without its address
                assert read_image({'url': 'x', **item}).id == item['id']
            elif path.name.startswith('model-version-'):
                assert_version(read_version(item), item)
            else:
                model = read_model(item)
                assert model.id == item['id'] and model.name == item['name']
                assert len(model.model_versions) == len(item['modelVersions'])
                for version, raw in zip(model.model_versions, item['modelVersions']):
                    assert_version(version, raw)


def assert_version(version, raw):
    """Nothing of a recorded version may be lost."""
    assert version.id == raw['id'] and version.name == raw['name']
    assert version.base_model == raw['baseModel']
    assert version.trained_words == raw.get('trainedWords', [])
    assert len(version.images) == len(raw.get('images', []))
    assert (version.published_at is None) == (raw.get('publishedAt') is None)
    for file, given in zip(version.files, raw.get('files', []), strict=True):
        assert file.id == given['id'] and file.type == given['type']
        assert file.hashes == given['hashes'] and file.size_kb == given['sizeKB']
        assert file.metadata.format == given['metadata'].get('format')
