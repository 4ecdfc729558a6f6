"""Small pictures beside downloaded ones."""

from pathlib import Path

import pytest
from PIL import Image

from civitai_manager_libs.demo import GALLERY, GALLERY_PICTURES
from civitai_manager_libs.domain.image_query import ImageQuery
from civitai_manager_libs.errors import PictureUnusable
from civitai_manager_libs.images.thumbnails import write_thumbnail


def saved(path, size, mode='RGB', **options):
    """A picture of that size, with something in it."""
    picture = Image.linear_gradient('L').resize(size).convert(mode)
    picture.save(path, **options)
    return path


@pytest.mark.parametrize(
    ('size', 'expected'), [((800, 400), (256, 128)), ((400, 800), (128, 256)), ((90, 60), (90, 60))]
)
@pytest.mark.parametrize('ending', ['.png', '.jpeg', '.webp', '.gif'])
def test_a_thumbnail_fits_the_size_and_is_never_larger_than_the_picture(
    tmp_path, size, expected, ending
):
    picture = saved(tmp_path / f'a{ending}', size)
    made = write_thumbnail(picture, (256, 256))
    assert made == tmp_path / 'thumbnails' / 'a.webp'
    with Image.open(made) as thumbnail:
        assert (thumbnail.format, thumbnail.size) == ('WEBP', expected)


def test_it_stands_upright_and_carries_no_data(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010E] = 'where it was taken'
    picture = saved(tmp_path / 'a.jpeg', (600, 300), exif=exif)
    with Image.open(write_thumbnail(picture, (200, 200))) as thumbnail:
        assert thumbnail.size == (100, 200)
        assert not thumbnail.getexif() and 'exif' not in thumbnail.info


def test_what_is_clear_stays_clear(tmp_path):
    clear = Image.new('RGBA', (300, 300), (255, 0, 0, 0))
    clear.save(tmp_path / 'a.png')
    with Image.open(write_thumbnail(tmp_path / 'a.png', (64, 64))) as thumbnail:
        assert thumbnail.convert('RGBA').getpixel((30, 30))[3] == 0


@pytest.mark.parametrize('content', [b'', b'no picture', b'\x89PNG\r\n\x1a\n' + bytes(40)])
def test_what_cannot_be_read_is_said_and_leaves_nothing(tmp_path, content):
    (tmp_path / 'a.png').write_bytes(content)
    with pytest.raises(PictureUnusable):
        write_thumbnail(tmp_path / 'a.png', (64, 64))
    assert not (tmp_path / 'thumbnails').exists()


def test_downloaded_pictures_get_one_where_the_settings_say_so(picture_bench, fresh_settings):
    downloader = picture_bench.downloader()
    plain = downloader.wait(downloader.download_model_images(GALLERY.model_id, 2))
    assert {task.thumbnail_path for task in plain} == {None}
    fresh_settings(
        images_generate_thumbnails=True,
        images_thumbnail_size=[64, 32],
        images_duplicate_policy='keep_both',
    )
    tasks = downloader.wait(downloader.download_model_images(GALLERY.model_id, 4))
    for task in tasks:  # also the two that were there already
        with Image.open(task.thumbnail_path) as thumbnail:
            assert thumbnail.width <= 64 and thumbnail.height <= 32
    changed = {Path(task.thumbnail_path).stat().st_mtime_ns for task in tasks}
    again = downloader.wait(downloader.download_model_images(GALLERY.model_id, 4))
    assert {Path(task.thumbnail_path).stat().st_mtime_ns for task in again} == changed


def test_a_video_has_a_still_for_its_thumbnail(picture_bench, fresh_settings):
    fresh_settings(images_generate_thumbnails=True)
    pages = picture_bench.api.images(ImageQuery(others=(('type', 'video'),)), 1)
    video = next(pages).pictures[0]
    downloader = picture_bench.downloader('{id}')
    task = downloader.wait(downloader.download_pictures([video]))[0]
    assert task.status == 'done' and Path(task.image_path).suffix == '.mp4'
    with Image.open(task.thumbnail_path) as thumbnail:
        assert thumbnail.format == 'WEBP' and max(thumbnail.size) <= 256


def test_a_thumbnail_that_fails_leaves_the_picture_done(picture_bench, fresh_settings):
    fresh_settings(images_generate_thumbnails=True)
    downloader = picture_bench.downloader('{id}')
    (picture_bench.folder / 'thumbnails').parent.mkdir(parents=True)
    (picture_bench.folder / 'thumbnails').write_text('in the way')
    number = GALLERY_PICTURES['comfyui']
    task = downloader.wait([downloader.download_single_image(number)])[0]
    assert (task.status, task.note, task.thumbnail_path) == ('done', 'thumbnail_failed', None)
