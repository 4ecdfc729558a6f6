"""The models that lie in the model folders: by name, and by what the files beside them say."""

from __future__ import annotations

import os
import re
import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from ..domain.choice import MODEL_EXTENSIONS
from ..domain.naming import name_key
from ..domain.resource_mentions import file_stem
from ..domain.target_types import LARGEST_ID, integer
from .folders import extension_of, walk

_FRESH_SECONDS = 20.0
_MOST_SIDECARS = 20_000
_LARGEST = 8 << 20
_ENDINGS = ('.civitai.info', '.metadata.json', '.json')
_SHA256 = re.compile('[0-9a-f]{64}')
_State = tuple[int, int]


class _Sidecar(msgspec.Struct):
    """The few fields that name a file, of all three kinds of sidecars: ``.civitai.info`` (Civitai
    Helper and this program), ``.json`` (A1111 with this program's or Browser+'s additions) and
    ``.metadata.json`` (LoRA Manager).
    """

    id: Any = None
    files: Any = None
    modelId: Any = None
    modelVersionId: Any = None
    sha256: Any = None
    civitai: Any = None


@dataclass(frozen=True)
class Described:
    """A model at ``path`` and Civitai's numbers of it, as a file beside it has them."""

    path: Path
    version_id: int
    model_id: int | None = None
    file_id: int | None = None


@dataclass(frozen=True)
class _Facts:
    version_id: int | None = None
    model_id: int | None = None
    file_id: int | None = None
    sha256: str = ''


class ModelFiles:
    """An index of all models below ``folders()``, made afresh when it is asked for after some
    seconds. Thread-safe.

    Of the files beside them only what changed is read again, and no more than some ten thousand.
    When ``ended()`` it looks no further.
    """

    def __init__(
        self,
        folders: Callable[[], list[Path]],
        clock: Callable[[], float] = time.monotonic,
        ended: Callable[[], bool] = lambda: False,
    ) -> None:
        self._folders = folders
        self._clock = clock
        self._ended = ended
        self._lock = threading.Lock()
        self._read_at: float | None = None
        self._read_from: list[Path] = []
        self._named: dict[str, list[str]] = {}
        self._sidecars: list[tuple[str, str]] = []
        self._facts: dict[str, tuple[_State, _Facts]] = {}
        self._by_version: dict[int, dict[str, _Facts]] | None = None
        self._by_sha256: list[tuple[str, str]] = []

    def named(self, name: str) -> list[Path]:
        """The models of that name, whatever their ending and the case of the letters."""
        with self._lock:
            self._refresh()
            return [Path(path) for path in self._named.get(name_key(name), ())]

    def of_version(self, version_id: int) -> list[Path]:
        """The models beside which it is written that they are of this version."""
        with self._lock:
            return [Path(path) for path in self._described().get(version_id, ())]

    def described(self) -> list[Described]:
        """All models beside which it is written which version they are of."""
        with self._lock:
            found = self._described()
            return [
                Described(Path(path), version_id, facts.model_id, facts.file_id)
                for version_id, models in found.items()
                for path, facts in models.items()
            ]

    def with_hash(self, begins: str) -> list[Path]:
        """The models beside which a SHA256 is written that begins so (lower case)."""
        with self._lock:
            self._described()
            at, found = bisect_left(self._by_sha256, (begins, '')), []
            while at < len(self._by_sha256) and self._by_sha256[at][0].startswith(begins):
                found.append(self._by_sha256[at][1])
                at += 1
            return [Path(path) for path in dict.fromkeys(found)]

    def _refresh(self) -> None:
        folders, now = self._folders(), self._clock()
        fresh = self._read_at is not None and now - self._read_at < _FRESH_SECONDS
        if fresh and folders == self._read_from:
            return
        models, sidecars, self._named = dict[str, str](), list[str](), {}
        for entry in walk(folders, self._ended):
            if extension_of(entry.name) in MODEL_EXTENSIONS:
                models.setdefault(os.path.splitext(entry.path)[0], entry.path)
                self._named.setdefault(name_key(file_stem(entry.name)), []).append(entry.path)
            elif entry.name.endswith(_ENDINGS) and len(sidecars) < _MOST_SIDECARS:
                sidecars.append(entry.path)
        beside = ((path, models.get(_base(path))) for path in sidecars)
        self._sidecars = [(path, model) for path, model in beside if model is not None]
        self._by_version = None
        self._read_at, self._read_from = self._clock(), folders

    def _described(self) -> dict[int, dict[str, _Facts]]:
        """The models by version, read from the sidecars where that is not done."""
        self._refresh()
        if self._by_version is not None:
            return self._by_version
        versions, hashes, read = dict[int, dict[str, _Facts]](), list[tuple[str, str]](), {}
        for path, model in self._sidecars:
            state = _state(path)
            if state is None:
                continue
            known = self._facts.get(path)
            facts = known[1] if known and known[0] == state else _read(path, model)
            read[path] = (state, facts)
            if facts.version_id is not None:
                models = versions.setdefault(facts.version_id, {})
                models[model] = _joined(models.get(model), facts)
            if facts.sha256:
                hashes.append((facts.sha256, model))
        self._facts, self._by_version, self._by_sha256 = read, versions, sorted(hashes)
        return versions


