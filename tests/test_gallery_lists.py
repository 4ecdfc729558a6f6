"""The gallery's door: lists for the screen, a person's copies, what failed, the page ahead."""

import threading
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import gradio
import pytest

from civitai_manager_libs import civitai_gallery_action as gallery
from civitai_manager_libs import setting
from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.fetching.formats import is_whole
from civitai_manager_libs.images.gallery_files import PLACEHOLDER

from .support.command import eventually
from .support.picture_server import files_below, kept, png, refused


class TestLoading:
    def test_files_twice_and_the_time(self, picture_server):
        addresses = picture_server.addresses(3)
        begun = datetime.now()
        files, again, time = gallery.gallery_loading(addresses, None)
        assert files == again == [str(kept(one)) for one in addresses] and files is not again
        assert begun <= time <= datetime.now()
        assert [Path(one).read_bytes() for one in files] == [
            picture_server.content(number) for number in range(3)
        ]

    def test_the_placeholder_stands_for_what_failed(self, picture_server, notices, fresh_settings):
        fresh_settings(http_max_retries=0)
        picture_server.breaks(1, refused(404))
        addresses = picture_server.addresses(3)
        files, _, _ = gallery.gallery_loading(addresses, None)
        assert files == [str(kept(addresses[0])), str(PLACEHOLDER), str(kept(addresses[2]))]
        assert is_whole(PLACEHOLDER)
        assert [one.values for one in notices] == [{'n': 1}]

    def test_files_of_this_machine_stand_for_themselves(self, picture_server, tmp_path):
        own = tmp_path / 'own.png'
        own.write_bytes(png())
        wanted = [str(own), picture_server.address(0), str(tmp_path / 'none.png'), '', None]
        files, _, _ = gallery.gallery_loading(wanted, None)
        there = str(kept(picture_server.address(0)))
        assert files == [str(own), there, *[str(PLACEHOLDER)] * 3]

    def test_an_address_longer_than_a_name_may_be(self, picture_server):
        address = f'{picture_server.address(0)}?{"x" * 3000}'
        assert gallery.gallery_loading([address], None)[0] == [str(kept(address))]

    @pytest.mark.parametrize('nothing', [None, [], ()])
    def test_nothing(self, nothing, gallery_client):
        assert gallery.gallery_loading(nothing, None)[:2] == ([], [])

    def test_one_address_in_two_places(self, picture_server):
        wanted = [picture_server.address(0)] * 2
        assert gallery.gallery_loading(wanted, None)[0] == [str(kept(wanted[0]))] * 2
        assert picture_server.asked == {0: 1}

    def test_progress_as_a_function(self, picture_server):
        told = []

        def progress(share, desc):
            told.append((share, desc))

        gallery.gallery_loading(picture_server.addresses(4), progress)
        assert told == [(n / 4, 'Loading pictures…') for n in (1, 2, 3, 4)]

    def test_progress_with_a_bar(self, picture_server):
        class Bar:
            def tqdm(self, steps, desc):
                self.steps, self.desc = list(steps), desc
                yield from self.steps

        bar, addresses = Bar(), picture_server.addresses(4)
        files = gallery.gallery_loading(addresses, bar)[0]
        assert files == [str(kept(one)) for one in addresses]
        assert len(bar.steps) == 4 and bar.desc == 'Loading pictures…'

    def test_the_progress_of_gradio_outside_of_its_events(self, picture_server):
        addresses = picture_server.addresses(4)
        files = gallery.gallery_loading(addresses, gradio.Progress())[0]
        assert files == [str(kept(one)) for one in addresses]


