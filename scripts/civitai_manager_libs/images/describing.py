"""Writes what is known of a picture's making, and says it in one dictionary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from .. import setting
from ..domain.gallery import read_gallery_picture
from ..domain.generation import GenerationData
from ..domain.generation_api import from_api
from ..domain.nsfw import level_name
from ..errors import MetadataNotHeld, SettingInvalid
from ..store.files import write_atomic
from .job import PictureJob
from .reading import read_generation
from .writing import write_generation

FORMS = ('json', 'txt', 'exif')
_APART = ('source', 'width', 'height', 'raw', 'reason', 'resources')


def describe(job: PictureJob, path: Path) -> None:
    """Write the generation data of the picture at ``path`` in the form that
    ``images.metadata_format`` names: what the API has said or, where it said nothing, what the
    picture says itself.

    What a picture cannot hold goes into a JSON file, and ``job`` gets a note of it. Raises the
    errors of the disk.
    """
    record = job.record
    data = from_api(record.get('meta'))
    if data.empty:
        data = read_generation(path)
    if data.empty and not record:
        return
    form = setting.current().images_metadata_format
    written, held = _written(path, data, record, form)
    if written == path and (form != 'exif' or data.empty):
        return
    job.metadata_path = written
    if not held:
        job.note = 'metadata_not_held'


def save_metadata(path: Path, metadata: Mapping[str, Any], form: str) -> Path:
    """Write ``metadata`` (of :func:`extracted`, an item of the API, or its ``meta``) for the
    picture at ``path`` and give the file that holds it.

    ``json`` is the dictionary itself; ``txt`` and ``exif`` are the generation data in it, without
    any of which nothing is written. What the picture cannot hold goes into a JSON file. Raises
    SettingInvalid for another form, and the errors of the disk.
    """
    if form not in FORMS:
        raise SettingInvalid(key='format', value=str(form)[:80], allowed=' | '.join(FORMS))
    if form != 'json':
        data = from_api(metadata['meta'] if 'meta' in metadata else dict(metadata))
        try:
            return write_generation(path, data, metadata, form)
        except MetadataNotHeld:
            pass  # the next lines hold it
    text = json.dumps(metadata, ensure_ascii=False, indent=2, default=str)
    place = path.with_suffix('.json')
    write_atomic(place, text.encode('utf-8', 'backslashreplace') + b'\n')
    return place


def extracted(item: Mapping[str, Any]) -> dict[str, Any]:
    """What an item of ``/images`` says, in values of JSON types under names that do not change with
    the shape of its ``meta``: facts of the picture, then the fields of :class:`GenerationData`, and
    ``meta`` as it came. What it does not say is None or empty; nothing in it raises.
    """
    picture = read_gallery_picture(item)
    data = from_api(item.get('meta'))
    facts: dict[str, Any] = {}
    if picture is not None:
        facts = {
            'image_id': picture.id,
            'url': picture.url,
            'type': picture.type,
            'width': picture.width,
            'height': picture.height,
            'hash': picture.hash,
            'creator': picture.username,
            'nsfw_level': level_name(picture.nsfw_level),
            'created_at': picture.created_at.isoformat() if picture.created_at else None,
            'post_id': picture.post_id,
            'base_model': picture.base_model,
            'model_version_ids': list(picture.model_version_ids),
            'reactions': picture.stats.liked,
        }
    said = {name: getattr(data, name) for name in data.__struct_fields__ if name not in _APART}
    resources = [msgspec.structs.asdict(one) for one in data.resources]
    return {**facts, **said, 'resources': resources, 'meta': dict(data.raw)}


def _written(
    path: Path, data: GenerationData, record: Mapping[str, Any], form: str
) -> tuple[Path, bool]:
    """Where it stands, and whether that is where it was to stand."""
    try:
        return write_generation(path, data, record, form), True
    except MetadataNotHeld:
        return write_generation(path, data, record, 'json'), False
