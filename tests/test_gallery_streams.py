"""The gallery's door: large pictures as streams, long lists, progress and batches."""

import threading
import time

import pytest

from civitai_manager_libs import civitai_gallery_action as gallery
from civitai_manager_libs import i18n, setting
from civitai_manager_libs.fetching.formats import is_whole
from civitai_manager_libs.images import gallery_kept

from .support.command import eventually
from .support.picture_server import cut, files_below, kept, memory_peak, png, refused


class TestStreams:
    def test_a_large_one_goes_through_in_pieces(self, picture_server, tmp_path):
        content = png(5, 4000, 4000)  # 16 MB
        picture_server.content = lambda number: content
        place = tmp_path / 'large.png'
        with memory_peak() as peak:
            found = gallery.download_large_image(picture_server.address(0), str(place))
        assert found is True and place.read_bytes() == content
        assert peak.bytes < len(content) // 4

    @pytest.mark.parametrize('chunk_size', [1, 8192, 1 << 20, 1 << 30])
    def test_any_size_of_pieces(self, chunk_size, picture_server, tmp_path):
        place = tmp_path / 'a.png'
        assert gallery.download_large_image(picture_server.address(0), str(place), chunk_size)
        assert place.read_bytes() == picture_server.content(0)

    def test_a_cut_stream_is_tried_again(self, picture_server, tmp_path, notices):
        picture_server.breaks(0, cut(picture_server.content(0), 700), times=2)
        place = tmp_path / 'a.png'
        assert gallery.download_large_image(picture_server.address(0), str(place)) is True
        assert place.read_bytes() == picture_server.content(0)
        assert picture_server.asked[0] == 3 and notices == []

    def test_one_that_is_cut_every_time_leaves_nothing(
        self, picture_server, tmp_path, notices, fresh_settings
    ):
        fresh_settings(http_max_retries=1)
        picture_server.breaks(0, cut(picture_server.content(0), 700))
        place = tmp_path / 'a.png'
        assert gallery.download_large_image(picture_server.address(0), str(place)) is False
        assert files_below(tmp_path) == [] and notices[0].key == 'error.body_cut'


class TestManyPictures:
    def test_memory_does_not_grow_with_the_list(self, picture_server, fresh_settings):
        fresh_settings(gallery_max_concurrent_downloads=4)
        content = png(1, 600, 500)  # 300 KB
        picture_server.content = lambda number: content
        gallery.download_images(picture_server.addresses(8))  # what is held once for all
        with memory_peak() as few:
            gallery.download_images(picture_server.addresses(24)[8:])
        with memory_peak() as many:
            gallery.download_images(picture_server.addresses(160))
        assert all(is_whole(kept(one)) for one in picture_server.addresses(160))
        assert sum(picture_server.asked.values()) == 160
        assert many.bytes < few.bytes + 1_000_000 < 160 * len(content) // 8

    def test_a_quarter_of_them_fails(self, picture_server, notices, fresh_settings):
        fresh_settings(http_max_retries=0, gallery_max_concurrent_downloads=8)
        for number in range(0, 120, 4):
            picture_server.breaks(number, refused(404))
        told = []
        gallery.download_images_with_progress(
            picture_server.addresses(120), lambda *values: told.append(values[0])
        )
        assert told == list(range(1, 121)) and [one.values for one in notices] == [{'n': 30}]
        assert len(files_below(setting.places().cache)) == 90

    def test_a_server_that_asks_for_less_gets_less_and_gives_all(
        self, picture_server, notices, fresh_settings
    ):
        fresh_settings(gallery_max_concurrent_downloads=8, images_max_concurrent=8)
        for number in range(0, 100, 10):
            picture_server.breaks(number, refused(503), times=1)
        gallery.download_images(picture_server.addresses(100))
        assert len(files_below(setting.places().cache)) == 100 and notices == []


