"""The health check says of each part how it is, why, and what to do."""

import json
import os
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import datetime

import pytest

from civitai_manager_libs import health, i18n, memory, monitoring, setting
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.errors import StoreTooNew, TimedOut
from civitai_manager_libs.health import ERROR, OK, PARTS, WARNING, HealthSources, health_check
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.files import free_space
from civitai_manager_libs.store.hosts import HostStore
from civitai_manager_libs.store.slots import Slots

from .support.damage import damage, filled
from .support.engine import new_download


@pytest.fixture
def sources(bench, home, monkeypatch):
    """The engine of ``bench`` as the program that is looked at, with statistics of its own."""
    monkeypatch.setattr(monitoring, '_monitor', monitoring.HttpMonitor())
    bench.client.monitor = monitoring.get_http_monitor()
    made = HealthSources(
        bench.client, bench.database, lambda: bench.downloads, home / 'cache', lambda *_: True
    )
    health.watch(made)
    yield made
    health.watch(None)


@pytest.fixture
def found(sources):
    """``found('queue')``: state, reason and sentence of one part; the report fits together."""

    def check(part, look=False):
        report = health_check(look)
        assert set(report) == {'status', 'checked_at', 'details', *PARTS}
        assert report == json.loads(json.dumps(report))
        assert report['status'] == max(
            (report[one] for one in PARTS), key=[OK, WARNING, ERROR].index
        )
        assert datetime.fromisoformat(report['checked_at']).tzinfo is not None
        for language in i18n.LANGUAGES:
            i18n.set_language(language)
            for one, state, words in health.parts(report):
                assert words and '{' not in words and not words.startswith('health.'), (one, words)
        i18n.set_language('en')
        [(state, words)] = [
            (state, words) for one, state, words in health.parts(report) if one == part
        ]
        return state, report['details'][part]['reason'], words

    return check


class TestSite:
    def test_it_is_really_asked(self, found, demo):
        state, reason, words = found('http_client', look=True)
        assert (state, reason) == (OK, 'ok') and demo.base_url.split('//')[1] in words
        assert len(demo.requests) == 1

    def test_unless_nobody_wants_to_know(self, found, demo):
        assert found('http_client')[:2] == (OK, 'not_asked') and len(demo.requests) == 0

    @pytest.mark.parametrize(
        'fault, state',
        [
            (('drop', {}), ERROR),
            (('status', {'status': 500}), ERROR),
            (('status', {'status': 200, 'body': 'html'}), ERROR),
            (('status', {'status': 429, 'retry_after': '60'}), WARNING),
        ],
    )
    def test_it_is_away(self, found, demo, fault, state):
        kind, options = fault
        demo.faults.add(kind, **options)
        assert found('http_client', look=True)[:2] == (state, 'unreachable')
        assert len(demo.requests) == 1, 'nothing is tried again'

    def test_it_does_not_answer_in_time(self, found, demo, monkeypatch):
        monkeypatch.setattr(health, '_LOOK_SECONDS', 0.3)
        demo.faults.add('delay', seconds=60.0)
        begun = time.monotonic()
        state, reason, words = found('http_client', look=True)
        assert (state, reason) == (ERROR, 'unreachable') and time.monotonic() - begun < 30
        assert 'seconds' in words

    def test_a_site_that_is_left_alone_is_not_asked(self, found, sources, demo):
        demo.faults.add('drop')
        for _ in range(3):
            sources.client.get_json(f'{demo.base_url}/api/v1/enums')
        asked = len(demo.requests)
        assert found('http_client', look=True)[:2] == (ERROR, 'resting')
        assert len(demo.requests) == asked

    def test_another_host_is_left_alone(self, found, sources, demo, odd_server):
        server = odd_server(lambda handler: handler.reply(503))
        for _ in range(3):
            sources.client.get_json(server.url)
        demo.requests.clear()
        state, reason, words = found('http_client', look=True)
        assert (state, reason) == (WARNING, 'failing')
        sources.client.monitor.clear()
        state, reason, words = found('http_client', look=True)
        assert (state, reason) == (WARNING, 'others_rest') and server.url.split('//')[1] in words

    @pytest.mark.parametrize('monitoring_on', [True, False])
    @pytest.mark.parametrize('failing, state', [(1, OK), (2, WARNING)])
    def test_a_fifth_of_the_requests_may_fail(
        self, found, sources, demo, fresh_settings, monitoring_on, failing, state
    ):
        fresh_settings(http_enable_monitoring=monitoring_on)
        demo.faults.add('status', path='/enums', status=404, times=failing)
        for _ in range(5):
            sources.client.get_json(f'{demo.base_url}/api/v1/enums')
        assert found('http_client')[0] == state


