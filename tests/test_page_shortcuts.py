"""The Shortcuts tab in a real browser, against the demo catalogue."""

import json
import re

import pytest

from tests.support.page import Served

pytestmark = pytest.mark.browser

SITE = 'https://civitai.com/models/'
TAB = '[data-cs-shortcuts]'
CARD = f'{TAB} .cs-cards-card[data-cs-card]:not([hidden])'
OPEN = f'{TAB} .cs-cards-open'
SEARCH = '[data-cs-shortcuts-text]'
FIELD = '[data-cs-one] textarea'
EVIL = '<img src=x onerror="window.evil=1">'
WIDTHS = (360, 390, 760, 1100, 1440, 2560)


@pytest.fixture(scope='module')
def shortcuts_served(page_demo, tmp_path_factory):
    """A page of its own, since what is saved stays."""
    running = Served(page_demo, tmp_path_factory.mktemp('shortcuts'), 'en')
    yield running
    running.end()


@pytest.fixture
def empty_served(page_demo, tmp_path):
    """A page on which nothing was saved yet."""
    running = Served(page_demo, tmp_path / 'served', 'en')
    yield running
    running.end()


def action(name, item=''):
    return f'{TAB} [data-cs-action="shortcuts:{name}"]' + (f'[data-cs-id="{item}"]' if item else '')


def ids(page):
    return [int(one.get_attribute('data-cs-card')) for one in page.locator(CARD).all()]


def count(page, number):
    page.wait_for_function(f"document.querySelectorAll('{CARD}').length === {number}")


def some(page, *numbers):
    """Save those models, and wait for their cards."""
    page.wait_for_selector(f'{FIELD}, {CARD}')
    if not page.locator(FIELD).count():
        page.click(action('panel', 'add') + '.cs-primary')
    field = page.locator(f'{FIELD}, .cs-shortcuts-panel textarea').first
    field.fill('\n'.join(f'{SITE}{number}' for number in numbers))
    page.locator(action('submit', 'add')).first.click()
    for number in numbers:
        page.wait_for_selector(f'{TAB} [data-cs-card="{number}"]')
    # Until then the focus may still go back to the button that has opened it.
    page.wait_for_selector('.cs-shortcuts-panel', state='detached')
    page.wait_for_function('!window.civitaiShortcut.unheard().filter(Boolean).length')
    return page


@pytest.fixture
def tab(shortcuts_served, open_page):
    """The tab with four saved models."""
    page = open_page(shortcuts_served, tab='shortcuts')
    return some(page, 1001, 1002, 1003, 1004)


class TestSaving:
    def test_the_first_one_is_saved_by_its_link(self, empty_served, open_page):
        page = open_page(empty_served, tab='shortcuts')
        page.fill(FIELD, f'{SITE}1003')
        page.keyboard.press('Enter')
        count(page, 1)
        assert ids(page) == [1003] and page.inner_text('.cs-shortcuts .cs-browse-counted')
        assert not page.locator('.cs-shortcuts-empty').count()

    def test_files_and_a_link_are_dropped(self, empty_served, open_page):
        page = open_page(empty_served, tab='shortcuts')
        page.wait_for_selector(FIELD)
        drop = """([files, text]) => {
            const bag = new DataTransfer();
            for (const [name, content] of files) bag.items.add(new File([content], name));
            if (text) bag.setData('text/uri-list', text);
            const at = document.querySelector('[data-cs-shortcuts]');
            const how = { dataTransfer: bag, bubbles: true, cancelable: true };
            at.dispatchEvent(new DragEvent('drop', how));
        }"""
        big = 'x' * 10_000_001
        other = json.dumps({'name': 'vite'})
        url = f'[InternetShortcut]\nURL={SITE}1001\n'
        files = [['a.url', url], ['big.url', big], ['package.json', other]]
        page.evaluate(drop, [files, ''])
        count(page, 1)
        page.wait_for_selector('.cs-own-notices >> text=big.url')
        page.wait_for_selector('.cs-shortcuts-failed >> text=package.json')
        page.evaluate(drop, [[], f'{SITE}1002'])
        count(page, 2)

    def test_out_into_a_file(self, tab, tmp_path):
        tab.click(action('panel', 'transfer'))
        with tab.expect_download() as waiting:
            tab.click(action('export', 'all'))
        waiting.value.save_as(tmp_path / 'out.json')
        assert json.loads((tmp_path / 'out.json').read_text(encoding='utf-8'))
        assert re.fullmatch(
            r'civitai-shortcut-shortcuts-[\d-]+\.json', waiting.value.suggested_filename
        )
        tab.click(action('work-forget'))


