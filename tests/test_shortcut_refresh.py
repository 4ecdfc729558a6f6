"""Saved models are asked for anew: all of them, with progress, pauses and a site that goes away."""

import threading

import pytest

from civitai_manager_libs.domain.models import Picture
from civitai_manager_libs.domain.shortcut import Shortcut, ShortcutQuery

FEW = (1001, 1003, 1004, 1005)
MANY = (*FEW, 1007, 1010, 1012, 1020, 1025, 1026, 1027, 1029)


def counted(progress):
    return (progress.total, progress.done, progress.changed, progress.gone, progress.failed)


@pytest.fixture
def saved(saved_models):
    """The door with a few models saved a day ago."""
    saved_models.add(*FEW)
    saved_models.clock.now += 86_400
    return saved_models


@pytest.fixture
def at_the_first(saved, monkeypatch):
    """``at_the_first(act)``: calls ``act`` when the first answer of a refreshing is taken."""

    def listen(act):
        describe, waiting = saved.door._keeper.describe, [act]

        def hear(records):
            describe(records)
            if waiting:
                waiting.pop()()

        monkeypatch.setattr(saved.door._keeper, 'describe', hear)

    return listen


class TestOne:
    def test_nothing_new(self, saved):
        progress = saved.refreshed([1001])
        assert counted(progress) == (1, 1, 0, 0, 0) and not progress.running
        assert saved.door.get(1001).fetched == saved.clock.now

    def test_what_the_person_said_stays(self, saved):
        saved.door.note(1001, 'mine')
        saved.door.tag([1001], ['own'])
        saved.door.classify([1001], ['good'])
        saved.door.favourite([1001], True)
        saved.demo._shelf.models_by_id[1001].record['name'] = 'Renamed'
        assert counted(saved.refreshed([1001])) == (1, 1, 1, 0, 0)
        shortcut = saved.door.get(1001)
        assert (shortcut.name, shortcut.note, shortcut.favourite) == ('Renamed', 'mine', True)
        assert (shortcut.own_tags, shortcut.classes) == (('own',), ('good',))

    def test_one_that_is_not_saved_any_more(self, saved):
        saved.door.remove([1001])
        assert counted(saved.refreshed([1001])) == (1, 1, 0, 0, 0)
        assert saved.door.get(1001) is None


class TestAll:
    def test_few_calls_for_all(self, saved):
        saved.add(*(number for number in MANY if number not in FEW))
        saved.demo.requests.clear()
        assert counted(saved.refreshed()) == (len(MANY), len(MANY), 0, 0, 0)
        asked = saved.asked()
        assert asked['/api/v1/models'] == 1 and sum(asked.values()) <= 3, asked

    def test_one_that_was_broken_off_goes_on_with_those_that_are_left(self, saved, at_the_first):
        saved.demo.faults.add('status', path='ids=', status=400)
        refresher, done = saved.door.refresher, set()
        for _ in FEW:
            saved.clock.now += 60
            at_the_first(refresher.stop)
            assert refresher.start() and refresher.wait(30) and refresher.progress().done == 1
            done |= {one for one in FEW if saved.door.get(one).fetched == saved.clock.now}
        assert done == set(FEW)

    def test_nothing_is_saved(self, saved_models):
        assert counted(saved_models.refreshed()) == (0, 0, 0, 0, 0)

    def test_only_one_at_a_time(self, saved):
        saved.demo.faults.add('delay', side='api', seconds=0.3)
        assert saved.door.refresher.start()
        assert not saved.door.refresher.start([1001])
        assert saved.door.refresher.wait(30)
        assert counted(saved.door.refresher.progress())[:2] == (4, 4)

    def test_a_model_that_is_gone_keeps_everything(self, saved):
        before = saved.records.get(1003)
        del saved.demo._shelf.models_by_id[1003]
        saved.demo._shelf.models[:] = [one for one in saved.demo._shelf.models if one.id != 1003]
        assert counted(saved.refreshed()) == (4, 4, 1, 1, 0)
        assert saved.door.get(1003).gone == saved.clock.now
        assert saved.records.get(1003).body == before.body
        assert saved.door.counts().gone == 1
        assert saved.kept(1003) == 1

    def test_one_that_comes_back_is_not_gone(self, saved):
        gone = saved.demo.faults.add('status', path='1003', status=404)
        without = saved.demo.faults.add('status', path='ids=', status=400)
        assert saved.refreshed([1003]).gone == 1
        saved.demo.faults.remove(gone)
        saved.demo.faults.remove(without)
        assert counted(saved.refreshed([1003])) == (1, 1, 1, 0, 0)
        assert saved.door.get(1003).gone is None

    def test_taken_down_and_empty_answers_blank_nothing(self, saved):
        before = saved.records.get(1001).model
        shelf = saved.demo._shelf.models_by_id[1001]
        shelf.record.update(mode='TakenDown', description=None, tags=[])
        shelf.versions[1].pictures.clear()
        del shelf.versions[0]
        assert counted(saved.refreshed([1001])) == (1, 1, 1, 0, 0)
        after = saved.records.get(1001)
        assert after.model.description == before.description and after.model.tags == before.tags
        for version in before.model_versions:
            kept = after.model.version(version.id)
            assert (kept.images, kept.files) == (version.images, version.files)
        assert after.withdrawn == {2001}
        assert saved.door.get(1001).warning == 'removed'

    def test_one_of_which_only_a_number_is_known(self, saved):
        """Imported once, without a record, and not on Civitai any more."""
        saved.door._store.add([Shortcut(999_999, 'Lost', note='')], {})
        assert counted(saved.refreshed([999_999])) == (1, 1, 0, 1, 0)
        assert saved.door.get(999_999).gone == saved.clock.now
        saved.clock.now += 5
        saved.refreshed([999_999])
        assert saved.door.get(999_999).gone == saved.clock.now - 5

    def test_one_that_fails(self, saved):
        saved.demo.faults.add('status', path='ids=', status=400)
        saved.demo.faults.add('status', path='/models/1003', status=500)
        assert counted(saved.refreshed()) == (4, 4, 0, 0, 1)


