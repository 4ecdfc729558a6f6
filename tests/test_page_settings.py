"""The Settings tab in a real browser."""

import json
import re

import pytest

from civitai_manager_libs.demo import DEMO_KEY
from tests.support.command import eventually
from tests.support.page import Served, link, paste

pytestmark = pytest.mark.browser

KEY = '#cs-set-civitai_api_key'
SAVE = '[data-cs-action="settings-save"]'
# Keeps everything that the program answers.
LISTEN = '''() => {
  window.heard = new Set();
  const bytes = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const read = (text) => new TextDecoder().decode(bytes(text));
  const note = () => {
    const text = document.querySelector('#cs-answer i')?.textContent;
    if (text) window.heard.add(read(text));
  };
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true });
  const ask = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await ask(...asked);
    window.heard.add(await answer.clone().text());
    return answer;
  };
}'''
_SETTINGS = {'REQUEST_DELAY': '0', 'HTTP_RETRY_DELAY': '0.05', 'HTTP_MAX_RETRIES': '1'}


@pytest.fixture(scope='module', params=['en', 'zh-TW'])
def both(request, page_demo, tmp_path_factory):
    """A page of its own in each language, whose settings may be changed."""
    folder = tmp_path_factory.mktemp('settings')
    running = Served(page_demo, folder, request.param, settings=_SETTINGS)
    yield running
    running.end()


@pytest.fixture
def own(both):
    """The same without any settings of other tests."""
    both.run('config', 'unset', 'civitai_api_key')
    (both.folder / 'settings.json').write_text('{}', encoding='utf-8')
    return both


@pytest.fixture
def open_tab(open_page):
    """``open_tab(served, **more)``: a page with the Settings tab on top."""

    def open_it(served, **more):
        page = open_page(served, **more)
        page.click('#cs-tab-settings-button')
        page.wait_for_selector('#cs-set-http_timeout:visible')
        page.wait_for_selector('.cs-settings-foot p:not(:empty)')
        return page

    return open_it


def stored(served):
    """What the settings file holds."""
    try:
        return json.loads((served.folder / 'settings.json').read_text(encoding='utf-8'))
    except FileNotFoundError:
        return {}


def words(served, english, chinese):
    return english if served.language == 'en' else chinese


def said_below(page, key):
    return page.locator(f'#cs-wrong-{key}')


class TestTyping:
    def test_a_wrong_value_is_said_while_typing_and_cannot_be_saved(self, own, open_tab):
        page = open_tab(own)
        assert page.is_disabled(SAVE)
        page.locator('#cs-set-http_timeout').press_sequentially('00')
        page.locator('#cs-set-http_timeout').fill('9000')
        sentence = words(own, 'Enter a number from 1 to 3600.', '請輸入 1 到 3600 之間的數字。')
        said_below(page, 'http_timeout').get_by_text(sentence).wait_for()
        assert page.get_attribute('#cs-set-http_timeout', 'aria-invalid') == 'true'
        described = page.get_attribute('#cs-set-http_timeout', 'aria-describedby')
        assert 'cs-wrong-http_timeout' in described.split()
        page.get_by_role(
            'button', name=words(own, 'Fix 1 field first', '先修正 1 個欄位')
        ).wait_for()
        assert page.is_disabled(SAVE)
        page.press('#cs-set-http_timeout', 'Enter')
        page.fill('#cs-set-http_timeout', '33')
        page.wait_for_selector(f'{SAVE}:enabled')
        said_below(page, 'http_timeout').wait_for(state='hidden')
        assert stored(own) == {}

    def test_what_is_typed_stays_through_polls_and_other_tabs(self, own, open_tab):
        page = open_tab(own)
        page.fill('#cs-set-http_timeout', '41')
        page.locator('#cs-set-http_timeout').evaluate('field => field.setSelectionRange(1, 1)')
        page.get_by_text(words(own, '1 change not saved yet', '1 項變更尚未儲存')).wait_for()
        own.run('config', 'set', 'http_retry_delay', '2')
        own.run('config', 'set', 'http_timeout', '50')
        page.get_by_text(words(own, 'Changed to “50” elsewhere', '已在別處改成「50」')).wait_for()
        assert page.input_value('#cs-set-http_timeout') == '41'
        assert page.evaluate('document.activeElement.id') == 'cs-set-http_timeout'
        assert page.evaluate('document.activeElement.selectionStart') == 1
        assert page.get_attribute('#cs-tab-settings-button', 'data-unsaved') == ''
        page.click('#cs-tab-downloads-button')
        page.wait_for_selector('#cs-field:visible')
        page.click('#cs-tab-settings-button')
        page.wait_for_selector('#cs-set-http_timeout:visible')
        assert page.input_value('#cs-set-http_timeout') == '41'
        page.click('[data-cs-action="settings-take"][data-cs-id="http_timeout"]')
        assert page.input_value('#cs-set-http_timeout') == '50'
        page.wait_for_selector(f'{SAVE}:disabled')
        assert page.get_attribute('#cs-tab-settings-button', 'data-unsaved') is None

    def test_changes_can_be_discarded(self, own, open_tab):
        page = open_tab(own)
        page.fill('#cs-set-http_timeout', '41')
        page.uncheck('#cs-set-enable_smart_retry')
        page.click('[data-cs-action="settings-discard"]')
        assert page.input_value('#cs-set-http_timeout') == '20'
        assert page.is_checked('#cs-set-enable_smart_retry') and page.is_disabled(SAVE)

    def test_the_environment_stands_above(self, own, open_tab):
        page = open_tab(own)
        assert page.is_disabled('#cs-set-request_delay')
        assert page.input_value('#cs-set-request_delay') == '0'
        assert 'CIVITAI_SHORTCUT_REQUEST_DELAY' in page.inner_text('#cs-fixed-request_delay')


