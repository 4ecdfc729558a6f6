"""The desk of the Gallery tab over a shelf that the test makes up."""

import json

import pytest

from civitai_manager_libs.errors import GalleryUnknown, NotFound, TimedOut
from civitai_manager_libs.memory import guard
from civitai_manager_libs.ui import gallery_session
from civitai_manager_libs.ui import visits as visits_module
from civitai_manager_libs.ui.browsers import OpenPage
from civitai_manager_libs.ui.gallery_desk import GalleryDesk
from civitai_manager_libs.ui.queue_desk import Refused
from tests.support.gallery import picture
from tests.support.rows import plain

EVIL = '<img src=x onerror="alert(1)">\'"&'


@pytest.fixture
def bench(gallery_bench):
    return gallery_bench


@pytest.fixture
def visitor(bench):
    return bench.visitor()


@pytest.fixture
def looking(visitor):
    """Somebody who looks at a model's pictures."""
    visitor.click('open', text='model Silk Tide')
    return visitor


class TestSource:
    def test_before_anything_is_opened(self, visitor):
        assert 'Look at pictures' in visitor.part('nothing')
        assert visitor.shown == [] and visitor.part('bar') == ''

    def test_what_is_opened_shows_its_pictures(self, looking):
        state = looking.state
        assert (state['name'], state['kind'], state['current']) == ('Silk Tide', 'Model', 1)
        assert looking.shown == [1, 2, 3, 4, 5]
        assert looking.detail.shown == [1]
        assert plain(looking.part('count')) == '0 selected · 5 loaded'

    def test_nothing_waits_for_the_network(self, bench, visitor):
        bench.at_once = False
        visitor.click('open', text='model Silk Tide')
        assert visitor.state['finding'] == 'model Silk Tide'
        assert 'Loading pictures' in visitor.part('nothing')
        bench.run()
        assert visitor.shown == [1, 2, 3, 4, 5]

    def test_what_was_opened_last_wins(self, bench, visitor):
        bench.at_once = False
        visitor.click('open', text='model Old')
        visitor.click('open', text='model New')
        late, soon = bench.waiting
        bench.waiting.clear()
        soon()
        bench.run()
        late()
        assert visitor.state['name'] == 'New' and not bench.waiting

    def test_what_is_not_there_is_said_and_the_rest_stays(self, bench, looking):
        bench.shelf.problems.append(NotFound(what='model 9'))
        looking.click('open', text='model Gone')
        assert 'model 9' in plain(looking.part('problem'))
        assert 'stays here' in looking.part('problem')
        assert looking.shown == [1, 2, 3, 4, 5] and looking.state['name'] == 'Silk Tide'
        looking.click('again')
        assert looking.state['name'] == 'Gone' and looking.part('problem') == ''

    def test_asking_again_is_offered_only_where_it_may_help(self, bench, looking):
        bench.shelf.problems.append(GalleryUnknown(text='zzz'))
        looking.click('open', text='zzz')
        assert 'a creator' in looking.part('problem')
        assert 'gallery:again' not in looking.part('problem')
        bench.shelf.problems.append(NotFound(what='model 9'))
        looking.click('open', text='model 9')
        assert 'gallery:again' in looking.part('problem')

    def test_what_nobody_has_expected_is_said_and_can_be_tried_again(self, bench, looking, caplog):
        bench.shelf.problems.append(KeyError('odd'))
        looking.click('open', text='model Gone')
        assert looking.state['finding'] == '' and 'inside the program' in looking.part('problem')
        assert [record for record in caplog.records if record.exc_info] != []
        looking.click('again')
        assert looking.state['name'] == 'Gone' and looking.part('problem') == ''

    def test_a_page_of_pictures_that_nobody_can_read_is_said_too(self, bench, visitor, caplog):
        bench.shelf.lists.append([picture(6)])
        visitor.click('open', text='model Silk Tide')
        bench.shelf.problems.append(KeyError('odd'))
        visitor.click('more')
        assert visitor.shown == [1, 2, 3, 4, 5] and 'inside the program' in visitor.part('problem')
        assert [record for record in caplog.records if record.exc_info] != []
        visitor.click('again')
        assert visitor.shown == [1, 2, 3, 4, 5, 6] and visitor.part('problem') == ''

    def test_cleared_it_is_as_at_the_beginning(self, looking):
        looking.click('clear')
        assert looking.shown == [] and looking.state['name'] == ''
        assert 'Look at pictures' in looking.part('nothing')

    def test_an_empty_field_opens_nothing(self, visitor):
        visitor.click('open', text='  ')
        assert visitor.state['finding'] == ''

    def test_foreign_names_are_text(self, bench, visitor):
        bench.shelf.lists = [[picture(1, username=EVIL)]]
        visitor.click('open', text=f'creator {EVIL}')
        for name, made in visitor.parts().items():
            if not name.startswith(('gallery-state', 'gallery-strip')):
                assert '<img' not in made, name
        assert visitor.state['name'] == EVIL


