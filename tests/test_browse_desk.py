"""The Browse tab without a browser: what a page looks for, what it is sent, what clicks do."""

from dataclasses import replace

import pytest

from civitai_manager_libs.domain.browse_filters import BrowseFilters
from civitai_manager_libs.domain.search import ModelQuery
from civitai_manager_libs.errors import (
    ConnectionFailed,
    NotFound,
    TargetUnknown,
    TargetUnsupported,
)
from civitai_manager_libs.ui import browse_session
from tests.support.browse import NOW, card, page_of


def offline():
    return ConnectionFailed(host='civitai.com', reason='refused')


class TestLooking:
    def test_the_first_look_asks_with_the_filters_that_were_left(self, browse_bench):
        browse_bench.shelf.kept = BrowseFilters(ModelQuery(types=('LORA',)), 'blur')
        visitor = browse_bench.visitor()
        assert visitor.shown == [1, 2, 3, 4, 5]
        assert browse_bench.shelf.asked == [browse_bench.shelf.kept]
        assert 'data-cs-id="LORA" aria-pressed="true"' in visitor.part('types')

    def test_another_tab_is_not_served_and_asks_for_nothing(self, browse_bench):
        visitor = browse_bench.visitor()
        visitor.page.tab = 'downloads'
        assert visitor.parts() == {}
        assert browse_bench.shelf.asked == []

    def test_a_filter_begins_another_list_and_is_remembered(self, browse_bench):
        visitor = browse_bench.visitor()
        before = visitor.state['number']
        visitor.click('type', 'LORA')
        visitor.click('base', 'SDXL 1.0', 'on')
        visitor.click('period', 'period', 'Week')
        visitor.click('creator', value=' kiln ')
        filters = browse_bench.shelf.asked[-1]
        assert filters.query.types == ('LORA',)
        assert filters.query.base_models == ('SDXL 1.0',)
        assert (filters.query.period, filters.query.username) == ('Week', 'kiln')
        assert browse_bench.shelf.left[-1] == filters
        assert visitor.state['number'] == before + 4

    def test_what_is_no_filter_changes_nothing(self, browse_bench):
        visitor = browse_bench.visitor()
        visitor.parts()
        for action, item, value in (
            ('type', '<b>', ''),
            ('sort', '', 'Best'),
            ('period', '', 'Eon'),
            ('loosen', 'nonsense', 'x'),
        ):
            visitor.click(action, item, value)
        assert len(browse_bench.shelf.asked) == 1

    def test_more_comes_behind_what_is_there(self, browse_bench):
        browse_bench.shelf.lists = [page_of(1, 2, more=True), page_of(2, 3, 4)]
        visitor = browse_bench.visitor()
        first = visitor.parts()['browse-cards-0']
        assert visitor.state['more']
        visitor.click('more')
        assert visitor.shown == [1, 2, 3, 4]
        assert visitor.parts()['browse-cards-0'] is first
        assert not visitor.state['more']
        assert '4 models' in visitor.part('end')

    def test_where_many_pages_had_nothing_somebody_says_whether_to_search_on(self, browse_bench):
        empty = page_of(more=True, left_out=9)
        browse_bench.shelf.lists = [empty, page_of(7, more=True), empty, empty, page_of(8)]
        visitor = browse_bench.visitor()
        assert visitor.shown == [] and 'Nothing found so far' in visitor.part('nothing')
        assert 'Search on' in visitor.part('end')
        visitor.click('again')
        assert visitor.shown == [7] and visitor.state['more']
        visitor.click('more')
        assert 'Search on' in visitor.part('end') and not visitor.state['more']
        visitor.click('more')  # scrolling does not search on by itself
        assert visitor.shown == [7]
        visitor.click('again')
        visitor.click('again')
        assert visitor.shown == [7, 8] and 'Search on' not in visitor.part('end')
        assert len(browse_bench.shelf.asked) == 1

    def test_a_page_holds_only_so_many(self, browse_bench, monkeypatch):
        monkeypatch.setattr(browse_session, 'MOST_LOADED', 4)
        browse_bench.shelf.lists = [page_of(1, 2, 3, 4, more=True), page_of(5)]
        visitor = browse_bench.visitor()
        visitor.parts()
        visitor.click('more')
        assert visitor.shown == [1, 2, 3, 4]
        assert 'as many as the page shows' in visitor.part('end')

    def test_filters_changed_while_a_page_is_on_its_way(self, browse_bench):
        browse_bench.at_once = False
        visitor = browse_bench.visitor()
        assert visitor.state['busy']
        visitor.click('type', 'VAE')
        browse_bench.shelf.lists = [page_of(8, 9)]
        browse_bench.run()
        assert visitor.shown == [8, 9]
        # The first one was given up before it began.
        assert [one.query.types for one in browse_bench.shelf.asked] == [('VAE',)]

    def test_an_answer_that_comes_too_late_is_not_shown(self, browse_bench):
        shelf, visitor = browse_bench.shelf, browse_bench.visitor()
        visitor.parts()

        def click():  # while the answer of the click before is on its way
            shelf.meanwhile = lambda: None
            shelf.lists = [page_of(7)]
            visitor.click('sort', value='Newest')
            shelf.lists = [page_of(66)]

        shelf.meanwhile = click
        visitor.click('sort', value='Oldest')
        assert visitor.shown == [7]
        assert not visitor.state['busy']

    def test_showing_adult_pictures_that_are_here_asks_nobody(self, browse_bench):
        browse_bench.shelf.kept = BrowseFilters(adult='blur')
        browse_bench.shelf.lists = [replace(page_of(), cards=(card(1, level=8), card(2)))]
        visitor = browse_bench.visitor()
        assert 'cs-veiled' in visitor.drawn
        visitor.click('adult', value='show')
        assert len(browse_bench.shelf.asked) == 1
        assert visitor.marks['1']['veil'] == ''
        assert '2' not in visitor.marks
        visitor.click('adult', value='hide')
        assert len(browse_bench.shelf.asked) == 2


