"""What is done with saved models on the Shortcuts tab."""

import json

import pytest

from civitai_manager_libs.domain.shortcut import ShortcutQuery
from civitai_manager_libs.errors import DiskFull, NotFound
from civitai_manager_libs.ui import shortcut_doings
from civitai_manager_libs.ui.queue_desk import Refused
from tests.support.command import eventually
from tests.support.rows import plain
from tests.support.shortcuts_tab import shortcut

LINK = 'https://civitai.com/models/'


@pytest.fixture
def bench(shortcut_bench):
    return shortcut_bench


@pytest.fixture
def five(bench):
    """Somebody who has saved five models."""
    bench.save(*(shortcut(number) for number in range(1, 6)))
    return bench.visitor()


def select(visitor, *ids):
    for number in ids:
        visitor.click('select', number, 'on')


def noted(seen, visitor, act):
    """``act``, which notes first what the page says meanwhile."""

    def told(*given):
        seen.append(visitor.part('work'))
        return act(*given)

    return told


class TestSelected:
    def test_many_are_removed_and_all_of_it_comes_back(self, bench, five):
        bench.store.set_note(2, 'keep me')
        bench.store.classify([2], ['Style'], [])
        select(five, 1, 2, 3)
        five.click('remove')
        assert five.shown == [5, 4] and '3 shortcuts removed' in five.cards[-1]
        five.click('restore', five.undo)
        assert five.shown == [5, 4, 3, 2, 1]
        again = bench.door.get(2)
        assert (again.note, again.classes) == ('keep me', ('Style',))

    def test_how_far_many_have_come_is_shown_meanwhile(self, bench, five, monkeypatch):
        monkeypatch.setattr(shortcut_doings, '_TOGETHER', 2)
        monkeypatch.setattr(shortcut_doings, '_MANY', 5)
        seen = []
        for name in ('remove', 'restore', 'favourite'):
            monkeypatch.setattr(bench.door, name, noted(seen, five, getattr(bench.door, name)))
        five.click('select-all')
        five.click('favour', 'on')
        assert seen == ['Changing 5 shortcuts…']
        five.click('remove')
        assert seen[1:] == [
            'Changing 5 shortcuts…',
            'Changing shortcuts: 2 of 5',
            'Changing shortcuts: 4 of 5',
        ]
        assert five.part('work') == five.part('work-bar') == ''
        five.click('restore', five.undo)
        assert seen[4:] == seen[1:4] and five.shown == [5, 4, 3, 2, 1]
        five.click('favourite', 4)
        assert seen[7:] == ['']

    def test_what_was_removed_before_it_failed_comes_back(self, bench, five, monkeypatch):
        monkeypatch.setattr(shortcut_doings, '_TOGETHER', 2)
        real = bench.door.remove

        def full(ids):
            if 1 in ids:
                raise DiskFull(path='x', needed=None, free=0)
            return real(ids)

        monkeypatch.setattr(bench.door, 'remove', full)
        select(five, 5, 4, 2, 1)
        five.click('remove')
        assert five.shown == [3, 2, 1]
        assert any('2 shortcuts removed' in card for card in five.cards)
        (undo,) = [card for card in five.cards if 'shortcuts:restore' in card]
        five.click('restore', undo.split('data-cs-id="')[1].split('"')[0])
        assert five.shown == [5, 4, 3, 2, 1]

    def test_undone_twice_is_done_once(self, bench, five):
        five.click('remove', 4)
        number = five.undo
        five.click('restore', number)
        bench.store.remove([4])
        five.click('restore', number)
        assert 4 not in five.shown

    def test_all_that_fit_are_selected_also_those_not_shown_yet(self, bench, five):
        bench.save(*(shortcut(number, note='rain') for number in range(10, 90)))
        five.click('select', 10, 'on')
        five.click('select-all')
        assert '85 selected' in five.part('count') and len(five.state['selected']) == 50
        five.click('remove')
        assert five.shown == [] and five.part('count') == ''

    def test_one_is_downloaded_from_its_card_or_it_is_said_why_not(self, bench, five):
        bench.save(shortcut(7, version_id=70))
        five.click('download', 3)
        assert 'Added to the queue: Model 3' in five.cards[-1]
        assert five.part('live') == 'Added to the queue: Model 3'
        five.click('download', 7)
        assert bench.ordered == [(3, None), (7, 70)]
        bench.here.add(2)
        five.click('download', 2)
        assert 'Here already and intact, not downloaded again: Model 2' in five.cards[-1]
        bench.refusals[4] = NotFound(what='x', host='civitai.com')
        five.click('download', 4)
        assert 'Could not queue Model 4' in five.cards[-1]
        assert not five.state['opened']

    def test_another_wish_lets_go_of_them(self, five):
        select(five, 1, 2)
        five.click('text', text='Model 3')
        assert five.state['selected'] == []

    def test_favourites(self, bench, five):
        five.parts()
        bench.at_once = False
        five.click('favourite', 2, 'on')
        assert five.marks['2']['corner'] == 'on'  # before anything is written
        bench.run()
        assert bench.door.get(2).favourite
        bench.at_once = True
        five.click('show', 'favourites')
        assert five.shown == [2]
        five.click('favourite', 2, 'off')
        assert five.shown == [] and 'Favourites' in five.part('nothing')

    def test_classes_and_tags(self, bench, five):
        select(five, 1, 2)
        five.submit('classify', names='Style， Rain')
        assert set(bench.door.get(1).classes) == {'Rain', 'Style'}
        five.submit('unclassify', names='Rain')
        five.submit('tag', names='night, city')
        five.submit('untag', names='city')
        saved = bench.door.get(2)
        assert (saved.classes, saved.own_tags) == (('Style',), ('night',))
        with pytest.raises(Refused, match='name'):
            five.submit('tag', names=' , ')

    def test_what_cannot_be_done_is_said(self, bench, five):
        five.click('favourite', 77, 'on')
        assert 'not done' in five.cards[-1]


