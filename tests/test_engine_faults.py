"""What the engine makes of bad days: lying servers, replaced files, faults of its own."""

import hashlib
import logging
from pathlib import Path

import pytest

from civitai_manager_libs.demo import DEMO_KEY, FILES, SPECIAL
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import DiskFull, RoomBelowFloor, exit_code_of
from civitai_manager_libs.store.quarantine import QuarantineStore
from civitai_manager_libs.transfers import run as run_module
from civitai_manager_libs.transfers import worker as worker_module

from .support.command import files_below, sent
from .support.disks import small_disk
from .support.engine import place_of
from .test_engine import assert_whole

PLAIN = SPECIAL['plain']
LOGIN = str(SPECIAL['login_only'].model_id)


def failed(bench, text, code, **order):
    """The one download of ``text`` fails with ``code`` and leaves no file."""
    [task] = bench.fetch(text, **order)
    assert (task.state, task.error_code) == (State.FAILED, code), task
    assert files_below(bench.downloads) == []
    assert task.path is None and not task.verified and task.owner is None
    return task


def set_aside(bench, text, **order):
    """The one download of ``text`` fails for its hash; what came is kept beside, and on record."""
    [task] = bench.fetch(text, **order)
    assert (task.state, task.error_code) == (State.FAILED, 'hash_mismatch'), task
    assert task.path is None and not task.verified and task.owner is None
    [path] = [bench.downloads / name for name in files_below(bench.downloads)]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.parent == place_of(task).parent
    assert path.name == f'{place_of(task).name}.{digest[:8]}.quarantined'
    [wrong] = QuarantineStore(bench.database).all()
    assert (wrong.path, wrong.task_id, wrong.algorithm) == (str(path), task.id, 'SHA256')
    assert (wrong.expected, wrong.actual) == (task.order.hashes['SHA256'].lower(), digest)
    assert task.error_details['kept'] == str(path) and task.error_details['actual'] == digest
    return task


class TestWhatIsNotTheFile:
    def test_wrong_bytes_every_time(self, demo, bench):
        demo.faults.add('wrong_bytes', path=FILES)
        task = set_aside(bench, '1004')
        assert task.error_details['expected'] == demo.file_hashes(3012)['SHA256'].lower()

    def test_wrong_bytes_once_then_retried(self, demo, bench):
        demo.faults.add('wrong_bytes', path=FILES, times=1)
        task = set_aside(bench, '1004')
        bench.engine.retry([task.id])
        assert_whole(demo, bench.engine.wait([task.id])[0])

    def test_the_author_has_replaced_the_file_since_it_was_queued(self, demo, bench):
        [task] = bench.order('1004')
        demo.replace_file(PLAIN.file_id, size=700_000)
        bench.engine.start()
        done = bench.engine.wait([task.id])[0]
        assert_whole(demo, done)
        assert done.verified
        assert done.order.hashes['SHA256'] == demo.file_hashes(PLAIN.file_id)['SHA256']

    def test_a_hash_that_the_person_gave_is_not_read_afresh(self, demo, bench):
        right = demo.file_hashes(PLAIN.file_id)['SHA256'].lower()
        demo.replace_file(PLAIN.file_id)
        set_aside(bench, '1004', sha256=right)

    def test_the_site_says_other_hashes_than_its_storage_has(self, demo, bench):
        demo.replace_file(PLAIN.file_id, update_api=False)
        set_aside(bench, '1004')

    @pytest.mark.parametrize('kind', ['text/html', 'application/octet-stream'])
    def test_a_login_page_with_status_200(self, demo, bench, kind):
        demo.faults.add('html_200', path=FILES, content_type=kind)
        failed(bench, '1004', 'login_page')

    def test_a_redirect_to_the_login_page(self, demo, bench):
        demo.faults.add('redirect_to', path='/download/')
        failed(bench, '1004', 'key_needed')

    @pytest.mark.parametrize('extra', [1000, -1000])
    def test_a_length_that_is_a_lie(self, demo, bench, extra, fresh_settings):
        fresh_settings(http_max_retries=1)
        demo.faults.add('lie_length', path=FILES, extra=extra)
        [task] = bench.fetch('1004')
        assert task.state is State.FAILED
        names = files_below(bench.downloads)
        assert [n for n in names if '.part' not in n and not n.endswith('.quarantined')] == []


