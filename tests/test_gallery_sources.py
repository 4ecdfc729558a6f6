"""Whose pictures a pasted text means, and the pages of them in the order asked for."""

import itertools
from dataclasses import replace

import pytest

from civitai_manager_libs import civitai_gallery_action, i18n
from civitai_manager_libs.civitai import CivitaiAPI
from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.demo.special import GALLERY_PICTURES, TWIN
from civitai_manager_libs.domain.image_query import MOST_LIKED, NEWEST, ImageQuery
from civitai_manager_libs.domain.nsfw import LEVELS
from civitai_manager_libs.errors import (
    GalleryUnsupported,
    NotFound,
    RequestRefused,
    ServerTrouble,
    TargetUnknown,
    TargetUnsupported,
)

PLACE = SPECIAL['gallery']
ALL = tuple(LEVELS)


@pytest.fixture
def gallery(demo, gallery_client):
    """A gallery of which only what asks the API is there."""
    api = CivitaiAPI(gallery_client)
    return civitai_gallery_action.Gallery(api, gallery_client, None, None, None, None)


def listed(pages, most=1000):
    """The pictures of all pages."""
    found = itertools.chain.from_iterable(page.pictures for page in pages)
    return list(itertools.islice(found, most))


class TestOpening:
    @pytest.mark.parametrize(
        'pasted',
        [
            f'https://civitai.com/models/{PLACE.model_id}/silk-tide',
            f'{PLACE.model_id}',
            f'urn:air:flux1:lora:civitai:{PLACE.model_id}',
        ],
    )
    def test_a_model(self, pasted, gallery):
        source = gallery.open(pasted)
        assert (source.kind, source.model_id, source.version_id) == ('model', PLACE.model_id, None)
        assert source.name == source.model_name == '絲線潮汐 Silk Tide'
        assert source.query == ImageQuery(model_id=PLACE.model_id, levels=('None', 'Soft'))

    @pytest.mark.parametrize(
        'pasted',
        [
            f'civitai.red/models/{PLACE.model_id}?modelVersionId={PLACE.version_id}',
            f'https://civitai.com/model-versions/{PLACE.version_id}',
            f'https://civitai.com/api/download/models/{PLACE.version_id}?token=secret',
            f'{PLACE.model_id}@{PLACE.version_id}',
            f'{PLACE.version_id}',
        ],
    )
    def test_a_version(self, pasted, gallery, fresh_settings):
        fresh_settings(images_default_nsfw_filter=['X'])
        source = gallery.open(pasted)
        assert (source.kind, source.model_id) == ('version', PLACE.model_id)
        assert source.name.startswith('絲線潮汐 Silk Tide · ') and source.name != source.model_name
        assert source.query == ImageQuery(version_id=PLACE.version_id, levels=('X',))

    def test_the_hash_of_a_file(self, demo, gallery):
        sha256 = demo.file_hashes(PLACE.file_id)['SHA256']
        assert gallery.open(sha256).version_id == PLACE.version_id

    @pytest.mark.parametrize(
        'pasted',
        [
            f'https://civitai.com/images/{GALLERY_PICTURES["unrated"]}',
            'https://image.civitai.com/xG1nkqKTMzGDvpLrqFT7WA/6a1f0f0e-1111-4222-8333-444455556666'
            f'/width=450/{GALLERY_PICTURES["unrated"]}.jpeg',
        ],
    )
    def test_a_picture_of_any_level(self, pasted, gallery):
        source = gallery.open(pasted)
        assert (source.kind, source.name) == ('image', str(GALLERY_PICTURES['unrated']))
        assert [one.id for one in listed(gallery.pages(source.query))] == [int(source.name)]

    def test_a_post(self, gallery):
        source = gallery.open('https://civitai.com/posts/20050?utm=1')
        assert (source.kind, source.name) == ('post', '20050')
        assert len(listed(gallery.pages(source.query))) > 1

    def test_a_creator(self, gallery):
        name = listed(gallery.pages(ImageQuery(version_id=PLACE.version_id)))[0].username
        source = gallery.open(f'https://civitai.com/user/{name}/images')
        assert (source.kind, source.name) == ('creator', name)
        assert {one.username for one in listed(gallery.pages(source.query))} == {name}

    @pytest.mark.parametrize(
        'pasted, what',
        [
            ('999999999', 'model 999999999'),
            ('https://civitai.com/models/99999', 'model 99999'),
            (f'https://civitai.com/models/{PLACE.model_id}?modelVersionId=9999', 'version 9999'),
            ('https://civitai.com/images/9', 'picture 9'),
            ('https://civitai.com/posts/9', 'post 9'),
            ('https://civitai.com/user/no.such%20one', 'creator no.such one'),
        ],
    )
    def test_what_is_not_there(self, pasted, what, gallery):
        with pytest.raises(NotFound) as caught:
            gallery.open(pasted)
        assert caught.value.details == {'what': what}

    @pytest.mark.parametrize(
        'pasted',
        [
            'https://civitai.com/collections/3',
            'https://civitai.com/articles/3/words',
            'https://civitai.com/models?query=cat',
            'https://civitai.com/search/models?query=cat',
            'https://civitai.com/login',
            'https://example.com/cat.png?signature=secret',
            'urn:air:sd1:lora:huggingface:a/b@c',
            'https://image.civitai.com/xG1nkqKTMzGDvpLrqFT7WA/6a1f0f0e-1111-4222-8333-444455556666'
            '/original=true/6a1f0f0e-1111-4222-8333-444455556666.jpeg',
        ],
    )
    @pytest.mark.parametrize('language', i18n.LANGUAGES)
    def test_what_has_no_pictures_to_list(self, pasted, language, gallery, demo):
        i18n.set_language(language)
        with pytest.raises(TargetUnsupported) as caught:
            gallery.open(pasted)
        said = i18n.error_text(caught.value)
        assert isinstance(caught.value, GalleryUnsupported) and demo.requests.of('api') == []
        kind = f'kind.{caught.value.details["kind"]}'
        assert i18n.has(kind) and i18n.text(kind) in said
        assert 'secret' not in said and '{' not in said

    @pytest.mark.parametrize('pasted', ['', 'cat', 'C:/pictures', 'https://civitai.com/models/x'])
    def test_what_is_nothing_we_know(self, pasted, gallery):
        with pytest.raises((TargetUnknown, TargetUnsupported)):
            gallery.open(pasted)


