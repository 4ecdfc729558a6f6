"""The diagnosis names the part that is at fault, whichever it is."""

import socket
import threading

import pytest

from civitai_manager_libs import diagnosis, errors, i18n
from civitai_manager_libs.demo import DEMO_KEY, FILES, PICTURES
from civitai_manager_libs.diagnosis import diagnose
from civitai_manager_libs.domain.diagnosis import NAMES, SLOW_MS, Step, verdict
from civitai_manager_libs.http_client import CivitaiHttpClient

from .support.ports import free_port


@pytest.fixture
def client(fresh_settings):
    made = CivitaiHttpClient(DEMO_KEY)
    yield made
    made.close()


@pytest.fixture
def found(client, demo, fresh_settings, monkeypatch):
    """``found(base_url=...)``: the steps by name, and what is to blame; nothing is slow unless the
    test says so, however busy this machine is.
    """

    def run(base_url=None, key=DEMO_KEY, slow_ms=60_000):
        monkeypatch.setattr(diagnosis, 'SLOW_MS', slow_ms)
        client.update_api_key(key)
        fresh_settings(civitai_base_url=base_url or demo.base_url)
        steps = list(diagnose(client, base_url or demo.base_url))
        assert [step.name for step in steps] == list(NAMES)
        sentence = verdict(steps)
        assert all(sentence in i18n.catalogue(language) for language in i18n.LANGUAGES)
        return {step.name: step for step in steps}, sentence.rpartition('.')[2]

    return run


def states(steps):
    return [steps[name].state for name in NAMES]


def test_all_is_well(found, demo):
    steps, blamed = found()
    assert states(steps) == ['good', 'skipped', 'good', 'good', 'good', 'good']
    assert blamed == 'good'
    assert steps['dns'].said == '127.0.0.1' and steps['tls'].said == 'http'
    assert steps['key'].said == 'demo_visitor'
    assert steps['images'].said == steps['storage'].said == demo.storage_url.split('//')[1]
    assert all(step.error is None for step in steps.values())


def test_little_is_asked_for(found, demo):
    found()
    asked = [(record.side, record.path.split('?')[0]) for record in demo.requests]
    assert len(asked) == 5 and asked[0] == ('api', '/api/v1/models')
    file = demo.requests[-1]
    assert (
        FILES in file.path
        and file.headers['range'] == 'bytes=0-0'
        and 'authorization' not in file.headers
    )


def test_a_host_that_is_back_is_asked_again(found, client, demo):
    demo.faults.add('drop')
    for _ in range(3):
        client.get_json(f'{demo.base_url}/api/v1/enums')
    demo.faults.clear()
    demo.requests.clear()
    assert client.get_json(f'{demo.base_url}/api/v1/enums') is None and len(demo.requests) == 0
    assert found()[1] == 'good', 'who tests does not go by what was'
    assert client.get_json(f'{demo.base_url}/api/v1/enums')


def test_without_a_key(found, demo):
    steps, blamed = found(key='')
    assert steps['key'].state == 'skipped' and blamed == 'no_key'
    assert demo.requests.of('api', '/api/v1/me') == []


def test_a_needed_key_is_no_fault_of_the_storage(found, demo):
    demo.faults.add('require_key')
    steps, blamed = found(key='')
    assert steps['storage'].state == 'skipped' and blamed == 'no_key'
    assert type(steps['storage'].error) is errors.KeyNeeded


def test_a_refused_key(found):
    steps, blamed = found(key='of-somebody-else')
    assert steps['key'].state == 'bad' and blamed == 'key_refused'
    assert type(steps['key'].error) is errors.KeyRefused
    assert steps['storage'].state == 'good'


def test_a_key_that_cannot_be_checked(found, demo):
    demo.faults.add('status', path='/api/v1/me', status=500)
    steps, blamed = found()
    assert steps['key'].state == 'bad' and blamed == 'key_unclear'


@pytest.mark.parametrize(
    'options, kind, blamed',
    [
        ({'status': 500}, errors.ServerTrouble, 'api'),
        ({'status': 524, 'body': 'html'}, errors.OriginTimeout, 'api'),
        ({'status': 200, 'body': 'html'}, errors.UnexpectedBody, 'api'),
        ({'status': 200, 'body': '[]'}, errors.UnexpectedBody, 'api'),
        ({'status': 429, 'retry_after': '60'}, errors.RateLimited, 'limited'),
        ({'status': 451}, errors.RegionBlocked, 'region'),
        ({'status': 403, 'headers': {'cf-mitigated': 'challenge'}}, errors.BotCheck, 'bot'),
    ],
)
def test_an_api_that_does_not_answer_as_it_should(found, demo, options, kind, blamed):
    demo.faults.add('status', path='/api/v1/models', **options)
    steps, said = found()
    assert states(steps) == ['good', 'skipped', 'bad', 'skipped', 'skipped', 'skipped']
    assert type(steps['api'].error) is kind and said == blamed
    assert len(demo.requests.of('api')) == 1, 'nothing is tried again'


@pytest.mark.parametrize('fault', [('drop', {}), ('status', {'status': 503})])
def test_a_picture_server_that_is_down(found, demo, fault):
    kind, options = fault
    demo.faults.add(kind, side='storage', path=PICTURES, **options)
    steps, blamed = found()
    assert steps['images'].state == 'bad' and steps['storage'].state == 'good'
    assert blamed == 'images'


