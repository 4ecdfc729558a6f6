"""What is written beside a model for the programs that use it: the contents of ``base.json`` and
``base.civitai.info``, and how they go together with what lies there already.

``base.json`` is read by A1111 and its relatives (their "user metadata", with blanks in the keys)
and by SD.Next (a body of ``/models/:id``); their keys do not touch. ``base.civitai.info`` is a body
of ``/model-versions/:id`` as Civitai Helper began it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from .markup import plain_text

Json = dict[str, Any]

_LICENCE = (
    *('allowNoCredit', 'allowCommercialUse', 'allowDerivatives'),
    'allowDifferentLicense',
)
_MODEL_BLOCK = ('name', 'type', 'nsfw', 'description', 'tags', *_LICENCE)
_NETWORK_TAG = re.compile(r'<(?:lora|lyco|hypernet)\s*:[^<>]*>', re.IGNORECASE)
_BRACKETS = re.compile(r'[()\[\]{}<>|]')
_GENERATIONS = (
    ('SD 1.', 'SD1'),
    ('SD 2.', 'SD2'),
    *((name, 'SDXL') for name in ('SDXL', 'Illustrious', 'NoobAI')),
    ('Flux.', 'Flux'),
)

USER_FACTS = ('id', 'modelId', 'modelVersionId', 'sha256', 'modelVersions')
"""Keys of ``base.json`` that say which file this is: always ours."""

INFO_FACTS = (
    *('id', 'modelId', 'files', 'images', 'downloadUrl', 'stats', 'air', 'nsfwLevel'),
    *('createdAt', 'updatedAt', 'publishedAt', 'status', 'availability', 'usageControl'),
    *('earlyAccessEndsAt', 'earlyAccessConfig', 'paidAccess', 'licensingFee'),
)
"""Keys of ``base.civitai.info`` that nobody but Civitai says."""


def info_content(version: Mapping[str, Any], model: Mapping[str, Any] | None) -> Json:
    """``base.civitai.info`` of a ``/model-versions/:id`` body and, if it could be read, the
    ``/models/:id`` body: the first, with the model's own facts in its ``model`` block.
    """
    block = dict(_mapping(version.get('model')))
    if model is not None:
        block.update({key: model[key] for key in _MODEL_BLOCK if key in model})
        block['tags'] = tag_names(model)
    content = {**version, 'model': block}
    creator = model.get('creator') if model is not None else None
    return {**content, 'creator': creator} if creator else content


def user_content(
    version: Mapping[str, Any], model: Mapping[str, Any] | None, sha256: str | None
) -> Json:
    """``base.json`` of the same two bodies for the file with ``sha256``."""
    block = model if model is not None else _mapping(version.get('model'))
    model_id = block.get('id') or version.get('modelId')
    # 0 is "not set" for a LoRA, but A1111 takes it at its word for a hypernetwork.
    weight = {} if block.get('type') == 'Hypernetwork' else {'preferred weight': 0}
    return {
        'description': plain_text(_text(block.get('description')))
        or plain_text(_text(version.get('description'))),
        'notes': '',
        'sd version': generation(_text(version.get('baseModel'))),
        'activation text': activation_text(_list(version.get('trainedWords'))),
        **weight,
        'negative text': '',
        'modelId': model_id,
        'modelVersionId': version.get('id'),
        'sha256': sha256,
        'id': model_id,
        'name': block.get('name') or '',
        'type': block.get('type') or '',
        'tags': tag_names(block),
        'modelVersions': _versions(version, model),
    }


def merged(
    existing: Mapping[str, Any],
    ours: Mapping[str, Any],
    facts: Iterable[str],
    earlier: Mapping[str, Any],
) -> Json:
    """``existing`` with what we know better: ``facts`` always, any other key only where it is
    missing or empty, or where ``existing`` has what we or another tool once wrote (``earlier``).

    Whatever else stands there a person may have written, so it stays.
    """
    content, always = dict(existing), frozenset(facts)
    for key, value in ours.items():
        there = content.get(key)
        if key in always or is_empty(there) or (key in earlier and there == earlier[key]):
            content[key] = value
        elif isinstance(there, Mapping) and isinstance(value, Mapping):
            content[key] = merged(there, value, (), _mapping(earlier.get(key)))
    return content


def earlier_info(user: Mapping[str, Any], version_id: object) -> Mapping[str, Any]:
    """What a ``base.json`` tells of the version that a ``base.civitai.info`` beside it is about."""
    for version in _list(user.get('modelVersions')):
        if isinstance(version, Mapping) and version.get('id') == version_id:
            return version
    return {}


def earlier_user(info: Mapping[str, Any]) -> Mapping[str, Any]:
    """The ``base.json`` that would have been written with the ``base.civitai.info`` beside it."""
    return user_content(info, None, None) if info else {}


def is_empty(value: object) -> bool:
    """Whether nobody has said anything: None, nothing, or the 0 of a slider left alone."""
    return value is None or (value is not False and not value)


def generation(base_model: str) -> str:
    """A1111's word for ``base_model``: SD1, SD2, SDXL, Flux, or Unknown."""
    if base_model == 'Pony':  # V7 is of another kind
        return 'SDXL'
    return next((word for start, word in _GENERATIONS if base_model.startswith(start)), 'Unknown')


def activation_text(trained_words: Iterable[object]) -> str:
    """All trained words as one line for a prompt: no ``<lora:...>`` (the program puts that in by
    itself), no word twice. Entries may be whole prompts (civitai-api.md section 3.4).
    """
    kept: list[str] = []
    seen: set[str] = set()
    for entry in trained_words:
        if not isinstance(entry, str):
            continue
        for word in _words(_NETWORK_TAG.sub(',', entry)):
            if word.lower() not in seen:
                seen.add(word.lower())
                kept.append(word)
    return ', '.join(kept)


def tag_names(model: Mapping[str, Any]) -> list[str]:
    """The tags as text; records of 2023 have objects."""
    tags = (
        tag.get('name') if isinstance(tag, Mapping) else tag for tag in _list(model.get('tags'))
    )
    return [tag for tag in tags if isinstance(tag, str) and tag]


def _words(entry: str) -> list[str]:
    """An entry at its commas, unless brackets give those a meaning."""
    parts = [entry.strip(' ,\t\r\n')] if _BRACKETS.search(entry) else entry.split(',')
    return [word for word in (' '.join(part.split()) for part in parts) if word]


def _versions(version: Mapping[str, Any], model: Mapping[str, Any] | None) -> list[Any]:
    """The versions of the model, the one of this file first: SD.Next takes the first where it has
    no hash yet.
    """
    known = _list(model.get('modelVersions')) if model is not None else []
    records = [one for one in known if isinstance(one, Mapping)]
    own = [one for one in records if one.get('id') == version.get('id')] or [version]
    return [*own, *(one for one in records if one.get('id') != version.get('id'))]


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ''
