"""Below a path that begins like our own routes: each request finds what it means, whether or not a
proxy has taken the path off.
"""

import re

import pytest
from fastapi.testclient import TestClient

from civitai_manager_libs.cli.environment import Environment
from civitai_manager_libs.faces.assembly import build_face
from civitai_manager_libs.faces.behind_proxy import OWN_NAMES
from civitai_manager_libs.faces.own_page import web_application
from civitai_manager_libs.pictures import ROOT

SCRIPT = re.compile(r'<script async src="\.(/civitai-shortcut/page/\w+\.js)"')
PREFIXES = ('/sd', '/civitai', '/civitai-shortcuts', ROOT)


@pytest.fixture(scope='module')
def application(tmp_path_factory):
    """What ``serve`` serves."""
    folder = tmp_path_factory.mktemp('program')
    environment = Environment(folder, folder / 'settings.json', 'en')
    try:
        yield web_application(build_face(environment.open_app(), local=False), None)
    finally:
        environment.close()


@pytest.fixture
def ask(application):
    """``ask(prefix, left_on, method, path)``: the answer that a proxy below ``prefix`` gets."""

    def send(prefix, left_on, method, path, **more):
        headers = {'x-forwarded-prefix': prefix}
        client = TestClient(application, follow_redirects=False)
        return client.request(method, prefix + path if left_on else path, headers=headers, **more)

    return send


@pytest.mark.parametrize('prefix', PREFIXES)
@pytest.mark.parametrize('left_on', [False, True], ids=['taken off', 'left on'])
def test_everything_is_found(ask, prefix, left_on):
    document = ask(prefix, left_on, 'GET', '/')
    assert document.status_code == 200
    script = ask(prefix, left_on, 'GET', SCRIPT.search(document.text)[1])
    assert script.status_code == 200 and 'javascript' in script.headers['content-type']
    assert ask(prefix, left_on, 'POST', f'{ROOT}/news', json={}).status_code != 404
    for path in ('/metrics', f'{ROOT}/metrics', f'{ROOT}/traffic.csv', '/config'):
        answer = ask(prefix, left_on, 'GET', path)
        assert answer.status_code == 200 and '<html' not in answer.text, path
    assert prefix in ask(prefix, left_on, 'GET', '/config').json()['root']


def test_the_names_of_our_routes_are_known(application):
    paths = [path for path in application.openapi()['paths'] if path.startswith(f'{ROOT}/')]
    assert {path.split('/')[2] for path in paths} | {'page'} == OWN_NAMES
