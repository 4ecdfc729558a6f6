"""The zip for a bug report: complete, small, and without anything that gives a person away."""

import getpass
import io
import json
import logging
import os
import random
import string
import urllib.parse
import zipfile
from pathlib import Path

import pytest

from civitai_manager_libs import support_bundle
from civitai_manager_libs.host.base import Places
from civitai_manager_libs.log_files import STEMS
from civitai_manager_libs.logs import open_logs
from civitai_manager_libs.support_bundle import bundle
from civitai_manager_libs.util import printD

KEY = 'the/key+in=force&0123456789'
TOKEN = 'c0ffee00c0ffee00c0ffee00c0ffee00'
SIGNATURE = '5f3a9c0d5f3a9c0d5f3a9c0d5f3a9c0d'
COOKIE = 'session-cookie-0123456789'
WORD = 'pw-of-the-proxy'
SIGNED = f'https://r2.example/model/1/x.safetensors?X-Amz-Date=1&X-Amz-Signature={SIGNATURE}'
SECRETS = [KEY, urllib.parse.quote(KEY, safe=''), TOKEN, SIGNATURE, COOKIE, WORD]
EVERYTHING = [
    KEY,
    urllib.parse.quote(KEY, safe=''),
    f'https://civitai.com/x?token={TOKEN}',
    f'Authorization: Bearer {TOKEN}',
    SIGNED,
    f'Cookie: __Secure-session={COOKIE}; a=b',
    f'http://me:{WORD}@proxy.example:3128',
]


@pytest.fixture
def places(home):
    return Places(home / 'shortcut', home / 'shortcut' / 'user_config.json', home / 'secrets')


@pytest.fixture
def logged(places, fresh_settings):
    """Log files are open in ``places``, the key is in force."""
    fresh_settings(civitai_api_key=KEY)
    end = open_logs(places.logs)
    yield places
    end()


def parts(content):
    """The unpacked files by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def fill_logs():
    for text in EVERYTHING:
        printD(text)
        try:
            raise ValueError(text)
        except ValueError:
            logging.getLogger('civitai_shortcut').exception('%s', text)


class TestNothingSecret:
    def test_in_any_part(self, logged, monkeypatch, fresh_settings):
        monkeypatch.setenv('CIVITAI_API_KEY', KEY)
        monkeypatch.setenv('CIVITAI_SHORTCUT_CIVITAI_API_KEY', KEY)
        monkeypatch.setenv('HTTPS_PROXY', f'http://me:{WORD}@proxy.example:3128')
        monkeypatch.setenv('http_proxy', f'me:{WORD}@proxy.example:3128')
        fresh_settings(models_path=f'/mnt/x?token={TOKEN}', own_folders={'LORA': f'Bearer {TOKEN}'})
        fill_logs()
        for stem in STEMS:  # as somebody else may have left them
            with open(logged.logs / f'{stem}.log', 'a', encoding='utf-8') as file:
                file.write('\n'.join(EVERYTHING) + '\n')
        report = {text: text for text in EVERYTHING}
        report.update(token=TOKEN, headers={'Cookie': COOKIE, 'authorization': [TOKEN]})
        report['nested'] = [{'error': {'details': EVERYTHING}}]
        queue = [{'id': 1, 'target': SIGNED, 'error': {'message': EVERYTHING}}]
        found = parts(bundle(logged, report, queue))
        assert set(found) == {
            *('system.json', 'settings.json', 'traffic.json', 'queue.json'),
            *(f'{stem}.log' for stem in STEMS),
        }
        for name, content in found.items():
            for secret in SECRETS:
                assert secret.encode() not in content, (name, secret)
                assert json.dumps(secret)[1:-1].encode() not in content, (name, secret)
        assert 'Traceback' in found['error.log'].decode()
        assert json.loads(found['settings.json'])['civitai_api_key'] == '(set)'
        system = json.loads(found['system.json'])
        environment = system['environment']
        assert environment['HTTPS_PROXY'] == environment['http_proxy'] == 'proxy.example:3128'
        assert 'CIVITAI_API_KEY' in system['set_by_environment']

    def test_who_and_where_a_person_is(self, logged, fresh_settings):
        fresh_settings(models_path='/mnt/private disk/models', download_path='./mine')
        home, user = str(Path.home()), getpass.getuser()
        printD(f'{logged.logs}/x and {home}/music and /media/{user}/disk/y and {home!r}')
        queue = [
            {
                'path': f'/media/{user}/disk/moss.safetensors',
                'folder': 'D:\\my models\\Lora',
                'error': {'code': 'disk_full', 'details': {'path': f'{home}/a/b.part'}},
                'owner': 'my-machine:12:34',
            }
        ]
        found = parts(bundle(logged, {'home': home, 'escaped': repr(home + '/é')}, queue))
        everything = b'\n'.join(found.values()).decode()
        assert home not in everything and 'my-machine' not in everything
        assert 'private disk' not in everything and f'/{user}/' not in everything
        assert '<data>/logs/x and ~/music and /media/user/disk/y' in everything
        entry = json.loads(found['queue.json'])[0]
        assert entry['path'] == 'moss.safetensors' and entry['folder'] == 'Lora'
        settings = json.loads(found['settings.json'])
        assert settings['models_path'] == 'models' and settings['download_path'] == './mine'


class TestContent:
    def test_what_is_told(self, logged, fresh_settings):
        fresh_settings(http_timeout=33.0)
        report = {'total_requests': 3, 'rates': (1.5, None, True), 7: 'number'}
        found = parts(bundle(logged, report))
        assert 'queue.json' not in found
        assert json.loads(found['traffic.json']) == {
            'total_requests': 3,
            'rates': [1.5, None, True],
            '7': 'number',
        }
        settings = json.loads(found['settings.json'])
        assert settings['http_timeout'] == 33.0 and 'http_pool_maxsize' not in settings
        system = json.loads(found['system.json'])
        assert system['packages']['requests'] and system['packages']['gradio']
        assert system['host'] == 'standalone' and system['run_from'] == 'clone'
        assert system['python'].startswith('CPython 3.') and system['free_bytes'] > 0

    def test_the_last_lines_of_each_log(self, logged):
        for number in range(support_bundle.LINES + 10):
            printD(f'number {number:05}')
        last = parts(bundle(logged, {}))['application.log'].decode().splitlines()
        assert len(last) == support_bundle.LINES
        assert last[0].endswith('number 00010') and last[-1].endswith('number 02009')

    def test_without_logs_and_folders(self, places, fresh_settings):
        found = parts(bundle(places, {}))
        assert found['application.log'] == b'' and not places.home.exists()

    def test_it_stays_small(self, logged):
        chance = random.Random(5)
        signs = string.ascii_letters + string.digits
        for stem in STEMS:
            with open(logged.logs / f'{stem}.log', 'w', encoding='utf-8') as file:
                for _ in range(1500):
                    file.write(''.join(chance.choices(signs, k=6000)) + '\n')
        large = {'said': ''.join(chance.choices(signs, k=2_000_000))}
        packed = bundle(logged, large, [large])
        found = parts(packed)
        assert len(packed) < sum(map(len, found.values())) + 5000 < 10_000_000
        assert json.loads(found['traffic.json'])['left_out'] == 'too large'
        assert all(len(found[f'{stem}.log']) > 1_000_000 for stem in STEMS)

    @pytest.mark.skipif(os.name == 'nt', reason='platform: no such names')
    def test_signs_of_no_encoding(self, logged):
        found = parts(bundle(logged, {'name': 'half \udcff'}))
        assert '\\udcff' in found['traffic.json'].decode()
