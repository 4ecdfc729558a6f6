"""What a picture was made with: which of it is on this machine, which of it can be fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from enum import Enum
from pathlib import Path

from ..civitai import CivitaiAPI
from ..domain.choice import Preference, choose_file, risk, weight_rank
from ..domain.generation import GenerationData, UsedResource
from ..domain.models import ModelFile, ModelVersion
from ..domain.placement import ensure_available
from ..domain.target_types import FileFilter, Target, model_target, version_target
from ..domain.used_resources import LocalFile, place_of_kind
from ..errors import EarlyAccess, ShortcutError
from .resource_answers import Known, Questions

_MOST = 200
_MOST_CHECKED = 30


class ResourceState(str, Enum):
    """Where a model is: on this machine; at Civitai; nobody knows where; or Civitai could not be
    asked.
    """

    INSTALLED = 'installed'
    AVAILABLE = 'available'
    MISSING = 'missing'
    UNSURE = 'unsure'


@dataclass(frozen=True)
class ResourceRow:
    """One model of a picture. ``size`` in bytes, None when nobody says; ``path`` where it lies
    when it is installed, which is not ``certain`` when only its name says so. ``problem`` says why
    one that Civitai knows cannot be fetched, or why Civitai could not be asked.
    """

    kind: str
    name: str
    state: ResourceState
    version_name: str = ''
    weight: float | None = None
    hash: str = ''
    size: int | None = None
    path: Path | None = None
    certain: bool = True
    model_id: int | None = None
    version_id: int | None = None
    file_id: int | None = None
    problem: ShortcutError | None = None

    @property
    def target(self) -> Target | None:
        """What to order to have it; None for what cannot be fetched or is there."""
        if self.state is not ResourceState.AVAILABLE or self.version_id is None:
            return None
        if self.model_id is not None:
            return model_target(self.model_id, self.version_id, FileFilter(file_id=self.file_id))
        named = {'fileid': str(self.file_id)} if self.file_id else {}
        return version_target(str(self.version_id), named)


@dataclass(frozen=True)
class ResourceList:
    """The models of a picture: checkpoint, networks as they appear, embeddings, VAE, others."""

    rows: tuple[ResourceRow, ...] = ()

    @property
    def available(self) -> tuple[ResourceRow, ...]:
        """What is not here and can be fetched."""
        return tuple(row for row in self.rows if row.state is ResourceState.AVAILABLE)

    @property
    def missing_count(self) -> int:
        """How many are not on this machine, as far as that is known."""
        return sum(row.state is not ResourceState.INSTALLED for row in self.rows)

    @property
    def total_bytes(self) -> int:
        """How much there is to fetch, as far as Civitai says."""
        return sum(row.size or 0 for row in self.available)

    def targets(self) -> tuple[Target, ...]:
        """What can be fetched, to be ordered."""
        return targets_of(self.rows)


def targets_of(rows: Iterable[ResourceRow]) -> tuple[Target, ...]:
    """Of ``rows`` what can be fetched, to be ordered."""
    return tuple(target for row in rows if (target := row.target) is not None)


class ResourceFinder:
    """Looks resources up: at Civitai, and on this machine by ``installed`` (what it gives for a
    resource, and for its version where that is known). ``preference`` says which file of a
    version is fetched where the picture names none. Thread-safe.
    """

    def __init__(
        self,
        api: CivitaiAPI,
        installed: Callable[[UsedResource, ModelVersion | None], LocalFile | None],
        preference: Callable[[], Preference] = Preference,
    ) -> None:
        self._questions = Questions(api)
        self._installed = installed
        self._preference = preference

    def look_up(self, data: GenerationData, version_ids: Sequence[int] = ()) -> ResourceList:
        """The models that ``data`` and ``version_ids`` (those that Civitai lists beside the
        picture) name.

        Versions are asked for in one call and full hashes in one; a short hash takes a call of
        its own, and so does a version that lists leave out. Of what is not here each version is
        asked once more, for lists do not say whether it is given out. A call that fails leaves its
        rows unsure and the others alone: nothing is raised for it.
        """
        known = self._questions.ask(_resources(data, version_ids))
        rows = self._checked([(self._row(one), one.version) for one in known])
        rows.sort(key=lambda row: place_of_kind(row.kind))
        return ResourceList(tuple(rows))

    def _checked(
        self, rows: Sequence[tuple[ResourceRow, ModelVersion | None]]
    ) -> list[ResourceRow]:
        """``rows`` without offers of what its author does not give out; of a few dozen."""
        silent = [
            version.id
            for row, version in rows
            if version and row.state is ResourceState.AVAILABLE and not version.usage_control
        ]
        full = self._questions.in_full(silent[:_MOST_CHECKED])
        return [_allowed(row, full.get(row.version_id or 0)) for row, _ in rows]

    def _row(self, known: Known) -> ResourceRow:
        resource, version = known.resource, known.version
        local = self._installed(resource, version)
        row = ResourceRow(
            kind=resource.kind,
            name=resource.name,
            state=ResourceState.UNSURE if known.problem else ResourceState.MISSING,
            weight=resource.weight,
            hash=resource.hash,
            version_id=resource.version_id,
            problem=known.problem,
        )
        if version is not None:
            row = self._at_civitai(row, version, known.file)
        if local is None:
            return row
        here = replace(row, state=ResourceState.INSTALLED, problem=None)
        return replace(here, path=local.path, size=local.size, certain=local.certain)

    def _at_civitai(
        self, row: ResourceRow, version: ModelVersion, used: ModelFile | None
    ) -> ResourceRow:
        """``row`` with what Civitai says of its version."""
        brief = version.model
        component = used is not None and weight_rank(used) > 1
        known_kind = brief is not None and brief.type != 'Other' and not component
        row = replace(
            row,
            kind=brief.type if brief and known_kind else row.kind,
            name=(brief.name if brief else '') or row.name,
            version_name=version.name,
            version_id=version.id,
            model_id=version.model_id,
        )
        try:
            _ensure_given_out(version)
            file = _fetched_file(version, used, self._preference())
        except ShortcutError as refusal:
            return replace(row, problem=refusal)
        size, state = file.estimated_bytes, ResourceState.AVAILABLE
        return replace(row, state=state, size=size, file_id=file.id)


def _allowed(row: ResourceRow, version: ModelVersion | None) -> ResourceRow:
    """``row``, no longer available when ``version`` says that it is not given out."""
    if version is None or row.state is not ResourceState.AVAILABLE:
        return row
    try:
        _ensure_given_out(version)
    except ShortcutError as refusal:
        return replace(row, state=ResourceState.MISSING, size=None, file_id=None, problem=refusal)
    return row


def _ensure_given_out(version: ModelVersion) -> None:
    """Raises Gone, DownloadsDisabled, or EarlyAccess for what has to be bought until some day."""
    ensure_available(None, version)
    ends = version.early_access_ends_at
    if ends > datetime.now(timezone.utc) if ends else version.early_access:
        raise EarlyAccess(deadline=ends.isoformat() if ends else None)


def _resources(data: GenerationData, version_ids: Sequence[int]) -> list[UsedResource]:
    resources = list(data.resources[:_MOST])
    named = {resource.version_id for resource in resources}
    others = dict.fromkeys(number for number in version_ids if number not in named)
    resources += [UsedResource(kind='Other', version_id=number) for number in others]
    return resources[:_MOST]


def _fetched_file(
    version: ModelVersion, used: ModelFile | None, preference: Preference
) -> ModelFile:
    """The file to fetch: that which was used, another one of the same weights when it could run
    code. Raises PickleRefused when all could: a picture is nobody who may ask for them.
    """
    if used is not None and risk(used) is None:
        return used
    return choose_file(version, FileFilter(), preference)
