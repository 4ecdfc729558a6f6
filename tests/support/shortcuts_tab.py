"""The Shortcuts tab over a real database: saved models that a test puts there, threads that run at
once or when told.
"""

import json
from types import SimpleNamespace

import pytest

from civitai_manager_libs.domain.shortcut import Shortcut
from civitai_manager_libs.domain.task import State
from civitai_manager_libs.store.shortcuts import ShortcutStore
from civitai_manager_libs.transfers.plan import Ordered
from civitai_manager_libs.ui import shortcut_session
from civitai_manager_libs.ui.browsers import OpenPage
from civitai_manager_libs.ui.shortcut_desk import ShortcutDesk, Threads
from civitai_manager_libs.ui.shortcut_drops import ShortcutFiles
from civitai_manager_libs.ui.shortcut_view import Looks
from .rows import task


def shortcut(number, name='', **more):
    """A saved model with a cover that anybody may see; a later number was added later."""
    usual = {
        'type': 'LORA',
        'creator': 'kiln',
        'base_models': ('SDXL 1.0',),
        'cover': f'https://image.civitai.com/x/{number}/{number}.jpeg',
        'cover_level': 1,
        'added': 1_000.0 + number,
        'fetched': 1_790_000_000.0,
    }
    return Shortcut(number, name or f'Model {number}', **{**usual, **more})


class Detail:
    """What shows an opened model: only notes what it is told."""

    def __init__(self):
        self.busy = False
        self.told = []

    @property
    def opened(self):
        return bool(self.told) and self.told[-1][0] == 'open'

    def open(self, pasted):
        self.told.append(('open', pasted))

    def close(self):
        self.told.append(('close',))

    def parts(self):
        return {'shortcuts-model': 'opened' if self.opened else ''}

    def do(self, page, action, item, value, text):
        self.told.append((action, item, value, text))


class Bench:
    """The desk, the door behind it, and what a test turns."""

    def __init__(self, saved_models, folder):
        self.models = saved_models
        self.door = saved_models.door
        self.store = ShortcutStore(saved_models.database)
        self.adult = 'hide'
        self.at_once = True
        self.waiting = []
        self.ordered = []
        self.refusals = {}
        self.here = set()
        self.details = []
        self.disk = SimpleNamespace(
            stamp=lambda: len(saved_models.installed), model_ids=saved_models.model_ids
        )
        self.files = ShortcutFiles(folder / 'files')
        self.desk = ShortcutDesk(
            self.door,
            self,
            self.disk,
            self._detail,
            self.files,
            Looks(self, lambda: self.adult, local=lambda: True),
            Threads(self._start, self._start, self._start),
        )

    def _detail(self):
        self.details.append(Detail())
        return self.details[-1]

    def _start(self, job):
        if self.at_once:
            job()
        else:
            self.waiting.append(job)

    def run(self):
        """Let everything that waits come to its end."""
        while self.waiting:
            self.waiting.pop(0)()

    def order_many(self, targets):
        self.ordered += [(one.model_id, one.version_id) for one in targets]
        return [self._ordered(one) for one in targets]

    def _ordered(self, target):
        tasks = (task(State.DONE),) if target.model_id in self.here else ()
        return Ordered(target, tasks, self.refusals.get(target.model_id))

    def still(self, picture, width):
        return f'/pictures/{picture.url.rsplit("/", 1)[-1]}?width={width}'

    def save(self, *shortcuts, words=None):
        """Put saved models there, as another process does."""
        self.store.add(list(shortcuts), words or {})

    def visitor(self):
        return Visitor(self)


class Visitor:
    """One page at the desk."""

    def __init__(self, bench):
        self.bench = bench
        self.page = OpenPage(None, 'downloads')
        self.page.tab = 'shortcuts'

    def click(self, action, item='', value='', text=''):
        return self.bench.desk.do(self.page, action, str(item), value, text)

    def submit(self, form, **fields):
        return self.click('submit', form, json.dumps(fields))

    def parts(self):
        return self.bench.desk.parts(self.page)

    def part(self, name):
        return self.parts()[f'shortcuts-{name}']

    @property
    def state(self):
        return json.loads(self.part('state'))

    @property
    def marks(self):
        return json.loads(self.part('marks'))

    @property
    def shown(self):
        """The models whose cards the script shows, in order."""
        parts = self.parts()
        state = json.loads(parts['shortcuts-state'])
        found = []
        for number in range(state['pages']):
            html = json.loads(parts[f'shortcuts-cards-{number}'])['html']
            found += [int(one.split('"')[0]) for one in html.split('data-cs-card="')[1:]]
        return [one for one in found if one not in state['gone']]

    @property
    def cards(self):
        """The notices said to this page."""
        self.parts()
        return [card.html for card in self.page.said()]

    @property
    def undo(self):
        """The item of the latest button that undoes something."""
        return self.cards[-1].split('data-cs-id="')[1].split('"')[0]


@pytest.fixture
def shortcut_bench(saved_models, tmp_path, english, monkeypatch):
    monkeypatch.setattr(shortcut_session, '_REST', 0.0)  # however long this machine takes
    return Bench(saved_models, tmp_path)
