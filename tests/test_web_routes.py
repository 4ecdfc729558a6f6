"""Our routes beside the page: who gets what, and in which shape."""

import io
import json
import logging
import re
import threading
import zipfile
from datetime import date
from pathlib import Path

import pytest
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from civitai_manager_libs import health, monitoring, webapi
from civitai_manager_libs.health import PARTS, HealthSources
from civitai_manager_libs.pictures import Pictures
from civitai_manager_libs.store.hosts import HostStore
from civitai_manager_libs.store.slots import Slots
from civitai_manager_libs.webapi import ROOT, add_routes

REPOSITORY = Path(__file__).resolve().parents[1]
PRIVATE = (
    '/metrics',
    f'{ROOT}/metrics',
    f'{ROOT}/traffic.csv',
    f'{ROOT}/traffic.json',
    f'{ROOT}/report.zip',
    f'{ROOT}/pictures/{"a" * 64}',
)


def archive():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, 'w') as made:
        made.writestr('system.json', '{}')
    return packed.getvalue()


def only_with_a_session(request: Request):
    if request.cookies.get('session') != 'mine':
        raise HTTPException(status_code=401, detail='Not authenticated')


@pytest.fixture
def watched(bench, home, monkeypatch):
    """The engine of ``bench`` as the program that is looked at, with statistics of its own."""
    monkeypatch.setattr(monitoring, '_monitor', monitoring.HttpMonitor())
    bench.client.monitor = monitoring.get_http_monitor()
    alive = {'all': True}
    sources = HealthSources(
        bench.client, bench.database, lambda: bench.downloads, home, lambda *_: alive['all']
    )
    health.watch(sources)
    logging.getLogger('httpx').setLevel(logging.WARNING)
    yield bench
    health.watch(None)


@pytest.fixture
def web(watched, tmp_path):
    """``web(*dependencies)``: a client of an application with a page that answers everything."""
    opened = []

    def make(*dependencies):
        app = FastAPI()

        @app.get('/{path:path}')
        def page(path: str):
            return PlainTextResponse('the page')

        add_routes(app, Pictures(watched.client, tmp_path / 'pictures'), archive, dependencies)
        opened.append(TestClient(app))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


class TestHealth:
    @pytest.mark.parametrize('path', ['/health', f'{ROOT}/health'])
    def test_all_there_is_to_say(self, web, path):
        answer = web().get(path)
        assert answer.status_code == 200 and answer.headers['cache-control'] == 'no-store'
        report = answer.json()
        assert report['status'] == 'ok', report
        assert {report[part] for part in PARTS} == {'ok'} and set(report['details']) == set(PARTS)

    def test_a_site_that_is_away(self, web, demo):
        demo.faults.add('status', status=503)
        answer = web().get('/health')
        assert answer.status_code == 503
        assert answer.json()['http_client'] == answer.json()['status'] == 'error'

    def test_it_is_asked_for_once_in_a_while(self, web, demo, monkeypatch):
        client = web()
        for _ in range(3):
            client.get('/health')
        assert len(demo.requests) == 1
        monkeypatch.setattr(webapi, '_LOOK_GOOD_FOR', 0.0)
        web().get('/health'), client.get(f'{ROOT}/health')
        assert len(demo.requests) == 2, 'both paths share one look'

    def test_who_comes_while_one_is_made_gets_the_last(self, monkeypatch):
        looking, done = threading.Event(), threading.Event()

        def slow():
            looking.set()
            assert done.wait(60)
            return {'status': 'warning'}

        monkeypatch.setattr(webapi, '_LOOK_GOOD_FOR', 0.0)
        monkeypatch.setattr(webapi, 'health_check', lambda: {'status': 'ok'})
        checked = webapi._Checked()
        assert checked.report() == {'status': 'ok'}
        monkeypatch.setattr(webapi, 'health_check', slow)
        thread = threading.Thread(target=checked.report)
        thread.start()
        assert looking.wait(60)
        monkeypatch.setattr(webapi, 'health_check', lambda: {'status': 'error'})
        assert checked.report() == {'status': 'ok'}
        done.set()
        thread.join()
        assert checked.report() == {'status': 'error'}

    def test_who_only_wants_the_head(self, web, demo):
        assert web().head('/health').status_code == 200

    def test_without_a_session_only_the_state(self, web, demo):
        client = web(Depends(only_with_a_session))
        answer = client.get('/health')
        assert (answer.status_code, answer.json()) == (200, {'status': 'ok'})
        client.cookies.set('session', 'mine')
        assert 'details' in client.get('/health').json()

    def test_without_a_session_when_it_is_bad(self, web, demo):
        demo.faults.add('drop')
        answer = web(Depends(only_with_a_session)).get(f'{ROOT}/health')
        assert (answer.status_code, answer.json()) == (503, {'status': 'error'})

    def test_other_refusals_stay_what_they_are(self, web):
        def broken():
            raise HTTPException(status_code=418)

        assert web(Depends(broken)).get('/health').status_code == 418


def test_a_scrape_does_not_read_all_that_is_kept(web, monkeypatch):
    monitor = monitoring.get_http_monitor()
    monitor.key_refused(1000.0)
    monkeypatch.setattr(monitor, 'get_performance_report', None)
    text = web().get('/metrics').text
    assert 'civitai_shortcut_key_refused_timestamp_seconds 1000.0' in text
    assert 'civitai_shortcut_uptime_seconds' in text


