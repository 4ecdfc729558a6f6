"""What the Browse tab needs of the rest of the program."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ..domain.browse_filters import BrowseFilters
from ..domain.models import Picture
from ..domain.shortcut import Shortcut
from ..errors import UsageError
from .browse_session import FoundPage
from .browsers import OpenPage
from .card_orders import Orders


class MarkSets(Protocol):
    """What the person has of some models; see :class:`.catalogue.Marks`."""

    @property
    def saved(self) -> frozenset[int]: ...

    @property
    def installed(self) -> frozenset[int]: ...


class HiddenOne(Protocol):
    """Something that is left out; see :class:`.store.browsing.Hidden`."""

    @property
    def kind(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...


class BrowsedCatalogue(Protocol):
    """See :class:`.catalogue.Catalogue`. ``pages`` and ``base_models`` take a while, all else
    answers at once.
    """

    @property
    def adult_setting(self) -> str: ...

    def filters(self) -> BrowseFilters: ...

    def remember(self, filters: BrowseFilters) -> None: ...

    def is_link(self, text: str) -> bool: ...

    def linked_filters(self, text: str, filters: BrowseFilters) -> BrowseFilters | None: ...

    def stray_link(self, text: str) -> UsageError | None: ...

    def known_base_models(self) -> tuple[str, ...]: ...

    def base_models(self) -> tuple[str, ...]: ...

    def pages(self, filters: BrowseFilters) -> Iterator[FoundPage]: ...

    def marks(self, model_ids: Collection[int]) -> MarkSets: ...

    def hide(self, kind: str, name: str, label: str = '') -> None: ...

    def unhide(self, kind: str, name: str) -> None: ...

    def hidden(self) -> Sequence[HiddenOne]: ...


class SavedModels(Protocol):
    """See :class:`.ishortcut.Shortcuts`; ``save`` takes a while."""

    def revision(self) -> int: ...

    def save(self, model_id: int, version_id: int | None = None) -> Shortcut: ...

    def remove(self, ids: Collection[int]) -> list[int]: ...

    def restore(self, ids: Collection[int]) -> list[int]: ...


class DiskStamp(Protocol):
    """What of Civitai lies on this computer; see :class:`.library.on_disk.OnDisk`."""

    def stamp(self) -> int: ...


class CoverStills(Protocol):
    """Where a browser gets covers; see :class:`.pictures.Pictures`."""

    def still(self, picture: Picture, width: int) -> str | None: ...


class OpenedDetail(Protocol):
    """An opened model; see :class:`.model_detail.ModelDetail`."""

    @property
    def opened(self) -> bool: ...

    @property
    def busy(self) -> bool: ...

    def open(self, pasted: str) -> None: ...

    def close(self) -> None: ...

    def parts(self) -> Mapping[str, str]: ...

    def do(
        self, page: OpenPage, action: str, item: str, value: str, text: str
    ) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True)
class BrowseDoors:
    """The rest of the program as this tab sees it; ``detail`` makes what shows an opened model of
    one page. While something else stands in place of the models, it ``waits``.
    """

    catalogue: BrowsedCatalogue
    shortcuts: SavedModels
    engine: Orders
    on_disk: DiskStamp
    pictures: CoverStills
    detail: Callable[[], OpenedDetail]
    waits: Callable[[], bool] = lambda: False
