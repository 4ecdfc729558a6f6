"""A folder of recorded answers as stock: names and facts as recorded, bytes our own.

Read are `model-*.json` (models), `model-by-id-*.json`, `models-list-page-*.json` (their items)
and `model-version-by-id-*.json`. Sizes, hashes and links come from generated files of at most
4 MiB each.
"""

from __future__ import annotations

import json
import re
import uuid
import zlib
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple, Optional
from urllib.parse import urlsplit

from .builders import content_maker
from .enumerations import LEVEL_WORDS
from .picture_files import avatar_path, picture_path
from .shelf import DISABLED, EARLY_ACCESS, OPEN, DemoFile, DemoModel, DemoVersion, Picture, Shelf
from .special import PICTURE_ACCOUNT

_LARGEST, _ROOM = 4 << 20, 64 << 10
_COMPUTED = ('hashes', 'sizeKB', 'downloadUrl', 'primary')
_OLD_LEVELS = {word: level for level, word in reversed(LEVEL_WORDS.items())}
_OWN_PLACE = ('files', 'images', 'downloadUrl', 'model')

Json = dict[str, Any]


class SkippedFile(NamedTuple):
    """A file of the folder that could not be used, and why."""

    name: str
    reason: str


def load_folder(folder: Path) -> tuple[Shelf, list[SkippedFile]]:
    """The stock made from a folder, with the files that had to be left out."""
    if not folder.is_dir():
        raise ValueError(f'not a folder: {folder}')
    models: dict[int, Json] = {}
    versions: list[tuple[str, Json]] = []
    sources: dict[int, str] = {}
    skipped: list[SkippedFile] = []
    for path in sorted(folder.glob('model*.json'), key=_reading_order):
        try:
            for record in _read_records(path):
                if path.name.startswith('model-version-by-id-'):
                    versions.append((path.name, record))
                else:
                    sources.setdefault(record['id'], path.name)
                    _merge_model(models, record)
        except (OSError, ValueError) as error:
            skipped.append(SkippedFile(path.name, str(error)))
    for name, record in versions:
        sources.setdefault(record['modelId'], name)
        _merge_version(models, record)
    return _fill_shelf(models, sources, skipped), skipped


def _fill_shelf(
    models: dict[int, Json], sources: dict[int, str], skipped: list[SkippedFile]
) -> Shelf:
    """Builds every model; one whose fields have impossible types is left out and said."""
    shelf = Shelf()
    for number, record in models.items():
        try:
            shelf.add(_build_model(record))
        except (TypeError, ValueError, AttributeError, LookupError, OverflowError) as error:
            skipped.append(SkippedFile(sources[number], f'model {number}: {error!r}'))
    return shelf


def _reading_order(path: Path) -> tuple[int, str]:
    """Answers by id first: they are complete, while lists may hold trimmed models."""
    order = ('model-by-id-', 'model-version-by-id-', 'model-', 'models-')
    return next((n for n, start in enumerate(order) if path.name.startswith(start)), 9), path.name


def _read_records(path: Path) -> list[Json]:
    """The models or versions in one file; ValueError says what is wrong with it."""
    body = json.loads(path.read_text(encoding='utf-8-sig'))
    if not isinstance(body, dict):
        raise ValueError('not a JSON object')
    records = body['items'] if isinstance(body.get('items'), list) else [body]
    is_version = path.name.startswith('model-version-by-id-')
    for record in records:
        _check_record(record, is_version)
    return list(records)


def _check_record(record: Any, is_version: bool) -> None:
    if not isinstance(record, dict) or not _is_id(record.get('id')):
        raise ValueError('no integer id')
    if is_version and not _is_id(record.get('modelId')):
        raise ValueError('version without modelId')
    versions = [record] if is_version else record.get('modelVersions')
    if not isinstance(versions, list):
        raise ValueError('no modelVersions')
    for version in versions:
        if not isinstance(version, dict) or not _is_id(version.get('id')):
            raise ValueError('version without an integer id')
        for name in ('files', 'images'):
            entries = version.get(name) or []
            if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
                raise ValueError(f'{name} is not a list of objects')
        if not all(_is_id(file.get('id')) for file in version.get('files') or []):
            raise ValueError('file without an integer id')


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _merge_model(models: dict[int, Json], record: Json) -> None:
    """A model seen twice keeps its first record and gains versions that were missing there."""
    known = models.setdefault(record['id'], record)
    ids = {version['id'] for version in known['modelVersions']}
    known['modelVersions'] += [one for one in record['modelVersions'] if one['id'] not in ids]


def _merge_version(models: dict[int, Json], record: Json) -> None:
    """A version recorded alone joins its model, or a small model made from what it tells."""
    model = models.setdefault(record['modelId'], _small_model(record))
    for version in model['modelVersions']:
        if version['id'] == record['id']:
            version['_alone'] = record
            return
    model['modelVersions'].append({**_plain(record), '_alone': record, **_parts(record)})


def _plain(record: Json) -> Json:
    """The fields that a version has inside a model."""
    names = 'id name baseModel baseModelType publishedAt availability nsfwLevel description'
    wanted = (*names.split(), 'trainedWords', 'stats', 'paidAccess')
    return {name: record[name] for name in wanted if name in record}


