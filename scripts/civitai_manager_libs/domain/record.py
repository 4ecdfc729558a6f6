"""What Civitai has said of a model: when, at which address, and what of it still holds. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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

    @property
    def model(self) -> Model:
        """The model as :func:`.read_model` reads it."""
        return read_model({**self.body, 'id': self.model_id}) or Model(id=self.model_id)
