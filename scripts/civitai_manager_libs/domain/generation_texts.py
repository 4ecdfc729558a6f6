"""From the texts that a picture carries to what they say: which program wrote them, and who reads
that program's form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from .generation import GenerationData
from .generation_api import from_api
from .generation_comfyui import read_comfyui
from .generation_fooocus import is_fooocus, read_fooocus
from .generation_invokeai import NAMES, read_invokeai
from .generation_novelai import is_novelai, read_novelai
from .generation_swarmui import read_swarmui
from .generation_values import filled, json_object, plain
from .infotext import has_parameters, read_infotext

PARAMETERS = 'parameters'
COMMENT = 'UserComment'
_BELONGING = ('parameters', 'prompt', 'workflow', 'UserComment', 'Comment', *NAMES)
_LABELLED = re.compile(r'\s*(prompt|workflow|parameters)\s*:\s*(?=\S)', re.IGNORECASE)
_LABELLED_IN = ('ImageDescription', 'Make', 'Model', 'UserComment', 'Software')
_REMARKS = ('ImageDescription', 'XPComment', 'comment', 'Description')
_FLAT_NAMES = {'negativePrompt', 'negative_prompt', 'cfgScale', 'cfg_scale', 'steps', 'seed'}


def read_texts(texts: Mapping[str, str]) -> GenerationData:
    """What ``texts`` say, by the names of the chunks and EXIF fields that they stood in; they
    become its ``raw``. Never raises.
    """
    named = _named(texts)
    data = _read(named)
    raw: dict[str, Any] = dict(texts)
    if not data.empty:
        return msgspec.structs.replace(data, raw=raw, reason='')
    reason = data.reason or 'none'
    if reason == 'none' and not data.source:
        reason = 'unknown' if any(plain(named.get(name)).strip() for name in _BELONGING) else 'none'
    return msgspec.structs.replace(data, raw=raw, reason=reason)


def _named(texts: Mapping[str, str]) -> dict[str, str]:
    """``texts`` with those of EXIF under the names of PNG chunks where they say which they are
    (``prompt:{...}`` in the field of the camera's maker).
    """
    named = dict(texts)
    for field in _LABELLED_IN:
        found = _LABELLED.match(named.get(field, ''))
        if found and named[field][found.end()] in '{[' or found and found.group(1) == PARAMETERS:
            text = named.pop(field)[found.end() :]
            named.setdefault(found.group(1).lower(), text)
    return named


def _read(texts: Mapping[str, str]) -> GenerationData:
    if any(name in texts for name in NAMES):
        return read_invokeai(texts)
    if is_novelai(texts):
        return read_novelai(texts)
    data = _read_parameters(texts)
    if 'prompt' in texts or 'workflow' in texts:
        graph = read_comfyui(texts.get('prompt'), texts.get('workflow'))
        if data.empty:
            return graph if data.reason != 'broken' or not graph.empty else data
        return msgspec.structs.replace(filled(data, graph), source='comfyui')
    return data


def _read_parameters(texts: Mapping[str, str]) -> GenerationData:
    """Where A1111 has its text; a remark counts only when it has parameters, since people and
    cameras write there too.
    """
    for name in (PARAMETERS, COMMENT, 'Comment', *_REMARKS):
        text = plain(texts.get(name)).strip()
        if text[:1] in ('{', '['):
            return _read_json(text, texts)
        camera = name == COMMENT and bool(texts.get('Make') or texts.get('Model'))
        if text and (has_parameters(text) or (name in (PARAMETERS, COMMENT) and not camera)):
            data = read_infotext(text)
            if texts.get('fooocus_scheme'):
                data = msgspec.structs.replace(data, source='fooocus')
            return data
    return GenerationData(reason='none')


def _read_json(text: str, texts: Mapping[str, str]) -> GenerationData:
    values = json_object(text)
    if not values:
        return GenerationData(reason='broken' if len(text) > 2 else 'none')
    if 'sui_image_params' in values:
        return read_swarmui(values)
    if is_fooocus(values):
        return read_fooocus(values)
    if is_novelai(values):
        return read_novelai(values)
    if isinstance(values.get('prompt'), Mapping) or isinstance(values.get('workflow'), Mapping):
        return read_comfyui(values.get('prompt'), values.get('workflow'))
    if any(isinstance(one, Mapping) and 'class_type' in one for one in values.values()):
        return _read_bare_graph(values)
    if _FLAT_NAMES.intersection(values):
        return msgspec.structs.replace(from_api(values), source='', raw={})
    return GenerationData(reason='unknown')


def _read_bare_graph(values: Mapping[str, Any]) -> GenerationData:
    """A graph of Civitai's own generator, with what the person asked for beside it."""
    graph = read_comfyui(values)
    asked = from_api(json_object(values.get('extraMetadata')))
    if asked.empty:
        return graph
    return msgspec.structs.replace(filled(asked, graph), source='comfyui')
