"""Models by what a person pasted: asked for, kept, and read from what is kept where Civitai does
not answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from .. import setting
from ..civitai import CivitaiAPI
from ..domain.models import Model
from ..domain.record import Record, answered, missing, of_version, with_version
from ..domain.target_types import FileFilter, Target, TargetKind, model_target
from ..domain.targets import downloadable, parse_target
from ..domain.told import Told
from ..errors import ApiError, Gone, NotFound, ShortcutError, TargetUnsupported
from ..store.records import RecordStore

MOST_LOOKED_AT = 2_000
"""So many models stay readable that were only looked at."""


@dataclass(frozen=True)
class OpenedModel:
    """A model as its page shows it, from ``record``.

    ``version_id`` is the version that was pasted, None when only the model was. ``offline`` says
    that Civitai did not answer and that this is what it said at ``record.fetched``; ``problem`` is
    why, or, when it did answer, why that could not be kept. ``record.gone`` says since when it does
    not know the model.
    """

    record: Record
    version_id: int | None = None
    offline: bool = False
    problem: ShortcutError | None = None

    @property
    def model(self) -> Model:
        """The model with everything that is known of it."""
        return self.record.model


class ModelOpener:
    """Asks Civitai for models and keeps what it says. Thread-safe."""

    def __init__(
        self, api: CivitaiAPI, records: RecordStore, clock: Callable[[], float] = time.time
    ) -> None:
        self._api = api
        self._records = records
        self._clock = clock

    def open(self, target: str | int | Target, fresh: bool = False) -> OpenedModel:
        """The model that ``target`` means: anything a person pastes for a model, or the id of one.

        With ``fresh`` Civitai itself is asked, past the cache, with all patience. A model that it
        does not know (any more) is marked as gone; one that it cannot be asked for comes from what
        is kept. Raises
        TargetUnknown and TargetUnsupported for texts that mean no model, and whatever the call
        raises when nothing is kept of the model.
        """
        meant = _target_of(target)
        if meant.kind is TargetKind.NUMBER:
            return self._number(meant.number or 0, fresh)
        if meant.kind is TargetKind.HASH:
            version = self._api.version_by_hash(meant.hash or '')
            return self._version(version.id, version.model_id, fresh)
        if meant.version_id is not None:
            return self._version(meant.version_id, meant.model_id, fresh)
        return self._model(meant.model_id or 0, fresh)

    def known(self, model_id: int) -> Record | None:
        """What is kept of a model, without asking anybody."""
        return self._records.get(model_id)

    # --- what is meant ----------------------------------------------------------------------------

    def _number(self, number: int, fresh: bool) -> OpenedModel:
        """A bare number is a model, else a version."""
        try:
            return self._model(number, fresh)
        except NotFound as not_model:
            try:
                return self._version(number, None, fresh)
            except NotFound:
                raise not_model from None

    def _version(self, version_id: int, model_id: int | None, fresh: bool) -> OpenedModel:
        """The model of a version, whose id may be given with it, by mistake that of another."""
        if model_id is None:
            return self._of_version(version_id, None, fresh)
        try:
            opened = self._model(model_id, fresh)
        except NotFound:
            return self._of_version(version_id, None, fresh)
        if opened.offline or opened.model.version(version_id) is not None:
            return replace(opened, version_id=version_id)
        try:
            return self._of_version(version_id, opened, fresh)
        except ApiError as error:
            if opened.record.gone is None and isinstance(error, (NotFound, Gone)):
                raise
            return replace(opened, version_id=version_id, problem=error)

    def _of_version(self, version_id: int, opened: OpenedModel | None, fresh: bool) -> OpenedModel:
        """The model that a version says it is of: a link may name a wrong one, and some versions
        are not listed by their model yet, or belong to one that does not answer.
        """
        told = self._api.version_told(version_id, fresh)
        now = self._clock() if told.given is None else told.given
        alone = of_version(told.body, told.address, now)
        if alone is None:  # nobody can say whose it is
            raise NotFound(what=f'version {version_id}')
        if opened is None or opened.record.model_id != alone.model_id:
            try:
                opened = self._model(alone.model_id, fresh)
            except NotFound:
                kept = self._kept(
                    alone.model_id,
                    None,
                    lambda before: with_version(before, told.body) if before else alone,
                )
                return replace(kept, version_id=version_id)
        if opened.model.version(version_id) is not None:
            return replace(opened, version_id=version_id)
        known = opened.record
        kept = self._kept(
            known.model_id, known, lambda before: with_version(before or known, told.body)
        )
        return replace(kept, version_id=version_id, offline=opened.offline)

    # --- asking and keeping -----------------------------------------------------------------------

    def _model(self, model_id: int, fresh: bool) -> OpenedModel:
        record = self._records.get(model_id)
        try:
            told = self._api.model_told(model_id, fresh, hurried=record is not None and not fresh)
        except (NotFound, Gone):
            if record is None:
                raise
            known, since = record, self._clock()
            return self._kept(model_id, known, lambda before: missing(before or known, since))
        except ApiError as error:
            if record is None:
                raise
            return OpenedModel(record, offline=True, problem=error)
        if record is not None and _outdated(told, record):
            return OpenedModel(record, offline=told.old)
        now = self._clock() if told.given is None else told.given

        def made(before: Record | None) -> Record:
            if before is not None and _outdated(told, before):
                return before
            return answered(before, model_id, told.body, told.address, now)

        return replace(self._kept(model_id, record, made), offline=told.old)

    def _kept(
        self, model_id: int, known: Record | None, made: Callable[[Record | None], Record]
    ) -> OpenedModel:
        """What is ``made`` of what is there when it is kept; what the disk or the database has
        against that is no reason not to show what is made of ``known``.
        """
        try:
            record = self._records.change([model_id], lambda _, before: made(before))[model_id]
            if known is None:
                self._records.prune(MOST_LOOKED_AT)
        except ShortcutError as error:
            return OpenedModel(made(known), problem=error)
        return OpenedModel(record)


def _outdated(told: Told, record: Record) -> bool:
    return told.given is not None and told.given < _latest(record)


def _latest(record: Record) -> float:
    """When Civitai last said what still holds of ``record``."""
    return record.fetched if record.gone is None else record.checked


def _target_of(target: str | int | Target) -> Target:
    if isinstance(target, int):
        return model_target(target, None, FileFilter())
    if isinstance(target, str):
        target = parse_target(target, setting.current().civitai_base_url)
    if target.kind is TargetKind.DIRECT:
        raise TargetUnsupported(text=target.text, kind=target.kind.value)
    return downloadable(target)
