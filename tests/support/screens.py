"""The screens of the page as a person meets them, by name, with something on each."""

import json
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from civitai_manager_libs.demo import DEMO_KEY, FILES, DemoCatalogue
from civitai_manager_libs.demo.special import GALLERY
from tests.support.page import Served, link, paste

SAVED = tuple(str(number) for number in range(1001, 1017))
SETTINGS = {
    'request_delay': 0,
    'http_retry_delay': 0.05,
    'http_max_retries': 1,
    'minimum_free_space_mb': 0,
}
_GALLERY = f'https://civitai.com/models/{GALLERY.model_id}?modelVersionId={GALLERY.version_id}'
_CURRENT = "(id) => JSON.parse(civitaiShortcut.has.parts['gallery-state']).current === id"
_SHAPES = '.cs-cards-shape, .cs-late, .cs-detail-late, [aria-busy="true"]'


class Furnishing:
    """What puts something into every tab of a running page, by commands over the same data
    (``run``); ``faults`` of its ``demo`` keep the downloads where they are.
    """

    def furnish(self):
        """Save models, finish two downloads, let one fail, and leave four on their way."""
        slow = [('neonHarbor', 700_000), ('auroraDream', 15_000), (FILES, 8_000)]
        self.run('config', 'set', 'civitai_api_key', DEMO_KEY)
        self.run('shortcut', 'add', *SAVED)
        self.run('shortcut', 'favourite', '1002', '1003')
        self.run('shortcut', 'note', '1003', '天空用的，權重 0.6 就夠')
        self._download('plain', 'two_versions', 'early_access')
        add = self.demo.faults.add
        for path, speed in slow:
            self.faults.append(add('throttle', path=path, bytes_per_second=speed))
        self._enqueue('big', 'many_files', 'unscanned', 'same_name')
        return self

    def _download(self, *names):
        with suppress(subprocess.CalledProcessError):  # one of them fails on purpose
            self.run('download', *map(link, names))

    def _enqueue(self, *names):
        self.run('download', '--enqueue', *map(link, names))

    def end(self, *how):
        for fault in self.faults:
            self.demo.faults.remove(fault)
        self.faults.clear()
        return super().end(*how)


class Furnished(Furnishing, Served):
    """A page of its own with models saved and downloads in every state."""

    def __init__(self, demo, folder, language, used=True):
        if used:
            Path(folder).mkdir(parents=True, exist_ok=True)
            (Path(folder) / 'settings.json').write_text(json.dumps(SETTINGS), encoding='utf-8')
        super().__init__(demo, folder, language, settings={}, used=used)
        self.faults = []


@contextmanager
def furnished_page(folder, language):
    """A :class:`Furnished` page with a catalogue of its own, since its faults slow that one."""
    with DemoCatalogue() as demo:
        running = Furnished(demo, folder, language)
        try:
            yield running.furnish()
        finally:
            running.end()


@pytest.fixture(scope='module')
def furnished(tmp_path_factory):
    """A page in English on which there is something in every tab."""
    with furnished_page(tmp_path_factory.mktemp('furnished'), 'en') as running:
        yield running


def quiet(page):
    """Wait until nothing is on its way any more, and all pictures in view are there."""
    page.wait_for_function(
        f"""() => [...document.querySelectorAll('{_SHAPES}')].every((one) => !one.offsetParent)
            && [...document.images].every((one) => there(one) || !inView(one));
        function there(one) {{
            return one.complete && one.naturalWidth !== 87; // of that width it is still coming
        }}
        function inView(one) {{
            const box = one.getBoundingClientRect();
            const across = box.left < innerWidth && box.right > 0;
            return one.offsetParent && across && box.top < innerHeight && box.bottom > 0;
        }}"""
    )


def close_notices(page):
    """What was said meanwhile would stand before what somebody looks at."""
    closing = page.locator('[data-cs-action="close-notice"]')
    closing.evaluate_all('buttons => buttons.forEach((button) => button.click())')
    page.evaluate('document.activeElement?.blur()')
    page.wait_for_timeout(300)


def to_tab(page, name):
    """Put a tab on top and wait until something stands in it."""
    page.locator(f'#cs-tab-{name}-button').click()
    page.wait_for_selector(f'#cs-tab-{name}-button[aria-selected="true"]')
    page.wait_for_selector(f'{_STANDS[name]} >> visible=true')
    quiet(page)


def browse(page):
    to_tab(page, 'browse')


def model(page):
    to_tab(page, 'browse')
    page.click('[data-cs-cards="browse"] [data-cs-card="1002"] .cs-cards-open')
    page.wait_for_selector('[data-cs-model="browse"] h2')
    quiet(page)


def shortcuts(page):
    to_tab(page, 'shortcuts')


def gallery(page):
    to_tab(page, 'gallery')
    page.fill('[data-cs-gallery-field]', _GALLERY)
    page.keyboard.press('Enter')
    page.wait_for_selector('.cs-gallery-shots .cs-shot-open')
    second = page.locator('.cs-gallery-shots .cs-shot-open').nth(1)
    second.click()
    page.wait_for_function(_CURRENT, arg=int(second.get_attribute('data-cs-id')))
    page.wait_for_selector('.cs-detail-resources')
    quiet(page)


def downloads(page):
    to_tab(page, 'downloads')


def choosing(page):
    to_tab(page, 'downloads')
    paste(page, link('many_files'), link('pickle_embedding'), 'nonsense')
    page.wait_for_function("document.querySelectorAll('.cs-step-found').length === 2")
    page.click('.cs-turn >> nth=0')
    page.wait_for_selector('.cs-file >> visible=true')


def monitor(page):
    to_tab(page, 'monitor')


def settings(page):
    to_tab(page, 'settings')


_STANDS = {
    'browse': '[data-cs-cards="browse"] [data-cs-card]',
    'shortcuts': '[data-cs-shortcuts] [data-cs-card], .cs-shortcuts-empty',
    'gallery': '[data-cs-gallery-field], .cs-gallery-shots',
    'downloads': '#cs-field textarea',
    'monitor': '[data-cs-tile="requests"] .cs-monitor-number',
    'settings': '[data-cs-setting], .cs-setting, .cs-settings',
}
TABS = {one.__name__: one for one in (browse, shortcuts, gallery, downloads, monitor, settings)}
"""Each tab with something on it."""

SCREENS = {**TABS, 'model': model, 'choosing': choosing}
"""The tabs, and what opens inside them."""
