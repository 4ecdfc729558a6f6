"""Browsing the demo catalogue: what is found, what is left out, what is remembered."""

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.base_models import BASE_MODELS
from civitai_manager_libs.domain.browse_filters import BLUR, SHOW, BrowseFilters
from civitai_manager_libs.domain.search import ModelQuery
from civitai_manager_libs.library.listing import PAGE_SIZE

from .support.catalogue import EVER
from .support.recorded import NEEDS_SAMPLES, SAMPLES

PLAIN, MATURE = SPECIAL['plain'], SPECIAL['mature']
LISTS = '/api/v1/models'


def query(**given):
    return ModelQuery(period='AllTime', **given)


def asked(demo):
    """The query of each request for a list."""
    return [record.query for record in demo.requests.of('api', LISTS)]


class TestFound:
    def test_cards(self, stock):
        [page] = stock.pages(query(text='moss'))
        [card] = page.cards
        assert (card.model_id, card.type, card.creator) == (PLAIN.model_id, 'LORA', 'garden_path')
        assert card.version_id == PLAIN.version_id and card.size and card.cover is not None
        assert not page.more and page.since is None and page.problem is None

    def test_several_types_are_repeated(self, stock, demo):
        assert sorted(stock.found(query(types=('VAE', 'Upscaler')))) == [1009, 1011]
        assert asked(demo)[0]['types'] == ['VAE', 'Upscaler']

    def test_all_pages_each_model_once(self, stock, demo, monkeypatch):
        whole = stock.found()
        monkeypatch.setattr('civitai_manager_libs.library.listing.PAGE_SIZE', 7)
        pages = stock.pages()
        found = [card.model_id for page in pages for card in page.cards]
        assert found == whole and len(set(found)) == len(found) > 25
        assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]

    def test_pages_are_asked_for_as_they_are_taken(self, stock, demo, monkeypatch):
        monkeypatch.setattr('civitai_manager_libs.library.listing.PAGE_SIZE', 5)
        pages = stock.catalogue.pages(BrowseFilters(EVER))
        assert len(next(pages).cards) == 5 and len(asked(demo)) == 1

    def test_the_size_of_a_page(self, stock, demo):
        stock.found()
        assert asked(demo)[0]['limit'] == [str(PAGE_SIZE)]

    def test_adult_content(self, stock, demo):
        assert MATURE.model_id not in stock.found()
        assert 'nsfw' not in asked(demo)[0]
        for adult in (BLUR, SHOW):
            assert MATURE.model_id in stock.found(adult=adult)
        assert asked(demo)[-1]['nsfw'] == ['true']

    def test_adult_content_that_a_server_lists_unasked(self, stock, listed):
        listed([{'id': 1, 'nsfwLevel': 28}, {'id': 2, 'nsfwLevel': 29}, {'id': 3}])
        [page] = stock.pages()
        assert [card.model_id for card in page.cards] == [2, 3] and page.left_out == 1
        assert stock.found(adult=BLUR) == [1, 2, 3]


class TestLeftOut:
    def test_what_is_installed_or_seen(self, stock):
        whole = stock.found()
        stock.installed.add(whole[0])
        stock.catalogue.open(str(whole[1]))
        assert stock.found() == whole
        [page] = stock.pages(hide_installed=True, hide_seen=True)
        assert [card.model_id for card in page.cards] == whole[2:] and page.left_out == 2
        marks = stock.catalogue.marks(whole)
        assert (marks.installed, marks.seen) == ({whole[0]}, {whole[1]})
        stock.saved.add(whole[2])
        assert stock.catalogue.marks(whole).saved == {whole[2]}
        assert stock.catalogue.marks([]).installed == frozenset()

    def test_a_version_pasted_marks_its_model(self, stock):
        stock.catalogue.open(f'https://civitai.com/api/download/models/{PLAIN.version_id}')
        assert stock.catalogue.marks([PLAIN.model_id]).seen == {PLAIN.model_id}

    @pytest.mark.parametrize(
        'kind, name', [('model', '1004'), ('creator', ' Garden_Path'), ('tag', 'NATURE')]
    )
    def test_what_is_hidden_stays_hidden(self, stock, kind, name):
        assert PLAIN.model_id in stock.found()
        stock.catalogue.hide(kind, name, 'Moss Garden')
        assert PLAIN.model_id not in stock.found()
        [hidden] = stock.catalogue.hidden()
        assert (hidden.kind, hidden.name, hidden.label) == (kind, name, 'Moss Garden')
        stock.catalogue.unhide(kind, name)
        assert PLAIN.model_id in stock.found() and stock.catalogue.hidden() == []

    def test_pages_of_nothing_but_that_are_not_the_end(self, stock, monkeypatch):
        whole = stock.found()
        monkeypatch.setattr('civitai_manager_libs.library.listing.PAGE_SIZE', 3)
        stock.installed.update(whole[:20])
        pages = stock.pages(hide_installed=True)
        assert [card.model_id for page in pages for card in page.cards] == whole[20:]
        assert not pages[0].cards and pages[0].more and pages[0].left_out == 15
        assert sum(page.left_out for page in pages) == 20
        assert all(page.cards for page in pages[1:])

    def test_everything(self, stock):
        stock.installed.update(stock.found())
        [page] = stock.pages(hide_installed=True)
        assert not page.cards and not page.more and page.left_out == len(stock.installed)


