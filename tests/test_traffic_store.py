"""Counts in the database: of several processes, for as long as they are wanted, through trouble."""

import sqlite3
import time
from contextlib import closing

import pytest

from civitai_manager_libs.domain.traffic import Fault
from civitai_manager_libs.domain.traffic_ledger import Ledger, Window
from civitai_manager_libs.errors import StoreDamaged, StoreLocked, TimedOut
from civitai_manager_libs.monitoring import HttpMonitor
from civitai_manager_libs.store import database as database_module
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.traffic import TrafficStore

from .support.counting import child

COUNT = """
import sys
from pathlib import Path
from civitai_manager_libs.monitoring import HttpMonitor
from civitai_manager_libs.errors import TimedOut
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.traffic import TrafficStore

monitor = HttpMonitor(lambda: float(sys.argv[2]))
monitor.keep_in(TrafficStore(Database(Path(sys.argv[1]))))
print('ready', flush=True)
sys.stdin.readline()
for number in range(100):
    for again in range(10):
        monitor.requested('h', 'api', 200, number / 100)
        monitor.received('h', 'file', 7)
    monitor.failed('h', 'api', TimedOut(host='h', seconds=number))
    monitor.flush()
monitor.close()
print('done', flush=True)
sys.stdin.readline()
"""
MINUTE = 1000
WHOLE = Window(0, MINUTE * 2, 1)


def counted(minute=MINUTE, host='h', requests=1):
    """A ledger of so many requests that ended in 200 after 100 ms."""
    ledger = Ledger()
    cell = ledger.at(minute, host, 'api')
    cell.traffic.requests += requests
    for _ in range(requests):
        cell.traffic.latencies.add(100)
        cell.traffic.milliseconds += 100
        cell.end('200')
    return ledger


def rows(database, table):
    with closing(sqlite3.connect(database.path)) as connection:
        return connection.execute(f'SELECT * FROM {table}').fetchall()


def test_two_processes_count_together(database, store, clock, monitor):
    children = [child(COUNT, database.path, clock.now) for _ in range(2)]
    for one in children:
        assert one.stdout.readline() == 'ready\n'
    for one in children:
        one.stdin.write('\n')
        one.stdin.flush()
    monitor.keep_in(store)
    for _ in range(100):
        monitor.requested('h', 'api', 200, 0.5)
        monitor.flush()
    for one in children:
        assert one.stdout.readline() == 'done\n'
    report = monitor.report(1)
    assert (report.total.requests, report.total.failures) == (2100, 200)
    assert report.total.latencies.total == report.outcomes['200'] == 2100
    assert report.total.received == 2 * 1000 * 7 and report.outcomes['timed_out'] == 200
    assert report.total.milliseconds == pytest.approx(2 * 495_000 + 50_000)
    assert len(report.faults) == 200
    monitor.clear()
    assert monitor.report(1).total.requests == 0 and monitor.report(1).faults == ()
    for one in children:
        one.communicate('\n', timeout=60)
    assert [rows(database, name) for name in ('http_traffic', 'http_outcomes')] == [[], []]


def test_everything_comes_back_as_it_went(database, store):
    ledger = counted(requests=3)
    cell = ledger.at(MINUTE, 'h', 'api')
    cell.traffic.waited, cell.traffic.received = 1.5, 1 << 40
    ledger.faults.append(Fault(60.5 * MINUTE, 'h', 'api', 'timed_out', {'host': 'h', 'seconds': 3}))
    ledger.key_refused = 5.5
    store.add(ledger)
    store.add(counted(host='other', requests=2))
    sums = store.read(WHOLE)
    assert (
        sums.traffic[0, 'h', 'api'].received == 1 << 40
        and sums.traffic[0, 'h', 'api'].waited == 1.5
    )
    assert sums.traffic[0, 'h', 'api'].latencies.counts == cell.traffic.latencies.counts
    assert sums.outcomes == {(0, '200'): 5} and sums.faults == list(ledger.faults)
    assert (sums.busy, sums.since) == ({MINUTE}, MINUTE) and store.key_refused() == 5.5
    minutes = store.minutes(WHOLE)
    assert list(minutes) == [(MINUTE, 'h', 'api'), (MINUTE, 'other', 'api')]
    assert minutes[MINUTE, 'other', 'api'].outcomes == {'200': 2}


def test_the_later_refusal_of_the_key_stays(store):
    assert store.key_refused() is None
    for moment in (7.0, 5.0):
        ledger = Ledger()
        ledger.key_refused = moment
        store.add(ledger)
    assert store.key_refused() == 7.0


def test_only_what_is_inside_a_window_is_read(store):
    for minute in (9, 10, 19, 20):
        store.add(counted(minute))
    sums = store.read(Window(10, 5, 2))
    assert {part: traffic.requests for (part, _, _), traffic in sums.traffic.items()} == {
        0: 1,
        1: 1,
    }
    assert sum(sums.outcomes.values()) == 2 and sums.since == 10
    assert [place[0] for place in store.minutes(Window(10, 5, 2))] == [10, 19]


