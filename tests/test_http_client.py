"""The client as people's scripts call it: nothing raised, one notice, files whole or not there."""

import threading

import pytest
import requests

from civitai_manager_libs import http_client
from civitai_manager_libs.demo import DEMO_KEY, FILES, SPECIAL
from civitai_manager_libs.http_client import (
    CivitaiHttpClient,
    OptimizedHTTPClient,
    get_http_client,
)

PLAIN = SPECIAL['plain']
LOGIN = SPECIAL['login_only']


@pytest.fixture
def client(fresh_settings):
    made = CivitaiHttpClient(timeout=5)
    yield made
    made.close()


@pytest.fixture
def model_url(demo):
    return f'{demo.base_url}/api/download/models/{PLAIN.version_id}'


@pytest.fixture
def target(tmp_path):
    return tmp_path / 'files' / 'model.safetensors'


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


class TestJson:
    def test_a_get_with_parameters(self, client, demo):
        body = client.get_json(
            f'{demo.base_url}/api/v1/models', params={'limit': 2, 'nsfw': 'true'}
        )
        assert len(body['items']) == 2
        assert demo.requests[-1].query == {'limit': ['2'], 'nsfw': ['true']}
        assert demo.requests[-1].headers['user-agent'].startswith('CivitaiShortcut/')

    def test_a_post(self, client, demo):
        digest = demo.file_hashes(PLAIN.file_id)['SHA256']
        rows = client.post_json(f'{demo.base_url}/api/v1/model-versions/by-hash/ids', [digest])
        assert [row['modelVersionId'] for row in rows] == [PLAIN.version_id]
        assert demo.requests[-1].headers['content-type'] == 'application/json'

    def test_a_fault_is_told_once_and_not_raised(self, client, demo, notices, fresh_settings):
        fresh_settings(http_max_retries=1, http_retry_delay=0.0)
        demo.faults.add('status', status=500)
        assert client.get_json(f'{demo.base_url}/api/v1/models') is None
        assert client.post_json(f'{demo.base_url}/api/v1/model-versions/by-hash', []) is None
        assert [notice.key for notice in notices] == ['error.server_trouble'] * 2
        assert notices[0].cause == notices[1].cause and notices[0].level == 'error'
        assert len(demo.requests) == 4

    @pytest.mark.parametrize(
        'url',
        [
            *('', 'x', '/models', 'http://', 'http://[', 'https://[::1', 'http://host:99999/'),
            *('ftp://127.0.0.1/', 'file:///etc/passwd', 'http://a..b/', 'http://127.0.0.1:x/'),
            *('http://' + 'a' * 70 + '.example/', 'http://\n/', 'http://127.0.0.1:1/', '//host/x'),
        ],
    )
    def test_an_address_that_cannot_be_asked(self, client, fresh_settings, notices, url, target):
        fresh_settings(http_max_retries=0, civitai_api_key='a-key')
        assert client.get_json(url) is None
        assert client.get_stream_response(url) is None
        assert client.download_file(url, str(target)) is False
        assert client.download_file_with_resume(url, str(target)) is False
        assert len(notices) == 4 and names(target.parent) == []

    @pytest.mark.parametrize('key', ['ключ', 'a\nb', '…'])
    def test_a_key_that_no_header_can_carry(self, client, demo, notices, key):
        client.update_api_key(key)
        assert client.get_json(f'{demo.base_url}/api/v1/models') is None
        assert len(notices) == 1 and len(demo.requests) == 0


class TestStreams:
    def test_it_can_be_read_from_its_first_byte(self, client, demo, model_url):
        with client.get_stream_response(model_url) as response:
            assert isinstance(response, requests.Response) and response.status_code == 200
            content = b''.join(response.iter_content(100_000))
        assert content == demo.file_bytes(PLAIN.file_id)

    def test_raw_reading_and_own_headers(self, client, demo, model_url):
        with client.get_stream_response(model_url, headers={'Range': 'bytes=10-19'}) as response:
            assert response.status_code == 206
            assert response.raw.read() == demo.file_bytes(PLAIN.file_id, 10, 20)

    @pytest.mark.parametrize('name', ['login_only', 'early_access', 'archived'])
    def test_a_refusal(self, client, demo, notices, name):
        place = SPECIAL[name]
        url = f'{demo.base_url}/api/download/models/{place.version_id}'
        assert client.get_stream_response(url) is None and len(notices) == 1

    def test_a_page_instead_of_the_file(self, client, demo, model_url, notices):
        demo.faults.add('html_200')
        assert client.get_stream_response(model_url) is None
        assert notices[0].key == 'error.login_page'


