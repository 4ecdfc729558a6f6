"""The page behind a reverse proxy: below a path, over TLS, under another name, with a login; and in
a host that lies below a path.
"""

import contextlib
import re
import sys

import pytest

from civitai_manager_libs.demo.special import GALLERY
from tests.support.page import Served
from tests.support.picture_server import png
from tests.test_page_picture import drop

pytestmark = pytest.mark.browser
LINK = f'https://civitai.com/models/{GALLERY.model_id}?modelVersionId={GALLERY.version_id}'
LOADED = """
  [...document.querySelectorAll('.cs-gallery-shots img')].some(
    (one) => one.naturalWidth > 88 && one.src.startsWith('%scivitai-shortcut/'))
"""
PASSWORD = 'a secret word'
# Gradio looks for its icon at the root, and Gradio 4 for its style once more.
OF_GRADIO = re.compile(r'/(favicon\.ico|assets/index-\w+\.css)$')


@pytest.fixture
def visit(browser):
    """``visit(address)`` opens a page, which may then ask for nothing that is not below it."""
    with contextlib.ExitStack() as ends:
        problems = []

        def go(address):
            context = browser.new_context(
                viewport={'width': 1440, 'height': 900}, ignore_https_errors=True
            )
            ends.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(60_000)
            page.on('pageerror', lambda error: problems.append(str(error)))
            page.on('request', lambda request: problems.extend(beside(request.url, address)))
            page.goto(address)
            return page

        yield go
    assert problems == []


@pytest.fixture
def serve(page_demo, tmp_path):
    """``serve(*arguments)`` starts a page that outlasts what is looking at it: else that would meet
    a server that is gone.
    """
    with contextlib.ExitStack() as ends:

        def start(*arguments, python=sys.executable):
            served = Served(page_demo, tmp_path / 'served', 'en', *arguments, python=python)
            ends.callback(served.end)
            return served

        yield start


def beside(url, address):
    own = url.startswith((address, 'data:', 'blob:')) or OF_GRADIO.search(url)
    return [] if own or '://127.0.0.1' not in url else [url]


def sign_in(page):
    page.locator('input').first.fill('me')
    page.locator('input[type="password"]').fill(PASSWORD)
    page.get_by_role('button').first.click()


def use(page, address):
    """Clicks are answered, pictures come, files go."""
    page.click('button#cs-tab-gallery-button[role="tab"]')
    page.fill('[data-cs-gallery-field]', LINK)
    page.keyboard.press('Enter')
    page.wait_for_function(LOADED % address)
    drop(page, 'a.png', png(text='a cat\nSteps: 3'))
    page.wait_for_selector('[data-cs-dropped][src^="blob:"]')


@pytest.mark.parametrize(
    'how',
    [
        {'prefix': '/sd'},
        {'prefix': '/deep/er', 'strip': False},
        {'prefix': '/civitai-shortcut'},
        {'keep_host': False},
    ],
    ids=['below a path', 'with the path left on', 'like our routes', 'asked for as its target'],
)
def test_the_page(served, behind, visit, how):
    proxy = behind(served.address, **how)
    use(visit(proxy.address), proxy.address)
    assert [path for path in proxy.strays if 'civitai' in path] == []


def test_under_another_name(serve, behind, visit):
    served = serve('--name', 'inner.example')
    proxy = behind(served.address, keep_host=False, host='inner.example')
    use(visit(proxy.address), proxy.address)


def test_over_tls_with_a_login(serve, certificate, behind, visit):
    served = serve('--auth', f'me:{PASSWORD}')
    proxy = behind(
        served.address, '/sd', certificate=certificate, keep_host=False, host='inner.example'
    )
    page = visit(proxy.address)
    sign_in(page)
    use(page, proxy.address)


def test_in_a_host_below_a_path(run_host, behind, visit):
    host = run_host('a1111', '--subpath', '/sd', '--auth', f'me:{PASSWORD}')
    proxy = behind(host.address, '/sd')
    page = visit(proxy.address)
    sign_in(page)
    page.get_by_role('tab', name='Civitai Shortcut').click()
    use(page, proxy.address)
    assert [path for path in proxy.strays if 'civitai' in path] == []
