"""What is remembered of a saved model, made of its record. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from .choice import risk
from .markup import plain_text
from .model_card import card_of, is_web
from .models import Model, ModelVersion, Picture
from .nsfw import BLOCKED, level_name
from .record import Record
from .shortcut import Shortcut

_MOST_WORDS = 20_000  # signs; a description can be a book, and all of them are looked through
_LONGEST_MARKUP = 4 * _MOST_WORDS
_SHOWN = ('image', 'video')


def shortcut_of(record: Record, version_id: int | None = None, added: float = 0.0) -> Shortcut:
    """The saved model that ``record`` tells of, without anything of the person's.

    ``version_id`` is the version that was meant (None: the newest), ``added`` when it was saved.
    """
    card = card_of(record.model)
    cover = card.cover
    return Shortcut(
        model_id=record.model_id,
        name=card.name,
        type=card.type,
        creator=card.creator,
        base_models=card.base_models,
        tags=card.tags,
        version_id=version_id,
        cover=cover.url if cover else None,
        cover_type=cover.type if cover else 'image',
        cover_level=cover.nsfw_level if cover else 0,
        published=_seconds(card.published),
        downloads=card.downloads,
        likes=card.likes,
        size=card.size,
        warning=card.warning,
        early_access_ends=_seconds(card.early_access_ends),
        added=added,
        gone=record.gone,
        fetched=record.checked,
    )


def words_of(record: Record) -> str:
    """The trigger words of all versions and what the descriptions say, without markup: what a
    saved model is found by beside its name and tags. At most 20,000 signs.
    """
    pieces, length = [], 0
    for piece in dict.fromkeys(_pieces(record.model)):
        pieces.append(piece)
        length += len(piece) + 1
        if length > _MOST_WORDS:
            break
    return '\n'.join(pieces)[:_MOST_WORDS]


def pictures_to_keep(record: Record | None, shortcut: Shortcut, most: int) -> tuple[Picture, ...]:
    """The cover of ``shortcut`` and the first ``most`` other pictures and videos, those of the
    version that was meant before those of the others. What Civitai has blocked is left out.
    """
    kept: dict[str, Picture] = {}
    if shortcut.cover is not None and is_web(shortcut.cover):
        cover = Picture(
            url=shortcut.cover, type=shortcut.cover_type, nsfw_level=shortcut.cover_level
        )
        kept[cover.url] = cover
    room = most + len(kept)
    for picture in _pictures(record.model, shortcut.version_id) if record is not None else ():
        if len(kept) < room:
            kept.setdefault(picture.url, picture)
    return tuple(kept.values())


def says_the_same(one: Record, other: Record) -> bool:
    """Whether a person would read the same in two records of a model, but for numbers of those who
    have downloaded or liked it. Lists and single answers differ in more (civitai-api.md section
    3.2).
    """
    return (one.gone, one.withdrawn) == (other.gone, other.withdrawn) and (
        one.body == other.body or _told(one.model) == _told(other.model)
    )


def _pieces(model: Model) -> Iterator[str]:
    for version in model.model_versions:
        yield from (word.strip() for word in version.trained_words if word.strip())
    for markup in (model.description, *(one.description for one in model.model_versions)):
        if markup:
            yield plain_text(markup[:_LONGEST_MARKUP])


def _pictures(model: Model, version_id: int | None) -> Iterator[Picture]:
    for version in sorted(model.model_versions, key=lambda one: one.id != version_id):
        for picture in version.images:
            blocked = level_name(picture.nsfw_level) == BLOCKED
            if picture.type in _SHOWN and is_web(picture.url) and not blocked:
                yield picture


def _told(model: Model) -> tuple[object, ...]:
    return (
        (model.name, model.type, model.description, model.creator.username, sorted(model.tags)),
        (model.mode, model.nsfw, model.allow_no_credit, model.allow_derivatives),
        (model.allow_different_license, model.allow_commercial_use),
        [_version_told(version) for version in model.model_versions],
    )


def _version_told(version: ModelVersion) -> tuple[object, ...]:
    return (
        (version.id, version.name, version.base_model, version.description),
        (version.published_at, version.early_access_ends_at, version.trained_words),
        [(file.id, file.name, file.size_kb, file.hashes, risk(file)) for file in version.files],
        [(picture.url, picture.nsfw_level) for picture in version.images],
    )


def _seconds(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None
