"""A server that is down is left alone, by this program's processes together."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import pytest

from civitai_manager_libs.domain.sites import host_of
from civitai_manager_libs.errors import (
    ApiError,
    HostBusy,
    HostResting,
    RateLimited,
    ServerTrouble,
)
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.monitoring import HttpMonitor
from civitai_manager_libs.net.pace import Pace
from civitai_manager_libs.net.redirect import FileRequest
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.hosts import Hosts, HostStore
from civitai_manager_libs.store.slots import Slots

MODELS = '/api/v1/models?limit=1'
NOW = 1_800_000_000.0


def one():
    return 1


@pytest.fixture
def client(fresh_settings):
    fresh_settings(http_max_retries=0, request_delay=0.0)
    made = CivitaiHttpClient()
    made.monitor = HttpMonitor()
    yield made
    made.close()


def errors_of(client, url, count):
    found = []
    for _ in range(count):
        with pytest.raises(ApiError) as caught:
            client.fetch_json('GET', url)
        found.append(type(caught.value))
    return found


class TestClient:
    def test_after_five_failures_the_server_is_left_alone(self, client, demo):
        demo.faults.add('status', status=500)
        found = errors_of(client, demo.base_url + MODELS, 8)
        assert found == [ServerTrouble] * 5 + [HostResting] * 3
        assert len(demo.requests) == 5

    def test_it_says_until_when(self, client, demo):
        demo.faults.add('status', status=502)
        errors_of(client, demo.base_url + MODELS, 5)
        with pytest.raises(HostResting) as caught:
            client.fetch_json('GET', demo.base_url + MODELS)
        assert 0 < caught.value.wait_seconds <= 15
        assert caught.value.details['until'] == pytest.approx(time.time() + 15, abs=5)

    def test_nothing_that_was_not_asked_counts_as_a_failed_request(self, client, demo):
        demo.faults.add('drop', side='api')
        errors_of(client, demo.base_url + MODELS, 8)
        assert client._stats['total_requests'] == client._stats['failed_requests'] == 5
        assert client._stats['error_counts'] == {'connection_failed': 5}
        report = client.monitor.get_performance_report()
        assert report['total_requests'] == report['failed_requests'] == 5

    @pytest.mark.parametrize('status', [400, 404, 429])
    def test_a_server_that_says_no_is_not_down(self, client, demo, status):
        demo.faults.add('status', status=status, retry_after='0')
        assert HostResting not in errors_of(client, demo.base_url + MODELS, 8)
        assert len(demo.requests) == 8

    def test_other_hosts_are_asked(self, client, demo, odd_server):
        demo.faults.add('status', status=500)
        other = odd_server(lambda handler: handler.reply(200, b'{}'))
        errors_of(client, demo.base_url + MODELS, 6)
        assert client.fetch_json('GET', other.url) == {}

    def test_files_are_left_alone_too(self, client, demo, tmp_path):
        demo.faults.add('status', status=500)
        errors_of(client, demo.base_url + MODELS, 5)
        assert not client.download_file(
            f'{demo.base_url}/api/download/models/1', str(tmp_path / 'x')
        )
        assert len(demo.requests) == 5


class TestStorage:
    """Whoever has the files is no host of Civitai, and is asked without keeping a pace."""

    def test_who_finds_no_place_is_not_the_one_that_tries(self, client, odd_server, fresh_settings):
        fresh_settings(http_max_retries=0, max_connections_per_host=1)
        server = odd_server(lambda handler: handler.reply(200, b'\0' * 100))
        now = [time.time()]
        client.pace = Pace(lambda: now[0])
        for _ in range(5):
            client.pace.failed(host_of(server.url), 1)
        now[0] += 16
        free = client._lines.take(host_of(server.url), 1, further=False)
        with pytest.raises(HostBusy):
            client.open_file(FileRequest(server.url, further=True))
        free()
        client.open_file(FileRequest(server.url)).close()
        assert len(server.seen) == 1

    @pytest.mark.parametrize('kind', ['file', 'image'])
    def test_a_rest_it_asks_for_holds_for_all(self, client, odd_server, kind):
        server = odd_server(lambda handler: handler.reply(429, b'{}', Retry_After='50'))
        found = []
        for _ in range(3):
            with pytest.raises(ApiError) as caught:
                client.open_file(FileRequest(server.url), kind)
            found.append(type(caught.value))
        assert found == [RateLimited, HostResting, HostResting]
        assert 40 < caught.value.wait_seconds <= 50 and len(server.seen) == 1


class TestPace:
    def test_one_tries_when_the_rest_is_over(self):
        now = [NOW]
        pace = Pace(lambda: now[0])
        for _ in range(5):
            pace.failed('a', 1)
        with pytest.raises(HostResting):
            pace.check('a', 0.0, 20.0)
        now[0] += 16
        with pace.turn('a', lambda: 4, 0.0, 20.0):
            with pytest.raises(HostResting):
                pace.check('a', 0.0, 20.0)
            pace.answered('a')
        pace.check('a', 0.0, 20.0)


class TestTogether:
    @pytest.fixture
    def database(self, tmp_path):
        opened = Database(tmp_path / 'data.db')
        yield opened
        opened.close()

    def test_what_one_process_learns_the_others_know(self, database, tmp_path):
        one, other = Pace(), Pace()
        for pace in (one, other):
            pace.share(HostStore(database), Slots(tmp_path))
        for _ in range(5):
            one.failed('a', 1)
        with pytest.raises(HostResting):
            other.check('a', 0.0, 20.0)
        other.answered('a')
        one.check('a', 0.0, 20.0)
        one.hold('a', 90.0)
        assert 80 < other.states()['a'].wait(time.time()) <= 90

    def test_starts_are_apart_over_all_processes(self, database, tmp_path):
        database.close()
        begun = time.time()
        children = [spawn(tmp_path, 'STARTS') for _ in range(3)]
        starts = sorted(
            float(line) for child in children for line in child.communicate(timeout=60)[0].split()
        )
        assert len(starts) == 12 and starts[0] >= begun
        # a start is noted a little after it was allowed; each process by itself would need 0.3 s
        assert starts[-1] - starts[0] >= 0.1 * 7

    def test_a_killed_process_gives_its_place_back(self, tmp_path):
        child = spawn(tmp_path, 'HOLD')
        assert child.stdout.readline().strip() == 'held'
        taken = threading.Event()

        def take():
            with Slots(tmp_path / 'locks').take('a', one):
                taken.set()

        waiting = threading.Thread(target=take, daemon=True)
        waiting.start()
        assert not taken.wait(0.3)
        child.send_signal(signal.SIGTERM if os.name == 'nt' else signal.SIGKILL)
        child.communicate(timeout=60)
        assert taken.wait(60)

    def test_without_the_database_each_goes_by_itself(self, database):
        store = HostStore(database)
        database.close()
        database.path.unlink()
        database.path.mkdir()
        store.change('a', lambda state: state.failed(NOW, 1))
        assert store.states()['a'].failures == 1 and store.state('a').failures == 1

    def test_a_locked_database_is_left_alone_for_a_while(self, tmp_path, monkeypatch):
        monkeypatch.setattr('civitai_manager_libs.store.database._BUSY_SECONDS', 0.2)
        database, now = Database(tmp_path / 'locked.db'), [100.0]
        store = HostStore(database, lambda: now[0])
        locking = sqlite3.connect(database.path, isolation_level=None)
        locking.execute('BEGIN IMMEDIATE')
        store.change('a', lambda state: state.failed(NOW, 1))
        locking.execute('ROLLBACK')
        locking.close()
        store.change('a', lambda state: state.failed(NOW, 1))
        assert store.state('a').failures == 2 and not HostStore(database).states()
        now[0] += 61
        store.change('a', lambda state: state.failed(NOW, 1))
        assert HostStore(database).state('a').failures == 1
        database.close()

    def test_without_lock_files_everybody_has_a_place(self, tmp_path):
        (tmp_path / 'locks').write_text('')
        shared = [Slots(tmp_path / 'locks') for _ in range(2)]
        with shared[0].take('a', one), shared[1].take('a', one):  # the second would wait for ever
            both_inside = True
        assert both_inside and (tmp_path / 'locks').is_file()


def test_a_process_alone_counts_for_itself():
    hosts = Hosts()
    assert hosts.change('a', lambda state: state.failed(NOW, 1)).failures == 0
    assert hosts.state('a').failures == 1 and set(hosts.states()) == {'a'}


CHILD = """
import sys, time
from pathlib import Path
from civitai_manager_libs.net.pace import Pace
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.hosts import HostStore
from civitai_manager_libs.store.slots import Slots
folder = Path(sys.argv[1])
if sys.argv[2] == 'HOLD':
    with Slots(folder / 'locks').take('a', lambda: 1):
        print('held', flush=True)
        time.sleep(600)
pace = Pace()
pace.share(HostStore(Database(folder / 'data.db')), Slots(folder / 'locks'))
for _ in range(4):
    with pace.turn('a', lambda: 8, 0.1, 20.0):
        print(time.time(), flush=True)
"""


def spawn(folder, what):
    words = [sys.executable, '-c', CHILD, str(folder), what]
    path = os.pathsep.join(one for one in sys.path if one)
    return subprocess.Popen(
        words, stdout=subprocess.PIPE, text=True, env={**os.environ, 'PYTHONPATH': path}
    )
