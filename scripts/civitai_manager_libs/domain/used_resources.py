"""Which models a picture says it was made with: every mention of them, each model once.

Programs and Civitai mention the same model in several places (civitai-api.md section 8):
``civitaiResources`` and ``additionalResources`` by version or AIR, ``resources`` by name and hash,
``hashes`` and ``Lora hashes`` by hash, the prompt by name and weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .generation import UsedResource
from .naming import name_key
from .resource_mentions import Mention, mentions_in

_MOST_ROWS = 200
_NETWORKS = ('LORA', 'LoCon', 'DoRA')
_PLACES = {
    'Checkpoint': 0,
    'UNet': 0,
    **dict.fromkeys(_NETWORKS, 1),
    'TextualInversion': 2,
    'VAE': 3,
}
_LAST = 4
_SHA256_LENGTHS = (10, 64)  # AutoV2 is how SHA256 begins


@dataclass(frozen=True)
class LocalFile:
    """A file of a model on this machine, ``size`` in bytes. Not ``certain`` is what only has the
    name.
    """

    path: Path
    size: int
    certain: bool = True


def resources_of(meta: Mapping[str, Any], prompt: str) -> tuple[UsedResource, ...]:
    """The models that ``meta`` (generation data under the names of the API or of A1111) and
    ``prompt`` mention: checkpoint, networks in the order in which they appear, embeddings, VAE,
    others.

    Mentions are of one model when their version is the same, else when their hash is (one may be
    the beginning of the other), else when kind and name are, whatever the folder, the ending and
    the case. What fits no form is passed over; never raises.
    """
    return merged(mentions_in(meta, prompt))


def merged(mentions: Iterable[Mention]) -> tuple[UsedResource, ...]:
    """``mentions`` with each model once, in the order of :func:`resources_of`; a few hundred at
    most.
    """
    rows: list[Mention] = []
    for mention in mentions:
        same = [row for row in rows if _is_same(row, mention)]
        if same:
            joined = _joined(same[0], mention)
            rows[rows.index(same[0])] = joined
            # The mention may be what shows that two rows are one.
            for other in same[1:]:
                if _is_same(joined, other):
                    rows.remove(other)
                    rows[rows.index(joined)] = joined = _joined(joined, other)
        elif len(rows) < _MOST_ROWS:
            rows.append(mention)
    rows.sort(key=lambda row: place_of_kind(row.kind))
    return tuple(_resource(row) for row in rows)


def place_of_kind(kind: str) -> int:
    """Where models of ``kind`` stand in a list: checkpoint, networks, embeddings, VAE, others."""
    return _PLACES.get(kind, _LAST)


def family(kind: str) -> str:
    """Equal for kinds that people take for one: a tag in a prompt says LoRA for all networks."""
    return 'LORA' if kind in _NETWORKS else kind


def same_hash(one: str, other: str) -> bool:
    """Whether two hashes in lower case are of the same file, one of them perhaps cut short."""
    return bool(one and other) and (one.startswith(other) or other.startswith(one))


def _is_same(row: Mention, other: Mention) -> bool:
    if row.version_id and other.version_id:
        return row.version_id == other.version_id
    if same_hash(row.hash, other.hash):
        return True
    if row.hash and other.hash and _comparable(len(row.hash), len(other.hash)):
        return False
    if not row.name or name_key(row.name) != name_key(other.name):
        return False
    return family(row.kind) == family(other.kind)


def _comparable(one: int, other: int) -> bool:
    """Whether hashes of these lengths are of one kind, so that different ones mean different
    files.
    """
    return one == other or (one in _SHA256_LENGTHS and other in _SHA256_LENGTHS)


def _joined(row: Mention, other: Mention) -> Mention:
    """All that both say, ``row`` first; a version's own kind is surest, a full hash best."""
    surer = other if other.version_id and not row.version_id else row
    kinds = [one.kind for one in (surer, row, other) if one.kind != 'Other']
    if not surer.version_id:  # a tag in a prompt says LoRA for every kind of network
        kinds.sort(key=lambda kind: kind not in ('LoCon', 'DoRA'))
    fuller = len(other.hash) == 64 and len(row.hash) != 64
    longer = other.hash.startswith(row.hash)
    return Mention(
        kind=kinds[0] if kinds else row.kind,
        name=row.name or other.name,
        title=row.title or other.title,
        hash=other.hash if fuller or longer else row.hash,
        version_id=row.version_id or other.version_id,
        weight=row.weight if row.weight is not None else other.weight,
    )


def _resource(row: Mention) -> UsedResource:
    return UsedResource(
        kind=row.kind,
        name=row.name or row.title,
        hash=row.hash,
        version_id=row.version_id,
        weight=row.weight,
    )
