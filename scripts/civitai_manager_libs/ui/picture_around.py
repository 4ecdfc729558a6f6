"""What the picture that a page shows needs of the rest of the program."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ..domain.gallery import GalleryPicture
from ..domain.generation import GenerationData
from ..domain.models import Picture
from ..domain.task import Task
from ..images.resources import ResourceList, ResourceRow
from .drops import Drops
from .jobs import Jobs
from .monitor_watch import Start
from .outbox import Outbox


class Pictures(Protocol):
    """Where a browser gets pictures from; see :class:`.pictures.Pictures`."""

    def still(self, picture: Picture, width: int) -> str | None: ...

    def video(self, url: str) -> str: ...

    def local(self, path: Path, width: int | None = None) -> str: ...

    def failed(self, url: str, width: int = 0) -> bool: ...

    def forget(self, url: str) -> None: ...


class Maker(Protocol):
    """What is asked about pictures; see :class:`.civitai_gallery_action.Gallery`. All but
    ``infotext`` takes a while; everything raises errors of our tree.
    """

    def generation(self, picture: GalleryPicture) -> GenerationData: ...

    def resources(self, data: GenerationData, version_ids: Sequence[int] = ()) -> ResourceList: ...

    def fetch_missing(self, rows: Sequence[ResourceRow]) -> list[Task]: ...

    def infotext(self, data: GenerationData) -> str: ...

    def generate(self, data: GenerationData) -> list[Path]: ...


@dataclass(frozen=True)
class PictureSurroundings:
    """What a picture needs besides the gallery: where browsers get pictures, what was dropped,
    threads for what takes minutes, and the tabs of a host that it can be sent to, with what is on
    its way there. ``original`` gives the picture itself as a file, None for a video; it takes a
    while and raises errors of our tree.
    """

    pictures: Pictures
    drops: Drops
    generating: Start = field(default_factory=lambda: Jobs('generating', 1).put)
    sends: tuple[str, ...] = ()
    outbox: Outbox = field(default_factory=Outbox)
    original: Callable[[GalleryPicture], Path | None] = lambda picture: None
