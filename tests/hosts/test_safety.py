"""On other versions of Gradio: the page behind a reverse proxy, and nothing for whoever has not
signed in.
"""

import pytest
import requests

from civitai_manager_libs.pictures import ROOT
from tests.support.gradio_calls import Caller
from tests.test_safety_proxy import PASSWORD, serve, sign_in, use, visit  # noqa: F401

from .conftest import python_of

pytestmark = [pytest.mark.hosts, pytest.mark.timeout(300)]

LOGIN = {'username': 'me', 'password': PASSWORD}
OURS = (
    *(('GET', f'{ROOT}/{kind}/{"0" * 64}') for kind in ('pictures', 'files')),
    *(('GET', f'{ROOT}/{name}') for name in ('traffic.csv', 'traffic.json', 'report.zip')),
    *(('POST', f'{ROOT}/{name}') for name in ('inspect', 'shortcuts/files')),
    ('GET', f'{ROOT}/shortcuts/exports/x'),
    ('GET', f'{ROOT}/metrics'),
)
OF_THE_PAGE = ('config', 'info', 'run/predict', 'api/predict', 'queue/join', 'file=/etc/passwd')


def _nothing_without_a_login(address):
    for method, path in OURS:
        assert requests.request(method, address + path, timeout=30).status_code == 401, path
    for path in OF_THE_PAGE:
        for method in ('GET', 'POST'):
            answer = requests.request(method, f'{address}/{path}', json={}, timeout=30)
            assert answer.status_code in (401, 404, 405, 422), (method, path)
    assert list(requests.get(f'{address}{ROOT}/health', timeout=30).json()) == ['status']


@pytest.mark.browser
@pytest.mark.parametrize('version', ['3.41.2'])
def test_alone_over_tls_with_a_login(version, serve, certificate, behind, visit):  # noqa: F811
    served = serve('--auth', f'me:{PASSWORD}', python=python_of(version))
    proxy = behind(served.address, '/sd', certificate=certificate)
    page = visit(proxy.address)
    sign_in(page)
    use(page, proxy.address)
    _nothing_without_a_login(served.address.rstrip('/'))


@pytest.mark.parametrize('version', ['3.41.2', '4.40.0'])
def test_who_sits_before_this_computer(version, serve):  # noqa: F811
    served, panels = serve(python=python_of(version)), []
    for headers in ((), [('X-Forwarded-For', '192.0.2.1')]):
        caller = Caller(served.address, headers)
        caller.click('tab', value='shortcuts')
        changed = caller.click('shortcuts:panel', 'transfer')['changed']
        panels.append(changed['parts']['shortcuts-panel'])
    assert ['name="path"' in panel for panel in panels] == [True, False]