class TestField:
    def test_words_are_searched_for(self, browse_bench):
        visitor = browse_bench.visitor()
        visitor.parts()
        visitor.click('search', text='  動漫 ')
        assert browse_bench.shelf.asked[-1].query.text == '動漫'
        assert 'best match' in visitor.part('sort')

    def test_a_link_opens_its_model_and_leaves_the_list(self, browse_bench):
        visitor = browse_bench.visitor()
        visitor.parts()
        visitor.click('search', text='https://civitai.com/models/7')
        assert visitor.detail.done == ['https://civitai.com/models/7']
        assert visitor.state['opened']
        assert len(browse_bench.shelf.asked) == 1
        visitor.click('close')
        assert not visitor.state['opened']

    def test_the_link_of_a_creator_lists_their_models(self, browse_bench):
        linked = BrowseFilters(ModelQuery(username='kiln'))
        browse_bench.shelf.links['https://civitai.com/user/kiln'] = linked
        visitor = browse_bench.visitor()
        visitor.parts()
        visitor.click('search', text='https://civitai.com/user/kiln')
        assert browse_bench.shelf.asked[-1] == linked

    def test_an_address_of_no_model_is_said_and_pictures_open_in_the_gallery(self, browse_bench):
        strays = browse_bench.shelf.strays
        picture, other = 'https://civitai.com/images/5001', 'https://example.com/a'
        strays[picture] = TargetUnsupported(text=picture, kind='image')
        strays[other] = TargetUnknown(text=other)
        visitor = browse_bench.visitor()
        visitor.parts()
        visitor.click('search', text=picture)
        assert 'names no model file (a picture)' in visitor.part('banner')
        assert f'"browse:gallery" data-cs-id="" data-cs-value="{picture}"' in visitor.part('banner')
        visitor.click('search', text=other)
        assert 'is not a Civitai link' in visitor.part('banner')
        assert 'browse:gallery' not in visitor.part('banner')
        assert len(browse_bench.shelf.asked) == 1 and visitor.shown == [1, 2, 3, 4, 5]
        visitor.click('search', text='moss')
        assert visitor.part('banner') == ''

    @pytest.mark.parametrize('digits', ['1004', ' 1004 ', '１００４'])
    def test_a_short_number_is_searched_for_and_leads_to_the_model_of_that_id(
        self, browse_bench, digits
    ):
        visitor = browse_bench.visitor()
        visitor.parts()
        visitor.click('search', text=digits)
        assert browse_bench.shelf.asked[-1].query.text == digits.strip()
        assert 'Open the model with the ID 1004' in visitor.part('note')
        assert 'data-cs-action="browse:open" data-cs-id="1004"' in visitor.part('note')
        visitor.click('open', '1004')
        assert visitor.detail.done == ['1004'] and visitor.state['opened']

    @pytest.mark.parametrize('words', ['', 'moss', '1004 moss', '1.5', '-5', '0', '9' * 30, '²'])
    def test_other_words_lead_to_none(self, browse_bench, words):
        visitor = browse_bench.visitor()
        visitor.click('search', text=words)
        assert visitor.part('note') == ''

    def test_a_tag_clicked_in_an_opened_model_closes_it(self, browse_bench):
        visitor = browse_bench.visitor()
        visitor.parts()
        visitor.click('open', '3')
        visitor.click('tag', value='style')
        assert not visitor.state['opened']
        assert browse_bench.shelf.asked[-1].query.tag == 'style'

    def test_clicks_in_the_opened_model_are_its_own(self, browse_bench):
        visitor = browse_bench.visitor()
        assert visitor.click('model-copy', 'a', 'b', 'c') == {'field': 'x'}
        assert visitor.detail.done == [('model-copy', 'a', 'b', 'c')]