class TestTrouble:
    def test_pause_and_resume(self, saved, at_the_first):
        saved.demo.faults.add('status', path='ids=', status=400)  # so that they are asked in turn
        at_the_first(saved.door.refresher.pause)
        assert saved.door.refresher.start()
        assert saved.door.refresher.wait(30)
        progress = saved.door.refresher.progress()
        assert progress.paused and progress.running and progress.done == 1
        saved.door.refresher.resume()
        assert saved.door.refresher.wait(30)
        progress = saved.door.refresher.progress()
        assert counted(progress) == (4, 4, 0, 0, 0) and not progress.running

    @pytest.mark.parametrize('paused', (False, True))
    def test_stop(self, saved, at_the_first, paused):
        saved.demo.faults.add('status', path='ids=', status=400)
        refresher = saved.door.refresher
        at_the_first(refresher.pause if paused else refresher.stop)
        assert refresher.start() and refresher.wait(30)
        if paused:
            refresher.stop()
            ended = threading.Event()
            while refresher.progress().running:
                assert not ended.wait(0.01)
        progress = refresher.progress()
        assert not progress.running and not progress.paused and progress.done == 1
        assert refresher.start([1001]) and refresher.wait(30)

    def test_the_site_goes_away_and_comes_back(self, saved, at_the_first):
        saved.demo.faults.add('status', path='ids=', status=400)
        away = []

        def leave():
            away.append(saved.demo.faults.add('drop', side='api', path='/models/'))

        at_the_first(leave)
        progress = saved.refreshed()
        assert progress.paused and progress.running and progress.done == 1
        assert progress.problem.code in ('connection_failed', 'host_resting')
        saved.demo.faults.remove(away[0])
        saved.door.refresher.resume()
        assert saved.door.refresher.progress().problem is None
        assert saved.door.refresher.wait(30)
        progress = saved.door.refresher.progress()
        assert counted(progress) == (4, 4, 0, 0, 0), progress
        assert saved.door.counts().gone == 0

    @pytest.mark.filterwarnings('ignore::pytest.PytestUnhandledThreadExceptionWarning')
    def test_what_nobody_has_thought_of_is_said(self, saved, monkeypatch):
        monkeypatch.setattr(saved.door._keeper, 'describe', lambda records: 1 / 0)
        progress = saved.refreshed()
        assert not progress.running and progress.done == 0
        assert progress.problem.details == {'reason': 'ZeroDivisionError'}
        assert saved.door.refresher.start([]) and saved.door.refresher.wait(30)

    def test_the_whole_server_is_stopped(self, saved):
        before = {number: saved.records.get(number) for number in FEW}
        saved.demo.stop()
        progress = saved.refreshed()
        assert progress.paused and progress.problem is not None and progress.done == 0
        assert {number: saved.records.get(number) for number in FEW} == before
        saved.door.refresher.stop()

    def test_opened_offline_and_anew(self, saved):
        saved.demo._shelf.models_by_id[1001].record['name'] = 'Renamed'
        assert saved.door.open(1001, fresh=True).model.name == 'Renamed'
        assert saved.door.get(1001).name == 'Renamed'
        revision = saved.door.revision()
        saved.demo.stop()
        opened = saved.door.open(1001, fresh=True)
        assert opened.offline and opened.model.name == 'Renamed'
        assert saved.door.revision() == revision


def test_what_it_finds_is_what_the_store_finds(saved):
    """Installed is what the machine says, at that moment."""
    from_door = saved.door
    saved.installed = {1003, 1004, 9999}
    assert set(from_door.ids(ShortcutQuery(installed=True))) == {1003, 1004}
    assert from_door.count(ShortcutQuery(installed=True)) == 2
    assert [one.model_id for one in from_door.find(ShortcutQuery(installed=True), most=1)] != []
    assert from_door.count(ShortcutQuery()) == len(from_door.ids()) == 4
    picture = Picture(url='https://image.civitai.com/x/y.png')
    from_door.cover(1003, picture)
    assert from_door.many([1003, 7])[1003].cover == picture.url
    assert from_door.saved([1003, 7]) == {1003}
