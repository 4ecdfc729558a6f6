"""What settings do to pictures: requests as a server sees them, files as they lie on the disk."""

import io
import json
import threading
import time

import pytest
from PIL import Image

from civitai_manager_libs import civitai_gallery_action as gallery
from civitai_manager_libs import setting
from civitai_manager_libs.demo import GALLERY, GALLERY_PICTURES, TWIN
from civitai_manager_libs.domain.generation import GenerationData
from civitai_manager_libs.errors import ShortcutError, TimedOut, WebUiMissing
from civitai_manager_libs.host.standalone import find_places
from civitai_manager_libs.http_client import get_http_client
from civitai_manager_libs.image_downloader import ImageDownloader
from civitai_manager_libs.images.gallery_files import Wanted, fetch_one

from .support.command import files_below

LIST = ('images', '--version-id', GALLERY.version_id, '--sort', 'oldest', '--limit', 3)
ONE = ('images', '--image-id', TWIN)
SAME = ('images', '--image-id', GALLERY_PICTURES['exact_twin'])


def png():
    """A small picture."""
    buffer = io.BytesIO()
    Image.effect_noise((64, 64), 90).save(buffer, 'PNG')
    return buffer.getvalue()


@pytest.fixture
def saved(program):
    """Runs a command with settings; gives the pictures that lie below the data folder then."""

    def run(*arguments, **settings):
        done = program.run(*arguments, **settings)
        assert done.code == 0, done
        return files_below(program.data / 'images')

    return run


class TestFiles:
    """``images.output_path``, ``images.path_template``, ``images.metadata_format``,
    ``images.save_metadata``, ``images.generate_thumbnails``, ``images.thumbnail_size``.
    """

    def test_the_folder(self, program, saved, tmp_path):
        assert saved(*ONE, images_output_path=tmp_path / 'mine') == []
        assert len(files_below(tmp_path / 'mine')) == 2

    def test_the_path_in_it(self, saved):
        found = saved(*ONE, images_path_template='{nsfw_level}/{post_id}/{creator} {date}')
        level, post, name = found[0].split('/')
        assert (level, post) == ('None', '60000') and name.startswith('night_sketcher 20')

    @pytest.mark.parametrize('form, endings', [('json', 'json png'), ('txt', 'png txt')])
    def test_data_beside_it(self, program, saved, form, endings):
        found = saved(*ONE, images_metadata_format=form)
        assert [name.rpartition('.')[2] for name in found] == endings.split()
        [data] = (name for name in found if not name.endswith('.png'))
        text = (program.data / 'images' / data).read_text(encoding='utf-8')
        assert 'silktide' in text and (form == 'txt' or json.loads(text))

    def test_data_in_it_or_none(self, saved):
        assert [name[-4:] for name in saved(*ONE, images_metadata_format='exif')] == ['.png']

    def test_no_data(self, saved):
        assert [name[-4:] for name in saved(*ONE, images_save_metadata=False)] == ['.png']

    def test_thumbnails(self, program, saved):
        plain = {'images_save_metadata': False}
        assert not any('thumbnails' in name for name in saved(*ONE, **plain))
        size = {'images_thumbnail_size': '64, 48'}
        found = saved(*LIST, images_generate_thumbnails=True, **size, **plain)
        small = [program.data / 'images' / name for name in found if 'thumbnails/' in name]
        assert small and {path.suffix for path in small} == {'.webp'}
        for path in small:
            width, height = Image.open(path).size
            assert width <= 64 and height <= 48 and (width == 64 or height == 48)


class TestLists:
    def test_the_levels_that_are_asked_for(self, program):
        """``images.default_nsfw_filter``"""
        for levels, mask in (('None', '1'), ('None,Soft,X', '27')):
            program.run(*LIST, images_default_nsfw_filter=levels)
            asked = program.demo.requests.of('api', '/api/v1/images')[-1].query
            assert asked['browsingLevel'] == [mask]
        before = len(program.demo.requests)
        nothing = program.run(*LIST, images_default_nsfw_filter='')
        assert nothing.code == 4 and len(program.demo.requests) == before


