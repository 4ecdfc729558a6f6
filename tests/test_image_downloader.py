"""The image downloader as the customer's document has it: names, defaults, tasks, places."""

import inspect
import json
import typing
from pathlib import Path

import pytest

from civitai_manager_libs.demo import GALLERY, GALLERY_PICTURES
from civitai_manager_libs.domain.image_query import ImageQuery
from civitai_manager_libs.errors import ApiError, NotFound, SettingInvalid
from civitai_manager_libs.fetching.formats import is_whole
from civitai_manager_libs.image_downloader import ImageDownloader, ImageDownloadTask

_REQUIRED = inspect.Parameter.empty
_ORDER = {'limit': 0, 'nsfw_levels': None, 'save_metadata': True}
_CARD = {
    '__init__': {
        'api_client': None,
        'download_engine': None,
        'output_path': './images',
        'path_template': '{model_id}/{id}',
    },
    'download_model_images': {'model_id': _REQUIRED, **_ORDER},
    'download_version_images': {'version_id': _REQUIRED, **_ORDER},
    'download_creator_images': {'username': _REQUIRED, **_ORDER, 'limit': 20},
    'download_filtered_images': {'filter_params': _REQUIRED, 'limit': 20, 'save_metadata': True},
    'download_single_image': {
        'image_id': _REQUIRED,
        'output_path': None,
        'save_metadata': True,
    },
    'get_task': {'task_id': _REQUIRED},
    'get_all_tasks': {},
    'extract_image_metadata': {'image_data': _REQUIRED},
    'save_metadata_file': {'image_path': _REQUIRED, 'metadata': _REQUIRED, 'format': 'json'},
    'register_image_downloaded_callback': {'callback': _REQUIRED},
}
_TASK = (
    'id',
    'image_id',
    'image_url',
    'status',
    'progress',
    'image_path',
    'metadata_path',
    'error',
)


def _parameters(function):
    found = list(inspect.signature(function).parameters.values())[1:]
    return {one.name: one.default for one in found}


@pytest.mark.parametrize('name', _CARD)
def test_the_methods_are_those_of_the_class_card(name):
    assert _parameters(getattr(ImageDownloader, name)) == _CARD[name]
    assert list(_parameters(getattr(ImageDownloader, name))) == list(_CARD[name])


def test_a_task_is_made_as_the_class_card_says():
    given = _parameters(ImageDownloadTask.__init__)
    optional = dict.fromkeys(('model_id', 'model_name', 'creator', 'nsfw_level', 'metadata'))
    required = dict.fromkeys(('task_id', 'image_id', 'image_url'), _REQUIRED)
    assert given == {**required, **optional}
    task = ImageDownloadTask('a', 7, 'https://image.example/7.png', metadata={'id': 7})
    assert [getattr(task, name) for name in _TASK] == [
        *('a', 7, 'https://image.example/7.png', 'queued', 0.0, None, None, None)
    ]


def test_the_annotations_can_be_read():
    assert typing.get_type_hints(ImageDownloader.download_model_images)['return'] == list[str]


def test_the_pictures_of_a_model_come_with_what_is_known_of_their_making(picture_bench):
    downloader = picture_bench.downloader()
    called = []
    downloader.register_image_downloaded_callback(called.append)
    ids = downloader.download_model_images(GALLERY.model_id, limit=5)
    tasks = downloader.wait(ids)
    assert [task.id for task in tasks] == ids and len(set(ids)) == 5
    assert {task.status for task in tasks} == {'done'} and {task.error for task in tasks} == {None}
    assert {task.progress for task in tasks} == {1.0}
    assert sorted(task.id for task in called) == sorted(ids)
    first = tasks[0]
    assert Path(first.image_path).parent == picture_bench.folder / str(GALLERY.model_id)
    assert Path(first.image_path).stem == str(first.image_id) and is_whole(Path(first.image_path))
    saved = json.loads(Path(first.metadata_path).read_text(encoding='utf-8'))
    assert saved['image']['id'] == first.image_id and saved['generation']
    assert downloader.get_task(first.id) is first and downloader.get_task('nobody') is None
    assert downloader.get_all_tasks() == tasks


def test_limit_zero_means_all_over_as_many_pages_as_there_are(picture_bench, fresh_settings):
    fresh_settings(images_duplicate_policy='keep_both')
    downloader = picture_bench.downloader()
    tasks = downloader.wait(downloader.download_model_images(GALLERY.model_id))
    assert len(tasks) > 150 and {task.status for task in tasks} == {'done'}
    assert len({task.image_id for task in tasks}) == len(tasks)
    assert GALLERY_PICTURES['blocked'] not in {task.image_id for task in tasks}
    assert GALLERY_PICTURES['unrated'] in {task.image_id for task in tasks}
    assert all(query['withMeta'] == ['true'] for query in picture_bench.queries())


