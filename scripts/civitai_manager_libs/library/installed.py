"""Which models are on this machine: by what was downloaded, by content, by what is written beside
them, and last by name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..domain.choice import has_hash, weight_rank
from ..domain.folders import KINDS
from ..domain.generation import UsedResource
from ..domain.models import ModelFile, ModelVersion
from ..domain.placement import PlacementRules
from ..domain.resource_mentions import file_stem
from ..domain.used_resources import LocalFile, family
from ..store.database import Database
from ..store.finished import FinishedFile, FinishedFiles
from ..store.hashed import HashedFiles, file_state
from .contents import Contents
from .folders import kind_folder, model_folders
from .model_files import ModelFiles

_ROUNDED = 1024  # sizes are given in KiB, some of them rounded (civitai-api.md section 3.5)
_AUTO_V2, _AUTO_V3, _FULL = 10, 12, 64


class Installed:
    """Finds models on this machine; ``rules()`` says where models go. Thread-safe.

    A file of at most a GiB that has the name of what is sought, in the folder of its kind, is read
    to see whether it has the content; what was read once is remembered.
    """

    def __init__(self, database: Database, rules: Callable[[], PlacementRules]) -> None:
        self._finished = FinishedFiles(database)
        self._contents = Contents(HashedFiles(database))
        self._rules = rules
        self._files = ModelFiles(lambda: model_folders(rules()))

    def find(self, resource: UsedResource, version: ModelVersion | None = None) -> LocalFile | None:
        """The file of ``resource`` here, None when there is none. ``version`` is what Civitai says
        of it.

        With its hash or its version the answer is certain; another file of the weights of the
        same version counts too. What has nothing but the name is not certain, and what has the
        name and provably another content is not it.
        """
        sought = _Sought(resource, version)
        found = self._certain(sought)
        if found is not None:
            return found
        guesses = []
        for path in self._of_name(sought):
            same = self._proof(path, sought)
            local = _local(path, certain=bool(same)) if same is not False else None
            if local is not None and local.certain:
                return local
            guesses += [local] if local is not None else []
        return guesses[0] if guesses else None

    def _certain(self, sought: _Sought) -> LocalFile | None:
        """What was downloaded or hashed and has not changed, or has a description beside it."""
        for digits in sought.digits:
            for file in self._finished.with_hash(digits):
                if _unchanged(file):
                    return _local(file.path)
        if sought.version_id is not None:
            for file in self._finished.of_version(sought.version_id):
                if sought.includes(file) and _unchanged(file):
                    return _local(file.path)
        found = (_local(path) for path in self._described(sought))
        return next((local for local in found if local is not None), None)

    def _described(self, sought: _Sought) -> Iterator[Path]:
        for digits in sought.digits:
            yield from self._files.with_hash(digits)
        if sought.version_id is not None:
            for path in self._files.of_version(sought.version_id):
                if not sought.is_other(path):
                    yield path

    def _of_name(self, sought: _Sought) -> list[Path]:
        """The models called like ``sought`` that lie where its kind belongs."""
        found = (path for name in sought.names for path in self._files.named(name))
        kinds = _kinds_like(sought.kind)
        folders = [kind_folder(self._rules(), kind) for kind in kinds]
        places = [folder.absolute() for folder in folders if folder is not None]
        return [path for path in dict.fromkeys(found) if _is_below(path, places)]

    def _proof(self, path: Path, sought: _Sought) -> bool | None:
        """Whether the file at ``path`` has the content; None when that cannot be told."""
        if not sought.digits and not sought.auto_v3:
            return None
        if not sought.may_have_size_of(path):
            return False
        content = self._contents.of(path, bool(sought.auto_v3))
        if content is None:
            return None
        if content.sha256.startswith(tuple(sought.digits)):
            return True
        return bool(sought.auto_v3.intersection(content.auto_v3))


@dataclass(frozen=True)
class _Sought:
    """One question."""

    resource: UsedResource
    version: ModelVersion | None

    @property
    def kind(self) -> str:
        """Of the resource, or of its version where a picture does not say."""
        brief = self.version.model if self.version else None
        return brief.type if brief and self.resource.kind == 'Other' else self.resource.kind

    @property
    def version_id(self) -> int | None:
        return self.version.id if self.version else self.resource.version_id

    @property
    def files(self) -> list[ModelFile]:
        """The files of the version that are what is sought: the very one, and where that holds
        weights (or is not known) all weights.
        """
        every = self.version.files if self.version else []
        digits = self.resource.hash
        exact = [file for file in every if digits and has_hash(file, digits)]
        if exact and weight_rank(exact[0]) > 1:
            return exact
        weights = [file for file in every if weight_rank(file) == 0 and file not in exact]
        return [*exact, *weights]

    @property
    def digits(self) -> list[str]:
        """How SHA256 may begin."""
        own = self.resource.hash if len(self.resource.hash) in (_AUTO_V2, _FULL) else ''
        found = (own, *(file.sha256 for file in self.files))
        return list(dict.fromkeys(text for text in found if text))

    @property
    def auto_v3(self) -> frozenset[str]:
        """What AutoV3 may be; some programs write it at full length."""
        own = self.resource.hash
        given = own[:_AUTO_V3] if len(own) in (_AUTO_V3, _FULL) else ''
        found = (given, *(file.hashes.get('AutoV3', '') for file in self.files))
        return frozenset(text.lower().removeprefix('0x')[:_AUTO_V3] for text in found if text)

    @property
    def names(self) -> list[str]:
        """What its file may be called, without ending."""
        found = (self.resource.name, *(file.name for file in self.files))
        return [stem for stem in dict.fromkeys(map(file_stem, found)) if stem]

    def includes(self, file: FinishedFile) -> bool:
        """Whether a download of the version is what is sought: not a VAE beside a checkpoint. Of a
        file that the author has replaced since the record says nothing any more.
        """
        if file.file_id in [one.id for one in self.files]:
            return True
        listed = [one.id for one in self.version.files] if self.version else []
        return not file.follows and file.file_id not in listed

    def is_other(self, path: Path) -> bool:
        """Whether a file described as of the version is another one of it, going by the size."""
        size, own = _size(path), self.files
        others = [file for file in (self.version.files if self.version else []) if file not in own]
        return _has_size(others, size) and not _has_size(own, size)

    def may_have_size_of(self, path: Path) -> bool:
        """Whether the size of ``path`` is that of a file of the version, or nearly: notes inside
        a file may have been changed.
        """
        sizes = [file.estimated_bytes for file in self.files]
        known, size = [one for one in sizes if one], _size(path) or 0
        return not known or any(abs(one - size) <= max(1 << 20, one // 100) for one in known)


def _has_size(files: Iterable[ModelFile], size: int | None) -> bool:
    sizes = (file.estimated_bytes for file in files)
    return any(one and size and abs(one - size) <= _ROUNDED for one in sizes)


def _kinds_like(kind: str) -> list[str]:
    """The kinds whose folders may hold models of ``kind``; any for one that nobody knows."""
    if kind == 'Other':
        return list(KINDS)
    if kind in ('Checkpoint', 'UNet'):
        return ['Checkpoint', 'UNet']
    return [one for one in (*KINDS, kind) if family(one) == family(kind)]


def _is_below(path: Path, folders: Iterable[Path]) -> bool:
    return any(folder in path.parents for folder in folders)


def _unchanged(file: FinishedFile) -> bool:
    try:
        return file_state(file.path) == file.state
    except OSError:
        return False


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _local(path: Path, certain: bool = True) -> LocalFile | None:
    """The file at ``path``, None when it has gone meanwhile."""
    size = _size(path)
    return LocalFile(path, size, certain) if size is not None else None
