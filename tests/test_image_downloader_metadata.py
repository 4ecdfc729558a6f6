"""What is known of a picture's making, in the form that the settings name."""

import json
from pathlib import Path

import pytest

from civitai_manager_libs.demo import GALLERY_PICTURES
from civitai_manager_libs.errors import SettingInvalid
from civitai_manager_libs.images.reading import read_generation


def fetched(picture_bench, name, **settings):
    """The task of one picture of the gallery, done."""
    downloader = picture_bench.downloader('{id}')
    number = GALLERY_PICTURES[name]
    task = downloader.wait([downloader.download_single_image(number, **settings)])[0]
    assert task.status == 'done'
    return task


def test_json_holds_all_that_the_api_says(picture_bench):
    task = fetched(picture_bench, 'long_seed')
    saved = json.loads(Path(task.metadata_path).read_text(encoding='utf-8'))
    asked = picture_bench.api.image(GALLERY_PICTURES['long_seed']).raw
    assert saved['image'] == asked and saved['generation']['seed'] > 2**63


def test_text_can_be_pasted(picture_bench, fresh_settings):
    fresh_settings(images_metadata_format='txt')
    task = fetched(picture_bench, 'long_seed')
    text = Path(task.metadata_path).read_text(encoding='utf-8')
    assert task.metadata_path.endswith('.txt') and 'Steps: ' in text and 'Seed: ' in text


def test_exif_goes_into_the_picture_which_is_still_known(picture_bench, fresh_settings):
    fresh_settings(images_metadata_format='exif')
    task = fetched(picture_bench, 'on_site')
    assert task.metadata_path == task.image_path
    assert read_generation(Path(task.image_path)).prompt
    assert len(picture_bench.files()) == 1
    assert fetched(picture_bench, 'on_site').note == 'existing'
    asked = len(picture_bench.asked)
    other = picture_bench.downloader('other-{id}')
    found = other.wait([other.download_single_image(GALLERY_PICTURES['on_site'])])[0]
    assert found.note == 'duplicate_skipped' and len(picture_bench.asked) == asked


def test_a_picture_that_gets_its_data_later_is_still_known(picture_bench, fresh_settings):
    fresh_settings(images_metadata_format='exif')
    fetched(picture_bench, 'on_site', save_metadata=False)
    later = fetched(picture_bench, 'on_site')
    assert later.note == 'existing' and read_generation(Path(later.image_path)).prompt
    other = picture_bench.downloader('other-{id}')
    found = other.wait([other.download_single_image(GALLERY_PICTURES['on_site'])])[0]
    assert found.note == 'duplicate_skipped'


def test_what_a_picture_cannot_hold_goes_into_a_file(picture_bench, fresh_settings):
    fresh_settings(images_metadata_format='exif')
    task = fetched(picture_bench, 'gif')
    assert task.note == 'metadata_not_held' and task.metadata_path.endswith('.json')
    assert json.loads(Path(task.metadata_path).read_text(encoding='utf-8'))['generation']


def test_where_the_api_says_nothing_the_picture_is_asked(picture_bench):
    task = fetched(picture_bench, 'hidden_data')
    saved = json.loads(Path(task.metadata_path).read_text(encoding='utf-8'))
    assert saved['image']['meta']['meta'] is None and saved['generation']['prompt']


@pytest.mark.parametrize('form', ['txt', 'exif'])
def test_nothing_is_written_of_what_nobody_knows(picture_bench, fresh_settings, form):
    fresh_settings(images_metadata_format=form)
    task = fetched(picture_bench, 'no_data')
    assert task.metadata_path is None and len(picture_bench.files()) == 1


def test_neither_where_the_setting_or_the_call_says_no(picture_bench, fresh_settings):
    assert fetched(picture_bench, 'gif', save_metadata=False).metadata_path is None
    fresh_settings(images_save_metadata=False)
    assert fetched(picture_bench, 'comfyui').metadata_path is None
    page = [picture_bench.api.image(GALLERY_PICTURES['on_site'])]
    downloader = picture_bench.downloader('{id}')
    wanted = downloader.wait(downloader.download_pictures(page, save_metadata=True))[0]
    assert Path(wanted.metadata_path).is_file()


def test_a_file_that_is_there_stays_as_it_is(picture_bench):
    first = fetched(picture_bench, 'comfyui')
    Path(first.metadata_path).write_text('{"mine": 1}')
    again = fetched(picture_bench, 'comfyui')
    assert again.metadata_path == first.metadata_path and again.note == 'existing'
    assert json.loads(Path(first.metadata_path).read_text()) == {'mine': 1}


def test_what_an_item_says_comes_under_names_that_stay(picture_bench):
    downloader = picture_bench.downloader()
    raw = picture_bench.api.image(GALLERY_PICTURES['long_seed']).raw
    found = downloader.extract_image_metadata(raw)
    assert found['image_id'] == GALLERY_PICTURES['long_seed'] and found['seed'] > 2**63
    assert found['nsfw_level'] in ('None', 'Soft', 'Mature', 'X') and found['prompt']
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize('item', [{}, {'meta': None}, {'id': 'x', 'meta': [1]}, {'meta': 'text'}])
def test_garbage_gives_empty_values(picture_bench, item):
    found = picture_bench.downloader().extract_image_metadata(item)
    assert found['prompt'] == '' and found['seed'] is None and found['resources'] == []


def test_a_dictionary_is_written_in_each_form(picture_bench):
    task = fetched(picture_bench, 'comfyui', save_metadata=False)
    downloader, picture = picture_bench.downloader(), task.image_path
    given = {'prompt': 'a lake \ud800', 'steps': 20, 'seed': 2**70, 'cfg_scale': 7}
    written = downloader.save_metadata_file(picture, given)
    assert written == str(Path(picture).with_suffix('.json'))
    assert json.loads(Path(written).read_text(encoding='utf-8')) == given
    text = downloader.save_metadata_file(picture, {'meta': given}, 'txt')
    assert f'Seed: {2**70}' in Path(text).read_text(encoding='utf-8')
    with pytest.raises(SettingInvalid):
        downloader.save_metadata_file(picture, given, 'xml')


def test_a_dictionary_goes_into_a_picture_or_beside_it(picture_bench):
    downloader = picture_bench.downloader('{id}')
    given = {'prompt': 'a lake', 'steps': 20}
    on_site, gif = (
        fetched(picture_bench, name, save_metadata=False) for name in ('no_data', 'gif')
    )
    assert downloader.save_metadata_file(on_site.image_path, given, 'exif') == on_site.image_path
    assert read_generation(Path(on_site.image_path)).prompt == 'a lake'
    beside = downloader.save_metadata_file(gif.image_path, given, 'exif')
    assert json.loads(Path(beside).read_text(encoding='utf-8')) == given
    assert picture_bench.files().count(f'{GALLERY_PICTURES["gif"]}.json') == 1
