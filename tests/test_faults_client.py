"""Each fault of a server: what the client did, what the person was told, what was counted."""

import threading
import time

import pytest

from civitai_manager_libs import i18n
from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.monitoring import HttpMonitor

from .support.command import eventually

MODELS = '/api/v1/models?limit=1'
RETRIES = 2

# fault, its options, the code of what is told, how often the server is asked
FAULTS = [
    ('status', {'status': 400}, 'request_refused', 1),
    ('status', {'status': 401}, 'key_needed', 1),
    ('status', {'status': 403}, 'access_denied', 1),
    ('status', {'status': 404}, 'not_found', 1),
    ('status', {'status': 410}, 'gone', 1),
    ('status', {'status': 451}, 'region_blocked', 1),
    ('status', {'status': 429, 'retry_after': '0'}, 'rate_limited', 1 + RETRIES),
    ('status', {'status': 500}, 'server_trouble', 1 + RETRIES),
    ('status', {'status': 502, 'body': 'html'}, 'server_trouble', 1 + RETRIES),
    ('status', {'status': 503, 'retry_after': '0'}, 'server_trouble', 1 + RETRIES),
    ('status', {'status': 504}, 'origin_timeout', 1 + RETRIES),
    ('status', {'status': 522}, 'origin_timeout', 1 + RETRIES),
    ('status', {'status': 524, 'body': 'html'}, 'origin_timeout', 1 + RETRIES),
    (
        'status',
        {'status': 403, 'body': 'html', 'headers': {'cf-mitigated': 'challenge'}},
        'bot_check',
        1,
    ),
    ('status', {'status': 200, 'body': 'html'}, 'unexpected_body', 1),
    ('status', {'status': 200, 'body': 'empty'}, 'unexpected_body', 1),
    ('drop', {'side': 'api'}, 'connection_failed', 1 + RETRIES),
    ('drop', {'side': 'api', 'reset': True}, 'connection_failed', 1 + RETRIES),
    ('delay', {'side': 'api', 'seconds': 30.0}, 'timed_out', 1 + RETRIES),
    ('cut', {'side': 'api', 'after': 20}, 'body_cut', 1 + RETRIES),
]
IDS = [f'{kind}-{options.get("status", code)}-{code}' for kind, options, code, _ in FAULTS]


@pytest.fixture
def client(fresh_settings):
    fresh_settings(http_max_retries=RETRIES, http_retry_delay=0.0, request_delay=0.0)
    made = CivitaiHttpClient()
    made.monitor = HttpMonitor()
    yield made
    made.close()


@pytest.mark.parametrize('kind, options, code, asked', FAULTS, ids=IDS)
def test_each(client, demo, notices, fresh_settings, kind, options, code, asked):
    if code == 'timed_out':
        fresh_settings(
            http_max_retries=RETRIES, http_retry_delay=0.0, request_delay=0.0, api_timeout=1
        )
    demo.faults.add(kind, **options)
    assert client.get_json(demo.base_url + MODELS) is None
    assert len(demo.requests) == asked
    assert [notice.key for notice in notices] == [f'error.{code}']  # once, not once per attempt
    assert client._stats['error_counts'] == {code: asked}
    assert client._stats['total_requests'] == client._stats['failed_requests'] == asked
    report = client.monitor.get_performance_report()
    assert report['failed_requests'] == asked and report['retries'] == asked - 1
    assert report['by_error'] == {code: asked}
    if code == 'body_cut':
        assert report['total_bytes_downloaded'] == asked * options['after']
    for language in i18n.LANGUAGES:
        i18n.set_language(language)
        said = i18n.error_code_text(code, notices[0].values)
        assert len(said) > 20 and '{' not in said and said[-1] in '.。)）'
    i18n.set_language('en')


def test_what_the_server_asks_for_is_waited_and_counted(client, demo):
    demo.faults.add('status', status=429, retry_after='1', times=1)
    begun = time.monotonic()
    assert client.get_json(demo.base_url + MODELS)
    assert time.monotonic() - begun >= 0.95
    report = client.monitor.get_performance_report()
    assert report['rate_limit_waits'] == 1 and report['retries'] == 1
    times = [record.time for record in demo.requests]
    assert len(times) == 2 and times[1] - times[0] >= 0.95


def test_and_by_everybody_who_asks_that_server(client, demo):
    demo.faults.add('status', status=429, retry_after='1', times=1)
    asking = [
        threading.Thread(target=client.get_json, args=[demo.base_url + MODELS]) for _ in range(4)
    ]
    asking[0].start()
    states = client.pace.states
    told = lambda: any(one.wait(time.time()) > 0 for one in states().values())  # noqa: E731
    eventually(lambda: told() or len(demo.requests) > 1, 'the client knows that it must wait')
    [thread.start() for thread in asking[1:]]
    [thread.join(30) for thread in asking]
    first, *later = sorted(record.time for record in demo.requests)
    assert len(later) == 4 and not any(time - first < 0.9 for time in later)


def test_the_key_that_is_refused_is_counted(client, demo, fresh_settings):
    fresh_settings(civitai_api_key='x' * 32, http_max_retries=0, request_delay=0.0)
    assert client.get_json(f'{demo.base_url}/api/v1/me') is None
    report = client.monitor.get_performance_report()
    assert report['requests_with_key'] == 1 and report['key_last_refused'] is not None


def test_bytes_failures_and_retries_of_files_are_counted_too(client, demo, tmp_path):
    demo.faults.add('cut', after=100_000, times=1)
    url = f'{demo.base_url}/api/download/models/{SPECIAL["plain"].version_id}'
    path = tmp_path / 'model.safetensors'
    assert client.download_file(url, str(path))
    files = client.monitor.get_performance_report()['by_kind']['file']
    assert (files['failures'], files['retries']) == (1, 1)
    assert client._stats['error_counts'] == {'body_cut': 1}
    assert path.stat().st_size <= files['bytes_downloaded'] < 2 * path.stat().st_size
