"""From what a person pasted to versions and files on Civitai."""

from __future__ import annotations

from dataclasses import dataclass

from ..civitai import CivitaiAPI
from ..domain.models import Model, ModelVersion
from ..domain.target_types import Target, TargetKind
from ..domain.targets import downloadable
from ..errors import Gone, NotFound


@dataclass(frozen=True)
class Found:
    """A version that a target means. ``model`` is None when only the version could be read."""

    target: Target
    model: Model | None
    version: ModelVersion


class Resolver:
    """Asks the API what a target means."""

    def __init__(self, api: CivitaiAPI) -> None:
        self._api = api

    def find(self, target: Target, all_versions: bool = False) -> list[Found]:
        """The versions that ``target`` means: one, or all of its model, newest first.

        Raises :class:`TargetUnsupported` for what names no file, :class:`Gone` for an archived
        model and whatever the API calls raise.
        """
        target = downloadable(target)
        model, version = self._read(target)
        if all_versions and model is not None:
            versions = model.model_versions
        else:
            versions = [version] if version is not None else []
        if not versions:
            what = target.text
            raise Gone(what=what) if model is not None and model.removed else NotFound(what=what)
        return [Found(target, model, found) for found in versions]

    def _read(self, target: Target) -> tuple[Model | None, ModelVersion | None]:
        if target.kind is TargetKind.HASH:
            return self._with_model(self._api.version_by_hash(target.hash or ''))
        if target.kind is TargetKind.NUMBER:
            return self._number(target.number or 0)
        if target.model_id is not None:
            return self._of_model(target.model_id, target.version_id)
        return self._with_model(self._api.version(target.version_id or 0))

    def _number(self, number: int) -> tuple[Model | None, ModelVersion | None]:
        """A bare number is a model, else a version."""
        try:
            return self._of_model(number, None)
        except NotFound as not_model:
            try:
                return self._with_model(self._api.version(number))
            except NotFound:
                raise not_model from None

    def _of_model(
        self, model_id: int, version_id: int | None
    ) -> tuple[Model | None, ModelVersion | None]:
        try:
            model = self._api.model(model_id)
        except NotFound:
            if version_id is None:
                raise
            return None, self._api.version(version_id)
        if version_id is None:
            return model, next(iter(model.model_versions), None)
        version = model.version(version_id) or self._api.version(version_id)
        if version.model_id not in (None, model.id):  # the link names another model by mistake
            return self._with_model(version)
        return model, version

    def _with_model(self, version: ModelVersion) -> tuple[Model | None, ModelVersion]:
        """The model gives creator, tags and pictures; the version is enough where it cannot be
        read.
        """
        if version.model_id is None:
            return None, version
        try:
            return self._api.model(version.model_id), version
        except NotFound:
            return None, version
