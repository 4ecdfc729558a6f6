"""Builds everything once and wires it: settings, store, client, services, doors."""

from __future__ import annotations

from dataclasses import dataclass

from . import setting
from .civitai import CivitaiAPI
from .domain.placement import PlacementRules
from .downloader import DownloadEngine
from .host.base import Places
from .http_client import CivitaiHttpClient, get_http_client
from .setting_source import Source
from .store.database import Database
from .store.downloads import DownloadStore


@dataclass(frozen=True)
class App:
    """The parts of the running program that commands and pages work with."""

    places: Places
    settings: Source
    client: CivitaiHttpClient
    api: CivitaiAPI
    database: Database
    engine: DownloadEngine

    def close(self) -> None:
        """Let go of the database and the connections; the engine must have been stopped."""
        self.database.close()
        self.client.close()


def build(places: Places, settings: Source) -> App:
    """The program at ``places`` under the settings in force. Opens (and if needed upgrades) the
    database.
    """
    client = get_http_client()
    api = CivitaiAPI(client)
    database = Database(places.database)
    engine = DownloadEngine(
        DownloadStore(database),
        client,
        api,
        lambda: placement_rules(places),
        settings.fresh,
    )
    return App(places, settings, client, api, database, engine)


def placement_rules(places: Places) -> PlacementRules:
    """Where files go under the settings in force."""
    settings = setting.current()
    downloads = places.resolve(settings.download_path)
    root = places.resolve(settings.models_path) if settings.models_path else downloads
    return PlacementRules(
        layout=settings.folder_layout,
        root=str(root),
        download_root=str(downloads),
        own_folders=settings.own_folders,
        subfolder_template=settings.subfolder_template,
        filename_template=settings.filename_template,
    )
