"""One pasted thing on its way into the queue: a link with its versions and files, or a list of
models that is planned as one.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from ..domain.folders import Kind
from ..domain.models import ModelFile
from ..domain.search import ModelQuery
from ..domain.target_types import FileFilter, Target
from ..domain.task import Order
from ..errors import ShortcutError
from ..transfers.batch import Totals
from ..transfers.plan import Companion, Plan
from ..transfers.resolve import Found
from .save_in import SaveIn

FIRST_LIMIT = 100
LIMITS = (20, FIRST_LIMIT, 500, None)
"""Models that a list is read for; None reads it to its end."""


@dataclass(frozen=True)
class Offer:
    """The chosen file lies at ``path`` already. ``how`` is what is to be done with it: ``link``
    (only where it ``can_link``), ``copy`` or '' for a download all the same.
    """

    path: Path
    can_link: bool
    how: str


@dataclass(frozen=True)
class Batch:
    """The list that a link names. ``limit``, ``all_versions`` and ``query.nsfw`` are what the
    person has set; ``models`` have been read so far, ``plan`` is what they come to by the settings,
    ``places`` where each kind of file goes, the most files first, ``totals`` what that comes to.
    """

    query: ModelQuery
    limit: int | None = FIRST_LIMIT
    all_versions: bool = False
    models: int = 0
    plan: Plan | None = None
    totals: Totals | None = None
    places: tuple[SaveIn, ...] = ()

    @property
    def folders(self) -> dict[Kind, str]:
        """The folders that are not the usual ones."""
        return {
            one.kind: one.override
            for one in self.places
            if one.kind is not None and one.override is not None
        }


@dataclass
class Choice:
    """One pasted thing on its way into the queue.

    ``step`` is waiting, looking, found, adding or failed. ``chosen`` is the place in ``found`` of
    the version that is meant, ``file_id`` its file (None: nobody has chosen a risky one yet).
    ``asking`` says that the disk is being looked through for that file, ``offer`` that it was
    there; ``there`` says that it lies in its place already. ``place`` is where it goes;
    ``companions`` are what the file would bring. ``batch`` is there for a list. ``wanted`` says
    that it is to be queued as soon as it is known, ``kept`` that it stays whatever the field holds.
    ``stop`` is set when nobody waits any more for what is being found out. ``stamp`` grows with
    every change.
    """

    key: str
    words: str
    target: Target | None = None
    step: str = 'waiting'
    found: list[Found] = field(default_factory=list)
    direct: Plan | None = None
    batch: Batch | None = None
    chosen: int = 0
    file_id: int | None = None
    asking: bool = False
    offer: Offer | None = None
    there: bool = False
    place: SaveIn = SaveIn()
    companions: tuple[Companion, ...] = ()
    error: ShortcutError | None = None
    wanted: bool = False
    kept: bool = False
    open: bool = False
    stop: threading.Event = field(default_factory=threading.Event)
    stamp: int = 0

    @property
    def version(self) -> Found | None:
        """The version that is chosen, once it is known."""
        return self.found[self.chosen] if self.found else None

    @property
    def file(self) -> ModelFile | None:
        """The file that is chosen, if one is."""
        version = self.version.version if self.version else None
        files = version.files if version else []
        return next((file for file in files if file.id == self.file_id), None)

    @property
    def order(self) -> Order:
        """How the chosen file is ordered."""
        return Order(wanted=FileFilter(file_id=self.file_id), folder=self.place.override)

    @property
    def places(self) -> tuple[SaveIn, ...]:
        """Where everything of it goes, as far as that is known."""
        places = self.batch.places if self.batch is not None else (self.place,)
        return tuple(one for one in places if one.usual)

    @property
    def misplaced(self) -> SaveIn | None:
        """The place whose subfolder has to be mended before anything goes there, if one has."""
        return next((one for one in self.places if one.refused), None)

    @property
    def ready(self) -> bool:
        """Whether it can be queued as it stands."""
        return self.step == 'found' and self.count > 0 and self.misplaced is None

    @property
    def busy(self) -> bool:
        """Whether something is being found out or done."""
        return self.asking or self.step in ('waiting', 'looking', 'adding')

    @property
    def count(self) -> int:
        """Files that it would queue."""
        if self.batch is not None:
            return self.batch.totals.to_download if self.batch.totals else 0
        return int(self.file is not None or self.direct is not None)

    @property
    def size(self) -> int | None:
        """Bytes of the chosen file, as far as known."""
        file = self.file
        return file.estimated_bytes if file else None

    @property
    def how(self) -> str:
        """``link`` or ``copy`` when the file is not downloaded but taken from elsewhere."""
        return self.offer.how if self.offer else ''

    @property
    def to_fetch(self) -> int | None:
        """Bytes that it would download; None when that is not known to the last file."""
        if self.batch is not None:
            figures = self.batch.totals
            return figures.bytes_to_download if figures and not figures.unknown else None
        sizes = [one.download.size_estimate for one in self.companions]
        sizes.append(0 if self.how else self.size)
        return None if None in sizes else sum(size or 0 for size in sizes)

    def change(self, **values: object) -> None:
        """Set fields, with whatever lock holds them together."""
        for name, value in values.items():
            setattr(self, name, value)
        self.stamp += 1

    def begin(self) -> threading.Event:
        """End what is being found out, for something else will be; gives its ``stop``."""
        self.stop.set()
        self.stop = threading.Event()
        return self.stop
