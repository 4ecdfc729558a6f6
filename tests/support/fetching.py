"""Fetching one file of the demo catalogue, or of any address, without queue or command line."""

import threading
from dataclasses import replace

import pytest

from civitai_manager_libs.demo import SPECIAL
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.moving.fetch import FetchOrder, Watcher, fetch
from civitai_manager_libs.net.redirect import FileRequest


class Fetching:
    """Fetches into ``folder``; every call is a new run over whatever the last one has left."""

    def __init__(self, demo, folder):
        self.demo = demo
        self.folder = folder
        self.final = folder / 'model.safetensors'
        self.client = CivitaiHttpClient()
        self.stop = threading.Event()
        self.seen = []
        self.watch = None
        self.published_now = None
        self.rules = self.client.move_rules

    def over(self, connections, **rules):
        """From now on over so many connections, whatever the size of the file; ``rules`` are more
        fields of :class:`MoveRules`.
        """
        given = {'connections': connections, 'parallel_from': 1, **rules}
        self.rules = lambda: replace(self.client.move_rules(), **given)

    def __call__(self, name='plain', url=None, hashed=True, final=None, **order):
        """Fetch the special file ``name`` (or ``url``), with its SHA256 promised if ``hashed``."""
        place = SPECIAL[name]
        url = url or f'{self.demo.base_url}/api/download/models/{place.version_id}'
        if hashed and 'hashes' not in order:
            order['hashes'] = tuple(self.demo.file_hashes(place.file_id).items())
        wanted = FetchOrder(final or self.final, order.pop('identity', 'a file'), **order)
        source = self.client.file_source(FileRequest(url))
        watcher = Watcher(self._progress, published_now=self.published_now)
        return fetch(wanted, source.open, lambda: self.rules(), self.stop, watcher)

    def _progress(self, progress):
        self.seen.append(progress)
        if self.watch is not None:
            self.watch(progress)

    @property
    def names(self):
        """What lies in the folder."""
        return sorted(path.name for path in self.folder.iterdir())

    @property
    def ranges(self):
        """The byte each request to the storage asked from, 0 without a range."""
        asked = [record.headers.get('range', '') for record in self.demo.requests.of('storage')]
        return [int(text[6:].split('-')[0] or 0) if text else 0 for text in asked]


@pytest.fixture
def fetching(demo, fresh_settings, tmp_path):
    """A :class:`Fetching` into an empty folder."""
    folder = tmp_path / 'files'
    folder.mkdir()
    made = Fetching(demo, folder)
    yield made
    made.client.close()
