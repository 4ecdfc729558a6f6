"""On other versions of Gradio: the page and the tab of a host, behind a reverse proxy and over TLS,
and nothing for whoever has not signed in.
"""

import re

import pytest
import requests

from civitai_manager_libs.pictures import ROOT
from tests.support.gradio_calls import Caller
from tests.test_safety_proxy import (  # noqa: F401
    OF_GRADIO,
    PASSWORD,
    serve,
    sign_in,
    use,
    visit,
)
from tests.test_safety_routes import made_up

from .conftest import Place, python_of

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(300)]

LOGIN = ('--auth', f'me:{PASSWORD}')
HOSTS = (Place('3.41.2', 'a1111'), Place('3.43.2', 'sdnext'), Place('4.40.0', 'forge'))
OURS = re.compile(rf'{ROOT}/.+|/metrics')
HEALTH = f'{ROOT}/health'
OF_THE_PAGE = ('config', 'info', 'run/predict', 'api/predict', 'queue/join', 'file=/etc/passwd')
TOAST = 'text=Paste at least one link first.'


@pytest.fixture
def start(run_host):
    """``start(place, *arguments)`` starts that host, which speaks English."""

    def run(place, *arguments):
        words = ('--language', 'en', *arguments)
        return run_host(place.flavour, *words, python=python_of(place.version))

    return run


def _use_the_tab(page, address):
    page.locator('#tabs button', has_text='Civitai Shortcut').first.click()
    use(page, address)
    page.click('button#cs-tab-downloads-button[role="tab"]')
    page.click('[data-cs-action="add"]')
    page.wait_for_selector(TOAST)


def _strangers_get_nothing_of_ours(host):
    ours = [one for one in host.state()['routes'] if OURS.fullmatch(one[1]) and one[1] != HEALTH]
    assert len(ours) >= 10
    address = host.address.rstrip('/')
    for method, path in ours:
        answer = requests.request(method, address + made_up(path), timeout=30)
        assert answer.status_code == 401, (method, path)
    assert list(requests.get(address + HEALTH, timeout=30).json()) == ['status']


def _refused(address):
    for name in OF_THE_PAGE:
        for method in ('GET', 'POST'):
            answer = requests.request(method, f'{address}{name}', json={}, timeout=30)
            assert answer.status_code in (401, 404, 405, 422), (method, name)


@pytest.mark.browser
@pytest.mark.parametrize('place', HOSTS, ids=str)
def test_in_a_host_below_a_path_with_a_login(
    place, start, certificate, behind, visit  # noqa: F811
):
    host = start(place, '--subpath', '/sd', *LOGIN)
    for way_in in ({}, {'certificate': certificate}):
        proxy = behind(host.address, '/sd', **way_in)
        page = visit(proxy.address)
        sign_in(page)
        _use_the_tab(page, proxy.address)
        assert [path for path in proxy.strays if not OF_GRADIO.match(path)] == []
    _strangers_get_nothing_of_ours(host)
    _refused(host.address)


@pytest.mark.browser
@pytest.mark.parametrize('place', [HOSTS[0], HOSTS[-1]], ids=str)
def test_in_a_host_that_speaks_tls_itself(place, start, certificate, visit):  # noqa: F811
    host = start(place, '--tls', certificate, certificate)
    _use_the_tab(visit(host.address), host.address)


@pytest.mark.browser
@pytest.mark.parametrize('version', ['3.41.2', '4.40.0', '5.50.0'])
def test_alone_over_tls_with_a_login(version, serve, certificate, behind, visit):  # noqa: F811
    served = serve(*LOGIN, python=python_of(version))
    proxy = behind(served.address, '/sd', certificate=certificate)
    page = visit(proxy.address)
    sign_in(page)
    use(page, proxy.address)
    _refused(served.address)


@pytest.mark.parametrize('version', ['3.41.2', '4.40.0'])
def test_who_sits_before_this_computer(version, serve):  # noqa: F811
    served, panels = serve(python=python_of(version)), []
    for headers in ((), [('X-Forwarded-For', '192.0.2.1')]):
        caller = Caller(served.address, headers)
        caller.click('tab', value='shortcuts')
        changed = caller.click('shortcuts:panel', 'transfer')['changed']
        panels.append(changed['parts']['shortcuts-panel'])
    assert ['name="path"' in panel for panel in panels] == [True, False]
