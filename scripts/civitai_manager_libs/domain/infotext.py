"""The text in which A1111 and its relatives write down how a picture was made.

It is the prompt, a line ``Negative prompt: ...``, and at the end a line of parameters that begins
with ``Steps: ``. Values with commas, colons or line breaks are quoted as JSON strings. Others write
unquoted JSON, parameters of several lines, and templates after them; all of it is read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from .generation import GenerationData, UsedResource
from .generation_samplers import names_of_a1111
from .generation_values import amount, number_text, plain, real_number, size_of, whole_number
from .used_resources import resources_of

NEGATIVE = 'Negative prompt:'
_STEPS = re.compile(r'^[ \t]*Steps:[ \t]*[0-9]+[ \t]*(?:,|$)', re.MULTILINE)
_NAME = r'\w[\w \-/().+#&\']{0,80}'
_PAIR = re.compile(rf'\s*({_NAME}?)\s{{0,9}}:\s*')
_HOLDABLE = re.compile(_NAME)
_END = re.compile(rf',(?=\s{{0,99}}{_NAME}\s{{0,9}}:|\s*$)')
_ENDS_HERE = re.compile(r'\s*(?:,|$)')
_STARTS_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"(?=\s*(?:,|$))', re.DOTALL)
_TEMPLATE = re.compile(r'^(Negative Template|Template):[ \t]*', re.MULTILINE)
_QUOTED = re.compile(r'[,:\n"{}\[\]]|^\s|\s$')
_JSON = json.JSONDecoder(parse_int=str, parse_float=str)  # only where it ends matters
_MOST_PAIRS = 500
_FEWEST_PAIRS = 3  # A1111 takes a line of less for prompt
_OF_K_DIFFUSION = ('civitai', 'comfyui', 'swarmui', 'fooocus', 'novelai', 'invokeai')
_OWN = (
    *('Steps', 'Sampler', 'Schedule type', 'CFG scale', 'Seed', 'Size', 'Model hash', 'Model'),
    *('VAE', 'Denoising strength', 'Clip skip'),
)
_KNOWN = frozenset((*_OWN, 'Version', 'Hires upscale', 'Hires upscaler', 'Face restoration'))
_KINDS = {'Checkpoint': 'model', 'LORA': 'lora', 'LoCon': 'lora', 'DoRA': 'lora'}
_OTHER_KINDS = {'TextualInversion': 'embed', 'VAE': 'vae', 'Hypernetwork': 'hypernet'}


def read_infotext(text: str) -> GenerationData:
    """What ``text`` says. Without a line of parameters all of it is prompt. Never raises; an empty
    text gives the reason ``none``.
    """
    text = plain(text).strip()
    if not text:
        return GenerationData(reason='none')
    prompts, parameters = _divided(text)
    prompt, negative = _prompts(prompts)
    values = dict(_pairs(parameters))
    fields = fields_of(values)
    other = {name: value for name, value in values.items() if name not in _taken(fields)}
    meta = {**values, 'negativePrompt': negative}
    data = GenerationData(
        source=_program(other),
        prompt=prompt,
        negative_prompt=negative,
        other=other,
        resources=resources_of(meta, prompt),
        raw={'parameters': text},
        **fields,
    )
    return msgspec.structs.replace(data, reason='none') if data.empty else data


def has_parameters(text: str) -> bool:
    """Whether a text of unknown origin is infotext and not somebody's remark."""
    text = plain(text)
    return bool(_divided(text)[1]) or re.search(rf'^{NEGATIVE}', text, re.MULTILINE) is not None


def fields_of(values: Mapping[str, str]) -> dict[str, Any]:
    """The fields of :class:`GenerationData` that A1111's parameters fill; what a parameter should
    not be (``Steps: many``) is left out.
    """
    width, height = size_of(values.get('Size'))
    found = {
        'steps': amount(values.get('Steps')),
        'sampler': values.get('Sampler'),
        'schedule': values.get('Schedule type'),
        'cfg_scale': real_number(values.get('CFG scale')),
        'seed': whole_number(values.get('Seed')),
        'width': width,
        'height': height,
        'clip_skip': amount(values.get('Clip skip')),
        'denoising': real_number(values.get('Denoising strength')),
        'model': values.get('Model'),
        'model_hash': values.get('Model hash'),
        'vae': values.get('VAE'),
    }
    return {name: value for name, value in found.items() if value not in (None, '')}