class TestAgain:
    """``images.skip_existing``, ``images.duplicate_policy``."""

    def test_what_is_there_is_fetched_again_or_not(self, program, saved):
        for skip, requests in ((True, 1), (True, 1), (False, 2)):
            saved(*ONE, images_skip_existing=skip)
            assert len(program.demo.requests.of('storage')) == requests

    @pytest.mark.parametrize(
        'policy, left',
        [
            ('skip', [TWIN]),
            ('replace', [GALLERY_PICTURES['exact_twin']]),
            ('keep_both', [TWIN, GALLERY_PICTURES['exact_twin']]),
        ],
    )
    def test_the_same_picture_twice(self, saved, policy, left):
        settings = {'images_duplicate_policy': policy, 'images_save_metadata': False}
        saved(*ONE, **settings)
        found = saved(*SAME, **settings)
        assert [int(name.rpartition('/')[2].removesuffix('.png')) for name in found] == left


class Together:
    """A server of pictures that counts how many are asked for at once; each answer waits for
    ``wanted`` of them, or for the test to give up.
    """

    def __init__(self, wanted):
        self.most = self._now = 0
        self._gate = threading.Barrier(wanted)
        self._lock = threading.Lock()
        self._content = png()

    def __call__(self, handler):
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        self._gate.wait(60)
        with self._lock:
            self._now -= 1
        handler.reply(200, self._content, Content_Type='image/png')


@pytest.mark.parametrize('number', [1, 2, 4])
class TestAtOnce:
    def test_pictures_of_a_list(self, fresh_settings, odd_server, tmp_path, number):
        """``images.max_concurrent``"""
        fresh_settings(images_max_concurrent=number, images_save_metadata=False)
        together = Together(number)
        server = odd_server(together)
        downloader = ImageDownloader()
        addresses = [f'{server.url}/{one}.png' for one in range(8)]
        tasks = downloader.wait(downloader.download_addresses(addresses, tmp_path))
        assert [task.error for task in tasks] == [None] * 8 and together.most == number

    def test_pictures_of_the_gallery(self, fresh_settings, odd_server, number):
        """``gallery_max_concurrent_downloads``"""
        fresh_settings(images_max_concurrent=10, gallery_max_concurrent_downloads=number)
        together = Together(number)
        server = odd_server(together)
        addresses = [f'{server.url}/{one}.png' for one in range(8)]
        gallery.download_images(addresses)
        assert len(server.seen) == 8 and together.most == number


class TestGallery:
    def test_it_rests_between_batches(self, fresh_settings, odd_server):
        """``gallery_download_batch_size``"""
        fresh_settings(gallery_download_batch_size=1)
        times, content = [], png()

        def answer(handler):
            times.append(time.monotonic())
            handler.reply(200, content, Content_Type='image/png')

        server = odd_server(answer)
        gallery.download_images_batch([f'{server.url}/{one}.png' for one in range(3)], None)
        assert len(times) == 3
        assert min(later - earlier for earlier, later in zip(times, times[1:])) > 0.4

    def test_a_silent_server_is_given_up(self, fresh_settings, odd_server, tmp_path):
        """``gallery_download_timeout``"""
        over = threading.Event()
        server = odd_server(lambda handler: over.wait(60))
        fresh_settings(http_max_retries=0, image_timeout=50.0, gallery_download_timeout=0.2)
        with pytest.raises(TimedOut) as caught:
            fetch_one(get_http_client(), Wanted(f'{server.url}/a.png', tmp_path / 'here' / 'a.png'))
        over.set()
        assert caught.value.details['seconds'] == 0.2 and not files_below(tmp_path / 'here')

    def test_the_webui_that_generates(self, fresh_settings, odd_server, home):
        """``webui_api_url``"""
        server = odd_server(lambda handler: handler.reply(500, b'{}'))
        places = find_places(home / 'program')
        door = gallery.Gallery(None, None, None, None, None, places)
        with pytest.raises(WebUiMissing):
            door.generate(GenerationData(prompt='x'))
        fresh_settings(webui_api_url=server.url)
        with pytest.raises(ShortcutError):
            door.generate(GenerationData(prompt='x', sampler='Euler'))
        assert server.seen and {path.split('/')[1] for _, path, _ in server.seen} == {'sdapi'}
        assert setting.webui_api_url == server.url
