"""A server of pictures that is silent takes nothing else of the page with it."""

import pytest

from civitai_manager_libs.demo import PICTURES, DemoCatalogue
from tests.support.held import UntilTold
from tests.support.page import Served

pytestmark = pytest.mark.browser

COVER = '.cs-cards-cover img'
SETTINGS = {'REQUEST_DELAY': '0', 'HTTP_TIMEOUT': '300', 'MINIMUM_FREE_SPACE_MB': '0'}
ALL_COME = f"""[...document.querySelectorAll('{COVER}')].filter((one) => one.checkVisibility()
    && one.getBoundingClientRect().top < innerHeight).every((one) => one.naturalWidth > 90)"""


@pytest.fixture
def silent(tmp_path):
    """A page whose pictures do not come, and what lets them."""
    wait = UntilTold()
    with DemoCatalogue() as demo:
        demo.faults.add('delay', side='storage', path=PICTURES, seconds=wait)
        running = Served(demo, tmp_path / 'silent', 'en', settings=SETTINGS)
        yield running, wait.go_on
        wait.go_on.set()
        running.end()


def test_clicks_are_answered_and_pictures_come_in_the_end(silent, open_page):
    running, go_on = silent
    page = open_page(running, tab='browse')
    page.wait_for_selector(COVER)
    page.click('#cs-tab-downloads-button')
    page.wait_for_selector('#cs-field textarea')
    page.wait_for_function('window.civitaiShortcut.has.page.tab === "downloads"')
    page.click('#cs-tab-browse-button')
    page.wait_for_function('window.civitaiShortcut.has.page.tab === "browse"')
    assert page.locator('.cs-lost').count() == 0 and not page.evaluate(ALL_COME)
    go_on.set()
    page.wait_for_function(ALL_COME)