def _taken(fields: Mapping[str, Any]) -> set[str]:
    names = {
        **{'steps': 'Steps', 'sampler': 'Sampler', 'schedule': 'Schedule type', 'seed': 'Seed'},
        **{'cfg_scale': 'CFG scale', 'width': 'Size', 'clip_skip': 'Clip skip', 'vae': 'VAE'},
        **{'denoising': 'Denoising strength', 'model': 'Model', 'model_hash': 'Model hash'},
    }
    return {names[field] for field in fields if field in names}


def _divided(text: str) -> tuple[str, str]:
    """The prompts, and the parameters with the templates that follow them."""
    starts = [found.start() for found in _STEPS.finditer(text)]
    if starts:
        return text[: starts[-1]], text[starts[-1] :]
    template = _TEMPLATE.search(text)
    end = template.start() if template else len(text)
    start = text.rfind('\n', 0, len(text[:end].rstrip())) + 1
    return (text[:start], text[start:]) if _is_line(text[start:end]) else (text, '')


def _is_line(text: str) -> bool:
    """Whether a line is of parameters although it has no steps: A1111 counts names, but prompts
    have colons too, so the names must be of A1111 as well.
    """
    pairs = list(_pairs(text))
    values = dict(pairs)
    known = [name for name, _ in pairs if name in _KNOWN]
    sure = {'seed', 'width', 'cfg_scale'}.intersection(fields_of(values))
    begins = text.lstrip().partition(':')[0].rstrip() in values
    return begins and (len(known) >= 2 or bool(sure and known))


