"""What of a list of models somebody does not want to see."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ..domain.models import Model
from ..domain.nsfw import LEVELS
from ..store.browsing import CREATOR, MODEL, TAG, Hidden

_SAFE = LEVELS['None'] | LEVELS['Soft']


@dataclass(frozen=True)
class Sieve:
    """The models (ids as text), creators and tags that are hidden, in small letters."""

    models: frozenset[str]
    creators: frozenset[str]
    tags: frozenset[str]

    @classmethod
    def of(cls, hidden: Collection[Hidden]) -> Sieve:
        """The sieve for everything that was ``hidden``."""

        def names(kind: str) -> frozenset[str]:
            return frozenset(one.name.strip().casefold() for one in hidden if one.kind == kind)

        return cls(names(MODEL), names(CREATOR), names(TAG))

    def holds(self, model: Model) -> bool:
        """Whether ``model`` is among it."""
        creator = (model.creator.username or '').strip().casefold()
        tags = (tag.strip().casefold() for tag in model.tags)
        return (
            str(model.id) in self.models
            or creator in self.creators
            or not self.tags.isdisjoint(tags)
        )


def is_adult(model: Model) -> bool:
    """Whether a model has nothing that anybody may see; a server that was not asked for such should
    not list it.
    """
    return model.nsfw_level > 0 and not model.nsfw_level & _SAFE