class TestFiles:
    def test_a_file(self, client, demo, model_url, target):
        seen = []
        assert client.download_file(model_url, str(target), lambda *at: seen.append(at)) is True
        size = len(demo.file_bytes(PLAIN.file_id))
        assert target.read_bytes() == demo.file_bytes(PLAIN.file_id)
        assert seen[-1] == (size, size) and seen[0][0] > 0
        assert [got for got, _ in seen] == sorted(got for got, _ in seen)
        assert names(target.parent) == [target.name]

    def test_the_whole_is_zero_while_unknown(self, client, demo, model_url, target):
        demo.faults.add('no_length')
        seen = []
        assert client.download_file(model_url, str(target), lambda *at: seen.append(at)) is True
        assert seen[0][1] == 0 and target.read_bytes() == demo.file_bytes(PLAIN.file_id)

    def test_an_existing_file_is_replaced_only_by_a_whole_one(
        self, client, demo, model_url, target, notices
    ):
        target.parent.mkdir()
        target.write_bytes(b'old')
        client._max_retries = 0
        demo.faults.add('cut', path=FILES, after=300_000)
        assert client.download_file(model_url, str(target)) is False
        assert target.read_bytes() == b'old' and names(target.parent) == [target.name]
        assert [notice.key for notice in notices] == ['error.body_cut']
        demo.faults.clear()
        assert client.download_file(model_url, str(target)) is True
        assert target.read_bytes() == demo.file_bytes(PLAIN.file_id)

    def test_download_file_never_resumes(self, client, demo, model_url, target):
        demo.faults.add('cut', path=FILES, after=300_000)
        client.download_file_with_resume(model_url, str(target))
        demo.faults.clear()
        demo.requests.clear()
        assert client.download_file(model_url, str(target)) is True
        assert 'range' not in demo.requests.of(side='storage')[0].headers

    def test_going_on_where_an_earlier_call_has_ended(self, client, demo, model_url, target):
        client._max_retries = 0
        demo.faults.add('cut', path=FILES, after=300_000, times=1)
        assert client.download_file_with_resume(model_url, str(target)) is False
        assert names(target.parent) == ['model.safetensors.part', 'model.safetensors.part.json']
        seen = []
        again = CivitaiHttpClient()
        assert again.download_file_with_resume(model_url, str(target), lambda *at: seen.append(at))
        asked = demo.requests.of(side='storage')[-1].headers
        assert asked['range'] == 'bytes=300000-' and asked['if-range'].startswith('"')
        assert target.read_bytes() == demo.file_bytes(PLAIN.file_id)
        assert names(target.parent) == [target.name]
        assert seen[0][0] > 300_000 and seen[-1][0] == seen[-1][1]
        assert all(speed.endswith('B/s') for _, _, speed in seen)

    def test_the_speed_is_a_text(self, client, demo, model_url, target):
        demo.faults.add('throttle', bytes_per_second=1_000_000, times=1)
        seen = []
        client.download_file_with_resume(model_url, str(target), lambda *at: seen.append(at))
        unit = {speed.split()[1] for _, _, speed in seen[2:]}
        assert unit <= {'KB/s', 'MB/s'} and float(seen[-1][2].split()[0]) > 0

    def test_a_place_that_cannot_be_written(self, client, model_url, tmp_path, notices):
        (tmp_path / 'a file').write_text('x')
        for path in (tmp_path / 'a file' / 'x', tmp_path / ('x' * 300), tmp_path):
            for call in (client.download_file, client.download_file_with_resume):
                assert call(model_url, str(path)) is False
        assert {notice.key for notice in notices} == {'error.not_writable'}
        assert (tmp_path / 'a file').read_text() == 'x'

    def test_a_fault_of_the_caller_is_the_callers(self, client, model_url, target):
        def broken(*_):
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            client.download_file_with_resume(model_url, str(target), broken)
        assert client.download_file_with_resume(model_url, str(target)) is True


