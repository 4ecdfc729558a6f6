"""A saved model: what is known of it without asking anybody, and how saved models are looked
through. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class ShortcutSort(str, Enum):
    """Orders of saved models; the values are those of the command line."""

    ADDED = 'added'
    NAME = 'name'
    PUBLISHED = 'published'
    DOWNLOADS = 'downloads'
    NOTED = 'noted'


@dataclass(frozen=True)
class Shortcut:
    """A saved model as its card shows it. Times are seconds since 1970.

    ``version_id`` is the version that was meant when it was saved (None: the newest), ``tags`` are
    those of Civitai, ``own_tags`` and ``classes`` those of the person. ``cover`` is the address of
    a picture or video (``cover_type``) rated ``cover_level`` (a bit, 0 is not rated), and
    ``cover_chosen`` says that the person took it. ``published`` is when its newest version was,
    ``warning`` as in :class:`.ModelCard`. ``gone`` is since when Civitai does not know the model,
    ``fetched`` when its record was asked for last with an answer; None when there is no record yet.
    """

    model_id: int
    name: str
    type: str = 'Other'
    creator: str | None = None
    base_models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    version_id: int | None = None
    cover: str | None = None
    cover_type: str = 'image'
    cover_level: int = 0
    cover_chosen: bool = False
    published: float | None = None
    downloads: int | None = None
    likes: int | None = None
    size: int | None = None
    warning: str = ''
    early_access_ends: float | None = None
    note: str = ''
    own_tags: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    favourite: bool = False
    added: float = 0.0
    gone: float | None = None
    fetched: float | None = None


@dataclass(frozen=True)
class ShortcutQuery:
    """Which saved models are wanted; whatever is empty leaves it open.

    ``text`` is looked for in name, tags of both kinds and note (of three letters or more also in
    creator, trigger words and description); all of its words must be found. ``installed`` wants
    those of which a file is here, ``gone`` those that Civitai does not have any more.
    """

    text: str = ''
    types: tuple[str, ...] = ()
    base_models: tuple[str, ...] = ()
    class_name: str | None = None
    tag: str | None = None
    favourite: bool = False
    installed: bool = False
    gone: bool = False
    sort: ShortcutSort = ShortcutSort.ADDED
