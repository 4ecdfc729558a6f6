"""What a person does all day, in a real browser: look for models, keep the good ones, read them
when Civitai is away, download them.
"""

import pytest

from civitai_manager_libs.demo import SPECIAL, DemoCatalogue
from tests.support.command import eventually, files_below
from tests.support.page import Served, link, paste
from tests.support.ports import free_port

pytestmark = pytest.mark.browser

MOSS = SPECIAL['plain'].model_id
PICTURES = 4
SETTINGS = {
    'REQUEST_DELAY': '0',
    'HTTP_RETRY_DELAY': '0.05',
    'HTTP_MAX_RETRIES': '10',  # so that Civitai, while it is away, is not left alone for long
    'MINIMUM_FREE_SPACE_MB': '0',
    'HTTP_CACHE_ENABLED': 'false',
    'CACHE_ENABLED': 'false',
}
CARD = f'[data-cs-card="{MOSS}"]'
BROWSE, SHORTCUTS = '[data-cs-cards="browse"]', '[data-cs-cards="shortcuts"]'


class Civitai:
    """A Civitai that can go away and come back at the same addresses, with the same faults."""

    def __init__(self):
        self._ports = free_port(), free_port()
        self.base_url = f'http://127.0.0.1:{self._ports[0]}'
        self._running = None

    def come(self, *faults):
        """Answer from now on; ``faults`` are pairs of a kind and its options."""
        self._running = DemoCatalogue(*self._ports)
        for kind, options in faults:
            self._running.faults.add(kind, **options)
        self._running.start()
        assert self._running.base_url == self.base_url

    def go(self):
        if self._running is not None:
            self._running.stop()
            self._running = None


@pytest.fixture
def civitai():
    made = Civitai()
    yield made
    made.go()


@pytest.fixture
def served(civitai, tmp_path):
    """The page of a person who has nothing yet."""
    running = Served(civitai, tmp_path / 'day', 'en', settings=SETTINGS)
    yield running
    running.end()


def to_tab(page, name):
    page.click(f'#cs-tab-{name}-button')
    page.wait_for_selector(f'#cs-tab-{name}-button[aria-selected="true"]')


def search(page, words):
    page.fill('[data-cs-browse-field]', words)
    page.keyboard.press('Enter')


def names(page, board):
    shown = page.locator(f'{board} [data-cs-card]:not([hidden]) .cs-cards-name')
    return shown.all_inner_texts()


