"""What clicks on the queue do, without a browser: over the real engine and its database."""

import os
import sys
import time

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import Gone
from civitai_manager_libs.transfers.owner import this_process
from civitai_manager_libs.ui.first_links import first_targets
from civitai_manager_libs.ui.nearness import asked_with, is_near
from civitai_manager_libs.ui.queue_desk import Refused
from tests.support.command import eventually
from tests.support.engine import new_download
from tests.support.rows import plain


@pytest.fixture
def put(bench):
    """``put(state, **values)`` queues a made-up download and brings it into that state."""
    numbers = iter(range(1, 10_000))

    def one(state=State.QUEUED, **values):
        folder = str(bench.downloads / 'Lora')
        order = new_download(next(numbers), folder=folder, name='Moss')
        (task,) = bench.store.add([order], lambda task: True)
        if state is State.QUEUED and not values:
            return task.id
        claimed = bench.store.claim(this_process(), lambda found: True, [task.id])
        if values:
            bench.store.beat(claimed, State.RUNNING, **values)
        if state is State.DONE:
            bench.store.finish(claimed, path=f'{folder}/{order.file_name}', verified=True)
        elif state is State.FAILED:
            bench.store.fail(claimed, state, Gone(what='x'))
        elif state is not State.RUNNING:
            bench.store.release(claimed, state)
        return task.id

    return one


def states(bench, *ids):
    return [bench.store.get(number).state.value for number in ids]


class TestSelecting:
    def test_what_is_selected_is_done_to_all_of_it(self, bench, open_desk, put):
        one, two, three = put(), put(State.PAUSED), put(State.FAILED)
        visitor = open_desk().visitor()
        visitor.poll()
        visitor.click('select', f'{one} {two} {three}', 'on')
        visitor.click('select', three, 'off')
        assert visitor.has['page']['selected'] == [one, two]
        assert '2 selected' in plain(visitor.part('selection'))
        visitor.click('resume', 'selected')
        assert states(bench, one, two, three) == ['queued', 'queued', 'failed']
        visitor.click('pause', 'selected')
        assert states(bench, one, two, three) == ['paused', 'paused', 'failed']
        visitor.click('select-none')
        assert visitor.has['page']['selected'] == [] and visitor.part('selection') == ''

    def test_all_of_a_filter_and_only_what_is_seen(self, bench, open_desk, put):
        waiting = [put() for _ in range(55)]
        done = put(State.DONE)
        visitor = open_desk().visitor()
        visitor.click('filter', 'waiting')
        assert len(visitor.keys['waiting']) == 50
        visitor.click('select-all')
        assert visitor.has['page']['selected'] == waiting
        visitor.click('select', done, 'on')
        assert done not in visitor.has['page']['selected']
        visitor.click('more', 'waiting')
        assert len(visitor.keys['waiting']) == 55
        visitor.click('filter', 'done')
        assert visitor.has['page']['selected'] == []

    def test_each_browser_selects_for_itself(self, open_desk, put):
        number, desk = put(), open_desk()
        one, other = desk.visitor('one'), desk.visitor('other')
        one.click('select', number, 'on')
        other.poll()
        assert one.has['page']['selected'] == [number]
        assert other.has['page']['selected'] == []

    def test_the_front_keeps_the_order_of_those_sent_there(self, bench, open_desk, put):
        ids = [put() for _ in range(4)]
        visitor = open_desk().visitor()
        visitor.click('select', f'{ids[1]} {ids[3]}', 'on')
        visitor.click('front', 'selected')
        places = [str(ids[place]) for place in (1, 3, 0, 2)]
        assert visitor.keys['waiting'] == places and visitor.notices == []
        visitor.click('front', ids[1])
        assert 'next in line already' in visitor.notices[0]
        visitor.click('up', ids[0])
        assert visitor.keys['waiting'][1] == str(ids[0])


class TestCancelling:
    def test_it_asks_once_when_bytes_would_be_lost(self, bench, open_desk, put):
        big = put(State.PAUSED, received=5_000_000)
        small, other = put(), put(State.PAUSED, received=7_000_000)
        visitor = open_desk().visitor()
        visitor.click('select', f'{big} {small} {other}', 'on')
        visitor.click('cancel', 'selected')
        assert states(bench, big, small, other) == ['paused', 'queued', 'paused']
        assert 'throws away the 12 MB' in plain(visitor.part('selection'))
        visitor.click('keep', 'selected')
        assert '3 selected' in plain(visitor.part('selection'))
        visitor.click('cancel', 'selected')
        visitor.click('cancel-really', 'selected')
        assert states(bench, big, small, other) == ['cancelled'] * 3
        assert visitor.keys == {} and visitor.has['page']['selected'] == []
        (card,) = visitor.notices
        assert 'Cancelled 3 downloads' in card and 'downloads from the start' in card
        visitor.click('retry', f'{big} {small} {other}')
        assert states(bench, big, small, other) == ['queued'] * 3

    def test_nothing_lost_nothing_asked(self, bench, open_desk, put):
        number = put()
        visitor = open_desk().visitor()
        visitor.click('cancel', number)
        assert states(bench, number) == ['cancelled']
        assert 'from the start' not in visitor.notices[0]


