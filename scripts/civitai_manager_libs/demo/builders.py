"""Which bytes stand behind a file entry, decided by its type, format and name."""

from __future__ import annotations

import zlib
from typing import Any, Callable

from .contents import Content
from .other_kinds import (
    archive_content,
    config_content,
    pickle_content,
    raw_content,
    training_data_content,
    workflow_content,
)
from .safetensors_maker import safetensors_content, training_metadata

_PICKLE_ENDINGS = ('.ckpt', '.pt', '.pth', '.bin', '.pkl')


def content_maker(
    record: dict[str, Any], kind: str, title: str, author: str, base_model: str, words: list[str]
) -> Callable[[int, int], Content]:
    """A function (seed, size in bytes) -> content for this file of a model of type `kind`."""
    name, file_type = str(record.get('name') or ''), str(record.get('type') or '')
    form, ending = (record.get('metadata') or {}).get('format'), name.lower()
    if file_type == 'VAE':
        kind = 'VAE'
    if file_type == 'Training Data':
        return training_data_content
    if ending.endswith(('.yaml', '.yml')):
        return lambda seed, size: config_content(seed)
    if ending.endswith('.json'):
        return lambda seed, size: workflow_content(seed)
    if ending.endswith('.zip') or file_type == 'Archive':
        return lambda seed, size: archive_content(seed, size, kind)
    if ending.endswith(_PICKLE_ENDINGS) or form == 'PickleTensor':
        return pickle_content
    if ending.endswith(('.safetensors', '.sft')) or form == 'SafeTensor':
        number = zlib.crc32(name.encode('utf-8')) % 9973
        metadata = training_metadata(kind, name, title, author, base_model, words, number)
        return lambda seed, size: safetensors_content(kind, seed, size, metadata)
    return raw_content