class TestStates:
    def test_while_searching_there_are_grey_shapes(self, browse_bench):
        browse_bench.at_once = False
        visitor = browse_bench.visitor()
        assert 'Searching' in visitor.part('nothing')
        assert 'Searching' in visitor.part('count')
        browse_bench.run()
        assert visitor.part('nothing') == ''

    def test_nothing_found_names_what_can_be_loosened(self, browse_bench):
        shelf = browse_bench.shelf
        shelf.kept = BrowseFilters(ModelQuery('qqq', types=('VAE',), tag='a"b', period='Week'))
        shelf.lists = [page_of(left_out=3)]
        said = browse_bench.visitor().part('nothing')
        for words in ('“VAE”', 'Tag: a&quot;b', 'Last week', 'adult content', 'search words'):
            assert words in said, words
        assert '3 models fit' in said

    @pytest.mark.parametrize(
        ('item', 'value', 'left'),
        [
            ('type', 'VAE', {'types': ()}),
            ('tag', 'x', {'tag': None}),
            ('period', 'Week', {'period': 'AllTime'}),
            ('text', '', {'text': ''}),
        ],
    )
    def test_loosening_one_leaves_the_others(self, browse_bench, item, value, left):
        query = ModelQuery('qqq', types=('VAE',), tag='x', period='Week')
        browse_bench.shelf.kept = BrowseFilters(query)
        visitor = browse_bench.visitor()
        visitor.parts()
        visitor.click('loosen', item, value)
        assert browse_bench.shelf.asked[-1].query == replace(query, **left)

    def test_an_unknown_tag_is_said_with_others_to_take(self, browse_bench):
        browse_bench.shelf.lists = [page_of(unknown_tag='stlye', nearest_tags=('style',))]
        visitor = browse_bench.visitor()
        assert 'no tag “stlye”' in visitor.part('banner')
        assert 'data-cs-value="style"' in visitor.part('banner')
        assert visitor.part('nothing') == ''

    def test_offline_shows_what_was_kept_and_since_when(self, browse_bench):
        kept = page_of(1, 2, since=NOW, problem=offline())
        browse_bench.shelf.lists = [kept]
        visitor = browse_bench.visitor()
        assert visitor.shown == [1, 2]
        assert 'offline' in visitor.part('banner')
        assert 'kept at' in visitor.part('count')
        # Back again: what is here stays until the new answer is.
        browse_bench.shelf.lists = [page_of(3)]
        browse_bench.at_once = False
        visitor.click('again')
        assert visitor.shown == [1, 2]
        browse_bench.run()
        assert visitor.shown == [3]
        assert visitor.part('banner') == ''

    def test_still_offline_blanks_nothing(self, browse_bench):
        browse_bench.shelf.lists = [page_of(1, 2)]
        visitor = browse_bench.visitor()
        visitor.click('again')
        browse_bench.shelf.lists = [page_of(problem=offline())]
        visitor.bench.desk._visits.of(visitor.page).session.renew()
        assert visitor.shown == [1, 2]
        assert 'What is here stays' in visitor.part('banner')

    def test_nothing_kept_and_nobody_answers(self, browse_bench):
        browse_bench.shelf.lists = [page_of(problem=offline())]
        visitor = browse_bench.visitor()
        assert 'role="status"' in visitor.part('banner')
        assert visitor.part('nothing') == ''
        browse_bench.shelf.lists = [page_of(4)]
        visitor.click('again')
        assert visitor.shown == [4]

    def test_a_page_that_does_not_come_is_asked_for_again(self, browse_bench):
        failed = page_of(more=True, problem=offline())
        browse_bench.shelf.lists = [page_of(1, more=True), failed, page_of(2)]
        visitor = browse_bench.visitor()
        visitor.parts()
        visitor.click('more')
        assert visitor.shown == [1]
        assert not visitor.state['more']
        assert 'browse:again' in visitor.part('end')
        visitor.click('again')
        assert visitor.shown == [1, 2]
        assert visitor.part('banner') == ''

    def test_an_error_of_the_catalogue_is_said(self, browse_bench):
        browse_bench.shelf.lists = [page_of(1, more=True), NotFound(what='x', host='civitai.com')]
        visitor = browse_bench.visitor()
        visitor.parts()
        visitor.click('more')
        assert visitor.shown == [1]
        assert visitor.part('banner')

    def test_a_database_that_cannot_be_read_costs_no_card(self, browse_bench):
        visitor = browse_bench.visitor()
        assert len(visitor.shown) == 5
        browse_bench.shelf.trouble = offline()
        browse_bench.shelf.changes += 1
        assert len(visitor.shown) == 5
        assert visitor.part('banner')