def test_more_rows_than_are_read_at_once(store, monkeypatch):
    monkeypatch.setattr('civitai_manager_libs.store.traffic._ROWS_AT_ONCE', 7)
    ledger = Ledger()
    for minute in range(100):
        ledger.at(minute, f'h{minute % 3}', 'api').traffic.requests += minute
        ledger.at(minute, 'h0', 'file').traffic.received += minute % 2
    store.add(ledger)
    report = store.read(Window(10, 30, 3)).report()
    assert report.total.requests == sum(range(10, 100)) and report.total.received == 45
    assert [span.total.requests for span in report.spans] == [
        sum(range(begin, begin + 30)) for begin in (10, 40, 70)
    ]
    sums = store.read(Window(10, 30, 3))
    assert sums.since == 10 and sums.busy == set(range(11, 100, 2))


def test_only_the_newest_faults_stay(database, store):
    for begin in range(0, 500, 100):
        ledger = Ledger()
        for number in range(begin, begin + 100):
            ledger.faults.append(Fault(float(number), 'h', 'api', 'timed_out', {}))
        store.add(ledger)
    assert len(rows(database, 'http_faults')) == 200
    assert [fault.time for fault in store.read(WHOLE).faults] == [*range(499, 299, -1)]


def test_old_counts_go_and_an_idle_store_is_not_written_to(database, store):
    for minute in (10, 20):
        store.add(counted(minute))
    ledger = Ledger()
    ledger.faults.append(Fault(599.0, 'h', 'api', 'timed_out', {}))
    store.add(ledger)
    store.delete_before(20)
    assert [row[0] for row in rows(database, 'http_traffic')] == [20]
    assert [row[0] for row in rows(database, 'http_outcomes')] == [20]
    assert rows(database, 'http_faults') == []
    with closing(sqlite3.connect(database.path)) as connection:
        before = connection.execute('PRAGMA data_version').fetchone()
        store.delete_before(20)
        assert connection.execute('PRAGMA data_version').fetchone() == before


def test_the_monitor_deletes_what_is_older_than_the_setting(
    database, store, clock, monitor, fresh_settings
):
    monitor.keep_in(store)
    monitor.requested('h', 'api', 200, 0.1)
    monitor.flush()
    fresh_settings(http_stats_retention_hours=1)
    clock.now += 50 * 60
    monitor.flush()
    assert len(rows(database, 'http_traffic')) == 1
    clock.now += 12 * 60
    monitor.flush()
    assert rows(database, 'http_traffic') == []


def test_what_a_closed_monitor_has_counted_is_there_for_the_next(store, clock, monitor):
    monitor.requested('h', 'api', 200, 0.1)
    monitor.keep_in(store)
    monitor.failed('h', 'api', TimedOut(host='h', seconds=1))
    monitor.close()
    other = HttpMonitor(clock)
    assert other.report(1).total.requests == 0
    other.keep_in(store)
    other.requested('h', 'api', 200, 0.1)
    report = other.report(1)
    assert (report.total.requests, report.total.failures) == (2, 1)
    assert other.export_csv(1).splitlines()[1].split(',')[1:5] == ['h', 'api', '2', '1']
    other.close()


def test_counts_reach_the_database_by_themselves(database, store, monitor, monkeypatch):
    monkeypatch.setattr('civitai_manager_libs.store.traffic_keeper._FLUSH_SECONDS', 0.01)
    monitor.keep_in(store)
    monitor.requested('h', 'api', 200, 0.1)
    deadline = time.monotonic() + 20
    while not rows(database, 'http_traffic'):
        assert time.monotonic() < deadline
        time.sleep(0.01)


class TestTrouble:
    @pytest.fixture
    def impatient(self, tmp_path, monkeypatch):
        """A database that waits hardly at all for a lock."""
        monkeypatch.setattr(database_module, '_BUSY_SECONDS', 0.05)
        made = Database(tmp_path / 'locked.db')
        yield made
        made.close()

    def test_a_locked_store_is_tried_again(self, impatient, clock, monitor):
        store = TrafficStore(impatient)
        monitor.keep_in(store)
        with closing(sqlite3.connect(impatient.path, isolation_level=None)) as other:
            other.execute('BEGIN IMMEDIATE')
            monitor.requested('h', 'api', 200, 0.1)
            with pytest.raises(StoreLocked):
                store.add(counted())
            monitor.flush()
            monitor.requested('h', 'api', 200, 0.1)
            assert monitor.report(1).total.requests == 2
            with pytest.raises(StoreLocked):
                monitor.clear()
            assert monitor.report(1).total.requests == 2
            other.execute('ROLLBACK')
        assert rows(impatient, 'http_traffic') == []
        monitor.flush()
        assert len(rows(impatient, 'http_traffic')) == 1
        assert monitor.report(1).total.requests == 2

    def test_a_damaged_store_leaves_the_counts_of_this_process(self, database, store, monitor):
        monitor.keep_in(store)
        monitor.requested('h', 'api', 200, 0.1)
        monitor.flush()
        with closing(sqlite3.connect(database.path)) as connection:
            connection.execute('PRAGMA wal_checkpoint(TRUNCATE)')
            pages = connection.execute('PRAGMA page_count').fetchone()[0]
        with open(database.path, 'r+b') as file:
            file.seek(4096)
            file.write(b'\xff' * 4096 * (pages - 1))
        with pytest.raises(StoreDamaged):
            Database(database.path).check()
        monitor.requested('h', 'api', 200, 0.1)
        monitor.requested('h', 'api', 200, 0.1)
        monitor.flush()
        assert monitor.report(1).total.requests == 2
        assert monitor.get_performance_report()['total_requests'] == 2
