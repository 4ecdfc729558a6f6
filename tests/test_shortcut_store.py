"""Saved models stay as the person left them, whatever Civitai says of them."""

from dataclasses import replace

import pytest

from civitai_manager_libs.domain.models import Picture
from civitai_manager_libs.domain.shortcut import Shortcut, ShortcutQuery, ShortcutSort
from civitai_manager_libs.errors import ClassUnknown, ShortcutUnknown
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.shortcut_classes import ShortcutClass
from civitai_manager_libs.store.shortcuts import ShortcutStore

from .support.saved import saved_model

OWN = {'note': '很好用', 'own_tags': ('mine',), 'classes': ('人物',), 'favourite': True}


@pytest.fixture
def now():
    return [1000.0]


@pytest.fixture
def store(tmp_path, now):
    database = Database(tmp_path / 'queue.db')
    yield ShortcutStore(database, clock=lambda: now[0])
    database.close()


class TestSaving:
    def test_as_it_was_given(self, store):
        everything = saved_model(
            7,
            version_id=70,
            cover='https://image.civitai.com/a.jpeg',
            cover_type='video',
            cover_level=4,
            likes=5,
            size=2**40,
            warning='pickle',
            early_access_ends=5000.5,
            gone=900.0,
            fetched=950.0,
            **OWN,
        )
        assert store.add([everything], {}) == [7]
        assert store.get(7) == everything and store.saved([7, 8, 2**70, -1]) == {7}

    def test_what_is_there_stays_as_it_is(self, store):
        store.add([saved_model(7, 'First')], {})
        assert store.add([saved_model(7, 'Second'), saved_model(8)], {}) == [8]
        assert store.get(7).name == 'First'

    def test_the_first_of_two_with_one_number_counts(self, store):
        assert store.add([saved_model(9), saved_model(7, 'First'), saved_model(7)], {}) == [9, 7]
        assert store.get(7).name == 'First'

    def test_many_at_once_and_in_the_order_that_was_asked(self, store):
        assert len(store.add(map(saved_model, range(1, 1201)), {})) == 1200
        assert list(store.many([900, 3, 5000, 700])) == [900, 3, 700]
        assert store.counts().all == store.count(ShortcutQuery()) == 1200

    def test_a_number_that_no_model_can_have(self, store):
        with pytest.raises(ShortcutUnknown) as caught:
            store.add([saved_model(1), saved_model(2**63)], {})
        assert caught.value.details == {'model_id': 2**63} and store.counts().all == 0

    def test_texts_and_numbers_that_sqlite_does_not_take(self, store):
        odd = saved_model(1, 'half \ud83d', downloads=2**80, size=2**64, added=float('nan'))
        store.add([odd], {1: 'half \ud83d too'})
        [found] = store.find(ShortcutQuery(text='half \ud83d'))
        assert found.name == 'half \ufffd' and found.downloads is None and found.added == 0.0

    def test_tags_and_classes_are_tidy(self, store):
        store.add([saved_model(1, own_tags=(' A  b ', 'a B', ''), classes=('x\ny', ' '))], {})
        assert store.get(1).own_tags == ('A b',) and store.get(1).classes == ('x y',)
        assert store.classes() == [ShortcutClass('x y', '', 1)]


