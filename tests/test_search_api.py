"""``CivitaiAPI.search_models``: pages of the demo catalogue, and pages as they come on bad days."""

import json

import pytest

from civitai_manager_libs.civitai import CivitaiAPI
from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.demo.faults import CHOICES
from civitai_manager_libs.domain.search import ModelQuery
from civitai_manager_libs.errors import NotFound, RequestRefused, UnexpectedBody
from civitai_manager_libs.http_client import CivitaiHttpClient

LISTS = '/api/v1/models'


@pytest.fixture
def api(fresh_settings):
    return CivitaiAPI(CivitaiHttpClient())


@pytest.fixture
def found(api):
    """The ids of the models of a search, in their order."""

    def ask(page_size=100, **query):
        pages = list(api.search_models(ModelQuery(**query), page_size))
        return [model.id for page in pages for model in page.models]

    return ask


@pytest.fixture
def odd(odd_server, fresh_settings):
    """Serves the given bodies one after another, the last for ever; gives the server."""

    def serve(*bodies):
        def answer(handler):
            body = bodies[min(len(server.seen), len(bodies)) - 1]
            handler.reply(body=json.dumps(body).encode(), Content_Type='application/json')

        server = odd_server(answer)
        fresh_settings(civitai_base_url=server.url)
        return server

    return serve


def asked(demo):
    """The query of each request for a list."""
    return [record.query for record in demo.requests.of('api', LISTS)]


class TestFilters:
    def test_types_are_repeated(self, demo, found):
        ids = found(types=('VAE', 'Upscaler'))
        assert sorted(ids) == [1009, 1011]
        assert asked(demo)[0]['types'] == ['VAE', 'Upscaler']

    def test_words_creator_tag_and_base_model(self, found):
        assert found(text='moss') == [1004]
        assert set(found(username='garden_path')) == {1004, 1005, 1018, 1022, 1030}
        assert found(tag='pixel art') == [1008]
        assert set(found(base_models=('Flux.1 D', 'Pony'))) == {1021, 1026, 1030}

    def test_versions_come_trimmed_to_the_base_model(self, api):
        [page] = api.search_models(ModelQuery(text='Harbor', base_models=('Illustrious',)))
        assert {one.base_model for one in page.models[0].model_versions} == {'Illustrious'}

    def test_adult_content_only_when_asked_for(self, found):
        mature = SPECIAL['mature'].model_id
        assert mature not in found(username='harbor_lab')
        assert mature in found(username='harbor_lab', nsfw=True)

    def test_an_unknown_creator(self, api):
        with pytest.raises(NotFound) as caught:
            list(api.search_models(ModelQuery(username='nobody_at_all')))
        assert caught.value.details == {'what': 'creator nobody_at_all'}

    def test_an_unknown_type_is_refused_by_the_server(self, api):
        with pytest.raises(RequestRefused):
            list(api.search_models(ModelQuery(types=('Hologram',))))


class TestPages:
    def test_all_pages_with_the_filters_on_each(self, demo, found):
        whole = found()
        assert found(page_size=7) == whole and len(whole) > 25
        queries = asked(demo)[1:]
        assert len(queries) == -(-len(whole) // 7)
        assert all(query['limit'] == ['7'] and 'page' not in query for query in queries)
        assert ['cursor' in query for query in queries] == [False, *[True] * (len(queries) - 1)]

    def test_never_more_than_the_server_allows(self, demo, found):
        found(page_size=250)
        assert asked(demo)[0]['limit'] == ['100']

    def test_pages_are_asked_for_as_they_are_taken(self, demo, api):
        pages = api.search_models(ModelQuery(), 5)
        first = next(pages)
        assert len(first.models) == 5 and first.more and len(asked(demo)) == 1

    @pytest.mark.parametrize('variant', ['short_page', 'empty_page', 'int_cursor', 'null_cursor'])
    def test_pages_as_they_come(self, demo, found, variant):
        whole = found()
        demo.faults.add('list', variant=variant, times=1)
        found_now = found(page_size=10)
        # A short page of the demo never shows the other half; all that follows comes all the same.
        assert found_now == ([*whole[:5], *whole[10:]] if variant == 'short_page' else whole)

    def test_next_links_of_a_foreign_host_are_not_followed(self, demo, found):
        demo.faults.add('list', variant='foreign_next_page', host='http://foreign.invalid')
        assert len(found(page_size=10)) > 25

    def test_a_circle_ends(self, demo, api):
        demo.faults.add('list', variant='repeat_cursor')
        pages = list(api.search_models(ModelQuery(), 10))
        assert len(asked(demo)) < 5 and pages[-1].astray and not pages[-1].more
        ids = [model.id for page in pages for model in page.models]
        assert len(ids) == len(set(ids)) == 20

    @pytest.mark.parametrize('variant', CHOICES[('fields', 'variant')])
    def test_fields_as_they_come_on_bad_days(self, demo, found, variant):
        whole = found()
        demo.faults.add('fields', variant=variant)
        assert found() == whole


class TestBodies:
    def test_broken_items_are_counted_and_the_others_kept(self, odd, api):
        items = [{'id': 1, 'name': 'a'}, None, 'x', {'name': 'no id'}, {'id': 2, 'tags': 7}, []]
        odd({'items': items, 'metadata': {}})
        [page] = api.search_models(ModelQuery(text='x'))
        assert [model.id for model in page.models] == [1, 2] and page.broken == 4

    def test_models_that_come_twice_are_taken_once(self, odd, api):
        first = {'items': [{'id': 1}, {'id': 1}, {'id': 2}], 'metadata': {'nextCursor': 'a|b'}}
        server = odd(first, {'items': [{'id': 2}, {'id': 3}], 'metadata': {}})
        pages = list(api.search_models(ModelQuery(text='x')))
        assert [[model.id for model in page.models] for page in pages] == [[1, 2], [3]]
        assert [page.broken for page in pages] == [0, 0]
        assert server.seen[1][1] == '/api/v1/models?limit=100&query=x&cursor=a%7Cb'

    @pytest.mark.parametrize('body', [[], {}, {'items': {}}, {'error': 'x'}, {'items': None}])
    def test_what_is_no_list(self, odd, api, body):
        odd(body)
        with pytest.raises(UnexpectedBody):
            list(api.search_models(ModelQuery(text='x')))