class TestFilter:
    def test_only_the_ratings_that_are_wanted_are_asked_for(self, bench, looking):
        assert bench.shelf.queries[-1][0].levels == ('None', 'Soft')
        looking.click('level', 'Mature')
        assert bench.shelf.queries[-1][0].levels == ('None', 'Soft', 'Mature')
        looking.click('level', 'X')
        assert bench.shelf.queries[-1][0].levels is None  # all, and what nobody has rated
        looking.click('level', 'None')
        assert bench.shelf.queries[-1][0].levels == ('Soft', 'Mature', 'X')

    def test_what_is_not_mild_has_a_veil(self, bench, visitor):
        bench.shelf.lists = [
            [picture(1), picture(2, 2), picture(4, 4), picture(8, 8), picture(9, 0)]
        ]
        visitor.click('open', text='model Silk Tide')
        items = json.loads(visitor.part('strip-0'))['items']
        assert [item['veil'] for item in items] == [False, False, True, True, True]

    def test_newest_first_is_another_list(self, bench, looking):
        before = looking.state['number']
        looking.click('sort', value='newest')
        assert bench.shelf.queries[-1][0].sort == 'Newest'
        assert looking.state['number'] > before
        looking.click('sort', value='newest')
        assert len(bench.shelf.queries) == 2

    def test_nothing_found_says_what_to_loosen(self, bench, visitor):
        bench.shelf.lists = [[]]
        visitor.click('open', text='model Silk Tide')
        assert 'PG, PG-13' in plain(visitor.part('nothing'))
        visitor.click('loosen')
        assert bench.shelf.queries[-1][0].levels is None
        assert plain(visitor.part('nothing')) == 'There are no pictures here.'

    def test_without_any_rating_nothing_is_asked_for(self, bench, looking):
        looking.click('level', 'None')
        asked = len(bench.shelf.queries)
        looking.click('level', 'Soft')
        assert len(bench.shelf.queries) == asked
        assert 'No rating is chosen' in looking.part('nothing')


class TestPages:
    @pytest.fixture
    def shelf(self, bench):
        bench.shelf.lists = [[picture(1), picture(2)], [], [picture(2), picture(3)], [picture(4)]]
        return bench.shelf

    def test_a_further_page_leaves_the_first_alone(self, shelf, looking):
        first = looking.parts()['gallery-strip-0']
        looking.click('more')
        parts = looking.parts()
        assert parts['gallery-strip-0'] is first
        assert looking.shown == [1, 2, 3]  # past an empty page, none twice
        looking.click('more')
        assert looking.shown == [1, 2, 3, 4]
        assert not looking.state['more'] and 'That is all 4' in looking.part('end')

    def test_only_one_page_is_on_its_way(self, bench, shelf, looking):
        bench.at_once = False
        looking.click('more')
        looking.click('more')
        assert len(bench.waiting) == 1
        assert 'Loading more' in looking.part('end')
        bench.run()
        assert looking.shown == [1, 2, 3]

    def test_when_the_network_is_gone_what_came_stays(self, shelf, looking):
        shelf.problems.append(TimedOut(host='civitai.com', seconds=30))
        looking.click('more')
        assert looking.shown == [1, 2]
        assert 'civitai.com' in plain(looking.part('problem'))
        assert not looking.state['more']  # or it would be asked for all the time
        looking.click('again')
        assert looking.shown == [1, 2, 3]
        assert shelf.queries[-1][1] == '1'  # from where it was

    def test_a_page_of_an_older_list_is_dropped(self, bench, shelf, looking):
        bench.at_once = False
        looking.click('more')
        (late,) = bench.waiting
        bench.waiting.clear()
        looking.click('sort', value='newest')
        bench.run()
        late()
        assert looking.shown == [1, 2]


