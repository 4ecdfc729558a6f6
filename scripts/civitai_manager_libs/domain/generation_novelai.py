"""NovelAI: the prompt in ``Description``, the rest as JSON in ``Comment``; in WebP and JPEG all of
it as one JSON object in the EXIF data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .generation import GenerationData
from .generation_values import (
    amount,
    json_object,
    pixels,
    plain,
    prompt_text,
    real_number,
    shown,
    whole_number,
)

_OTHER = {'cfg_rescale': 'CFG Rescale', 'uncond_scale': 'Uncond scale', 'noise': 'Noise'}


def is_novelai(texts: Mapping[str, Any]) -> bool:
    """Whether the texts of a picture are those of NovelAI."""
    comment = json_object(texts.get('Comment'))
    return texts.get('Software') == 'NovelAI' or {'uc', 'sampler', 'seed'} <= set(comment)


def read_novelai(texts: Mapping[str, Any]) -> GenerationData:
    """What the texts say. The model is one that only NovelAI has, so no resources are named."""
    comment = json_object(texts.get('Comment'))
    if not comment and plain(texts.get('Comment')).strip():
        return GenerationData(source='novelai', reason='broken')
    prompt = prompt_text(texts.get('Description')) or prompt_text(comment.get('prompt'))
    negative = prompt_text(comment.get('uc'))
    return GenerationData(
        source='novelai',
        prompt=prompt or _captions(comment.get('v4_prompt')),
        negative_prompt=negative or _captions(comment.get('v4_negative_prompt')),
        steps=amount(comment.get('steps')),
        sampler=plain(comment.get('sampler')).strip(),
        schedule=plain(comment.get('noise_schedule')).strip(),
        cfg_scale=real_number(comment.get('scale')),
        seed=whole_number(comment.get('seed')),
        width=pixels(comment.get('width')),
        height=pixels(comment.get('height')),
        denoising=real_number(comment.get('strength')),
        model=plain(texts.get('Source')).strip(),
        other={
            name: shown(comment[key]) for key, name in _OTHER.items() if shown(comment.get(key))
        },
    )


def _captions(value: object) -> str:
    """The texts of a prompt of version 4: that of the picture, and one for each character."""
    caption = json_object(json_object(value).get('caption'))
    people = caption.get('char_captions')
    texts = (
        [json_object(one).get('char_caption') for one in people] if isinstance(people, list) else []
    )
    return prompt_text([caption.get('base_caption'), *texts])
