"""The Downloads tab without a browser: messages go in, what a browser would have comes out."""

import json
from types import SimpleNamespace

import pytest

from civitai_manager_libs import notify
from civitai_manager_libs.ui.download_desk import DownloadDesk, Surroundings
from civitai_manager_libs.ui.frames import Frames
from tests.support.save_places import save_places


class Visitor:
    """One browser at ``desk``; it keeps what it was sent, as the script does."""

    def __init__(self, desk, name):
        self.desk = desk
        self.name = name
        self.has = {}
        self.boot, self.known, self.clicks = '', 0, 0
        self.last = {}

    def _message(self, **more):
        return json.dumps({'page': self.name, 'boot': self.boot, 'known': self.known, **more})

    def poll(self):
        """Hear what is new; gives the number of bytes that took."""
        return self._take(self.desk.poll(json.loads(self._message())))

    def click(self, do, item='', value='', text=''):
        """Click something; gives what else the answer holds."""
        self.clicks += 1
        message = {'n': self.clicks, 'do': do, 'id': str(item), 'value': value, 'text': text}
        self._take(self.desk.command(self._message(**message)))
        return self.last

    def _take(self, given):
        encoded = json.dumps(given)
        answer = self.last = json.loads(encoded)
        assert answer['base'] in (0, self.known)
        if not answer['base']:
            self.has = {}
        for section, entries in answer['changed'].items():
            self.has.setdefault(section, {}).update(entries)
        self.boot, self.known = answer['boot'], answer['number']
        return len(encoded)

    @property
    def keys(self):
        """The downloads that are listed, by group."""
        return {group['key']: group['keys'] for group in self.has['orders']['queue']}

    @property
    def notices(self):
        """The markup of the cards that are shown."""
        (group,) = self.has['orders']['notices']
        return [self.has['notices'][key] for key in group['keys']]

    def part(self, name):
        """The markup of a part of the page."""
        return self.has['parts'][name]


def settle_all():
    """Nothing is left of what other tests have told."""
    for notice in notify.board.since(0):
        notify.board.settle(notice.cause)


@pytest.fixture
def open_desk(bench, tmp_path):
    """``open_desk(local=is_near)``: a desk over the engine of the test, as ``desk`` with a
    ``visitor(name)`` for every browser. ``tabs`` do what begins with their names, ``frames`` stand
    around them. What they wait for is given up when the test ends.
    """
    visitors = []
    settle_all()

    def make(tabs=None, frames=None, **around):
        surroundings = Surroundings(
            rules=lambda: bench.rules,
            save_places=save_places(lambda: bench.rules),
            picture=lambda url, width: f'/pictures/{width}',
            fresh=lambda: None,
            config_file=tmp_path / 'settings.json',
            **around,
        )
        desk = DownloadDesk(bench.engine, surroundings, tabs or {}, frames or Frames())

        def visitor(name='a'):
            visitors.append(Visitor(desk, name))
            return visitors[-1]

        return SimpleNamespace(desk=desk, visitor=visitor)

    yield make
    for one in visitors:
        one.click('drop-all')
