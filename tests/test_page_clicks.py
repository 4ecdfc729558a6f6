"""Clicks on their way to the program: some are slow, some never arrive, some arrive twice."""

import re

import pytest

pytestmark = pytest.mark.browser
SENT = re.compile(r'/queue/join|/api/predict')
FIELD = '#cs-field textarea'
CHOICE = '.cs-choices .cs-rows > *'


@pytest.fixture
def opened(served, open_page):
    page = open_page(served)
    page.wait_for_selector(FIELD)
    page.wait_for_function('window.civitaiShortcut.wired()')
    page.wait_for_function('window.civitaiShortcut.has.page.tab === "downloads"')
    return page


def holding(page, most):
    """Let the first clicks get lost; gives those."""
    held = []

    def hold(route):
        if len(held) < most:
            held.append(route)  # nobody hears of it, nobody answers
        else:
            route.continue_()

    page.route(SENT, hold)
    return held


@pytest.mark.parametrize('lost', [1, 3])
def test_what_gets_lost_is_sent_again_until_it_is_heard(opened, lost):
    held = holding(opened, lost)
    opened.fill(FIELD, '1001')
    opened.wait_for_selector(CHOICE)
    assert len(held) == lost


def test_what_is_never_heard_is_said(opened):
    held = holding(opened, 5)
    opened.evaluate('window.civitaiShortcut.send("look", { text: "1001" })')
    opened.wait_for_selector('.cs-own-notices :text("has not heard of your last click")')
    assert len(held) == 5 and opened.locator(CHOICE).count() == 0
    opened.evaluate('window.civitaiShortcut.send("look", { text: "1001" })')
    opened.wait_for_selector(CHOICE)


class Tab:
    """Notes what is done."""

    def __init__(self):
        self.done = []

    def parts(self, page):
        return {}

    def do(self, page, action, item, value, text):
        self.done.append(action)
        return {'field': action}


def test_what_arrives_when_a_later_one_is_done_is_not_done(open_desk):
    tab = Tab()
    visitor = open_desk(tabs={'one': tab}).visitor()
    for action in ('first', 'second'):
        assert visitor.click(f'one:{action}')['field'] == action
    visitor.clicks = 0
    late = visitor.click('one:first')
    assert late['ack'] == 1 and 'field' not in late
    visitor.clicks = 1
    again = visitor.click('one:second')
    assert again['ack'] == 2 and again['field'] == 'second'
    assert tab.done == ['first', 'second']