class TestMachine:
    def test_little_room(self, found, monkeypatch):
        for free, expected in ((6 << 30, (OK, 'ok')), (4 << 30, (WARNING, 'low'))):
            monkeypatch.setattr(health, 'free_space', lambda _, free=free: free)
            assert found('disk_space')[:2] == expected

    def test_no_room(self, found, bench, fresh_settings):
        fresh_settings(
            minimum_free_space_mb=min(1048576, 1 + (free_space(bench.downloads) >> 20) * 2)
        )
        state, reason, words = found('disk_space')
        assert (state, reason) == (ERROR, 'full') and 'minimum_free_space_mb' in words

    def test_a_folder_that_cannot_be_written(self, found, bench, monkeypatch):
        real = os.access  # who runs as root may write everywhere
        refused = str(bench.downloads.parent)
        monkeypatch.setattr(
            os, 'access', lambda path, how: str(path) != refused and real(path, how)
        )
        assert found('disk_space')[:2] == (ERROR, 'not_writable')

    def test_a_disk_that_is_gone(self, found, monkeypatch):
        def gone(_):
            raise OSError(5, 'Input/output error')

        monkeypatch.setattr(health, 'free_space', gone)
        assert found('disk_space')[:2] == (ERROR, 'unreadable')

    def test_memory(self, found, fresh_settings):
        fresh_settings(http_max_memory_usage_mb=16)
        assert found('memory')[:2] == (OK, 'ok')
        with memory.guard.holding('a test', 17 << 20):
            assert found('memory')[:2] == (WARNING, 'tight')
            fresh_settings(http_memory_monitor_enabled=False)
            assert found('memory')[:2] == (OK, 'off')

    def test_cache(self, found, sources, home, demo, fresh_settings, monkeypatch):
        assert found('cache')[:2] == (OK, 'off')
        answers = sources.cache_folder / 'answers'
        sources.client.share_with(HostStore(sources.database), Slots(home / 'locks'), answers)
        sources.client.get_json(f'{demo.base_url}/api/v1/enums')
        assert found('cache')[:2] == (OK, 'ok')
        large = answers / 'aa'
        large.mkdir(parents=True, exist_ok=True)
        (large / 'x.json').write_bytes(b' ' * (1 << 20))
        fresh_settings(http_cache_max_size_mb=1)
        assert found('cache')[:2] == (WARNING, 'over')
        monkeypatch.setattr(os, 'access', lambda *_: False)
        assert found('cache')[:2] == (WARNING, 'not_writable')
        fresh_settings(http_cache_enabled=False)
        assert found('cache')[:2] == (OK, 'off')


class TestQueue:
    def test_a_healthy_database(self, found):
        assert found('database')[:2] == (OK, 'ok')

    def test_a_locked_database(self, found, bench, monkeypatch):
        monkeypatch.setattr(health, '_DATABASE_SECONDS', 0.3)
        with closing(sqlite3.connect(bench.database.path, isolation_level=None)) as other:
            other.execute('BEGIN IMMEDIATE')
            state, reason, words = found('database')
            assert (state, reason) == (ERROR, 'faulty') and 'in use' in words
            other.execute('ROLLBACK')

    def test_a_damaged_database(self, found, sources, home):
        path = home / 'other.db'
        filled(path)
        damage(path, path.stat().st_size - 4 * 4096, b'\xff' * 4096)
        with closing(Database(path)) as database:
            health.watch(replace(sources, database=database))
            state, reason, words = found('database')
        assert (state, reason) == (ERROR, 'faulty') and 'damaged' in words

    def test_a_database_that_was_deleted(self, found, bench):
        bench.database.path.unlink()
        assert found('database')[:2] == (ERROR, 'faulty')

    def test_one_that_could_not_be_opened(self, found, sources):
        error = StoreTooNew(path='/x.db')
        health.watch(replace(sources, database=error))
        assert found('database')[:2] == (ERROR, 'faulty')
        assert found('queue')[:2] == (OK, 'closed')

    def test_what_waits_and_runs(self, found, bench):
        bench.store.add([new_download(number) for number in (1, 2)], lambda _: False)
        bench.store.claim('me', lambda _: True)
        assert found('queue') == (OK, 'ok', '1 running, 1 waiting, 0 paused.')

    @pytest.mark.parametrize('hours_ago, state', [(0, WARNING), (25, OK)])
    def test_a_failed_download_of_the_last_day(self, found, bench, hours_ago, state):
        bench.store.add([new_download(1)], lambda _: False)
        bench.store._clock = lambda: time.time() - hours_ago * 3600
        task = bench.store.claim('me', lambda _: True)
        bench.store.fail(task, State.FAILED, TimedOut(host='h', seconds=1))
        assert found('queue')[0] == state

    def test_a_download_of_a_program_that_died(self, found, bench, sources):
        bench.store.add([new_download(1)], lambda _: False)
        bench.store.claim('host:1:2', lambda _: True)
        assert found('queue')[0] == OK
        health.watch(replace(sources, alive=lambda *_: False))
        assert found('queue')[:2] == (WARNING, 'stuck')


def test_without_an_opened_program(fresh_settings, demo, home, monkeypatch):
    monkeypatch.setattr(monitoring, '_monitor', monitoring.HttpMonitor())
    report = health_check()
    assert report['status'] == OK, report
    assert report['details']['database'] == report['details']['queue'] == {'reason': 'closed'}
    assert report['details']['disk_space']['path'] == setting.current().download_path
    demo.stop()
    assert health_check()['status'] == ERROR
