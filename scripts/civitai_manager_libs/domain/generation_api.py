"""Generation data as the API gives it: null, flat, or nested with an id (civitai-api.md sections
3.10 and 8).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from .generation import GenerationData
from .generation_comfyui import read_comfyui
from .generation_values import (
    amount,
    filled,
    first,
    json_object,
    model_name,
    pixels,
    plain,
    prompt_text,
    real_number,
    shown,
    size_of,
    whole_number,
)
from .used_resources import resources_of

_DEEPEST = 4
_LONGEST_OTHER = 20_000
_NAMES: dict[str, tuple[str, ...]] = {
    'prompt': ('prompt', 'Prompt', 'positivePrompt'),
    'negative_prompt': ('negativePrompt', 'Negative prompt', 'negative_prompt', 'Negative Prompt'),
    'steps': ('steps', 'Steps'),
    'sampler': ('sampler', 'Sampler', 'sampler_name'),
    'schedule': ('Schedule type', 'scheduleType', 'scheduler', 'Scheduler', 'Schedule'),
    'cfg_scale': ('cfgScale', 'CFG scale', 'cfg_scale', 'cfg'),
    'seed': ('seed', 'Seed'),
    'clip_skip': ('clipSkip', 'Clip skip', 'clip_skip', 'CLIP skip'),
    'denoising': ('Denoising strength', 'denoisingStrength', 'denoise', 'denoising_strength'),
    'model': ('Model', 'model'),
    'model_hash': ('Model hash', 'modelHash', 'model_hash'),
    'vae': ('VAE', 'vae'),
}
_SIZES = ('Size', 'width', 'height')
_APART = ('comfy', 'resources', 'additionalResources')
_A1111_NAMES = {'hashes': 'Hashes', 'civitaiResources': 'Civitai resources'}


def from_api(meta: object) -> GenerationData:
    """What the ``meta`` of a picture says, in any of its shapes, decoded or as JSON. Never raises.

    A ComfyUI graph inside fills what the rest leaves open. Null and empty give the reason
    ``none``, what is no object ``unknown``.
    """
    found = _unwrapped(meta)
    if not found:
        reason = 'none' if found is not None or meta is None else 'unknown'
        return GenerationData(source='civitai' if found is not None else '', reason=reason)
    data = _flat(found)
    comfy = json_object(found.get('comfy'))
    if comfy:
        data = filled(data, read_comfyui(comfy.get('prompt'), comfy.get('workflow')))
    return msgspec.structs.replace(data, raw=found, reason='none') if data.empty else data


def _unwrapped(meta: object) -> dict[str, Any] | None:
    if isinstance(meta, str):
        meta = json_object(meta) or None
    for _ in range(_DEEPEST):
        if isinstance(meta, Mapping) and set(meta) == {'id', 'meta'}:
            meta = meta['meta'] if meta['meta'] is not None else {}
    return {str(key): value for key, value in meta.items()} if isinstance(meta, Mapping) else None


def _flat(meta: dict[str, Any]) -> GenerationData:
    values = {field: first(meta, names) for field, names in _NAMES.items()}
    width, height = size_of(meta.get('Size'))
    prompt = prompt_text(values['prompt'])
    return GenerationData(
        source='civitai',
        prompt=prompt,
        negative_prompt=prompt_text(values['negative_prompt']),
        steps=amount(values['steps']),
        sampler=plain(values['sampler']).strip(),
        schedule=plain(values['schedule']).strip(),
        cfg_scale=real_number(values['cfg_scale']),
        seed=whole_number(values['seed']),
        width=width or pixels(meta.get('width')),
        height=height or pixels(meta.get('height')),
        clip_skip=amount(values['clip_skip']),
        denoising=real_number(values['denoising']),
        model=_named(values['model']),
        model_hash=plain(values['model_hash']).strip(),
        vae=_named(values['vae']),
        other=_other(meta),
        resources=resources_of(meta, prompt),
        raw=meta,
    )


def _named(value: object) -> str:
    """A name as it stands, or that of an object that describes a model."""
    return plain(value).strip() if isinstance(value, str) else model_name(value)


def _other(meta: Mapping[str, Any]) -> dict[str, str]:
    used = {*_SIZES, *_APART, *(name for names in _NAMES.values() for name in names)}
    found = {}
    for name, value in meta.items():
        text = shown(value) if name not in used and value not in ({}, []) else ''
        if text and len(text) <= _LONGEST_OTHER:
            found[_A1111_NAMES.get(name, name)] = text
    return found