class TestCopiesOfAPerson:
    def test_real_names_in_the_folder_of_the_model(self, picture_server, fresh_settings):
        fresh_settings(images_output_path='./my pictures')
        folder = Path(gallery.download_user_gallery_images(7, picture_server.addresses(2)))
        assert folder == setting.places().home / 'my pictures' / '7'
        assert sorted(path.name for path in folder.iterdir()) == ['0.png', '1.png']
        assert (folder / '1.png').read_bytes() == picture_server.content(1)

    def test_the_content_gives_the_ending(self, picture_server):
        address = f'{picture_server.url}/5.jpeg?x=1'
        folder = Path(gallery.download_user_gallery_images('7', [address]))
        assert [path.name for path in folder.iterdir()] == ['5.png']

    def test_names_that_many_have_are_told_apart(self, odd_server, gallery_client):
        server = odd_server(
            lambda handler: handler.reply(body=png(len(handler.path)), Content_Type='image/png')
        )
        addresses = [f'{server.url}/a/cat.png', f'{server.url}/bb/cat.png']
        folder = Path(gallery.download_user_gallery_images(7, addresses))
        names = sorted(path.name for path in folder.iterdir())
        assert len(names) == 2 and all(name.startswith('cat-') for name in names)
        gallery.download_user_gallery_images(7, addresses)
        assert len(server.seen) == 2

    def test_the_placeholder_until_the_picture_comes(self, picture_server, notices, fresh_settings):
        fresh_settings(http_max_retries=0)
        picture_server.breaks(1, refused(503), times=1)
        addresses = picture_server.addresses(2)
        folder = Path(gallery.download_user_gallery_images(7, addresses))
        assert (folder / '1.placeholder.png').read_bytes() == PLACEHOLDER.read_bytes()
        assert [one.key for one in notices] == ['gallery.some_failed']
        gallery.download_user_gallery_images(7, addresses)
        assert sorted(path.name for path in folder.iterdir()) == ['0.png', '1.png']
        assert picture_server.asked == {0: 1, 1: 2}

    def test_a_picture_of_this_machine_is_copied(self, gallery_client, tmp_path):
        (tmp_path / 'own.png').write_bytes(png())
        folder = Path(gallery.download_user_gallery_images(7, [str(tmp_path / 'own.png')]))
        assert [path.read_bytes() for path in folder.iterdir()] == [png()]

    @pytest.mark.parametrize('model_id', ['../../etc', 'CON', '', None, 'a/b\\c'])
    def test_the_folder_stays_where_pictures_go(self, model_id, gallery_client):
        folder = Path(gallery.download_user_gallery_images(model_id, []))
        assert folder.parent == setting.places().home / 'images'


class TestManager:
    def test_what_fails_is_remembered_and_tried_again(
        self, picture_server, tmp_path, notices, fresh_settings
    ):
        picture_server.breaks(0, refused(503), times=3)
        manager = gallery.GalleryDownloadManager()
        assert manager.client is gallery.get_http_client()
        one = (picture_server.address(0), str(tmp_path / 'a.png'))
        assert manager.download_with_retry(*one, max_retries=1) is False
        assert manager.download_with_retry(*one, max_retries=0) is False
        assert manager.failed_downloads == [one] and picture_server.asked == {0: 3}
        assert manager.retry_failed_downloads() is None
        assert manager.failed_downloads == [] and is_whole(tmp_path / 'a.png')

    def test_twice_again_unless_said_otherwise(self, picture_server, tmp_path, notices):
        picture_server.breaks(0, refused(500))
        manager = gallery.GalleryDownloadManager()
        one = (picture_server.address(0), str(tmp_path / 'a.png'))
        assert manager.download_with_retry(*one) is False
        assert picture_server.asked == {0: 3}
        manager.retry_failed_downloads()
        assert picture_server.asked == {0: 5} and manager.failed_downloads == [one]

    def test_what_cannot_help_is_not_tried(self, picture_server, tmp_path, notices):
        picture_server.breaks(0, refused(404))
        manager = gallery.GalleryDownloadManager()
        assert manager.download_with_retry(picture_server.address(0), str(tmp_path / 'a')) is False
        assert picture_server.asked == {0: 1}

    def test_nothing_to_try_again(self, gallery_client, notices):
        manager = gallery.GalleryDownloadManager()
        manager.retry_failed_downloads()
        assert manager.failed_downloads == [] and notices == []