def test_from_a_search_to_an_installed_model(civitai, served, open_page):
    civitai.come(
        ('status', {'path': '/api/v1/models', 'times': 1, 'status': 503}),
        ('delay', {'path': '/api/v1/models', 'times': 2, 'seconds': 0.3}),
        ('status', {'side': 'storage', 'times': 2, 'status': 500}),
        ('cut', {'path': '/model/', 'times': 2, 'after': 100_000}),
    )
    page = open_page(served, tab='browse')

    # filter, search
    page.wait_for_selector(CARD)
    assert '霓虹港灣 Neon Harbor' in names(page, BROWSE)
    page.click('[data-cs-action="browse:type"][data-cs-id="LORA"]')
    eventually(lambda: '霓虹港灣 Neon Harbor' not in names(page, BROWSE), 'no checkpoints')
    search(page, 'moss')
    eventually(lambda: names(page, BROWSE) == ['苔庭 Moss Garden'], 'only what fits is listed')

    # open, read
    page.click(f'{BROWSE} {CARD} .cs-cards-open')
    opened = page.locator('[data-cs-model="browse"]')
    opened.locator('h2', has_text='Moss Garden').wait_for()
    opened.locator('text=moss_garden_v1.safetensors').first.wait_for()
    assert page.locator(BROWSE).locator('[data-cs-grid]').is_hidden()

    # save, note
    opened.locator('[data-cs-action="browse:model-save"][data-cs-value="on"]').click()
    opened.locator('[data-cs-action="browse:model-save"][data-cs-value="off"]').wait_for()
    opened.locator('[data-cs-model-note]').fill('青苔與石頭 for the temple scene')
    opened.locator('[data-cs-model-noted]', has_text='Saved').wait_for()

    # back: the first leaves what is being written
    page.keyboard.press('Escape')
    page.keyboard.press('Escape')
    page.wait_for_selector(f'{BROWSE} {CARD} .cs-cards-corner[aria-pressed="true"]')

    # find by the note, also by two signs of it
    to_tab(page, 'shortcuts')
    for words in ('temple scene', '石頭'):
        page.fill('[data-cs-shortcuts-text]', 'nothing like it')
        page.keyboard.press('Enter')
        eventually(lambda: names(page, SHORTCUTS) == [], 'nothing is found')
        page.fill('[data-cs-shortcuts-text]', words)
        page.keyboard.press('Enter')
        eventually(lambda: names(page, SHORTCUTS) == ['苔庭 Moss Garden'], words)
    pictures = served.folder / 'data' / 'shortcuts' / 'pictures'
    eventually(lambda: len(files_below(pictures)) >= PICTURES, 'its pictures are kept')

    # Civitai is away: it can still be read, with its pictures
    civitai.go()
    page.click(f'{SHORTCUTS} {CARD} .cs-cards-open')
    opened = page.locator('[data-cs-model="shortcuts"]')
    opened.locator('h2', has_text='Moss Garden').wait_for()
    opened.locator('text=Civitai cannot be reached').wait_for()
    opened.locator('text=moss_garden_v1.safetensors').first.wait_for()
    assert opened.locator('[data-cs-model-note]').input_value().startswith('青苔與石頭')
    drawn = 'image => image.complete && image.naturalWidth > 88'
    shot = opened.locator('.cs-model-shot img').first
    eventually(lambda: shot.evaluate(drawn), 'a picture that was kept')
    to_tab(page, 'browse')
    page.wait_for_function('location.hash === "#browse"')
    page.reload()
    page.wait_for_selector('.cs-browse-banner')
    eventually(lambda: '苔庭 Moss Garden' in names(page, BROWSE), 'as it was listed last')

    # it is back: download, and every place says so without a reload
    civitai.come(('cut', {'path': '/model/', 'times': 1, 'after': 200_000}))
    to_tab(page, 'shortcuts')
    page.click(f'{SHORTCUTS} {CARD} .cs-cards-open')
    opened.locator('[data-cs-action="shortcuts:model-download"]').click()
    opened.locator('.cs-model-state', has_text='Installed').wait_for()
    page.keyboard.press('Escape')
    installed = f'{CARD} .cs-badge:has-text("Installed")'
    page.wait_for_selector(f'{SHORTCUTS} {installed}')
    to_tab(page, 'browse')
    page.click('[data-cs-action="browse:again"]')
    page.wait_for_selector(f'{BROWSE} {installed}')
    assert list(served.folder.rglob('moss_garden_v1.safetensors'))


def test_another_process_and_the_offer_to_save(civitai, served, open_page):
    """What is downloaded in a terminal shows on the page, which offers to save it."""
    civitai.come()
    page = open_page(served, tab='browse')
    search(page, 'garden')
    page.wait_for_selector(CARD)
    assert page.locator(f'{CARD} .cs-badge').count() == 0
    served.run('download', str(MOSS))
    page.wait_for_selector(f'{CARD} .cs-badge:has-text("Installed")')
    offer = page.locator('.cs-notice', has_text='Moss Garden is downloaded')
    offer.locator('[data-cs-action="offer:save"]').click()
    page.wait_for_selector('.cs-notice:has-text("is saved")')
    page.wait_for_selector(f'{CARD} .cs-cards-corner[aria-pressed="true"]')
    to_tab(page, 'shortcuts')
    page.wait_for_selector(f'{SHORTCUTS} {CARD} .cs-badge:has-text("Installed")')
    served.run('shortcut', 'note', str(MOSS), 'from a terminal')
    page.wait_for_selector(f'{SHORTCUTS} {CARD} .cs-cards-line:has-text("from a terminal")')


def test_what_was_pasted_is_there_again_when_its_tab_is_opened(civitai, served, open_page):
    civitai.come()
    page = open_page(served)
    pasted = link('plain')
    paste(page, pasted)
    page.wait_for_selector('.cs-step-found')
    page.goto('about:blank')
    page.goto(served.address)
    page.wait_for_selector(f'{BROWSE} {CARD}')
    to_tab(page, 'downloads')
    page.wait_for_selector('.cs-step-found')
    assert page.input_value('#cs-field textarea') == pasted
