"""InvokeAI: ``invokeai_metadata`` (since 3.0), ``sd-metadata`` (2.x) and ``Dream`` (1.x, the
command that made the picture).
"""

from __future__ import annotations

import re
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

NAMES = ('invokeai_metadata', 'sd-metadata', 'Dream', 'dream')
_NEGATIVE = re.compile(r'\[([^\[\]]*)\]')
_OPTION = re.compile(r'\s(?:-([A-Za-z])|--?([a-z_]{2,}))[\s=]?(?:"([^"]*)"|([^\s"]+))')
_QUOTED = re.compile(r'\s*"((?:[^"\\]|\\.)*)"(.*)', re.DOTALL)
_LETTERS = {
    's': 'steps',
    'S': 'seed',
    'W': 'width',
    'H': 'height',
    'C': 'cfg_scale',
    'A': 'sampler',
}
_OTHER = ('app_version', 'generation_mode', 'rand_device', 'cfg_rescale_multiplier', 'guidance')


def read_invokeai(texts: Mapping[str, Any]) -> GenerationData:
    """What the newest of the three forms says that is there; ``broken`` when none can be read."""
    newest = json_object(texts.get('invokeai_metadata'))
    if newest:
        return _read_newest(newest)
    older = json_object(texts.get('sd-metadata'))
    if older:
        return _read_older(older)
    command = plain(first(texts, ('Dream', 'dream'))).strip()
    if command:
        return _read_command(command)
    return GenerationData(source='invokeai', reason='broken')


def _read_newest(given: Mapping[str, Any]) -> GenerationData:
    prompt = prompt_text(given.get('positive_prompt'))
    negative = prompt_text(given.get('negative_prompt'))
    model, vae = given.get('model'), given.get('vae')
    mentions = {
        **{'Model': model_name(model), 'VAE': model_name(vae), 'negativePrompt': negative},
        'resources': list(_networks(given)),
    }
    return GenerationData(
        source='invokeai',
        prompt=prompt,
        negative_prompt=negative,
        steps=amount(given.get('steps')),
        sampler=plain(given.get('scheduler')).strip(),
        cfg_scale=real_number(given.get('cfg_scale')),
        seed=whole_number(given.get('seed')),
        width=pixels(given.get('width')),
        height=pixels(given.get('height')),
        clip_skip=amount(given.get('clip_skip')) or None,
        denoising=real_number(given.get('strength')),
        model=model_name(model),
        vae=model_name(vae),
        other={name: shown(given[name]) for name in _OTHER if shown(given.get(name))},
        resources=resources_of(mentions, prompt),
    )


def _networks(given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """``{"lora": {...}, "weight": 0.7}``, since 4.0 ``{"model": {...}, "weight": 0.7}``."""
    listed = given.get('loras')
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, Mapping):
            described = first(entry, ('model', 'lora'))
            yield {'type': 'lora', 'name': model_name(described), 'weight': entry.get('weight')}


def _read_older(given: Mapping[str, Any]) -> GenerationData:
    image = json_object(given.get('image'))
    prompts = image.get('prompt')
    if isinstance(prompts, list):
        prompts = [json_object(one).get('prompt') for one in prompts]
    prompt, negative = _parted(prompt_text(prompts))
    model = model_name(first(given, ('model_weights', 'model')))
    mentions = {'Model': model, 'Model hash': given.get('model_hash')}
    return GenerationData(
        source='invokeai',
        prompt=prompt,
        negative_prompt=negative,
        steps=amount(image.get('steps')),
        sampler=plain(image.get('sampler')).strip(),
        cfg_scale=real_number(image.get('cfg_scale')),
        seed=whole_number(image.get('seed')),
        width=pixels(image.get('width')),
        height=pixels(image.get('height')),
        denoising=real_number(image.get('strength')),
        model=model,
        model_hash=plain(given.get('model_hash')).strip(),
        other={name: shown(given[name]) for name in _OTHER if shown(given.get(name))},
        resources=resources_of(mentions, prompt),
    )


def _read_command(command: str) -> GenerationData:
    quoted = _QUOTED.match(command)
    text, options = quoted.groups() if quoted else (_before_options(command), command)
    values = {}
    for letter, word, in_quotes, bare in _OPTION.findall(options):
        values[_LETTERS.get(letter, letter) or word] = in_quotes or bare
    prompt, negative = _parted(text)
    return GenerationData(
        source='invokeai',
        prompt=prompt,
        negative_prompt=negative,
        steps=amount(values.get('steps')),
        sampler=values.get('sampler', ''),
        cfg_scale=real_number(values.get('cfg_scale')),
        seed=whole_number(values.get('seed')),
        width=pixels(values.get('width')),
        height=pixels(values.get('height')),
        resources=resources_of({}, prompt),
    )


def _before_options(command: str) -> str:
    found = _OPTION.search(command)
    return command[: found.start()] if found else command


def _parted(text: str) -> tuple[str, str]:
    """What stands in square brackets is not wanted in the picture."""
    negative = ', '.join(part.strip() for part in _NEGATIVE.findall(text) if part.strip())
    return ' '.join(_NEGATIVE.sub(' ', text).split(' ')).strip(), negative
