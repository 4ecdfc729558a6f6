"""What the page says when the program is away, and that a slow host is not taken for that."""

import signal

import pytest

from civitai_manager_libs.demo import DemoCatalogue
from tests.support.axe import findings
from tests.support.page import Served

pytestmark = pytest.mark.browser

AWAY_MS = 60_000
SETTINGS = {
    'HTTP_CACHE_ENABLED': 'false',
    'HTTP_RETRY_DELAY': '0.05',
    'HTTP_MAX_RETRIES': '1',
    'REQUEST_DELAY': '0',
    'MINIMUM_FREE_SPACE_MB': '0',
}
# The page is drawn a minute after its script began, as hosts with many extensions may do it.
SLOW_HOST = """
    const real = Date.now;
    const drawn = () => document.getElementById('cs-page');
    Date.now = () => real() + (drawn() ? 60000 : 0);
    const look = () => document.querySelector('.cs-lost') && (window.saidLost = true);
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
"""


@pytest.fixture(params=[False, True], ids=['light', 'dark'])
def alone(request, tmp_path):
    """A page with a catalogue of its own, whose faults are nobody else's; and the theme."""
    with DemoCatalogue() as demo:
        running = Served(demo, tmp_path / 'states', 'zh-TW', settings=SETTINGS)
        yield running, request.param
        running.end()


def test_the_program_is_gone(alone, open_page):
    running, dark = alone
    page = open_page(running, dark=dark)
    running.process.send_signal(signal.SIGKILL)
    running.process.wait(20)
    page.wait_for_selector('.cs-lost', timeout=AWAY_MS)
    assert findings(page) == []


def test_a_slow_host_is_not_a_program_that_is_gone(served, browser):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(SLOW_HOST)
    page.goto(served.address)
    page.wait_for_selector('[data-cs-part="key"] .cs-pill', state='attached')
    assert not page.evaluate('window.saidLost')
    context.close()