class TestKeys:
    def test_needed_refused_and_right(self, demo, bench, fresh_settings):
        failed(bench, LOGIN, 'key_needed')
        fresh_settings(civitai_api_key='wrong-key')
        failed(bench, LOGIN, 'key_refused')
        fresh_settings(civitai_api_key=DEMO_KEY)
        [task] = bench.fetch(LOGIN)
        assert_whole(demo, task)

    def test_the_key_never_comes_to_the_storage(self, demo, bench, fresh_settings):
        fresh_settings(civitai_api_key=DEMO_KEY)
        demo.faults.add('cut', path=FILES, after=300_000, times=1)
        assert_whole(demo, bench.fetch(LOGIN)[0])
        stored = demo.requests.of('storage')
        assert len(stored) == 2
        for record in stored:
            seen = f'{record.path} {record.query} {record.headers}'
            assert DEMO_KEY not in seen and 'authorization' not in record.headers
        asked = demo.requests.of('api', '/api/download/')
        assert all(DEMO_KEY in record.headers['authorization'] for record in asked)
        assert all('token' not in record.query for record in asked)

    @pytest.mark.parametrize(
        'name, code, ends_with',
        [('early_access', 'early_access', 3), ('downloads_disabled', 'downloads_disabled', 3)],
    )
    def test_refusals(self, demo, bench, fresh_settings, name, code, ends_with):
        fresh_settings(civitai_api_key=DEMO_KEY)
        failed(bench, str(SPECIAL[name].model_id), code)
        assert exit_code_of(code) == ends_with


class TestOnTheWay:
    def test_an_address_that_expires_again_and_again(self, demo, bench):
        demo.faults.add('expire', path='fileId=3009', after=700_000, times=4)
        [task] = bench.fetch('1003')
        assert_whole(demo, task)
        assert task.attempts == 1 and len(demo.requests.of('api', '/api/download/')) > 3
        assert sent(demo, FILES) < 2 * task.size

    @pytest.mark.parametrize('reset', [True, False])
    def test_broken_connections_are_gone_on_from(self, demo, bench, reset):
        demo.faults.add('cut', path=FILES, after=400_000, times=4, reset=reset)
        [task] = bench.fetch('1003')
        assert_whole(demo, task)
        ranges = [r.headers.get('range') for r in demo.requests.of('storage', method='GET')]
        assert ranges[0] is None and all(ranges[1:]) and len(ranges) == 5

    def test_a_server_that_forgets_ranges_starts_over(self, demo, bench):
        demo.faults.add('cut', path=FILES, after=1_000_000, times=1)
        demo.faults.add('ignore_range', path=FILES)
        assert_whole(demo, bench.fetch('1003')[0])

    def test_the_file_is_replaced_in_the_middle(self, demo, bench):
        """Cut, replaced, gone on: never a joined file, and the new one comes out right."""
        demo.faults.add('cut', path=FILES, after=1_500_000, times=1)
        demo.faults.add('delay', side='storage', path=FILES, seconds=0.4, skip=1, times=1)
        [task] = bench.order('1003')
        bench.engine.start()
        bench.reached(task, State.RUNNING, received=1)
        demo.replace_file(3009)
        done = bench.engine.wait([task.id])[0]
        assert_whole(demo, done)

    def test_no_length_and_no_etag(self, demo, bench):
        demo.faults.add('no_length', path=FILES)
        demo.faults.add('no_etag', path=FILES)
        assert_whole(demo, bench.fetch('1003')[0])

    def test_trouble_for_good_keeps_what_has_arrived(self, demo, bench, fresh_settings):
        fresh_settings(http_max_retries=2)
        demo.faults.add('cut', path=FILES, after=1_000_000, times=1)
        demo.faults.add('status', side='storage', path=FILES, status=503, skip=1, times=3)
        [task] = bench.fetch('1003')
        assert (task.state, task.error_code) == (State.FAILED, 'server_trouble')
        assert exit_code_of(task.error_code) == 5
        before = sent(demo, FILES)
        [done] = bench.fetch('1003')
        assert_whole(demo, done)
        assert sent(demo, FILES) - before < done.size

    def test_the_queue_tells_no_sentence_twice(self, demo, bench, notices):
        failed(bench, LOGIN, 'key_needed')
        [notice] = [one for one in notices if one.cause.startswith('download:')]
        assert notice.key == 'error.key_needed' and notice.level == 'error'


