"""What settings do to the requests of this program, as a server sees them."""

import threading

import pytest

from civitai_manager_libs.civitai import CivitaiAPI
from civitai_manager_libs.demo import SPECIAL, DemoCatalogue
from civitai_manager_libs.errors import TimedOut
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.net.redirect import FileRequest

from .support.command import eventually

PLAIN = SPECIAL['plain']
OWN = {'api': 'api_timeout', 'file': 'download_timeout', 'image': 'image_timeout'}
PATIENT = {'http_timeout': 30.0, 'api_timeout': 30.0, 'download_timeout': 30.0}


@pytest.fixture
def silent(odd_server):
    """A server that takes every request and says nothing until the test is over."""
    over = threading.Event()
    yield odd_server(lambda handler: over.wait(60))
    over.set()


def ask(client, kind, url):
    """One request of that kind."""
    if kind == 'api':
        return client.fetch_json('GET', url)
    with client.open_file(FileRequest(url), kind=kind) as body:
        return body.status


@pytest.mark.parametrize('kind', list(OWN))
class TestTimeouts:
    def test_each_kind_has_its_own(self, fresh_settings, silent, kind):
        fresh_settings(http_max_retries=0, **{**PATIENT, 'image_timeout': 30.0, OWN[kind]: 1.0})
        client = CivitaiHttpClient()
        with pytest.raises(TimedOut) as caught:
            ask(client, kind, silent.url)
        assert caught.value.details['seconds'] == 1.0
        assert eventually(lambda: silent.seen) and len(silent.seen) == 1
        client.close()

    def test_without_one_the_general_holds_and_changes_at_once(self, fresh_settings, silent, kind):
        client = CivitaiHttpClient()
        for seconds in (0.3, 0.1):
            fresh_settings(http_max_retries=0, http_timeout=seconds)
            with pytest.raises(TimedOut) as caught:
                ask(client, kind, silent.url)
            assert caught.value.details['seconds'] == seconds
        client.close()

    def test_what_the_caller_gave_stands_above_all(self, fresh_settings, silent, kind):
        fresh_settings(http_max_retries=5, image_timeout=30.0, **PATIENT)
        client = CivitaiHttpClient(timeout=1.0, max_retries=0)
        with pytest.raises(TimedOut) as caught:
            ask(client, kind, silent.url)
        assert caught.value.details['seconds'] == 1.0
        assert eventually(lambda: silent.seen) and len(silent.seen) == 1
        client.close()


class TestRetries:
    def gap(self, client, demo):
        """Seconds between the first two attempts, as the server saw them."""
        demo.requests.clear()
        demo.faults.add('status', status=500, times=1)
        assert client.fetch_json('GET', f'{demo.base_url}/api/v1/models?limit=1')
        first, second = (record.time for record in demo.requests)
        return second - first

    def test_the_first_wait(self, fresh_settings, demo):
        client = CivitaiHttpClient(max_retries=1)
        fresh_settings(enable_smart_retry=False, http_retry_delay=0.8)
        assert self.gap(client, demo) >= 0.75
        fresh_settings(http_retry_delay=0.0)
        assert min(self.gap(client, demo) for _ in range(3)) < 0.7
        client.close()


class TestConnections:
    @pytest.mark.parametrize('kept, opened', [(4, 4), (1, 7)])
    def test_so_many_to_one_host_are_kept(self, fresh_settings, odd_server, kept, opened):
        """Four requests at once, twice: what was kept serves again."""
        fresh_settings(max_concurrent_requests=4, http_pool_maxsize=kept)
        gate, lines = threading.Barrier(4), set()

        def answer(handler):
            lines.add(handler.client_address)
            gate.wait(60)
            handler.reply(200, b'{}')

        server, client = odd_server(answer), CivitaiHttpClient()
        for _ in range(2):
            asking = [
                threading.Thread(target=client.fetch_json, args=('GET', server.url))
                for _ in range(4)
            ]
            [thread.start() for thread in asking]
            [thread.join(30) for thread in asking]
        assert len(server.seen) == 8 and len(lines) == opened
        client.close()

    @pytest.mark.parametrize('kept, opened', [(3, 3), (1, 6)])
    def test_so_many_hosts_are_kept(self, fresh_settings, odd_server, kept, opened):
        fresh_settings(http_pool_connections=kept)
        lines = set()

        def answer(handler):
            lines.add((handler.server.url, handler.client_address))
            handler.reply(200, b'{}')

        servers, client = [odd_server(answer) for _ in range(3)], CivitaiHttpClient()
        for _ in range(2):
            for server in servers:
                client.fetch_json('GET', server.url)
        assert len(lines) == opened
        client.close()


def test_how_much_one_connection_reads_at_once(fresh_settings, demo, tmp_path):
    """Each report of progress is one piece that was read and written; one connection may read
    what four would.
    """
    url = f'{demo.base_url}/api/download/models/{PLAIN.version_id}'
    client = CivitaiHttpClient()

    def largest():
        at = [0]
        assert client.download_file(url, str(tmp_path / 'file'), lambda got, _: at.append(got))
        return max(after - before for before, after in zip(at, at[1:], strict=False))

    fresh_settings(http_chunk_size=4096)
    assert largest() <= 4 * 4096
    fresh_settings(http_chunk_size=1 << 20)
    assert largest() > 4 * 4096
    client.close()


def test_another_server_is_asked_at_once(fresh_settings, demo):
    client = CivitaiHttpClient()
    api = CivitaiAPI(client)
    with DemoCatalogue() as other:
        assert api.model(PLAIN.model_id).id == PLAIN.model_id
        assert len(demo.requests) == 1 and len(other.requests) == 0
        fresh_settings(civitai_base_url=other.base_url)
        assert api.model(PLAIN.model_id).id == PLAIN.model_id
        assert len(demo.requests) == 1 and len(other.requests) == 1
    client.close()