def test_a_long_list_is_followed_by_its_cursors(picture_bench):
    downloader = picture_bench.downloader()
    creator = picture_bench.api.image(GALLERY_PICTURES['gif']).username
    picture_bench.demo.requests.clear()
    picture_bench.demo.faults.add('list', path='/images', variant='empty_page', times=1)
    picture_bench.demo.faults.add('list', path='/images', variant='short_page', times=2)
    ids = downloader.download_creator_images(creator, limit=12)
    assert len(ids) == 12
    cursors = [query.get('cursor') for query in picture_bench.queries()]
    assert len(cursors) > 2 and picture_bench.queries()[0]['username'] == [creator]
    assert cursors[0] is None and all(cursors[1:])
    assert not any('page' in query for query in picture_bench.queries())


def test_only_pictures_of_the_wanted_levels_come(picture_bench):
    downloader = picture_bench.downloader('{nsfw_level}/{id}')
    picture_bench.demo.faults.add('any_level')  # the server sends others all the same
    ids = downloader.download_model_images(GALLERY.model_id, 0, ['none', 'Soft'])
    levels = {task.nsfw_level for task in downloader.wait(ids)}
    assert levels == {'None', 'Soft'}
    assert {path.name for path in picture_bench.folder.iterdir()} == {'None', 'Soft'}
    assert picture_bench.queries()[0]['browsingLevel'] == ['3']
    assert downloader.download_model_images(GALLERY.model_id, nsfw_levels=[]) == []


def test_what_cannot_be_meant_is_refused_before_anything_is_asked(picture_bench):
    downloader = picture_bench.downloader()
    with pytest.raises(SettingInvalid):
        downloader.download_model_images(1, nsfw_levels=['Spicy'])
    with pytest.raises(SettingInvalid):
        downloader.download_model_images(1, limit=-1)
    assert picture_bench.queries() == []
    with pytest.raises(SettingInvalid):
        picture_bench.downloader('{colour}/{id}').download_model_images(GALLERY.model_id, 1)


def test_one_picture_goes_where_a_person_says(picture_bench, tmp_path):
    downloader = picture_bench.downloader()
    number, folder = GALLERY_PICTURES['gif'], tmp_path / 'chosen'
    named = tmp_path / 'named.png'
    ids = [
        downloader.download_single_image(number, str(folder)),
        downloader.download_single_image(GALLERY_PICTURES['comfyui'], str(named), False),
    ]
    tasks = downloader.wait(ids)
    assert [Path(task.image_path) for task in tasks] == [folder / f'{number}.gif', named]
    assert tasks[1].metadata_path is None and not named.with_suffix('.json').exists()
    own = downloader.wait([downloader.download_single_image(GALLERY_PICTURES['anonymous'])])[0]
    assert Path(own.image_path).parent == picture_bench.folder / str(GALLERY.model_id)


def test_a_picture_that_is_not_there_is_an_error_of_the_api(picture_bench):
    with pytest.raises(NotFound) as caught:
        picture_bench.downloader().download_single_image(5)
    assert isinstance(caught.value, ApiError)


def test_a_model_is_asked_its_name_once_and_only_when_the_template_wants_it(
    picture_bench, fresh_settings
):
    fresh_settings(images_duplicate_policy='keep_both')
    plain = picture_bench.downloader()
    plain.wait(plain.download_version_images(GALLERY.version_id, 3))
    assert len(picture_bench.queries('/api/v1/model-versions')) == 1  # for {model_id}
    assert picture_bench.queries('/api/v1/models') == []
    named = picture_bench.downloader('{model_name}/{version_id}-{post_id}-{date}/{creator} {id}')
    tasks = named.wait(named.download_model_images(GALLERY.model_id, 4))
    assert len(picture_bench.queries('/api/v1/models')) == 1
    name = picture_bench.api.model(GALLERY.model_id).name
    assert {task.model_name for task in tasks} == {name}
    parts = [Path(task.image_path).relative_to(picture_bench.folder).parts for task in tasks]
    assert {part[0] for part in parts} == {name}
    assert all(
        part[2].startswith(f'{task.creator or "unknown"} ') for part, task in zip(parts, tasks)
    )


def test_pictures_that_are_listed_already_need_no_further_question(picture_bench):
    page = next(picture_bench.api.images(ImageQuery(model_id=GALLERY.model_id), 3))
    picture_bench.demo.requests.clear()
    downloader = picture_bench.downloader('{model_name}/{version_id}/{id}')
    ids = downloader.download_pictures(
        page.pictures, model_id=1, model_name='A/B', version_id=2, save_metadata=False
    )
    tasks = downloader.wait(ids)
    assert {Path(task.image_path).parent for task in tasks} == {picture_bench.folder / 'A_B' / '2'}
    assert {task.metadata_path for task in tasks} == {None}
    assert picture_bench.demo.requests.of('api') == []


def test_bare_addresses_are_named_by_their_ends(picture_bench, tmp_path):
    picture = picture_bench.api.image(GALLERY_PICTURES['no_data'])
    downloader = picture_bench.downloader()
    made = [picture.url, picture.url.replace('original=true', 'width=450')]
    tasks = downloader.wait(downloader.download_addresses(made, tmp_path / 'list'))
    stem = made[0].rpartition('/')[2].rpartition('.')[0]
    names = [Path(task.image_path).name.rpartition('.')[0] for task in tasks]
    assert names == [stem, f'{stem} (2)']
    assert all(is_whole(Path(task.image_path)) for task in tasks)