class TestSeveral:
    """The client that takes a large file over several connections."""

    @pytest.mark.parametrize(
        'settings, several',
        [
            ({}, True),
            ({'http_max_parallel_chunks': 1}, False),
            ({'http_enable_chunked_download': False}, False),
        ],
    )
    @pytest.mark.parametrize('call', ['download_file', 'download_file_with_resume'])
    def test_as_the_settings_say(
        self, fresh_settings, demo, model_url, target, settings, several, call
    ):
        fresh_settings(**settings)
        demo.replace_file(PLAIN.file_id, size=12_000_000)
        client = OptimizedHTTPClient()
        assert getattr(client, call)(model_url, str(target)) is True
        client.close()
        assert target.read_bytes() == demo.file_bytes(PLAIN.file_id)
        assert (len(demo.requests.of('storage')) > 1) is several

    def test_the_plain_client_has_one(self, client, demo, model_url, target):
        demo.replace_file(PLAIN.file_id, size=12_000_000)
        assert client.download_file_with_resume(model_url, str(target)) is True
        assert len(demo.requests.of('storage')) == 1


class TestOne:
    def test_one_client_for_64_threads(self, fresh_settings, monkeypatch):
        monkeypatch.setattr(http_client, '_client', None)
        gate, found = threading.Barrier(64), []

        def ask():
            gate.wait()
            found.append(get_http_client())

        threads = [threading.Thread(target=ask) for _ in range(64)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert len(found) == 64 and len({id(one) for one in found}) == 1

    def test_both_names_are_the_client(self):
        assert issubclass(OptimizedHTTPClient, CivitaiHttpClient)

    def test_a_new_key_holds_from_the_next_request(self, client, demo):
        me = f'{demo.base_url}/api/v1/me'
        assert client.get_json(me) is None
        client.update_api_key(DEMO_KEY)
        assert client.get_json(me)['username'] == 'demo_visitor'
        client.update_api_key('')
        assert client.get_json(me) is None

    def test_what_is_given_wins_over_the_settings(self, fresh_settings, demo):
        fresh_settings(civitai_api_key='of the settings', http_max_retries=5)
        client = CivitaiHttpClient(api_key='', timeout=30, max_retries=1)
        demo.faults.add('status', status=500)
        client.get_json(f'{demo.base_url}/api/v1/models')
        assert len(demo.requests) == 2
        assert 'authorization' not in demo.requests[0].headers

    def test_settings_hold_without_a_restart(self, client, fresh_settings, demo):
        url = f'{demo.base_url}/api/v1/models'
        demo.faults.add('status', status=500)
        for retries in (0, 2):
            demo.requests.clear()
            fresh_settings(http_max_retries=retries, civitai_api_key=f'key{retries}')
            client.get_json(url)
            assert len(demo.requests) == retries + 1
            assert demo.requests[0].headers['authorization'] == f'Bearer key{retries}'
        fresh_settings(http_pool_connections=3, http_pool_maxsize=2)
        demo.faults.clear()
        assert client.get_json(url)

    def test_the_counters(self, client, fresh_settings, demo):
        fresh_settings(http_max_retries=0, max_concurrent_requests=8)
        url = f'{demo.base_url}/api/v1/models?limit=1'
        demo.faults.add('status', path='limit=1', status=404, times=10)

        def ask():
            for _ in range(5):
                client.get_json(url)

        threads = [threading.Thread(target=ask) for _ in range(16)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert client._stats['total_requests'] == 80
        assert client._stats['failed_requests'] == 10
        assert client._stats['error_counts'] == {'not_found': 10}

    def test_after_closing_it_opens_again(self, client, demo):
        url = f'{demo.base_url}/api/v1/models?limit=1'
        assert client.get_json(url)
        client.close()
        client.close()
        assert client.get_json(url)

    def test_threads_that_have_ended_hold_no_connections(self, client, demo):
        url = f'{demo.base_url}/api/v1/models?limit=1'
        for _ in range(20):
            thread = threading.Thread(target=client.get_json, args=(url,))
            thread.start()
            thread.join()
        pools = client._sessions[True].get(10, 20).get_adapter(url).poolmanager.pools
        assert [pools[key].num_connections for key in pools.keys()] == [1]
