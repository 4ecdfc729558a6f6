"""The gallery's door over the demo catalogue, whose pictures come with faults."""

from pathlib import Path

import pytest

from civitai_manager_libs import civitai_gallery_action as gallery
from civitai_manager_libs import setting
from civitai_manager_libs.civitai import CivitaiAPI
from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.image_query import ImageQuery
from civitai_manager_libs.fetching.formats import format_of, is_whole
from civitai_manager_libs.images.gallery_files import PLACEHOLDER

from .support.picture_server import files_below

PLACE = SPECIAL['gallery']


@pytest.fixture
def addresses(gallery_client, demo):
    """Those of ten pictures."""
    query = ImageQuery(model_id=PLACE.model_id, sort='Newest')
    page = next(CivitaiAPI(gallery_client).images(query, 10))
    demo.requests.clear()
    return [one.url for one in page.pictures]


@pytest.mark.parametrize(
    'kind, options',
    [
        ('status', {'status': 503}),
        ('status', {'status': 429, 'retry_after': '0'}),
        ('drop', {'reset': True}),
        ('cut', {'after': 900}),
        ('html_200', {}),
        ('no_length', {}),
    ],
)
def test_passing_faults_cost_no_picture(kind, options, addresses, demo, notices, fresh_settings):
    fresh_settings(http_max_retries=6)
    demo.faults.add(kind, side='storage', times=4, **options)
    files, _, _ = gallery.gallery_loading(addresses, None)
    lost = files.count(str(PLACEHOLDER))
    assert all(is_whole(Path(one)) for one in files)
    # a page in place of a picture is an answer, and not asked for again
    assert lost == (4 if kind == 'html_200' else 0) and len(notices) == bool(lost)
    assert len(files_below(setting.places().cache / 'gallery')) == len(addresses) - lost


def test_one_of_five_fails_and_the_others_stay(addresses, demo, notices, fresh_settings):
    fresh_settings(http_max_retries=0)
    name = addresses[2].rpartition('/')[2]
    demo.faults.add('cut', side='storage', path=name, after=500)
    files, _, _ = gallery.gallery_loading(addresses[:5], None)
    assert [one == str(PLACEHOLDER) for one in files] == [False, False, True, False, False]
    assert [one.values for one in notices] == [{'n': 1}]
    demo.faults.clear()
    again, _, _ = gallery.gallery_loading(addresses[:5], None)
    assert str(PLACEHOLDER) not in again and len(demo.requests.of('storage')) == 6


def test_a_person_gets_copies_by_their_real_formats(addresses):
    folder = Path(gallery.download_user_gallery_images(PLACE.model_id, addresses))
    endings = set()
    for path in folder.iterdir():
        assert path.suffix == format_of(path.read_bytes()[:64]).ending
        endings.add(path.suffix)
    assert len(endings) > 1 and len(list(folder.iterdir())) == len(addresses)


def test_a_video(gallery_client, demo, tmp_path):
    place = SPECIAL['video']
    pages = CivitaiAPI(gallery_client).images(ImageQuery(version_id=place.version_id))
    video = next(one for one in next(pages).pictures if one.type == 'video')
    path = tmp_path / 'video.mp4'
    assert gallery.download_large_image(video.url, str(path)) is True
    assert is_whole(path) and format_of(path.read_bytes()[:64]).is_video
    folder = Path(gallery.download_user_gallery_images(place.model_id, [video.url]))
    assert format_of(next(folder.iterdir()).read_bytes()[:64]).is_video
