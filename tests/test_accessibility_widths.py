"""From a small phone to a 4K screen nothing is cut off, covered or reached only by scrolling
sideways.
"""

import pytest

from tests.support.screens import SCREENS, close_notices

pytestmark = pytest.mark.browser

WIDTHS = (360, 390, 760, 1100, 1440, 2560, 3840)
HEIGHT = 2600  # what sticks to the lower edge then covers nothing
# What a person can press, and why it cannot be reached or read.
TROUBLES = """() => {
    const controls = '.cs button, .cs a, .cs select, .cs textarea, .cs input:not([type=radio])'
        + ':not([type=checkbox]):not([type=file])';
    const all = { visibilityProperty: true, contentVisibilityAuto: true };
    const scrolls = (one) => {
        for (let at = one.parentElement; at && !at.matches('.cs'); at = at.parentElement) {
            if (/auto|scroll/.test(getComputedStyle(at).overflowX)
                && at.scrollWidth > at.clientWidth) return true;
        }
        return false;
    };
    const trouble = (one) => {
        const box = one.getBoundingClientRect();
        if (!box.width || !box.height || scrolls(one)) return '';
        if (one.closest('.cs-wires, .cs-unseen, [inert]')) return '';
        if (!one.checkVisibility(all)) return '';
        if (box.left < -1 || box.right > innerWidth + 1) return 'outside';
        const text = getComputedStyle(one);
        if (one.matches('button, a') && one.scrollWidth > one.clientWidth + 1
            && text.display !== 'inline' && text.textOverflow !== 'ellipsis') return 'cut';
        if (box.bottom > innerHeight) return '';
        const middle = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
        const hit = document.elementFromPoint(...middle);
        const own = hit && (one.contains(hit) || hit.contains(one));
        return own ? '' : `covered by ${hit && hit.outerHTML.slice(0, 80)}`;
    };
    return [...document.querySelectorAll(controls)].map((one) => [trouble(one), one])
        .filter(([why]) => why).map(([why, one]) => `${why}: ${one.outerHTML.slice(0, 160)}`);
}"""

WHOLE = """(selector) => {
    const tab = document.querySelector(selector).getBoundingClientRect();
    return tab.left >= 0 && tab.right <= innerWidth;
}"""


@pytest.mark.parametrize('screen', SCREENS)
def test_nothing_is_out_of_reach(furnished, open_page, screen):
    page = open_page(furnished, width=1440, height=HEIGHT)
    SCREENS[screen](page)
    close_notices(page)
    for width in WIDTHS:
        page.set_viewport_size({'width': width, 'height': HEIGHT})
        page.wait_for_timeout(200)
        assert page.evaluate('document.documentElement.scrollWidth') <= width, width
        assert page.evaluate(TROUBLES) == [], width


@pytest.mark.parametrize('name', ['browse', 'downloads', 'monitor', 'settings'])
def test_the_tab_on_top_is_read_whole_on_a_phone(served, open_page, name):
    page = open_page(served, width=360, tab=name)
    page.wait_for_function(WHOLE, arg=f'#cs-tab-{name}-button')


def test_what_is_out_of_reach_would_be_found(served, open_page):
    page = open_page(served, width=390)
    page.evaluate("document.querySelector('.cs-top').style.marginLeft = '300px'")
    assert [one for one in page.evaluate(TROUBLES) if one.startswith('outside')]