class TestLarge:
    def test_another_picture(self, looking):
        looking.parts()
        looking.click('show', 3)
        looking.parts()
        looking.click('show', 99)
        looking.parts()
        assert looking.state['current'] == 3 and looking.detail.shown == [1, 3]

    def test_what_is_clicked_beside_it_goes_to_the_detail(self, looking):
        looking.parts()
        assert looking.click('detail-get', '7', 'v', 't') == {'field': 'x'}
        assert looking.detail.done == [('detail-get', '7', 'v', 't')]

    @pytest.mark.parametrize(
        'clicked', [('show', 1), ('open', '', 'creator lumenfield'), ('clear',)], ids=lambda o: o[0]
    )
    def test_what_is_asked_for_takes_the_place_of_a_dropped_one(self, looking, clicked):
        looking.parts()
        looking.detail.dropped = True
        looking.click(*clicked)
        assert looking.detail.done[0][0] == 'detail-close'

    def test_one_that_did_not_come_is_tried_again(self, bench, looking):
        assert looking.part('fresh') == '{}'
        looking.click('picture-again', 2)
        assert 'https://image.civitai.com/x/2/' in bench.shelf.forgotten[-1]
        assert json.loads(looking.part('fresh')) == {'2': '/pictures/2?width=320'}


class TestPagesOfBrowsers:
    def test_two_browsers_have_their_own(self, bench, looking):
        other = bench.visitor()
        other.click('open', text='creator lumenfield')
        other.click('select', 2, 'on')
        assert other.state['name'] == 'lumenfield' and looking.state['name'] == 'Silk Tide'
        assert looking.state['selected'] == []

    def test_under_another_tab_nothing_is_sent(self, bench, looking):
        looking.page.tab = 'downloads'
        assert looking.parts() == {}
        assert bench.desk.parts(OpenPage(None, 'downloads')) == {}


class TestFolder:
    def test_of_a_picture_that_is_gone(self, bench, looking):
        looking.click('download-one', 1)
        bench.shelf.end()
        assert 'open-folder' in looking.part('work-do')
        with pytest.raises(Refused):
            looking.click('open-folder')

    def test_not_from_another_machine(self, bench, looking):
        bench.around.local = lambda: False
        looking.click('download-one', 1)
        bench.shelf.end()
        assert 'open-folder' not in looking.part('work-do')
        assert looking.click('open-folder') is None


class TestMemory:
    def test_a_page_holds_so_many_and_no_more(self, bench, looking, monkeypatch):
        monkeypatch.setattr(gallery_session, 'MOST_LOADED', 10)
        bench.shelf.lists = [[picture(10 * page + n) for n in range(5)] for page in range(4)]
        looking.click('open', text='model Many')
        while looking.state['more']:
            looking.click('more')
        looking.click('more')
        assert len(looking.shown) == 10
        assert '10 pictures are loaded' in plain(looking.part('end'))

    def test_pages_that_were_left_let_go_of_their_pictures(self, bench):
        visitors = [bench.visitor() for _ in range(40)]
        for visitor in visitors:
            visitor.click('open', text='model Silk Tide')
            visitor.parts()
        bench.visitor().click('open', text='model Silk Tide')
        held = [one for one in visitors if bench.desk._visits.get(one.page).session.pages]
        assert held == visitors[-16:]
        assert visitors[0].shown == [] and 'Look at pictures' in visitors[0].part('nothing')

    def test_it_is_counted_and_goes_when_memory_is_short(self, bench, looking, monkeypatch):
        assert guard.accounts()['galleries'] > 5 * 2_000
        visits = bench.desk._visits
        visits.shrink()
        assert looking.shown, 'somebody looks at it'
        monkeypatch.setattr(visits_module, '_RESTS_SECONDS', 0.0)
        visits.shrink()
        assert looking.shown == [] and visits.size() == 0


def test_links_to_try_are_opened_by_a_click(bench):
    desk = GalleryDesk(
        bench.shelf,
        bench.shelf,
        bench.desk._detail,
        bench.desk._stills,
        bench.around,
        examples=lambda: [('model Silk Tide', EVIL)],
    )
    bench.desk = desk
    visitor = bench.visitor()
    made = visitor.part('nothing')
    assert 'data-cs-value="model Silk Tide"' in made and EVIL not in made


class TestAfterALinkThatLedNowhere:
    def test_the_pictures_go_on(self, bench, looking):
        bench.shelf.lists = [[picture(n)] for n in (1, 2, 3)]
        looking.click('open', text='model Silk Tide')
        bench.shelf.problems = [NotFound(what='model 9')]
        looking.click('open', text='model 9')
        assert 'model 9' in looking.part('problem') and looking.state['more']
        assert 'again' not in looking.part('end')
        looking.click('more')
        assert looking.shown == [1, 2] and 'model 9' in looking.part('problem')
        looking.click('again')
        assert looking.part('problem') == ''

    def test_nothing_is_not_all_of_nothing(self, bench, visitor):
        bench.shelf.lists = [[]]
        visitor.click('open', text='creator nobody')
        assert visitor.part('end') == '' and 'No pictures' in visitor.part('nothing')
