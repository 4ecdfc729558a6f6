"""Pictures asked of the demo catalogue, with lists that have gone wrong."""

import pytest

from civitai_manager_libs.civitai import CivitaiAPI
from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.gallery import read_gallery_picture
from civitai_manager_libs.domain.image_query import ImageQuery
from civitai_manager_libs.errors import NotFound, ServerTrouble
from civitai_manager_libs.http_client import CivitaiHttpClient


@pytest.fixture
def api(fresh_settings):
    return CivitaiAPI(CivitaiHttpClient())


def ids(pages):
    return [picture.id for page in pages for picture in page.pictures]


class TestPages:
    def test_all_of_them_once(self, api):
        found = ids(api.images(ImageQuery(), page_size=30))
        assert len(found) > 150 and len(set(found)) == len(found)

    def test_with_generation_data_flat_whatever_the_server_nests(self, api):
        model = SPECIAL['plain'].model_id
        first = next(api.images(ImageQuery(), page_size=50))
        nested = next(api.images(ImageQuery(model_id=model), page_size=50))
        for page in (first, nested):
            known = [one.meta for one in page.pictures if one.meta]
            assert known and all('prompt' in meta for meta in known)

    def test_going_on_from_a_cursor(self, api):
        everything = ids(api.images(ImageQuery(), page_size=40))
        first = next(api.images(ImageQuery(), page_size=40))
        rest = ids(api.images(ImageQuery(), page_size=40, cursor=first.next_cursor))
        assert [one.id for one in first.pictures] + rest == everything

    def test_an_empty_page_is_not_the_end(self, api, demo):
        usual = ids(api.images(ImageQuery(), page_size=60))
        demo.faults.add('list', path='/images', variant='empty_page', times=1)
        assert ids(api.images(ImageQuery(), page_size=60)) == usual

    def test_cursors_that_repeat_come_to_an_end(self, api, demo):
        demo.faults.add('list', path='/images', variant='repeat_cursor')
        pages = list(api.images(ImageQuery(), page_size=10))
        assert pages[-1].astray and pages[-1].next_cursor is None

    def test_only_the_levels_asked_for(self, api):
        mild = list(api.images(ImageQuery(levels=('None', 'Soft')), page_size=200))
        every = list(api.images(ImageQuery(levels=None), page_size=200))
        assert {one.nsfw_level for page in mild for one in page.pictures} <= {1, 2}
        assert {8, 16} & {one.nsfw_level for page in every for one in page.pictures}

    def test_a_failure_is_raised(self, api, demo):
        demo.faults.add('status', path='/images', status=500)
        with pytest.raises(ServerTrouble):
            next(api.images(ImageQuery()))


class TestOne:
    def test_by_its_number(self, api):
        known = next(api.images(ImageQuery(levels=None), page_size=5)).pictures[0]
        assert api.image(known.id).url == known.url

    def test_one_that_nobody_may_see(self, api):
        with pytest.raises(NotFound):
            api.image(5)


class TestReading:
    def test_what_the_api_said_is_kept_word_for_word(self):
        said = {'id': 3, 'url': 'https://image.civitai.com/a/b.jpeg', 'nsfwLevel': 'Soft', 'new': 1}
        picture = read_gallery_picture(said)
        assert picture.raw == said and picture.nsfw_level == 2

    def test_the_bit_wins_over_the_word(self):
        said = {'id': 3, 'url': 'https://x/1.png', 'nsfwLevel': 'None', 'browsingLevel': 0}
        assert read_gallery_picture(said).nsfw_level == 0

    @pytest.mark.parametrize('said', [None, 7, {}, {'id': 3}, {'url': 'https://x/abc.png'}])
    def test_what_has_no_number_or_address_is_left_out(self, said):
        assert read_gallery_picture(said) is None
