"""The queue in a real browser: several at once, the menu of a row, limits, long lists."""

import json

import pytest

from civitai_manager_libs.demo import FILES
from tests.support.command import eventually
from tests.support.page import Served, add, row

pytestmark = pytest.mark.browser

NAMES = ('big', 'many_files', 'two_versions')
TITLES = ('Neon Harbor', 'Aurora Dream', 'Silk Tide')


@pytest.fixture
def slow(page_demo):
    """Files arrive so slowly that nothing is done before it was looked at."""
    fault = page_demo.faults.add('throttle', path=FILES, bytes_per_second=200_000)
    yield fault
    page_demo.faults.remove(fault)


@pytest.fixture
def busy(page_demo, slow, tmp_path):
    """A page of its own, which must be left without a trace in others."""
    running = Served(page_demo, tmp_path / 'busy', 'en')
    yield running
    running.end()


def pick(page, title, **how):
    row(page, title).locator('.cs-pick').click(**how)


def bar(page, action):
    return page.locator(f'.cs-selection [data-cs-action="{action}"]')


def menu(page, title):
    """Open the menu of a row with the keyboard."""
    row(page, title).locator('[data-cs-action="menu"]').focus()
    page.keyboard.press('Enter')
    return page.locator('.cs-menu')


def order(page):
    return page.locator('.cs-row .cs-row-title').all_inner_texts()


class TestSeveral:
    def test_select_several_pause_resume_and_cancel(self, busy, open_page):
        page = open_page(busy)
        add(page, *NAMES)
        row(page, TITLES[2]).wait_for()
        first, last = order(page)[0], order(page)[2]
        pick(page, first)
        page.wait_for_selector('.cs-selection:has-text("1 selected")')
        pick(page, last, modifiers=['Shift'])
        page.wait_for_selector('.cs-selection:has-text("3 selected")')
        assert page.locator('.cs-row.cs-on input:checked').count() == 3
        bar(page, 'pause').click()
        page.wait_for_function("document.querySelectorAll('.cs-is-paused').length === 3")
        assert page.locator('.cs-row.cs-on').count() == 3
        bar(page, 'resume').click()
        page.wait_for_selector('.cs-is-running')
        page.keyboard.press('Escape')
        page.wait_for_selector('.cs-selection', state='detached')
        assert page.locator('.cs-pick input:checked').count() == 0
        pick(page, TITLES[0])
        bar(page, 'select-all').click()
        page.wait_for_selector('.cs-selection:has-text("3 selected")')
        bar(page, 'cancel').click()
        asked = bar(page, 'cancel-really')
        gone = page.locator('.cs-notice', has_text='Cancelled 3 downloads')
        asked.or_(gone).first.wait_for()
        if asked.count():
            asked.click()
        gone.wait_for()
        page.wait_for_selector('text=No downloads yet')
        gone.locator('[data-cs-action="retry"]').click()
        row(page, TITLES[2]).wait_for()
        assert len(order(page)) == 3

    def test_with_the_keyboard_alone(self, busy, open_page):
        page = open_page(busy)
        add(page, *NAMES)
        row(page, TITLES[2]).wait_for()
        page.locator('.cs-row').first.focus()
        page.keyboard.press('Shift+ArrowDown')
        page.wait_for_selector('.cs-selection:has-text("2 selected")')
        page.keyboard.press('Control+a')
        page.wait_for_selector('.cs-selection:has-text("3 selected")')
        page.keyboard.press('Shift+Space')
        page.wait_for_selector('.cs-selection:has-text("2 selected")')
        page.keyboard.press('Tab')
        assert page.evaluate('document.activeElement.type') == 'checkbox'
        page.keyboard.press('Space')
        page.wait_for_selector('.cs-selection:has-text("3 selected")')
        name = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert name.startswith('Select ')


class TestMenu:
    def test_the_menu_by_keyboard_sends_to_the_front(self, busy, open_page):
        page = open_page(busy)
        busy.run('config', 'set', 'concurrent_downloads', '1')
        add(page, *NAMES)
        page.wait_for_function("document.querySelectorAll('.cs-is-queued').length === 2")
        last = order(page)[2]
        opened = menu(page, last)
        items = opened.locator('[role="menuitem"]')
        assert items.all_inner_texts()[:2] == ['To the front', 'Up one place']
        assert page.evaluate('document.activeElement.dataset.csItem') == 'front'
        page.keyboard.press('ArrowUp')
        assert page.evaluate('document.activeElement.dataset.csItem') == 'copy-path'
        page.keyboard.press('Escape')
        opened.wait_for(state='detached')
        assert page.evaluate('document.activeElement.dataset.csAction') == 'menu'
        menu(page, last)
        page.keyboard.press('Home')
        page.keyboard.press('Enter')
        page.wait_for_function(
            "(last) => document.querySelectorAll('.cs-row-title')[1].textContent === last", arg=last
        )

    def test_a_path_can_be_copied(self, busy, open_page):
        page = open_page(busy, permissions=['clipboard-read', 'clipboard-write'])
        add(page, 'big')
        row(page, TITLES[0]).wait_for()
        menu(page, TITLES[0]).locator('[data-cs-item="copy-path"]').click()
        page.wait_for_selector('.cs-notice:has-text("Copied")')
        copied = page.evaluate('navigator.clipboard.readText()')
        assert copied.startswith(str(busy.folder)) and copied.endswith('.safetensors')


