"""No handler of the page waits for anybody: everything is clicked while the catalogue takes its
time over every answer.
"""

import gc
import html
import re
import time

import pytest

from civitai_manager_libs.cli.environment import Environment
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.faces.assembly import build_face
from civitai_manager_libs.ui import page
from civitai_manager_libs.ui.download_desk import DownloadDesk
from tests.support.command import eventually
from tests.support.desk import Visitor, settle_all
from tests.support.page import link

LATE_SECONDS = 10.0  # what waits for an answer takes as long
BUSY_SECONDS = 0.2
_PIECE = re.compile(r'<(?:button|input|select|summary)\b[^>]*\bdata-cs-action="[^"]+"[^>]*>')
_WORDS = re.compile(r'\b(data-cs-action|data-cs-id|data-cs-value|value)="([^"]*)"')


class Recorder(DownloadDesk):
    """A desk that notes how long each handler took: seconds by the clock and of its thread."""

    made = None

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.took = {}
        Recorder.made = self

    def poll(self, message):
        return self._timed('poll', super().poll, message)

    def command(self, message):
        return self._timed(
            re.search(r'"do": "([^"]*)"', message).group(1), super().command, message
        )

    def _timed(self, name, handle, message):
        begun, busy = time.monotonic(), time.thread_time()
        try:
            return handle(message)
        finally:
            spent = time.monotonic() - begun, time.thread_time() - busy
            self.took[name] = max(spent, self.took.get(name, (0, 0)))


@pytest.fixture
def recorder(demo, fresh_settings, tmp_path, monkeypatch):
    """The desk of the whole page, over a program of its own."""
    settle_all()
    monkeypatch.setattr(page, 'DownloadDesk', Recorder)
    config = tmp_path / 'settings.json'
    config.write_text('{"minimum_free_space_mb": 0}', encoding='utf-8')
    given = {'civitai_base_url': demo.base_url, 'request_delay': '0'}
    environment = Environment(tmp_path / 'data', config, 'en', overrides=given)
    app = environment.open_app()
    build_face(app, local=False, language='en')
    app.engine.start()
    yield Recorder.made
    demo.faults.clear()
    app.engine.stop(State.QUEUED)
    environment.close()


class Clicker(Visitor):
    """A browser that can find all there is to click on the tab it looks at."""

    def look(self, tab, *wanted):
        """Open a tab and wait until these actions are offered there."""
        self.click('tab', value=tab)

        def there():
            self.poll()
            return set(wanted) <= {action for action, _, _ in self.offered()}

        eventually(there)

    def offered(self):
        """Action, id and value of everything that is shown."""
        shown = [
            *self.has.get('parts', {}).values(),
            *self.has.get('queue', {}).values(),
            *self.has.get('choices', {}).values(),
        ]
        found = {}
        for piece in _PIECE.findall(html.unescape('\n'.join(shown)).replace('\\"', '"')):
            words = dict(_WORDS.findall(piece))
            action, item = words['data-cs-action'], words.get('data-cs-id', '')
            value = words.get('data-cs-value', words.get('value', 'on'))
            found.setdefault((action, value), (action, item, value))
        return list(found.values())

    def press(self, action, item, value):
        """Click, whatever the answer: many clicks of a test make no sense to a person."""
        try:
            self.click(action, item, value, value)
        except Exception as refused:
            return refused
        return None


@pytest.fixture
def settled_heap():
    """What thousands of other tests have left is not looked through in the middle of a handler."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def test_no_handler_waits_or_thinks_for_long(recorder, demo, settled_heap):
    browser = Clicker(recorder, 'a')
    browser.look('downloads', 'limit')
    browser.click('look', text=link('plain'))
    browser.look('downloads', 'drop')
    browser.click('gallery:open', text=link('plain'))
    browser.look('gallery', 'gallery:download-page')
    browser.look('shortcuts')
    browser.look('browse', 'browse:open')
    first = next(item for action, item, _ in browser.offered() if action == 'browse:open')
    browser.click('browse:open', first)
    browser.look('browse', 'browse:model-close')
    pages = ('browse', 'shortcuts', 'gallery', 'downloads', 'monitor', 'settings')
    demo.faults.add('delay', seconds=LATE_SECONDS)
    recorder.took.clear()
    browser.click('look', text='\n'.join(map(link, ('login_only', 'many_files'))))
    browser.click('add', text=link('plain'))
    done = set()
    for tab in pages:
        browser.click('tab', value=tab)
        browser.poll()
        for action, item, value in browser.offered():
            if action.partition(':')[0] not in pages and tab != 'downloads':
                continue
            browser.press(action, item, value)
            done.add(action)
    assert len(done) > 50, sorted(done)
    waited = {name: spent for name, spent in recorder.took.items() if spent[0] > LATE_SECONDS}
    assert waited == {}
    busy = {name: spent for name, spent in recorder.took.items() if spent[1] > BUSY_SECONDS}
    assert busy == {}