class TestPages:
    def test_levels_are_kept_whatever_the_server_gives(self, demo, gallery):
        demo.faults.add('any_level', path='/images')
        query = ImageQuery(model_id=PLACE.model_id, levels=('None', 'Soft'), sort=NEWEST)
        found = listed(gallery.pages(query))
        assert {one.nsfw_level for one in found} == {1, 2}
        everything = listed(gallery.pages(replace(query, levels=None)))
        assert {one.nsfw_level for one in everything} >= {0, 1, 2, 4} and len(found) > 50
        assert GALLERY_PICTURES['blocked'] not in {one.id for one in everything}
        assert GALLERY_PICTURES['unrated'] not in {one.id for one in found}

    def test_pages_follow_each_other_also_from_a_cursor(self, gallery):
        query = ImageQuery(model_id=PLACE.model_id, levels=ALL, sort=NEWEST)
        pages = list(gallery.pages(query, page_size=20))
        assert pages[-1].next_cursor is None and len(pages) > 5
        again = list(gallery.pages(query, pages[2].next_cursor, page_size=20))
        assert [page.pictures for page in again] == [page.pictures for page in pages[3:]]

    def test_an_empty_page_is_not_the_end(self, demo, gallery):
        demo.faults.add('list', path='/images', variant='empty_page', times=1)
        query = ImageQuery(version_id=PLACE.version_id, levels=ALL, sort=NEWEST)
        pages = list(gallery.pages(query, page_size=50))
        assert pages[0].pictures == () and pages[0].next_cursor and len(listed(pages)) > 100

    def test_most_liked_of_a_whole_model_is_merged_from_its_versions(self, gallery):
        newest = ImageQuery(model_id=PLACE.model_id, levels=ALL, sort=NEWEST)
        query = replace(newest, sort=MOST_LIKED)
        pages = list(gallery.pages(query, page_size=30))
        likes = [one.stats.liked for one in listed(pages)]
        assert likes == sorted(likes, reverse=True)
        everybody = {one.id for one in listed(gallery.pages(newest))}
        assert [one.id for one in listed(pages)] == list(
            dict.fromkeys(one.id for one in listed(pages))
        )
        assert {one.id for one in listed(pages)} == everybody and TWIN in everybody
        assert {page.next_cursor is None for page in pages[:-1]} == {False}

    def test_such_pages_go_on_from_a_cursor(self, gallery):
        query = ImageQuery(model_id=PLACE.model_id, levels=ALL, sort=MOST_LIKED)
        pages = list(gallery.pages(query, page_size=25))
        for number in (0, 2):
            again = list(gallery.pages(query, pages[number].next_cursor, page_size=25))
            assert [page.pictures for page in again] == [
                page.pictures for page in pages[number + 1 :]
            ]
        assert len(listed(gallery.pages(query, 'cursor|of|another', page_size=25))) == len(
            listed(pages)
        )

    def test_one_version_is_asked_as_it_is(self, demo, gallery):
        place = SPECIAL['plain']
        query = ImageQuery(model_id=place.model_id, levels=ALL, sort=MOST_LIKED)
        likes = [one.stats.liked for one in listed(gallery.pages(query))]
        assert likes == sorted(likes, reverse=True) and likes
        asked = demo.requests.of('api', '/api/v1/images')
        assert [one.query.get('modelVersionId') for one in asked] == [[str(place.version_id)]]

    def test_a_model_that_is_gone_may_still_have_pictures(self, demo, gallery):
        demo.faults.add('status', path='/api/v1/models/', status=404)
        query = ImageQuery(model_id=PLACE.model_id, levels=ALL, sort=MOST_LIKED)
        assert len(listed(gallery.pages(query), 10)) == 10

    def test_faults_come_to_the_caller(self, demo, gallery, fresh_settings):
        fresh_settings(http_max_retries=0)
        demo.faults.add('status', path='modelVersionId', status=500)
        query = ImageQuery(model_id=PLACE.model_id, levels=ALL, sort=MOST_LIKED)
        with pytest.raises(ServerTrouble):
            next(gallery.pages(query))
        with pytest.raises(RequestRefused):
            next(gallery.pages(ImageQuery(username='no.such one')))