class TestFinished:
    def test_clear_finished(self, page_demo, open_page, tmp_path):
        served = Served(page_demo, tmp_path / 'finished', 'en')
        try:
            page = open_page(served)
            add(page, 'plain')
            row(page, 'Moss Garden').locator('text=Done, verified').wait_for()
            row(page, 'Moss Garden').locator('[data-cs-action="open-folder"]').click()
            page.wait_for_selector('.cs-notice:has-text("No file manager")')
            page.click('[data-cs-action="clear-finished"]')
            page.wait_for_selector('text=No downloads yet')
            assert list(served.folder.rglob('*.safetensors'))
            page.reload()
            page.wait_for_selector('text=No downloads yet')
        finally:
            served.end()


class TestLimits:
    def test_a_limit_is_written_while_a_download_runs(self, busy, open_page):
        page = open_page(busy)
        add(page, 'big')
        row(page, TITLES[0]).locator('text=Downloading').wait_for()
        page.select_option('[data-cs-control="total_speed_limit_kb"]', label='5 MB/s')
        settings = busy.folder / 'settings.json'
        eventually(lambda: '4883' in settings.read_text(encoding='utf-8'), 'the limit')
        written = json.loads(settings.read_text(encoding='utf-8'))
        assert written == {'language': 'auto', 'total_speed_limit_kb': 4883}
        page.select_option('[data-cs-control="quiet_hours_mode"]', 'only')
        begin = page.wait_for_selector('[data-cs-control="quiet_from"]')
        assert begin.input_value() == '01:00'
        begin.fill('03:30')
        eventually(lambda: '03:30-08:00' in settings.read_text(encoding='utf-8'), 'the hours')
        page.reload()
        page.wait_for_function(
            "document.querySelector('[data-cs-control=\"total_speed_limit_kb\"]')?.value === '4883'"
        )
        assert page.input_value('[data-cs-control="quiet_from"]') == '03:30'
        floor = page.locator('[data-cs-control="minimum_free_space_mb"]')
        assert floor.is_disabled() and page.locator('text=Set by the environment').count() == 1

    def test_where_it_is_narrow_the_limits_unfold(self, busy, open_page):
        page = open_page(busy, width=390, height=844)
        panel = page.locator('.cs-limits')
        assert not panel.is_visible()
        toggle = page.locator('[data-cs-action="limits-turn"]')
        toggle.click()
        panel.wait_for(state='visible')
        assert toggle.get_attribute('aria-expanded') == 'true'
        add(page, 'big')
        row(page, TITLES[0]).wait_for()
        menu(page, TITLES[0]).locator('[data-cs-item="select"]').click()
        page.wait_for_selector('.cs-selection:has-text("1 selected")')
        for width in (360, 390, 760, 1000):
            page.set_viewport_size({'width': width, 'height': 844})
            assert page.evaluate('document.documentElement.scrollWidth') <= width, width
            filters = page.locator('[data-cs-part="filters"] .cs-segments')
            assert filters.evaluate('(one) => one.scrollWidth <= one.clientWidth'), width


class TestNotices:
    @pytest.mark.parametrize('width', [390, 900, 1440])
    def test_all_of_it_is_on_the_screen(self, served, open_page, width):
        page = open_page(served, width=width, height=844)
        other = open_page(served, tab='browse')
        add(page, 'login_only')
        page.locator('.cs-notice', has_text='Members Study').wait_for()
        assert page.locator('.cs-notice [data-cs-action="show-needs"]').count() == 0
        page.click('#cs-tab-browse-button')
        notice = page.locator('.cs-notice', has_text='Members Study')
        notice.locator('[data-cs-action="show-needs"]').wait_for()
        card = notice.bounding_box()
        assert card['x'] + card['width'] <= width
        if width == 1440:
            assert card['width'] == 380
        for button in notice.locator('button').all():
            box = button.bounding_box()
            assert box['x'] + box['width'] <= card['x'] + card['width'], button.inner_text()
        other.locator('.cs-notice', has_text='Members Study').wait_for()
        late = open_page(served, tab='browse')
        late.wait_for_selector('.cs-cards-open')
        assert late.locator('.cs-notice', has_text='Members Study').count() == 0
        notice.locator('[data-cs-action="show-needs"]').click()
        row(page, 'Members Study').locator('[data-cs-action="cancel"]').click()
        row(page, 'Members Study').wait_for(state='detached')

    @pytest.mark.parametrize('width', [390, 900, 1100, 1440, 1920])
    def test_what_has_failed_does_not_cover_the_main_button(self, served, open_page, width):
        page = open_page(served, width=width)
        add(page, 'login_only')
        notice = page.locator('.cs-notice', has_text='Members Study')
        notice.wait_for()
        over, button = notice.bounding_box(), page.locator('.cs-main button').bounding_box()
        beside = over['x'] >= button['x'] + button['width']
        assert beside or over['y'] >= button['y'] + button['height']
        page.click('[data-cs-action="add"]', trial=True)
        row(page, 'Members Study').locator('[data-cs-action="cancel"]').click()
        row(page, 'Members Study').wait_for(state='detached')
