"""Whatever has the focus can be told from what has not, by pictures of both."""

import pytest

from tests.support.focus import kind_of_focused, mark_of_focused, steady
from tests.support.screens import SCREENS, Furnished, close_notices

pytestmark = pytest.mark.browser

MOST_STOPS = 150
NO_RING = '.cs, .cs * { outline: none !important; box-shadow: none !important; }'
FIRST = "window.scrollTo(0, 0); document.querySelector('.cs [role=tab]').focus()"
OURS = '(document.activeElement.closest(".cs") && 1) || (document.activeElement !== document.body)'
THEMES = pytest.mark.parametrize('dark', [False, True], ids=['light', 'dark'])


def marks(page):
    """The mark of each kind of control that Tab comes by."""
    steady(page)
    page.evaluate(FIRST)
    found = {}
    for _ in range(MOST_STOPS):
        page.keyboard.press('Tab')
        ours = page.evaluate(OURS)
        if ours is False:  # the end of the page
            break
        kind = kind_of_focused(page) if ours == 1 else None
        if kind and kind not in found:
            found[kind] = mark_of_focused(page)
    return found


def unseen(found):
    return {kind: mark for kind, mark in found.items() if not mark.seen}


@THEMES
@pytest.mark.parametrize('screen', SCREENS)
def test_every_stop_of_tab_shows_it(furnished, open_page, screen, dark):
    page = open_page(furnished, height=1000, dark=dark)
    SCREENS[screen](page)
    close_notices(page)
    found = marks(page)
    assert len(found) > 5 and unseen(found) == {}


@THEMES
def test_the_first_run(page_demo, tmp_path, open_page, dark):
    served = Furnished(page_demo, tmp_path / 'new', 'en', used=False)
    try:
        page = open_page(served, height=1000, dark=dark, tab='browse')
        page.wait_for_selector('.cs-start-whole [data-cs-start="key"]')
        page.locator('[data-cs-part="start-folder"] input[value="other"]').evaluate(
            'e => e.click()'
        )
        page.wait_for_selector('[data-cs-start="folder"]')
        found = marks(page)
        assert len(found) > 5 and unseen(found) == {}
    finally:
        served.end()


def test_what_is_not_marked_would_be_found(served, open_page):
    page = open_page(served)
    page.add_style_tag(content=NO_RING)
    assert unseen(marks(page))
