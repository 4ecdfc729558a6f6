"""What both faces have of the host they may stand in: buttons for models, and ways to its tabs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..app import App
from ..domain.gallery import GalleryPicture
from ..images.sending import fetch_original
from ..ui.host_desk import HostDesk
from ..ui.jobs import Jobs
from ..ui.outbox import Outbox
from ..ui.send_wires import Bind, Sends


def host_desk(app: App) -> HostDesk:
    """What follows the buttons that have the host do something with a model."""

    def trained(model_id: int, version_id: int) -> list[str]:
        record = app.records.get(model_id)
        version = record.model.version(version_id) if record is not None else None
        return list(version.trained_words) if version is not None else []

    return HostDesk(app.host, app.engine, app.on_disk, trained, Jobs('host', 1).put)


def sends_of(app: App, bind: Bind | None) -> Sends | None:
    """The tabs of the host that pictures can be sent to; None where there are none."""
    tabs = app.host.sends() if bind is not None else ()
    return Sends(tabs, bind, Outbox()) if bind is not None and tabs else None


def original_of(app: App) -> Callable[[GalleryPicture], Path | None]:
    """What fetches a picture itself for the host."""
    folder = app.places.cache / 'sent'
    return lambda picture: fetch_original(app.client, picture, folder)
