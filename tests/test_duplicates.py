"""Pictures that are there twice: found by content and by look, and what becomes of them."""

import random
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from civitai_manager_libs.demo import GALLERY, GALLERY_PICTURES, TWIN
from civitai_manager_libs.images.looking import NEAR_BITS, is_alike, look_of
from civitai_manager_libs.images.index import NEAR, Keys, Looks
from civitai_manager_libs.images.known import KnownPictures, row_of, sources_of, with_source

_TWINS = (TWIN, GALLERY_PICTURES['exact_twin'], GALLERY_PICTURES['near_twin'])


def painted(path, seed, size=(640, 960), shift=0):
    """A picture with large and small things in it."""
    dice = random.Random(seed)
    picture = Image.new('RGB', size, tuple(dice.randrange(256) for _ in range(3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(40):
        x, y, r = dice.randrange(size[0]), dice.randrange(size[1]), dice.randrange(10, 200)
        colour = tuple(dice.randrange(256) for _ in range(3))
        draw.ellipse((x - r + shift, y - r, x + r + shift, y + r), fill=colour)
    picture.save(path)
    return path


def written_anew(path, folder):
    """The same picture in other formats, qualities and sizes."""
    with Image.open(path) as picture:
        wide, high = picture.size
        variants = {
            'good.jpeg': (picture, {'quality': 92}),
            'poor.jpeg': (picture, {'quality': 40}),
            'small.webp': (picture.resize((wide // 2, high // 2)), {'quality': 75}),
            'thumb.jpeg': (picture.resize((300, 300 * high // wide)), {'quality': 80}),
            'same.png': (picture, {'optimize': True}),
        }
        for name, (variant, options) in variants.items():
            variant.save(folder / name, **options)
    return [folder / name for name in variants]


@pytest.mark.parametrize('seed', range(6))
def test_a_picture_written_anew_has_nearly_the_same_look(tmp_path, seed):
    original = painted(tmp_path / 'original.png', seed)
    for variant in written_anew(original, tmp_path):
        distance = (look_of(original) ^ look_of(variant)).bit_count()
        assert distance <= NEAR_BITS and is_alike(original, variant), variant.name


def test_other_pictures_have_other_looks(tmp_path):
    paths = [painted(tmp_path / f'{seed}.png', seed) for seed in range(12)]
    pairs = [(one, other) for one in paths for other in paths if one < other]
    assert not any(is_alike(one, other) for one, other in pairs)
    looks = {path: look_of(path) for path in paths}
    assert all((looks[one] ^ looks[other]).bit_count() > NEAR_BITS for one, other in pairs)


def test_pictures_of_one_series_are_told_apart_by_the_second_look(tmp_path):
    one = painted(tmp_path / 'one.png', 1)
    other = tmp_path / 'other.png'
    with Image.open(one) as picture:
        ImageDraw.Draw(picture).rectangle((300, 400, 380, 480), fill='white')
        picture.save(other)
    assert (look_of(one) ^ look_of(other)).bit_count() <= NEAR_BITS
    assert not is_alike(one, other)


def test_what_shows_nothing_or_moves_has_no_look(tmp_path):
    Image.new('RGB', (400, 400), 'grey').save(tmp_path / 'plain.png')
    painted(tmp_path / 'tiny.png', 1, (20, 20))
    frames = [Image.open(painted(tmp_path / f'{n}.png', n, (64, 64))) for n in range(2)]
    frames[0].save(tmp_path / 'moves.gif', save_all=True, append_images=frames[1:])
    (tmp_path / 'broken.png').write_bytes(b'\x89PNG\r\n\x1a\nno picture')
    names = ('plain.png', 'tiny.png', 'moves.gif', 'broken.png', 'missing.png')
    assert [look_of(tmp_path / name) for name in names] == [None] * 5
    assert not is_alike(tmp_path / 'broken.png', tmp_path / 'plain.png')


def test_near_looks_are_found_whichever_bits_differ():
    dice = random.Random(1)
    looks, index = [dice.getrandbits(64) for _ in range(3000)], Looks()
    index.update(looks[:1000])
    for look in looks[1000:1100]:
        index.update([look])
    index.update(looks[1100:])
    for look in looks[::30]:
        changed = look
        for bit in dice.sample(range(64), NEAR):
            changed ^= 1 << bit
        brute = {one for one in looks if (one ^ changed).bit_count() <= NEAR}
        assert look in index.near(changed, NEAR) == brute
    assert NEAR_BITS <= NEAR


def test_a_set_of_numbers_holds_what_was_put_into_it():
    keys = Keys()
    for some in ([5], [5, 2**64 - 1], range(1000), [7, 1001]):
        keys.update(some)
    assert len(keys) == 1002 and 2**64 - 1 in keys and 1002 not in keys
    assert list(keys.between(998, 1001)) == [998, 999, 1001]


@pytest.mark.parametrize('limited', [True, False])
def test_files_that_changed_or_vanished_are_not_believed(picture_bench, tmp_path, limited):
    from_store = picture_bench.downloader()._list._workers._known
    known = from_store if limited else KnownPictures()
    paths = [painted(tmp_path / f'{number}.png', number) for number in range(3)]
    for number, path in enumerate(paths):
        known.remember(row_of(path, f'{number:064x}', look_of(path), number, f'https://a/{number}'))
    known.flush()
    assert [row.path for row in known.holding(f'{1:064x}')] == [str(paths[1])]
    assert [row.path for row in known.of_source(1, '')] == [str(paths[1])]
    assert [row.path for row in known.of_source(None, 'https://a/1')] == [str(paths[1])]
    assert [row.path for row in known.alike(look_of(paths[1]) ^ 1, 8)] == [str(paths[1])]
    assert known.at(paths[1]).image_id == 1
    paths[1].write_bytes(b'another')
    paths[2].unlink()
    assert known.holding(f'{1:064x}') == known.of_source(2, '') == []
    assert known.at(paths[1]) is None is known.at(paths[2])
    known.forget(paths[0])
    assert known.holding(f'{0:064x}') == []


def twins(picture_bench, policy, fresh_settings, template='{id}'):
    """Fetch three pictures that are the same, one after the other."""
    fresh_settings(images_duplicate_policy=policy, images_generate_thumbnails=True)
    downloader = picture_bench.downloader(template)
    tasks = []
    for number in _TWINS:
        tasks += downloader.wait([downloader.download_single_image(number)])
    assert {task.status for task in tasks} == {'done'}
    return tasks


def test_skipping_keeps_the_older_file(picture_bench, fresh_settings):
    tasks = twins(picture_bench, 'skip', fresh_settings)
    assert picture_bench.files() == [f'{TWIN}.json', f'{TWIN}.png', f'thumbnails/{TWIN}.webp']
    assert {task.image_path for task in tasks} == {str(picture_bench.folder / f'{TWIN}.png')}
    assert [task.note for task in tasks] == ['', 'duplicate_skipped', 'duplicate_skipped']
    assert tasks[2].metadata_path == str(picture_bench.folder / f'{TWIN}.json')


def test_replacing_keeps_the_newer_file_with_what_belongs_to_it(picture_bench, fresh_settings):
    tasks = twins(picture_bench, 'replace', fresh_settings)
    newest = _TWINS[2]
    assert picture_bench.files() == [
        *(f'{newest}.jpeg', f'{newest}.json', f'thumbnails/{newest}.webp')
    ]
    assert [task.note for task in tasks] == ['', 'duplicate_replaced', 'duplicate_replaced']


def test_keeping_both_keeps_all(picture_bench, fresh_settings):
    tasks = twins(picture_bench, 'keep_both', fresh_settings)
    assert len({task.image_path for task in tasks}) == 3
    assert [task.note for task in tasks] == ['', 'duplicate_kept', 'duplicate_kept']
    assert len(picture_bench.files()) == 9


def test_what_lies_outside_the_folder_of_the_order_is_never_replaced(
    picture_bench, fresh_settings, tmp_path
):
    fresh_settings(images_duplicate_policy='replace')
    elsewhere = picture_bench.downloader('{id}', tmp_path / 'own')
    first = elsewhere.wait([elsewhere.download_single_image(TWIN)])[0]
    downloader = picture_bench.downloader('{id}')
    second = downloader.wait([downloader.download_single_image(_TWINS[1])])[0]
    assert second.note == '' and second.image_path != first.image_path
    assert Path(first.image_path).is_file() and Path(second.image_path).is_file()


def test_another_folder_gets_what_the_usual_one_has(picture_bench, fresh_settings, tmp_path):
    fresh_settings(images_max_concurrent=1)  # else any of two twins may come first
    first = picture_bench.downloader('{id}')
    first.wait(first.download_model_images(GALLERY.model_id, 6))
    own = picture_bench.downloader('{id}', tmp_path / 'own')
    own.wait(own.download_model_images(GALLERY.model_id, 6))
    assert picture_bench.files(tmp_path / 'own') == picture_bench.files()


@pytest.mark.parametrize('template', ['{id}', 'other/{id}'])
def test_a_twin_that_was_skipped_is_not_fetched_again(picture_bench, fresh_settings, template):
    twins(picture_bench, 'skip', fresh_settings)
    fetched, files = len(picture_bench.asked), picture_bench.files()
    tasks = twins(picture_bench, 'skip', fresh_settings, template)  # in another process
    assert len(picture_bench.asked) == fetched and picture_bench.files() == files
    assert {task.image_path for task in tasks} == {str(picture_bench.folder / f'{TWIN}.png')}


def test_sources_of_a_row_are_bounded_and_counted_once(tmp_path):
    row = row_of(painted(tmp_path / 'a.png', 1), '0' * 64, None, 1, 'https://a/1')
    for number in (*range(2, 500), 499, 499):
        row = with_source(row, number, '')
    row = with_source(with_source(row, None, 'https://a/x'), None, 'https://a/secret?which=1')
    found = sources_of(row)
    assert found[:2] == [1, 'https://a/1'] and found[-2:] == [499, 'https://a/x']
    assert len(found) == len(set(found)) < 200


def test_what_was_downloaded_before_is_not_fetched_again(picture_bench, fresh_settings):
    first = picture_bench.downloader('{id}')
    first.wait(first.download_model_images(GALLERY.model_id, 6))
    fetched, files = len(picture_bench.asked), picture_bench.files()
    again = picture_bench.downloader('other/{id}')  # of another process, with another template
    tasks = again.wait(again.download_model_images(GALLERY.model_id, 6))
    assert {task.note for task in tasks} == {'duplicate_skipped'}
    assert len(picture_bench.asked) <= fetched + 1  # of two twins only one has been kept
    assert picture_bench.files() == files


def test_two_tasks_of_one_picture_are_one_download(picture_bench, fresh_settings):
    fresh_settings(images_max_concurrent=8, images_skip_existing=False)
    downloader = picture_bench.downloader('{id}')
    picture = picture_bench.api.image(GALLERY_PICTURES['comfyui'])
    ids = downloader.download_pictures([picture] * 5)
    tasks = downloader.wait(ids)
    assert {task.status for task in tasks} == {'done'}
    assert len({task.image_path for task in tasks}) == 1 == len(picture_bench.asked)
