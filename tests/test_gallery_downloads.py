"""Downloads of the Gallery tab: what is ordered, how far it is, what is said of it in the end."""

import json

import pytest

from civitai_manager_libs.errors import DiskFull, TimedOut
from civitai_manager_libs.util import OwnThread
from tests.support.command import eventually
from tests.support.gallery import picture
from tests.support.rows import plain


@pytest.fixture
def bench(gallery_bench):
    return gallery_bench


@pytest.fixture
def looking(bench):
    visitor = bench.visitor()
    visitor.click('open', text='model Silk Tide')
    return visitor


def ordered(bench):
    return [number for ids, _ in bench.shelf.ordered for number in ids]


class TestOrdering:
    def test_one_the_selection_and_the_page(self, bench, looking):
        looking.click('download-one', 2)
        assert ordered(bench) == [2] and bench.shelf.ordered[0][1].model_id == 7
        for number in (4, 3):
            looking.click('select', number, 'on')
        assert 'Download 2 selected' in plain(looking.part('do'))
        looking.click('download-selected')
        assert ordered(bench) == [2, 4, 3] and looking.state['selected'] == []
        looking.click('download-page')
        assert ordered(bench)[3:] == [1, 2, 3, 4, 5]

    def test_selecting_none(self, looking):
        looking.click('select', 4, 'on')
        looking.click('select', 4, 'off')
        looking.click('select', 99, 'on')
        assert looking.state['selected'] == []
        looking.click('select', 4, 'on')
        looking.click('select-none')
        assert looking.state['selected'] == []

    def test_the_page_is_that_of_the_large_picture(self, bench, looking):
        bench.shelf.lists = [[picture(1), picture(2)], [picture(3)]]
        looking.click('sort', value='newest')
        looking.click('more')
        looking.click('show', 3)
        looking.click('download-page')
        assert ordered(bench) == [3]

    def test_all_asks_once_how_many(self, bench, looking):
        looking.click('ask-all')
        assert 'How many' in plain(looking.part('note'))
        looking.click('keep')
        assert looking.part('note') == '' and ordered(bench) == []

    @pytest.mark.parametrize(('amount', 'count'), [('100', 3), ('2', 2), ('all', 3)])
    def test_all_goes_on_to_further_pages(self, bench, looking, amount, count):
        bench.shelf.lists = [[picture(1), picture(2)], [], [picture(3)]]
        looking.click('download-all', amount)
        assert ordered(bench) == [1, 2, 3][:count]

    def test_no_more_is_ordered_than_is_fetched_soon(self, bench, looking, fresh_settings):
        fresh_settings(images_max_concurrent=1)
        bench.at_once = False
        looking.click('download-page')
        (job,) = bench.waiting
        thread = OwnThread(target=job)
        thread.start()
        eventually(lambda: len(ordered(bench)) == 3, 'the first few')
        assert looking.part('work') == 'Downloading 0 of 5 pictures'
        bench.shelf.end('done', 1)
        eventually(lambda: len(ordered(bench)) == 4, 'another one')
        looking.click('stop')
        thread.join()
        bench.shelf.end()
        assert looking.part('work') == '4 of 5 pictures downloaded · 1 not fetched'

    def test_stopped_before_anything_was_begun(self, bench, looking):
        bench.at_once = False
        looking.click('download-page')
        (job,) = bench.waiting
        looking.click('stop')
        job()
        assert ordered(bench) == []
        assert looking.part('work') == '0 of 5 pictures downloaded · 5 not fetched'


class TestProgress:
    def test_it_counts_what_is_done_and_what_failed(self, bench, looking):
        looking.click('download-page')
        assert looking.part('work') == 'Downloading 0 of 5 pictures'
        bench.shelf.end('done', 1, 2)
        bench.shelf.end('failed', 3)
        assert looking.part('work') == 'Downloading 2 of 5 pictures · 1 failed'
        assert 'width:60.0%' in looking.part('work-bar')
        assert json.loads(looking.part('marks'))['3'] == 'failed'
        assert looking.cards == []
        bench.shelf.end()
        assert looking.part('work') == '4 of 5 pictures downloaded · 1 failed'

    def test_when_some_have_failed_it_is_said_once(self, bench, looking):
        looking.click('download-page')
        bench.shelf.end('failed', 3, problem=TimedOut(host='image.civitai.com', seconds=30))
        bench.shelf.end()
        (card,) = looking.cards
        assert 'could not be downloaded (1)' in card and 'image.civitai.com' in card
        assert len(looking.cards) == 1
        assert looking.shown == [1, 2, 3, 4, 5]
        assert '4 of 5' in looking.part('live')

    def test_trying_again_takes_only_what_failed(self, bench, looking):
        looking.click('download-page')
        bench.shelf.end('failed', 3)
        bench.shelf.end()
        assert looking.cards
        looking.click('retry')
        assert len(bench.shelf.retried) == 1 and looking.cards == []
        assert looking.part('work') == 'Downloading 4 of 5 pictures'
        bench.shelf.end()
        assert looking.part('work') == '5 of 5 pictures downloaded' and looking.cards == []

    def test_until_it_has_begun_anew_it_counts_as_on_its_way(self, bench, looking):
        looking.click('download-one', 3)
        bench.shelf.end('failed')
        assert looking.cards
        bench.at_once = False
        looking.click('retry')
        assert looking.cards == [] and looking.part('work') == 'Downloading 0 of 1 pictures'

    def test_what_could_not_be_ordered_is_said(self, bench, looking):
        bench.shelf.refusal = DiskFull(path='/x', free=1, needed=2)
        looking.click('download-page')
        (card,) = looking.cards
        assert 'could not be downloaded' in card and '/x' in card
        assert looking.part('work-bar') == ''

    def test_it_is_told_under_another_tab_too(self, bench, looking):
        looking.click('download-page')
        looking.page.tab = 'monitor'
        bench.shelf.end('failed')
        assert 'could not be downloaded (5)' in looking.cards[0]

    def test_read_and_closed_it_is_gone(self, bench, looking):
        looking.click('download-one', 1)
        looking.click('forget')
        assert looking.part('work') != ''  # not before it is over
        bench.shelf.end()
        assert 'gallery:forget' in looking.part('work-do')
        looking.click('forget')
        assert looking.part('work') == '' and bench.shelf.forgotten == ['0']

    def test_no_room_on_the_disk_counts_as_failed(self, bench, looking):
        looking.click('download-one', 1)
        bench.shelf.end('paused', problem=DiskFull(path='/x', free=1, needed=2))
        assert 'Retry 1' in plain(looking.part('work-do'))
