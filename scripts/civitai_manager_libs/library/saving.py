"""Saves the models that a heap of links names, however many they are and whatever else is in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from .. import setting
from ..civitai import CivitaiAPI
from ..domain.record import Record
from ..domain.target_types import Target, TargetKind, version_target
from ..domain.targets import PastedItem, parse_targets
from ..errors import (
    ApiError,
    NotFound,
    ShortcutError,
    TargetUnsupported,
    TooManyLinks,
    UsageError,
)
from ..store.records import RecordStore
from ..store.shortcuts import ShortcutStore
from .asking import Asked, ModelAsker, Stop
from .away import AWAY, Patience
from .keeping import Keeper
from .opening import ModelOpener

T = TypeVar('T')

SAVED, ALREADY, FAILED = 'saved', 'already', 'failed'
MOST_LINKS = 5_000
"""As many as may be saved at once."""

_MODELS = (TargetKind.MODEL, TargetKind.VERSION, TargetKind.NUMBER, TargetKind.HASH)
_TOGETHER = 100
_WORTH_A_LIST = 3


@dataclass(frozen=True)
class Saved:
    """What became of one pasted link: ``state`` is :data:`SAVED`, :data:`ALREADY` (it was saved
    before) or :data:`FAILED`, then with the ``error``. ``text`` names it safely, without a key.
    """

    text: str
    model_id: int | None = None
    name: str = ''
    state: str = SAVED
    error: ShortcutError | None = None


OnSaved = Callable[[Saved], object]
"""Hears of each link as soon as it is known what becomes of it."""


class Saver:
    """Saves what is pasted. Thread-safe."""

    def __init__(
        self,
        api: CivitaiAPI,
        opener: ModelOpener,
        asker: ModelAsker,
        keeper: Keeper,
        shortcuts: ShortcutStore,
        records: RecordStore,
    ) -> None:
        self.api = api
        self.opener = opener
        self.asker = asker
        self.keeper = keeper
        self.shortcuts = shortcuts
        self.records = records

    def add(self, text: str, on_item: OnSaved, stop: Stop) -> list[Saved]:
        """Save every model that ``text`` names; gives what became of each link, in their order.

        Nothing is asked of models that are saved or known already, and about one call made for
        fifty others. When Civitai or the disk fails, the links that were not come to fail with that
        reason; what was saved stays. Once ``stop()`` is true the rest is left out.
        """
        items = parse_targets(text, setting.current().civitai_base_url)
        adding = _Adding(self, items[:MOST_LINKS], on_item, stop)
        done = adding.run()
        if len(items) > MOST_LINKS and not stop():
            error = TooManyLinks(count=len(items), most=MOST_LINKS)
            done.append(Saved('…', state=FAILED, error=error))
            on_item(done[-1])
        return done

    def save(self, model_id: int, version_id: int | None) -> None:
        """Save one model from its record, asking for it only where there is none. Raises what
        :meth:`.ModelOpener.open` raises.
        """
        record = self.opener.known(model_id) or self.opener.open(model_id).record
        self.keeper.save([(record, version_id)])


class _Adding:
    """One heap on its way. Links are known by their position."""

    def __init__(
        self, tools: Saver, items: Sequence[PastedItem], on_item: OnSaved, stop: Stop
    ) -> None:
        self._tools = tools
        self._items = items
        self._on_item = on_item
        self._stop = stop
        self._done: dict[int, Saved] = {}
        self._versions: dict[int, int] = {}  # the version that was meant
        self._models: dict[int, list[int]] = {}  # the links of a model
        self._alone: list[int] = []
        self._targets: dict[int, Target] = {}

    def run(self) -> list[Saved]:
        try:
            for step in (self._sort, self._end_saved, self._save_known, self._ask, self._ask_alone):
                if self._stop():
                    break
                step()
        except ShortcutError as error:  # of the site or the disk: it holds for all that is left
            for position in range(len(self._items)):
                if position not in self._done:
                    self._fail(position, error)
        return [self._done[position] for position in sorted(self._done)]

    # --- steps ------------------------------------------------------------------------------------

    def _sort(self) -> None:
        """What each link names, as far as it can be told at once or by a few calls for all."""
        for position, item in enumerate(self._items):
            if isinstance(item, ShortcutError):
                self._fail(position, item)
            elif item.kind not in _MODELS:
                kind = item.kind.value
                self._fail(position, TargetUnsupported(text=item.text, kind=kind))
            else:
                self._targets[position] = item
        owners = self._owners(self._targets.values())
        for position, target in self._targets.items():
            number = target.model_id or target.number
            model_id, version_id = owners.get(target.meaning, (number, target.version_id))
            if version_id is not None:
                self._versions[position] = version_id
            if model_id is None:
                self._alone.append(position)
            else:
                self._models.setdefault(model_id, []).append(position)

    def _owners(self, targets: Collection[Target]) -> dict[tuple[object, ...], tuple[int, int]]:
        """Model and version of what names a version or a file alone, by meaning; what no list has
        is not there.
        """
        versions = {one.version_id: one for one in targets if one.version_id and not one.model_id}
        hashes = {one.hash.lower(): one for one in targets if one.hash and len(one.hash) == 64}
        found: dict[tuple[object, ...], tuple[int, int]] = {}
        try:
            for part in self._parts(list(versions)):
                for number, version in self._tools.api.versions(part).items():
                    if version.model_id is not None:
                        found[versions[number].meaning] = (version.model_id, number)
            for some in self._parts(list(hashes)):
                for match in self._tools.api.ids_by_hashes(some):
                    if match.model_id is not None and match.hash.lower() in hashes:
                        owner = (match.model_id, match.model_version_id)
                        found.setdefault(hashes[match.hash.lower()].meaning, owner)
        except ApiError as error:
            if isinstance(error, AWAY):
                raise
        return found  # each of the others is asked for by itself

    def _parts(self, wanted: list[T]) -> Iterator[list[T]]:
        """``wanted`` a hundred at a time, if there are enough of them to be asked for together."""
        if len(wanted) >= _WORTH_A_LIST:
            for begin in range(0, len(wanted), _TOGETHER):
                if not self._stop():
                    yield wanted[begin : begin + _TOGETHER]

    def _end_saved(self) -> None:
        """Links of what is saved already."""
        saved = self._tools.shortcuts.many(list(self._models))
        for model_id, shortcut in saved.items():
            for position in self._models.pop(model_id):
                self._end(position, Saved('', model_id, shortcut.name, ALREADY))

    def _save_known(self) -> None:
        """What is known without asking."""
        ids = list(self._models)
        for begin in range(0, len(ids), _TOGETHER):
            if self._stop():
                return
            known = self._tools.records.many(ids[begin : begin + _TOGETHER])
            self._settle([Asked(model_id, record) for model_id, record in known.items()])

    def _ask(self) -> None:
        for batch in self._tools.asker.ask(list(self._models), self._stop):
            self._settle(batch)

    def _ask_alone(self) -> None:
        """What no list has told: the model is asked for what it is of."""
        patience = Patience()
        for position in self._alone:
            if self._stop():
                return
            try:
                opened = self._tools.opener.open(self._targets[position])
                patience.heard()
            except (ApiError, UsageError) as error:
                self._fail(position, patience.bear(error))
                continue
            if opened.version_id is not None:
                self._versions[position] = opened.version_id
            new = self._tools.keeper.save([(opened.record, self._versions.get(position))])
            self._end_saved_one(position, opened.record, bool(new))

    # --- one model, one link ----------------------------------------------------------------------

    def _settle(self, batch: Sequence[Asked]) -> None:
        """Save what was found, all together, and end the links of it."""
        links = {asked.model_id: self._models.pop(asked.model_id) for asked in batch}
        found = {asked.model_id: asked.record for asked in batch if asked.record is not None}
        for model_id, record in found.items():
            links[model_id] = self._fitting(record, links[model_id])
        meant = {
            one: self._versions.get(positions[0]) for one, positions in links.items() if positions
        }
        wanted = [(record, meant[one]) for one, record in found.items() if one in meant]
        new = self._tools.keeper.save(wanted) if wanted else frozenset()
        for record, _ in wanted:
            for number, position in enumerate(links[record.model_id]):
                first = number == 0 and record.model_id in new
                self._end_saved_one(position, record, first)
        for asked in batch:
            if asked.error is not None:
                for position in links[asked.model_id]:
                    self._refuse(position, asked.error)

    def _fitting(self, record: Record, positions: Sequence[int]) -> list[int]:
        """Those links that name a version which the model has; the others are asked for."""
        listed = {version.id for version in record.model.model_versions}
        fitting = [one for one in positions if self._versions.get(one) in (None, *listed)]
        self._alone.extend(one for one in positions if one not in fitting)
        return fitting

    def _refuse(self, position: int, error: ShortcutError) -> None:
        """A number may be a version where it is no model."""
        number = self._targets[position].number
        version = version_target(str(number), {}) if number else None
        if version is not None and isinstance(error, NotFound):
            self._targets[position] = version
            self._alone.append(position)
        else:
            self._fail(position, error)

    def _end_saved_one(self, position: int, record: Record, new: bool) -> None:
        state = SAVED if new else ALREADY
        self._end(position, Saved('', record.model_id, record.model.name, state))

    def _fail(self, position: int, error: ShortcutError) -> None:
        self._end(position, Saved('', state=FAILED, error=error))

    def _end(self, position: int, saved: Saved) -> None:
        item = self._items[position]
        said = item.details.get('text') if isinstance(item, ShortcutError) else item.text
        self._done[position] = replace(saved, text=str(said or ''))
        self._on_item(self._done[position])
