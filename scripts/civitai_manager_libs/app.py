"""Builds everything once and wires it: settings, store, client, services, doors."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from . import setting
from .civitai import CivitaiAPI
from .domain.choice import Preference
from .domain.placement import PlacementRules
from .downloader import DownloadEngine
from .host.base import Places
from .http_client import CivitaiHttpClient, get_http_client
from .library.elsewhere import Elsewhere
from .library.folders import model_folders
from .library.parts import unfinished
from .library.verify import Verifier
from .setting_source import Source
from .store.database import Database
from .store.downloads import DownloadStore
from .store.hashed import HashedFiles
from .store.recovery import open_database


@dataclass(frozen=True)
class App:
    """The parts of the running program that commands and pages work with."""

    places: Places
    settings: Source
    client: CivitaiHttpClient
    api: CivitaiAPI
    database: Database
    engine: DownloadEngine
    verifier: Verifier

    def close(self) -> None:
        """Let go of the database and the connections; the engine must have been stopped."""
        self.database.close()
        self.client.close()


def build(places: Places, settings: Source) -> App:
    """The program at ``places`` under the settings in force. Opens (and if needed upgrades, or
    replaces) the database.
    """
    client = get_http_client()
    api = CivitaiAPI(client)

    def folders() -> list[Path]:
        return model_folders(placement_rules(places))

    database = open_database(places.database, lambda others: unfinished(folders(), others))
    engine = DownloadEngine(
        DownloadStore(database),
        client,
        api,
        lambda: placement_rules(places),
        Elsewhere(HashedFiles(database), folders),
        settings.fresh,
    )
    return App(places, settings, client, api, database, engine, Verifier(database))


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
        preference=Preference(
            formats=tuple(settings.format_preference),
            size=settings.size_preference,
            precisions=tuple(settings.fp_preference),
        ),
    )
