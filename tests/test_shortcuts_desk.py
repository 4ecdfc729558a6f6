"""The desk of the Shortcuts tab over a real database."""

import json

import pytest

from civitai_manager_libs.ui.queue_desk import Refused
from tests.support.rows import plain
from tests.support.shortcuts_tab import shortcut

EVIL = '<img src=x onerror="alert(1)">\'"&'


@pytest.fixture
def bench(shortcut_bench):
    return shortcut_bench


@pytest.fixture
def visitor(bench):
    return bench.visitor()


@pytest.fixture
def five(bench):
    """Somebody who has saved five models."""
    bench.save(*(shortcut(number) for number in range(1, 6)))
    return bench.visitor()


class TestShowing:
    def test_without_any_there_is_the_field_that_saves_the_first(self, visitor):
        assert 'No shortcuts yet' in visitor.part('nothing')
        assert json.loads(visitor.part('wishes'))['bare'] and visitor.shown == []

    def test_nothing_waits_for_the_disk(self, bench, five):
        bench.at_once = False
        assert 'Reading the shortcuts' in five.part('nothing')
        assert five.state['busy'] and five.shown == []
        bench.run()
        assert five.shown == [5, 4, 3, 2, 1]

    def test_the_newest_come_first_with_counts(self, five):
        assert five.shown == [5, 4, 3, 2, 1]
        assert five.part('count') == '5 shortcuts' and five.part('nothing') == ''

    def test_what_another_process_saves_shows_by_itself(self, bench, five):
        before = five.state['number']
        bench.save(shortcut(9))
        assert five.shown == [9, 5, 4, 3, 2, 1] and five.state['number'] == before + 1

    def test_what_another_process_changes_is_patched_in_place(self, bench, five):
        before = five.state
        bench.store.set_note(3, 'rain at night')
        bench.store.set_favourite([4], True)
        assert 'rain at night' in five.marks['3']['line'] and five.marks['4']['corner'] == 'on'
        assert five.state['number'] == before['number']

    def test_what_another_process_removes_leaves_and_comes_back(self, bench, five):
        five.click('select', 2, 'on')
        before = five.state['number']
        bench.store.remove([2])
        assert five.shown == [5, 4, 3, 1] and five.state['selected'] == []
        bench.store.restore([2])
        assert five.shown == [5, 4, 3, 2, 1] and five.state['number'] == before

    def test_installed_shows_without_a_reload(self, bench, five):
        five.parts()
        bench.models.installed.add(4)
        assert 'Installed' in five.marks['4']['state']
        five.click('installed', '', 'on')
        assert five.shown == [4]

    def test_pages_come_one_by_one_and_none_twice(self, bench, visitor):
        bench.save(*(shortcut(number) for number in range(1, 131)))
        assert len(visitor.shown) == 50 and visitor.state['more']
        visitor.click('more')
        assert len(visitor.shown) == 100
        visitor.click('more')
        assert visitor.shown == list(range(130, 0, -1)) and not visitor.state['more']

    def test_a_removed_model_is_marked_and_still_readable(self, bench, five):
        five.parts()
        bench.store.mark_gone(3, 1_790_000_000.0)
        marks = five.marks['3']
        assert 'Removed' in marks['warning'] and 'still readable' in marks['line']
        assert '>Removed</span><b>1</b>' in five.part('classes')

    @pytest.mark.parametrize(
        ('mode', 'sent', 'veil'), [('hide', False, ''), ('blur', True, 'on'), ('show', True, '')]
    )
    def test_adult_covers_by_the_mode(self, bench, visitor, mode, sent, veil):
        bench.save(shortcut(1, cover_level=8), shortcut(2, cover_level=0))
        bench.adult = mode
        for number in (1, 2):  # what nobody has rated counts as not mild
            assert (f'/pictures/{number}.jpeg' in visitor.part('cards-0')) is sent
        html = json.loads(visitor.part('cards-0'))['html']
        assert html.count('cs-veiled') == (2 if veil else 0)
        assert visitor.shown == [2, 1]


class TestFinding:
    def test_by_text_and_back(self, bench, five):
        bench.store.set_note(2, '動漫海報')
        five.click('text', text=' 動漫 ')
        assert five.shown == [2] and five.part('count') == '1 of 5 shortcuts'
        five.click('loosen', 'text')
        assert len(five.shown) == 5

    def test_by_type_base_model_and_tag(self, bench, five):
        bench.save(shortcut(7, type='Checkpoint', base_models=('Pony',), tags=('style',)))
        for action, value in (('type', 'Checkpoint'), ('base', 'Pony'), ('tag', 'style')):
            five.click(action, '', value)
            assert five.shown == [7], action
            assert f'value="{value}" selected' in ''.join(five.parts().values())
            five.click(action, '', '')
            assert len(five.shown) == 6

    def test_nothing_fits_says_which_filter_to_loosen(self, five):
        five.click('text', text='zzz')
        five.click('installed', '', 'on')
        said = five.part('nothing')
        assert 'Text “zzz”' in plain(said) and 'Installed only' in said
        five.click('loosen', 'all')
        assert len(five.shown) == 5

    def test_sorted_by_name(self, bench, five):
        five.click('sort', '', 'name')
        assert five.shown == [1, 2, 3, 4, 5]

    def test_what_was_wished_for_last_wins(self, bench, five):
        five.parts()
        bench.at_once = False
        five.click('text', text='Model 1')
        five.click('text', text='Model 2')
        bench.run()
        assert five.shown == [2]


class TestForeign:
    def test_hostile_notes_names_and_classes_are_text(self, bench, visitor):
        bench.save(shortcut(1, EVIL, note=EVIL, creator=EVIL, type=EVIL, tags=(EVIL,)))
        bench.store.set_note(1, EVIL)
        bench.store.put_class(EVIL, '')
        bench.store.classify([1], [EVIL], [])
        visitor.click('show', 'class', EVIL)
        visitor.click('tag', '', EVIL)
        visitor.click('select', 1, 'on')
        for panel in ('classify', 'tag', 'transfer'):
            visitor.click('panel', panel)
            for name, made in visitor.parts().items():
                assert '<img src=x' not in made, name
        visitor.click('form', 'rename')
        assert '<img src=x' not in visitor.part('form')
        assert visitor.shown == [1]

    def test_a_click_on_nothing_selected_is_refused(self, five):
        for action in ('remove', 'export', 'refresh'):
            with pytest.raises(Refused, match='Select at least one'):
                five.click(action, 'selected' if action != 'remove' else '')
