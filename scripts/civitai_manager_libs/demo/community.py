"""The demo gallery: what several people posted who used one LORA, and everything that makes real
galleries hard.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Optional

from .comfy_workflow import comfy_chunks, comfy_meta
from .contents import hashes_of
from .generation_data import a1111_text, generation_meta
from .shelf import DemoFile, DemoVersion, Picture, Shelf
from .special import GALLERY, GALLERY_PICTURES

_COUNT = 150
_A_POST = 3
_FIRST_ID, _FIRST_POST = 600_000, 60_000
_PEOPLE = ('night_sketcher', 'paper_crane', 'demo_visitor', 'tidewater', 'lumen_ink', 'salt_glass')
_SIZES = ((384, 576), (480, 480), (576, 384), (432, 576))
_LEVELS = (1, 1, 2, 1, 1, 2, 1, 4, 1, 2, 8, 16)
_FORMATS = ('png', 'jpeg', 'webp', 'jpeg', 'png')
_CHECKPOINT, _VAE, _EMBEDDING, _OTHER_ADAPTER = 3001, 3019, 3015, 3012
_UNKNOWN = ('lost_ribbon', '0f1e2d3c4b5a')
_LONG_SEED = 2**63 + 12_345

Meta = dict[str, Any]


def add_gallery(shelf: Shelf, published: datetime) -> None:
    """Put the gallery behind its version, the oldest picture at ``published`` (UTC)."""
    version = shelf.versions[GALLERY.version_id]
    usual = [_usual(shelf, version, number, published) for number in range(_COUNT)]
    odd = _odd_ones(shelf, version, usual, published + timedelta(minutes=8 * _COUNT))
    for picture in (*usual, *odd):
        version.pictures.append(picture)
        shelf.pictures.append(picture)
        shelf.pictures_by_uuid[picture.uuid] = picture


def _usual(shelf: Shelf, version: DemoVersion, number: int, published: datetime) -> Picture:
    identity = _FIRST_ID + number
    width, height = _SIZES[number % len(_SIZES)]
    post = number // _A_POST
    moment = published + timedelta(minutes=8 * number)

    def meta() -> Meta:
        return _meta(shelf, version, identity, width, height)

    hidden = number % 11 == 3
    return Picture(
        id=identity,
        uuid=str(uuid.uuid5(uuid.NAMESPACE_URL, f'demo-gallery-{identity}')),
        width=width,
        height=height,
        level=_LEVELS[number % len(_LEVELS)],
        model_id=version.model_id,
        version_id=version.id,
        base_model=str(version.record['baseModel']),
        username=_PEOPLE[post % len(_PEOPLE)],
        created_at=moment.strftime('%Y-%m-%dT%H:%M:%S.000Z'),
        meta=_nothing if hidden else meta,
        embedded=lambda: {'parameters': a1111_text(meta())},
        post_id=_FIRST_POST + post,
        kind='video' if number % 25 == 7 else 'image',
        own=False,
        original=_FORMATS[number % len(_FORMATS)],
        used_versions=(shelf.files[_CHECKPOINT].version_id,),
    )


def _odd_ones(
    shelf: Shelf, version: DemoVersion, usual: list[Picture], begin: datetime
) -> list[Picture]:
    """One picture of each kind in GALLERY_PICTURES, newest of all, in a post of their own."""
    pattern = replace(usual[0], kind='image', level=1, username='demo_visitor')
    changes = _changes(shelf, version, usual[0])
    found = []
    for place, (name, identity) in enumerate(GALLERY_PICTURES.items()):
        moment = begin + timedelta(minutes=place)
        picture = replace(
            pattern,
            id=identity,
            uuid=str(uuid.uuid5(uuid.NAMESPACE_URL, f'demo-gallery-{identity}')),
            created_at=moment.strftime('%Y-%m-%dT%H:%M:%S.000Z'),
            post_id=_FIRST_POST + 999,
            **changes[name],
        )
        found.append(picture)
    return found


def _changes(shelf: Shelf, version: DemoVersion, first: Picture) -> dict[str, Meta]:
    """What makes each odd picture odd, by its name in GALLERY_PICTURES."""

    def own(name: str, **further: Any) -> Callable[[], Meta]:
        identity = GALLERY_PICTURES[name]
        return lambda: {**_meta(shelf, version, identity, first.width, first.height), **further}

    def drawn(graph: Callable[[], Meta]) -> dict[str, str]:
        files = (shelf.files[_CHECKPOINT], _own_file(version))
        return comfy_chunks(graph(), *(str(file.record['name']) for file in files))

    def written(meta: Callable[[], Meta]) -> Meta:
        return {'meta': meta, 'embedded': lambda: {'parameters': a1111_text(meta())}}

    graph, site, long = own('comfyui'), own('on_site'), own('long_seed', seed=_LONG_SEED)
    return {
        'comfyui': {
            'original': 'png',
            'meta': lambda: comfy_meta(graph(), drawn(graph)),
            'embedded': lambda: drawn(graph),
        },
        'no_data': {'original': 'png', 'meta': _nothing, 'embedded': dict},
        'hidden_data': {**written(own('hidden_data')), 'original': 'png', 'meta': _nothing},
        'on_site': {
            'original': 'jpeg',
            'meta': lambda: _on_site(site(), shelf, version),
            'embedded': dict,
        },
        'long_seed': {'original': 'png', **written(long)},
        'gif': {'original': 'gif', **written(own('gif')), 'embedded': dict},
        'exact_twin': {'drawn_as': first.uuid, 'username': 'salt_glass'},
        'near_twin': {
            'drawn_as': first.uuid,
            'original': 'jpeg',
            'width': first.width * 3 // 4,
            'height': first.height * 3 // 4,
        },
        'unrated': {'level': 0, **written(own('unrated'))},
        'blocked': {'level': 32, **written(own('blocked'))},
        'anonymous': {'username': None, **written(own('anonymous'))},
    }


def _nothing() -> None:
    return None


def _own_file(version: DemoVersion) -> DemoFile:
    found = version.best_file()
    assert found is not None
    return found


def _on_site(meta: Meta, shelf: Shelf, version: DemoVersion) -> Meta:
    """As the site writes it for what was made there: identifiers of versions instead of hashes."""
    used = (
        ('checkpoint', shelf.files[_CHECKPOINT].version_id, None),
        ('lora', version.id, 0.8),
        ('embed', shelf.files[_EMBEDDING].version_id, 1.0),
    )
    kept = ('prompt', 'negativePrompt', 'seed', 'steps', 'sampler', 'cfgScale', 'clipSkip', 'Size')
    resources = [
        {'type': kind, 'modelVersionId': number, **({} if weight is None else {'weight': weight})}
        for kind, number, weight in used
    ]
    return {**{name: meta[name] for name in kept}, 'civitaiResources': resources}


def _meta(shelf: Shelf, version: DemoVersion, identity: int, width: int, height: int) -> Meta:
    """Flat generation data that names models of this catalogue, and at times one nobody knows."""
    checkpoint = _named(shelf.files[_CHECKPOINT], 'AutoV2')
    adapter = _named(_own_file(version), 'AutoV3')
    words = list(version.record['trainedWords'])
    meta = generation_meta(identity, width, height, checkpoint, adapter, words)
    if identity % 4 == 1:
        name, digits, _ = _named(shelf.files[_OTHER_ADAPTER], 'AutoV3')
        _add(meta, 'lora', name, digits, 0.4)
    if identity % 4 == 2:
        name, digits, _ = _named(shelf.files[_EMBEDDING], 'AutoV2')
        meta['negativePrompt'] += f', {name}'
        _add(meta, 'embed', name, digits)
    if identity % 4 == 3:
        name, digits, _ = _named(shelf.files[_VAE], 'AutoV2')
        meta['VAE'] = f'{name}.safetensors'
        meta['VAE hash'] = digits
        _add(meta, 'vae', name, digits)
    if identity % 9 == 0:
        _add(meta, 'lora', *_UNKNOWN, 0.7)
    return meta


def _add(meta: Meta, kind: str, name: str, digits: str, weight: Optional[float] = None) -> None:
    meta['hashes']['vae' if kind == 'vae' else f'{kind}:{name}'] = digits
    entry: Meta = {'type': kind, 'name': name, 'hash': digits}
    if weight is not None:
        entry['weight'] = weight
        meta['prompt'] += f' <lora:{name}:{weight}>'
    meta['resources'].append(entry)


def _named(file: DemoFile, kind: str) -> tuple[str, str, int]:
    hashes = hashes_of(file.announced)
    name = str(file.record['name']).rsplit('.', 1)[0]
    return name, hashes.get(kind, hashes['AutoV2']).lower(), file.version_id
