"""Counting goes on, and ends in time, whatever clock, store and other processes do."""

import sqlite3
import threading
from contextlib import closing

import pytest

from civitai_manager_libs.store import traffic_keeper
from civitai_manager_libs.store.traffic import TrafficStore

from .support.counting import NOON

HOST = 'civitai.com'
_SOON = 10.0
"""Seconds: SQLite alone would wait for 15, twice."""


@pytest.fixture
def locked(database):
    """Somebody else writes to the database and does not come to an end."""
    with closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute('BEGIN IMMEDIATE')
        yield other


def ends_soon(work):
    """Whether ``work`` ends while nothing has changed."""
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(_SOON)
    return not thread.is_alive()


class TestLocked:
    def test_closing_does_not_wait_for_whoever_writes(self, store, monitor, locked):
        monitor.keep_in(store)
        monitor.requested(HOST, 'api', 200, 0.1)
        assert ends_soon(monitor.close)
        assert monitor.report(1).total.requests == 1, 'it stays in memory'

    def test_a_reader_soon_has_the_counts_of_this_process(self, store, monitor, locked):
        monitor.keep_in(store)
        monitor.requested(HOST, 'api', 200, 0.1)
        flusher = threading.Thread(target=monitor.flush)
        flusher.start()
        assert ends_soon(lambda: monitor.report(1))
        flusher.join()


class TestClock:
    @pytest.fixture
    def astray(self, store, monitor, clock, fresh_settings):
        """The clock was ten years ahead for a moment and is right again; one request a minute is
        counted then, for three hours, of which one is to be kept.
        """
        fresh_settings(http_stats_retention_hours=1)
        monitor.keep_in(store)

        def go_on(flush):
            clock.now = NOON + 10 * 365 * 86400
            monitor.requested(HOST, 'api', 200, 0.1)
            flush()
            clock.now = NOON
            for _ in range(180):
                clock.now += 60
                monitor.requested(HOST, 'api', 200, 0.1)
            flush()

        return go_on

    def test_set_back_old_counts_still_leave_the_memory(self, store, monitor, astray):
        monitor.close()
        astray(lambda: None)
        assert monitor.report(4).total.requests <= 62

    def test_set_back_old_counts_still_leave_the_store(self, store, monitor, astray):
        astray(monitor.flush)
        assert monitor.report(4).total.requests <= 62


def test_a_fault_of_ours_does_not_end_the_storing(database, monitor, monkeypatch, caplog):
    class Odd(TrafficStore):
        calls = 0

        def add(self, ledger):
            self.calls += 1
            if self.calls == 1:
                raise ValueError('no such thing was thought of')
            super().add(ledger)
            stored.set()

    stored = threading.Event()
    monkeypatch.setattr(traffic_keeper, '_FLUSH_SECONDS', 0.01)
    with caplog.at_level('ERROR', logger='civitai_shortcut'):
        monitor.keep_in(Odd(database))
        monitor.requested(HOST, 'api', 200, 0.1)
        assert stored.wait(60)
    assert 'no such thing' in caplog.text
    monitor.close()
    assert monitor.report(1).total.requests == 0, 'nothing of it is left in memory'
