"""The page of the first run in a real browser: a person who has never been here comes in, answers
and opens a model.
"""

import json
import signal

import pytest

from civitai_manager_libs.demo import DEMO_KEY
from tests.support.page import Served, link
from tests.support.programs import make_program

pytestmark = pytest.mark.browser

CARD = '.cs-cards-card[data-cs-card]'
WHOLE = '.cs-start-whole'


@pytest.fixture
def newcomer(page_demo, tmp_path):
    """A program that nobody has used, beside a WebUI and ComfyUI; too deep for it to come upon what
    other tests have left.
    """
    place = tmp_path / 'so' / 'far' / 'down'
    make_program(place / 'forge', 'forge', models=3)
    make_program(place / 'ComfyUI', 'comfyui', models=1)
    running = Served(page_demo, place / 'ours', 'en', used=False)
    yield running
    running.end()


def settings(served):
    return json.loads((served.folder / 'settings.json').read_text(encoding='utf-8'))


def first_page(open_page, served, **more):
    page = open_page(served, tab='browse', **more)
    page.wait_for_selector(f'{WHOLE} [value="own"]')
    return page


def choose(page, name, value):
    page.locator(f'[data-cs-part="start-{name}"] input[value="{value}"]').evaluate(
        '(e) => e.click()'
    )


def test_from_the_first_page_to_an_opened_model(newcomer, open_page):
    page = first_page(open_page, newcomer)
    forge = str(newcomer.folder.parent / 'forge')
    page.wait_for_selector(f'.cs-start-choice.cs-on [value="{forge}"]')
    page.wait_for_selector('.cs-start-choice:has-text("ComfyUI"):has-text("1 model")')
    assert page.is_hidden('.cs-browse') and page.locator(CARD).count() == 0
    choose(page, 'adult', 'blur')
    page.fill('[data-cs-start="key"]', 'x' * 32)
    choose(page, 'language', 'zh-TW')
    page.wait_for_selector('h1:has-text("歡迎，先設定四件事")')
    assert page.input_value('[data-cs-start="key"]') == 'x' * 32
    page.wait_for_selector('button[role="tab"]:has-text("瀏覽")')
    page.fill('[data-cs-start="key"]', '')
    page.click('[data-cs-action="start:finish"]')
    page.wait_for_selector('[data-cs-start="link"]')
    page.wait_for_function('document.activeElement.dataset.csStart === "link"')
    line = page.locator('.cs-start-line > *')
    assert {line.nth(at).evaluate('e => e.offsetHeight') for at in (0, 1)} == {44}
    chosen = {'folder_layout': 'a1111', 'models_path': forge}
    assert settings(newcomer) == {'language': 'zh-TW', 'adult_content': 'blur', **chosen}
    page.keyboard.type(link('two_versions'))
    page.keyboard.press('Enter')
    page.wait_for_selector('[data-cs-part="browse-model"] h2, [data-cs-part="browse-model"] h1')
    assert page.locator(WHOLE).count() == 0
    assert forge in page.inner_html('[data-cs-part="browse-model"]')
    again = open_page(newcomer, tab='browse')
    again.wait_for_selector(CARD)
    assert again.locator(WHOLE).count() == 0
    assert again.locator('[data-cs-part="browse-adult"] .cs-on input').input_value() == 'blur'


def test_put_off_it_does_not_come_again(newcomer, open_page, page_demo):
    page = first_page(open_page, newcomer)
    page.click('[data-cs-action="start:later"]')
    page.wait_for_selector(CARD)
    assert page.is_visible('.cs-browse') and page.locator(WHOLE).count() == 0
    newcomer.end(signal.SIGTERM)
    second = Served(page_demo, newcomer.folder, 'en', used=False)
    try:
        page = open_page(second, tab='browse')
        page.wait_for_selector(CARD)
        assert page.locator(WHOLE).count() == 0
    finally:
        second.end()


def test_another_folder_by_the_keyboard_alone(newcomer, open_page, tmp_path):
    page = first_page(open_page, newcomer)
    page.focus('.cs-start-choice input:checked')
    page.keyboard.press('ArrowUp')  # from the first around to the last
    page.wait_for_function('document.activeElement.dataset.csStart === "folder"')
    page.keyboard.type(str(tmp_path / 'nowhere'))
    page.keyboard.press('Enter')
    page.wait_for_selector('[data-cs-part="start-typed"] .cs-bad')
    page.focus('[data-cs-action="start:finish"]')
    page.keyboard.press('Enter')
    page.wait_for_selector('[data-cs-part="start-typed"] .cs-bad')
    page.fill('[data-cs-start="folder"]', str(tmp_path))
    page.press('[data-cs-start="folder"]', 'Enter')
    page.wait_for_selector('[data-cs-part="start-typed"] .cs-ok')
    page.focus('[data-cs-action="start:finish"]')
    page.keyboard.press('Enter')
    page.wait_for_selector('[data-cs-action="start:look"]')
    assert settings(newcomer) == {'folder_layout': 'own', 'download_path': str(tmp_path)}
    page.click('[data-cs-action="start:look"]')
    page.wait_for_selector(CARD)


def test_a_choice_stays_when_the_folders_come_anew_before_it_is_heard(newcomer, open_page):
    page = first_page(open_page, newcomer)
    page.wait_for_selector('.cs-start-choice.cs-on:has-text("forge")')
    page.route('**/queue/join*', lambda route: None)  # Gradio takes its time
    page.focus('.cs-start-choice input:checked')
    page.keyboard.press('ArrowUp')
    page.wait_for_function('document.activeElement.dataset.csStart === "folder"')
    page.keyboard.type('/so')
    page.evaluate('''() => {
            const { has, show } = window.civitaiShortcut;
            show({ parts: { 'start-folder': `${has.parts['start-folder']}<!-- anew -->` } });
        }''')
    page.keyboard.type('/far')
    assert page.input_value('[data-cs-start="folder"]') == '/so/far'
    assert page.eval_on_selector_all(
        '.cs-start-choice.cs-on input', 'all => all.map(one => one.value)'
    ) == ['other']
    page.wait_for_selector('.cs-start-choice input[value="other"]:checked')


def test_a_key_that_civitai_does_not_know_and_one_that_it_does(newcomer, open_page):
    page = first_page(open_page, newcomer)
    page.fill('[data-cs-start="key"]', '0123456789abcdef' * 2)
    page.keyboard.press('Enter')
    page.wait_for_selector('[data-cs-part="start-key"] .cs-bad')
    assert page.input_value('[data-cs-start="key"]') == ''
    page.fill('[data-cs-start="key"]', DEMO_KEY)
    page.click('[data-cs-action="start:key"]')
    page.wait_for_selector('[data-cs-part="start-key"] .cs-ok')
    page.wait_for_selector('[data-cs-part="start-mark-key"] .cs-ok')
    assert DEMO_KEY not in page.content() and page.is_visible(WHOLE)


@pytest.mark.parametrize('width', [360, 760, 1440])
def test_nothing_is_cut_or_scrolls_sideways(newcomer, open_page, width):
    page = first_page(open_page, newcomer, width=width)
    assert page.evaluate('document.documentElement.scrollWidth') <= width
    outside = page.eval_on_selector_all(
        f'{WHOLE} *',
        'all => all.filter((one) => one.offsetParent && '
        '(one.getBoundingClientRect().right > innerWidth || one.getBoundingClientRect().left < 0)'
        ').map((one) => one.outerHTML.slice(0, 80))',
    )
    assert outside == []