class TestDisk:
    def test_full_from_the_start(self, demo, bench, fresh_settings):
        fresh_settings(minimum_free_space_mb=1 << 20)
        [task] = bench.fetch('1004')
        assert (task.state, task.error_code) == (State.PAUSED, RoomBelowFloor.code)
        assert files_below(bench.downloads) == []
        fresh_settings(minimum_free_space_mb=0)
        [again] = bench.fetch('1004')
        assert again.id == task.id
        assert_whole(demo, again)

    def test_full_on_the_way(self, demo, bench, tmp_path):
        with small_disk(tmp_path / 'disk', megabytes=8) as disk:
            demo.faults.add('throttle', path=FILES, bytes_per_second=1_500_000, times=1)
            [task] = bench.order('1003', folder=str(disk / 'models'))
            bench.engine.start()
            bench.reached(task, State.RUNNING, received=300_000)
            disk.fill()
            paused = bench.engine.wait([task.id])[0]
            assert (paused.state, paused.error_code) == (State.PAUSED, DiskFull.code)
            assert not list(disk.glob('models/*.safetensors'))
            disk.empty()
            before = sent(demo, FILES)
            bench.engine.resume([task.id])
            done = bench.engine.wait([task.id])[0]
            assert_whole(demo, done)
            assert sent(demo, FILES) - before < done.size

    def test_a_folder_that_cannot_be_written(self, bench, tmp_path):
        (tmp_path / 'file').write_bytes(b'')
        [task] = bench.fetch('1004', folder=str(tmp_path / 'file' / 'below'))
        assert (task.state, task.error_code) == (State.PAUSED, 'not_writable')


class TestFaultsOfOurOwn:
    def test_an_unexpected_exception_is_recorded_and_the_worker_lives(
        self, demo, benches, monkeypatch, caplog
    ):
        bench = benches(concurrent_downloads=1)
        real = run_module.fetch

        def fail(*arguments, **more):
            monkeypatch.setattr(run_module, 'fetch', real)
            raise ZeroDivisionError

        monkeypatch.setattr(run_module, 'fetch', fail)
        with caplog.at_level(logging.DEBUG, 'civitai_shortcut'):
            [task] = bench.fetch('1004')
        assert (task.state, task.error_code) == (State.FAILED, 'unexpected')
        assert task.error_details == {'reason': 'ZeroDivisionError'}
        assert_whole(demo, bench.fetch('1004')[0])

    def test_a_listener_that_fails_does_not_end_the_worker(self, demo, benches):
        bench = benches(concurrent_downloads=1)

        def break_down(notice):
            raise BrokenPipeError

        stop = worker_module.tell.__self__.listen(break_down)
        failed(bench, LOGIN, 'key_needed')
        stop()
        assert_whole(demo, bench.fetch('1004')[0])

    def test_the_file_vanishes_in_the_moment_it_is_finished(self, demo, bench, monkeypatch):
        real = run_module.fetch

        def fetch_and_lose(*arguments, **more):
            monkeypatch.setattr(run_module, 'fetch', real)
            fetched = real(*arguments, **more)
            Path(fetched.path).unlink()
            return fetched

        monkeypatch.setattr(run_module, 'fetch', fetch_and_lose)
        [task] = bench.fetch('1004')
        assert task.state is State.FAILED
        assert_whole(demo, bench.fetch('1004')[0])


class TestKilledBeforeItWasSaid:
    """The file has its final name, and the process dies before the queue knows it."""

    @pytest.fixture
    def dies_once(self, monkeypatch):
        real = worker_module.Worker._finished

        def forget(worker, run, task, *arguments):
            monkeypatch.setattr(worker_module.Worker, '_finished', real)
            worker.store.release(task, State.PAUSED)

        monkeypatch.setattr(worker_module.Worker, '_finished', forget)

    @pytest.mark.parametrize('name', ['plain', 'unscanned'])
    @pytest.mark.parametrize('taken', [False, True])
    def test_it_is_found_and_not_fetched_again(self, demo, bench, dies_once, name, taken):
        target = str(SPECIAL[name].model_id)
        [task] = bench.order(target)
        if taken:
            place_of(task).parent.mkdir(parents=True)
            place_of(task).write_bytes(b'mine')
        bench.engine.start()
        assert bench.engine.wait([task.id])[0].state is State.PAUSED
        before, lying = sent(demo, FILES), files_below(bench.downloads)
        [done] = bench.fetch(target)
        assert_whole(demo, done)
        assert done.verified is (name == 'plain')
        assert sent(demo, FILES) == before and files_below(bench.downloads) == lying
