"""Where a file of a version goes, under which name, and how it is asked for.

Everything here follows from the records of Civitai and the settings alone, so the same file of the
same version gets the same place whatever was downloaded before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import PurePosixPath

from ..errors import DownloadsDisabled, Gone
from .choice import Preference, format_of, weight_rank
from .file_facts import cover_of, download_request, warnings_of
from .folders import Folder, Kind, folder_for, kind_of
from .models import Creator, FileMetadata, Model, ModelFile, ModelVersion
from .naming import safe_name, split_extension, tagged, unique
from .templates import file_name, subfolder_parts

_EXTENSION_OF = {
    'safetensor': '.safetensors',
    'gguf': '.gguf',
    'onnx': '.onnx',
    'pickletensor': '.ckpt',
}


@dataclass(frozen=True)
class PlacementRules:
    """What the settings and the host say about places, and which file is preferred.

    ``layout`` is one of ``folders.LAYOUTS``; ``root`` the folder of the WebUI or ComfyUI,
    ``download_root`` ours; ``own_folders`` (layout ``own``) and ``host_folders`` (what a host says
    of itself) are folders by model type. ``added_folders`` are those that the host reads besides,
    because somebody has added them: absolute, by kind.
    """

    layout: str
    root: str
    download_root: str
    own_folders: Mapping[str, str] = field(default_factory=dict)
    host_folders: Mapping[str, str] = field(default_factory=dict)
    added_folders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    subfolder_template: str = ''
    filename_template: str = ''
    preference: Preference = Preference()


@dataclass(frozen=True)
class Placement:
    """One file to fetch: what it is, where it goes, what to expect.

    The file is ``root`` / ``folder`` / ``file_name``, joined by the caller. ``spare_name`` is for
    when another file lies there under that name: it carries version and file id and depends on
    nothing else. ``request`` is path and query under the site's base. ``size_bytes_estimate`` is
    for display and space checks only. ``warnings`` are message keys.
    """

    model_id: int | None
    version_id: int
    file_id: int
    model_name: str
    version_name: str
    model_type: str
    base_model: str | None
    creator: str | None
    root: str
    folder: tuple[str, ...]
    file_name: str
    spare_name: str
    request: str
    size_bytes_estimate: int | None
    sha256: str | None
    hashes: Mapping[str, str]
    format: str | None
    warnings: tuple[str, ...]
    cover_url: str | None

    @property
    def parts(self) -> tuple[str, ...]:
        """Folders and name below ``root``."""
        return (*self.folder, self.file_name)


def place(
    model: Model | None,
    version: ModelVersion,
    file: ModelFile,
    rules: PlacementRules,
    *,
    folder_override: str | None = None,
) -> Placement:
    """Where ``file`` of ``version`` goes.

    ``model`` may be missing when only the version was asked for. ``folder_override`` (a folder
    somebody named) takes the place of the whole tree, subfolders included. Raises Gone,
    DownloadsDisabled, and SettingInvalid for templates or folders that cannot be used. An early
    access version is placed, with a warning: it may have been bought.
    """
    ensure_available(model, version)
    folder = _folder(model, version, file, rules, folder_override)
    name = _unique_name(model, version, file, rules, folder_override)
    return Placement(
        model_id=model.id if model else version.model_id,
        version_id=version.id,
        file_id=file.id,
        model_name=_model_name(model, version),
        version_name=version.name,
        model_type=_model_type(model, version),
        base_model=version.base_model,
        creator=model.creator.username if model else None,
        root=folder.root,
        folder=folder.parts,
        file_name=name,
        spare_name=tagged(name, f'{version.id}-{file.id}'),
        request=download_request(version, file),
        size_bytes_estimate=file.estimated_bytes,
        sha256=file.sha256,
        hashes=dict(file.hashes),
        format=format_of(file),
        warnings=warnings_of(version, file),
        cover_url=cover_of(version),
    )


def ensure_available(model: Model | None, version: ModelVersion) -> None:
    """Raises Gone or DownloadsDisabled.

    Gone for what is archived, taken down or without files, DownloadsDisabled where the author says
    so.
    """
    mode = version.model.mode if version.model else None
    if (
        (model is not None and model.removed)
        or mode in ('Archived', 'TakenDown')
        or not version.files
    ):
        raise Gone(what=f'version {version.name or version.id}')
    if version.usage_control and version.usage_control.lower() != 'download':
        raise DownloadsDisabled(what=f'version {version.id}')


def kind_in(model: Model | None, version: ModelVersion, file: ModelFile) -> Kind:
    """What ``file`` of ``version`` is to a host."""
    beside = file
    if file.type.strip().lower() == 'config':
        # Hosts look for a configuration beside the weights it belongs to.
        beside = min(version.files, key=lambda other: (weight_rank(other), other.id), default=file)
    return kind_of(_model_type(model, version), beside.type, beside.name, format_of(beside))


def preview(rules: PlacementRules) -> str:
    """Where a made-up LoRA would go, parts joined by ``/``: an example for the page of settings.

    Raises SettingInvalid as :func:`place` does, so it also checks the templates.
    """
    file = ModelFile(
        id=1600001,
        name='lantern_glow_v2.safetensors',
        metadata=FileMetadata(format='SafeTensor', fp='fp16', size='full'),
        hashes={'SHA256': 'a1b2c3d4e5' + '0' * 54},
    )
    version = ModelVersion(
        id=1500001,
        name='v2.0',
        base_model='Illustrious',
        published_at=datetime(2025, 5, 1, tzinfo=timezone.utc),
        files=[file],
    )
    model = Model(id=1400001, name='Lantern Glow', type='LORA', creator=Creator(username='example'))
    placed = place(model, version, file, rules)
    return str(PurePosixPath(placed.root.replace('\\', '/'), *placed.parts))


# --- names and folders
# -------------------------------------------------------------------------------------


def _folder(
    model: Model | None,
    version: ModelVersion,
    file: ModelFile,
    rules: PlacementRules,
    folder_override: str | None,
) -> Folder:
    if folder_override:
        return Folder(folder_override)
    folder = folder_for(
        kind_in(model, version, file),
        rules.layout,
        root=rules.root,
        download_root=rules.download_root,
        own_folders=rules.own_folders,
        host_folders=rules.host_folders,
    )
    below = subfolder_parts(rules.subfolder_template, _values(model, version, file))
    return Folder(folder.root, (*folder.parts, *below))


def _unique_name(
    model: Model | None,
    version: ModelVersion,
    file: ModelFile,
    rules: PlacementRules,
    folder_override: str | None,
) -> str:
    """The name of ``file`` among all files of the version that go into the same folder.

    Weights come first and then the older file, so that a file added to the version later changes
    no name.
    """
    everything = {other.id: other for other in (*version.files, file)}
    places = {
        other.id: _folder(model, version, other, rules, folder_override).key
        for other in everything.values()
    }
    together = sorted(
        (other for other in everything.values() if places[other.id] == places[file.id]),
        key=lambda other: (weight_rank(other), other.id),
    )
    names = [
        file_name(
            rules.filename_template,
            _values(model, version, other),
            _own_name(model, version, other),
        )
        for other in together
    ]
    given = unique(names, [_tags(other) for other in together])
    return given[[other.id for other in together].index(file.id)]


def _tags(file: ModelFile) -> list[str]:
    facts = (
        file.metadata.fp,
        file.metadata.quant_type,
        file.metadata.size,
        format_of(file),
        file.type,
    )
    return [*(fact for fact in facts if fact), str(file.id)]


def _own_name(model: Model | None, version: ModelVersion, file: ModelFile) -> str:
    """The file's name, or one made of model and version where the record has none."""
    own = safe_name(file.name, fallback='')
    if own:
        return own
    made = safe_name(
        f'{_model_name(model, version)}_{version.name}'.strip('_'), fallback=f'file-{file.id}'
    )
    return made + _EXTENSION_OF.get((format_of(file) or '').lower(), '')


def _values(model: Model | None, version: ModelVersion, file: ModelFile) -> dict[str, object]:
    return {
        'model_name': _model_name(model, version),
        'model_id': model.id if model else version.model_id,
        'version_name': version.name,
        'version_id': version.id,
        'base_model': version.base_model,
        'type': _model_type(model, version),
        'creator': model.creator.username if model else None,
        'file_name': split_extension(_own_name(model, version, file))[0],
        'file_id': file.id,
        'format': format_of(file),
        'fp': file.metadata.fp,
        'sha256': file.sha256[:10] if file.sha256 else None,
        'year': version.published_at.year if version.published_at else None,
    }


def _model_name(model: Model | None, version: ModelVersion) -> str:
    return (model.name if model else '') or (version.model.name if version.model else '')


def _model_type(model: Model | None, version: ModelVersion) -> str:
    return (model.type if model else '') or (version.model.type if version.model else 'Other')
