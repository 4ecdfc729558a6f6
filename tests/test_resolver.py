"""From what was pasted to versions on Civitai: every kind of target, and what is not there."""

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.targets import parse_target
from civitai_manager_libs.errors import (
    EarlyAccess,
    Gone,
    NotFound,
    ServerTrouble,
    TargetUnsupported,
)

PLAIN, TWO = SPECIAL['plain'], SPECIAL['two_versions']
OLDER = 2006


@pytest.fixture
def find(bench):
    """The model and version ids that a text resolves to."""

    def ask(text, all_versions=False):
        found = bench.engine.resolver.find(parse_target(text), all_versions)
        return [(one.model.id if one.model else None, one.version.id) for one in found]

    return ask


@pytest.mark.parametrize(
    'text',
    [
        'https://civitai.com/models/1004',
        'https://civitai.com/models/1004/moss-garden?foo=1#top',
        'https://civitai.red/models/1004?modelVersionId=2007',
        'http://www.civitai.green/models/1004/',
        'civitai.com/models/1004',
        'https://civitai.com/model-versions/2007',
        'https://civitai.com/api/download/models/2007?type=Model&format=SafeTensor&token=abc',
        'https://civitai.com/api/v1/models/1004',
        'https://civitai.com/api/v1/model-versions/2007',
        'urn:air:sd1:lora:civitai:1004@2007',
        'civitai:1004@2007',
        '1004@2007',
        '1004',
        '2007',
    ],
)
def test_every_kind_of_target(find, text):
    assert find(text) == [(PLAIN.model_id, PLAIN.version_id)]


def test_links_of_the_configured_server(demo, bench):
    target = parse_target(f'{demo.base_url}/models/1004', demo.base_url)
    [found] = bench.engine.resolver.find(target)
    assert found.version.id == PLAIN.version_id


@pytest.mark.parametrize('kind', ['SHA256', 'AutoV2', 'AutoV3', 'CRC32'])
def test_hashes(demo, find, kind):
    value = demo.file_hashes(PLAIN.file_id)[kind]
    pasted = f'0x{value}' if value.isdigit() else value
    assert find(pasted) == [(PLAIN.model_id, PLAIN.version_id)]
    assert find(pasted.lower()) == [(PLAIN.model_id, PLAIN.version_id)]


def test_the_newest_version_or_all_newest_first(find):
    assert find('1003') == [(1003, TWO.version_id)]
    assert find('1003', all_versions=True) == [(1003, TWO.version_id), (1003, OLDER)]
    assert find(str(OLDER), all_versions=True) == [(1003, TWO.version_id), (1003, OLDER)]
    assert find(f'1003@{OLDER}') == [(1003, OLDER)]


def test_a_number_is_a_model_before_it_is_a_version(demo, find):
    find('1004')
    assert demo.requests.of('api', '/api/v1/model-versions/') == []
    assert find('2007') == [(PLAIN.model_id, PLAIN.version_id)]
    paths = [record.path for record in demo.requests.of('api')]
    assert paths[-3:] == [
        '/api/v1/models/2007',
        '/api/v1/model-versions/2007',
        '/api/v1/models/1004',
    ]


def test_a_number_that_is_neither(find):
    with pytest.raises(NotFound) as caught:
        find('99')
    assert caught.value.details == {'what': 'model 99'}


def test_trouble_while_looking_is_not_taken_for_a_missing_model(demo, find):
    demo.faults.add('status', path='/models/2007', status=500)
    with pytest.raises(ServerTrouble):
        find('2007')


def test_a_version_that_belongs_to_another_model_than_the_link_says(find):
    assert find('https://civitai.com/models/1004?modelVersionId=2008') == [(1005, 2008)]


def test_a_version_whose_model_cannot_be_read(demo, find):
    demo.faults.add('status', path='/v1/models/', status=404)
    assert find('https://civitai.com/model-versions/2007') == [(None, 2007)]
    assert find('1004@2007') == [(None, 2007)]
    with pytest.raises(NotFound):
        find('https://civitai.com/models/1004')


def test_a_model_whose_newest_version_is_not_listed_yet(demo, find):
    assert find('https://civitai.com/models/1003?modelVersionId=2006') == [(1003, 2006)]


@pytest.mark.parametrize(
    'text',
    [
        'https://civitai.com/images/5',
        'https://civitai.com/posts/5',
        'https://civitai.com/user/somebody',
        'https://civitai.com/collections/5',
        'https://civitai.com/search/models?query=x',
        'https://civitai.com/tag/x',
    ],
)
def test_what_names_no_file(find, demo, text):
    with pytest.raises(TargetUnsupported):
        find(text)
    assert len(demo.requests) == 0


def test_archived_models_are_found_and_refused_by_the_plan(bench):
    target = parse_target(str(SPECIAL['archived'].model_id))
    with pytest.raises(Gone):
        bench.engine.plan(target)


def test_early_access_is_found_since_it_may_have_been_bought(bench):
    [task] = bench.fetch(str(SPECIAL['early_access'].model_id))
    assert task.error_code == EarlyAccess.code
