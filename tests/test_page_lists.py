"""A creator's link, or a list's, on the page: its plan is shown first, then queued in one go."""

import json
import threading

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.ui.queue_desk import Refused
from tests.support.command import eventually
from tests.support.rows import plain

pytestmark = pytest.mark.usefixtures('english')

CREATOR = 'https://civitai.com/user/garden_path'
PLAIN = SPECIAL['plain']


@pytest.fixture
def visitor(demo, open_desk):
    return open_desk().visitor()


def card(visitor):
    """What the one card says now, and its markup."""
    visitor.poll()
    (html,) = (visitor.has['choices'][key] for key in keys(visitor))
    return plain(html), html


def keys(visitor):
    return visitor.has['orders']['choices'][0]['keys']


def read(visitor, text=None):
    """Wait until the list is read; what its card says then. ``text`` is pasted first."""
    if text is not None:
        visitor.click('look', text=text)

    def done():
        words, html = card(visitor)
        return words if 'aria-busy' not in html else None

    return eventually(done, 'the list is read')


def queued(bench):
    return [task.order for task in bench.store.all()]


class TestPlan:
    def test_a_creator_is_one_card_with_all_that_would_come(self, visitor):
        said = read(visitor, CREATOR)
        assert said.startswith('All models of garden_path civitai.com/user/garden_path')
        assert '5 models · 5 files · 6 MB' in said and 'LORA 4' in said
        assert plain(visitor.part('main')) == 'Add to queue · 5 items · 6 MB'

    def test_what_cannot_be_had_is_told_with_its_reason(self, visitor):
        said = read(visitor, 'https://civitai.com/tag/style')
        assert '2 left out pixelKiln_v1.pt: can run code' in said
        assert 'Taken Down v1: The version v1 was archived' in said

    def test_what_is_here_already_is_not_queued_again(self, bench, visitor):
        bench.fetch(f'https://civitai.com/models/{PLAIN.model_id}')
        before = len(queued(bench))
        assert '1 here already · 4 to download' in read(visitor, CREATOR)
        visitor.click('add', text=CREATOR)
        eventually(lambda: len(queued(bench)) == before + 4, 'all others are queued')
        assert len({order.key for order in queued(bench)}) == before + 4
        eventually(lambda: visitor.poll() and not keys(visitor), 'the card is gone')

    def test_a_list_that_is_all_here_leaves_nothing_to_add(self, bench, visitor):
        link = 'https://civitai.com/models?query=moss'
        bench.fetch(f'https://civitai.com/models/{PLAIN.model_id}')
        assert 'Everything is here already' in read(visitor, link)
        with pytest.raises(Refused, match='nothing to add'):
            visitor.click('add', text=link)


class TestOptions:
    def test_the_limit(self, demo, visitor):
        said = read(visitor, 'https://civitai.com/models?sort=Newest')
        assert demo.requests[-1].query['limit'] == ['100'] and 'goes on' not in said
        key = keys(visitor)[0]
        visitor.click('list-limit', key, '20')
        assert 'goes on; these are its first 20 models' in read(visitor)
        asked = len(demo.requests)
        visitor.click('list-limit', key, '7')
        read(visitor)
        assert len(demo.requests) == asked

    def test_all_versions(self, visitor):
        assert '1 model · 1 file' in read(visitor, 'https://civitai.com/models?query=silk+tide')
        visitor.click('list-versions', keys(visitor)[0], 'on')
        assert '1 model · 2 files' in read(visitor)

    def test_adult_content_comes_only_when_asked_for(self, demo, visitor):
        read(visitor, CREATOR)
        assert 'nsfw' not in demo.requests[-1].query
        visitor.click('list-adult', keys(visitor)[0], 'on')
        read(visitor)
        assert demo.requests[-1].query['nsfw'] == ['true']


class TestErrors:
    def test_an_unknown_creator_is_said_and_asked_for_again(self, demo, visitor):
        said = read(visitor, 'https://civitai.com/user/nobody_at_all')
        assert 'no creator “nobody_at_all”' in said and 'Try again' in said
        asked = len(demo.requests)
        visitor.click('look-again', keys(visitor)[0])
        assert 'no creator' in read(visitor) and len(demo.requests) == asked + 1

    def test_an_unknown_tag(self, visitor):
        assert 'gave models of every kind instead' in read(
            visitor, 'https://civitai.com/tag/never_heard'
        )

    def test_what_failed_once_is_read_again(self, demo, visitor, fresh_settings):
        fresh_settings(http_max_retries=0)
        fault = demo.faults.add('status', path='/models', status=503)
        assert 'Try again' in read(visitor, CREATOR)
        demo.faults.remove(fault)
        visitor.click('look-again', keys(visitor)[0])
        assert '5 models · 5 files' in read(visitor)

    def test_a_list_of_other_things_is_refused(self, visitor):
        said = read(visitor, 'https://civitai.com/user/garden_path/images')
        assert 'names no model file' in said and 'Try again' not in said


class TestLong:
    @pytest.fixture
    def endless(self, odd_server, fresh_settings):
        """A server whose lists have no end; it waits before each page but the first two."""
        gate = threading.Event()

        def answer(handler):
            begin = int(handler.path.partition('cursor=')[2] or 0)
            if begin >= 200:
                gate.wait(60)
            items = [{'id': begin + number, 'name': 'm'} for number in range(1, 101)]
            body = {'items': items, 'metadata': {'nextCursor': begin + 100}}
            handler.reply(body=json.dumps(body).encode(), Content_Type='application/json')

        server = odd_server(answer)
        server.gate = gate
        fresh_settings(civitai_base_url=server.url)
        yield server
        gate.set()

    def test_it_counts_while_it_reads_and_ends_when_dropped(self, endless, open_desk):
        visitor = open_desk().visitor()
        visitor.click('look', text=CREATOR)
        (key,) = keys(visitor)
        visitor.click('list-limit', key, 'all')
        eventually(lambda: '200 models' in card(visitor)[0], 'two pages are counted')
        with pytest.raises(Refused, match='still being read'):
            visitor.click('add', text=CREATOR)
        eventually(lambda: 'cursor=200' in endless.seen[-1][1], 'the third is asked for')
        assert visitor.click('drop', key, text=CREATOR)['field'] == ''
        endless.gate.set()
        listing = visitor.desk._threads.listing
        ended = [threading.Event() for _ in range(2)]  # one for each thread: both are free
        for event in ended:
            listing.put(lambda event=event: event.set() or ended[1].wait(60))
        assert all(event.wait(60) for event in ended)
        assert not any('cursor=300' in one[1] for one in endless.seen)
