"""What most people come for, clicked through in a browser: on the oldest Gradio and on Forge's
inside their hosts, on the newest as a page of its own.
"""

import re
from pathlib import Path

import pytest

from civitai_manager_libs.demo import FILES
from civitai_manager_libs.demo.special import GALLERY
from tests.hosts.conftest import Place
from tests.support.page import MAIN_BUTTON, add, foreign, link, paste, row

PLACES = (Place('3.41.2', 'a1111'), Place('4.40.0', 'forge'), Place('6.31.0'))
pytestmark = [
    pytest.mark.hosts,
    pytest.mark.browser,
    pytest.mark.timeout(600),
    pytest.mark.parametrize('place', PLACES, indirect=True, ids=str, scope='session'),
]

TABS = ('browse', 'shortcuts', 'gallery', 'downloads', 'monitor', 'settings')
OURS = 'Civitai Shortcut'
# The documents of these hosts ask for them themselves.
OF_THE_HOST = ('https://cdnjs.cloudflare.com/', 'https://fonts.g')
SHOT = '.cs-gallery-shots .cs-shot-open'
CARD = '.cs-cards-card[data-cs-card]'
PICTURES = f'https://civitai.com/models/{GALLERY.model_id}?modelVersionId={GALLERY.version_id}'


@pytest.fixture
def page(browser, shown, place):
    """The page in a browser, in a host with our tab on top. When the test ends, nothing may have
    gone wrong in the script, nor may we have asked anybody else for anything.
    """
    problems = []

    def asked(url):
        if place.alone or not url.startswith(OF_THE_HOST):
            problems.extend(foreign(url))

    context = browser.new_context(viewport={'width': 1440, 'height': 900}, reduced_motion='reduce')
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on('pageerror', lambda error: problems.append(str(error)))
    page.on('request', lambda request: asked(request.url))
    page.goto(shown.address)
    if not place.alone:
        page.locator('#tabs button', has_text=OURS).first.click()
    page.wait_for_selector('[data-cs-part="key"] .cs-pill', state='attached')
    yield page
    context.close()
    assert problems == []


@pytest.fixture
def slow(page_demo):
    """Files arrive slowly enough to be seen on their way."""
    fault = page_demo.faults.add('throttle', path=FILES, bytes_per_second=200_000)
    yield
    page_demo.faults.remove(fault)


def go(page, tab):
    """Put one of our tabs on top by its head, which is called the same everywhere."""
    page.click(f'button#cs-tab-{tab}-button[role="tab"]')
    page.wait_for_selector(f'#cs-tab-{tab}-button[aria-selected="true"]')
    page.wait_for_selector(f'#cs-tab-{tab}[role="tabpanel"]')


def test_a_link_becomes_a_verified_file(page, shown):
    go(page, 'downloads')
    paste(page, link('two_versions'))
    page.wait_for_selector('.cs-file input:checked')
    assert re.fullmatch(r'Download \d+ MB', page.inner_text(MAIN_BUTTON))
    page.click(MAIN_BUTTON)
    done = row(page, 'Silk Tide')
    done.locator('text=Done, verified').wait_for()
    path = re.search(r'(\S+\.safetensors)', done.locator('.cs-row-file').inner_text())
    assert list(shown.folder.rglob(Path(path.group(1)).name))


def test_the_count_of_what_runs_stays_on_the_head_of_downloads(page, slow):
    go(page, 'downloads')
    add(page, 'big')
    counted = 'button#cs-tab-downloads-button[data-count="1"]'
    page.wait_for_selector(counted)
    for tab in ('browse', 'monitor', 'downloads'):  # older versions draw the heads anew then
        go(page, tab)
        page.wait_for_selector(counted)
    row(page, 'Neon Harbor').locator('[data-cs-action="pause"]').click()
    page.wait_for_selector('button#cs-tab-downloads-button:not([data-count])')


def test_the_field_grows_with_its_lines(page):
    go(page, 'downloads')
    field = page.wait_for_selector('#cs-field textarea')
    before = field.bounding_box()['height']
    paste(page, 'first', 'second', 'third')
    page.wait_for_function(
        'before => document.querySelector("#cs-field textarea").offsetHeight > before + 40',
        arg=before,
    )


def test_a_picture_of_the_gallery_comes_with_its_data(page):
    go(page, 'gallery')
    page.fill('[data-cs-gallery-field]', PICTURES)
    page.keyboard.press('Enter')
    page.wait_for_selector(SHOT)
    page.locator(SHOT).nth(3).click()
    page.wait_for_selector('.cs-detail-frame img')
    assert 'silktide' in page.locator('.cs-detail-words').first.inner_text()


def test_a_model_is_saved_as_a_shortcut(page):
    go(page, 'browse')
    card = page.locator(f'{CARD}:not([hidden])').first
    name = card.locator('.cs-cards-name').inner_text()
    card.locator('.cs-cards-corner').click()
    card.locator('.cs-cards-corner[aria-pressed="true"]').wait_for()
    go(page, 'shortcuts')
    page.locator('#cs-tab-shortcuts .cs-cards-card', has_text=name).wait_for()


def test_the_monitor_shows_the_traffic(page, page_demo):
    go(page, 'monitor')
    requests = page.wait_for_selector('[data-cs-tile="requests"] .cs-monitor-number')
    assert int(requests.inner_text().replace(',', '')) > 0
    page.wait_for_selector('#cs-tab-monitor table >> text=127.0.0.1')


def test_each_tab_has_its_place_and_nothing_is_wider_than_the_page(page):
    for width in (1440, 390):
        page.set_viewport_size({'width': width, 'height': 844})
        for tab in TABS:
            go(page, tab)
            assert page.locator(f'#cs-tab-{tab}').bounding_box()['width'] > width * 0.75
            assert page.evaluate('document.documentElement.scrollWidth') <= width, (tab, width)
            on_top = 'all => all.filter((one) => one.offsetParent).map((one) => one.dataset.csTab)'
            assert page.locator('#cs-page [data-cs-tab]').evaluate_all(on_top) == [tab]


def test_the_wires_are_out_of_sight(page):
    seen = page.locator('.cs-wires').evaluate_all(
        'all => all.map((one) => [one.offsetWidth, one.offsetHeight, one.ariaHidden])'
    )
    assert seen and all(wires == [1, 1, 'true'] for wires in seen)


def test_the_keyboard_stays_on_the_heads_of_the_tabs(page):
    go(page, 'browse')
    page.focus('button#cs-tab-monitor-button')
    page.keyboard.press('Enter')
    page.wait_for_selector('#cs-tab-monitor-button[aria-selected="true"]')
    page.wait_for_function("document.activeElement.id === 'cs-tab-monitor-button'")
