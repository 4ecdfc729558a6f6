"""What goes wrong with pictures: refused, cut, no room, stopped, callbacks that fail."""

import json
import threading
import time
from pathlib import Path

from civitai_manager_libs.demo import GALLERY, GALLERY_PICTURES, PICTURES
from civitai_manager_libs.errors import DiskFull, NotFound, PlaceTaken, RoomBelowFloor

from .support.command import eventually
from .support.disks import small_disk


def several(picture_bench, downloader, count=5):
    """The tasks of the first pictures of the gallery."""
    ids = downloader.download_model_images(GALLERY.model_id, count, save_metadata=False)
    return downloader.wait(ids)


def test_one_that_fails_leaves_the_others_and_can_be_tried_again(picture_bench, fresh_settings):
    fresh_settings(http_max_retries=0)
    downloader = picture_bench.downloader()
    picture = picture_bench.api.image(GALLERY_PICTURES['no_data'])
    uuid = picture.url.split('/')[4]
    fault = picture_bench.demo.faults.add('status', path=uuid, side='storage', status=404)
    tasks = downloader.wait(
        downloader.download_pictures([picture])
        + downloader.download_model_images(GALLERY.model_id, 3)
    )
    failed, others = tasks[0], [task for task in tasks if task.image_id != picture.id]
    assert failed.status == 'failed' and isinstance(failed.problem, NotFound) and failed.error
    assert failed.image_path is None and failed.progress == 0.0
    assert failed.problem.details == {'what': f'picture {picture.id}'}
    assert {task.status for task in others} == {'done'}
    picture_bench.demo.faults.remove(fault)
    assert downloader.retry([failed.id, 'nobody', others[0].id]) == [failed.id]
    downloader.wait([failed.id])
    assert failed.status == 'done' and failed.error is None and Path(failed.image_path).is_file()


def test_a_cut_stream_is_tried_again_and_leaves_nothing_torn(picture_bench):
    picture_bench.demo.faults.add('cut', path=PICTURES, after=2000, times=3)
    downloader = picture_bench.downloader()
    tasks = several(picture_bench, downloader)
    assert {task.status for task in tasks} == {'done'}
    assert not any('.part' in name for name in picture_bench.files())


def test_a_cut_that_stays_leaves_nothing(picture_bench, fresh_settings):
    fresh_settings(http_max_retries=1)
    picture_bench.demo.faults.add('cut', path=PICTURES, after=2000)
    tasks = several(picture_bench, picture_bench.downloader(), 3)
    assert {task.status for task in tasks} == {'failed'} and picture_bench.files() == []


def test_without_room_for_a_batch_it_is_paused_before_it_begins(picture_bench, fresh_settings):
    fresh_settings(minimum_free_space_mb=1048576)
    downloader = picture_bench.downloader()
    tasks = several(picture_bench, downloader)
    assert {task.status for task in tasks} == {'paused'}
    assert {type(task.problem) for task in tasks} == {RoomBelowFloor}
    assert picture_bench.asked == [] and picture_bench.files() == []
    fresh_settings(minimum_free_space_mb=0)
    assert downloader.retry() == [task.id for task in tasks]
    assert {task.status for task in downloader.wait()} == {'done'}


def test_a_disk_that_fills_pauses_the_rest_and_leaves_nothing_torn(
    picture_bench, fresh_settings, tmp_path
):
    fresh_settings(images_max_concurrent=2, images_duplicate_policy='keep_both')
    with small_disk(tmp_path / 'small', 40) as disk:
        downloader = picture_bench.downloader('{id}', disk)
        downloader.register_image_downloaded_callback(lambda task: disk.fill(leave=20_000))
        tasks = several(picture_bench, downloader, 20)
        states = [task.status for task in tasks]
        assert states.count('done') >= 1 and set(states) == {'done', 'paused'}
        paused = [task for task in tasks if task.status == 'paused']
        assert all(isinstance(task.problem, DiskFull) for task in paused)
        names = {path.name for path in disk.iterdir()} - {'ballast'}
        assert names == {Path(task.image_path).name for task in tasks if task.image_path}


def test_stopping_waits_for_no_silent_server(picture_bench, fresh_settings):
    fresh_settings(http_timeout=60.0)
    picture_bench.demo.faults.add('stall', path=PICTURES, after=1000)
    downloader = picture_bench.downloader()
    ids = downloader.download_model_images(GALLERY.model_id, 20)
    eventually(lambda: len(picture_bench.asked) >= 5, 'pictures on their way')
    before = time.monotonic()
    downloader.stop()
    assert {task.status for task in downloader.wait(ids)} == {'cancelled'}
    assert time.monotonic() - before < 30  # half of what the server would take


