"""Every fault of the demo catalogue, seen at the socket."""

import http.client
import threading
import time
from urllib.parse import urlsplit

import pytest
import requests

from civitai_manager_libs.demo import DEMO_KEY, FILES, SPECIAL, DemoCatalogue
from civitai_manager_libs.demo.faults import CHOICES, KINDS

FILE = SPECIAL['plain']
ODD = SPECIAL['odd_name']


@pytest.fixture(scope='module')
def running():
    with DemoCatalogue() as demo:
        yield demo


@pytest.fixture
def demo(running):
    running.faults.clear()
    running.requests.clear()
    yield running
    running.faults.clear()


def location(demo, place=FILE):
    address = f'{demo.base_url}/api/download/models/{place.version_id}'
    answer = requests.get(address, allow_redirects=False)
    return answer.headers['Location']


def raw_get(address, headers=None, timeout=5.0):
    """(status, headers, body, error) of one request on a connection of its own."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    try:
        connection.request('GET', f'{parts.path}?{parts.query}', headers=headers or {})
        answer = connection.getresponse()
        try:
            return answer.status, answer.headers, answer.read(), None
        except http.client.IncompleteRead as error:
            return answer.status, answer.headers, error.partial, error
        except OSError as error:
            return answer.status, answer.headers, b'', error
    finally:
        connection.close()


def listing(demo, path='/api/v1/models?limit=5'):
    return requests.get(demo.base_url + path)


@pytest.mark.parametrize(
    'body, begins', [('json', '{"error"'), ('html', '<!DOCTYPE'), ('empty', ''), ('[1]', '[1]')]
)
def test_status(demo, body, begins):
    demo.faults.add('status', path='/models', times=2, status=503, body=body, retry_after='2')
    for _ in range(2):
        answer = listing(demo)
        assert answer.status_code == 503 and answer.headers['Retry-After'] == '2'
        assert answer.text.startswith(begins)
    assert listing(demo).status_code == 200


def test_status_of_any_kind(demo):
    demo.faults.add('status', status=530, retry_after='date', headers={'cf-mitigated': 'challenge'})
    answer = listing(demo)
    assert answer.status_code == 530 and answer.headers['Retry-After'].endswith('GMT')
    assert answer.headers['cf-mitigated'] == 'challenge'
    demo.faults.clear()
    demo.faults.add('status', status=429, retry_after='nonsense')
    assert not listing(demo).headers['Retry-After'].isdigit()


def test_scopes(demo):
    fault = demo.faults.add('status', path='/models/1001', skip=1, times=1, method='GET')
    one = '/api/v1/models/1001'
    codes = [listing(demo, path).status_code for path in ('/api/v1/models', one, one, one)]
    assert codes == [200, 200, 500, 200] and fault.hits == 1
    assert demo.faults.active() == []
    again = demo.faults.add('status')
    demo.faults.remove(again)
    assert listing(demo).status_code == 200


def test_unknown_faults_are_refused(demo):
    for wrong in (
        {'kind': 'nonsense'},
        {'kind': 'cut', 'bytes': 3},
        {'kind': 'cut', 'side': 'left'},
        {'kind': 'fields', 'variant': 'x'},
    ):
        with pytest.raises(ValueError):
            demo.faults.add(**wrong)
    assert set(kind for kind, _ in CHOICES) <= set(KINDS)


def test_delay_and_drop(demo):
    demo.faults.add('delay', side='api', seconds=0.2, times=1)
    began = time.monotonic()
    listing(demo)
    assert time.monotonic() - began >= 0.2
    for reset in (False, True):
        demo.faults.add('drop', side='api', times=1, reset=reset)
        with pytest.raises(requests.ConnectionError):
            listing(demo)
    assert demo.requests.of(side='api')[-1].status == 0


def test_cut(demo):
    demo.faults.add('cut', path=FILES, after=100_000, times=1)
    place = location(demo)
    status, _, body, error = raw_get(place, {'Range': 'bytes=0-0'})
    assert status == 206 and error is None
    status, _, body, error = raw_get(place)
    assert status == 200 and len(body) == 100_000 and error is not None
    assert demo.requests[-1].sent_bytes == 100_000
    assert raw_get(place)[3] is None
    demo.faults.add('cut', after=5000, reset=True, times=1)
    assert raw_get(place)[3] is not None


def test_stall(demo):
    place = location(demo)
    demo.faults.add('stall', after=50_000, seconds=30, times=1)
    began = time.monotonic()
    error = raw_get(place, timeout=1.0)[3]
    assert isinstance(error, TimeoutError) and time.monotonic() - began < 25
    demo.faults.add('stall', after=50_000, seconds=0.2, times=1)
    assert raw_get(place)[2] == demo.file_bytes(FILE.file_id)


def test_throttle(demo):
    place = location(demo)
    demo.faults.add('throttle', bytes_per_second=400_000)
    began = time.monotonic()
    raw_get(place, {'Range': 'bytes=0-99999'})
    assert 0.2 < time.monotonic() - began < 30


def test_wrong_bytes(demo):
    place, whole = location(demo), demo.file_bytes(FILE.file_id)
    demo.faults.add('wrong_bytes', times=1)
    body = raw_get(place)[2]
    assert len(body) == len(whole) and sum(a != b for a, b in zip(body, whole)) == 16
    demo.faults.add('wrong_bytes', at=3, count=2, times=1)
    part = raw_get(place, {'Range': 'bytes=10-19'})[2]
    assert part[:3] == whole[10:13] and part[3:5] != whole[13:15] and part[5:] == whole[15:20]


@pytest.mark.parametrize('kind', ['text/html; charset=utf-8', 'application/octet-stream'])
def test_html_200(demo, kind):
    demo.faults.add('html_200', times=1, content_type=kind)
    answer = requests.get(location(demo))
    assert answer.status_code == 200 and answer.headers['Content-Type'] == kind
    assert answer.text.startswith('<!DOCTYPE html>')


def test_ignore_range_and_no_etag(demo):
    place = location(demo)
    demo.faults.add('ignore_range', times=1)
    demo.faults.add('no_etag', times=1)
    whole = requests.get(place, headers={'Range': 'bytes=100-'})
    assert whole.status_code == 200 and len(whole.content) == len(demo.file_bytes(FILE.file_id))
    assert 'ETag' not in whole.headers
    assert requests.get(place, headers={'Range': 'bytes=100-'}).status_code == 206


def test_lengths(demo):
    place, size = location(demo), len(demo.file_bytes(FILE.file_id))
    demo.faults.add('lie_length', extra=500, times=1)
    _, headers, body, error = raw_get(place)
    assert headers['Content-Length'] == str(size + 500) and len(body) == size and error is not None
    demo.faults.add('lie_length', extra=-500, times=1)
    assert len(raw_get(place)[2]) == size - 500
    demo.faults.add('no_length', times=1)
    _, headers, body, error = raw_get(place)
    assert 'Content-Length' not in headers and headers['Transfer-Encoding'] == 'chunked'
    assert body == demo.file_bytes(FILE.file_id) and error is None


def test_expire_by_time(demo):
    demo.faults.add('expire', seconds=2.0, times=1)
    place = location(demo)
    assert requests.get(place).status_code == 200
    time.sleep(2.1)
    late = requests.get(place)
    assert late.status_code == 403 and 'expired' in late.text
    assert requests.get(location(demo)).status_code == 200


def test_expire_by_bytes(demo):
    demo.faults.add('expire', after=100_000, path=FILES, times=1)
    place = location(demo)
    assert len(raw_get(place)[2]) == 100_000
    assert requests.get(place, headers={'Range': 'bytes=100000-'}).status_code == 403
    rest = requests.get(location(demo), headers={'Range': 'bytes=100000-'})
    assert rest.status_code == 206


@pytest.mark.parametrize(
    'style, part',
    [
        ('plain', b'filename=\xe5\xa4\x9c'),
        ('quoted', b'filename="\xe5\xa4\x9c'),
        ('raw_utf8', b'filename="\xe5\xa4\x9c'),
        ('rfc5987', b"filename*=UTF-8''%E5%A4%9C"),
        ('percent', b'filename="%E5%A4%9C'),
        ('traversal', b'filename="../../'),
        ('missing', b''),
    ],
)
def test_name_styles(demo, style, part):
    demo.faults.add('name_style', style=style)
    headers = raw_get(location(demo, ODD))[1]
    given = headers.get('Content-Disposition')
    if style == 'missing':
        assert given is None
    else:
        assert part in given.encode('latin-1')


@pytest.mark.parametrize(
    'place', ['/login?returnUrl=%2F', 'https://civitai.com/models/1', 'ftp://h/x', 'file:///etc']
)
def test_redirect_to(demo, place):
    demo.faults.add('redirect_to', location=place, times=1)
    assert location(demo) == place
    demo.faults.add('redirect_to', location='loop')
    with pytest.raises(requests.TooManyRedirects):
        requests.get(f'{demo.base_url}/api/download/models/{FILE.version_id}')


def test_require_key(demo):
    demo.faults.add('require_key')
    address = f'{demo.base_url}/api/download/models/{FILE.version_id}'
    assert requests.get(address, allow_redirects=False).status_code == 401
    with_key = {'Authorization': f'Bearer {DEMO_KEY}'}
    assert requests.get(address, headers=with_key, allow_redirects=False).status_code == 307


def test_list_faults(demo):
    def page(variant, path='/api/v1/models?limit=5'):
        demo.faults.add('list', variant=variant, times=1)
        return listing(demo, path).json()

    usual = listing(demo).json()
    cursor = usual['metadata']['nextCursor']
    same = page('repeat_cursor', f'/api/v1/models?limit=5&cursor={cursor}')
    assert same['metadata']['nextCursor'] == cursor
    empty = page('empty_page')
    assert empty['items'] == []
    assert requests.get(empty['metadata']['nextPage']).json()['items'] == usual['items']
    assert len(page('short_page')['items']) < 5
    assert page('foreign_next_page')['metadata']['nextPage'].startswith('http://foreign.invalid/')
    number = page('int_cursor')['metadata']['nextCursor']
    assert isinstance(number, int)
    following = listing(demo, f'/api/v1/models?limit=5&cursor={number}').json()
    assert following == {**requests.get(usual['metadata']['nextPage']).json()}
    assert page('null_cursor', '/api/v1/models')['metadata'] == {'nextCursor': None}


def test_field_faults(demo):
    def version(variant):
        demo.faults.add('fields', variant=variant, times=1)
        return listing(demo, '/api/v1/model-versions/2005').json()

    nulls, missing = version('nulls'), version('missing')
    assert nulls['description'] is None and nulls['files'][0]['sizeKB'] is None
    assert 'description' not in missing and 'hashes' not in missing['files'][0]
    assert missing['files'][0]['id'] == 3009
    assert version('unknown_enums')['files'][0]['metadata'] is not None
    assert version('unknown_enums')['baseModel'] == 'Future 9'
    assert 'futureField' in version('extra')['files'][0]
    assert version('undefined_links')['downloadUrl'].startswith('https://undefined/api/')
    assert version('double_slash_links')['files'][0]['downloadUrl'].startswith('//host/api/')
    assert 'primary' not in version('no_primary')['files'][0]
    assert version('empty_hashes')['files'][0]['hashes'] == {}
    assert version('huge_ints')['stats']['downloadCount'] > 2**64
    assert version('extra') != listing(demo, '/api/v1/model-versions/2005').json()


def test_faults_switch_while_requests_run(demo):
    """Many threads at once: each `times` is used up exactly."""
    demo.faults.add('status', status=418, times=25, path='/enums')
    codes = []

    def work():
        for _ in range(10):
            codes.append(requests.get(f'{demo.base_url}/api/v1/enums').status_code)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes.count(418) == 25 and codes.count(200) == 55
