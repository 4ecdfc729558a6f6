"""The Gallery and the Monitor with the keyboard alone: no test here touches a mouse."""

import pytest

from tests.support.page import link
from tests.test_accessibility_keyboard import active, tab_to, to_tab

pytestmark = pytest.mark.browser

SHOT = '.cs-gallery-shots .cs-shot-open'
CLEAR = '[data-cs-action="monitor:clear"]'
ASKED = '.cs-monitor .cs-asks'
MOST_STOPS = 6
HAS_FOCUS = '(selector) => document.activeElement.matches(selector)'


def focus_comes_to(page, selector):
    page.wait_for_function(HAS_FOCUS, arg=selector)


def open_gallery(page):
    """Type a link and go on to the first picture; its id."""
    to_tab(page, 'gallery')
    tab_to(page, '[data-cs-gallery-field]')
    page.keyboard.type(link('two_versions'))
    page.keyboard.press('Enter')
    page.wait_for_selector(SHOT)
    tab_to(page, SHOT)
    return active(page)['id']


def test_along_the_pictures_of_a_gallery(served, open_page):
    page = open_page(served)
    first = open_gallery(page)
    page.keyboard.press('ArrowRight')
    second = active(page)['id']
    assert second != first
    page.wait_for_selector(f'{SHOT}[data-cs-id="{second}"][aria-current="true"]')
    page.keyboard.press('ArrowLeft')
    assert active(page)['id'] == first
    page.keyboard.press('End')
    assert active(page)['id'] not in (first, second)
    page.keyboard.press('Home')
    page.keyboard.press(' ')
    page.wait_for_selector(f'.cs-picked {SHOT.split()[-1]}[data-cs-id="{first}"]')
    page.keyboard.press('Escape')
    page.wait_for_selector('.cs-picked', state='detached')
    assert active(page)['id'] == first


def test_from_a_picture_to_how_it_was_made_and_back(served, open_page):
    page = open_page(served)
    open_gallery(page)
    page.keyboard.press('ArrowRight')
    shot = active(page)['id']
    page.wait_for_selector('.cs-detail-head')
    tab_to(page, '.cs-gallery-data button')
    tab_to(page, SHOT, 'Shift+Tab')
    assert active(page)['id'] == shot


def test_the_pictures_are_passed_in_a_few_steps(served, open_page):
    page = open_page(served)
    open_gallery(page)
    for _ in range(MOST_STOPS):
        page.keyboard.press('Tab')
        if not page.evaluate('Boolean(document.activeElement.closest(".cs-gallery-strip"))'):
            return
    raise AssertionError(f'still among the pictures: {active(page)}')


def test_hours_of_the_traffic(served, open_page):
    page = open_page(served)
    to_tab(page, 'monitor')
    page.wait_for_selector('[data-cs-tile="requests"] .cs-monitor-number')
    tab_to(page, '[data-cs-action="monitor:range"]:checked')
    page.keyboard.press('ArrowRight')
    page.wait_for_selector('.cs-segment.cs-on [data-cs-action="monitor:range"][value="6"]')
    focus_comes_to(page, '[data-cs-action="monitor:range"][value="6"]')


def test_what_is_to_be_cleared_is_asked_where_the_focus_is(served, open_page):
    page = open_page(served)
    to_tab(page, 'monitor')
    page.wait_for_selector(CLEAR)
    for answer in ('Enter', 'Escape'):
        tab_to(page, CLEAR)
        page.keyboard.press('Enter')
        focus_comes_to(page, f'{ASKED} [data-cs-action="monitor:keep"]')
        page.keyboard.press(answer)
        page.wait_for_selector(ASKED, state='detached')
        focus_comes_to(page, CLEAR)
    page.keyboard.press('Enter')
    focus_comes_to(page, f'{ASKED} [data-cs-action="monitor:keep"]')
    tab_to(page, '[data-cs-action="monitor:clear-really"]', 'Shift+Tab')
    page.keyboard.press('Enter')
    page.wait_for_selector('text=No errors in this time')
    focus_comes_to(page, CLEAR)


def test_a_diagnosis_leaves_the_focus_on_its_button(served, open_page):
    page = open_page(served)
    fault = served.demo.faults.add('delay', seconds=2.0)
    try:
        to_tab(page, 'monitor')
        tab_to(page, '[data-cs-action="monitor:diagnose"]')
        page.keyboard.press('Enter')
        page.wait_for_selector('[data-cs-action="monitor:diagnose"][aria-disabled="true"]')
        assert active(page)['action'] == 'monitor:diagnose'
        page.wait_for_selector('.cs-verdict')
        assert active(page)['action'] == 'monitor:diagnose'
    finally:
        served.demo.faults.remove(fault)
