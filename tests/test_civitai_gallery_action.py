"""The gallery's door: pictures fetched one by one and in lists."""

import inspect
import os
import threading

import pytest

from civitai_manager_libs import civitai_gallery_action as gallery
from civitai_manager_libs import i18n, setting
from civitai_manager_libs.fetching.formats import is_whole
from civitai_manager_libs.host.standalone import find_places

from .support.picture_server import cut, files_below, kept, png, refused
from .support.ports import free_port


class TestSignatures:
    def test_they_are_those_of_the_document(self):
        named = {
            'download_images': ['dn_image_list'],
            'download_images_with_progress': ['dn_image_list', 'progress_callback'],
            'download_images_batch': ['dn_image_list', 'batch_size'],
            'download_large_image': ['img_url', 'save_path', 'chunk_size'],
            'download_user_gallery_images': ['model_id', 'image_urls'],
            'pre_loading': ['usergal_page_url', 'paging_information'],
            '_download_single_image': ['img_url', 'save_path'],
        }
        for name, parameters in named.items():
            assert list(inspect.signature(getattr(gallery, name)).parameters) == parameters
        assert (
            inspect.signature(gallery.download_images_batch).parameters['batch_size'].default == 5
        )
        large = inspect.signature(gallery.download_large_image).parameters
        assert large['chunk_size'].default == 8192


class TestFileOfAnAddress:
    def test_it_lies_in_the_cache_and_differs_by_address(self, fresh_settings):
        one = kept('https://image.civitai.com/x/u/width=450/7.jpeg')
        other = kept('https://image.civitai.com/x/u/original=true/7.jpeg')
        assert setting.places().cache in one.parents and one != other
        assert one.name.endswith('-7.jpeg') and kept('https://h/a?x=1') != kept('https://h/a?x=2')

    @pytest.mark.parametrize(
        'address',
        ['https://h/' + 'é' * 400 + '.png', 'https://h/..%2f..%2fCON', 'http://[', 'https://'],
    )
    def test_odd_addresses_have_safe_names(self, address, fresh_settings):
        found = kept(address)
        assert found.parent.parent == setting.places().cache / 'gallery'
        assert len(os.fsencode(found.name)) < 200

    def test_folders_are_those_of_the_program(self, monkeypatch, tmp_path):
        monkeypatch.setattr(setting, '_places', None)
        assert setting.places() == find_places()
        setting.use_places(find_places(tmp_path))
        assert tmp_path / 'cache' / 'gallery' in kept('https://h/a.png').parents

    def test_a_path_is_itself(self, fresh_settings):
        assert setting.get_image_url_to_gallery_file('/a/b.png') == '/a/b.png'


class TestOnePicture:
    def test_it_lies_under_the_very_name(self, picture_server, tmp_path):
        place = tmp_path / 'new' / 'any name'
        assert gallery._download_single_image(picture_server.address(1), str(place)) is True
        assert place.read_bytes() == picture_server.content(1)
        assert files_below(tmp_path) == [place]

    def test_what_lies_there_gives_way_only_to_a_whole_one(self, picture_server, tmp_path, notices):
        place = tmp_path / 'a.png'
        place.write_bytes(png(99))
        picture_server.breaks(0, refused(404))
        assert gallery._download_single_image(picture_server.address(0), str(place)) is False
        assert place.read_bytes() == png(99)
        assert gallery._download_single_image(picture_server.address(1), str(place)) is True
        assert place.read_bytes() == picture_server.content(1)

    @pytest.mark.parametrize(
        'answer, code',
        [
            (refused(404), 'not_found'),
            (refused(503), 'server_trouble'),
            (
                lambda handler: handler.reply(body=b'<html>no</html>', Content_Type='text/html'),
                None,
            ),
            (lambda handler: handler.reply(body=b'', Content_Type='image/png'), None),
        ],
    )
    def test_a_fault_is_told_and_leaves_nothing(
        self, answer, code, picture_server, tmp_path, notices, fresh_settings
    ):
        fresh_settings(http_max_retries=1)
        picture_server.breaks(0, answer)
        place = tmp_path / 'a.png'
        assert gallery._download_single_image(picture_server.address(0), str(place)) is False
        assert files_below(tmp_path) == [] and len(notices) == 1
        assert code is None or notices[0].key == f'error.{code}'

    def test_a_stranger_who_does_not_answer(
        self, gallery_client, tmp_path, notices, fresh_settings
    ):
        fresh_settings(http_max_retries=0)
        nobody, place = f'http://127.0.0.1:{free_port()}/a.png', str(tmp_path / 'a.png')
        assert gallery._download_single_image(nobody, place) is False
        assert gallery._download_single_image('http://', place) is False
        assert gallery._download_single_image('', place) is False
        assert [notice.level for notice in notices] == ['error'] * 3
        assert files_below(tmp_path) == []

    def test_silence_ends_after_the_time_of_the_gallery(
        self, picture_server, tmp_path, notices, fresh_settings
    ):
        fresh_settings(gallery_download_timeout=0.2, http_max_retries=0)
        over = threading.Event()
        picture_server.breaks(0, lambda handler: over.wait(60))
        found = gallery._download_single_image(picture_server.address(0), str(tmp_path / 'a.png'))
        over.set()
        assert found is False and notices[0].key == 'error.timed_out'
        assert notices[0].values['seconds'] == 0.2

    def test_a_picture_of_this_machine_is_copied(self, gallery_client, tmp_path, notices):
        source = tmp_path / 'source.png'
        source.write_bytes(png(3))
        place = tmp_path / 'there' / 'a.png'
        assert gallery._download_single_image(str(source), str(place)) is True
        assert place.read_bytes() == png(3) and len(files_below(tmp_path)) == 2
        assert gallery._download_single_image(str(place), str(place)) is True
        assert gallery._download_single_image(str(tmp_path), str(place)) is False
        assert notices[-1].key == 'error.file_unreadable'


