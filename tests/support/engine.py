"""The download engine in this process, over a demo catalogue and a database of the test."""

from dataclasses import replace
from pathlib import Path

import pytest

from civitai_manager_libs.civitai import CivitaiAPI
from civitai_manager_libs.domain.placement import PlacementRules
from civitai_manager_libs.domain.targets import parse_target
from civitai_manager_libs.domain.task import NewDownload, Order, State
from civitai_manager_libs.downloader import DownloadEngine
from civitai_manager_libs.errors import FileBusy
from civitai_manager_libs.http_client import OptimizedHTTPClient
from civitai_manager_libs.library.elsewhere import Elsewhere
from civitai_manager_libs.library.folders import model_folders
from civitai_manager_libs.moving.part import PartFile, part_path
from civitai_manager_libs.store.database import Database
from civitai_manager_libs.store.downloads import DownloadStore
from civitai_manager_libs.store.hashed import HashedFiles

from .command import eventually


def new_download(number=1, **changes):
    """A made-up order of file ``number``; ``changes`` are fields of :class:`NewDownload`."""
    made = NewDownload(
        key=f'file:{number}',
        target=str(number),
        request=f'/api/download/models/{number}',
        folder=str(Path('/models')),
        file_name=f'{number}.safetensors',
        spare_name=f'{number}-spare.safetensors',
    )
    return replace(made, **changes)


def place_of(task):
    """The final path that ``task`` was ordered for."""
    return Path(task.order.folder) / task.order.file_name


class Bench:
    """An engine with all that it is made of; ``rules`` may be replaced."""

    def __init__(self, home):
        self.downloads = home / 'downloads'
        self.rules = PlacementRules('own', str(self.downloads), str(self.downloads))
        self.client = OptimizedHTTPClient()
        self.api = CivitaiAPI(self.client)
        self.database = Database(home / 'queue.db')
        self.store = DownloadStore(self.database)
        self.elsewhere = Elsewhere(HashedFiles(self.database), lambda: model_folders(self.rules))
        self.engine = DownloadEngine(
            self.store, self.client, self.api, lambda: self.rules, self.elsewhere
        )

    def order(self, text, **order):
        """Queue what ``text`` names; ``order`` are fields of :class:`Order`."""
        return self.engine.order(parse_target(text), Order(**order))

    def fetch(self, text, **order):
        """Queue what ``text`` names, run it to its end and give the tasks."""
        ids = [task.id for task in self.order(text, **order)]
        self.engine.start(ids)
        return self.engine.wait(ids)

    def reached(self, task, state, received=0):
        """Wait until ``task`` is in ``state`` with at least so many bytes; gives it."""

        def there():
            now = self.store.get(task.id)
            ready = now.state is State(state) and now.received >= received
            return now if ready else None

        return eventually(there, f'{state} with {received} bytes')

    def part_size(self, task):
        """Bytes that the part of ``task`` takes on the disk."""
        return part_path(place_of(task)).stat().st_blocks * 512

    def released(self, task):
        """Whether nobody has the part of ``task`` open any more."""
        if not part_path(place_of(task)).exists():
            return True
        try:
            PartFile(place_of(task), '').close()
        except FileBusy:
            return False
        return True

    def close(self):
        """End the work and let go of everything."""
        self.engine.stop()
        self.database.close()
        self.client.close()


@pytest.fixture
def bench(home, fresh_settings):
    """An engine over the demo catalogue, not started yet."""
    made = Bench(home)
    yield made
    made.close()


@pytest.fixture
def benches(home, fresh_settings):
    """Makes any number of engines over one database, as several processes would have, under
    the settings given.
    """
    made = []

    def make(**settings):
        fresh_settings(**settings)
        made.append(Bench(home))
        return made[-1]

    yield make
    for one in made:
        one.close()
