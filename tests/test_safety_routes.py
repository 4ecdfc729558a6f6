"""Nothing is given to whoever has not signed in: every route of what is served, asked without a
login.
"""

import json
import logging
import re

import pytest
import requests
from fastapi.testclient import TestClient

from civitai_manager_libs.cli.environment import Environment
from civitai_manager_libs.faces.assembly import build_face
from civitai_manager_libs.faces.own_page import web_application
from civitai_manager_libs.pictures import ROOT

LOGIN = {'username': 'me', 'password': 'a secret word'}
HEALTH = ('/health', f'{ROOT}/health')
# What Gradio gives to everybody: its own scripts, styles and pictures, the form of the login, the
# shape of its interface without anything of ours, who one is, the ends of what one has begun, and
# an editor that is off.
OF_GRADIO = re.compile(
    r'/(login/?|logout|svelte/.*|static/.*|assets/.*|favicon\.ico|theme\.css|robots\.txt'
    r'|pwa_icon.*|manifest\.json|openapi\.json)?'
    r'|/gradio_api/((token|user|app_id|runs|reset|cancel|startup-events)/?|theme\.css'
    r'|custom_component/.*|stream/.*|heartbeat/.*|(undo-)?vibe-(edit|code)/?|vibe-starter-.*)'
)
WAYS_IN = ('config', 'info', 'run/x', 'call/x', 'queue/join', 'queue/data', 'upload', 'file=/etc/x')


def everything(routes, root=''):
    """Method and path of all routes, of those in applications within, too."""
    for route in routes:
        path = root + getattr(route, 'path', '')
        inner = getattr(route, 'app', None) or getattr(route, 'original_router', None) or route
        if getattr(inner, 'routes', None):
            yield from everything(inner.routes, path)
        for method in getattr(route, 'methods', None) or ():
            yield method, path


def ours(application):
    """Method and path of our own routes, as they describe themselves."""
    for path, methods in application.openapi()['paths'].items():
        for method in methods:
            yield method.upper(), path


@pytest.fixture(scope='module')
def application(tmp_path_factory):
    """What ``serve --auth`` serves."""
    logging.getLogger('httpx').setLevel(logging.WARNING)
    folder = tmp_path_factory.mktemp('program')
    environment = Environment(folder, folder / 'settings.json', 'en')
    try:
        face = build_face(environment.open_app(), local=False)
        yield web_application(face, tuple(LOGIN.values()))
    finally:
        environment.close()


@pytest.fixture
def nobody(application):
    """Somebody without a cookie."""
    return TestClient(application, follow_redirects=False)


def made_up(path):
    """A path with something in the place of each name."""
    return re.sub(r'{[^}]*}', 'x', path)


def test_our_routes_refuse(application, nobody):
    found = [route for route in ours(application) if route[1].startswith(('/civitai', '/metrics'))]
    assert len(found) >= 10
    for method, path in found:
        if path not in HEALTH:
            assert nobody.request(method, made_up(path)).status_code == 401, path


def test_so_do_those_of_gradio(application, nobody):
    asked = 0
    for method, path in everything(application.router.routes):
        if OF_GRADIO.fullmatch(path) or path in HEALTH:
            continue
        answer = nobody.request(method, made_up(path))
        assert answer.status_code in (401, 403, 405), (method, path, answer.status_code)
        asked += 1
    assert asked > 30


def test_the_page_itself_says_only_that_a_login_is_due(nobody):
    page = nobody.get('/').text
    said = json.loads(re.search(r'window\.gradio_config = (.*?);</script>', page).group(1))
    assert said['auth_required'] and not said.get('components')
    assert not said.get('dependencies') and not said.get('layout')


@pytest.mark.parametrize('name', WAYS_IN)
def test_no_way_in(nobody, name):
    for path in (f'/gradio_api/{name}', f'/{name}'):
        for method in ('GET', 'POST'):
            answer = nobody.request(method, path, json={} if method == 'POST' else None)
            assert answer.status_code in (401, 404, 405), (method, path)


@pytest.mark.parametrize('path', HEALTH)
def test_how_it_stands_and_no_more(nobody, path):
    assert list(nobody.get(path).json()) == ['status']


def test_who_has_signed_in_is_let_in(application):
    with TestClient(application, base_url='https://testserver') as person:
        assert person.post('/login', data=LOGIN).status_code == 200
        assert person.get(f'{ROOT}/traffic.json').status_code == 200
        assert person.get(f'{ROOT}/pictures/{"0" * 64}').status_code == 404
        assert 'details' in person.get(f'{ROOT}/health').json()


def test_nobody_describes_our_routes(nobody):
    for path in ('/docs', '/redoc', f'{ROOT}/openapi.json'):
        assert nobody.get(path).status_code in (401, 404)
    assert 'civitai' not in nobody.get('/openapi.json').text


@pytest.mark.parametrize(
    ('prefix', 'below'),
    [
        *(('/sd', '/sd'), ('/deep/er/', '/deep/er'), ('/a, /b', '/a')),
        *((one, '') for one in ('//evil.example', '/..', '/a/../b', '/a b', 'a', '/a?b', '/<b>')),
    ],
)
def test_what_a_proxy_says_of_the_path(nobody, prefix, below):
    headers = {'X-Forwarded-Prefix': prefix, 'X-Forwarded-Host': 'page.example'}
    for path in ('/', f'{below}/'):
        page = nobody.get(path, headers=headers).text
        assert f'"root":"http://page.example{below}"' in page.replace('": "', '":"')


class TestInAHost:
    @pytest.fixture
    def host(self, run_host):
        return run_host('a1111', '--auth', ':'.join(LOGIN.values()))

    def test_the_login_of_the_host_holds_for_us(self, host, application):
        address = host.address.rstrip('/')
        for method, path in ours(application):
            if path in HEALTH or not path.startswith(ROOT):
                continue
            answer = requests.request(method, address + made_up(path), timeout=30)
            assert answer.status_code == 401, path
        health = requests.get(f'{address}{ROOT}/health', timeout=30)
        assert list(health.json()) == ['status']
        with requests.Session() as person:
            assert person.post(f'{address}/login', data=LOGIN, timeout=30).ok
            assert person.get(f'{address}{ROOT}/traffic.json', timeout=30).status_code == 200