class TestClasses:
    def test_made_filled_renamed_dropped_and_brought_back(self, bench, five):
        five.click('form', 'new')
        assert 'Name of the class' in five.part('form')
        five.submit('class-new', name='  Rainy   days ')
        assert five.part('form') == '' and five.shown == []
        assert 'aria-current="true" title="Rainy days"' in five.part('classes')
        five.click('show', 'all')
        select(five, 1, 2)
        five.submit('classify', names='Rainy days')
        five.click('show', 'class', 'Rainy days')
        assert five.shown == [2, 1]
        five.click('form', 'rename')
        assert 'value="Rainy days"' in five.part('form')
        five.submit('class-rename', name='Storms')
        assert five.shown == [2, 1] and '<span>Storms</span><b>2</b>' in five.part('classes')
        five.click('class-drop')
        assert len(five.shown) == 5 and 'Storms' not in five.part('classes')
        five.click('class-restore', five.undo)
        assert bench.door.ids(ShortcutQuery(class_name='Storms')) == [2, 1]

    def test_without_a_name_there_is_no_class(self, five):
        with pytest.raises(Refused, match='name'):
            five.submit('class-new', name='  ')


class TestOpened:
    def test_a_model_opens_in_place_of_the_cards(self, bench, five):
        five.click('open', 3)
        assert five.state['opened'] and bench.details[0].told == [('open', '3')]
        five.click('model-note', 3, '', 'x')
        assert bench.details[0].told[-1] == ('model-note', '3', '', 'x')
        five.click('close')
        assert not five.state['opened']


class TestRefreshing:
    def test_offline_it_rests_and_says_so(self, bench, five):
        bench.models.demo.faults.add('drop')
        five.click('refresh', 'all')
        assert bench.door.refresher.wait(30)
        assert 'Resume' in five.part('refresh-do') and 'cs-problem' in five.part('refresh')
        five.click('refresh', 'all')
        assert 'already' in five.cards[-1]
        five.click('refresh-stop')
        assert eventually(lambda: not bench.door.refresher.progress().running)
        five.click('refresh-forget')
        assert five.part('refresh') == '' and five.part('refresh-do') == ''
        assert len(five.shown) == 5

    def test_the_selected_ones(self, bench, five):
        bench.models.add(1001, 1002)
        select(five, 1001)
        five.click('refresh', 'selected')
        assert bench.door.refresher.wait(30)
        assert plain(five.part('refresh')).startswith('Refreshed: 1 of 1')


class TestExport:
    def test_out_and_in_again(self, bench, five):
        bench.store.set_note(3, 'rain')
        five.click('export', 'all')
        assert '5 shortcuts exported' in five.part('work')
        token = five.part('work-do').split('data-cs-export="')[1].split('"')[0]
        content = bench.files.export(token).read_bytes()
        assert json.loads(content)
        bench.store.remove([1, 2, 3, 4, 5])
        bench.store.purge(9e12)
        with bench.files.receive('mine.json') as incoming:
            incoming.write(content)
            dropped = incoming.finish()
        five.click('files', '', '', json.dumps([dropped]))
        assert '5 saved' in five.part('work')
        assert len(five.shown) == 5 and bench.door.get(3).note == 'rain'
        five.click('work-forget')
        assert five.part('work') == ''

    def test_only_the_selected(self, bench, five):
        select(five, 2, 4)
        five.click('export', 'selected')
        assert '2 shortcuts exported' in five.part('work')
