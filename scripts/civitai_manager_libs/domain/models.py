"""What Civitai has: models, their versions, files and pictures.

Field names follow the API (civitai-api.md section 3) in snake case; every one but an id may be
missing there and has a default here. Enumerations stay text: new values appear without notice.
Objects are made by :func:`read_model`, :func:`read_version` and :func:`read_image`, which survive
every shape on record.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import msgspec

from .lenient import convert

HASH_NAMES = ('SHA256', 'BLAKE3', 'AutoV3', 'AutoV2', 'AutoV1', 'CRC32')
_NSFW_WORDS = {'none': 1, 'soft': 2, 'mature': 4, 'x': 8, 'blocked': 32}
_PICTURE_NUMBER = re.compile(r'/([0-9]{1,18})\.[A-Za-z0-9]+(?:\?|$)')


class Wire(msgspec.Struct, frozen=True, kw_only=True, rename='camel'):
    """Base of all records: immutable, camelCase on the wire."""


class FileMetadata(Wire, frozen=True):
    """What a file is: ``format`` (SafeTensor, PickleTensor, GGUF, ...), ``size`` (full, pruned),
    ``fp``.
    """

    format: str | None = None
    size: str | None = None
    fp: str | None = None
    quant_type: str | None = None


class ModelFile(Wire, frozen=True):
    """One file of a version. ``size_kb`` is in KiB and an estimate, never to be checked exactly."""

    id: int
    name: str = ''
    type: str = 'Model'
    size_kb: float | None = msgspec.field(default=None, name='sizeKB')
    metadata: FileMetadata = FileMetadata()
    pickle_scan_result: str | None = None
    pickle_scan_message: str | None = None
    virus_scan_result: str | None = None
    scanned_at: datetime | None = None
    hashes: dict[str, str] = {}
    download_url: str | None = None
    primary: bool = False

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        if raw.get('overrideName'):
            raw['name'] = raw['overrideName']
        raw['hashes'] = _known_hashes(raw.get('hashes'))
        raw['scannedAt'] = utc(raw.get('scannedAt'))
        return raw

    @property
    def sha256(self) -> str | None:
        """Lower-case hex of the whole file, or None before Civitai has scanned it."""
        found = self.hashes.get('SHA256')
        return found.lower() if found else None

    @property
    def estimated_bytes(self) -> int | None:
        """Size in bytes as far as the API tells; good for space checks and display only."""
        size = (self.size_kb or 0) * 1024
        return int(size) if 0 < size < math.inf else None


class Picture(Wire, frozen=True):
    """A picture or video of a version. ``nsfw_level`` is a bit (1 PG ... 32 blocked), 0 means not
    rated.
    """

    url: str
    id: int | None = None
    nsfw_level: int = 0
    width: int | None = None
    height: int | None = None
    hash: str | None = None
    type: str = 'image'
    meta: dict[str, Any] | None = None

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        raw['nsfwLevel'] = _nsfw_bit(raw)
        if raw.get('id') is None:
            number = _PICTURE_NUMBER.search(str(raw.get('url') or ''))
            raw['id'] = int(number.group(1)) if number else None
        raw['meta'] = _plain_meta(raw.get('meta'))
        return raw


class Creator(Wire, frozen=True):
    """Who published a model; the system user has no name."""

    username: str | None = None
    image: str | None = None


class Stats(Wire, frozen=True):
    """Counters; creators may hide the number of downloads."""

    download_count: int | None = None
    thumbs_up_count: int | None = None


class ModelBrief(Wire, frozen=True):
    """The ``model`` block inside a version that was asked for by itself."""

    name: str = ''
    type: str = 'Other'
    nsfw: bool = False
    poi: bool = False
    mode: str | None = None


class ModelVersion(Wire, frozen=True):
    """One version of a model with its files and pictures."""

    id: int
    model_id: int | None = None
    name: str = ''
    base_model: str | None = None
    base_model_type: str | None = None
    published_at: datetime | None = None
    availability: str | None = None
    status: str | None = None
    usage_control: str | None = None
    description: str | None = None
    trained_words: list[str] = []
    nsfw_level: int = 0
    air: str | None = None
    early_access_ends_at: datetime | None = None
    download_url: str | None = None
    files: list[ModelFile] = []
    images: list[Picture] = []
    stats: Stats = Stats()
    model: ModelBrief | None = None

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        raw['publishedAt'] = utc(raw.get('publishedAt'))
        paid = raw.get('paidAccess')
        ends = raw.get('earlyAccessEndsAt') or raw.get('earlyAccessDeadline')
        if not ends and isinstance(paid, dict):
            ends = paid.get('endsAt')
        raw['earlyAccessEndsAt'] = utc(ends)
        return raw

    @property
    def early_access(self) -> bool:
        """Whether the API says that this version is still for those who bought it."""
        return self.availability == 'EarlyAccess'

    @property
    def primary_file(self) -> ModelFile | None:
        """The file marked primary, or None (no mark is common)."""
        return next((file for file in self.files if file.primary), None)


class Model(Wire, frozen=True):
    """A model with all versions the answer holds, newest first."""

    id: int
    name: str = ''
    type: str = 'Other'
    nsfw: bool = False
    nsfw_level: int = 0
    poi: bool = False
    minor: bool = False
    mode: str | None = None
    availability: str | None = None
    description: str | None = None
    tags: list[str] = []
    creator: Creator = Creator()
    allow_no_credit: bool = True
    allow_derivatives: bool = True
    allow_different_license: bool = True
    allow_commercial_use: tuple[str, ...] = ()
    stats: Stats = Stats()
    model_versions: list[ModelVersion] = []

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        raw['allowCommercialUse'] = commercial_uses(raw.get('allowCommercialUse'))
        tags = raw.get('tags')
        if isinstance(tags, list):
            raw['tags'] = [tag.get('name') if isinstance(tag, dict) else tag for tag in tags]
        return raw

    @property
    def removed(self) -> bool:
        """Archived or taken down: the record is still there, its files are not given out."""
        return self.mode in ('Archived', 'TakenDown')

    def version(self, version_id: int) -> ModelVersion | None:
        """The version of that id, or None."""
        return next((found for found in self.model_versions if found.id == version_id), None)


class Account(Wire, frozen=True):
    """Who a key belongs to (``GET /me``)."""

    id: int
    username: str = ''
    tier: str | None = None
    status: str | None = None


class HashMatch(Wire, frozen=True):
    """One row of ``POST /model-versions/by-hash/ids``."""

    model_version_id: int
    model_id: int | None = None
    hash: str = ''


def read_model(data: object) -> Model | None:
    """A model from decoded JSON, list item or by-id body; None when there is no id."""
    return convert(data, Model)


def read_version(data: object) -> ModelVersion | None:
    """A version from decoded JSON; None when there is no id (lists of the API can hold nulls)."""
    return convert(data, ModelVersion)


def read_image(data: object) -> Picture | None:
    """A picture from decoded JSON; None when it has no address."""
    return convert(data, Picture)


def commercial_uses(value: object) -> tuple[str, ...]:
    """The three recorded shapes of ``allowCommercialUse`` as sorted names.

    ``["Image", "Rent"]``, ``"{Image,Rent}"`` and ``"Sell"`` are all met; ``None`` and ``"None"``
    allow nothing.
    """
    if isinstance(value, str):
        words: Iterator[object] = iter(value.strip('{}').split(','))
    elif isinstance(value, (list, tuple)):
        words = iter(value)
    else:
        return ()
    names = {str(word).strip().strip('"') for word in words}
    return tuple(sorted(names - {'', 'None'}))


def _known_hashes(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        return {}
    return {
        name: value[name]
        for name in HASH_NAMES
        if isinstance(value.get(name), str) and value[name].strip()
    }


def utc(value: object) -> datetime | None:
    """An ISO time of the API: with ``Z``, an offset, or no zone (then UTC), and 0 to 6 digits of a
    fraction.
    """
    if not isinstance(value, str):
        return None
    shaped = re.sub(
        r'\.(\d{1,9})', lambda digits: '.' + digits.group(1)[:6].ljust(6, '0'), value.strip()
    )
    try:
        moment = datetime.fromisoformat(shaped.replace('Z', '+00:00'))
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone.utc)
        return moment.astimezone(timezone.utc)
    except (ValueError, OverflowError):  # the first and last hours of the calendar have no UTC
        return None


def _nsfw_bit(raw: dict[str, Any]) -> int:
    for value in (raw.get('browsingLevel'), raw.get('nsfwLevel'), raw.get('nsfw')):
        if isinstance(value, bool):
            continue
        if isinstance(value, int):
            return value
        if isinstance(value, str) and value.lower() in _NSFW_WORDS:
            return _NSFW_WORDS[value.lower()]
    return 0


def _plain_meta(value: object) -> dict[str, Any] | None:
    """Null, flat or nested ``{"id": ..., "meta": {...}}`` as a flat dictionary or None."""
    if isinstance(value, dict) and set(value) == {'id', 'meta'}:
        value = value['meta']
    return value if isinstance(value, dict) else None
