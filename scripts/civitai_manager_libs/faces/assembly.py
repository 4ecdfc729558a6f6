"""Puts together what both faces show: our routes, the tabs, and where each has what it shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from .. import setting
from ..app import App
from ..civitai_gallery_action import Gallery
from ..diagnosis import diagnose
from ..entries import task_entry
from ..errors import ShortcutError
from ..images.reading import read_generation
from ..images.resources import ResourceFinder
from ..memory import guard
from ..pictures import Pictures
from ..store.downloads import DownloadStore
from ..support_bundle import bundle
from ..ui import page
from ..ui.download_desk import Surroundings
from ..ui.drops import Drops
from ..ui.gallery_desk import gallery_tab
from ..ui.jobs import Jobs
from ..ui.monitor_desk import monitor_tab
from ..ui.monitor_watch import MemoryState, Sources
from ..ui.page import Page
from ..ui.picture_around import PictureSurroundings
from ..ui.picture_detail import PictureDetail
from ..ui.save_offers import NAME as OFFER
from ..ui.shortcut_drops import ShortcutFiles
from ..ui.settings_desk import settings_tab
from ..ui.tabs import PageTab
from ..webapi import add_routes
from .models import model_tabs, save_offers

_REPORTED = 200
_DETAIL_THREADS = 4


@dataclass(frozen=True)
class Examples:
    """Addresses and what they show, offered where somebody may paste one."""

    models: Sequence[tuple[str, str]] = ()
    galleries: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Face:
    """What a server shows: the page, and what answers our routes beside it."""

    page: Page
    app: App
    pictures: Pictures
    drops: Drops
    files: ShortcutFiles

    def add_routes(self, web: FastAPI, checks: Sequence[Any]) -> None:
        """Put our routes into ``web``; ``checks`` refuse whom the page's login does not know."""
        report = lambda: _bug_report(self.app)  # noqa: E731
        add_routes(web, self.pictures, report, checks, self.drops.take, self.files)


def build_face(
    app: App, *, local: bool, examples: Examples = Examples(), demo: bool = False
) -> Face:
    """Everything a person sees of ``app``; ``local`` when only this machine reaches it, ``demo``
    when it talks to a catalogue of its own.
    """
    app.on_disk.look_aside()
    pictures = Pictures(app.client, app.places.cache / 'pictures', app.shortcuts.pictures.kept)
    around = Surroundings(
        rules=app.rules,
        picture=pictures.address,
        fresh=app.settings.fresh,
        config_file=app.places.config_file,
        suggestions=examples.models,
        local=local,
    )
    drops = Drops(read_generation)
    settings = settings_tab(app.settings, app.places.config_file, demo=demo)
    gallery = _gallery(app, pictures, drops, around, examples.galleries)
    files = ShortcutFiles(app.places.cache / 'shortcuts')
    models = model_tabs(app, pictures, around, files)
    tabs = (*models, gallery, monitor_tab(_measured(app)), settings)
    own = app.host.root is None
    built = page.build(app.engine, around, tabs, {OFFER: save_offers(app)}, own=own)
    return Face(built, app, pictures, drops, files)


def _gallery(
    app: App,
    pictures: Pictures,
    drops: Drops,
    around: Surroundings,
    examples: Sequence[tuple[str, str]],
) -> PageTab:
    """The Gallery tab; pictures that are dropped on the page come to ``drops``."""
    rules = around.rules
    finder = ResourceFinder(app.api, app.installed.find, lambda: rules().preference)
    gallery = Gallery(app.api, app.client, app.engine, app.images, finder, app.places)
    beside = PictureSurroundings(pictures, drops)
    jobs = Jobs('picture', _DETAIL_THREADS)

    def detail() -> PictureDetail:
        return PictureDetail(gallery, jobs.put, beside)

    return gallery_tab(gallery, app.images, detail, pictures, around, examples)


def _bug_report(app: App) -> bytes:
    """The archive for a bug report; without the queue when it is the database that is broken."""
    try:
        tasks = DownloadStore(app.database).all()[-_REPORTED:]
        queue = [task_entry(task) for task in tasks]
    except ShortcutError:
        queue = None
    return bundle(app.places, app.monitor.get_performance_report(), queue)


def _measured(app: App) -> Sources:
    """Where the Monitor tab has its numbers from."""
    client = app.client

    def memory() -> MemoryState:
        bounded = setting.current().http_memory_monitor_enabled
        return MemoryState(guard.used, guard.limit if bounded else None, guard.tight)

    def clear_cache() -> None:
        if client.cache is not None:
            client.cache.clear()

    return Sources(
        report=app.monitor.report,
        clear=app.monitor.clear,
        host_states=client.pace.states,
        cache_bytes=lambda: client.cache.size if client.cache is not None else None,
        clear_cache=clear_cache,
        memory=memory,
        diagnose=lambda: diagnose(client, setting.current().civitai_base_url),
    )
