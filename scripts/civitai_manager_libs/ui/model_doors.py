"""What an opened model needs of the rest of the program and of the tab that it stands in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..domain.browse_filters import HIDE
from ..domain.models import Picture
from ..domain.placement import PlacementRules
from ..domain.shortcut import Shortcut
from ..domain.task import NewDownload, Order, Task
from ..library.opening import OpenedModel
from ..transfers.plan import Plan
from ..transfers.resolve import Found
from .present_host import HostOffers
from .save_in import Folders


class ClassOf(Protocol):
    """A class of saved models; see :class:`.store.shortcuts.ShortcutClass`."""

    @property
    def name(self) -> str: ...


class Saved(Protocol):
    """The saved models; see :class:`.ishortcut.Shortcuts`. What it raises is of our tree."""

    def revision(self) -> int: ...

    def get(self, model_id: int) -> Shortcut | None: ...

    def classes(self) -> Sequence[ClassOf]: ...

    def save(self, model_id: int, version_id: int | None = None) -> Shortcut: ...

    def note(self, model_id: int, text: str) -> object: ...

    def favourite(self, ids: Collection[int], on: bool) -> object: ...

    def cover(self, model_id: int, picture: Picture | None) -> object: ...

    def tag(self, ids: Collection[int], add: Collection[str], drop: Collection[str]) -> object: ...

    def classify(
        self, ids: Collection[int], add: Collection[str], drop: Collection[str]
    ) -> object: ...

    def remove(self, ids: Collection[int]) -> list[int]: ...

    def restore(self, ids: Collection[int]) -> list[int]: ...


class Queue(Protocol):
    """Downloads; see :class:`.downloader.DownloadEngine`."""

    def plan_version(self, found: Found, order: Order = ...) -> Plan: ...

    def existing(self, downloads: Sequence[NewDownload]) -> set[str]: ...

    def enqueue(self, plan: Plan) -> list[Task]: ...

    def tasks(self, task_ids: Sequence[int]) -> list[Task]: ...

    def free_space(self) -> int: ...


class FilesHere(Protocol):
    """What of Civitai lies on this computer; see :class:`.library.on_disk.OnDisk`."""

    def versions(self, model_ids: Iterable[int]) -> Mapping[int, frozenset[int]]: ...

    def files(self, version_id: int) -> Mapping[int, Path]: ...

    def stamp(self) -> int: ...


class Stills(Protocol):
    """Where a browser gets pictures; see :class:`.pictures.Pictures`."""

    def still(self, picture: Picture, width: int) -> str | None: ...

    def video(self, url: str) -> str: ...


@dataclass(frozen=True)
class ModelDoors:
    """``open`` finds the model that a pasted link or an id means, ``fresh`` asks Civitai anew for
    the one of that id; both take a while and raise errors of our tree. ``hide`` keeps a model,
    creator or tag (kind, name, words to show) out of Browse. ``adult`` is what is done with adult
    content now (hide, blur or show), ``rules`` say where files go and ``save_places`` where
    else they may, ``has_key`` whether an API key is there, ``local`` whether folders open on the
    screen of whoever looks, ``host`` what the host does with a model.
    """

    open: Callable[[str], OpenedModel]
    fresh: Callable[[int], OpenedModel]
    shortcuts: Saved
    engine: Queue
    on_disk: FilesHere
    pictures: Stills
    rules: Callable[[], PlacementRules]
    save_places: Folders
    hide: Callable[[str, str, str], object]
    adult: Callable[[], str] = lambda: HIDE
    has_key: Callable[[], bool] = lambda: True
    local: Callable[[], bool] = lambda: False
    host: Callable[[], HostOffers | None] = lambda: None


@dataclass(frozen=True)
class Beside:
    """The tab around an opened model: ``back`` is the catalogue key of the words that lead back to
    it.
    """

    back: str
