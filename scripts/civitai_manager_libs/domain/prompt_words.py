"""What a model adds to a prompt of A1111 and its relatives. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from .sidecar import activation_text

_TAGS: Mapping[str, str] = {
    'LORA': 'lora',
    'LoCon': 'lora',
    'DoRA': 'lora',
    'Hypernetwork': 'hypernet',
}


@dataclass(frozen=True)
class PromptWords:
    """``calls`` is what calls the model (``<lora:name:1>``, an embedding's name), ``known`` the
    beginning that tells that it stands there already, ``words`` its trigger words.
    """

    calls: str
    known: str
    words: str = ''


def prompt_words(
    kind: str, file_name: str, user: Mapping[str, Any], trained: Iterable[str]
) -> PromptWords:
    """For the file of ``kind`` called ``file_name``. ``user`` is its ``base.json``, whose
    ``activation text`` and ``preferred weight`` go before the ``trained`` words of Civitai and 1.
    """
    stem = os.path.splitext(PurePath(file_name).name)[0]
    said = user.get('activation text')
    words = said.strip() if isinstance(said, str) and said.strip() else activation_text(trained)
    tag = _TAGS.get(kind)
    if tag is None:
        return PromptWords(stem, stem, words)
    return PromptWords(f'<{tag}:{stem}:{_weight(user)}>', f'<{tag}:{stem}:', words)


def _weight(user: Mapping[str, Any]) -> str:
    weight = user.get('preferred weight')
    number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
    return f'{weight:g}' if number and weight else '1'
