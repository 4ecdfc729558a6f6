"""What a page shows of the model it has opened, and what the person has chosen there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from ..domain.browse_filters import HIDE
from ..domain.choice import choose_file
from ..domain.model_card import is_web
from ..domain.models import Model, ModelFile, ModelVersion, Picture
from ..domain.nsfw import is_mild
from ..domain.folders import Kind
from ..domain.placement import PlacementRules, ensure_available, kind_in, place
from ..domain.shortcut import Shortcut
from ..errors import Gone, ShortcutError
from ..library.opening import OpenedModel
from .save_in import SaveIn


@dataclass
class ModelView:
    """``opened`` is the model; the chosen version and file are those of ``version_id`` and
    ``file_id`` (None: nobody has chosen a risky one yet), ``place`` where that goes, ``last`` gives
    where a kind was put last. ``picture`` is the number of the large one. ``saved`` is what is kept
    of it for the person, ``classes`` all there are. ``here`` are the versions of which a file lies
    on this computer, ``files`` those of the chosen version. ``tasks`` are downloads ordered from
    here by file, ``states`` what has become of them. ``refreshing`` and ``ordering`` say that this
    is being done; ``problem`` is why the last thing that was wanted was not. ``seen`` changes with
    what is saved or lies on the disk.
    """

    opened: OpenedModel
    version_id: int | None = None
    file_id: int | None = None
    refusal: ShortcutError | None = None
    place: SaveIn = SaveIn()
    last: Callable[[Kind | None], str | None] = lambda kind: None
    free: int = 0
    picture: int | None = None
    saved: Shortcut | None = None
    classes: tuple[str, ...] = ()
    here: frozenset[int] = frozenset()
    files: Mapping[int, Path] = field(default_factory=dict)
    tasks: dict[int, int] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)
    refreshing: bool = False
    ordering: bool = False
    problem: ShortcutError | None = None
    seen: tuple[object, ...] = ()

    @property
    def model(self) -> Model:
        """The model."""
        return self.opened.model

    @property
    def model_id(self) -> int:
        """Its id."""
        return self.opened.record.model_id

    @property
    def version(self) -> ModelVersion | None:
        """The chosen version; None when the model has none."""
        versions = self.model.model_versions
        return next((one for one in versions if one.id == self.version_id), None)

    @property
    def file(self) -> ModelFile | None:
        """The chosen file, if one is."""
        files = self.version.files if self.version else []
        return next((file for file in files if file.id == self.file_id), None)

    @property
    def pictures(self) -> list[Picture]:
        """Pictures and videos of the chosen version that can be asked for."""
        every = self.version.images if self.version else []
        return [one for one in every if one.type != 'audio' and is_web(one.url)]

    def shown(self, adult: str) -> list[int]:
        """The numbers of the pictures that may be seen at all while adult content is ``adult``."""
        every = enumerate(self.pictures)
        return [number for number, one in every if adult != HIDE or is_mild(one.nsfw_level)]

    def begin(self, rules: PlacementRules) -> None:
        """Choose the version that was meant, else the one that was saved, else the newest that is
        listed still, and its usual file.
        """
        versions = [version.id for version in self.model.model_versions]
        kept = self.saved.version_id if self.saved else None
        meant = (self.opened.version_id, kept)
        listed = [one for one in versions if one not in self.opened.record.withdrawn]
        first = [one for one in meant if one in versions] + listed + versions
        self.choose_version(first[0] if first else None, rules)

    def choose_version(self, version_id: int | None, rules: PlacementRules) -> None:
        """Look at another version, and choose its usual file."""
        self.version_id, self.picture, self.file_id, self.refusal = version_id, None, None, None
        version = self.version
        if version is None:
            return
        try:
            if self.opened.record.gone is not None:
                raise Gone(what=f'model {self.model_id}')
            ensure_available(self.model, version)
            self.file_id = choose_file(version, preference=rules.preference).id
        except ShortcutError as error:
            self.refusal = None if error.code == 'pickle_refused' else error
        self.settle_folder(rules)

    def settle_folder(self, rules: PlacementRules) -> None:
        """Find out where the chosen file goes."""
        before, self.place = self.place, SaveIn()
        if self.version is None or self.file is None or self.refusal is not None:
            return
        try:
            placed = place(self.model, self.version, self.file, rules)
        except ShortcutError as error:
            self.refusal = error
            return
        usual = str(Path(placed.root).joinpath(*placed.folder))
        kind = kind_in(self.model, self.version, self.file)
        self.place = before.settled(kind, usual, self.last)


def local_time(seconds: float) -> datetime:
    """A moment (seconds since 1970) where this computer is."""
    return datetime.fromtimestamp(seconds, timezone.utc).astimezone()