def _base(path: str) -> str:
    """The path of a model, without its extension, that the sidecar at ``path`` lies beside."""
    return path[: -len(next(ending for ending in _ENDINGS if path.endswith(ending)))]


def _state(path: str) -> _State | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return (status.st_mtime_ns, status.st_size) if status.st_size <= _LARGEST else None


def _read(path: str, model: str) -> _Facts:
    """What the sidecar at ``path`` says of ``model``; nothing for what is none or is broken."""
    try:
        with open(path, 'rb') as file:
            said = msgspec.json.decode(file.read(_LARGEST), type=_Sidecar)
    except (OSError, ValueError, RecursionError):
        return _Facts()
    if path.endswith('.civitai.info'):
        return _of_version(said.id, said.modelId, said.files, model)
    if isinstance(said.civitai, dict):
        own = said.civitai
        facts = _of_version(own.get('id'), own.get('modelId'), own.get('files'), model)
        return replace(facts, sha256=_digits(said.sha256))
    version, model_id = _number(said.modelVersionId), _number(said.modelId)
    return _Facts(version, model_id, sha256=_digits(said.sha256))


def _of_version(version: object, model_id: object, files: object, model: str) -> _Facts:
    """What the record of a version says of ``model``."""
    record = _own_record(files, model)
    hashes = record.get('hashes')
    sha256 = _digits(hashes.get('SHA256')) if isinstance(hashes, dict) else ''
    return _Facts(_number(version), _number(model_id), _number(record.get('id')), sha256)


def _own_record(files: object, model: str) -> dict[str, Any]:
    """That file of a version which is called like ``model``, or its only one."""
    records = [one for one in files if isinstance(one, dict)] if isinstance(files, list) else []
    name = name_key(file_stem(os.path.basename(model)))
    own = (one for one in records if name_key(file_stem(one.get('name'))) == name)
    return next(own, records[0] if len(records) == 1 else {})


def _joined(known: _Facts | None, more: _Facts) -> _Facts:
    """What two files beside one model say of it; both mean the same version."""
    if known is None:
        return more
    model_id, file_id = known.model_id or more.model_id, known.file_id or more.file_id
    return replace(known, model_id=model_id, file_id=file_id)


def _number(value: object) -> int | None:
    if isinstance(value, str):
        return integer(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value <= LARGEST_ID else None


def _digits(value: object) -> str:
    text = value.strip().lower() if isinstance(value, str) else ''
    return text if _SHA256.fullmatch(text) else ''
