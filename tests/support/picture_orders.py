"""An :class:`ImageDownloader` over the demo catalogue, with folders of the test."""

from pathlib import Path

import pytest

from civitai_manager_libs.civitai import CivitaiAPI
from civitai_manager_libs.fetching import receive
from civitai_manager_libs.fetching.turns import PictureTurns
from civitai_manager_libs.http_client import OptimizedHTTPClient
from civitai_manager_libs.image_downloader import ImageDownloader
from civitai_manager_libs.images import thumbnails
from civitai_manager_libs.images.known import KnownPictures
from civitai_manager_libs.images.workers import PictureWorkers
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.pictures import PictureStore


class Engine:
    """Of a :class:`DownloadEngine` what pictures need of it."""

    def __init__(self, pictures):
        self.pictures = pictures


class PictureBench:
    """Makes downloaders over one database, each as a process of its own would have."""

    def __init__(self, demo, home):
        self.demo = demo
        self.folder = home / 'pictures'
        self.client = OptimizedHTTPClient()
        self.api = CivitaiAPI(self.client)
        self.database = Database(home / 'pictures.db')
        self._workers = []

    def downloader(self, template='{model_id}/{id}', folder=None):
        """A downloader that knows what those before it have written down."""
        for workers in self._workers:
            workers.stop()
        known = KnownPictures(PictureStore(self.database))
        self._workers.append(PictureWorkers(self.client, known))
        return ImageDownloader(self.api, Engine(self._workers[-1]), folder or self.folder, template)

    def files(self, folder=None):
        """What lies in the folder of pictures and below, by its path there."""
        root = Path(folder or self.folder)
        found = (path.relative_to(root).as_posix() for path in root.rglob('*') if path.is_file())
        return sorted(found)

    @property
    def asked(self):
        """Paths of the pictures that were asked for."""
        return [record.path for record in self.demo.requests.of('storage')]

    def queries(self, path='/api/v1/images'):
        """The queries of the calls to the API."""
        return [record.query for record in self.demo.requests.of('api', path)]

    def close(self):
        """End the work and let go of everything."""
        for workers in self._workers:
            workers.stop()
        self.database.close()
        self.client.close()


@pytest.fixture
def picture_bench(demo, home, fresh_settings, monkeypatch):
    """A :class:`PictureBench` under the settings of the test; what servers did to other tests does
    not slow it down.
    """
    for module in (receive, thumbnails):
        monkeypatch.setattr(module, 'turns', PictureTurns())
    made = PictureBench(demo, home)
    yield made
    made.close()
