"""Files that were not what had been promised: kept for some days, on record, then gone."""

import json
from pathlib import Path

import pytest

from civitai_manager_libs import i18n
from civitai_manager_libs.demo import FILES, SPECIAL
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import HashMismatch
from civitai_manager_libs.i18n import error_code_text, error_text
from civitai_manager_libs.store.quarantine import QuarantineStore
from civitai_manager_libs.transfers.quarantine import Quarantine, aside_path

from .support.command import files_below
from .test_engine import assert_whole

PLAIN = SPECIAL['plain']
DAY = 86_400


class Clock:
    """Seconds since 1970 as the test says."""

    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(bench, clock):
    return QuarantineStore(bench.database, clock)


def wrong_file(store, folder, name='x'):
    """A file set aside now."""
    path = folder / name
    path.write_bytes(b'wrong')
    store.add(str(path), task_id=1, algorithm='SHA256', expected='e' * 64, actual='a' * 64)
    return path


class TestNames:
    def test_no_host_takes_it_for_a_model(self):
        path = aside_path(Path('/models/a.safetensors'), 'abcdef0123456789')
        assert path == Path('/models/a.safetensors.abcdef01.quarantined')


class TestCleaning:
    def test_what_was_kept_long_enough_goes(self, store, clock, tmp_path, fresh_settings):
        fresh_settings(quarantine_days=7)
        first = wrong_file(store, tmp_path, 'first')
        clock.now += 3 * DAY
        second = wrong_file(store, tmp_path, 'second')
        clock.now += 4 * DAY
        Quarantine(store).clean()
        assert first.exists() and second.exists()
        clock.now += 1
        Quarantine(store).clean()
        assert not first.exists() and second.exists()
        assert [wrong.path for wrong in store.all()] == [str(second)]
        fresh_settings(quarantine_days=1)
        Quarantine(store).clean()
        assert not second.exists() and store.all() == []

    def test_what_a_person_has_removed_is_forgotten(self, store, clock, tmp_path):
        wrong_file(store, tmp_path).unlink()
        clock.now += 400 * DAY
        Quarantine(store).clean()
        assert store.all() == []

    def test_what_cannot_be_removed_stays_on_record(self, store, clock, tmp_path):
        path = wrong_file(store, tmp_path)
        other = wrong_file(store, tmp_path, 'other')
        path.unlink()
        path.mkdir()
        clock.now += 400 * DAY
        Quarantine(store).clean()
        assert [wrong.path for wrong in store.all()] == [str(path)] and not other.exists()
        path.rmdir()
        Quarantine(store).clean()
        assert store.all() == []

    def test_the_same_bytes_again_count_from_then_on(self, store, clock, tmp_path):
        path = wrong_file(store, tmp_path)
        clock.now += 6 * DAY
        wrong_file(store, tmp_path)
        clock.now += 6 * DAY
        Quarantine(store).clean()
        [wrong] = store.all()
        assert path.exists() and wrong.created == 1_000_000 + 6 * DAY


class TestRecord:
    def test_what_was_thrown_away_is_not_on_it(self, bench, store):
        [task] = bench.order('1004')
        mismatch = HashMismatch(algorithm='SHA256', expected='e', actual='a', file='x')
        Quarantine(store).record(task, mismatch)
        assert store.all() == []


class TestDownloads:
    def fail(self, bench, target='1004'):
        [task] = bench.fetch(target)
        assert (task.state, task.error_code) == (State.FAILED, 'hash_mismatch')
        return task

    @pytest.mark.parametrize('language', i18n.LANGUAGES)
    def test_it_is_said_where_the_bytes_are(self, demo, bench, notices, language):
        i18n.set_language(language)
        demo.faults.add('wrong_bytes', path=FILES)
        task = self.fail(bench)
        [name] = files_below(bench.downloads)
        said = error_code_text(task.error_code, task.error_details)
        sentences = i18n.catalogue(language)
        assert name in said and said == i18n.text('error.hash_mismatch.kept', **task.error_details)
        assert sentences['error.hash_mismatch.kept'] != sentences['error.hash_mismatch']
        assert any(notice.key == 'error.hash_mismatch' for notice in notices)
        error = HashMismatch(**task.error_details)
        assert error_text(error) == said

    @pytest.mark.parametrize('language', i18n.LANGUAGES)
    def test_nothing_is_kept_for_no_days(self, demo, bench, fresh_settings, language):
        i18n.set_language(language)
        fresh_settings(quarantine_days=0)
        demo.faults.add('wrong_bytes', path=FILES)
        task = self.fail(bench)
        assert files_below(bench.downloads) == []
        assert QuarantineStore(bench.database).all() == []
        assert 'kept' not in task.error_details
        said = error_code_text(task.error_code, task.error_details)
        assert said == i18n.text('error.hash_mismatch', **task.error_details)

    def test_it_does_not_stand_in_the_way_of_the_right_file(self, demo, bench):
        demo.faults.add('wrong_bytes', path=FILES, times=1)
        task = self.fail(bench)
        bench.engine.retry([task.id])
        [done] = bench.engine.wait([task.id])
        assert_whole(demo, done)
        assert len(files_below(bench.downloads)) == 2

    def test_the_file_changed_while_it_was_fetched(self, demo, bench):
        """The hash of the order is old, that of the site is right: nothing is fetched again."""
        [task] = bench.order('1004')
        demo.replace_file(PLAIN.file_id)
        bench.engine.start()
        done = bench.engine.wait([task.id])[0]
        assert_whole(demo, done)
        assert len([one for one in demo.requests.of('storage') if FILES in one.path]) == 1
        assert len(demo.requests.of('api', '/api/v1/model-versions/')) >= 1
        assert QuarantineStore(bench.database).all() == []


class TestOrderBesideThePart:
    def test_the_state_file_says_what_was_ordered(self, demo, bench, fresh_settings):
        fresh_settings(http_max_retries=0)
        demo.faults.add('cut', path=FILES, after=300_000)
        [task] = bench.fetch('1004')
        [path] = list(bench.downloads.rglob('*.part.json'))
        saved = json.loads(path.read_text())
        assert saved['finished'] == [[0, 300_000]]
        assert saved['order']['file_name'] == task.order.file_name
        assert saved['order']['key'] == task.order.key
        assert saved['order']['hashes'] == dict(task.order.hashes)
