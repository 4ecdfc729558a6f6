"""No screen of the page has a serious finding of axe, in either theme."""

import pytest

from tests.support.axe import findings
from tests.support.screens import SCREENS, Furnished, to_tab

pytestmark = pytest.mark.browser

BROKEN = "document.querySelector('.cs-top').innerHTML += '<button id=bad></button>'"


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
