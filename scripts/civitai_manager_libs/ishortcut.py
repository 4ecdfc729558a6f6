"""Models that somebody wants to find again: save, find, note, classify, refresh, remove them.

What Civitai has said of a saved model stays readable without it, and after it has let it go.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from .civitai import CivitaiAPI
from .domain.links import safe_text
from .domain.models import Picture
from .domain.shortcut import Shortcut, ShortcutQuery
from .domain.target_types import LARGEST_ID
from .domain.url_file import links_of_file
from .errors import NotFound, ShortcutError, ShortcutUnknown
from .http_client import CivitaiHttpClient
from .library.asking import ModelAsker, Stop
from .library.keeping import Keeper
from .library.opening import MOST_LOOKED_AT, ModelOpener, OpenedModel
from .library.picture_plans import PicturePlanner
from .library.refresh import Refresher
from .library.saving import FAILED, OnSaved, Saved, Saver
from .library.shortcut_exchange import Exchange, ImportReport, OnEntry
from .library.shortcut_pictures import ShortcutPictures
from .store.database import Database
from .store.records import RecordStore
from .store.shortcut_classes import ShortcutClass
from .store.shortcut_labels import ShortcutCounts
from .store.shortcuts import ShortcutStore
from .util import OwnThread

REMOVED_SECONDS = 30 * 86_400.0
"""How long what was removed can be restored."""

_STOP_SECONDS = 1.0
_log = logging.getLogger('civitai_shortcut')


class KnowsInstalled(Protocol):
    """Who knows of which models files lie here; see :class:`.library.on_disk.OnDisk`."""

    def model_ids(self) -> frozenset[int]: ...


class Shortcuts:
    """The saved models. Thread-safe; several processes may work on the same ones.

    ``folder`` is for their pictures. Methods that change a saved model raise
    :class:`.ShortcutUnknown` for a number that is not saved; all raise the errors of
    :class:`.Database`.
    """

    def __init__(
        self,
        opener: ModelOpener,
        client: CivitaiHttpClient,
        database: Database,
        on_disk: KnowsInstalled,
        folder: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        api = CivitaiAPI(client)
        self._clock = clock
        self._opener = opener
        self._on_disk = on_disk
        self._store = ShortcutStore(database, clock)
        self._records = RecordStore(database)
        self.pictures = ShortcutPictures(client, folder)
        self._keeper = Keeper(self._store, self.pictures, clock)
        asker = ModelAsker(api, opener, self._records, clock)
        self._saver = Saver(api, opener, asker, self._keeper, self._store, self._records)
        self._planner = PicturePlanner(self._keeper, self.pictures, self._store, self._records)
        self._exchange = Exchange(self._store, self._records, self.pictures.adopt)
        self._seen = -1
        self.refresher = Refresher(asker, self._keeper, self._store)

    def start(self) -> None:
        """Go on in the background with what was left: pictures that are missing or were never
        thought of, and what was removed more than thirty days ago.
        """
        OwnThread(target=self._tidy, name='shortcuts', daemon=True).start()

    def close(self) -> None:
        """End what goes on in the background."""
        self.refresher.stop()
        self.refresher.wait(_STOP_SECONDS)
        self._planner.stop()
        self.pictures.stop()

    # --- saving -----------------------------------------------------------------------------------

    def add(
        self, text: str, on_item: OnSaved | None = None, stop: Stop | None = None
    ) -> list[Saved]:
        """Save every model that ``text`` names, up to five thousand links; see
        :meth:`.Saver.add`. ``on_item`` hears of each as it is known; what it raises ends the
        saving.
        """
        return self._saver.add(text, on_item or _unheard, stop or _never)

    def add_files(
        self,
        files: Sequence[tuple[str, bytes]],
        on_item: OnSaved | None = None,
        stop: Stop | None = None,
    ) -> list[Saved]:
        """The same for files by name and content: internet shortcuts (``.url``) and texts with
        links. One that cannot be read is said in its place.
        """
        texts: list[str] = []
        refused: list[Saved] = []
        for name, content in files:
            try:
                texts.append(links_of_file(name, content))
            except ShortcutError as error:
                refused.append(Saved(safe_text(name), state=FAILED, error=error))
        for one in refused:
            (on_item or _unheard)(one)
        return [*refused, *self.add('\n'.join(texts), on_item, stop)]

    def save(self, model_id: int, version_id: int | None = None) -> Shortcut:
        """Save one model, from what is known of it where anything is, and ``version_id`` as the
        version that is meant. Raises what :meth:`.ModelOpener.open` raises.
        """
        if not 1 <= model_id <= LARGEST_ID:
            raise NotFound(what=f'model {model_id}')
        if self._store.get(model_id) is None:
            self._saver.save(model_id, version_id)
        saved = self._store.get(model_id)
        if saved is None:  # somebody has removed it at this very moment
            raise ShortcutUnknown(model_id=model_id)
        return saved

    def open(self, model_id: int, fresh: bool = False) -> OpenedModel:
        """A model as Civitai knows it now, or has known it; a saved one tells the same from now on.
        See :meth:`.ModelOpener.open`.
        """
        opened = self._opener.open(model_id, fresh)
        if not opened.offline:
            self._keeper.describe([opened.record])
        return opened

    # --- finding ----------------------------------------------------------------------------------

    def revision(self) -> int:
        """Grows with every change that any process makes; cheap."""
        revision = self._store.revision()
        if revision != self._seen:
            self._seen = revision
            self.pictures.look()  # another process may have saved something
        return revision

    def find(self, query: ShortcutQuery, after: int = 0, most: int = 50) -> list[Shortcut]:
        """Up to ``most`` of the models that fit ``query``, in its order, without the first
        ``after``.
        """
        return self._store.find(query, after, most, self._among(query))

    def count(self, query: ShortcutQuery) -> int:
        """How many fit ``query``."""
        return self._store.count(query, self._among(query))

    def ids(self, query: ShortcutQuery = ShortcutQuery()) -> list[int]:
        """The numbers of all that fit ``query``, in its order."""
        return self._store.ids(query, self._among(query))

    def counts(self) -> ShortcutCounts:
        """How many there are of each kind; does not depend on how many there are."""
        return self._store.counts()

    def get(self, model_id: int) -> Shortcut | None:
        """A saved model, None when it is not saved."""
        return self._store.get(model_id)

    def many(self, ids: Collection[int]) -> dict[int, Shortcut]:
        """Those of ``ids`` that are saved."""
        return self._store.many(ids)

    def saved(self, ids: Collection[int]) -> frozenset[int]:
        """The numbers of those."""
        return self._store.saved(ids)

    def _among(self, query: ShortcutQuery) -> frozenset[int] | None:
        return self._on_disk.model_ids() if query.installed else None

    # --- what a person says of them ---------------------------------------------------------------

    def note(self, model_id: int, text: str) -> None:
        """Write a note, in place of what there was."""
        self._store.set_note(model_id, text)

    def favourite(self, ids: Collection[int], on: bool) -> None:
        """Make them favourites, or no longer."""
        self._store.set_favourite(ids, on)

    def cover(self, model_id: int, picture: Picture | None) -> None:
        """Choose another cover; None takes that of Civitai again."""
        self._store.set_cover(model_id, picture)
        self._keeper.cover_chosen(model_id, self._opener.known(model_id))

    def tag(self, ids: Collection[int], add: Iterable[str] = (), drop: Iterable[str] = ()) -> None:
        """Give them tags of the person's own, and take others away."""
        self._store.tag(ids, add, drop)

    def classify(
        self, ids: Collection[int], add: Iterable[str] = (), drop: Iterable[str] = ()
    ) -> None:
        """Put them into classes, which are made where there are none, and take them out of
        others.
        """
        self._store.classify(ids, add, drop)

    def classes(self) -> list[ShortcutClass]:
        """All classes, also empty ones."""
        return self._store.classes()

    def put_class(self, name: str, info: str | None = None) -> None:
        """Make a class, or say of one what it is for; without ``info`` one that is there stays."""
        self._store.put_class(name, info)

    def rename_class(self, old: str, new: str) -> None:
        """Name a class otherwise; one of that name takes up what is in it. Raises ClassUnknown."""
        self._store.rename_class(old, new)

    def drop_class(self, name: str) -> None:
        """Let go of a class; what is in it stays saved. Raises ClassUnknown."""
        self._store.drop_class(name)

    def remove(self, ids: Collection[int]) -> list[int]:
        """Remove models, which can be restored for thirty days; gives those that were saved."""
        return self._store.remove(ids)

    def restore(self, ids: Collection[int]) -> list[int]:
        """Bring removed models back with everything; gives those that came."""
        return self._store.restore(ids)

    # --- taking them along ------------------------------------------------------------------------

    def export_to(self, path: Path, ids: Collection[int] | None = None) -> int:
        """See :meth:`.Exchange.export_to`."""
        return self._exchange.export_to(path, ids)

    def import_from(
        self, path: Path, on_item: OnEntry | None = None, stop: Stop | None = None
    ) -> ImportReport:
        """See :meth:`.Exchange.import_from`; the pictures come later."""
        try:
            return self._exchange.import_from(path, on_item, stop)
        finally:
            self._planner.start()

    # --- in the background ------------------------------------------------------------------------

    def _tidy(self) -> None:
        self.pictures.resume()
        self._planner.start()
        try:
            for model_id in self._store.purge(self._clock() - REMOVED_SECONDS):
                self.pictures.drop(model_id)
            self._records.prune(MOST_LOOKED_AT)
        except ShortcutError as error:  # it is done at the next start
            _log.warning('saved models not tidied: %s', error)


def _unheard(saved: Saved) -> None:
    """For those who do not listen."""


def _never() -> bool:
    """For those who do not stop."""
    return False
