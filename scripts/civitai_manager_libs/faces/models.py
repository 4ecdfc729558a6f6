"""The tabs of models, Browse and Shortcuts, and what shows a model that is opened in them."""

from __future__ import annotations

from collections.abc import Callable

from .. import setting
from ..app import App
from ..library.opening import OpenedModel
from ..pictures import Pictures
from ..ui import browse_desk, present_shortcut_side
from ..ui.browse_desk import browse_tab
from ..ui.browse_doors import BrowseDoors
from ..ui.download_desk import Surroundings
from ..ui.jobs import Jobs
from ..ui.model_detail import ModelDetail
from ..ui.model_doors import Beside, ModelDoors
from ..ui.save_offers import SaveOffers
from ..ui.shortcut_desk import shortcuts_tab
from ..ui.shortcut_drops import ShortcutFiles
from ..ui.shortcut_view import Looks
from ..ui.tabs import PageTab

_DETAIL_THREADS = 4


def model_tabs(
    app: App,
    pictures: Pictures,
    around: Surroundings,
    files: ShortcutFiles,
    waits: Callable[[], bool],
) -> tuple[PageTab, PageTab]:
    """Browse and Shortcuts; ``files`` come and go by our routes, Browse ``waits`` for the answers
    of the first run.
    """
    adult = _adult(app)
    jobs = Jobs('model', _DETAIL_THREADS)

    def detail(prefix: str, doors: ModelDoors, back: str) -> Callable[[], ModelDetail]:
        return lambda: ModelDetail(prefix, doors, jobs.put, Beside(back))

    def doors(
        opened: Callable[[str], OpenedModel], fresh: Callable[[int], OpenedModel]
    ) -> ModelDoors:
        return ModelDoors(
            open=opened,
            fresh=fresh,
            shortcuts=app.shortcuts,
            engine=app.engine,
            on_disk=app.on_disk,
            pictures=pictures,
            rules=around.rules,
            save_places=around.save_places,
            hide=app.catalogue.hide,
            adult=adult,
            has_key=lambda: bool(setting.current().civitai_api_key),
            local=around.local,
            host=around.host,
        )

    browsed = doors(app.catalogue.open, lambda number: app.catalogue.open(number, fresh=True))
    kept = doors(
        lambda pasted: app.shortcuts.open(int(pasted)),
        lambda number: app.shortcuts.open(number, fresh=True),
    )
    browse = BrowseDoors(
        app.catalogue,
        app.shortcuts,
        app.engine,
        app.on_disk,
        pictures,
        detail(browse_desk.NAME, browsed, 'browse.back'),
        waits,
    )
    shortcuts = shortcuts_tab(
        app.shortcuts,
        app.engine,
        app.on_disk,
        detail(present_shortcut_side.NAME, kept, 'shortcuts.back'),
        files,
        Looks(pictures, adult, around.local),
    )
    return browse_tab(browse), shortcuts


def save_offers(app: App) -> SaveOffers:
    """What offers to save what was downloaded."""
    offers = SaveOffers(app.shortcuts)
    app.engine.subscribe(offers.hear)
    return offers


def _adult(app: App) -> Callable[[], str]:
    return lambda: app.catalogue.filters().adult
