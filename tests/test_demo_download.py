"""The download route and the signed storage of the demo catalogue."""

import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests

from civitai_manager_libs.demo import DEMO_KEY, SPECIAL, DemoCatalogue

BEARER = {'Authorization': f'Bearer {DEMO_KEY}'}
BROWSER = {'User-Agent': 'Mozilla/5.0'}


@pytest.fixture(scope='module')
def demo():
    with DemoCatalogue() as running:
        yield running


def ask(demo, name, headers=None, method='GET', **query):
    version = SPECIAL[name].version_id if isinstance(name, str) else name
    address = f'{demo.base_url}/api/download/models/{version}'
    return requests.request(
        method, address, params=query, headers=headers, allow_redirects=False, timeout=10
    )


def location(demo, name, **query):
    answer = ask(demo, name, BEARER, **query)
    assert answer.status_code == 307, answer.text
    return answer.headers['Location']


def test_refusals_for_programs(demo):
    login = ask(demo, 'login_only')
    assert login.status_code == 401 and 'logged in' in login.json()['message']
    disabled = ask(demo, 'downloads_disabled', BEARER)
    assert disabled.status_code == 401 and 'disabled downloads' in disabled.json()['message']
    early = ask(demo, 'early_access', BEARER)
    assert early.status_code == 403 and early.json()['error'] == 'Early Access'
    assert early.json()['deadline'].endswith('Z')
    assert ask(demo, 'archived', BEARER).status_code == 410
    assert ask(demo, 9999).json() == {'error': 'File not found'}
    assert ask(demo, 'plain', type='Hologram').status_code == 400
    assert ask(demo, 'plain', format='GGUF').status_code == 404
    assert ask(demo, 'plain', fileId=1).status_code == 404
    assert ask(demo, 'plain', method='POST').status_code == 405


def test_refusals_for_browsers(demo):
    login = ask(demo, 'login_only', BROWSER)
    assert login.status_code == 307
    assert login.headers['Location'].startswith('/login?returnUrl=%2Fmodel-versions%2F2023&reason=')
    followed = requests.get(login.url, headers=BROWSER)
    assert followed.status_code == 200 and followed.text.startswith('<!DOCTYPE html>')
    assert ask(demo, 'early_access', BROWSER).headers['Location'] == '/model-versions/2024'
    gone = ask(demo, 'archived', BROWSER)
    assert gone.status_code == 410 and 'text/html' in gone.headers['Content-Type']


def test_key_by_header_and_by_token(demo):
    assert ask(demo, 'login_only', BEARER).status_code == 307
    assert ask(demo, 'login_only', token=DEMO_KEY).status_code == 307
    assert ask(demo, 'login_only', {'Authorization': 'Bearer wrong'}).status_code == 401
    assert ask(demo, 'login_only', BEARER, method='HEAD').status_code == 307


@pytest.mark.parametrize(
    'query, file_id',
    [
        ({}, 3001),
        ({'type': 'Model', 'format': 'SafeTensor', 'size': 'pruned', 'fp': 'fp16'}, 3002),
        ({'format': 'PickleTensor'}, 3003),
        ({'type': 'Config'}, 3004),
        ({'type': 'VAE', 'format': 'SafeTensor'}, 3005),
        ({'fileId': 3003}, 3003),
    ],
)
def test_choice_of_the_file(demo, query, file_id):
    answer = requests.get(location(demo, 'many_files', **query))
    assert answer.content == demo.file_bytes(file_id)


def test_files_without_a_primary_and_with_one_name(demo):
    assert requests.get(location(demo, 'no_primary')).content == demo.file_bytes(3037)
    for number in (3034, 3035):
        answer = requests.get(location(demo, 'same_name', fileId=number))
        assert answer.content == demo.file_bytes(number)


def test_every_link_of_every_file_works(demo):
    for model in demo.models:
        for version in model['modelVersions']:
            if version['id'] in (2024, 2025):
                continue
            for file in version['files']:
                answer = requests.get(file['downloadUrl'], headers=BEARER, allow_redirects=False)
                assert answer.status_code == 307, file
                assert answer.headers['Cache-Control'] == 'no-store'
                assert answer.headers['Location'].startswith(demo.storage_url)


