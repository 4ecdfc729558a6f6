"""Builds everything once and wires it: settings, store, client, services, doors."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from . import health, setting
from .catalogue import Catalogue
from .civitai import CivitaiAPI
from .domain.choice import Preference
from .domain.placement import PlacementRules
from .downloader import DownloadEngine
from .errors import ShortcutError
from .health import HealthSources
from .host.base import Host, Places
from .http_client import CivitaiHttpClient, get_http_client
from .image_downloader import ImageDownloader
from .images.known import KnownPictures
from .images.workers import PictureWorkers
from .ishortcut import Shortcuts
from .library.elsewhere import Elsewhere
from .library.folders import model_folders
from .library.host_lists import HostLists
from .library.installed import Installed
from .library.on_disk import OnDisk
from .library.opening import ModelOpener
from .library.parts import unfinished
from .library.programs import other_folders
from .library.verify import Verifier
from .logs import open_logs
from .monitoring import HttpMonitor, get_http_monitor
from .setting_source import Source
from .store.browsing import BrowsingStore
from .store.database import Database
from .store.downloads import DownloadStore
from .store.hashed import HashedFiles
from .store.hosts import HostStore
from .store.listings import ListingStore
from .store.pictures import PictureStore
from .store.records import RecordStore
from .store.recovery import open_database
from .store.traffic import TrafficStore
from .store.slots import Slots
from .transfers.owner import is_alive

_log = logging.getLogger('civitai_shortcut')


@dataclass(frozen=True)
class App:
    """The parts of the running program that commands and pages work with."""

    host: Host
    settings: Source
    client: CivitaiHttpClient
    api: CivitaiAPI
    database: Database
    engine: DownloadEngine
    images: ImageDownloader
    verifier: Verifier
    installed: Installed
    on_disk: OnDisk
    records: RecordStore
    opener: ModelOpener
    shortcuts: Shortcuts
    catalogue: Catalogue
    monitor: HttpMonitor
    end_logs: Callable[[], None]

    @property
    def places(self) -> Places:
        """Where our things lie."""
        return self.host.places

    def rules(self) -> PlacementRules:
        """Where files go under the settings in force."""
        return placement_rules(self.host)

    def close(self) -> None:
        """Let go of the database, the connections and the log files; the engine must have been
        stopped.
        """
        health.watch(None)
        self.client.stand_alone()
        self.shortcuts.close()
        self.on_disk.close()
        self.monitor.close()
        self.database.close()
        self.client.close()
        self.end_logs()


def build(host: Host, settings: Source) -> App:
    """The program in ``host`` under the settings in force. Opens the log files and (if needed
    upgrading or replacing it) the database.
    """
    setting.use_places(host.places)
    end_logs = open_logs(host.places.logs)
    try:
        return _built(host, settings, end_logs)
    except BaseException as error:
        _log.error('not started: %s', type(error).__name__, exc_info=error)
        end_logs()
        raise


def _built(host: Host, settings: Source, end_logs: Callable[[], None]) -> App:
    places = host.places
    client = get_http_client()
    api = CivitaiAPI(client)

    def rules() -> PlacementRules:
        return placement_rules(host)

    def folders() -> list[Path]:
        return model_folders(rules())

    database = open_database(places.database, lambda others: unfinished(folders(), others))
    client.share_with(HostStore(database), Slots(places.data / 'locks'), places.cache / 'answers')
    health.watch(health_sources(host, database))
    monitor = get_http_monitor()
    monitor.keep_in(TrafficStore(database))
    engine = DownloadEngine(
        DownloadStore(database),
        client,
        api,
        rules,
        Elsewhere(HashedFiles(database), folders),
        settings.fresh,
        PictureWorkers(client, KnownPictures(PictureStore(database))),
    )
    if host.root is not None:
        engine.subscribe(HostLists(host).hear)
    images = ImageDownloader(
        api,
        engine,
        lambda: places.resolve(setting.current().images_output_path),
        lambda: setting.current().images_path_template,
    )
    verifier = Verifier(database)
    installed = Installed(database, rules)
    on_disk = OnDisk(database, rules)
    records = RecordStore(database)
    opener = ModelOpener(api, records)
    shortcuts = Shortcuts(opener, client, database, on_disk, places.data / 'shortcuts')
    catalogue = Catalogue(
        api, opener, ListingStore(database), BrowsingStore(database), shortcuts.saved, on_disk
    )
    return App(
        host,
        settings,
        client,
        api,
        database,
        engine,
        images,
        verifier,
        installed,
        on_disk,
        records,
        opener,
        shortcuts,
        catalogue,
        monitor,
        end_logs,
    )


def health_sources(host: Host, database: Database | ShortcutError) -> HealthSources:
    """What :func:`.health_check` looks at in a program in ``host``, whose database may be out of
    reach.
    """

    def folder() -> Path:
        return Path(placement_rules(host).root)

    return HealthSources(get_http_client(), database, folder, host.places.cache, is_alive)


def placement_rules(host: Host) -> PlacementRules:
    """Where files go under the settings in force: in a host, where it looks for them, unless the
    settings name another layout.
    """
    settings, places = setting.current(), host.places
    downloads = places.resolve(settings.download_path)
    named = places.resolve(settings.models_path) if settings.models_path else None
    layout, root = settings.folder_layout, named or downloads
    found: Mapping[str, tuple[Path, ...]] = {}
    if layout == 'auto':
        layout = 'own' if host.root is None else 'a1111'
        if host.root is not None:
            root, found = host.root, host.folders()
    elif layout == 'a1111' and named is not None:
        found = other_folders(named)
    return PlacementRules(
        layout=layout,
        root=str(root),
        download_root=str(downloads),
        own_folders=settings.own_folders,
        host_folders={kind: str(each[0]) for kind, each in found.items() if each},
        added_folders={
            kind: tuple(map(str, each[1:])) for kind, each in found.items() if len(each) > 1
        },
        subfolder_template=settings.subfolder_template,
        filename_template=settings.filename_template,
        preference=Preference(
            formats=tuple(settings.format_preference),
            size=settings.size_preference,
            precisions=tuple(settings.fp_preference),
        ),
    )
