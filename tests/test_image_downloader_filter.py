"""Which pictures are asked for by parameters of the API, levels and limits."""

import pytest

from civitai_manager_libs.demo import GALLERY
from civitai_manager_libs.domain.image_filter import read_filter, read_levels
from civitai_manager_libs.errors import ApiError, SettingInvalid
from civitai_manager_libs.domain.nsfw import LEVELS

_DEFAULT = ('None', 'Soft')


@pytest.mark.parametrize(
    ('given', 'levels'),
    [
        ({}, _DEFAULT),
        ({'nsfw': None}, _DEFAULT),
        ({'nsfw': 'None'}, ('None',)),
        ({'nsfw': 'soft'}, ('None', 'Soft')),
        ({'nsfw': 'Mature'}, ('None', 'Soft', 'Mature')),
        ({'nsfw': 'X'}, ('None', 'Soft', 'Mature', 'X')),
        ({'nsfw': False}, ('None',)),
        ({'nsfw': True}, ('Mature', 'X')),
        ({'nsfw': ['X', 'None']}, ('None', 'X')),
        ({'browsingLevel': 3}, ('None', 'Soft')),
        ({'browsingLevel': '31'}, None),
        ({'browsingLevel': 1, 'nsfw': 'X'}, ('None',)),
    ],
)
def test_levels_are_meant_as_the_api_means_them(given, levels):
    assert read_filter(given, _DEFAULT).query.levels == levels


def test_parameters_go_to_the_api_by_their_names():
    found = read_filter(
        {
            'modelId': '7',
            'postId': 8,
            'username': 'someone',
            'sort': 'Newest',
            'period': 'Week',
            'tags': [1, 2],
            'baseModels': ('SDXL 1.0', 'Pony'),
            'type': 'image',
            'requiringMeta': True,
            'userId': None,
            'page': 3,
            'cursor': 55,
        },
        _DEFAULT,
    )
    assert found.cursor == '55'
    assert found.query.parameters(20) == {
        'limit': '20',
        'modelId': '7',
        'postId': '8',
        'username': 'someone',
        'sort': 'Newest',
        'period': 'Week',
        'browsingLevel': '3',
        'withMeta': 'true',
        'tags': '1,2',
        'baseModels': 'SDXL 1.0,Pony',
        'type': 'image',
        'requiringMeta': 'true',
    }


@pytest.mark.parametrize(
    'given', [{'nsfw': 'Spicy'}, {'nsfw': ['Spicy']}, {'modelId': 'x'}, {'browsingLevel': []}]
)
def test_what_is_no_level_or_number_is_refused(given):
    with pytest.raises(SettingInvalid) as caught:
        read_filter(given, _DEFAULT)
    assert caught.value.details['allowed']


def test_names_of_levels_are_read_in_any_case_and_order():
    assert read_levels(None) is None
    assert read_levels(['x', 'NONE', 'none']) == ('None', 'X')
    assert read_levels('Soft') == ('Soft',)
    assert read_levels(LEVELS) == tuple(LEVELS)


def test_filtered_pictures_keep_to_the_levels_of_the_settings(picture_bench, fresh_settings):
    fresh_settings(images_default_nsfw_filter=['Soft'])
    picture_bench.demo.faults.add('any_level')
    downloader = picture_bench.downloader()
    wanted = {'modelId': GALLERY.model_id, 'sort': 'Oldest', 'page': 4}
    ids = downloader.download_filtered_images(wanted, limit=4)
    assert {downloader.get_task(one).nsfw_level for one in ids} == {'Soft'} and len(ids) == 4
    query = picture_bench.queries()[0]
    assert query['sort'] == ['Oldest'] and 'page' not in query
    assert query['browsingLevel'] == ['2'] and query['withMeta'] == ['true']


def test_a_list_that_fails_at_once_queues_nothing(picture_bench, fresh_settings):
    fresh_settings(http_max_retries=0)
    picture_bench.demo.faults.add('status', path='/images', status=500)
    downloader = picture_bench.downloader()
    with pytest.raises(ApiError):
        downloader.download_filtered_images({'modelId': GALLERY.model_id})
    assert downloader.get_all_tasks() == []


def test_what_earlier_pages_gave_stays_when_a_later_one_fails(picture_bench, fresh_settings):
    fresh_settings(http_max_retries=0)
    picture_bench.demo.faults.add('list', path='/images', variant='short_page', times=1)
    picture_bench.demo.faults.add('status', path='/images', status=500, skip=1)
    downloader = picture_bench.downloader()
    with pytest.raises(ApiError):
        downloader.download_model_images(GALLERY.model_id, limit=20)
    tasks = downloader.wait()
    assert tasks and {task.status for task in tasks} == {'done'}


def test_a_list_that_leads_in_circles_comes_to_an_end(picture_bench):
    picture_bench.demo.faults.add('list', path='/images', variant='repeat_cursor')
    downloader = picture_bench.downloader()
    ids = downloader.download_model_images(GALLERY.model_id)
    assert 0 < len(ids) == len({downloader.get_task(one).image_id for one in ids})
