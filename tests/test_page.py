"""The page in a real browser, against the demo catalogue."""

import re
from pathlib import Path

import pytest

from civitai_manager_libs.demo import DEMO_KEY, FILES, SPECIAL
from tests.support.command import eventually
from tests.support.page import MAIN_BUTTON, Served, add, link, paste, row

pytestmark = pytest.mark.browser


@pytest.fixture
def slow(page_demo):
    """Files arrive slowly enough to be looked at."""
    fault = page_demo.faults.add('throttle', path=FILES, bytes_per_second=300_000)
    yield fault
    page_demo.faults.remove(fault)


class TestDownloading:
    def test_a_pasted_link_is_chosen_downloaded_and_verified(self, served, open_page):
        page = open_page(served)
        paste(page, link('two_versions'))
        page.wait_for_selector('.cs-file input:checked')
        button = page.locator(MAIN_BUTTON)
        assert re.fullmatch(r'Download \d+ MB', button.inner_text())
        assert page.locator('.cs-strip img').count() > 0
        assert page.inner_text('.cs-card-save select option:checked').strip()
        button.click()
        done = row(page, 'Silk Tide')
        done.locator('text=Done, verified').wait_for()
        assert page.input_value('#cs-field textarea') == ''
        path = re.search(r'(\S+\.safetensors)', done.locator('.cs-row-file').inner_text())
        assert list(served.folder.rglob(Path(path.group(1)).name))

    def test_another_version_and_file_can_be_chosen(self, served, open_page):
        page = open_page(served)
        paste(page, link('two_versions'))
        page.select_option('.cs-card .cs-select', '2006')
        page.wait_for_selector('text=silk_tide_v10.safetensors')
        page.click(MAIN_BUTTON)
        row(page, 'silk_tide_v10').locator('text=Done, verified').wait_for()

    def test_pressing_the_button_at_once_looks_up_and_queues(self, served, open_page):
        page = open_page(served)
        paste(page, link('plain'))
        page.click(MAIN_BUTTON)
        row(page, 'Moss Garden').locator('text=Done, verified').wait_for()
        add(page, 'plain')
        page.locator('.cs-notice', has_text='is here already and intact').wait_for()

    def test_several_links_are_cards_with_a_total(self, served, open_page):
        page = open_page(served)
        paste(page, link('many_files'), link('archived'), 'nonsense', 'civitai.com/models/999999')
        page.wait_for_function("document.querySelectorAll('.cs-card').length === 4")
        page.wait_for_function("document.querySelectorAll('.cs-card[aria-busy]').length === 0")
        words = page.inner_text('[data-cs-list="choices"]')
        assert 'nonsense' in words and 'archived or taken down' in words and 'has no' in words
        assert 'Download 4 MB' in page.inner_text(MAIN_BUTTON)
        page.click('.cs-card:has-text("nonsense") [data-cs-action="drop"]')
        page.wait_for_function("document.querySelectorAll('.cs-card').length === 3")
        assert 'nonsense' not in page.input_value('#cs-field textarea')

    def test_hundreds_of_links_do_not_freeze_the_page(self, served, open_page):
        page = open_page(served)
        paste(page, *(f'https://civitai.com/models/{number}' for number in range(5000, 5300)))
        page.wait_for_function("document.querySelectorAll('.cs-card').length === 300")
        page.click('.cs-choice-head [data-cs-action="drop-all"]')
        page.wait_for_selector('.cs-card', state='detached', timeout=30_000)


