"""Under which names the page answers, and who counts as sitting before this computer."""

import pytest
import requests
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from civitai_manager_libs.faces.known_names import KnownNames
from civitai_manager_libs.i18n import catalogue
from civitai_manager_libs.ui.nearness import asked_with, is_near
from tests.support.gradio_calls import Caller
from tests.support.page import Served

OURS = ('localhost:7865', 'LocalHost', 'deep.localhost:1', '127.0.0.1:7865', '[::1]:7865')
LET_IN = (*OURS, '192.168.1.5:7865', 'My.Example:443', 'my.example.')
FOREIGN = ('evil.example', 'evil.example:7865', 'localhost.evil.example', '127.0.0.1.evil.example')
NONSENSE = ('', '[::1', 'my.example.evil.example', 'a@evil.example')


@pytest.fixture(scope='module')
def web():
    """An application that may also be called ``my.example``."""
    application = FastAPI()
    application.add_middleware(KnownNames, names=['My.example'])

    @application.get('/page')
    def page():
        return 'what is here'

    @application.websocket('/line')
    async def line(socket):
        await socket.accept()
        await socket.close()

    return TestClient(application)


@pytest.mark.parametrize('host', LET_IN)
def test_its_own_names(web, host):
    assert web.get('/page', headers={'host': host}).json() == 'what is here'


@pytest.mark.parametrize('host', (*FOREIGN, *NONSENSE))
def test_any_other_name(web, host):
    answer = web.get('/page', headers={'host': host, 'x-forwarded-host': 'localhost'})
    assert answer.status_code == 403 and 'what is here' not in answer.text
    with pytest.raises(WebSocketDisconnect):
        with web.websocket_connect('/line', headers={'host': host}):
            pass


@pytest.mark.parametrize(('reads', 'language'), [('zh-TW,zh;q=0.9', 'zh-TW'), ('en-GB', 'en')])
def test_the_refusal_is_in_the_language_of_the_browser(web, reads, language):
    headers = {'host': 'evil.example', 'accept-language': reads}
    words = catalogue(language)['page.unknown_name'].format(name='evil.example')
    assert web.get('/page', headers=headers).text == words


@pytest.mark.parametrize('host', OURS)
def test_who_sits_here(host):
    with asked_with({'host': host}):
        assert is_near()


@pytest.mark.parametrize(
    'headers',
    [
        {},
        *({'host': host} for host in (*FOREIGN, *NONSENSE, '192.168.1.5', 'my.example')),
        {'host': 'localhost', 'x-forwarded-for': '127.0.0.1'},
        {'host': 'localhost', 'x-forwarded-host': 'localhost'},
        {'host': 'localhost', 'forwarded': 'for=192.0.2.1'},
        {'host': 'localhost', 'x-real-ip': '192.0.2.1'},
    ],
)
def test_who_does_not(headers):
    with asked_with(headers):
        assert not is_near()
    assert is_near()


@pytest.fixture(scope='module')
def named(page_demo, tmp_path_factory):
    """The page, which may also be called ``my.example``."""
    running = Served(page_demo, tmp_path_factory.mktemp('named'), 'en', '--name', 'my.example')
    yield running
    running.end()


@pytest.mark.parametrize(('host', 'status'), [('my.example', 200), ('evil.example', 403)])
def test_every_route(named, host, status):
    for path in ('', 'config', 'metrics', 'health'):
        answer = requests.get(named.address + path, headers={'Host': host}, timeout=30)
        assert answer.status_code == status, path


def test_a_file_of_this_computer_is_only_taken_from_who_sits_here(named):
    panels = {}
    for name, headers in (('here', ()), ('there', [('X-Forwarded-For', '192.0.2.1')])):
        caller = Caller(named.address, headers)
        caller.click('tab', value='shortcuts')
        changed = caller.click('shortcuts:panel', 'transfer')['changed']
        panels[name] = changed['parts']['shortcuts-panel']
    assert 'data-cs-id="import"' in panels['here'] and 'data-cs-id="import"' in panels['there']
    assert 'name="path"' in panels['here'] and 'name="path"' not in panels['there']