def test_what_was_stopped_leaves_nothing_and_can_be_taken_up_again(picture_bench):
    picture_bench.demo.faults.add('throttle', path=PICTURES, bytes_per_second=20_000)
    downloader = picture_bench.downloader()
    ids = downloader.download_model_images(GALLERY.model_id, 12)
    eventually(lambda: len(picture_bench.asked) >= 5, 'pictures on their way')
    downloader.stop()
    tasks = downloader.wait(ids)
    assert 'cancelled' in {task.status for task in tasks} <= {'cancelled', 'done'}
    eventually(lambda: not any('.part' in name for name in picture_bench.files()))
    picture_bench.demo.faults.clear()
    cancelled = [task.id for task in tasks if task.status == 'cancelled']
    assert downloader.retry() == cancelled
    assert {task.status for task in downloader.wait()} == {'done'}


def test_a_callback_that_fails_hurts_nobody(picture_bench):
    downloader = picture_bench.downloader()
    heard = []

    def fails(task):
        heard.append(task.id)
        raise RuntimeError('not our fault')

    downloader.register_image_downloaded_callback(fails)
    downloader.register_image_downloaded_callback(lambda task: heard.append(task.id))
    tasks = several(picture_bench, downloader)
    assert {task.status for task in tasks} == {'done'}
    assert sorted(heard) == sorted([task.id for task in tasks] * 2)


def test_another_picture_in_the_place_is_left_alone(picture_bench):
    downloader, number = picture_bench.downloader('{id}'), GALLERY_PICTURES['comfyui']
    taken = picture_bench.folder / f'{number}.png'
    other = downloader.download_single_image(GALLERY_PICTURES['no_data'], str(taken))
    assert downloader.wait([other])[0].image_path == str(taken)
    content = taken.read_bytes()
    task = downloader.wait([downloader.download_single_image(number)])[0]
    assert Path(task.image_path).stem == f'{number} (2)' and task.note == ''
    again = downloader.wait([downloader.download_single_image(number)])[0]
    assert again.note == 'existing' and again.image_path == task.image_path
    assert taken.read_bytes() == content


def test_a_named_file_of_another_picture_is_not_overwritten(picture_bench, tmp_path):
    downloader, place = picture_bench.downloader(), str(tmp_path / 'mine.png')
    first = downloader.wait([downloader.download_single_image(GALLERY_PICTURES['comfyui'], place)])
    content = Path(place).read_bytes()
    second = downloader.wait([downloader.download_single_image(GALLERY_PICTURES['gif'], place)])
    assert first[0].status == 'done' and second[0].status == 'failed'
    assert isinstance(second[0].problem, PlaceTaken) and Path(place).read_bytes() == content


def test_a_torn_file_in_the_place_is_fetched_again(picture_bench):
    downloader = picture_bench.downloader('{id}')
    task = downloader.wait([downloader.download_single_image(GALLERY_PICTURES['comfyui'])])[0]
    whole = Path(task.image_path).read_bytes()
    Path(task.image_path).write_bytes(whole[: len(whole) // 2])
    again = downloader.wait([downloader.download_single_image(GALLERY_PICTURES['comfyui'])])[0]
    assert again.note == '' and Path(again.image_path).read_bytes() == whole


def test_threads_come_with_the_work_and_go_without_it(picture_bench, fresh_settings):
    fresh_settings(images_max_concurrent=3)
    downloader = picture_bench.downloader()

    def ours():
        return [one for one in threading.enumerate() if one.name == 'pictures']

    assert ours() == []
    most = []
    downloader.register_image_downloaded_callback(lambda task: most.append(len(ours())))
    several(picture_bench, downloader, 12)
    assert 1 <= max(most) <= 3
    eventually(lambda: ours() == [], 'no threads without work')


def test_what_a_task_needed_is_let_go_of_once_it_is_done(picture_bench):
    downloader = picture_bench.downloader()
    picture = picture_bench.api.image(GALLERY_PICTURES['long_seed'])
    task_id = downloader.download_pictures([picture])[0]
    task = downloader.wait([task_id])[0]
    assert task.job.record == {}
    saved = json.loads(Path(task.metadata_path).read_text(encoding='utf-8'))
    assert saved['generation']['seed'] > 2**63
    downloader.forget([task_id])
    assert downloader.get_all_tasks() == []