class TestSafety:
    def test_a_dangerous_file_is_not_preselected_beside_a_safe_one(self, served, open_page):
        page = open_page(served)
        paste(page, link('many_files'))
        chosen = page.wait_for_selector('.cs-file.cs-on')
        assert '.safetensors' in chosen.inner_text()
        assert 'dangerous' in page.inner_text('.cs-file:has-text(".ckpt")')

    def test_only_pickled_files_leave_the_choice_to_the_person(self, served, open_page):
        page = open_page(served)
        paste(page, link('pickle_embedding'))
        page.wait_for_selector('.cs-file')
        if page.locator('.cs-file').count() == 1:
            assert page.locator('.cs-file input:checked').count() == 0
            assert 'none is selected' in page.inner_text('.cs-card')
            page.click(MAIN_BUTTON)
            page.wait_for_selector('text=Choose a file to download first')
        page.click('.cs-file:has-text("run code") input')
        page.wait_for_selector('.cs-file.cs-on:has-text("run code")')
        assert page.inner_text(MAIN_BUTTON).startswith('Download')

    def test_foreign_markup_is_only_text(self, served, open_page, page_demo):
        model = page_demo._shelf.models_by_id[SPECIAL['no_primary'].model_id]
        before = model.record['name']
        model.record['name'] = '<img src=x onerror="window.ran=1">{{7*7}}${8*8}<b>'
        try:
            page = open_page(served)
            paste(page, link('no_primary'))
            page.wait_for_selector('.cs-step-found')
            assert '<img src=x' in page.inner_text('.cs-card .cs-row-title')
            page.click(MAIN_BUTTON)
            row(page, '{{7*7}}${8*8}').first.wait_for()
            assert page.evaluate('window.ran') is None
        finally:
            model.record['name'] = before

    def test_an_empty_field_is_answered_with_a_sentence(self, served, open_page):
        page = open_page(served)
        page.click(MAIN_BUTTON)
        page.wait_for_selector('text=Paste at least one link first')

    def test_that_sentence_stays_when_the_click_is_settled(self, served, open_page):
        page = open_page(served)
        page.click(MAIN_BUTTON)
        page.wait_for_selector('.toast-body:has-text("Paste at least one link")')
        page.wait_for_function('!window.civitaiShortcut.unheard().some(Boolean)')
        assert page.locator('.toast-body:has-text("Paste at least one link")').count() == 1


class TestControlling:
    def test_pause_resume_and_cancel(self, served, open_page, slow):
        page = open_page(served)
        add(page, 'big')
        big = row(page, 'Neon Harbor')
        big.locator('text=Downloading').wait_for()
        page.wait_for_selector('button[data-count="1"]')
        big.locator('[data-cs-action="pause"]').click()
        big.locator('text=paused by you').wait_for()
        big.locator('[data-cs-action="resume"]').click()
        big.locator('text=Downloading').wait_for()
        page.wait_for_function(
            "parseFloat(document.querySelector('.cs-is-running .cs-bar i')?.style.width) > 1"
        )
        big.locator('[data-cs-action="cancel"]').click()
        big.locator('text=Cancelling throws away').wait_for()
        big.locator('[data-cs-action="cancel-really"]').click()
        big.wait_for(state='detached')
        page.locator('.cs-notice', has_text='Cancelled').wait_for()
        eventually(lambda: not list(served.folder.rglob('*.part')), 'the part is gone')

    def test_the_keyboard_does_the_same(self, served, open_page, slow):
        page = open_page(served)
        add(page, 'big')
        big = row(page, 'Neon Harbor')
        big.locator('text=Downloading').wait_for()
        big.focus()
        page.keyboard.press('Space')
        big.locator('text=paused by you').wait_for()
        assert big.evaluate('(one) => document.activeElement === one')
        page.keyboard.press('End')
        page.keyboard.press('Home')
        big.focus()
        page.keyboard.press('Delete')
        confirm = big.locator('[data-cs-action="cancel-really"]')
        confirm.or_(page.locator('.cs-notice', has_text='Cancelled')).first.wait_for()
        if confirm.count():
            page.keyboard.press('Delete')
        big.wait_for(state='detached')

    def test_polls_leave_focus_and_text_alone(self, served, open_page, slow):
        page = open_page(served)
        add(page, 'big')
        big = row(page, 'Neon Harbor')
        big.locator('text=Downloading').wait_for()
        page.fill('#cs-field textarea', 'half a li')
        big.locator('[data-cs-action="pause"]').focus()
        handle = big.element_handle()
        page.wait_for_timeout(2500)
        assert page.input_value('#cs-field textarea') == 'half a li'
        assert page.evaluate("document.activeElement.dataset.csAction") == 'pause'
        assert handle.evaluate('(one) => one.isConnected')
        page.keyboard.press('Enter')
        big.locator('text=paused by you').wait_for()
        page.click('[data-cs-action="resume-all"]')
        big.locator('text=Downloading').wait_for()
        page.click('[data-cs-action="pause-all"]')
        big.locator('text=paused by you').wait_for()
        big.locator('[data-cs-action="cancel"]').click()
        big.locator('[data-cs-action="cancel-really"]').click()
        big.wait_for(state='detached')

    def test_a_failure_says_what_to_do_here_and_as_a_notice(self, served, open_page):
        page = open_page(served)
        add(page, 'login_only')
        failed = row(page, 'Members Study')
        failed.locator('text=Set your API key').wait_for()
        assert failed.locator('[data-cs-action="retry"]').count() == 1
        notice = page.locator('.cs-notice[role="alert"]', has_text='Members Study')
        notice.wait_for()
        notice.locator('[data-cs-action="close-notice"]').click()
        notice.wait_for(state='detached')
        page.reload()
        row(page, 'Members Study').wait_for()
        page.wait_for_timeout(1500)
        assert page.locator('.cs-notice', has_text='Members Study').count() == 0
        page.click('.cs-segment:has-text("Done")')
        row(page, 'Members Study').wait_for(state='detached')