class TestDescribing:
    def test_what_is_the_persons_stays(self, store):
        store.add([saved_model(7, version_id=70, **OWN)], {7: 'old words'})
        fresh = saved_model(7, 'New name', type='VAE', tags=('new',), added=5.0, fetched=9.0)
        assert store.describe([fresh, saved_model(8)], {7: 'new words'}) == [7]
        after = store.get(7)
        assert (after.name, after.type, after.tags) == ('New name', 'VAE', ('new',))
        assert after.version_id == 70 and after.added == 7.0 and after.fetched == 9.0
        assert {name: getattr(after, name) for name in OWN} == OWN
        assert store.ids(ShortcutQuery(text='new words')) == [7]
        assert store.ids(ShortcutQuery(text='old words')) == [] and store.saved([8]) == frozenset()

    def test_a_later_look_alone_is_no_difference(self, store):
        store.add([saved_model(7)], {7: 'words'})
        assert store.describe([saved_model(7, fetched=99.0)], {7: 'words'}) == []
        assert store.get(7).fetched == 99.0

    def test_without_words_it_is_found_by_those_it_had(self, store):
        store.add([saved_model(7)], {7: 'trigger'})
        store.describe([saved_model(7, 'Renamed')], {})
        assert store.ids(ShortcutQuery(text='trigger renamed')) == [7]

    def test_a_chosen_cover_stays_until_it_is_given_back(self, store):
        store.add([saved_model(7, cover='https://a/1.jpeg')], {})
        store.set_cover(7, Picture(url='https://a/2.mp4', type='video', nsfw_level=8))
        store.describe([saved_model(7, cover='https://a/3.jpeg')], {})
        chosen = store.get(7)
        assert (chosen.cover, chosen.cover_type) == ('https://a/2.mp4', 'video')
        assert chosen.cover_level == 8 and chosen.cover_chosen
        store.set_cover(7, None)
        store.describe([saved_model(7, cover='https://a/3.jpeg')], {})
        assert store.get(7).cover == 'https://a/3.jpeg' and not store.get(7).cover_chosen
        store.describe([saved_model(7, cover=None)], {})
        assert store.get(7).cover == 'https://a/3.jpeg'

    def test_an_empty_answer_blanks_nothing(self, store):
        """Of one that came along without a record, only a file has told."""
        store.add([saved_model(7, 'Told', size=5)], {7: 'trigger'})
        before = store.get(7)
        assert store.describe([Shortcut(7, '', downloads=4, warning='removed')], {}) == [7]
        assert store.get(7) == replace(before, downloads=4, warning='removed')
        assert store.ids(ShortcutQuery(text='Told', sort=ShortcutSort.NAME)) == [7]

    def test_gone_and_back(self, store):
        store.add([saved_model(7)], {})
        store.mark_gone(7, 500.0)
        assert store.get(7).gone == 500.0 and store.counts().gone == 1
        store.mark_gone(7, None)
        assert store.get(7).gone is None and store.counts().gone == 0


class TestNotes:
    def test_a_note(self, store):
        store.add([saved_model(7)], {7: 'words'})
        store.set_note(7, '動漫 and \ud83d')
        assert store.get(7).note == '動漫 and \ufffd'
        assert store.ids(ShortcutQuery(text='動漫 words')) == [7]
        store.set_note(7, '')
        assert store.ids(ShortcutQuery(text='動漫')) == [] and store.get(7).note == ''

    def test_tags_in_any_case(self, store):
        store.add([saved_model(7), saved_model(8)], {})
        store.tag([7, 8], add=['Mine', ' my  own '])
        store.tag([8], add=['MINE'], drop=['MY own'])
        assert store.get(7).own_tags == ('Mine', 'my own') and store.get(8).own_tags == ('Mine',)
        assert store.counts().own_tags == {'Mine': 2, 'my own': 1}
        assert store.ids(ShortcutQuery(tag='ＭＩＮＥ')) == [8, 7]

    def test_favourites(self, store):
        store.add([saved_model(7), saved_model(8)], {})
        store.set_favourite([7, 8], True)
        store.set_favourite([7], False)
        assert store.ids(ShortcutQuery(favourite=True)) == [8] and store.counts().favourites == 1

    @pytest.mark.parametrize(
        'change',
        [
            lambda store: store.set_note(8, 'x'),
            lambda store: store.set_favourite([7, 8], True),
            lambda store: store.tag([7, 8], add=['x']),
            lambda store: store.classify([7, 2**64], add=['x']),
            lambda store: store.set_cover(8, None),
            lambda store: store.mark_gone(8, 1.0),
        ],
    )
    def test_nothing_is_changed_when_one_is_not_saved(self, store, change):
        store.add([saved_model(7), saved_model(8)], {})
        store.remove([8])
        before, revision = store.get(7), store.revision()
        with pytest.raises(ShortcutUnknown):
            change(store)
        assert store.get(7) == before and store.revision() == revision and store.classes() == []