class TestLogin:
    @pytest.mark.parametrize('path', PRIVATE)
    def test_nothing_without_a_session(self, web, path):
        answer = web(Depends(only_with_a_session)).get(path)
        assert answer.status_code == 401 and 'Not authenticated' in answer.text

    def test_everything_with_one(self, web):
        client = web(Depends(only_with_a_session))
        client.cookies.set('session', 'mine')
        assert [client.get(path).status_code for path in PRIVATE] == [200] * 5 + [404]

    def test_our_routes_come_before_the_page(self, web):
        client = web()
        assert client.get('/anything').text == 'the page'
        assert all(client.get(path).text != 'the page' for path in ('/health', *PRIVATE))


class TestMetrics:
    def read(self, client):
        answer = client.get('/metrics')
        assert answer.status_code == 200 and answer.headers['cache-control'] == 'no-store'
        assert answer.headers['content-type'].startswith('text/plain')
        families = list(text_string_to_metric_families(answer.text))
        assert all(family.name.startswith('civitai_shortcut_') for family in families)
        assert all(family.documentation for family in families)
        return {
            (sample.name.removeprefix('civitai_shortcut_'), *sample.labels.values()): sample.value
            for family in families
            for sample in family.samples
        }

    def test_what_was_done_is_counted(self, web, watched, demo):
        before = self.read(web())
        assert before['requests_total',] == 0
        watched.fetch('1004')
        demo.faults.add('status', path='/api/v1/enums', status=404)
        assert watched.client.get_json(f'{demo.base_url}/api/v1/enums') is None
        after = self.read(web())
        assert after['requests_total',] >= 3 and after['failures_total',] == 1
        assert after['errors_total', 'not_found'] == 1
        assert after['hour_requests', 'api'] >= 2 and after['hour_failures', 'api'] == 1
        assert after['hour_received_bytes', 'file'] >= 1024
        assert after['hour_outcomes', '404'] == 1 and after['hour_outcomes', 'not_found'] == 1
        assert after['hour_host_failures', demo.base_url.split('//')[1]] == 1
        assert 0 < after['hour_response_seconds', 'api', '0.5'] < 10
        assert after['monitoring',] == 1

    def test_the_state_of_the_program(self, web, watched):
        found = self.read(web())
        assert {found['health', part] for part in PARTS} == {0.0}
        assert found['disk_free_bytes',] > 1 << 20 and found['memory_limit_bytes',] > 1 << 20
        assert found['downloads', 'queued'] == found['downloads', 'stuck'] == 0
        assert found['uptime_seconds',] >= 0 and found['database_bytes',] > 0
        assert ('key_refused_timestamp_seconds',) not in found

    def test_nobody_is_asked_for_it(self, web, demo):
        self.read(web())
        assert len(demo.requests) == 0

    def test_a_refused_key_and_a_host_that_rests(self, web, watched, demo):
        watched.client.update_api_key('of-somebody-else')
        watched.client.get_json(f'{demo.base_url}/api/v1/me')
        demo.faults.add('drop')
        for _ in range(3):
            watched.client.get_json(f'{demo.base_url}/api/v1/enums')
        found = self.read(web())
        assert found['key_refused_timestamp_seconds',] > 1.7e9
        host = demo.base_url.split('//')[1]
        assert found['host_rests_until_timestamp_seconds', host] > 1.7e9
        assert found['health', 'http_client'] == 2

    def test_a_page_that_is_loaded_again_registers_nothing_twice(self, web):
        first, second = web(), web()
        assert self.read(first).keys() == self.read(second).keys() == self.read(first).keys()

    def test_every_metric_is_explained(self, web, watched, demo, tmp_path):
        slots = Slots(tmp_path / 'locks')
        watched.client.share_with(HostStore(watched.database), slots, tmp_path / 'answers')
        self.test_a_refused_key_and_a_host_that_rests(web, watched, demo)
        words = (REPOSITORY / 'docs' / 'health.md').read_text(encoding='utf-8')
        explained = set(re.findall(r'`civitai_shortcut_(\w+)`', words))
        assert {name for name, *_ in self.read(web())} == explained

    def test_switched_off(self, web, fresh_settings):
        fresh_settings(http_enable_monitoring=False)
        assert self.read(web())['monitoring',] == 0


class TestExports:
    def test_a_table(self, web, watched, demo):
        watched.client.get_json(f'{demo.base_url}/api/v1/enums')
        before = date.today()
        answer = web().get(f'{ROOT}/traffic.csv', params={'hours': 1})
        assert answer.headers['content-type'] == 'text/csv; charset=utf-8'
        assert answer.headers['content-disposition'] in [
            f'attachment; filename="civitai-shortcut-traffic-{day.isoformat()}.csv"'
            for day in (before, date.today())
        ]
        assert answer.headers['x-content-type-options'] == 'nosniff'
        assert answer.headers['cache-control'] == 'no-store'
        head, line = answer.text.splitlines()
        assert head.startswith('time,') and demo.base_url.split('//')[1] in line

    def test_a_document(self, web, watched, demo):
        watched.client.get_json(f'{demo.base_url}/api/v1/enums')
        answer = web().get(f'{ROOT}/traffic.json')
        assert answer.headers['content-type'] == 'application/json'
        assert re.search(
            r'filename="civitai-shortcut-traffic-[\d-]{10}\.json"', str(answer.headers)
        )
        assert len(json.loads(answer.text)['minutes']) == 1

    def test_a_bug_report(self, web):
        answer = web().get(f'{ROOT}/report.zip')
        assert answer.headers['content-type'] == 'application/zip'
        assert answer.headers['content-disposition'].endswith('.zip"')
        assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist() == ['system.json']

    @pytest.mark.parametrize('hours', ['0', '-1', 'nan', 'inf', '1e9', 'x', '', '9' * 5000])
    @pytest.mark.parametrize('name', ['traffic.csv', 'traffic.json'])
    def test_only_sensible_hours(self, web, name, hours):
        assert web().get(f'{ROOT}/{name}', params={'hours': hours}).status_code == 422