class TestLists:
    def test_all_of_them(self, picture_server, notices):
        addresses = picture_server.addresses(12)
        assert gallery.download_images(addresses) is None
        assert [kept(one).read_bytes() for one in addresses] == [
            picture_server.content(number) for number in range(12)
        ]
        assert len(files_below(setting.places().cache)) == 12 and notices == []

    def test_nothing_to_do(self, gallery_client, notices):
        for nothing in ([], None, ()):
            gallery.download_images(nothing)
            gallery.download_images_with_progress(nothing)
            gallery.download_images_batch(nothing)
        assert notices == [] and not (setting.places().cache / 'gallery').exists()

    def test_what_is_there_whole_is_left_and_what_is_torn_is_not(self, picture_server):
        addresses = picture_server.addresses(3)
        for address, content in zip(addresses, (png(77), picture_server.content(1)[:-20])):
            kept(address).parent.mkdir(parents=True, exist_ok=True)
            kept(address).write_bytes(content)
        gallery.download_images(addresses)
        assert kept(addresses[0]).read_bytes() == png(77)
        assert kept(addresses[1]).read_bytes() == picture_server.content(1)
        assert picture_server.asked == {1: 1, 2: 1}

    def test_what_stands_in_the_list_twice_is_fetched_once(self, picture_server):
        gallery.download_images([picture_server.address(0)] * 5 + [picture_server.address(1)])
        assert picture_server.asked == {0: 1, 1: 1}

    @pytest.mark.parametrize(
        'language, said',
        [
            ('zh-TW', '部分圖片下載失敗 (2 個)，請檢查網路連線 💥!'),
            (
                'en',
                'Some pictures could not be downloaded (2), please check the network connection',
            ),
        ],
    )
    def test_a_partial_failure_is_one_sentence(
        self, language, said, picture_server, notices, fresh_settings
    ):
        fresh_settings(http_max_retries=0)
        i18n.set_language(language)
        picture_server.breaks(1, refused(404))
        picture_server.breaks(3, cut(picture_server.content(3), 500))
        addresses = picture_server.addresses(5)
        gallery.download_images(addresses)
        assert [i18n.notice_text(one.key, one.values) for one in notices][0].startswith(said)
        assert len(notices) == 1 and notices[0].level == 'error'
        assert [is_whole(kept(one)) for one in addresses] == [True, False, True, False, True]
        assert len(files_below(setting.places().cache)) == 3

    def test_counts_are_logged(self, picture_server, notices, caplog, fresh_settings):
        fresh_settings(http_max_retries=0)
        picture_server.breaks(1, refused(404))
        gallery.download_images(picture_server.addresses(1))
        with caplog.at_level('INFO', 'civitai_shortcut'):
            gallery.download_images(picture_server.addresses(3))
        assert 'Download complete: 1 success, 1 failed, 1 existing' in caplog.text

    def test_so_many_at_once_as_the_setting_says(self, picture_server, fresh_settings):
        fresh_settings(gallery_max_concurrent_downloads=3, images_max_concurrent=8)
        together, free = threading.Barrier(3), threading.Event()

        def before(number):
            if not free.is_set():
                together.wait(60)  # breaks, and fails the test, when three never come together
                free.set()

        picture_server.before = before
        gallery.download_images(picture_server.addresses(9))
        assert picture_server.most == 3 and len(files_below(setting.places().cache)) == 9
        assert not together.broken

    def test_two_callers_with_one_list(self, picture_server, notices):
        addresses = picture_server.addresses(8)
        callers = [
            threading.Thread(target=gallery.download_images, args=(addresses,)) for _ in range(3)
        ]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        assert notices == [] and len(files_below(setting.places().cache)) == 8
        assert all(is_whole(kept(one)) for one in addresses)

    def test_one_at_once(self, picture_server, fresh_settings):
        fresh_settings(gallery_max_concurrent_downloads=1)
        gallery.download_images(picture_server.addresses(6))
        assert picture_server.most == 1