class TestRemembered:
    def test_filters(self, stock):
        assert stock.catalogue.filters() == BrowseFilters()
        wanted = query(text='動漫', types=('LORA', 'LoCon'), tag='a', sort='Newest')
        wanted = BrowseFilters(wanted, BLUR, True)
        stock.catalogue.remember(wanted)
        assert stock.catalogue.filters() == wanted
        stock.browsing.remember('browse.filters', ['junk'])
        assert stock.catalogue.filters() == BrowseFilters()

    def test_base_models(self, stock, demo):
        assert stock.catalogue.known_base_models() == BASE_MODELS and len(BASE_MODELS) > 90
        names = stock.catalogue.base_models()
        assert 'SD 1.5' in names and names != BASE_MODELS
        demo.stop()
        assert stock.catalogue.base_models() == stock.catalogue.known_base_models() == names

    def test_base_models_of_a_server_that_has_none(self, stock, demo):
        for body in ('[]', '{}', '{"BaseModel": 7}', '{"BaseModel": [7, null, ""]}', '<html>'):
            demo.faults.clear()
            demo.faults.add('status', status=200, path='/enums', body=body)
            assert stock.catalogue.base_models() == BASE_MODELS
        demo.faults.clear()
        demo.faults.add('status', status=404, path='/enums')
        assert stock.catalogue.base_models() == BASE_MODELS


class TestLinks:
    @pytest.mark.parametrize(
        'text',
        [
            'https://civitai.com/models/1004/moss?modelVersionId=2007',
            'civitai.red/models/1004',
            'https://civitai.com/api/download/models/2007',
            'urn:air:sdxl:lora:civitai:1004@2007',
            '1004@2007',
            '257749',
            'a' * 64,
        ],
    )
    def test_of_models(self, stock, text):
        assert stock.catalogue.is_link(text)

    @pytest.mark.parametrize(
        'text',
        ['', 'moss', '動漫', '2049', 'deadbeef', 'SDXL 1.0', 'civitai.com/user/ann', '\ud800']
        + ['https://example.com/models/5', 'huggingface.co/a/b', '0' * 5000],
    )
    def test_of_something_else(self, stock, text):
        assert not stock.catalogue.is_link(text)

    @pytest.mark.parametrize(
        'text, kind',
        [
            ('https://civitai.com/images/5001', 'image'),
            ('civitai.com/posts/900', 'post'),
            ('https://civitai.com/collections/12', 'collection'),
            ('https://civitai.com/articles/3/words', 'article'),
            ('https://civitai.com/pricing', 'page'),
            ('urn:air:sdxl:lora:huggingface:a/b', 'air'),
            ('https://huggingface.co/a/b/resolve/main/c.safetensors', None),
            ('https://huggingface.co/a/b', None),
        ],
    )
    def test_of_neither(self, stock, text, kind):
        error = stock.catalogue.stray_link(text)
        assert error.code == ('target_unsupported' if kind else 'target_unknown')
        assert error.details.get('kind') == kind

    @pytest.mark.parametrize(
        'text',
        ['', 'moss', '動漫', '2049', 'deadbeef', 'SDXL 1.0', '\ud800', '0' * 5000, 'a: b'],
    )
    def test_words_and_what_can_be_shown_are_no_stray(self, stock, text):
        assert stock.catalogue.stray_link(text) is None
        for shown in ('civitai.com/user/ann/models', 'https://civitai.com/models/1004'):
            assert stock.catalogue.stray_link(shown) is None

    def test_of_searches(self, stock):
        before = BrowseFilters(ModelQuery(text='old', sort='Newest', period='Day'), SHOW, True)
        after = stock.catalogue.linked_filters('civitai.com/user/ann/models', before)
        assert after == BrowseFilters(
            ModelQuery(username='ann', sort='Newest', period='AllTime'), SHOW, True
        )
        after = stock.catalogue.linked_filters('https://civitai.com/tag/pixel%20art', before)
        assert after.query.tag == 'pixel art'
        for text in ('moss', 'civitai.com/models/1004', '', '7'):
            assert stock.catalogue.linked_filters(text, before) is None


@NEEDS_SAMPLES
def test_recorded_models(recorded, stock, fresh_settings):
    fresh_settings(civitai_base_url=recorded.base_url)
    found = stock.found(adult=SHOW)
    assert len(found) >= len(list(SAMPLES.glob('model-[0-9]*.json')))
    for number in found:
        opened = stock.catalogue.open(str(number))
        assert opened.record.model_id == number and opened.model.name
        assert stock.records.get(number) == opened.record