class TestFinding:
    def test_words_are_looked_for_after_a_pause_and_on_enter(self, tab):
        tab.fill(SEARCH, '絲線')
        count(tab, 1)
        assert ids(tab) == [1003]
        tab.fill(SEARCH, 'zzzz')
        tab.keyboard.press('Enter')
        tab.click('.cs-nothing ' + action('loosen', 'text').removeprefix(TAB + ' '))
        count(tab, 4)
        assert tab.input_value(SEARCH) == ''

    def test_with_the_keyboard(self, tab):
        tab.locator(OPEN).first.focus()
        first = ids(tab)[0]
        tab.keyboard.press('Space')
        tab.wait_for_selector('.cs-shortcuts .cs-browse-counted >> text=1 selected')
        tab.keyboard.press('Escape')
        tab.wait_for_selector(action('refresh', 'all'))
        tab.keyboard.press('s')
        tab.wait_for_selector('.cs-shortcuts-class:has-text("Favourites") b:text("1")')
        tab.keyboard.press('s')
        tab.wait_for_selector('.cs-shortcuts-class:has-text("Favourites") b:text("0")')
        tab.keyboard.press('Delete')
        count(tab, 3)
        tab.click('.cs-notice [data-cs-action="shortcuts:restore"]')
        count(tab, 4)
        assert ids(tab)[0] == first
        assert tab.evaluate('document.activeElement.matches(".cs-cards-open")')
        tab.keyboard.press('/')
        assert tab.evaluate('document.activeElement.matches("[data-cs-shortcuts-text]")')

    def test_a_list_that_is_renewed_leaves_the_focus_where_it_is(self, empty_served, open_page):
        tab = some(open_page(empty_served, tab='shortcuts'), 1001, 1002)
        tab.locator(OPEN).nth(1).focus()
        focused = ids(tab)[1]
        empty_served.run('shortcut', 'add', '1005')
        count(tab, 3)
        assert int(tab.evaluate('document.activeElement.dataset.csId || 0')) == focused

    def test_opened_and_back_to_the_same_place(self, tab):
        tab.locator(OPEN).nth(2).click()
        tab.wait_for_selector(f'{TAB}.cs-opened')
        tab.wait_for_selector('.cs-shortcuts .cs-cards-model h2')
        assert not tab.locator(CARD).first.is_visible()
        tab.keyboard.press('Escape')
        tab.wait_for_selector(f'{TAB}:not(.cs-opened)')
        focused = tab.evaluate('document.activeElement.dataset.csId')
        assert int(focused) == ids(tab)[2]

    def test_escape_before_it_has_opened_leads_back_too(self, tab):
        tab.evaluate("""() => {
                const card = document.querySelector('[data-cs-shortcuts] .cs-cards-open');
                card.focus();
                card.click();
                const key = { key: 'Escape', bubbles: true };
                card.dispatchEvent(new KeyboardEvent('keydown', key));
            }""")
        tab.wait_for_function('!window.civitaiShortcut.unheard().filter(Boolean).length')
        tab.wait_for_selector(f'{TAB}:not(.cs-opened)')
        assert tab.locator(CARD).first.is_visible()


class TestClasses:
    def test_hostile_names_do_nothing(self, tab):
        tab.click(action('form', 'new'))
        tab.wait_for_selector('.cs-shortcuts-form input')
        tab.wait_for_function('document.activeElement.name === "name"')
        tab.keyboard.type(EVIL)
        tab.keyboard.press('Enter')
        tab.wait_for_selector('.cs-shortcuts-class[aria-current]:has-text("onerror")')
        tab.wait_for_selector('.cs-nothing')
        new = '[data-cs-action="shortcuts:form"][data-cs-id="new"]'
        tab.wait_for_function(f"document.activeElement.matches('{new}')")
        tab.click(action('class-drop'))
        tab.wait_for_selector(f'.cs-shortcuts-class:has-text("{"onerror"}")', state='detached')
        assert tab.evaluate('window.evil') is None
        count(tab, 4)

    def test_two_are_put_into_one(self, tab):
        tab.click(action('pick'))
        for place in (0, 1):
            tab.locator(OPEN).nth(place).click()
        tab.click(action('panel', 'classify'))
        tab.wait_for_function('document.activeElement.name === "names"')
        tab.keyboard.type('Rain')
        tab.keyboard.press('Enter')
        tab.click('.cs-shortcuts-class:has-text("Rain"):has(b:text("2"))')
        count(tab, 2)
        tab.click('.cs-shortcuts-class:has-text("All")')
        count(tab, 4)


class TestLooks:
    def test_what_another_page_does_shows_here_without_a_jump(
        self, shortcuts_served, open_page, tab
    ):
        other = open_page(shortcuts_served, tab='shortcuts')
        other.wait_for_selector(CARD)
        kept = tab.locator(CARD).first.element_handle()
        other.locator(f'{TAB} .cs-cards-corner').nth(1).click()
        tab.wait_for_selector(f'{CARD} .cs-cards-corner[aria-pressed="true"]')
        assert kept.evaluate('(element) => element.isConnected')
        other.locator(f'{TAB} .cs-cards-corner').nth(1).click()
        tab.wait_for_selector(f'{CARD} .cs-cards-corner[aria-pressed="true"]', state='detached')

    def test_no_width_scrolls_sideways(self, tab):
        for width in WIDTHS:
            tab.set_viewport_size({'width': width, 'height': 900})
            for panel in ('add', 'transfer'):
                button = tab.locator(action('panel', panel)).first
                button.click()
                tab.wait_for_selector('.cs-shortcuts-panel h3')
                wide = tab.evaluate('document.documentElement.scrollWidth')
                assert wide <= width, (width, panel)
                tab.keyboard.press('Escape')
                tab.wait_for_selector('.cs-shortcuts-panel', state='detached')

    def test_on_a_phone_filters_stand_behind_a_button(self, tab):
        tab.set_viewport_size({'width': 390, 'height': 844})
        assert not tab.is_visible('.cs-shortcuts-classes')
        tab.click('.cs-shortcuts-filters button')
        tab.click('.cs-shortcuts-class:has-text("Favourites")')
        tab.click(f'{TAB} .cs-browse-done button')
        tab.wait_for_selector('.cs-shortcuts-filters button:has-text("Filters 1")')
        tab.click(f'{TAB} .cs-shortcuts-chips button:has-text("Favourites")')
        count(tab, 4)
