"""`/api/v1/model-versions/...` (civitai-api.md sections 3.7 to 3.9)."""

from __future__ import annotations

import json
from typing import Any

from .api_models import read_path_id
from .exchange import Answer, Refusal, Request, World, error_answer, json_answer, read_optional_int
from .render import BY_HASH, announced_hashes, render_version
from .shelf import LOGIN, DemoFile, DemoVersion

# the real server misspells the name of the host header here
_BROKEN_HOST = 'https://undefined'
_FULL_HASH = 64


def _find_version(world: World, text: str) -> DemoVersion:
    version = world.shelf.versions.get(read_path_id(text))
    if version is None:
        raise Refusal(error_answer(404, 'Model not found'))
    if not version.files and not world.shelf.model_of(version).archived:
        raise Refusal(error_answer(404, 'Missing model file'))
    return version


def get_version(world: World, request: Request, text: str) -> Answer:
    """One version by id."""
    return json_answer(200, render_version(world.shelf, _find_version(world, text), world.links))


def _files_by_hash(world: World, wanted: str) -> list[DemoFile]:
    """Files that have this hash of any kind, earliest published version first."""
    found = [
        file
        for file in world.shelf.files.values()
        if wanted.upper() in announced_hashes(file).values()
    ]
    published = {one.id: str(one.record.get('publishedAt')) for one in _versions(world)}
    return sorted(found, key=lambda file: published[file.version_id])


def _versions(world: World) -> list[DemoVersion]:
    return list(world.shelf.versions.values())


def get_by_hash(world: World, request: Request, text: str) -> Answer:
    """The version that a hash of any kind and case belongs to."""
    files = _files_by_hash(world, text)
    if not files:
        raise Refusal(error_answer(404, 'Model not found'))
    version = world.shelf.versions[files[0].version_id]
    return json_answer(200, render_version(world.shelf, version, world.links, BY_HASH))


def _read_hashes(request: Request, most: int) -> list[str]:
    """The bare JSON array of a request body; one bad element refuses the whole call."""
    try:
        body = json.loads(request.body or b'null')
    except ValueError:
        raise Refusal(error_answer(400, 'Invalid JSON')) from None
    valid = isinstance(body, list) and len(body) <= most
    if not valid or any(not isinstance(one, str) or len(one) != _FULL_HASH for one in body):
        raise Refusal(error_answer(400, f'Expected an array of at most {most} full hashes'))
    return [one.upper() for one in body]


def post_by_hash(world: World, request: Request) -> Answer:
    """Versions for many full hashes: one entry per matching file, unmatched ones are missing."""
    entries = []
    for wanted in sorted(set(_read_hashes(request, 100))):
        for file in _files_by_hash(world, wanted):
            version = world.shelf.versions[file.version_id]
            entries.append(render_version(world.shelf, version, world.links, BY_HASH, _BROKEN_HOST))
    return json_answer(200, entries)


def post_by_hash_ids(world: World, request: Request) -> Answer:
    """Ids for many full hashes."""
    rows = []
    for wanted in sorted(set(_read_hashes(request, 10_000))):
        for file in _files_by_hash(world, wanted):
            version = world.shelf.versions[file.version_id]
            rows.append({'modelVersionId': version.id, 'modelId': version.model_id, 'hash': wanted})
    return json_answer(200, rows)


def get_mini(world: World, request: Request, text: str) -> Answer:
    """The small body for downloaders; `modelFileId` chooses another file than the primary."""
    version = _find_version(world, text)
    model = world.shelf.model_of(version)
    wanted = read_optional_int(request, 'modelFileId')
    file = version.best_file()
    if wanted is not None:
        file = next((one for one in version.files if one.id == wanted), None)
    if file is None:
        raise Refusal(error_answer(404, 'Missing model file'))
    record, extras = version.record, version.version_extras
    body: dict[str, Any] = {
        'air': extras.get('air'),
        'versionName': record.get('name'),
        'modelName': model.record.get('name'),
        'userId': model.record.get('userId'),
        'baseModel': record.get('baseModel'),
        'availability': record.get('availability', 'Public'),
        'publishedAt': record.get('publishedAt'),
        'size': file.announced.size / 1024,
        'fileType': file.record.get('type'),
        'fileName': file.record.get('name'),
        'hashes': announced_hashes(file),
        'downloadUrls': [f'{world.links.api}/api/download/models/{version.id}?fileId={file.id}'],
        'format': (file.record.get('metadata') or {}).get('format'),
        'canGenerate': bool(model.record.get('supportsGeneration')),
        'isFeatured': False,
        'requireAuth': version.access == LOGIN,
        'checkPermission': record.get('availability') == 'EarlyAccess',
        'minor': bool(model.record.get('minor')),
        'sfwOnly': bool(model.record.get('sfwOnly')),
    }
    return json_answer(200, body)
