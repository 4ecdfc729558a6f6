"""API bodies of models, versions, files and previews (civitai-api.md sections 3.2 to 3.9)."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import Any, Optional
from urllib.parse import quote

from .contents import hashes_of
from .picture_files import picture_path
from .shelf import DemoFile, DemoModel, DemoVersion, Picture, Shelf

LIST, BY_ID, VERSION, BY_HASH = 'list', 'by_id', 'version', 'by_hash'
ALL_LEVELS, PUBLIC_LEVELS = 63, 1

_PREVIEWS = {LIST: 20, BY_ID: 20, VERSION: 10, BY_HASH: 10}
_CDN = re.compile(r'https://image(?:cache)?\.civitai\.com/')

Json = dict[str, Any]


@dataclass(frozen=True)
class Links:
    """Where the two sides of the server listen: `http://127.0.0.1:PORT`, no slash at the end."""

    api: str
    storage: str


def render_model(
    model: DemoModel,
    links: Links,
    shape: str = LIST,
    levels: int = ALL_LEVELS,
    versions: Optional[list[DemoVersion]] = None,
) -> Json:
    """A model object; `levels` is the mask of preview levels, `versions` a trimmed choice."""
    body = copy.deepcopy(model.record)
    _point_to_pictures(body, links)
    chosen = model.versions if versions is None else versions
    body['modelVersions'] = [
        _render_inner_version(model, version, links, shape, levels) for version in chosen
    ]
    return body


def _render_inner_version(
    model: DemoModel, version: DemoVersion, links: Links, shape: str, levels: int
) -> Json:
    extras = version.list_extras if shape == LIST else version.by_id_extras
    body = copy.deepcopy({**version.record, **extras})
    _point_to_pictures(body, links)
    if shape == BY_ID:
        body = {name: value for name, value in body.items() if value is not None}
    body['files'] = [render_file(file, links, shape) for file in version.files]
    body['images'] = _previews(version, links, shape, levels)
    if not model.archived and version.files:
        body['downloadUrl'] = f'{links.api}/api/download/models/{version.id}'
    if model.record.get('mode') == 'TakenDown':
        body['images'] = []
    return body


def render_version(
    shelf: Shelf, version: DemoVersion, links: Links, shape: str = VERSION, host: str = ''
) -> Json:
    """Body of `/model-versions/:id` and of by-hash; `host` replaces the host of download links."""
    model = shelf.model_of(version)
    place = Links(host or links.api, links.storage)
    record = version.record
    stats = record.get('stats') or {}
    body: Json = {
        'id': version.id,
        'modelId': version.model_id,
        'name': record.get('name'),
        'nsfwLevel': record.get('nsfwLevel', 1),
        'createdAt': record.get('publishedAt'),
        'updatedAt': record.get('publishedAt'),
        'status': 'Published',
        'publishedAt': record.get('publishedAt'),
        'trainedWords': record.get('trainedWords', []),
        'trainingStatus': None,
        'trainingDetails': None,
        'baseModel': record.get('baseModel'),
        'baseModelType': record.get('baseModelType'),
        'description': record.get('description'),
        'uploadType': 'Created',
        'usageControl': 'Download',
        'licensingFee': None,
        'paidAccess': record.get('paidAccess'),
        'stats': {name: stats.get(name) for name in ('downloadCount', 'thumbsUpCount')},
        'model': _short_model(model),
    }
    body = copy.deepcopy({**body, **version.version_extras})
    _point_to_pictures(body, links)
    body['files'] = [render_file(file, place, shape) for file in version.files]
    body['images'] = _previews(version, links, shape, ALL_LEVELS)
    if not model.archived:
        body['downloadUrl'] = f'{place.api}/api/download/models/{version.id}'
    return body


def _short_model(model: DemoModel) -> Json:
    short = {name: model.record.get(name) for name in ('name', 'type')}
    short.update({name: bool(model.record.get(name)) for name in ('nsfw', 'poi')})
    if model.record.get('mode'):
        short['mode'] = model.record['mode']
    return short


def announced_hashes(file: DemoFile) -> dict[str, str]:
    """The hashes that the API tells for a file; empty before the scan."""
    if file.hash_keys == ():
        return {}
    hashes = hashes_of(file.announced)
    if file.hash_keys is None:
        return hashes
    return {name: value for name, value in hashes.items() if name in file.hash_keys}


def render_file(file: DemoFile, links: Links, shape: str) -> Json:
    """A file object (section 3.5). `sizeKB` is bytes / 1024."""
    body = copy.deepcopy(file.record)
    metadata = body.get('metadata') or {}
    if shape != LIST:
        metadata = {name: value for name, value in metadata.items() if value is not None}
    if shape in (VERSION, BY_HASH):
        metadata = {name: metadata[name] for name in ('format', 'size', 'fp') if name in metadata}
        body['primary'] = file.primary
    elif file.primary:
        body['primary'] = True
    if shape == VERSION and body.get('scannedAt'):
        body['scannedAt'] = str(body['scannedAt']).rstrip('Z')
    body['metadata'] = metadata
    body['sizeKB'] = file.announced.size / 1024
    body['hashes'] = announced_hashes(file)
    body['downloadUrl'] = _file_link(file, links)
    return body


def _file_link(file: DemoFile, links: Links) -> str:
    address = f'{links.api}/api/download/models/{file.version_id}'
    if file.primary:
        return address
    metadata = file.record.get('metadata') or {}
    parts = [('type', file.record.get('type'))]
    if file.record.get('type') != 'Training Data':
        parts.append(('format', metadata.get('format')))
    parts += [('size', metadata.get('size')), ('fp', metadata.get('fp'))]
    query = '&'.join(f'{name}={quote(str(value))}' for name, value in parts if value)
    return f'{address}?{query}' if query else address


def _previews(version: DemoVersion, links: Links, shape: str, levels: int) -> list[Json]:
    own = [one for one in version.pictures if one.own]
    if levels != ALL_LEVELS:
        own = [one for one in own if one.level & levels]
    return [_render_preview(one, links, shape) for one in own[: _PREVIEWS[shape]]]


def _render_preview(picture: Picture, links: Links, shape: str) -> Json:
    """An image object inside a model or version (section 3.6)."""
    if picture.recorded is not None:
        body = copy.deepcopy(picture.recorded)
    else:
        meta = picture.meta()
        body = {
            'nsfwLevel': picture.level,
            'width': picture.width,
            'height': picture.height,
            'hash': picture.hash,
            'type': picture.kind,
            'hasMeta': meta is not None,
            'hasPositivePrompt': meta is not None,
            'onSite': False,
            'remixOfId': None,
            'minor': False,
            'poi': False,
        }
    body['url'] = links.storage + picture_address(picture)
    body.pop('id', None)
    if shape == LIST:
        body = {'id': picture.id, **body}
    if shape in (VERSION, BY_HASH):
        body.setdefault('metadata', _picture_metadata(picture))
        body.setdefault('availability', 'Public')
        body.setdefault('meta', picture.meta())
    return body


def picture_address(picture: Picture, by_uuid: bool = False) -> str:
    """Path of a picture: as recorded, or the original."""
    if picture.recorded is not None and picture.recorded.get('url'):
        return str(picture.recorded['url'])
    return picture_path(picture, 'original=true', by_uuid)


def _picture_metadata(picture: Picture) -> Json:
    metadata: Json = {'hash': picture.hash, 'size': picture.width * picture.height * 3 // 8}
    metadata.update({'width': picture.width, 'height': picture.height})
    if picture.kind == 'video':
        metadata.update({'duration': 2, 'audio': False})
    return metadata


def _point_to_pictures(body: Json, links: Links) -> None:
    """Gives paths of faces a host and sends pictures inside descriptions to this server."""
    creator = body.get('creator')
    if isinstance(creator, dict) and str(creator.get('image') or '').startswith('/'):
        creator['image'] = links.storage + creator['image']
    if isinstance(body.get('description'), str):
        body['description'] = _CDN.sub(links.storage + '/', body['description'])