class TestSaving:
    def test_a_saved_value_is_in_the_file_and_the_next_request_obeys(
        self, own, open_tab, page_demo
    ):
        page = open_tab(own)
        page.fill('#cs-set-http_timeout', '1')
        page.press('#cs-set-http_timeout', 'Enter')
        page.get_by_text(words(own, 'Saved: HTTP timeout.', '已儲存：HTTP 超時時間。')).wait_for()
        assert stored(own) == {'http_timeout': 1.0}
        restore = '[data-cs-action="settings-restore"][data-cs-id="http_timeout"]'
        page.wait_for_selector(restore)
        fault = page_demo.faults.add('delay', side='api', seconds=20)
        page.click('#cs-tab-downloads-button')
        paste(page, link('big'))
        waited = page.locator('.cs-step-failed')
        waited.wait_for()
        page_demo.faults.remove(fault)
        assert re.search(r'\b1(\.0)? (seconds|秒)', waited.inner_text())
        page.click('#cs-tab-settings-button')
        page.click(restore)
        assert page.input_value('#cs-set-http_timeout') == '20'
        assert page.evaluate('document.activeElement.id') == 'cs-set-http_timeout'
        page.wait_for_selector(f'{SAVE}:enabled')
        page.click(SAVE)
        eventually(lambda: stored(own) == {})
        page.wait_for_selector(restore, state='hidden')

    def test_a_folder_that_cannot_be_is_said_at_its_field_and_not_saved(
        self, own, open_tab, tmp_path
    ):
        page = open_tab(own)
        (tmp_path / 'file').touch()
        page.click('[data-cs-action="settings-group"][data-cs-id="download"]')
        page.fill('#cs-set-download_path', str(tmp_path / 'file' / 'models'))
        page.click(SAVE)
        said_below(page, 'download_path').get_by_text(str(tmp_path / 'file')).wait_for()
        assert page.is_disabled(SAVE) and stored(own) == {}
        page.fill('#cs-set-download_path', str(tmp_path / 'models'))
        page.wait_for_selector(f'{SAVE}:enabled')
        page.click(SAVE)
        page.wait_for_selector(f'{SAVE}:disabled')
        assert stored(own) == {'download_path': str(tmp_path / 'models')}

    def test_another_group_begins_at_its_top_and_what_was_saved_is_said_no_more(
        self, own, open_tab
    ):
        page = open_tab(own, width=1000, height=500)
        page.click('[data-cs-action="settings-group"][data-cs-id="download"]')
        page.fill('#cs-set-quarantine_days', '3')
        page.click(SAVE)
        said = page.locator('#cs-settings-said')
        said.get_by_text(words(own, 'Saved: ', '已儲存')).wait_for()
        assert page.evaluate('window.scrollY') > 0
        page.click('[data-cs-action="settings-group"][data-cs-id="advanced"]')
        top = page.locator('#cs-group-advanced').evaluate('e => e.getBoundingClientRect().top')
        assert 0 <= top < 250
        assert said.inner_text() == words(own, 'No unsaved changes', '沒有尚未儲存的變更')

    def test_folders_switches_and_choices(self, own, open_tab):
        page = open_tab(own)
        page.click('.cs-group-button[data-cs-id="download"]')
        page.fill('#cs-set-own_folders', 'LORA = my loras')
        page.select_option('#cs-set-folder_layout', 'comfyui')
        page.uncheck('#cs-set-write_sidecars')
        assert page.locator('.cs-group-button.cs-dirty').count() == 1
        page.wait_for_selector(f'{SAVE}:enabled')
        page.click(SAVE)
        expected = {
            **{'own_folders': {'LORA': 'my loras'}, 'folder_layout': 'comfyui'},
            'write_sidecars': False,
        }
        eventually(lambda: stored(own) == expected)
        page.wait_for_selector('.cs-group-button.cs-dirty', state='detached')


