"""The file routes give what the page was told of, whatever else they are asked for; what comes in
is bounded.
"""

import http.client
import io
import os
from urllib.parse import urlsplit

import pytest
import requests

from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.pictures import ROOT, Pictures
from tests.support.served_pictures import encoded

AROUND = [
    *('../settings.json', '..%2fsettings.json', '%2e%2e/%2e%2e/etc/passwd', '/etc/passwd'),
    *('%2fetc%2fpasswd', '..%5c..%5csettings.json', 'C:%5cWindows%5cwin.ini', 'file:%2f%2f/etc'),
    *('x%00', 'a' * 5000, '%ff%fe', '.', '', 'con', '0' * 63, '0' * 64, '0' * 64 + '/..'),
]
FOLDERS = ('pictures', 'files', 'shortcuts/exports')
OWN = {'Sec-Fetch-Site': 'same-origin'}


def status(address, path, method='GET', headers={}):
    """The answer to a path that nobody has made tidy before."""
    parts = urlsplit(address)
    line = http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)
    try:
        line.request(method, path, headers=headers)
        answer = line.getresponse()
        return answer.status, answer.read()
    finally:
        line.close()


@pytest.mark.parametrize('folder', FOLDERS)
@pytest.mark.parametrize('name', AROUND)
def test_nothing_lies_beside_them(served, folder, name):
    code, content = status(served.address, f'{ROOT}/{folder}/{name}')
    assert code in (400, 404), content[:80]
    assert b'root:' not in content and b'civitai_base_url' not in content


@pytest.mark.parametrize(
    'path', ['/file={}', '/gradio_api/file={}', '/file/{}', '/gradio_api/file/{}']
)
def test_gradio_gives_none_of_our_files(served, path):
    for name in ('settings.json', 'data/civitai_shortcut.db', 'logs/http_client.log', 'stderr.txt'):
        lies = served.folder / name
        code, _ = status(served.address, path.format(lies))
        assert code in (403, 404), name


class TestLinks:
    @pytest.fixture
    def shown(self, fresh_settings, tmp_path):
        client = CivitaiHttpClient()
        yield Pictures(client, tmp_path / 'kept')
        client.close()

    def test_to_what_is_no_picture(self, shown, tmp_path):
        secret, link = tmp_path / 'secret.txt', tmp_path / 'a.png'
        secret.write_text('a secret')
        try:
            link.symlink_to(secret)
        except OSError:
            pytest.skip('platform: no links for everybody')
        assert shown.open(key_of(shown.local(link))) is None
        assert shown.read(key_of(shown.local(link, 96)), 96, 60) is None

    def test_put_there_after_the_page_was_told(self, shown, tmp_path):
        picture, secret = tmp_path / 'a.png', tmp_path / 'secret.txt'
        picture.write_bytes(encoded('PNG'))
        secret.write_text('a secret')
        key = key_of(shown.local(picture))
        try:
            os.symlink(secret, tmp_path / 'link')
        except OSError:
            pytest.skip('platform: no links for everybody')
        os.replace(tmp_path / 'link', picture)
        assert shown.open(key) is None


def key_of(address):
    return address.rpartition('/')[2].partition('?')[0]


class TestWhatComesIn:
    @pytest.mark.parametrize('path', [f'{ROOT}/inspect', f'{ROOT}/shortcuts/files'])
    def test_more_than_there_may_be(self, served, path):
        pieces = (b'x' * (1 << 20) for _ in range(200))
        named = {**OWN, 'X-File-Name': 'a.url'}
        try:
            code = requests.post(
                served.address + path[1:], data=pieces, headers=named, timeout=60
            ).status_code
        except requests.ConnectionError:  # it hung up before all had been said
            return
        assert code == 413

    def test_by_the_route_of_gradio(self, served):
        for size, codes in ((1 << 10, (200,)), (3 << 20, (400, 413))):
            content = io.BytesIO(b'x' * size)
            answer = requests.post(
                f'{served.address}gradio_api/upload', files={'files': content}, timeout=30
            )
            assert answer.status_code in codes

    @pytest.mark.parametrize('path', [f'{ROOT}/inspect', f'{ROOT}/shortcuts/files'])
    @pytest.mark.parametrize(
        'headers',
        [
            {'Sec-Fetch-Site': 'cross-site'},
            {'Sec-Fetch-Site': 'cross-site', 'X-Forwarded-Host': 'evil.example'},
            {'Origin': 'https://evil.example'},
            {'Origin': 'null', 'X-Forwarded-Host': ','},
        ],
    )
    def test_from_other_pages(self, served, path, headers):
        answer = requests.post(served.address + path[1:], data=b'x', headers=headers, timeout=20)
        assert answer.status_code == 403

    @pytest.mark.parametrize(
        'headers',
        [
            {'Sec-Fetch-Site': 'same-origin', 'Origin': 'https://page.example'},
            {'Origin': 'http://page.example', 'X-Forwarded-Host': 'page.example, inner.example'},
        ],
    )
    def test_from_ours_behind_a_proxy(self, served, headers):
        answer = requests.post(
            f'{served.address}{ROOT[1:]}/inspect', data=encoded('PNG'), headers=headers, timeout=20
        )
        assert answer.json()['token']