class TestClasses:
    def test_made_described_and_filled(self, store):
        store.add([saved_model(7), saved_model(8)], {})
        store.put_class('風格', 'what it looks like')
        store.put_class(' ')
        store.classify([7, 8], add=['人物', '風格'])
        store.classify([8], drop=['風格', 'nothing'])
        store.put_class('風格', 'looks')
        store.put_class('風格')
        assert store.classes() == [ShortcutClass('人物', '', 2), ShortcutClass('風格', 'looks', 1)]
        assert store.ids(ShortcutQuery(class_name='風格')) == [7]
        assert store.get(7).classes == ('人物', '風格')

    def test_renamed_into_one_that_is_there(self, store):
        store.add([saved_model(7, classes=('a', 'b')), saved_model(8, classes=('a',))], {})
        store.rename_class('a', ' b ')
        assert store.classes() == [ShortcutClass('b', '', 2)]
        assert store.get(7).classes == store.get(8).classes == ('b',)

    def test_renamed_keeps_what_is_said_of_it(self, store):
        store.put_class('a', 'info')
        store.rename_class('a', 'A')
        store.rename_class('A', '')
        assert store.classes() == [ShortcutClass('A', 'info', 0)]

    def test_deleted(self, store):
        store.add([saved_model(7, classes=('a', 'b'))], {})
        store.drop_class('a')
        assert store.get(7).classes == ('b',) and [one.name for one in store.classes()] == ['b']

    @pytest.mark.parametrize('verb', ['drop_class', 'rename_class'])
    def test_one_that_is_not_there(self, store, verb):
        names = ('a', 'b')[: 1 + (verb == 'rename_class')]
        with pytest.raises(ClassUnknown) as caught:
            getattr(store, verb)(*names)
        assert caught.value.details == {'name': 'a'} and store.revision() == 0


class TestRemoving:
    def test_undo_brings_everything_back(self, store):
        store.add([saved_model(7, **OWN), saved_model(8)], {7: 'words'})
        before, counts = store.get(7), store.counts()
        assert store.remove([7, 99, 7]) == [7] and store.remove([7]) == []
        assert store.get(7) is None and store.find(ShortcutQuery(text='words')) == []
        assert store.counts().all == store.count(ShortcutQuery()) == 1
        assert store.counts().favourites == 0 and store.classes()[0].count == 0
        assert store.restore([7, 8, 99]) == [7] and store.restore([7]) == []
        assert store.get(7) == before and store.counts() == counts
        assert store.ids(ShortcutQuery(text='words')) == [7]

    def test_a_class_that_was_deleted_meanwhile(self, store):
        store.add([saved_model(7, **OWN)], {})
        store.remove([7])
        store.drop_class('人物')
        store.restore([7])
        assert store.classes() == [ShortcutClass('人物', '', 1)]

    def test_saved_again_with_all_that_the_person_had_said(self, store):
        store.add([saved_model(7, **OWN)], {7: 'words'})
        store.remove([7])
        assert store.add([saved_model(7, 'Newer', added=50.0)], {}) == [7]
        back = store.get(7)
        assert (back.name, back.added, back.note) == ('Newer', 50.0, OWN['note'])
        assert back.classes == OWN['classes'] and back.favourite
        assert store.ids(ShortcutQuery(text='words newer')) == [7]

    def test_purged_after_a_while(self, store, now):
        store.add(map(saved_model, range(1, 5)), {3: 'words'})
        store.remove([3])
        now[0] = 2000.0
        store.remove([4])
        assert store.purge(1500.0) == [3] and store.purge(1500.0) == []
        assert store.restore([3, 4]) == [4]
        assert store.add([saved_model(3, 'New')], {}) == [3] and store.get(3).note == ''
        assert store.ids(ShortcutQuery(text='words')) == []


def test_every_change_moves_the_revision(store):
    seen = [store.revision()]
    for change in (
        lambda: store.add([saved_model(7)], {}),
        lambda: store.set_note(7, 'x'),
        lambda: store.tag([7], add=['x']),
        lambda: store.put_class('a'),
        lambda: store.classify([7], add=['a']),
        lambda: store.rename_class('a', 'b'),
        lambda: store.set_favourite([7], True),
        lambda: store.describe([saved_model(7, 'New')], {}),
        lambda: store.drop_class('b'),
        lambda: store.mark_gone(7, 1.0),
        lambda: store.remove([7]),
        lambda: store.restore([7]),
        lambda: store.remove([7]),
        lambda: store.purge(9e9),
    ):
        change()
        seen.append(store.revision())
    assert seen == sorted(set(seen))
    store.set_favourite([], True)
    store.remove([7])
    assert store.revision() == seen[-1]
