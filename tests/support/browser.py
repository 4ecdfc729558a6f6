"""A real browser for the tests of the page."""

import pytest
from playwright.sync_api import sync_playwright

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
