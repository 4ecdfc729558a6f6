"""What a card of a model tells at a glance, from any record of the model. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .choice import risk, weight_rank
from .models import Model, ModelFile, ModelVersion, Picture
from .nsfw import is_mild

REMOVED, PICKLE, EARLY_ACCESS = 'removed', 'pickle', 'early_access'
"""What a card warns of, gravest first."""

_WEB = ('https://', 'http://')


@dataclass(frozen=True)
class ModelCard:
    """A model in a few facts, those of its newest version where they are of one.

    ``downloads`` and ``likes`` are None where nobody tells, ``size`` is about how many bytes its
    file has. ``cover`` is the first picture that anybody may see, or else the first. ``warning`` is
    the gravest of :data:`REMOVED`, :data:`PICKLE` (nothing but weights that can run code), and
    :data:`EARLY_ACCESS`, or ''.
    """

    model_id: int
    name: str
    type: str = 'Other'
    base_models: tuple[str, ...] = ()
    creator: str | None = None
    tags: tuple[str, ...] = ()
    version_id: int | None = None
    published: datetime | None = None
    downloads: int | None = None
    likes: int | None = None
    size: int | None = None
    cover: Picture | None = None
    warning: str = ''
    early_access_ends: datetime | None = None


def card_of(model: Model) -> ModelCard:
    """The card of a model as a list of models or the model by itself tells it."""
    versions = model.model_versions
    newest = versions[0] if versions else None
    file = main_file(newest) if newest else None
    bases = dict.fromkeys(version.base_model for version in versions if version.base_model)
    return ModelCard(
        model_id=model.id,
        name=model.name,
        type=model.type,
        base_models=tuple(bases),
        creator=model.creator.username,
        tags=tuple(tag for tag in model.tags if tag),
        version_id=newest.id if newest else None,
        published=newest.published_at if newest else None,
        downloads=model.stats.download_count,
        likes=model.stats.thumbs_up_count,
        size=file.estimated_bytes if file else None,
        cover=cover_of_model(model),
        warning=_warning(model, newest),
        early_access_ends=newest.early_access_ends_at if newest else None,
    )


def main_file(version: ModelVersion) -> ModelFile | None:
    """The file that stands for a version: the one marked primary, else its first weights, else its
    first.
    """
    weights = (file for file in version.files if weight_rank(file) == 0)
    first = next(iter(version.files), None)
    return version.primary_file or next(weights, first)


def cover_of_model(model: Model) -> Picture | None:
    """The first picture of the newest version that has any: one that anybody may see if there is
    such a one.
    """
    for version in model.model_versions:
        shown = [one for one in version.images if one.type != 'audio' and is_web(one.url)]
        if shown:
            return next((one for one in shown if is_mild(one.nsfw_level)), shown[0])
    return None


def is_web(url: str) -> bool:
    """Whether a picture may be asked for at ``url``."""
    return url.lower().startswith(_WEB)


def _warning(model: Model, newest: ModelVersion | None) -> str:
    if model.removed:
        return REMOVED
    weights = [file for file in newest.files if weight_rank(file) == 0] if newest else []
    if weights and all(risk(file) is not None for file in weights):
        return PICKLE
    return EARLY_ACCESS if newest and newest.early_access else ''