def test_one_picture_that_is_gone_is_no_fault_of_the_server(found, demo):
    demo.faults.add('status', side='storage', path=PICTURES, status=404, times=1)
    assert found()[1] == 'good'


@pytest.mark.parametrize(
    'fault', [('drop', {}), ('status', {'status': 403}), ('html_200', {}), ('stall', {})]
)
def test_a_storage_that_is_down(found, demo, fault, monkeypatch):
    monkeypatch.setattr(diagnosis, 'STEP_SECONDS', 6.0)
    kind, options = fault
    demo.faults.add(kind, side='storage', path=FILES, **options)
    steps, blamed = found()
    assert steps['storage'].state == 'bad' and steps['images'].state == 'good'
    assert blamed == 'storage'


def test_a_slow_storage(found, demo):
    demo.faults.add('delay', side='storage', path=FILES, seconds=3.2)
    steps, _ = found(slow_ms=SLOW_MS)
    assert steps['storage'].state == 'slow' and steps['storage'].milliseconds > 3000


def test_pictures_and_storage_gone_together(found, demo):
    demo.faults.add('drop', side='storage')
    assert found()[1] == 'delivery'


def test_nobody_listens(found):
    steps, blamed = found(f'http://127.0.0.1:{free_port()}')
    assert type(steps['api'].error) is errors.ConnectionFailed and blamed == 'api'


def test_nobody_listens_for_a_secure_connection(found):
    steps, blamed = found(f'https://127.0.0.1:{free_port()}')
    assert states(steps) == ['good', 'bad', 'skipped', 'skipped', 'skipped', 'skipped']
    assert blamed == 'unreachable'


@pytest.mark.parametrize('route, blamed', [(True, 'dns'), (False, 'line')])
def test_a_name_that_is_not_there(found, monkeypatch, route, blamed):
    monkeypatch.setattr(diagnosis, 'has_route', lambda: route)  # the network of this machine
    steps, said = found('https://civitai.invalid')
    assert states(steps) == ['bad', *['skipped'] * 5] and said == blamed


def test_a_name_that_no_dns_can_carry(found, monkeypatch):
    monkeypatch.setattr(diagnosis, 'has_route', lambda: True)
    assert found(f'https://{"a" * 70}.example')[1] == 'dns'


def test_a_server_without_tls(found, odd_server):
    server = odd_server(lambda handler: handler.reply())
    steps, blamed = found(server.url.replace('http:', 'https:'))
    assert steps['tls'].state == 'bad' and blamed in ('tls', 'unreachable')


def test_a_certificate_that_nobody_vouches_for(found, secure_port):
    steps, blamed = found(f'https://127.0.0.1:{secure_port}')
    assert type(steps['tls'].error) is errors.CertificateRefused and blamed == 'tls'


def test_a_trusted_certificate(found, secure_port, certificate, monkeypatch):
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(certificate))
    steps, _ = found(f'https://127.0.0.1:{secure_port}')
    assert steps['tls'].state == 'good' and steps['tls'].said.startswith('TLSv1')


def test_a_bundle_that_is_not_there(found, monkeypatch, tmp_path):
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(tmp_path / 'none.pem'))
    steps, blamed = found(f'https://127.0.0.1:{free_port()}')
    assert blamed == 'tls' and 'none.pem' in steps['tls'].error.details['reason']


def test_behind_a_proxy_that_is_down(found, monkeypatch):
    port = free_port()
    monkeypatch.setenv('HTTPS_PROXY', f'http://me:secret@127.0.0.1:{port}')
    monkeypatch.setenv('NO_PROXY', '')
    steps, blamed = found('https://civitai.invalid')
    assert states(steps)[:3] == ['skipped', 'skipped', 'bad'] and blamed == 'proxy'
    assert steps['dns'].said == f'proxy 127.0.0.1:{port}'


def test_a_route_is_looked_up_without_a_packet(monkeypatch):
    monkeypatch.setattr(diagnosis, '_NOWHERE', ((socket.AF_INET, '127.0.0.1'),))
    assert diagnosis.has_route()
    monkeypatch.setattr(diagnosis, '_NOWHERE', ())
    assert not diagnosis.has_route()


class TestBounds:
    def test_what_takes_too_long_is_left_behind(self):
        with pytest.raises(errors.TimedOut) as caught:
            diagnosis.bounded(threading.Event().wait, 'h', 0.05)
        assert caught.value.details == {'host': 'h', 'seconds': 0.05}

    def test_a_fault_of_ours_comes_through(self):
        with pytest.raises(ZeroDivisionError):
            diagnosis.bounded(lambda: 1 / 0, 'h', 5.0)


def test_the_first_fault_is_the_one_to_mend():
    steps = [Step('api', 'good'), Step('key', 'bad', error=errors.KeyRefused())]
    assert verdict([*steps, Step('storage', 'bad')]) == 'diagnosis.verdict.key_refused'


def test_what_is_slow_is_said():
    assert verdict([Step('api', 'slow'), Step('key', 'skipped')]) == 'diagnosis.verdict.slow'
    assert (
        verdict([Step('api', 'good'), Step('storage', 'slow')]) == 'diagnosis.verdict.storage_slow'
    )
