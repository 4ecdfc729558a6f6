"""The main path with the keyboard alone: no test here touches a mouse."""

import pytest

from civitai_manager_libs.demo import SPECIAL
from tests.support.page import link, row
from tests.support.screens import SCREENS, Furnished, close_notices

pytestmark = pytest.mark.browser

MOSS = SPECIAL['plain'].model_id
MOST_TABS = 120
ACTIVE = """() => {
    const one = document.activeElement;
    const style = getComputedStyle(one);
    const box = one.getBoundingClientRect();
    return {
        action: one.dataset.csAction || '',
        id: one.dataset.csId || '',
        tag: one.tagName,
        mine: !!one.closest('.cs'),
        role: one.getAttribute('role') || '',
        ring: parseFloat(style.outlineWidth) > 0 && style.outlineStyle !== 'none',
        inset: style.boxShadow !== 'none',
        seen: box.width > 1 && box.height > 1,
        html: one.outerHTML.slice(0, 140),
    };
}"""


@pytest.fixture
def fresh(page_demo, tmp_path):
    """A page of somebody who has nothing yet."""
    running = Furnished(page_demo, tmp_path / 'keyboard', 'en')
    yield running
    running.end()


def active(page):
    return page.evaluate(ACTIVE)


def tab_to(page, selector, key='Tab'):
    """Press Tab until what fits has the focus."""
    for _ in range(MOST_TABS):
        if page.evaluate('(one) => document.activeElement.matches(one)', selector):
            return
        page.keyboard.press(key)
    raise AssertionError(f'{selector} is not reached: {active(page)}')


def to_tab(page, name):
    """With the arrows along the tabs, as their role promises, or with Tab and Enter."""
    button = f'#cs-tab-{name}-button'
    page.evaluate('document.activeElement.blur(); window.scrollTo(0, 0)')
    tab_to(page, f'.cs [role="tab"]{button}')
    page.keyboard.press('Enter')
    page.wait_for_selector(f'{button}[aria-selected="true"]')


def test_from_a_link_to_the_file_and_the_saved_model(fresh, open_page):
    page = open_page(fresh)
    to_tab(page, 'downloads')
    tab_to(page, '#cs-field textarea')
    page.keyboard.type(link('two_versions'))
    page.wait_for_selector('.cs-file input:checked')
    tab_to(page, '.cs-card .cs-select')
    page.keyboard.press('ArrowDown')
    page.wait_for_selector('text=silk_tide_v10.safetensors')
    tab_to(page, '[data-cs-action="add"]', 'Shift+Tab')
    page.keyboard.press('Enter')
    row(page, 'silk_tide_v10').locator('text=Done, verified').wait_for()

    to_tab(page, 'browse')
    page.wait_for_selector('[data-cs-cards="browse"] [data-cs-card]')
    tab_to(page, '[data-cs-cards="browse"] .cs-cards-open')
    page.keyboard.press('/')
    page.keyboard.type('moss')
    page.keyboard.press('Enter')
    shown = '[data-cs-cards=browse] [data-cs-card]:not([hidden])'
    page.wait_for_function(f"document.querySelectorAll('{shown}').length < 3")
    tab_to(page, f'.cs-cards-open[data-cs-id="{MOSS}"]')
    page.keyboard.press('s')
    page.wait_for_selector(f'[data-cs-card="{MOSS}"] [aria-pressed="true"]')
    page.keyboard.press('Enter')
    page.wait_for_selector('[data-cs-model="browse"] h2')
    tab_to(page, '[data-cs-model="browse"] [data-cs-action="browse:model-download"]')
    page.keyboard.press('Escape')
    page.wait_for_selector('[data-cs-model="browse"] h2', state='detached')
    page.wait_for_function(f"document.activeElement.dataset.csId === '{MOSS}'")

    to_tab(page, 'shortcuts')
    page.wait_for_selector(f'[data-cs-shortcuts] [data-cs-card="{MOSS}"]')


@pytest.mark.parametrize('screen', SCREENS)
def test_every_stop_can_be_seen_and_none_keeps_the_focus(furnished, open_page, screen):
    page = open_page(furnished, height=1000)
    SCREENS[screen](page)
    close_notices(page)
    page.evaluate("window.scrollTo(0, 0); document.querySelector('.cs [role=tab]').focus()")
    stops = []
    for _ in range(MOST_TABS):
        page.keyboard.press('Tab')
        stop = active(page)
        if stop['tag'] == 'BODY':
            break
        if stop['mine']:
            assert stop['seen'], stop
            assert stop['ring'] or stop['inset'] or stop['tag'] in ('TEXTAREA', 'INPUT'), stop
        stops.append(stop['html'])
    assert len(stops) > 5
    assert stops[-1] != stops[-2] and stops[-1] != stops[-3]