class TestFinished:
    def test_clearing_takes_off_the_list_and_touches_no_file(self, bench, open_desk, put):
        done, other, waiting = put(State.DONE), put(State.DONE), put()
        visitor = open_desk().visitor()
        visitor.click('remove', done)
        assert visitor.keys['today'] == [str(other)]
        visitor.click('clear-finished')
        assert visitor.keys == {'waiting': [str(waiting)]}
        assert bench.store.get(done).state is State.DONE
        assert [plain(card) for card in visitor.notices] == [
            'Taken off the list: 1. The files stay where they are.'
        ] * 2

    def test_a_folder_opens_in_the_file_manager(self, bench, open_desk, put, tmp_path, monkeypatch):
        if sys.platform in ('win32', 'darwin'):
            pytest.skip('platform: the file manager is started in another way there')
        opened = tmp_path / 'opened'
        starter = tmp_path / 'xdg-open'
        starter.write_text(f'#!/bin/sh\necho "$1" > "{opened}"\n', encoding='utf-8')
        starter.chmod(0o755)
        monkeypatch.setenv('PATH', str(tmp_path), prepend=os.pathsep)
        monkeypatch.setenv('DISPLAY', ':0')
        number = put(State.DONE)
        visitor = open_desk(local=is_near).visitor()
        with pytest.raises(Refused, match='not there any more'):
            visitor.click('open-folder', number)
        (bench.downloads / 'Lora').mkdir(parents=True)
        visitor.click('open-folder', number)
        assert opened.read_text(encoding='utf-8').strip() == str(bench.downloads / 'Lora')
        starter.write_text('#!/bin/sh\nexit 3\n', encoding='utf-8')
        answer = visitor.click('open-folder', number)
        assert answer['copy']['text'] == bench.store.get(number).path
        assert 'No file manager' in answer['copy']['said']
        assert 'open-folder' in visitor.has['queue'][str(number)]
        with asked_with({'host': '127.0.0.1:7865', 'x-forwarded-for': '192.0.2.1'}):
            assert 'copy' not in visitor.click('open-folder', number)
            assert 'open-folder' not in visitor.has['queue'][str(number)]

    def test_from_elsewhere_no_folder_opens_here(self, open_desk, put):
        number = put(State.DONE)
        visitor = open_desk().visitor()
        assert 'copy' not in visitor.click('open-folder', number)
        assert 'open-folder' not in visitor.has['queue'][str(number)]


class TestKeepingUp:
    def test_only_what_has_changed_is_read_and_sent(self, bench, open_desk, put):
        ids = [put() for _ in range(300)]
        visitor = open_desk().visitor()
        whole = visitor.poll()
        bench.store.act('pause', [ids[0]])
        visitor.desk._watch.forget()
        assert visitor.poll() < whole / 5
        assert list(visitor.last['changed']['queue']) == [str(ids[50])]  # now among the first 50
        assert visitor.has['orders']['queue'][0]['keys'][0] == str(ids[1])
        visitor.desk._watch.forget()
        assert visitor.poll() < 2000 and 'queue' not in visitor.last['changed']

    def test_one_whose_owner_was_killed_waits(self, bench, open_desk, put, monkeypatch):
        number = put(State.RUNNING, received=5)
        visitor = open_desk().visitor()
        visitor.poll()
        assert visitor.keys == {'running': [str(number)]}
        monkeypatch.setattr(
            'civitai_manager_libs.transfers.snapshot.is_alive', lambda task, now: False
        )
        visitor.desk._watch.forget()
        visitor.poll()
        assert visitor.keys == {'waiting': [str(number)]}
        monkeypatch.undo()
        visitor.desk._watch.forget()
        visitor.poll()
        assert visitor.keys == {'running': [str(number)]}

    def test_what_ends_is_said_aloud_once_to_who_was_there(self, bench, open_desk, put):
        number = put(State.RUNNING, received=5)
        put(State.FAILED)
        desk = open_desk()
        one = desk.visitor('one')
        one.poll()
        assert one.part('live') == ''
        bench.store.finish(bench.store.get(number), path='/x/moss')
        one.desk._watch.forget()
        one.poll()
        assert one.part('live') == 'Moss is done.'
        late = desk.visitor('late')
        late.poll()
        assert late.part('live') == ''

    def test_a_page_says_until_when_downloads_rest(self, open_desk, put, fresh_settings):
        put()
        hour = time.localtime().tm_hour
        span = f'{(hour - 1) % 24:02}:00-{(hour + 2) % 24:02}:00'
        fresh_settings(quiet_hours=span, quiet_hours_mode='pause')
        visitor = open_desk().visitor()
        visitor.poll()
        assert f'run again at {(hour + 2) % 24:02}:00' in visitor.part('resting')


class TestHeaps:
    def test_what_is_too_much_for_one_page_is_counted_and_stays(self, open_desk):
        links = [f'https://civitai.com/models/{number}' for number in range(1, 1205)]
        text = '\n'.join([*links, links[0]])
        found, rest = first_targets(text, 'https://civitai.com')
        assert len(found) == 1000 and rest == links[1000:]
        assert first_targets('\n'.join(links[:1000] + links[:5]), 'https://civitai.com')[1] == []
        visitor = open_desk().visitor()
        visitor.click('look', text=text)
        assert '204 more links were left out' in visitor.part('choice-head')
        assert visitor.click('add', text=text)['field'].split() == rest


def test_each_file_counts_once_and_none_that_is_here(demo, bench, open_desk):
    here, other = SPECIAL['plain'].model_id, SPECIAL['two_versions'].model_id
    bench.fetch(str(here))
    visitor = open_desk().visitor()
    pasted = f'{other}\nhttps://civitai.com/models/{other}\n{here}'
    visitor.click('look', text=pasted)

    def known():
        visitor.poll()
        cards = visitor.has['choices'].values()
        return sum('cs-step-found' in card for card in cards) == 3 and any(
            'on this computer' in card for card in cards
        )

    eventually(known, 'all are looked up, and one is here')
    assert plain(visitor.part('main')).startswith('Download ')
    before = len(bench.store.all())
    visitor.click('add', text=pasted)
    eventually(lambda: visitor.poll() and not visitor.has['orders']['choices'][0]['keys'])
    assert len(bench.store.all()) == before + 1
