"""Requests are counted as they happen: by many threads, in bounded memory, switched off live."""

import csv
import io
import json
import threading
import tracemalloc

import pytest

from civitai_manager_libs.domain.traffic import COUNTS
from civitai_manager_libs.errors import KeyRefused, ServerTrouble, StoreLocked, TimedOut
from civitai_manager_libs.monitoring import HttpMonitor, get_http_monitor
from civitai_manager_libs.store.traffic import TrafficStore

from .support.counting import NOON

HOST = 'civitai.example'
KEYS = {
    *('total_requests', 'failed_requests', 'error_rate_percent', 'success_rate_percent'),
    *('avg_response_time_ms', 'p50_response_time_ms', 'p95_response_time_ms'),
    *('p99_response_time_ms', 'total_bytes_downloaded', 'avg_download_speed_bps'),
    *('current_download_speed_bps', 'cache_hit_rate_percent', 'cache_hits', 'cache_stale_hits'),
    *('cache_misses', 'retries', 'rate_limit_waits', 'rate_limit_wait_seconds'),
    *('requests_with_key', 'key_last_refused', 'by_host', 'by_kind', 'by_status', 'by_error'),
    *('uptime_seconds', 'retention_hours', 'since'),
}


def everything(monitor):
    """One call of each kind of recording."""
    monitor.requested(HOST, 'api', 200, 0.25, with_key=True)
    monitor.requested(HOST, 'api', 401, 0.75, with_key=True)
    monitor.failed(HOST, 'api', KeyRefused())
    monitor.key_refused()
    monitor.requested('cdn.example', 'image', None, 20.0)
    monitor.failed('cdn.example', 'image', TimedOut(host='cdn.example', seconds=20.0))
    monitor.retried('cdn.example', 'image')
    monitor.received('cdn.example', 'file', 6000)
    monitor.cached(HOST, 'hit')
    monitor.cached(HOST, 'stale')
    monitor.cached(HOST, 'miss')
    monitor.waited(HOST, 'api', 12.5)


class TestRecording:
    def test_every_method(self, monitor):
        everything(monitor)
        report = monitor.report(1)
        counted = {name: getattr(report.total, name) for name in COUNTS}
        wanted = dict(requests=3, failures=2, retries=1, hits=1, misses=1, stale=1, waits=1)
        more = dict(waited=12.5, received=6000, with_key=2, milliseconds=1000.0)
        assert counted == {**wanted, **more}
        assert report.total.latencies.total == 2
        assert report.outcomes == {'200': 1, '401': 1, 'key_refused': 1, 'timed_out': 1}
        assert {host: traffic.requests for host, traffic in report.hosts.items()} == {
            HOST: 2,
            'cdn.example': 1,
        }
        assert [report.kinds[kind].requests for kind in ('api', 'image', 'file')] == [2, 1, 0]
        assert [fault.code for fault in report.faults] == ['timed_out', 'key_refused']
        assert report.faults[0].details == {'host': 'cdn.example', 'seconds': 20.0}

    def test_minutes_become_parts_of_a_report(self, monitor, clock):
        monitor.requested(HOST, 'api', 200, 0.1)
        clock.now += 60
        monitor.requested(HOST, 'api', 200, 0.1)
        monitor.requested(HOST, 'file', 200, 0.1)
        spans = monitor.report(0.25).spans
        assert [span.total.requests for span in spans[-3:]] == [0, 1, 2] and len(spans) == 15
        assert spans[-1].begin == NOON + 60 and set(spans[-1].kinds) == {'api', 'file'}

    def test_switched_off_nothing_is_counted(self, monitor, fresh_settings):
        fresh_settings(http_enable_monitoring=False)
        everything(monitor)
        report = monitor.report(1)
        assert {getattr(report.total, name) for name in COUNTS} == {0}
        assert (report.hosts, report.outcomes, report.faults) == ({}, {}, ())
        assert monitor.get_performance_report()['key_last_refused'] is None
        fresh_settings(http_enable_monitoring=True)
        everything(monitor)
        assert monitor.report(1).total.requests == 3

    def test_what_is_too_old_goes(self, monitor, clock, fresh_settings):
        fresh_settings(http_stats_retention_hours=2)
        everything(monitor)
        clock.now += 2 * 3600 + 120
        monitor.requested(HOST, 'api', 200, 0.1)
        assert monitor.report(24).total.requests == 1 and monitor.report(24).faults == ()

    def test_details_of_faults_are_short_and_without_secrets(self, monitor):
        said = 'token=SECRET1234567890 ' + 'x' * 5000
        monitor.failed(HOST, 'api', ServerTrouble(status=503, host=HOST, said=said))
        details = monitor.report(1).faults[0].details
        assert details['status'] == 503
        assert 'SECRET' not in details['said'] and len(details['said']) <= 300

    def test_sixty_four_threads_lose_no_count(self, monitor, store):
        monitor.keep_in(store)
        begin, done = threading.Barrier(65), threading.Event()

        def work():
            begin.wait()
            for _ in range(300):
                everything(monitor)

        def flush():
            while not done.wait(0.005):
                monitor.flush()
                monitor.report(1)

        threads = [threading.Thread(target=work) for _ in range(64)]
        flusher = threading.Thread(target=flush)
        for thread in [*threads, flusher]:
            thread.start()
        begin.wait()
        for thread in threads:
            thread.join()
        done.set()
        flusher.join()
        total = monitor.report(1).total
        rounds = 64 * 300
        assert (total.requests, total.failures) == (3 * rounds, 2 * rounds)
        assert (total.received, total.waits, total.retries) == (6000 * rounds, rounds, rounds)
        assert (total.hits, total.misses, total.stale) == (rounds, rounds, rounds)
        assert total.latencies.total == 2 * rounds and total.milliseconds == 1000 * rounds

    def test_memory_does_not_grow(self, monitor, clock):
        def work(count):
            for number in range(count):
                clock.now += 0.7
                host = f'h{number}.example'
                monitor.requested(host, 'api', number % 400 + 100, 0.1)
                if number % 10 == 0:
                    monitor.failed(host, 'api', TimedOut(host=host, seconds=number))

        work(30_000)
        tracemalloc.start()
        try:
            work(30_000)
            grown, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert len(monitor.report(1).faults) <= 200
        # About 4000 cells at most, all of which may have been made anew meanwhile.
        assert grown < 16 << 20

    def test_there_is_one_for_the_process(self):
        assert get_http_monitor() is get_http_monitor()