def _prompts(text: str) -> tuple[str, str]:
    """Prompt and negative prompt; like A1111, which takes further ``Negative prompt:`` away."""
    prompt: list[str] = []
    negative: list[str] = []
    lines = prompt
    for line in text.strip().split('\n'):
        if line.lstrip().startswith(NEGATIVE):
            lines = negative
            line = line.lstrip()[len(NEGATIVE) :].lstrip(' ')
        lines.append(line)
    return '\n'.join(prompt).strip(), '\n'.join(negative).strip()


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Names and values of a line of parameters, and of the templates in the lines after it."""
    template = _TEMPLATE.search(text)
    line = text[: template.start()] if template else text
    place = 0
    for _ in range(_MOST_PAIRS):
        found = _PAIR.match(line, place)
        if found:
            value, place = _value(line, found.end())
            yield found.group(1).strip(), value
        end = _END.search(line, place)
        if not end:
            break
        place = end.end()
    if template:
        yield from _templates(text[template.start() :])


def _templates(text: str) -> Iterator[tuple[str, str]]:
    starts = list(_TEMPLATE.finditer(text))[:_MOST_PAIRS]
    for number, found in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(text)
        yield found.group(1), text[found.end() : end].strip()


def _value(text: str, place: int) -> tuple[str, int]:
    """One value and where it ends: quoted, JSON, or up to the next name."""
    quoted = _STARTS_QUOTED.match(text, place)
    if quoted:
        return _unquoted(quoted.group()), quoted.end()
    if text[place : place + 1] in ('{', '['):
        end = _json_end(text, place)
        if end and _ENDS_HERE.match(text, end):
            return text[place:end], end
    found = _END.search(text, place)
    end = found.start() if found else len(text)
    return text[place:end].strip(), end


def _json_end(text: str, place: int) -> int:
    try:
        return _JSON.raw_decode(text, place)[1]
    except (ValueError, RecursionError):  # a text that only begins like JSON
        return 0


def _unquoted(text: str) -> str:
    try:
        return plain(json.loads(text.strip(), strict=False))
    except ValueError:  # an escape that JSON does not have: as it stands
        return text.strip()[1:-1]


def _program(other: Mapping[str, str]) -> str:
    version = other.get('Version', '').lower()
    if other.get('App', '').lower().startswith('sd.next'):
        return 'sdnext'
    if 'fooocus' in version:
        return 'fooocus'
    if 'comfyui' in version:
        return 'comfyui'
    if 'Parser' in other or other.get('Backend') in ('Diffusers', 'Original'):
        return 'sdnext'
    return 'a1111'


def write_infotext(data: GenerationData) -> str:
    """``data`` as text that A1111 takes when it is pasted into its prompt; '' for nothing.

    Samplers of other programs get A1111's names for them. Resources that nothing else in it
    mentions are added as ``Hashes`` and ``Civitai resources``. One or two parameters are repeated,
    since A1111 looks for three.
    """
    lines = [plain(data.prompt).strip()]
    negative = plain(data.negative_prompt).strip()
    if negative:
        lines.append(f'{NEGATIVE} {negative}')
    pairs = [*_own_pairs(data), *_other_pairs(data), *_resource_pairs(data)]
    if pairs:
        pairs += (pairs * _FEWEST_PAIRS)[: max(0, _FEWEST_PAIRS - len(pairs))]
        lines.append(', '.join(f'{name}: {_quote(value)}' for name, value in pairs))
    return '\n'.join(lines if lines[0] else lines[1:])


def _own_pairs(data: GenerationData) -> Iterator[tuple[str, str]]:
    sampler, schedule = data.sampler, data.schedule
    if data.source in _OF_K_DIFFUSION:
        sampler, schedule = names_of_a1111(sampler, schedule)
    size = f'{data.width}x{data.height}' if data.width and data.height else ''
    values: tuple[object, ...] = (
        *(data.steps, sampler, schedule, data.cfg_scale, data.seed, size),
        *(data.model_hash, data.model, data.vae, data.denoising, data.clip_skip),
    )
    for name, value in zip(_OWN, values):
        text = number_text(value) if isinstance(value, (int, float)) else plain(value)
        if text.strip():
            yield name, text.strip()


def _other_pairs(data: GenerationData) -> Iterator[tuple[str, str]]:
    taken = {'Negative prompt', *(name for name, _ in _own_pairs(data))}
    for name, value in data.other.items():
        if _HOLDABLE.fullmatch(name) and name == name.strip() and name not in taken:
            yield name, plain(value)


def _resource_pairs(data: GenerationData) -> Iterator[tuple[str, str]]:
    known = resources_of({**data.other, **dict(_own_pairs(data))}, data.prompt)
    missing = [one for one in data.resources if not any(_says(row, one) for row in known)]
    hashes = {_hash_name(one): one.hash for one in missing if one.hash}
    if hashes and 'Hashes' not in data.other:
        yield 'Hashes', json.dumps(hashes, ensure_ascii=False)
    entries = [_entry(one) for one in missing if one.version_id]
    if entries and 'Civitai resources' not in data.other:
        yield 'Civitai resources', json.dumps(entries, ensure_ascii=False)


def _says(row: UsedResource, one: UsedResource) -> bool:
    """Whether ``row`` tells everything by which ``one`` can be found."""
    return (not one.hash or row.hash == one.hash) and (
        row.version_id == one.version_id if one.version_id else row.name == one.name
    )


def _hash_name(one: UsedResource) -> str:
    kind = _KINDS.get(one.kind) or _OTHER_KINDS.get(one.kind) or one.kind.lower()
    return kind if kind in ('model', 'vae') else f'{kind}:{one.name}'


def _entry(one: UsedResource) -> dict[str, Any]:
    kind = 'checkpoint' if one.kind == 'Checkpoint' else _KINDS.get(one.kind, one.kind.lower())
    found: dict[str, Any] = {'type': kind, 'modelVersionId': one.version_id}
    if one.weight is not None:
        found['weight'] = one.weight
    if one.name:
        found['modelName'] = one.name
    return found


def _quote(value: str) -> str:
    """As A1111 quotes; JSON stays as it is, for that is how Civitai looks for it."""
    if value and not _QUOTED.search(value):
        return value
    bare = value[:1] in ('{', '[') and '\n' not in value and _json_end(value, 0) == len(value)
    return value if bare else json.dumps(value, ensure_ascii=False)
