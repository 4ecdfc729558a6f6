"""The door to saved models over a real database and the demo catalogue."""

from collections import Counter

import pytest

from civitai_manager_libs.civitai import CivitaiAPI
from civitai_manager_libs.http_client import CivitaiHttpClient
from civitai_manager_libs.ishortcut import Shortcuts
from civitai_manager_libs.library.opening import ModelOpener
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.records import RecordStore

from .catalogue import Clock

PATIENCE = 30
SITE = 'https://civitai.com/models/'


def links(ids):
    """A heap of links of models."""
    return '\n'.join(f'{SITE}{number}' for number in ids)


class SavedModels:
    """The door with what it works on; ``installed`` is the set of models that lie here."""

    def __init__(self, demo, folder):
        self.demo = demo
        self.folder = folder
        self.clock = Clock()
        self.client = CivitaiHttpClient()
        self.database = Database(folder / 'saved.db')
        self.records = RecordStore(self.database)
        self.opener = ModelOpener(CivitaiAPI(self.client), self.records, self.clock)
        self.installed = set()
        self.door = Shortcuts(
            self.opener, self.client, self.database, self, folder / 'shortcuts', self.clock
        )

    def model_ids(self):
        return frozenset(self.installed)

    def close(self):
        self.door.close()
        self.client.close()
        self.database.close()

    def add(self, *ids):
        """Save those models and wait for their pictures."""
        done = self.door.add(links(ids))
        assert [one.error for one in done] == [None] * len(ids), done
        assert self.door.pictures.wait(PATIENCE)

    def refreshed(self, ids=None):
        """How a refreshing of those models (None: all) went."""
        assert self.door.refresher.start(ids)
        assert self.door.refresher.wait(PATIENCE)
        return self.door.refresher.progress()

    def kept(self, model_id):
        """How many pictures of a saved model's record are kept."""
        versions = self.records.get(model_id).model.model_versions
        urls = {picture.url for version in versions for picture in version.images}
        return sum(self.door.pictures.kept(url) is not None for url in urls)

    def asked(self, side='api'):
        """How often each path of that side was asked for."""
        return Counter(one.path for one in self.demo.requests.of(side))


@pytest.fixture
def saved_models(demo, fresh_settings, tmp_path):
    """A :class:`SavedModels` without any; no pictures but the covers are kept, and nothing is
    tried again.
    """
    fresh_settings(http_max_retries=0, shortcut_pictures=0)
    made = SavedModels(demo, tmp_path)
    yield made
    made.close()