class TestLook:
    @pytest.mark.parametrize('dark', [False, True])
    def test_nothing_scrolls_sideways(self, served, open_page, dark):
        page = open_page(served, dark=dark)
        paste(page, link('many_files'), link('long_words'), 'x' * 300)
        page.wait_for_selector('.cs-card:has-text("is not a Civitai link")')
        page.wait_for_function("document.querySelectorAll('.cs-step-found').length === 2")
        page.click('.cs-turn >> nth=0')
        page.wait_for_selector('.cs-file')
        for width in (360, 390, 760, 1100, 2560, 3840):
            page.set_viewport_size({'width': width, 'height': 900})
            assert page.evaluate('document.documentElement.scrollWidth') <= width, width
        assert page.evaluate("document.body.classList.contains('dark')") is dark

    def test_the_root_says_its_language(self, served, open_page):
        page = open_page(served)
        assert page.get_attribute('.cs', 'lang') == 'en'
        assert page.get_attribute('.cs-html [lang]', 'lang') == 'en'

    def test_the_page_in_chinese_and_a_key_set_meanwhile(self, page_demo, open_page, tmp_path):
        served = Served(page_demo, tmp_path / 'chinese', 'zh-TW')
        try:
            page = open_page(served, dark=True)
            page.wait_for_selector('text=還沒有下載')
            add(page, 'plain')
            row(page, '苔庭').locator('text=完成，已驗證').wait_for()
            assert page.get_attribute('.cs', 'lang') == 'zh-Hant-TW'
            assert 'page.' not in page.inner_text('.cs')
            add(page, 'login_only')
            row(page, '會員書房').locator('text=請設定 API 金鑰').wait_for()
            page.wait_for_selector('text=尚未設定金鑰')
            served.run('config', 'set', 'civitai_api_key', DEMO_KEY)
            page.wait_for_selector('text=金鑰已設定')
            row(page, '會員書房').locator('[data-cs-action="retry"]').click()
            row(page, '會員書房').locator('text=完成，已驗證').wait_for()
            page.wait_for_selector('.cs-notice.cs-level-error', state='detached')
        finally:
            code, seconds = served.end()
        assert code == 0 and seconds < 30

    def test_every_state_stands_in_its_group(self, page_demo, open_page, tmp_path):
        served = Served(page_demo, tmp_path / 'states', 'en', settings={'REQUEST_DELAY': '0'})
        faults = [
            page_demo.faults.add('throttle', path='neonHarbor', bytes_per_second=1_000_000),
            page_demo.faults.add('throttle', path='auroraDream', bytes_per_second=30_000),
        ]
        try:
            page = open_page(served, height=1180)
            add(page, 'plain', 'two_versions', 'login_only')
            row(page, 'Silk Tide').locator('text=Done, verified').wait_for()
            add(page, 'big', 'many_files', 'no_primary', 'unscanned')
            row(page, 'Ownerless').focus()
            page.keyboard.press('Space')
            row(page, 'Neon Harbor').locator('text=left').wait_for()
            row(page, 'Ownerless').locator('text=paused by you').wait_for()
            heads = page.locator('.cs-group-head').all_inner_texts()
        finally:
            for fault in faults:
                page_demo.faults.remove(fault)
            served.end()
        assert heads == ['Needs you', 'Running', 'Waiting', 'Done today']
