"""No screen of the page has a serious finding of axe, in either theme."""

from importlib.resources import files

import pytest

from tests.support.screens import SCREENS, Furnished, to_tab

pytestmark = pytest.mark.browser

AXE = files('axe_playwright_python').joinpath('axe.min.js').read_text(encoding='utf-8')
GRAVE = ('serious', 'critical')
RUN = '''() => axe.run('.cs', {
    resultTypes: ['violations'],
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
})'''
BROKEN = "document.querySelector('.cs-top').innerHTML += '<button id=bad></button>'"


def findings(page):
    """What axe finds grave on the page, one line each: rule, element, why."""
    page.evaluate(AXE)
    found = page.evaluate(RUN)['violations']
    return [
        f'{one["id"]}: {node["target"]} {node["failureSummary"]}'
        for one in found
        if one['impact'] in GRAVE
        for node in one['nodes']
    ]


@pytest.mark.parametrize('width, dark', [(1440, False), (1440, True), (390, False)])
@pytest.mark.parametrize('screen', SCREENS)
def test_every_screen(furnished, open_page, screen, width, dark):
    page = open_page(furnished, dark=dark, width=width, height=1000)
    SCREENS[screen](page)
    assert findings(page) == []


def test_what_is_wrong_would_be_found(served, open_page):
    page = open_page(served)
    page.evaluate(BROKEN)
    assert [one for one in findings(page) if one.startswith('button-name') and '#bad' in one]


@pytest.mark.parametrize('dark', [False, True], ids=['light', 'dark'])
def test_empty_tabs(page_demo, tmp_path, open_page, dark):
    served = Furnished(page_demo, tmp_path / 'nothing', 'zh-TW')
    try:
        page = open_page(served, dark=dark)
        for name in ('downloads', 'monitor'):
            to_tab(page, name)
            assert findings(page) == [], name
        for name, shown in (('shortcuts', '.cs-shortcuts-empty'), ('gallery', '.cs-empty')):
            page.click(f'#cs-tab-{name}-button')
            page.locator(f'{shown} >> visible=true').first.wait_for()
            assert findings(page) == [], name
    finally:
        served.end()


@pytest.mark.parametrize('width, dark', [(1440, False), (390, True)])
def test_the_first_run(page_demo, tmp_path, open_page, width, dark):
    served = Furnished(page_demo, tmp_path / 'new', 'en', used=False)
    try:
        page = open_page(served, width=width, dark=dark, tab='browse')
        page.wait_for_selector('.cs-start-whole [data-cs-start="key"]')
        assert findings(page) == []
    finally:
        served.end()
