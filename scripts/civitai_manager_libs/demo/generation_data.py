"""Generation data of the demo pictures: the `meta` of the API and the text inside originals."""

from __future__ import annotations

import random
from typing import Any, Optional

_SCENES = (
    'aurora over a frozen lake, drifting lights, wide shot',
    'neon harbor at night, wet pavement, reflections, boats',
    'rolling dunes at dusk, long shadows, warm haze',
    'moss garden after rain, stone lantern, soft mist',
    'paper lanterns above a river, festival, gentle bokeh',
    'floating islands, waterfalls into clouds, golden hour',
    'city skyline in fog, first light, quiet streets',
    'silk banners in the wind, flowing shapes, teal and coral',
)
_NEGATIVE = 'lowres, bad anatomy, worst quality, jpeg artifacts, watermark, text'
_SAMPLERS = ('DPM++ 2M Karras', 'Euler a', 'DPM++ SDE', 'UniPC')


def generation_meta(
    seed: int,
    width: int,
    height: int,
    checkpoint: tuple[str, str, int],
    adapter: Optional[tuple[str, str, int]],
    words: list[str],
) -> dict[str, Any]:
    """Flat `meta` (civitai-api.md section 8) of the picture with this seed.

    `checkpoint` and `adapter` are (file name without ending, short hash in lower case, version
    id); width and height in pixels.
    """
    chance = random.Random(seed)
    name, model_hash, version_id = checkpoint
    prompt = ', '.join(['masterpiece, best quality', *words[:2], chance.choice(_SCENES)])
    hashes = {'model': model_hash}
    resources: list[dict[str, Any]] = [{'type': 'model', 'name': name, 'hash': model_hash}]
    used: list[dict[str, Any]] = [{'type': 'checkpoint', 'modelVersionId': version_id}]
    if adapter:
        weight = chance.choice((0.6, 0.8, 1.0))
        prompt += f' <lora:{adapter[0]}:{weight}>'
        hashes[f'lora:{adapter[0]}'] = adapter[1]
        resources.append({'type': 'lora', 'name': adapter[0], 'hash': adapter[1], 'weight': weight})
        used.append({'type': 'lora', 'modelVersionId': adapter[2], 'weight': weight})
    meta: dict[str, Any] = {
        'prompt': prompt,
        'negativePrompt': _NEGATIVE,
        'seed': chance.randrange(2**32),
        'steps': chance.randrange(20, 40),
        'sampler': chance.choice(_SAMPLERS),
        'cfgScale': chance.choice((4.5, 6.0, 7.0)),
        'clipSkip': 2,
        'Size': f'{width}x{height}',
        'Model': name,
        'Model hash': model_hash,
        'Version': 'v1.10.1',
        'hashes': hashes,
        'resources': resources,
    }
    if seed % 5 == 0:
        meta['civitaiResources'] = used
    return meta


def a1111_text(meta: dict[str, Any]) -> str:
    """The `parameters` text that A1111 writes into a picture for this meta."""
    settings = [
        ('Steps', meta.get('steps')),
        ('Sampler', meta.get('sampler')),
        ('CFG scale', meta.get('cfgScale')),
        ('Seed', meta.get('seed')),
        ('Size', meta.get('Size')),
        ('Model hash', meta.get('Model hash')),
        ('Model', meta.get('Model')),
        ('VAE hash', meta.get('VAE hash')),
        ('VAE', meta.get('VAE')),
        ('Clip skip', meta.get('clipSkip', meta.get('Clip skip'))),
    ]
    hashes = meta.get('hashes') if isinstance(meta.get('hashes'), dict) else {}
    line = ', '.join(f'{label}: {value}' for label, value in settings if value is not None)
    for label, begins in (('Lora hashes', 'lora:'), ('TI hashes', 'embed:')):
        named = [
            f'{key.partition(":")[2]}: {value}'
            for key, value in (hashes or {}).items()
            if key.lower().startswith(begins)
        ]
        if named:
            line += f', {label}: "{", ".join(named)}"'
    line += f', Version: {meta.get("Version", "v1.10.1")}'
    parts = [str(meta.get('prompt') or '')]
    if meta.get('negativePrompt'):
        parts.append(f'Negative prompt: {meta["negativePrompt"]}')
    return '\n'.join([*parts, line])
