"""Browsing on bad days: what Civitai does not say, says wrongly, or cannot say at all."""

import json

import pytest
from sqlalchemy import text

from civitai_manager_libs.demo.faults import CHOICES
from civitai_manager_libs.domain.browse_filters import BrowseFilters
from civitai_manager_libs.domain.search import ModelQuery
from civitai_manager_libs.errors import (
    BaseModelUnknown,
    ConnectionFailed,
    FilterUnknown,
    NotFound,
    RequestRefused,
    ServerTrouble,
    StoreLocked,
    UnexpectedBody,
)

from .support.catalogue import EVER

LISTS = '/api/v1/models?'


def query(**given):
    return ModelQuery(period='AllTime', **given)


@pytest.fixture
def small_pages(monkeypatch):
    """Seven models a page."""
    monkeypatch.setattr('civitai_manager_libs.library.listing.PAGE_SIZE', 7)


class TestWrongFilters:
    def test_an_unknown_tag(self, stock):
        [page] = stock.pages(query(tag='pixel arts'))
        assert page.unknown_tag == 'pixel arts' and not page.cards and not page.more
        assert page.nearest_tags == ('pixel art',)

    def test_a_known_tag_in_other_letters(self, stock):
        [page] = stock.pages(query(tag=' Pixel ART '.strip()))
        assert [card.model_id for card in page.cards] == [1008] and not page.unknown_tag

    def test_an_unknown_tag_without_a_list_of_tags(self, stock, demo):
        demo.faults.add('status', status=500, path='/tags')
        [page] = stock.pages(query(tag='no such tag'))
        assert page.unknown_tag == 'no such tag' and page.nearest_tags == ()

    def test_an_unknown_tag_behind_an_empty_page(self, stock, demo):
        demo.faults.add('list', variant='empty_page', times=1)
        assert stock.pages(query(tag='no such tag'))[-1].unknown_tag == 'no such tag'

    def test_models_that_tell_no_tags_prove_nothing(self, stock, listed):
        listed([{'id': 1, 'tags': None}, {'id': 2}])
        [page] = stock.pages(query(tag='moss'))
        assert [card.model_id for card in page.cards] == [1, 2] and not page.unknown_tag

    def test_an_unknown_creator(self, stock):
        [page] = stock.pages(query(username='nobody_at_all'))
        assert isinstance(page.problem, NotFound) and not page.cards and not page.more

    def test_an_unknown_base_model(self, stock):
        [page] = stock.pages(query(base_models=('SDXL 1.1',)))
        assert isinstance(page.problem, BaseModelUnknown)
        assert 'SDXL 1.0' in str(page.problem.details['nearest'])

    def test_a_base_model_without_models(self, stock):
        [page] = stock.pages(query(base_models=('SD 2.1',)))
        assert page.problem is None and not page.cards and not page.more

    def test_an_unknown_type(self, stock, demo):
        [page] = stock.pages(query(types=('LORAs',)))
        assert isinstance(page.problem, FilterUnknown)
        assert not demo.requests.of('api', '/api/v1/models')


@pytest.mark.parametrize(
    'words', ['a\ud800b', '\udcff', '\x00', "'; DROP--", '%', '\u202e', 'x' * 3000]
)
def test_words_of_any_signs(stock, words):
    [page] = stock.pages(query(text=words, tag=words, username=words[:1] and None))
    assert not page.cards


class TestOddPages:
    @pytest.mark.parametrize('variant', ['short_page', 'empty_page', 'int_cursor', 'null_cursor'])
    def test_pages_as_they_come(self, stock, demo, small_pages, variant):
        whole = stock.found()
        demo.faults.add('list', variant=variant, times=1)
        missing = whole[3:7] if variant == 'short_page' else []
        assert stock.found() == [one for one in whole if one not in missing]

    def test_a_circle_ends(self, stock, demo, small_pages):
        demo.faults.add('list', variant='repeat_cursor')
        pages = stock.pages()
        assert pages[-1].astray and not pages[-1].more
        assert len({card.model_id for page in pages for card in page.cards}) == 14

    def test_endless_empty_pages_end(self, stock, listed):
        server = listed(lambda number: ([], f'c{number}'))
        pages = stock.pages()
        assert pages[-1].astray and not pages[-1].more and not any(page.cards for page in pages)
        assert len(server.seen) <= 21

    def test_endless_pages_of_the_same_models_end(self, stock, listed):
        server = listed(lambda number: ([{'id': 1}, {'id': 2}], f'c{number}'))
        assert stock.found() == [1, 2] and len(server.seen) <= 22

    def test_mixed_pages(self, stock, listed):
        listed(
            [{'id': 1, 'name': 'a'}, None, 'x', {'name': 'no id'}, {'id': 1}, {'id': 2, 'tags': 7}]
        )
        [page] = stock.pages()
        assert [card.model_id for card in page.cards] == [1, 2] and page.broken == 3

    @pytest.mark.parametrize('variant', CHOICES[('fields', 'variant')])
    def test_fields_as_they_come(self, stock, demo, variant):
        whole = stock.found()
        demo.faults.add('fields', variant=variant)
        assert stock.found() == whole

    def test_a_cursor_that_does_not_last(self, stock, demo, small_pages):
        whole = stock.found()
        demo.faults.add('status', status=400, path='cursor=', times=1, skip=1)
        pages = stock.pages()
        assert [card.model_id for page in pages for card in page.cards] == whole
        assert all(page.problem is None for page in pages)

    def test_cursors_that_never_last(self, stock, demo, small_pages):
        demo.faults.add('status', status=400, path='cursor=')
        pages = stock.pages()
        assert isinstance(pages[-1].problem, RequestRefused) and not pages[-1].more
        assert sum(len(page.cards) for page in pages) == 7