def _parts(record: Json) -> Json:
    return {name: record.get(name) or [] for name in ('files', 'images')}


def _small_model(record: Json) -> Json:
    short = record.get('model') if isinstance(record.get('model'), dict) else {}
    model: Json = {'id': record['modelId'], 'name': f'Model {record["modelId"]}', 'type': 'Other'}
    model.update({'description': None, 'tags': [], 'nsfwLevel': record.get('nsfwLevel', 1)})
    model.update({'stats': record.get('stats') or {}, **(short or {}), 'modelVersions': []})
    return model


def _build_model(record: Json) -> DemoModel:
    facts = {name: value for name, value in record.items() if name != 'modelVersions'}
    creator = facts.get('creator')
    if isinstance(creator, dict) and creator.get('image'):
        face = avatar_path(str(creator.get('username') or 'unknown'))
        facts['creator'] = {**creator, 'image': face}
    model = DemoModel(record['id'], facts)
    model.versions = [_build_version(model, one) for one in record['modelVersions']]
    return model


def _build_version(model: DemoModel, record: Json) -> DemoVersion:
    hidden = (*_OWN_PLACE, '_alone')
    facts = {name: value for name, value in record.items() if name not in hidden}
    version = DemoVersion(record['id'], model.id, facts)
    alone = record.get('_alone') or {}
    version.version_extras = {
        name: value for name, value in alone.items() if name not in _OWN_PLACE
    }
    version.access = _access({**facts, **version.version_extras})
    version.files = [_build_file(model, version, one) for one in record.get('files') or []]
    pictures = record.get('images') or []
    version.pictures = [_build_picture(model, version, one) for one in pictures]
    return version


def _access(facts: Json) -> str:
    now = datetime.now(timezone.utc).strftime('%Y-%m-%dT%H:%M:%S')
    if facts.get('usageControl', 'Download') != 'Download':
        return DISABLED
    ends = str(facts.get('earlyAccessDeadline') or facts.get('earlyAccessEndsAt') or '')
    if facts.get('availability') == 'EarlyAccess' or ends > now:
        return EARLY_ACCESS
    return OPEN


def recorded_size(record: Json) -> int:
    """Bytes to make for a recorded file: its own size, or about 1 to 4 MiB when larger."""
    kibibytes = record.get('sizeKB')
    wanted = int(kibibytes * 1024) if isinstance(kibibytes, (int, float)) else _ROOM
    if wanted > _LARGEST - _ROOM:
        return (1 << 20) + int(record['id']) * 7919 % (_LARGEST - _ROOM - (1 << 20))
    return max(wanted, 64)


def _build_file(model: DemoModel, version: DemoVersion, recorded: Json) -> DemoFile:
    record = {name: value for name, value in recorded.items() if name not in _COMPUTED}
    record.setdefault('name', f'file_{record["id"]}')
    words = [str(word) for word in version.record.get('trainedWords') or []]
    kind, base = str(model.record.get('type')), str(version.record.get('baseModel'))
    title, author = str(model.record.get('name')), model.username or 'unknown'
    make = content_maker(record, kind, title, author, base, words)
    size = recorded_size(recorded)
    content, keys = make(record['id'], size), tuple(recorded.get('hashes') or ())
    primary = recorded.get('primary') is True
    return DemoFile(record['id'], version.id, record, make, size, content, content, keys, primary)


def _build_picture(model: DemoModel, version: DemoVersion, recorded: Json) -> Picture:
    path = urlsplit(str(recorded.get('url') or '')).path
    parts = path.strip('/').split('/')
    usable = len(parts) in (3, 4) and parts[0] == PICTURE_ACCOUNT
    identity = parts[1] if usable else str(uuid.uuid5(uuid.NAMESPACE_URL, path or 'none'))
    named = re.match(r'(\d+)\.', parts[-1])
    number = recorded.get('id') or (int(named[1]) if named else zlib.crc32(identity.encode()))
    meta = recorded.get('meta')
    if isinstance(meta, dict) and set(meta) == {'id', 'meta'}:
        meta = meta['meta']
    picture = Picture(
        id=number,
        uuid=identity,
        width=recorded.get('width') or 832,
        height=recorded.get('height') or 1216,
        level=_level(recorded),
        model_id=model.id,
        version_id=version.id,
        base_model=version.record.get('baseModel'),
        username=model.username,
        created_at=str(version.record.get('publishedAt') or '2026-01-01T00:00:00.000Z'),
        meta=lambda: meta if isinstance(meta, dict) else None,
        post_id=version.id,
        kind=str(recorded.get('type') or 'image'),
        hash=recorded.get('hash'),
    )
    picture.recorded = {**recorded, 'url': path if usable else picture_path(picture)}
    return picture


def _level(recorded: Json) -> int:
    """The browsing level; records of 2023 have a word in `nsfw` instead."""
    level: Optional[Any] = recorded.get('nsfwLevel')
    if isinstance(level, int):
        return level
    return _OLD_LEVELS.get(str(recorded.get('nsfw') or level), 1)
