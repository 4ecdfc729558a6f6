"""Turns the seeds of the demo models into a shelf that can be served."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta, timezone
from typing import Any, Callable, Optional

from .builders import content_maker
from .community import add_gallery
from .contents import hashes_of
from .generation_data import generation_meta
from .picture_files import avatar_path
from .seeds import FileSeed, ModelSeed, VersionSeed
from .seeds_first import FIRST_MODELS
from .seeds_second import SECOND_MODELS
from .seeds_third import THIRD_MODELS
from .shelf import DISABLED, EARLY_ACCESS, DemoFile, DemoModel, DemoVersion, Picture, Shelf

_ADAPTERS = ('LORA', 'LoCon', 'DoRA')
_USUAL_CHECKPOINT = 3001
_SIZES = ((832, 1216), (1024, 1024), (1216, 832), (768, 1152))
_FORMATS = ('png', 'png', 'jpeg', 'png', 'webp')
_VISITORS = ('night_sketcher', 'paper_crane', 'demo_visitor')
_ECOSYSTEMS = {'SD 1.5': 'sd1', 'Flux.1 D': 'flux1', 'Other': 'other'}
_BASE83 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~'
_DANGER = (
    '**Detected Pickle imports (2)**\n*Dangerous import detected*\n\n```\n'
    '*__builtin__.eval*\ncollections.OrderedDict\n```\n'
)

Meta = Callable[[], Optional[dict[str, Any]]]


def build_library(now: Optional[datetime] = None) -> Shelf:
    """All demo models, newest dates counted back from `now` (UTC)."""
    moment = (now or datetime.now(timezone.utc)).replace(microsecond=0)
    shelf = Shelf()
    for seed in FIRST_MODELS + SECOND_MODELS + THIRD_MODELS:
        model = DemoModel(seed.id, _model_record(seed))
        for index, version_seed in enumerate(seed.versions):
            model.versions.append(_build_version(shelf, seed, version_seed, index, moment))
        level = 0
        for version in model.versions:
            level |= version.record['nsfwLevel']
        model.record['nsfwLevel'] = level
        model.record['baseModels'] = sorted({one.base_model for one in seed.versions})
        shelf.add(model)
    add_gallery(shelf, moment - timedelta(days=1))
    return shelf


def timestamp(moment: datetime) -> str:
    """ISO time as the site writes it: UTC, milliseconds, Z."""
    return moment.strftime('%Y-%m-%dT%H:%M:%S.') + f'{moment.microsecond // 1000:03}Z'


def small_blur_hash(seed: int) -> str:
    """A valid BlurHash of one component: the average colour alone."""
    value, digits = (seed * 2654435761) % (1 << 24), ''
    for _ in range(4):
        value, digit = divmod(value, 83)
        digits = _BASE83[digit] + digits
    return '00' + digits


def _model_record(seed: ModelSeed) -> dict[str, Any]:
    hidden = seed.hidden_counters
    record: dict[str, Any] = {
        'id': seed.id,
        'name': seed.name,
        'description': seed.text,
        'type': seed.type,
        'nsfw': seed.nsfw,
        'minor': False,
        'poi': False,
        'sfwOnly': False,
        'availability': 'Public',
        'allowNoCredit': seed.id % 2 == 0,
        'allowCommercialUse': seed.commercial if seed.commercial is not None else '{}',
        'allowDerivatives': seed.id % 3 != 0,
        'allowDifferentLicense': seed.id % 4 != 0,
        'supportsGeneration': seed.type in ('Checkpoint', *_ADAPTERS),
        'cosmetic': None,
        'userId': 500 + len(seed.username or ''),
        'stats': {
            'downloadCount': None if hidden else seed.likes * 11,
            'thumbsUpCount': seed.likes,
            'thumbsDownCount': seed.likes // 90,
            'commentCount': seed.likes // 25,
            'tippedAmountCount': None if hidden else seed.likes // 3,
        },
        'tags': list(seed.tags),
    }
    if seed.username:
        record['creator'] = {'username': seed.username, 'image': avatar_path(seed.username)}
    if seed.mode:
        record['mode'] = seed.mode
    return record


def _build_version(
    shelf: Shelf, model: ModelSeed, seed: VersionSeed, index: int, moment: datetime
) -> DemoVersion:
    published = moment - timedelta(days=seed.age_days)
    early = seed.access == EARLY_ACCESS
    ends = timestamp(moment + timedelta(days=14))
    version = DemoVersion(seed.id, model.id, {}, access=seed.access)
    version.files = [_build_file(model, seed, file, published) for file in seed.files]
    version.pictures = _build_pictures(shelf, model, seed, version, published)
    level = 0
    for picture in version.pictures:
        level |= picture.level if picture.own else 0
    version.record = {
        'id': seed.id,
        'index': index,
        'name': seed.name,
        'baseModel': seed.base_model,
        'baseModelType': seed.base_type,
        'publishedAt': timestamp(published),
        'availability': 'EarlyAccess' if early else 'Public',
        'nsfwLevel': level or 1,
        'description': seed.description,
        'trainedWords': list(seed.words),
        'stats': _version_stats(model, index),
        'paidAccess': {'permanent': False, 'endsAt': ends} if early else None,
    }
    if early:
        version.record['earlyAccessDeadline'] = ends
    ecosystem = _ECOSYSTEMS.get(seed.base_model, 'sdxl')
    created = timestamp(published - timedelta(hours=2))
    version.list_extras = {'supportsGeneration': model.type in ('Checkpoint', *_ADAPTERS)}
    version.by_id_extras = {'createdAt': created, 'status': 'Published', 'covered': True}
    version.version_extras = {
        'createdAt': created,
        'updatedAt': timestamp(published),
        'usageControl': 'Generation' if seed.access == DISABLED else 'Download',
        'air': f'urn:air:{ecosystem}:{model.type.lower()}:civitai:{model.id}@{seed.id}',
    }
    return version


def _version_stats(model: ModelSeed, index: int) -> dict[str, Any]:
    likes = model.likes // (index + 1)
    downloads = None if model.hidden_counters else likes * 9
    return {'downloadCount': downloads, 'thumbsUpCount': likes, 'thumbsDownCount': likes // 90}


def _build_file(
    model: ModelSeed, version: VersionSeed, seed: FileSeed, published: datetime
) -> DemoFile:
    pending, danger = seed.scan == 'Pending', seed.scan == 'Danger'
    record: dict[str, Any] = {
        'id': seed.id,
        'name': seed.name,
        'type': seed.type,
        'metadata': {'format': seed.format, 'size': seed.weight_size, 'fp': seed.fp},
        'pickleScanResult': seed.scan,
        'pickleScanMessage': None if pending else (_DANGER if danger else 'No Pickle imports'),
        'virusScanResult': 'Pending' if pending else 'Success',
        'virusScanMessage': None,
        'scannedAt': None if pending else timestamp(published + timedelta(milliseconds=310)),
    }
    author, words = model.username or 'unknown', list(version.words)
    make = content_maker(record, model.type, model.name, author, version.base_model, words)
    content = make(seed.id, seed.size)
    keys = None if seed.hashed else ()
    return DemoFile(
        seed.id, version.id, record, make, seed.size, content, content, keys, seed.primary
    )


def _build_pictures(
    shelf: Shelf, model: ModelSeed, seed: VersionSeed, version: DemoVersion, published: datetime
) -> list[Picture]:
    """The author's own pictures and, after them, two that visitors posted."""
    pictures = []
    for number in range(seed.pictures + 2 if seed.pictures else 0):
        own = number < seed.pictures
        identity = 500_000 + seed.id * 20 + number
        width, height = _SIZES[(seed.id + number) % len(_SIZES)]
        post = seed.id * 10 if own else seed.id * 10 + number
        pictures.append(
            Picture(
                id=identity,
                uuid=str(uuid.uuid5(uuid.NAMESPACE_URL, f'demo-picture-{identity}')),
                width=width,
                height=height,
                level=seed.levels[number % len(seed.levels)],
                model_id=model.id,
                version_id=seed.id,
                base_model=seed.base_model,
                username=model.username if own else _VISITORS[identity % len(_VISITORS)],
                created_at=timestamp(published + timedelta(minutes=number)),
                meta=_lazy_meta(shelf, model, version, identity, width, height),
                post_id=post,
                kind='video' if seed.video and number == 0 else 'image',
                own=own,
                original=_FORMATS[(seed.id + number) % len(_FORMATS)],
                hash=small_blur_hash(identity),
            )
        )
    return pictures


def _lazy_meta(
    shelf: Shelf, model: ModelSeed, version: DemoVersion, identity: int, width: int, height: int
) -> Meta:
    """Generation data worked out when somebody asks, since it names hashes of whole files."""

    def meta() -> Optional[dict[str, Any]]:
        if identity % 7 == 0:
            return None
        own = version.best_file()
        of_checkpoint = model.type == 'Checkpoint' and own is not None
        checkpoint = own if own and of_checkpoint else shelf.files[_USUAL_CHECKPOINT]
        adapter = None
        if model.type in _ADAPTERS and own and own.hash_keys is None:
            adapter = _named_hash(own, 'AutoV3')
        words = list(version.record['trainedWords'])
        named = _named_hash(checkpoint, 'AutoV2')
        return generation_meta(identity, width, height, named, adapter, words)

    return meta


def _named_hash(file: DemoFile, kind: str) -> tuple[str, str, int]:
    name = str(file.record['name']).rsplit('.', 1)[0]
    hashes = hashes_of(file.announced)
    return name, hashes.get(kind, hashes['AutoV2']).lower(), file.version_id