class TestAway:
    @pytest.mark.parametrize(
        'kind, options, error',
        [
            ('status', {'status': 503}, ServerTrouble),
            ('html_200', {'side': 'api'}, UnexpectedBody),
            ('drop', {'side': 'api'}, ConnectionFailed),
        ],
    )
    def test_the_last_answer_and_since_when(self, stock, demo, kind, options, error):
        whole, since = stock.found(), stock.listings
        fault = demo.faults.add(kind, path='/api/v1/models', **options)
        [page] = stock.pages()
        assert [card.model_id for card in page.cards] == whole and not page.more
        assert isinstance(page.problem, error)
        kept = since.get(stock.api.models_address(EVER, 40))
        assert page.since == kept.fetched and kept.address.startswith(demo.base_url)
        demo.faults.remove(fault)
        [page] = stock.pages()
        assert page.since is None and page.problem is None and len(page.cards) == len(whole)

    def test_a_model_that_was_only_listed(self, stock, demo):
        whole = stock.found()
        demo.stop()
        with pytest.raises(ConnectionFailed):
            stock.catalogue.open(str(whole[0]))
        [page] = stock.pages()
        opened = stock.catalogue.open(f'civitai.com/models/{whole[0]}')
        assert opened.offline and isinstance(opened.problem, ConnectionFailed)
        assert opened.record.fetched == page.since and opened.model.model_versions[0].files
        assert stock.catalogue.open(whole[0]).record == opened.record
        assert stock.records.get(whole[0]) is None  # a list does not tell everything
        with pytest.raises(ConnectionFailed):
            stock.catalogue.open('999999')

    def test_what_is_hidden_is_hidden_then_too(self, stock, demo):
        whole = stock.found()
        stock.catalogue.hide('model', str(whole[0]), '')
        stock.installed.add(whole[1])
        demo.stop()
        assert stock.found(hide_installed=True) == whole[2:]

    def test_another_search_is_not_answered_by_it(self, stock, demo):
        stock.found()
        demo.stop()
        [page] = stock.pages(query(text='moss'))
        assert not page.cards and page.more and page.since is None
        assert isinstance(page.problem, ConnectionFailed)

    def test_in_the_middle_the_next_page_tries_again(self, stock, demo, small_pages):
        whole = stock.found()
        demo.faults.add('status', status=503, path='cursor=', times=2)
        pages = list(stock.catalogue.pages(BrowseFilters(EVER)))
        assert [bool(page.problem) for page in pages[:4]] == [False, True, True, False]
        assert pages[1].more and not pages[1].cards and pages[1].since is None
        assert [card.model_id for page in pages for card in page.cards] == whole

    def test_the_pages_that_had_come_are_kept(self, stock, demo, small_pages):
        pages = stock.catalogue.pages(BrowseFilters(EVER))
        first, second = next(pages), next(pages)
        demo.stop()
        [page] = stock.pages()
        assert page.cards == first.cards + second.cards

    def test_with_the_cache_of_answers(self, stock, demo, fresh_settings, tmp_path):
        stock.client._keep_in(tmp_path / 'answers')
        fresh_settings(http_cache_default_ttl=0)
        whole = stock.found()
        demo.stop()
        pages = stock.pages()
        assert [card.model_id for page in pages for card in page.cards] == whole
        assert pages[0].since is not None

    def test_what_was_kept_and_cannot_be_read(self, stock, demo):
        stock.found()
        with stock.database.write() as connection:
            connection.execute(text("UPDATE listings SET items = x'00ff'"))
        demo.stop()
        [page] = stock.pages()
        assert isinstance(page.problem, ConnectionFailed) and not page.cards

    def test_what_cannot_be_kept_is_shown(self, stock, monkeypatch):
        def locked(listing):
            raise StoreLocked(path='x')

        monkeypatch.setattr(stock.listings, 'put', locked)
        assert stock.found()

    def test_opening_marks_it_though_the_database_is_locked(self, stock, monkeypatch):
        def locked(number):
            raise StoreLocked(path='x')

        monkeypatch.setattr(stock.browsing, 'mark_seen', locked)
        opened = stock.catalogue.open('1004')
        assert isinstance(opened.problem, StoreLocked) and opened.record.model_id == 1004


@pytest.mark.parametrize('body', [[], {}, {'items': {}}, {'error': 'x'}, {'items': None}])
def test_what_is_no_list(stock, listed, body):
    listed(json.dumps(body))
    [page] = stock.pages()
    assert isinstance(page.problem, UnexpectedBody) and page.more and not page.cards
