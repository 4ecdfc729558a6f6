"""Puts the page together: our routes, the tabs, and where each has what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from fastapi import FastAPI

from .. import i18n, setting
from ..app import App, placement_rules
from ..civitai_gallery_action import Gallery
from ..diagnosis import diagnose
from ..errors import ShortcutError
from ..images.reading import read_generation
from ..images.resources import ResourceFinder
from ..memory import guard
from ..pictures import Pictures
from ..store.downloads import DownloadStore
from ..support_bundle import bundle
from ..ui import kit, page
from ..ui.download_desk import Surroundings
from ..ui.drops import Drops
from ..ui.gallery_desk import gallery_tab
from ..ui.jobs import Jobs
from ..ui.monitor_desk import monitor_tab
from ..ui.monitor_watch import MemoryState, Sources
from ..ui.picture_around import PictureSurroundings
from ..ui.picture_detail import PictureDetail
from ..ui.save_offers import NAME as OFFER
from ..ui.shortcut_drops import ShortcutFiles
from ..ui.settings_desk import settings_tab
from ..ui.tabs import PageTab
from ..webapi import add_routes
from .environment import Environment
from .output import task_entry
from .web_models import model_tabs, save_offers

if TYPE_CHECKING:
    from ..demo import DemoLink

_REPORTED = 200
_DETAIL_THREADS = 4


def web_page(
    app: App, environment: Environment, auth: tuple[str, str] | None, local: bool
) -> FastAPI:
    """The web application: our routes, and the page at the root; ``local`` when only this machine
    reaches it.
    """
    app.on_disk.look_aside()
    pictures = Pictures(app.client, app.places.cache / 'pictures', app.shortcuts.pictures.kept)
    around = Surroundings(
        rules=lambda: placement_rules(app.places),
        picture=pictures.address,
        fresh=app.settings.fresh,
        config_file=app.places.config_file,
        suggestions=_words_of(environment.demo.links if environment.demo else ()),
        local=local,
    )
    drops = Drops(read_generation)
    settings = settings_tab(app.settings, app.places.config_file, demo=environment.demo is not None)
    examples = _words_of(environment.demo.gallery_links if environment.demo else ())
    gallery = _gallery(app, pictures, drops, around, examples)
    files = ShortcutFiles(app.places.cache / 'shortcuts')
    models = model_tabs(app, pictures, around, files)
    tabs = (*models, gallery, monitor_tab(_measured(app)), settings)
    built = page.build(app.engine, around, tabs, {OFFER: save_offers(app)})
    web = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    kit.mount(web, built.blocks, auth, **built.look)
    checks = kit.login_checks(web) if auth else ()
    add_routes(web, pictures, lambda: _bug_report(app), checks, drops.take, files)
    return web


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


def _words_of(links: Iterable[DemoLink]) -> tuple[tuple[str, str], ...]:
    chinese = i18n.language() == 'zh-TW'
    return tuple((link.url, link.shows_zh if chinese else link.shows) for link in links)
