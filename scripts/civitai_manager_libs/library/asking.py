"""Asks for many models: fifty a call, and alone for those that lists leave out."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Optional

from ..civitai import CivitaiAPI
from ..domain.models import read_model
from ..domain.record import Record, answered
from ..domain.shortcut_facts import says_the_same
from ..errors import ApiError, ShortcutError
from ..store.records import RecordStore
from .away import AWAY, Patience
from .opening import ModelOpener

Stop = Callable[[], bool]
"""Asked now and then whether to end early."""

_A_CALL = 50  # a hundred models with all their versions and pictures are more than ten megabytes
_WORTH_A_LIST = 3


@dataclass(frozen=True)
class Asked:
    """What came of asking for a model: its ``record``, marked as gone if Civitai does not know it
    any more, and whether it is ``changed``; or the ``error``.
    """

    model_id: int
    record: Record | None = None
    changed: bool = False
    error: ShortcutError | None = None


class ModelAsker:
    """Asks Civitai itself, past the cache, and keeps the records. Thread-safe."""

    def __init__(
        self,
        api: CivitaiAPI,
        opener: ModelOpener,
        records: RecordStore,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._api = api
        self._opener = opener
        self._records = records
        self._clock = clock

    def oldest_first(self, ids: Collection[int]) -> list[int]:
        """``ids``, those that were not asked for longest first."""
        return self._records.oldest_first(ids)

    def ask(self, ids: Sequence[int], stop: Stop) -> Iterator[list[Asked]]:
        """What Civitai says of the models ``ids``, a few at once as it comes, each of them once.

        Raises what makes it useless to ask for more (the site cannot be reached, or fails again and
        again) and the errors of :class:`.Database`.
        """
        patience = Patience()
        for begin in range(0, len(ids), _A_CALL):
            part = ids[begin : begin + _A_CALL]
            found = {} if stop() else self._listed(part, patience)
            if found:
                yield [found[model_id] for model_id in part if model_id in found]
            for model_id in part:
                if stop():
                    return
                if model_id not in found:
                    yield [self._alone(model_id, patience)]

    def _listed(self, ids: Sequence[int], patience: Patience) -> dict[int, Asked]:
        """Those of ``ids`` that a list of models has."""
        if len(ids) < _WORTH_A_LIST:
            return {}
        try:
            told = self._api.models_by_id(ids)
        except ApiError as error:
            if isinstance(error, AWAY):
                raise
            return {}  # perhaps one of them is what the server cannot list
        patience.heard()
        models = ((read_model(item), item) for item in told.items)
        bodies = {model.id: item for model, item in models if model and model.id in ids}
        now, earlier = self._clock(), dict[int, Optional[Record]]()

        def made(model_id: int, before: Record | None) -> Record:
            earlier[model_id] = before
            return answered(before, model_id, bodies[model_id], told.address, now)

        after = self._records.change(bodies, made)
        return {one: _asked(earlier[one], record) for one, record in after.items()}

    def _alone(self, model_id: int, patience: Patience) -> Asked:
        before = self._records.get(model_id)
        try:
            opened = self._opener.open(model_id, fresh=True)
        except ApiError as error:
            return Asked(model_id, error=patience.bear(error))
        if opened.offline and opened.problem is not None:
            return Asked(model_id, error=patience.bear(opened.problem))
        patience.heard()
        return _asked(before, opened.record)


def _asked(before: Record | None, after: Record) -> Asked:
    changed = before is None or not says_the_same(before, after)
    return Asked(after.model_id, after, changed)
