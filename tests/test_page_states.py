"""What the page shows while it waits, and when something is away: in one language, without a
serious finding of axe; and that a slow host is not taken for a program that is away.
"""

import signal

import pytest

from civitai_manager_libs.demo import DemoCatalogue
from tests.support.axe import findings
from tests.support.page import Served, link, paste
from tests.support.screens import browse, to_tab
from tests.support.words import faults, said

pytestmark = pytest.mark.browser

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
DORA = '[data-cs-action="browse:type"][data-cs-id="DoRA"]'
CARD = '.cs-cards-card[data-cs-card]'
SEARCHING = {'en': 'Searching', 'zh-TW': '正在搜尋'}
OFFLINE = {'en': 'You are offline.', 'zh-TW': '目前離線。'}


@pytest.fixture(params=[('en', False), ('zh-TW', True)], ids=lambda of: of[0])
def alone(request, tmp_path):
    """A page with a catalogue of its own, whose faults are nobody else's; and the theme."""
    language, dark = request.param
    with DemoCatalogue() as demo:
        running = Served(demo, tmp_path / 'states', language, settings=SETTINGS)
        yield running, dark
        running.end()


def is_whole(page, language):
    assert findings(page) == []
    texts = said(page)
    assert texts and faults(texts, language) == []


def test_waiting_and_failed(alone, open_page):
    running, dark = alone
    trouble, language = running.demo.faults, running.language
    page = open_page(running, dark=dark)
    browse(page)

    slow = trouble.add('delay', path='types=DoRA', seconds=15.0)
    page.click(DORA)
    page.wait_for_selector('.cs-cards-shape')
    page.wait_for_selector(f'text={SEARCHING[language]}')
    is_whole(page, language)
    trouble.remove(slow)

    trouble.add('drop')
    page.reload()
    page.click('#cs-tab-browse-button')
    page.wait_for_selector('.cs-browse-banner [data-cs-action="browse:again"]')
    is_whole(page, language)

    page.click(DORA)
    page.wait_for_selector(f'.cs-browse-banner:has-text("{OFFLINE[language]}")')
    page.wait_for_selector(CARD)
    is_whole(page, language)

    to_tab(page, 'downloads')
    paste(page, link('many_files'))
    page.wait_for_selector('.cs-step-failed')
    is_whole(page, language)

    page.click('#cs-tab-gallery-button')
    page.fill('[data-cs-gallery-field]', link('two_versions'))
    page.keyboard.press('Enter')
    page.wait_for_selector('[data-cs-action="gallery:again"]')
    is_whole(page, language)


def test_the_program_is_gone(alone, open_page):
    running, dark = alone
    page = open_page(running, dark=dark)
    running.process.send_signal(signal.SIGKILL)
    running.process.wait(60)
    page.wait_for_selector('.cs-lost')
    is_whole(page, running.language)


def test_a_slow_host_is_not_a_program_that_is_gone(served, browser):
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script(SLOW_HOST)
    page.goto(served.address)
    page.wait_for_selector('[data-cs-part="key"] .cs-pill', state='attached')
    assert not page.evaluate('window.saidLost')
    context.close()
