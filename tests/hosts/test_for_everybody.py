"""Inside a host no screen of ours has a serious finding of axe, and nothing of it is cut or reached
only by scrolling sideways: on a phone and a desk, in the light and in the dark.
"""

import pytest

from tests.support.axe import findings
from tests.support.screens import SCREENS, close_notices
from tests.support.webui.furnished import FurnishedHost
from tests.test_accessibility_widths import HEIGHT, TROUBLES

from .conftest import Place, python_of
from .test_main_path import OURS

pytestmark = [pytest.mark.hosts, pytest.mark.browser, pytest.mark.timeout(600)]

HOSTS = (Place('3.41.2', 'a1111'), Place('4.40.0', 'forge'))
WIDTHS = (1440, 390)
THEMES = ('light', 'dark')
BROKEN = """() => {
    const add = document.querySelector('[data-cs-action="add"]');
    add.insertAdjacentHTML('afterend', '<button id=bad style="width: 9px; height: 9px"></button>');
    add.style.transform = 'translateX(400px)';
}"""


@pytest.fixture(params=HOSTS, ids=str)
def furnished(request, demo, tmp_path):
    """A host with something in every tab of ours, in English."""
    place = request.param
    python, folder = python_of(place.version), tmp_path / 'host'
    host = FurnishedHost(demo, folder, place.flavour, '--language', 'en', python=python)
    try:
        yield host.furnish()
    finally:
        host.end()


@pytest.fixture
def open_theme(browser):
    """``open_theme(host, theme)`` opens the host in that theme with our tab on top."""
    contexts, problems = [], []

    def run(host, theme):
        size = {'width': WIDTHS[0], 'height': HEIGHT}
        contexts.append(browser.new_context(viewport=size, reduced_motion='reduce'))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)
        page.on('pageerror', lambda error: problems.append(str(error)))
        page.goto(f'{host.address}?__theme={theme}')
        page.locator('#tabs button', has_text=OURS).first.click()
        page.wait_for_selector('[data-cs-part="key"] .cs-pill', state='attached')
        return page

    yield run
    for context in contexts:
        context.close()
    assert problems == []


def troubles(page):
    """What is wrong with the screen on top, by the width of the page."""
    found = {}
    close_notices(page)
    for width in WIDTHS:
        page.set_viewport_size({'width': width, 'height': HEIGHT})
        page.wait_for_timeout(200)
        sideways = page.evaluate('document.documentElement.scrollWidth') > width
        found[width] = [*findings(page), *page.evaluate(TROUBLES), *(['sideways'] * sideways)]
    page.set_viewport_size({'width': WIDTHS[0], 'height': HEIGHT})
    return {width: all_of_it for width, all_of_it in found.items() if all_of_it}


def test_every_screen_in_both_themes(furnished, open_theme):
    found = {}
    for theme in THEMES:
        page = open_theme(furnished, theme)
        assert page.evaluate("document.body.classList.contains('dark')") is (theme == 'dark')
        for name, show in SCREENS.items():
            show(page)
            found[theme, name] = troubles(page)
    assert {where: wrong for where, wrong in found.items() if wrong} == {}
    page.evaluate(BROKEN)
    wrong = str(troubles(page))
    assert 'button-name' in wrong and 'outside' in wrong
