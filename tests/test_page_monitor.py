"""The Monitor tab in a real browser, against the demo catalogue."""

import json
import re

import pytest

from civitai_manager_libs.demo import FILES
from tests.support.command import eventually
from tests.support.page import Served, link, paste

pytestmark = pytest.mark.browser

WIDTHS = (360, 390, 760, 1100, 2560)
LIVE = '[data-cs-tile="requests"] .cs-monitor-number'


@pytest.fixture
def faults(page_demo):
    """The board of faults; what the test has put on it goes when the test ends."""
    added = []

    class Board:
        def add(self, *arguments, **options):
            added.append(page_demo.faults.add(*arguments, **options))

        def clear(self):
            while added:
                page_demo.faults.remove(added.pop())

    board = Board()
    yield board
    board.clear()


@pytest.fixture(scope='module')
def watched(page_demo, tmp_path_factory):
    """A page of its own, since what is measured is everything that was asked."""
    running = Served(page_demo, tmp_path_factory.mktemp('watched'), 'en')
    yield running
    running.end()


def monitor(page):
    """Put the tab on top and wait until it has its numbers."""
    page.click('#cs-tab-monitor-button')
    page.wait_for_selector(LIVE)
    return page


def look_up(page, *names):
    """Ask the API for models, until each was answered or has failed."""
    page.click('#cs-tab-downloads-button')
    paste(page)
    page.wait_for_selector('.cs-card', state='detached')
    paste(page, *map(link, names))
    page.wait_for_function(
        f"document.querySelectorAll('.cs-step-found, .cs-step-failed').length === {len(names)}"
    )


def number(page):
    return int(page.inner_text(LIVE).replace(',', ''))


class TestNumbers:
    def test_requests_and_errors_are_counted_and_cleared(self, watched, open_page, faults):
        page = monitor(open_page(watched))
        before = number(page)
        look_up(page, 'two_versions')
        monitor(page)
        eventually(lambda: number(page) > before, 'requests')
        page.wait_for_selector('[data-cs-part="monitor-requests"] svg')
        page.wait_for_selector('.cs-pill:has-text("Civitai is reachable")')
        faults.add('status', status=503, times=2)
        look_up(page, 'plain')
        faults.clear()
        monitor(page)
        error = page.locator('.cs-fault', has_text='server trouble').first
        error.wait_for()
        assert '503' in error.inner_text() and 'Try again in a few minutes' in error.inner_text()
        assert '127.0.0.1' in page.inner_text('.cs-table tbody')
        page.wait_for_selector('[data-cs-part="monitor-errors"] .cs-bars')

        page.click('[data-cs-action="monitor:clear"]')
        page.wait_for_selector('.cs-monitor .cs-asks')
        page.keyboard.press('Escape')
        page.wait_for_selector('.cs-monitor .cs-asks', state='detached')
        assert number(page) > 0
        page.click('[data-cs-action="monitor:clear"]')
        page.click('[data-cs-action="monitor:clear-really"]')
        page.wait_for_selector('text=No errors in this time')
        assert number(page) == 0

    def test_pointing_at_a_chart_says_what_was_there(self, watched, open_page):
        page = open_page(watched)
        look_up(page, 'many_files')
        monitor(page)
        probe = page.locator('[data-cs-part="monitor-requests"] .cs-probe').last
        probe.hover()
        eventually(lambda: 'From' in probe.inner_text(), 'the words of that minute')

    def test_hours_are_chosen_for_this_page_alone(self, watched, open_page):
        page, other = monitor(open_page(watched)), monitor(open_page(watched))
        page.click('.cs-monitor .cs-segment:has-text("24 hours")')
        page.wait_for_selector('[data-cs-tile="requests"]:has-text("Past 24 hours")')
        assert 'hours=24' in page.get_attribute('.cs-drop-menu a', 'href')
        assert 'Past hour' in other.inner_text('[data-cs-tile="requests"]')

    @pytest.mark.parametrize('kind', ['csv', 'json'])
    def test_what_was_measured_can_be_taken_along(self, watched, open_page, kind):
        page = open_page(watched)
        look_up(page, 'archived')
        monitor(page)
        page.click('.cs-drop summary')
        page.evaluate('document.body.click()')  # as the script does to talk to the program
        with page.expect_download() as coming:
            page.click(f'.cs-drop-menu a[href*="traffic.{kind}"]')
        page.wait_for_selector('.cs-drop[open]', state='detached')
        content = coming.value.path().read_text(encoding='utf-8')
        assert '127.0.0.1' in content
        if kind == 'json':
            assert json.loads(content)

    def test_a_package_for_a_report_of_a_bug(self, watched, open_page):
        page = monitor(open_page(watched))
        with page.expect_download() as coming:
            page.click('.cs-monitor a[href$="report.zip"]')
        assert coming.value.path().read_bytes().startswith(b'PK')


class TestDiagnosis:
    def test_it_names_the_part_that_is_down(self, watched, open_page, faults):
        faults.add('status', side='storage', path=FILES, status=503)
        page = monitor(open_page(watched))
        page.click('[data-cs-action="monitor:diagnose"]')
        page.wait_for_selector('.cs-verdict')
        assert 'The file storage is at fault' in page.inner_text('.cs-verdict')
        assert '503' in page.inner_text('[data-cs-step="storage"]')
        assert page.locator('.cs-step-line.cs-ok').count() >= 3
        again = monitor(open_page(watched))
        assert 'The file storage is at fault' in again.inner_text('.cs-verdict')


class TestLook:
    @pytest.mark.parametrize('dark', [False, True])
    def test_nothing_scrolls_sideways(self, watched, open_page, dark):
        page = open_page(watched, dark=dark)
        look_up(page, 'unscanned')
        monitor(page)
        for width in WIDTHS:
            page.set_viewport_size({'width': width, 'height': 900})
            assert page.evaluate('document.documentElement.scrollWidth') <= width, width

    def test_in_chinese_and_with_a_site_that_is_down(self, page_demo, open_page, tmp_path, faults):
        faults.add('status', status=503)
        served = Served(page_demo, tmp_path / 'chinese', 'zh-TW')
        try:
            page = open_page(served, width=390, height=844)
            look_up(page, 'plain', 'two_versions', 'archived', 'big')
            page.wait_for_selector('.cs-pill:has-text("Civitai 暫停詢問到")')
            monitor(page)
            page.wait_for_selector('.cs-host-state:has-text("暫停到")')
            page.wait_for_selector('.cs-fault:has-text("伺服器有狀況")')
            assert page.inner_text('.cs-monitor h2') == 'HTTP 客戶端監控'
            words = page.inner_text('.cs-monitor')
            assert not re.search(r'\b(monitor|diagnosis|page|error)\.\w', words)
            assert page.evaluate('document.documentElement.scrollWidth') <= 390
        finally:
            served.end()

    def test_switched_off_it_leads_to_the_settings(self, page_demo, open_page, tmp_path):
        settings = {'REQUEST_DELAY': '0', 'HTTP_ENABLE_MONITORING': 'false'}
        served = Served(page_demo, tmp_path / 'off', 'en', settings=settings)
        try:
            page = open_page(served)
            page.click('#cs-tab-monitor-button')
            page.wait_for_selector('text=Monitoring is switched off')
            assert page.locator('[data-cs-tile]').count() == 0
            page.click('[data-cs-action="monitor:settings"]')
            page.wait_for_selector('#cs-tab-settings-button[aria-selected="true"]')
        finally:
            served.end()