class TestPerformanceReport:
    def test_all_keys_and_only_types_of_json(self, monitor):
        empty = monitor.get_performance_report()
        assert set(empty) == KEYS and json.loads(json.dumps(empty)) == empty
        for key in KEYS:
            assert f'``{key}``' in HttpMonitor.get_performance_report.__doc__
        numbers = [value for key, value in empty.items() if isinstance(value, (int, float))]
        assert len(numbers) == len(KEYS) - 6 and empty['since'] is None

    def test_what_it_says(self, monitor):
        everything(monitor)
        report = monitor.get_performance_report()
        assert json.loads(json.dumps(report)) == report and set(report) == KEYS
        assert (report['total_requests'], report['failed_requests']) == (3, 2)
        assert report['error_rate_percent'] == 66.67 and report['success_rate_percent'] == 33.33
        assert report['avg_response_time_ms'] == 500 and report['cache_hit_rate_percent'] == 66.67
        assert report['p50_response_time_ms'] == pytest.approx(250, rel=0.26)
        assert report['p99_response_time_ms'] == pytest.approx(750, rel=0.26)
        assert report['total_bytes_downloaded'] == 6000
        assert report['avg_download_speed_bps'] == report['current_download_speed_bps'] == 100
        assert report['rate_limit_waits'] == 1 and report['rate_limit_wait_seconds'] == 12.5
        assert report['requests_with_key'] == 2 and report['retries'] == 1
        assert report['key_last_refused'] == '2025-02-19T21:20:30+00:00'
        assert report['since'] == '2025-02-19T21:20:00+00:00'
        assert report['by_status'] == {'200': 1, '401': 1}
        assert report['by_error'] == {'key_refused': 1, 'timed_out': 1}
        assert list(report['by_host']) == [HOST, 'cdn.example']
        assert report['by_kind']['file']['bytes_downloaded'] == 6000

    def test_the_speed_of_the_last_minute(self, monitor, clock):
        monitor.received(HOST, 'file', 60_000)
        clock.now += 45  # a quarter of the next minute: three quarters of the last one count
        assert monitor.get_performance_report()['current_download_speed_bps'] == 750
        clock.now += 60
        report = monitor.get_performance_report()
        assert report['current_download_speed_bps'] == 0
        assert report['avg_download_speed_bps'] == 1000

    def test_an_older_refusal_of_the_key_does_not_replace_a_later_one(self, monitor):
        monitor.key_refused(NOON + 10)
        monitor.key_refused(NOON)
        assert monitor.get_performance_report()['key_last_refused'] == '2025-02-19T21:20:10+00:00'


class TestExport:
    def test_lines(self, monitor, clock):
        everything(monitor)
        clock.now += 60
        everything(monitor)
        lines = list(csv.DictReader(io.StringIO(monitor.export_csv(1))))
        assert [line['kind'] for line in lines] == ['file', 'image', 'api'] * 2
        mine = [line for line in lines if line['host'] == HOST][0]
        assert mine['time'] == '2025-02-19T21:20:00+00:00'
        assert (mine['requests'], mine['waited'], mine['average_ms']) == ('2', '12.5', '500.0')
        assert mine['outcomes'] == '200=1 401=1 key_refused=1'

    def test_json(self, monitor):
        everything(monitor)
        document = json.loads(monitor.export_json(1))
        assert set(document) == {'begin', 'end', 'minutes', 'faults'}
        assert sum(minute['requests'] for minute in document['minutes']) == 3
        assert {fault['code'] for fault in document['faults']} == {'timed_out', 'key_refused'}
        assert document['minutes'][0]['average_ms'] is None


class FailingStore(TrafficStore):
    """A store that cannot be reached as long as ``fails``."""

    fails = True

    def add(self, ledger):
        if self.fails:
            raise StoreLocked(path='x')
        super().add(ledger)

    def read(self, window):
        if self.fails:
            raise StoreLocked(path='x')
        return super().read(window)


def test_a_failing_store_loses_nothing_and_is_told_once(monitor, database, monkeypatch):
    told = []
    monkeypatch.setattr('civitai_manager_libs.store.traffic_keeper.printD', told.append)
    store = FailingStore(database)
    monitor.keep_in(store)
    for _ in range(3):
        everything(monitor)
        monitor.flush()
        assert monitor.report(1).total.requests % 3 == 0
    assert len(told) == 1 and 'store_locked' in told[0]
    assert monitor.report(1).total.requests == 9 and len(monitor.report(1).faults) == 6
    store.fails = False
    monitor.flush()
    assert monitor.report(1).total.requests == 9 and len(monitor.report(1).faults) == 6
    monitor.close()
    assert monitor.report(1).total.requests == 0  # all of it is in the store
