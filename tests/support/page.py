"""The page as it is served: the real program in a process of its own, pointed at a demo catalogue
of the tests.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from civitai_manager_libs.demo import SPECIAL, DemoCatalogue

MAIN = Path(__file__).resolve().parents[2] / 'main.py'
# Gradio 3 reads all fonts of the machine, which takes long, unless their list lies there.
FONT_LISTS = Path(tempfile.gettempdir()) / 'civitai-shortcut-tests-fonts'
MAIN_BUTTON = '[data-cs-action="add"]'
_ADDRESS = re.compile(r'http://\S+')
_SETTINGS = {
    'REQUEST_DELAY': '0',
    'HTTP_RETRY_DELAY': '0.05',
    'HTTP_MAX_RETRIES': '1',
    'MINIMUM_FREE_SPACE_MB': '0',
    'WRITE_SIDECARS': 'false',
    'DOWNLOAD_COMPANIONS': 'false',
}


class Served:
    """A running ``serve``: its ``address``, its data ``folder``, the ``demo`` catalogue it talks
    to. ``settings`` are those of its environment, ``used`` says that it is not the first run.
    Without a ``language`` each browser has its own. ``python`` runs it.
    """

    def __init__(
        self,
        demo,
        folder,
        language,
        *arguments,
        port='0',
        settings=_SETTINGS,
        used=True,
        python=sys.executable,
    ):
        self.python = str(python)
        self.demo = demo
        self.settings = settings
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        if used:  # somebody who has settings is not asked the questions of the first run
            self._settle()
        self.errors = open(self.folder / 'stderr.txt', 'w+', encoding='utf-8')
        self.language = language
        listening = ('--port', port) if port else ()
        self.process = subprocess.Popen(
            self._words('serve', '--no-open', *listening, *arguments),
            env=self._environment(),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            encoding='utf-8',
        )
        lines = map(_ADDRESS.search, self.process.stdout)  # Gradio 5.50 prints a line of its own
        found = next(filter(None, lines), None)
        assert found, f'no address\n{self.said()}'
        self.address = found.group()

    def _settle(self):
        config = self.folder / 'settings.json'
        if not config.exists():
            config.write_text('{"language": "auto"}', encoding='utf-8')

    def _words(self, *arguments):
        place = ['--data-dir', str(self.folder), '--config', str(self.folder / 'settings.json')]
        spoken = ['--lang', self.language] if self.language else []
        return [self.python, str(MAIN), '--no-bootstrap', *spoken, *place, *arguments]

    def run(self, *arguments):
        """Run another command over the same data to its end."""
        subprocess.run(self._words(*arguments), env=self._environment(), check=True, timeout=60)

    def _environment(self):
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(('CIVITAI_', 'HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'))
        }
        home = {name: str(self.folder) for name in ('HOME', 'USERPROFILE', 'XDG_CONFIG_HOME')}
        own = {f'CIVITAI_SHORTCUT_{name}': value for name, value in self.settings.items()}
        own['CIVITAI_SHORTCUT_CIVITAI_BASE_URL'] = self.demo.base_url
        fonts = {'MPLCONFIGDIR': str(FONT_LISTS)}
        return {**kept, **home, **fonts, **own, 'PYTHONUTF8': '1'}

    def said(self):
        """What it wrote to standard error so far."""
        self.errors.flush()
        return (self.folder / 'stderr.txt').read_text(encoding='utf-8')

    def end(self, how=signal.SIGTERM):
        """Ask it to end; its exit code, and the seconds that took."""
        begun = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(60)
        self.process.stdout.close()
        self.errors.close()
        return code, time.monotonic() - begun


@pytest.fixture(scope='session')
def page_demo():
    """The demo catalogue that the served pages of a worker talk to."""
    with DemoCatalogue() as demo:
        yield demo


@pytest.fixture(scope='session')
def served(page_demo, tmp_path_factory):
    """The page in English, one for all tests of a worker."""
    running = Served(page_demo, tmp_path_factory.mktemp('served'), 'en')
    yield running
    running.end()


@pytest.fixture
def open_page(browser):
    """``open_page(served, width=1440, dark=False, tab='downloads')`` opens the page in a browser of
    its own, with that tab on top.

    When the test ends, nothing may have gone wrong in the script, nor may anybody else have been
    asked for anything.
    """
    contexts, problems = [], []

    def open_it(served, width=1440, height=900, dark=False, tab='downloads', **more):
        context = browser.new_context(
            viewport={'width': width, 'height': height},
            color_scheme='dark' if dark else 'light',
            reduced_motion='reduce',
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on('pageerror', lambda error: problems.append(str(error)))
        page.on('request', lambda request: problems.extend(foreign(request.url)))
        page.goto(f'{served.address}#{tab}')
        page.wait_for_selector('[data-cs-part="key"] .cs-pill', state='attached')
        page.wait_for_selector(f'#cs-tab-{tab}-button[aria-selected="true"]')
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert problems == []


def foreign(url):
    """The address, if it leads off this computer."""
    return [] if url.startswith(('http://127.0.0.1:', 'data:', 'blob:')) else [url]


def link(name):
    """What a person would paste for a special model."""
    place = SPECIAL[name]
    return f'https://civitai.com/models/{place.model_id}?modelVersionId={place.version_id}'


def paste(page, *links):
    """Put ``links`` into the field."""
    page.fill('#cs-field textarea', '\n'.join(links))


def row(page, words):
    """The rows of the queue that say ``words``."""
    return page.locator('.cs-row', has_text=words)


def add(page, *names):
    """Paste the links of special models, wait until they are known, and queue them."""
    paste(page, *map(link, names))
    known = "document.querySelectorAll('.cs-step-found').length === "
    page.wait_for_function(known + str(len(names)))
    page.click(MAIN_BUTTON)
    page.wait_for_selector('.cs-card', state='detached')
