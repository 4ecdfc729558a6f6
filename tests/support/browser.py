"""A real browser for the tests of the page."""

import pytest
from playwright.sync_api import Error, sync_playwright

from civitai_manager_libs.testing.browser import find

# The sandbox does not start in containers; the rest keeps the browser from talking to anybody by
# itself.
ARGUMENTS = (
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-dev-shm-usage',
)

_PATIENCE_MS = 2000
_STATE = '''(body) => JSON.stringify({
  unheard: window.civitaiShortcut?.unheard?.(),
  page: window.civitaiShortcut?.has?.page?.tab,
  said: [...body.querySelectorAll('.cs-notice, .toast-body')].map((one) => one.innerText),
  asked: performance.getEntriesByType('resource').filter((one) => !one.name.includes('/assets/'))
    .map((one) => `${one.startTime | 0}+${one.duration | 0} ${one.responseStatus} ${one.name}`)
    .slice(-30),
  now: Math.round(performance.now()),
})'''


@pytest.fixture(scope='session')
def browser():
    """A running headless browser (playwright's ``Browser``), one for all tests of a worker."""
    path = find()
    if path is None:
        pytest.skip('needs a browser: "python main.py test" without arguments installs one')
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        yield running
        running.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What the pages of a test that has failed were at: often all there is to go by."""
    outcome = yield
    report = outcome.get_result()
    running = item.funcargs.get('browser') if report.failed and call.when == 'call' else None
    for context in running.contexts if running is not None else ():
        for page in context.pages:
            report.sections.append((f'page {page.url}', _state(page)))


def _state(page):
    try:
        body = page.locator('body')
        state = body.evaluate(_STATE, timeout=_PATIENCE_MS)
        return f'{state}\n{body.inner_text(timeout=_PATIENCE_MS)[:600]}'
    except Error as error:
        return str(error)