class TestProgress:
    def test_each_picture_is_told_in_this_thread(self, picture_server, notices, fresh_settings):
        fresh_settings(http_max_retries=0)
        i18n.set_language('zh-TW')
        picture_server.breaks(1, refused(404))
        told, threads = [], set()

        def progress(*values):
            told.append(values)
            threads.add(threading.current_thread())

        addresses = picture_server.addresses(3)
        gallery.download_images_with_progress([*addresses, addresses[0]], progress)
        assert told == [(n, 4, f'下載圖片 {n}/4') for n in (1, 2, 3, 4)]
        assert threads == {threading.current_thread()}
        assert [one.key for one in notices] == ['gallery.some_failed']

    def test_english_and_without_a_callback(self, picture_server):
        told = []
        gallery.download_images_with_progress(
            picture_server.addresses(2), lambda *values: told.append(values[2])
        )
        gallery.download_images_with_progress(picture_server.addresses(3))
        assert told == ['Downloading picture 1/2', 'Downloading picture 2/2']
        assert len(files_below(setting.places().cache)) == 3

    def test_a_callback_that_fails_ends_the_work(self, picture_server):
        def progress(done, total, words):
            raise RuntimeError('of the caller')

        with pytest.raises(RuntimeError):
            gallery.download_images_with_progress(picture_server.addresses(40), progress)
        eventually(lambda: not _crew(), 'all threads have ended')
        assert sum(picture_server.asked.values()) < 40

    def test_who_waits_for_a_silent_server_is_not_waited_for(self, picture_server, fresh_settings):
        fresh_settings(gallery_download_timeout=600.0)
        over = threading.Event()

        def late(handler):
            over.wait(240)
            handler.reply(body=picture_server.content(1), Content_Type='image/png')

        picture_server.breaks(1, late)

        def progress(done, total, words):
            raise RuntimeError('of the caller')

        with pytest.raises(RuntimeError):
            gallery.download_images_with_progress(picture_server.addresses(2), progress)
        assert not over.is_set()
        over.set()
        eventually(lambda: not _crew(), 'its thread has ended too')
        assert len(files_below(setting.places().cache)) == 1


def _crew():
    return [one for one in threading.enumerate() if one.name.startswith('gallery-')]


class TestBatches:
    @pytest.fixture
    def pauses(self, monkeypatch, picture_server):
        """How many requests there had been at each pause of half a second."""
        found = []

        def pause(seconds):
            found.append((seconds, sum(picture_server.asked.values())))

        monkeypatch.setattr(gallery_kept, 'time', type('', (), {'sleep': staticmethod(pause)}))
        return found

    @pytest.mark.parametrize(
        'size, count, batches',
        [(5, 11, [5, 10]), (2, 4, [2]), (100, 7, []), (1, 3, [1, 2]), (0, 2, [1]), (-3, 2, [1])],
    )
    def test_half_a_second_between_them(self, size, count, batches, pauses, picture_server):
        gallery.download_images_batch(picture_server.addresses(count), size)
        assert pauses == [(0.5, asked) for asked in batches]
        assert len(files_below(setting.places().cache)) == count

    def test_five_unless_said_otherwise(self, pauses, picture_server, fresh_settings):
        fresh_settings(gallery_download_batch_size=3)
        gallery.download_images_batch(picture_server.addresses(6))
        assert [asked for _, asked in pauses] == [5]

    def test_the_setting_where_none_is_given(self, pauses, picture_server, fresh_settings):
        fresh_settings(gallery_download_batch_size=3)
        gallery.download_images_batch(picture_server.addresses(7), None)
        assert [asked for _, asked in pauses] == [3, 6]

    def test_no_pause_where_nothing_was_asked(self, pauses, picture_server):
        gallery.download_images(picture_server.addresses(6))
        gallery.download_images_batch(picture_server.addresses(8), 2)
        assert [asked for _, asked in pauses] == []

    def test_a_failure_in_one_batch_leaves_the_others(
        self, pauses, picture_server, notices, fresh_settings
    ):
        fresh_settings(http_max_retries=0)
        picture_server.breaks(0, refused(500))
        gallery.download_images_batch(picture_server.addresses(5), 2)
        assert len(files_below(setting.places().cache)) == 4
        assert [one.values for one in notices] == [{'n': 1}]

    def test_the_pause_is_a_real_one(self, picture_server):
        begun = time.monotonic()
        gallery.download_images_batch(picture_server.addresses(2), 1)
        assert time.monotonic() - begun >= 0.5