class TestAhead:
    @pytest.fixture
    def page(self, demo, gallery_client, tmp_path):
        """The address of a page of a gallery, on a client that keeps answers."""
        gallery_client._keep_in(tmp_path / 'answers')
        model_id = SPECIAL['gallery'].model_id
        yield f'{demo.base_url}/api/v1/images?modelId={model_id}&limit=4&sort=Newest'
        self._over()

    def _asked(self, demo):
        return [one.query for one in demo.requests.of('api', '/api/v1/images')]

    def _addresses(self, page, cursor=None):
        more = {'cursor': cursor} if cursor else None
        body = gallery.get_http_client().get_json(page, more)
        return [item['url'] for item in body['items']], body['metadata']

    def _over(self):
        eventually(lambda: not gallery._ahead, 'nothing is fetched ahead any more')

    def test_answer_and_pictures_of_the_next_page(self, page, demo):
        gallery.pre_loading(page, None)
        self._over()
        _, metadata = self._addresses(page)
        following, _ = self._addresses(page, metadata['nextCursor'])
        assert len(following) == 4 and all(is_whole(kept(one)) for one in following)
        assert len(files_below(setting.places().cache)) == 4
        assert len(self._asked(demo)) == 2  # what was asked here came from what is kept

    @pytest.mark.parametrize('known', ['nextCursor', 'nextPage'])
    def test_what_the_caller_knows_of_the_answer(self, known, page, demo):
        _, metadata = self._addresses(page)
        paging = {known: metadata[known]}
        if known == 'nextPage':  # of another host: only the cursor counts
            parts = urlsplit(metadata[known])
            paging = {known: parts._replace(netloc='foreign.invalid').geturl()}
        gallery.pre_loading(page, paging)
        self._over()
        assert self._asked(demo)[1]['cursor'] == [metadata['nextCursor']]

    def test_a_list_of_all_pages(self, page, demo):
        other = page.replace('limit=4', 'limit=3')
        paging = {'totalPageUrls': [page, other], 'currentPage': 1}
        gallery.pre_loading(page, paging)
        self._over()
        assert all(is_whole(kept(one)) for one in self._addresses(other)[0])
        assert len(self._asked(demo)) == 1
        gallery.pre_loading(other, paging)  # the last one
        self._over()
        assert len(self._asked(demo)) == 1

    def test_it_returns_at_once_in_a_thread_of_ours(self, page, demo):
        demo.faults.add('delay', path='/images', seconds=1.0, times=1)
        gallery.pre_loading(page, None)
        gallery.pre_loading(page, None)  # it is under way
        ours = [one for one in threading.enumerate() if one.name == 'gallery-ahead']
        assert len(ours) == 1 and ours[0].daemon

    def test_faults_are_nobodys_business(self, page, demo, notices, fresh_settings):
        fresh_settings(http_max_retries=0)
        demo.faults.add('status', path='/images', status=500, times=1)
        gallery.pre_loading(page, None)
        self._over()
        for nothing in (None, '', 'no address', str(Path('x'))):
            gallery.pre_loading(nothing, {'totalPageUrls': None})
        assert notices == [] and gallery._ahead == set()

    def test_a_page_that_is_no_list(self, odd_server, gallery_client, notices):
        server = odd_server(
            lambda handler: handler.reply(
                body=b'{"items": [1, {"url": null}, {"url": "x"}], "metadata": {"nextCursor": 7}}',
                Content_Type='application/json',
            )
        )
        gallery.pre_loading(f'{server.url}/images?limit=1&token=secret', 'odd')
        self._over()
        assert len(server.seen) == 2
        assert 'secret' not in server.seen[1][1] and 'cursor=7' in server.seen[1][1]
        assert notices == []
