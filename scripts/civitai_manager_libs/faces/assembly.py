"""Puts together what both faces show: our routes, the tabs, and where each has what it shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import FastAPI

from .. import setting
from ..app import App
from ..civitai_gallery_action import Gallery
from ..diagnosis import diagnose
from ..entries import task_entry
from ..errors import ShortcutError
from ..host.base import Host
from ..images.reading import read_generation
from ..images.resources import ResourceFinder
from ..library.save_places import SavePlaces
from ..memory import guard
from ..page_routes import Poll
from ..pictures import Pictures
from ..store.browsing import BrowsingStore
from ..store.downloads import DownloadStore
from ..support_bundle import bundle
from ..ui import page
from ..ui.download_desk import Surroundings
from ..ui.drops import Drops
from ..ui.gallery_desk import gallery_tab
from ..ui.host_desk import NAME as HOST
from ..ui.host_desk import host_offers
from ..ui.jobs import Jobs
from ..ui.key_keeper import KeyKeeper, owner_of
from ..ui.monitor_desk import monitor_tab
from ..ui.monitor_watch import MemoryState, Sources
from ..ui.nearness import is_near
from ..ui.page import Page
from ..ui.picture_around import PictureSurroundings
from ..ui.picture_detail import PictureDetail
from ..ui.save_offers import NAME as OFFER
from ..ui.send_wires import Bind, Sends
from ..ui.shortcut_drops import ShortcutFiles
from ..ui.settings_desk import settings_tab
from ..ui.start_desk import NAME as START
from ..ui.tabs import PageTab, TabDesk
from ..webapi import add_routes
from .hosted import host_desk, original_of, sends_of
from .models import model_tabs, save_offers
from .start import start_desk

_REPORTED = 200
_DETAIL_THREADS = 4
Links = Callable[[], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Examples:
    """Addresses and what they show in the language in force, offered where somebody may paste
    one.
    """

    models: Links = tuple
    galleries: Links = tuple


@dataclass(frozen=True)
class Face:
    """What a server shows: the page, and what answers our routes beside it."""

    page: Page
    app: App
    poll: Poll
    pictures: Pictures
    drops: Drops
    files: ShortcutFiles
    make: Callable[[], Page]
    language: Callable[[], str | None]

    def again(self) -> Face:
        """The same with a new page, for a host that builds all its pages anew."""
        return replace(self, page=self.make())

    def add_routes(self, web: FastAPI, checks: Sequence[Any]) -> None:
        """Put our routes into ``web``; ``checks`` refuse whom the page's login does not know."""
        report = lambda: _bug_report(self.app)  # noqa: E731
        add_routes(
            web,
            self.pictures,
            report,
            checks,
            inspect=self.drops.take,
            shortcut_files=self.files,
            language=self.language,
            poll=self.poll,
        )


def build_face(
    app: App,
    *,
    local: bool,
    examples: Examples = Examples(),
    demo: bool = False,
    language: str | None = None,
    bind: Bind | None = None,
) -> Face:
    """Everything a person sees of ``app``; ``local`` when only this machine reaches it, ``demo``
    when it talks to a catalogue of its own. ``language`` is what was asked for at the start; it
    holds until somebody sets another one. ``bind`` has the host's tabs take what is sent there.
    """
    app.on_disk.look_aside()
    pictures = Pictures(app.client, app.places.cache / 'pictures', app.shortcuts.pictures.kept)
    around = Surroundings(
        rules=app.rules,
        save_places=SavePlaces(app.rules, BrowsingStore(app.database)),
        picture=pictures.address,
        fresh=app.settings.fresh,
        config_file=app.places.config_file,
        suggestions=examples.models,
        local=lambda: local and is_near(),
        language=_language_of(app.host, language),
        host=lambda: host_offers(app.host),
    )
    sends = sends_of(app, bind)
    drops = Drops(read_generation)
    keeper = KeyKeeper(app.settings, app.places.config_file, owner_of)
    settings = settings_tab(app.settings, app.places.config_file, keeper, demo=demo)
    start = start_desk(app, keeper, examples.models)
    beside = _beside(app, pictures, drops, sends)
    gallery = _gallery(app, beside, around, examples.galleries)
    files = ShortcutFiles(app.places.cache / 'shortcuts')
    models = model_tabs(app, pictures, around, files, lambda: start.waits)
    tabs = (*models, gallery, monitor_tab(_measured(app)), settings)
    own = app.host.root is None
    others: dict[str, TabDesk] = {START: start, OFFER: save_offers(app), HOST: host_desk(app)}

    desk = page.serving(app.engine, around, tabs, others, own)

    def make() -> Page:
        return page.build(desk, own=own, sends=sends)

    return Face(make(), app, desk.poll, pictures, drops, files, make, around.language)


def _language_of(host: Host, asked: str | None) -> Callable[[], str | None]:
    """The language of all browsers: the one ``asked`` for or set, whichever was last, else the
    host's; None when each browser says its own.
    """
    begun = setting.current().language

    def language() -> str | None:
        chosen = setting.current().language
        if asked and chosen == begun:
            return asked
        return chosen if chosen != 'auto' else host.language()

    return language


def _gallery(
    app: App,
    beside: PictureSurroundings,
    around: Surroundings,
    examples: Links,
) -> PageTab:
    """The Gallery tab, with what a single picture needs ``beside`` it."""
    rules = around.rules
    finder = ResourceFinder(app.api, app.installed.find, lambda: rules().preference)
    gallery = Gallery(app.api, app.client, app.engine, app.images, finder, app.places)
    jobs = Jobs('picture', _DETAIL_THREADS)

    def detail() -> PictureDetail:
        return PictureDetail(gallery, jobs.put, beside)

    return gallery_tab(gallery, app.images, detail, beside.pictures, around, examples)


def _beside(app: App, pictures: Pictures, drops: Drops, sends: Sends | None) -> PictureSurroundings:
    """What a single picture needs; those that are dropped on the page come to ``drops``."""
    if sends is None:
        return PictureSurroundings(pictures, drops)
    return PictureSurroundings(
        pictures,
        drops,
        sends=tuple(sends.tabs),
        outbox=sends.outbox,
        original=original_of(app),
    )


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