class TestKey:
    def test_it_is_typed_covered_confirmed_and_never_comes_back(self, own, open_page):
        page = open_page(own)
        page.evaluate(LISTEN)
        page.click('[data-cs-action="open-key"]')
        page.wait_for_selector(f'{KEY}:focus')
        secret = 'wrong-key-with-many-signs-7788'
        page.fill(KEY, secret)
        assert page.get_attribute(KEY, 'type') == 'password'
        page.click('.cs-eye')
        assert page.get_attribute(KEY, 'type') == 'text'
        page.wait_for_selector(f'{SAVE}:enabled')
        page.click(SAVE)
        page.locator('.cs-key-state.cs-bad').wait_for()
        refused = words(own, 'Key refused', '金鑰被拒絕')
        page.locator('.cs-pill', has_text=refused).wait_for()
        assert page.input_value(KEY) == '' and page.get_attribute(KEY, 'type') == 'password'
        assert page.get_attribute(KEY, 'placeholder').endswith('•7788')
        assert page.get_attribute(KEY, 'readonly') is not None
        page.click('[data-cs-action="settings-replace"]')
        page.wait_for_selector(f'{KEY}:focus')
        page.fill(KEY, DEMO_KEY)
        page.press(KEY, 'Enter')
        confirmed = words(own, 'Confirmed: demo_visitor', '已確認：demo_visitor')
        page.get_by_text(confirmed).wait_for()
        pill = page.locator('.cs-pill[data-cs-action="open-key"]')
        assert pill.get_attribute('title') == confirmed
        content = page.content()
        assert secret not in content and DEMO_KEY not in content
        heard = page.evaluate('[...window.heard]')
        assert any('Confirmed' in one or '已確認' in one for one in heard)
        assert not any(secret in one or DEMO_KEY in one for one in heard)
        page.click('[data-cs-action="settings:forget-key"]')
        page.click('[data-cs-action="settings:forget-really"]')
        page.locator('.cs-pill', has_text=words(own, 'No key set', '尚未設定金鑰')).wait_for()

    def test_a_download_that_needs_it_leads_to_it(self, own, open_page):
        page = open_page(own)
        paste(page, link('login_only'))
        page.wait_for_selector('.cs-file.cs-on')
        page.click('[data-cs-action="add"]')
        failed = page.locator('.cs-is-failed')
        failed.locator('[data-cs-action="open-key"]').click()
        page.wait_for_selector(f'{KEY}:focus')
        assert page.get_attribute('#cs-tab-settings-button', 'aria-selected') == 'true'


class TestFinding:
    def test_settings_are_found_by_name_help_and_key_in_all_groups(self, own, open_tab):
        page = open_tab(own)
        shown = '.cs-setting:visible'
        page.keyboard.press('/')
        page.keyboard.type('TIMEOUT')
        keys = page.eval_on_selector_all(
            '.cs-setting',
            'rows => rows.filter((r) => r.offsetParent).map((r) => r.dataset.csRowOf)',
        )
        assert keys == [
            *('http_timeout', 'gallery_download_timeout', 'api_timeout', 'download_timeout'),
            'image_timeout',
        ]
        page.fill('[data-cs-settings-search]', words(own, 'vae and', 'VAE'))
        assert page.locator(shown).count() == 1
        page.fill('[data-cs-settings-search]', 'zzz')
        page.get_by_text('“zzz”' if own.language == 'en' else '「zzz」').wait_for()
        page.press('[data-cs-settings-search]', 'Escape')
        assert page.locator(shown).count() == 9
        assert page.get_attribute('.cs-group-button[aria-current]', 'data-cs-id') == 'network'

    def test_on_a_phone_the_groups_are_one_field_and_nothing_is_cut(self, own, open_tab):
        page = open_tab(own, width=360, height=740)
        assert not page.is_visible('.cs-settings-groups')
        groups = ('download', 'pictures', 'cache', 'adult', 'interface', 'advanced', 'network')
        for group in groups:
            page.select_option('[data-cs-settings-choice]', group)
            page.wait_for_selector(f'#cs-group-{group}:visible')
            assert page.evaluate('document.documentElement.scrollWidth') == 360
            low = page.eval_on_selector_all(
                '.cs-setting .cs-input, .cs-setting .cs-select',
                'all => all.filter((e) => e.offsetParent && e.offsetHeight < 44).length',
            )
            assert low == 0
