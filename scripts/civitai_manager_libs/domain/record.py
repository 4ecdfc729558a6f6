"""What Civitai has said of a model: when, at which address, and what of it still holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from .merging import is_id, merged, version_ids, versions_with
from .models import Model, read_model


@dataclass(frozen=True)
class Record:
    """``body`` is the answer for the model by itself (civitai-api.md section 3.2), with everything
    that earlier answers had and later ones left out. Times are seconds since 1970: it was
    ``fetched`` from ``address`` then, Civitai was last asked with an answer at ``checked``, and has
    not known the model since ``gone`` (None: it knows it). ``withdrawn`` are the versions in
    ``body`` that it lists no more.
    """

    model_id: int
    body: Mapping[str, Any]
    address: str
    fetched: float
    checked: float
    gone: float | None = None
    withdrawn: frozenset[int] = frozenset()

    @cached_property
    def model(self) -> Model:
        """The model as :func:`.read_model` reads it, which takes its time once."""
        return read_model({**self.body, 'id': self.model_id}) or Model(id=self.model_id)


def answered(
    record: Record | None, model_id: int, body: Mapping[str, Any], address: str, now: float
) -> Record:
    """The record after ``body`` came from ``address`` at ``now``.

    What is empty or missing in it keeps what ``record`` had, versions that it lists no more stay
    behind the others. A model that answers is not gone.
    """
    before: Mapping[str, Any] = record.body if record is not None else {}
    listed = version_ids(body)
    withdrawn = record.withdrawn if record is not None else frozenset()
    if listed:  # an empty list says nothing of the versions (civitai-api.md section 3.2)
        withdrawn = version_ids(before) - listed
    whole = {**merged(before, body), 'id': model_id}
    return Record(model_id, whole, address, fetched=now, checked=now, withdrawn=withdrawn)


def missing(record: Record, now: float) -> Record:
    """The record after Civitai said at ``now`` that it does not know the model: all of it stays."""
    since = record.gone if record.gone is not None else now
    return replace(record, gone=since, checked=max(now, record.checked))


def with_version(record: Record, version: Mapping[str, Any]) -> Record:
    """``record`` with a version as it answers for itself (civitai-api.md section 3.7): the model
    may not list it yet.
    """
    versions = versions_with(record.body.get('modelVersions'), version)
    return replace(record, body={**record.body, 'modelVersions': versions})


def of_version(version: Mapping[str, Any], address: str, now: float) -> Record | None:
    """A record of a model of which nothing but one version answers; None when the version does not
    say whose it is.
    """
    model_id, brief = version.get('modelId'), version.get('model')
    if not is_id(model_id):
        return None
    body = {**(brief if isinstance(brief, Mapping) else {}), 'modelVersions': [dict(version)]}
    return answered(None, int(str(model_id)), body, address, now)
