"""Fooocus: a JSON object in ``parameters`` (with ``fooocus_scheme`` beside it). Its other scheme,
``a1111``, is infotext.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .generation import GenerationData
from .generation_values import (
    amount,
    model_name,
    plain,
    prompt_text,
    real_number,
    shown,
    size_of,
    whole_number,
)
from .used_resources import resources_of

_OTHER = {
    'performance': 'Performance',
    'styles': 'Styles',
    'sharpness': 'Sharpness',
    'adm_guidance': 'ADM Guidance',
    'refiner_switch': 'Refiner Switch',
    'version': 'Version',
}


def is_fooocus(values: Mapping[str, Any]) -> bool:
    """Whether a JSON object is what Fooocus writes."""
    named = values.get('metadata_scheme') == 'fooocus'
    return named or {'base_model', 'guidance_scale', 'performance'} <= set(values)


def read_fooocus(values: Mapping[str, Any]) -> GenerationData:
    """What the object says; the prompt is the person's own, without what the styles made of it."""
    width, height = size_of(values.get('resolution'))
    prompt = prompt_text(values.get('prompt'))
    refiner = values.get('refiner_model')
    mentions = {
        'Model': plain(values.get('base_model')),
        'Model hash': values.get('base_model_hash'),
        'Refiner': plain(refiner),
        'Refiner hash': values.get('refiner_model_hash'),
        'VAE': model_name(values.get('vae')),
        'resources': _networks(values),
    }
    other = {name: shown(values[key]) for key, name in _OTHER.items() if shown(values.get(key))}
    if not model_name(refiner):
        other.pop('Refiner Switch', None)
    else:
        other['Refiner'] = model_name(refiner)
    return GenerationData(
        source='fooocus',
        prompt=prompt,
        negative_prompt=prompt_text(values.get('negative_prompt')),
        steps=amount(values.get('steps')),
        sampler=plain(values.get('sampler')).strip(),
        schedule=plain(values.get('scheduler')).strip(),
        cfg_scale=real_number(values.get('guidance_scale')),
        seed=whole_number(values.get('seed')),
        width=width,
        height=height,
        clip_skip=amount(values.get('clip_skip')),
        model=model_name(values.get('base_model')),
        model_hash=shown(values.get('base_model_hash')),
        vae=model_name(values.get('vae')),
        other=other,
        resources=resources_of(mentions, prompt),
    )


def _networks(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``loras`` lists name, weight and hash; before, ``lora_combined_1`` was ``name : 0.5``."""
    found: list[dict[str, Any]] = []
    listed = values.get('loras')
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, (list, tuple)) and entry:
            name, weight, digits = (*entry, None, None)[:3]
            found.append({'type': 'lora', 'name': name, 'weight': weight, 'hash': digits})
    for key, value in values.items():
        if key.startswith('lora_combined_') and isinstance(value, str):
            name, _, weight = value.rpartition(' : ')
            found.append({'type': 'lora', 'name': name.strip(), 'weight': weight.strip()})
    return found
