"""SwarmUI: ``{"sui_image_params": {...}}`` where A1111 has its text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .generation import GenerationData
from .generation_values import (
    amount,
    first,
    json_object,
    model_name,
    pixels,
    plain,
    prompt_text,
    real_number,
    shown,
    whole_number,
)
from .used_resources import resources_of

_TAKEN = {
    *('prompt', 'negativeprompt', 'steps', 'sampler', 'scheduler', 'cfgscale', 'seed', 'width'),
    *('height', 'clipstopatlayer', 'initimagecreativity', 'model', 'vae', 'loras', 'loraweights'),
}
_KINDS = {'model': 'Checkpoint', 'vae': 'VAE', 'loras': 'LORA', 'refinermodel': 'Checkpoint'}
_NAMES = {'swarm_version': 'Version'}


def read_swarmui(values: Mapping[str, Any]) -> GenerationData:
    """What the object says that ``sui_image_params`` stands in."""
    given = json_object(values.get('sui_image_params'))
    prompt = prompt_text(given.get('prompt'))
    hashes = _hashes(values.get('sui_models'))
    model = plain(given.get('model'))
    mentions = {
        'Model': model,
        'VAE': plain(given.get('vae')),
        'resources': [*_networks(given), *hashes],
    }
    layer = whole_number(given.get('clipstopatlayer'))
    checkpoint = next((one['hash'] for one in hashes if one['type'] == 'Checkpoint'), '')
    return GenerationData(
        source='swarmui',
        prompt=prompt,
        negative_prompt=prompt_text(given.get('negativeprompt')),
        steps=amount(given.get('steps')),
        sampler=plain(given.get('sampler')).strip(),
        schedule=plain(given.get('scheduler')).strip(),
        cfg_scale=real_number(given.get('cfgscale')),
        seed=whole_number(given.get('seed')),
        width=pixels(given.get('width')),
        height=pixels(given.get('height')),
        clip_skip=-layer if layer is not None and -100 <= layer < 0 else None,
        denoising=real_number(given.get('initimagecreativity')),
        model=model_name(model),
        model_hash=checkpoint,
        vae=model_name(given.get('vae')),
        other=_other(given),
        resources=resources_of(mentions, prompt),
    )


def _other(given: Mapping[str, Any]) -> dict[str, str]:
    return {
        _NAMES.get(key, key): shown(value)
        for key, value in given.items()
        if key not in _TAKEN and shown(value)
    }


def _networks(given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    names, weights = _listed(given.get('loras')), _listed(given.get('loraweights'))
    for number, name in enumerate(names):
        weight = weights[number] if number < len(weights) else 1
        yield {'type': 'lora', 'name': name, 'weight': weight}


def _listed(value: object) -> list[Any]:
    """A list, also one that is written ``a,b``."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(',')] if value.strip() else []
    return value if isinstance(value, list) else []


def _hashes(models: object) -> list[dict[str, Any]]:
    """``sui_models`` names each file with its hash."""
    found = []
    for one in models if isinstance(models, list) else ():
        if isinstance(one, Mapping) and first(one, ('name',)):
            kind = _KINDS.get(str(one.get('param')), 'Other')
            digits = plain(one.get('hash')).lower().removeprefix('0x')
            found.append({'type': kind, 'name': one['name'], 'hash': digits})
    return found