def test_storage_accepts_only_its_signature(demo):
    place = location(demo, 'plain')
    answer = requests.get(place)
    assert answer.status_code == 200 and answer.headers['Accept-Ranges'] == 'bytes'
    assert (
        answer.headers['Content-Disposition'] == 'attachment; filename="moss_garden_v1.safetensors"'
    )
    for broken in (place.split('?')[0], place[:-4] + 'beef', place.replace('moss', 'mess')):
        refused = requests.get(broken)
        assert refused.status_code == 403 and refused.text.startswith('<?xml')
    assert requests.head(place).status_code == 403
    demo.requests.clear()
    for header in ({'Authorization': 'Bearer x'}, {'Cookie': 'a=b'}):
        leaked = requests.get(place, headers=header)
        assert leaked.status_code == 400 and 'InvalidRequest' in leaked.text
    assert [r.status for r in demo.requests.of(side='storage')] == [400, 400]
    assert 'authorization' in demo.requests[0].headers


def test_ranges(demo):
    place, whole = location(demo, 'plain'), demo.file_bytes(3012)
    size = len(whole)
    first = requests.get(place, headers={'Range': 'bytes=0-0'})
    assert first.status_code == 206 and first.headers['Content-Range'] == f'bytes 0-0/{size}'
    for text, expected in (
        ('bytes=100-199', whole[100:200]),
        (f'bytes={size - 10}-', whole[-10:]),
        ('bytes=-7', whole[-7:]),
        (f'bytes=5-{size * 2}', whole[5:]),
    ):
        answer = requests.get(place, headers={'Range': text})
        assert answer.status_code == 206 and answer.content == expected
    beyond = requests.get(place, headers={'Range': f'bytes={size}-'})
    assert beyond.status_code == 416 and beyond.headers['Content-Range'] == f'bytes */{size}'
    tag = first.headers['ETag']
    for condition, status in ((tag, 206), (first.headers['Last-Modified'], 206), ('"x"', 200)):
        headers = {'Range': 'bytes=9-', 'If-Range': condition}
        assert requests.get(place, headers=headers).status_code == status


def test_replaced_file():
    with DemoCatalogue() as demo:
        place, before = location(demo, 'plain'), requests.get(f'{demo.base_url}/api/v1/models/1004')
        old = requests.get(place)
        demo.replace_file(3012, update_api=False)
        new = requests.get(place, headers={'Range': 'bytes=10-', 'If-Range': old.headers['ETag']})
        assert new.status_code == 200 and new.headers['ETag'] != old.headers['ETag']
        assert len(new.content) == len(old.content) and new.content != old.content
        told = requests.get(f'{demo.base_url}/api/v1/models/1004').json()
        assert told == before.json()
        demo.replace_file(3012, size=50_000)
        file = requests.get(f'{demo.base_url}/api/v1/models/1004').json()['modelVersions'][0]
        assert file['files'][0]['hashes'] == demo.file_hashes(3012)
        assert file['files'][0]['sizeKB'] < 60


def test_wanted_ports_and_fallback():
    with DemoCatalogue() as first:
        taken = urlsplit(first.base_url).port
        with DemoCatalogue(api_port=taken, storage_port=taken) as second:
            assert urlsplit(second.base_url).port not in (taken, None)
            assert requests.get(f'{second.base_url}/api/v1/enums').status_code == 200
    again = DemoCatalogue(api_port=taken)
    again.start()
    assert urlsplit(again.base_url).port == taken
    again.stop()
    again.stop()
    with pytest.raises(RuntimeError):
        again.base_url


def test_stop_ends_transfers_promptly():
    before = set(threading.enumerate())
    demo = DemoCatalogue().start()
    demo.faults.add('throttle', bytes_per_second=100_000)  # some 45 minutes
    place = urlsplit(location(demo, 'big'))
    connection = socket.create_connection((place.hostname, place.port))
    head = f'GET {place.path}?{place.query} HTTP/1.1\r\nHost: demo\r\n\r\n'
    connection.sendall(head.encode())
    assert connection.recv(1000).startswith(b'HTTP/1.1 200')
    began = time.monotonic()
    demo.stop()
    assert time.monotonic() - began < 30
    connection.settimeout(5)
    while connection.recv(1 << 20):
        pass
    connection.close()
    left = set(threading.enumerate()) - before
    assert not [thread for thread in left if thread.name.startswith('demo-')]


def test_keep_alive(demo):
    took = []
    with requests.Session() as session:
        while min(took, default=9.0) >= 1.0 and len(took) < 20:  # the machine may be busy
            began = time.monotonic()
            for _ in range(30):  # each 40 ms later where a part of the answer waits to be confirmed
                assert session.get(f'{demo.base_url}/api/v1/enums').status_code == 200
            took.append(time.monotonic() - began)
    assert min(took) < 1.0
