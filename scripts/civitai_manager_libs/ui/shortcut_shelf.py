"""What the Shortcuts tab reads: the saved models, and what lies on this computer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from ..domain.shortcut import Shortcut, ShortcutQuery

PAGE = 50


class Counts(Protocol):
    """How many saved models there are of what kind; the numbers are kept, not counted anew."""

    @property
    def all(self) -> int:
        """All of them."""

    @property
    def favourites(self) -> int:
        """Of them the favourites."""

    @property
    def gone(self) -> int:
        """Of them those that Civitai does not have any more."""

    @property
    def classes(self) -> Mapping[str, int]:
        """By class; an empty one has 0."""

    @property
    def types(self) -> Mapping[str, int]:
        """By type of model."""

    @property
    def base_models(self) -> Mapping[str, int]:
        """By base model."""

    @property
    def tags(self) -> Mapping[str, int]:
        """By tag, the most used ones."""

    @property
    def own_tags(self) -> Mapping[str, int]:
        """By tag of the person's, the most used ones."""


class ClassOf(Protocol):
    """A class of the person's."""

    @property
    def name(self) -> str: ...

    @property
    def count(self) -> int: ...


class Shelf(Protocol):
    """Where saved models are read. All of it may take a moment and raise errors of our tree."""

    def revision(self) -> int:
        """Grows with every change that any process makes."""

    def find(self, query: ShortcutQuery, after: int = 0, most: int = PAGE) -> list[Shortcut]:
        """Saved models that fit, without the first ``after``."""

    def count(self, query: ShortcutQuery) -> int:
        """How many fit."""

    def counts(self) -> Counts:
        """How many there are of what kind."""

    def classes(self) -> Sequence[ClassOf]:
        """All classes, empty ones too."""


class OnDisk(Protocol):
    """Who knows which models lie on this computer."""

    def stamp(self) -> int:
        """A number that changes with what lies there."""

    def model_ids(self) -> frozenset[int]:
        """The models that lie there."""
