"""What the demo server has in stock: models, versions, files and pictures, whatever their source.

Both the generated catalogue and a folder of recorded answers are turned into these classes; the
API side renders them. `record` always holds the fields in API shape that are not computed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Callable, Optional

from .contents import Content

OPEN, LOGIN, EARLY_ACCESS, DISABLED = 'open', 'login', 'early_access', 'disabled'

_WEIGHT_TYPES = ('Model', 'Pruned Model', 'Diffusion Model', 'UNet')
_PREFERENCES = (('format', 'SafeTensor', 100), ('size', 'pruned', 10), ('fp', 'fp16', 1))


@dataclass
class DemoFile:
    """One file of a version.

    `content` is what the storage sends, `announced` what the API describes; they differ only
    after a replacement that the API was not told of. `hash_keys` None means every known hash.
    `make(seed, size)` builds other content of the same kind (size in bytes, about).
    """

    id: int
    version_id: int
    record: dict[str, Any]
    make: Callable[[int, int], Content]
    wanted_size: int
    content: Content
    announced: Content
    hash_keys: Optional[tuple[str, ...]] = None
    primary: bool = False
    revision: int = 0

    def storage_path(self) -> str:
        """Path on the storage: owner, kind, name with a random-looking part (section 6)."""
        name = re.sub(r'[^A-Za-z0-9_-]+', '', str(self.record['name']).rsplit('.', 1)[0])[:40]
        ending = re.sub(r'[^A-Za-z0-9]+', '', str(self.record['name']).rpartition('.')[2])[:12]
        return f'/{1300000 + self.id % 977}/model/{name or "file"}.f{self.id:x}.{ending or "bin"}'

    def replace(self, size: Optional[int], update_api: bool) -> None:
        """Puts other bytes behind the same address, as when an author uploads the file anew."""
        self.revision += 1
        seed = self.id + self.revision * 100_000
        self.content = self.make(seed, self.wanted_size if size is None else size)
        if update_api:
            self.announced = self.content

    def score(self) -> float:
        """How much the server likes this file as the primary one (section 3.5)."""
        points = 2000.0 if self.record.get('type') in _WEIGHT_TYPES else 1000.0
        metadata = self.record.get('metadata') or {}
        for name, wanted, weight in _PREFERENCES:
            if metadata.get(name) is not None:
                points += weight if metadata[name] == wanted else -weight
        return points


@dataclass
class Picture:
    """One picture. `level` is one browsing-level bit; `meta` gives generation data when asked.

    `recorded` is the entry as recorded, with its own old shape, or None for a generated one.
    `own` says whether the model's author posted it (previews show only those). `embedded` gives the
    texts inside the original by the name of their chunk, None: what `meta` says as A1111 text.
    `drawn_as` is the uuid of another picture that looks the same. `used_versions` are further
    versions that the picture was made with.
    """

    id: int
    uuid: str
    width: int
    height: int
    level: int
    model_id: int
    version_id: int
    base_model: Optional[str]
    username: Optional[str]
    created_at: str
    meta: Callable[[], Optional[dict[str, Any]]]
    post_id: int = 0
    kind: str = 'image'
    own: bool = True
    original: str = 'png'
    hash: Optional[str] = None
    recorded: Optional[dict[str, Any]] = None
    embedded: Optional[Callable[[], dict[str, str]]] = None
    drawn_as: str = ''
    used_versions: tuple[int, ...] = ()


@dataclass
class DemoVersion:
    """One version; `access` decides what the download route answers.

    The extras are fields that only lists, only `/models/:id` or only `/model-versions` show.
    """

    id: int
    model_id: int
    record: dict[str, Any]
    files: list[DemoFile] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    access: str = OPEN
    list_extras: dict[str, Any] = field(default_factory=dict)
    by_id_extras: dict[str, Any] = field(default_factory=dict)
    version_extras: dict[str, Any] = field(default_factory=dict)

    def best_file(self) -> Optional[DemoFile]:
        """The marked primary file, else the one with the highest score, first on a tie."""
        for file in self.files:
            if file.primary:
                return file
        return max(self.files, key=DemoFile.score, default=None)


@dataclass
class DemoModel:
    """One model with its versions, newest first."""

    id: int
    record: dict[str, Any]
    versions: list[DemoVersion] = field(default_factory=list)

    @property
    def archived(self) -> bool:
        return self.record.get('mode') == 'Archived'

    @property
    def username(self) -> Optional[str]:
        creator = self.record.get('creator') or {}
        name = creator.get('username')
        return str(name) if name else None


class Shelf:
    """All models, with look-up tables by every kind of id."""

    def __init__(self) -> None:
        self.models: list[DemoModel] = []
        self.models_by_id: dict[int, DemoModel] = {}
        self.versions: dict[int, DemoVersion] = {}
        self.files: dict[int, DemoFile] = {}
        self.files_by_path: dict[str, DemoFile] = {}
        self.pictures: list[Picture] = []
        self.pictures_by_uuid: dict[str, Picture] = {}

    def add(self, model: DemoModel) -> None:
        """Takes a complete model in; ids that are already known keep their first meaning."""
        self.models.append(model)
        self.models_by_id.setdefault(model.id, model)
        for version in model.versions:
            self.versions.setdefault(version.id, version)
            for file in version.files:
                self.files.setdefault(file.id, file)
                self.files_by_path.setdefault(file.storage_path(), file)
            for picture in version.pictures:
                self.pictures.append(picture)
                self.pictures_by_uuid.setdefault(picture.uuid, picture)

    def model_of(self, version: DemoVersion) -> DemoModel:
        """The model that a version belongs to."""
        return self.models_by_id[version.model_id]
