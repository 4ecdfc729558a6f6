"""The tab in a WebUI, in a real browser: what was downloaded goes where somebody works with it."""

import json

import pytest

from civitai_manager_libs.demo import DEMO_KEY, SPECIAL
from tests.support.command import eventually
from tests.support.page import link

pytestmark = pytest.mark.browser

INSERT = '.cs-row.cs-is-done [data-cs-action="host:insert"]'
SEND = '[data-cs-action="gallery:detail-send"]'
PROMPT = '#{}_prompt textarea'


@pytest.fixture
def host(run_host):
    return run_host()


@pytest.fixture
def page(host, browser):
    context = browser.new_context(viewport={'width': 1440, 'height': 1000}, locale='en-US')
    opened, problems = context.new_page(), []
    opened.set_default_timeout(60_000)
    opened.on('pageerror', lambda error: problems.append(str(error)))
    opened.goto(host.address)
    opened.wait_for_selector(PROMPT.format('txt2img'))
    yield opened
    context.close()
    assert problems == []


def to_tab(page, name):
    page.click('button[role="tab"]:has-text("Civitai Shortcut")')
    page.wait_for_selector('.cs [data-cs-part="key"] .cs-pill', state='attached')
    page.click(f'.cs button[role="tab"]:has-text("{name}")')


def download(page, name, subfolder=''):
    to_tab(page, 'Downloads')
    page.fill('#cs-field textarea', str(SPECIAL[name].model_id))
    page.wait_for_selector('.cs-save-in select')
    page.wait_for_selector('.cs-card:not([aria-busy])')
    if subfolder:
        page.fill('.cs-save-in input', subfolder)
        page.keyboard.press('Enter')
        page.wait_for_selector(f'.cs-save-in select[title$="{subfolder}"]')
    page.click('[data-cs-action="add"]')


def test_a_lora_is_in_a_new_folder_in_the_lists_and_in_the_prompt(host, page):
    page.fill(PROMPT.format('txt2img'), 'a harbour at night')
    download(page, 'plain', 'style/night')
    page.wait_for_selector(INSERT)
    (found,) = (host.root / 'models' / 'Lora' / 'style' / 'night').glob('*.safetensors')
    eventually(lambda: 'list loras' in host.state()['asked'], 'the host has read its list')
    own = {'activation text': 'moss, A Harbour At Night, fern', 'preferred weight': 0.6}
    found.with_suffix('.json').write_text(json.dumps(own), encoding='utf-8')
    called = f'<lora:{found.stem}:0.6>'
    page.click(INSERT)
    page.wait_for_selector(f'.cs-notice:has-text("{called}")')
    wanted = f'a harbour at night, moss, fern, {called}'
    assert page.input_value(PROMPT.format('txt2img')) == wanted
    page.click(INSERT)
    page.wait_for_selector('.cs-notice:has-text("has it already")')
    assert page.input_value(PROMPT.format('txt2img')) == wanted
    page.click('button[role="tab"]:text-is("img2img")')
    page.wait_for_selector(PROMPT.format('img2img'), state='visible')
    to_tab(page, 'Downloads')
    page.click(INSERT)
    page.wait_for_selector('.cs-notice:has-text("prompt of img2img")')
    assert called in page.input_value(PROMPT.format('img2img'))


def test_a_checkpoint_is_loaded(host, page):
    download(page, 'many_files')
    page.click('.cs-row.cs-is-done [data-cs-action="host:load"]')
    page.wait_for_selector('.cs-notice:has-text("is loaded")')
    assert any('auroraDreamXL' in one for one in host.state()['asked'])


def test_a_picture_goes_to_another_tab_with_its_words(host, page):
    to_tab(page, 'Gallery')
    page.fill('[data-cs-gallery-field]', str(SPECIAL['plain'].model_id))
    page.keyboard.press('Enter')
    page.click(f'{SEND}:has-text("img2img")')
    page.wait_for_selector(PROMPT.format('img2img'), state='visible')
    page.wait_for_selector('#img2img_image img')
    page.wait_for_function("document.querySelector('#img2img_prompt textarea').value")


def test_the_key_is_asked_for_above_the_models_only(host, page):
    panel = '.cs-start-host'
    to_tab(page, 'Browse')
    page.fill(f'{panel} [data-cs-start="key"]', 'x' * 32)
    page.keyboard.press('Enter')
    page.wait_for_selector(f'{panel} [data-cs-part="start-key"] .cs-bad')
    page.fill(f'{panel} [data-cs-start="key"]', DEMO_KEY)
    page.click('[data-cs-action="start:key"]')
    page.wait_for_selector(f'{panel} [data-cs-part="start-key"] .cs-ok')
    page.fill('[data-cs-browse-field]', link('plain'))
    page.keyboard.press('Enter')
    page.wait_for_selector('[data-cs-part="browse-model"] h2')
    assert page.is_hidden(panel)
    page.click('[data-cs-part="browse-model"] [data-cs-action="browse:model-close"]')
    page.wait_for_selector(panel)
    page.click(f'{panel} [data-cs-action="start:later"]')
    page.wait_for_selector(panel, state='detached')
    assert '#' not in page.url  # the address of a host is the host's
    page.reload()
    to_tab(page, 'Browse')
    page.wait_for_selector('.cs-cards-card[data-cs-card]')
    assert page.locator(panel).count() == 0


def test_escape_in_a_tab_of_the_host_closes_nothing_of_ours(page):
    download(page, 'login_only')
    page.wait_for_selector('.cs-notice')
    page.click('button[role="tab"]:text-is("txt2img")')
    page.focus(PROMPT.format('txt2img'))
    page.keyboard.press('Escape')
    to_tab(page, 'Downloads')
    assert page.is_visible('.cs-notice')
    page.keyboard.press('Escape')
    page.wait_for_selector('.cs-notice', state='detached')
