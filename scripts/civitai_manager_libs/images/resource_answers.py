"""Asks Civitai which versions the models of a picture are, in as few calls as it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar, Union

import msgspec

from ..civitai import CivitaiAPI
from ..domain.choice import has_hash, weight_rank
from ..domain.generation import UsedResource
from ..domain.models import ModelFile, ModelVersion
from ..domain.naming import name_key
from ..domain.resource_mentions import file_stem
from ..domain.target_words import HASH_LENGTHS
from ..domain.used_resources import family
from ..errors import ApiError, NotFound

_AT_ONCE = 3
_FULL = 64
_AUTO_V3 = 12
_COLLIDING = 8  # AutoV1 and CRC32 are of many files (civitai-api.md section 3.8)

Answer = Union[ModelVersion, ApiError]
K = TypeVar('K', int, str)


@dataclass(frozen=True)
class Known:
    """A resource with what Civitai answered: its version and the file of it that was used, or
    why nobody could tell; nothing at all for what Civitai does not know.
    """

    resource: UsedResource
    version: ModelVersion | None = None
    file: ModelFile | None = None
    problem: ApiError | None = None

    @property
    def key(self) -> tuple[int, int] | None:
        """Equal for two that are one: a VAE beside a checkpoint has its version, yet is another."""
        if self.version is None:
            return None
        apart = self.file is not None and weight_rank(self.file) > 1
        return self.version.id, self.file.id if self.file and apart else 0


class Questions:
    """What is asked of ``api``."""

    def __init__(self, api: CivitaiAPI) -> None:
        self._api = api

    def ask(self, resources: Sequence[UsedResource]) -> list[Known]:
        """Each of ``resources`` with its answer, what turns out to be one model once."""
        by_id = self._by_ids([one.version_id for one in resources if one.version_id])
        hashes = [one.hash for one in resources if one.hash and (one.version_id or 0) not in by_id]
        by_hash = _settled(by_id.values(), hashes)
        by_hash.update(self._by_hashes([text for text in hashes if text not in by_hash]))
        known = []
        for one in resources:
            answer = by_id.get(one.version_id or 0) or by_hash.get(one.hash)
            if isinstance(answer, ModelVersion) and _plausible(one, answer):
                known.append(Known(one, answer, _used_file(answer, one.hash)))
            else:
                known.append(Known(one, problem=answer if isinstance(answer, ApiError) else None))
        return _without_repeats(known)

    def in_full(self, version_ids: Sequence[int]) -> dict[int, ModelVersion]:
        """Versions as they describe themselves, each asked by a call of its own; what nobody can
        tell is absent.
        """
        found = _singly(self._api.version, {number: number for number in version_ids})
        return {key: one for key, one in found.items() if isinstance(one, ModelVersion)}

    def _by_ids(self, version_ids: Sequence[int]) -> dict[int, Answer]:
        try:
            found: dict[int, Answer] = dict(self._api.versions(version_ids))
        except ApiError as error:
            return {number: error for number in version_ids}
        left = [number for number in version_ids if number not in found]
        return {**found, **_singly(self._api.version, {number: number for number in left})}

    def _by_hashes(self, hashes: Sequence[str]) -> dict[str, Answer]:
        full = [text for text in hashes if len(text) == _FULL]
        singles = {text: text for text in hashes if len(text) in HASH_LENGTHS and text not in full}
        found: dict[str, Answer] = {}
        try:
            found.update(self._api.versions_by_hashes(full))
            # Some programs write AutoV3 at full length.
            singles.update({text: text[:_AUTO_V3] for text in full if text not in found})
        except ApiError as error:
            found.update({text: error for text in full})
        return {**found, **_singly(self._api.version_by_hash, singles)}


def _settled(answers: Iterable[Answer], hashes: Sequence[str]) -> dict[str, Answer]:
    """The versions of ``answers`` that have a file of one of ``hashes``."""
    versions = [answer for answer in answers if isinstance(answer, ModelVersion)]
    found = ((text, version) for text in hashes for version in versions)
    return {text: version for text, version in found if _used_file(version, text)}


def _singly(ask: Callable[[K], ModelVersion], wanted: Mapping[K, K]) -> dict[K, Answer]:
    """What ``ask`` gives for each of ``wanted``, a few at once; what is not there is absent."""

    def answer(what: K) -> Answer | None:
        try:
            return ask(what)
        except NotFound:
            return None
        except ApiError as error:
            return error

    if not wanted:
        return {}
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix='resources') as pool:
        answers = zip(wanted, pool.map(answer, wanted.values()))
        return {key: found for key, found in answers if found is not None}


def _plausible(resource: UsedResource, version: ModelVersion) -> bool:
    """Whether ``version`` may be what was meant: the shortest hashes are of many files."""
    if resource.version_id or len(resource.hash) != _COLLIDING or version.model is None:
        return True
    return family(version.model.type) == family(resource.kind)


def _used_file(version: ModelVersion, file_hash: str) -> ModelFile | None:
    """The file of ``version`` that ``file_hash`` is of."""
    if not file_hash:
        return None
    asked = (file_hash, file_hash[:_AUTO_V3]) if len(file_hash) == _FULL else (file_hash,)
    return next((one for text in asked for one in version.files if has_hash(one, text)), None)


def _without_repeats(known: Sequence[Known]) -> list[Known]:
    """``known`` with each version once, whatever it was mentioned by: its id, a hash, or nothing
    but a name that one of its files or its model has.
    """
    names: dict[tuple[str, str], object] = {}
    for one in known:
        for name in _names(one):
            names.setdefault(name, one.key)
    found: dict[object, Known] = {}
    for number, one in enumerate(known):
        by_name = names.get((family(one.resource.kind), name_key(one.resource.name)))
        identified = one.resource.hash or one.resource.version_id
        key = one.key or (None if identified else by_name) or ('unknown', number)
        found[key] = _together(found[key], one) if key in found else one
    return list(found.values())


def _names(known: Known) -> list[tuple[str, str]]:
    """By which a mention may mean the version of ``known``."""
    version = known.version
    if version is None or version.model is None:
        return []
    stems = [file_stem(file.name) for file in version.files if weight_rank(file) == 0]
    texts = [known.resource.name, version.model.name, *stems]
    return [(family(version.model.type), name_key(text)) for text in texts if text]


def _together(one: Known, other: Known) -> Known:
    """Two mentions of one model."""
    first, second = one.resource, other.resource
    resource = msgspec.structs.replace(
        first,
        kind=first.kind if first.kind != 'Other' else second.kind,
        name=first.name or second.name,
        hash=first.hash or second.hash,
        version_id=first.version_id or second.version_id,
        weight=first.weight if first.weight is not None else second.weight,
    )
    version, file = one.version or other.version, one.file or other.file
    return replace(one, resource=resource, version=version, file=file)
