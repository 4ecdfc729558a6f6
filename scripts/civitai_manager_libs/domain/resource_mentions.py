"""The places in generation data where models are mentioned, and what each of them says."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from .choice import MODEL_EXTENSIONS
from .folders import KINDS
from .target_types import LARGEST_ID, integer

_MOST_ENTRIES = 200
_MOST_TEXT = 200_000
_LONGEST_NAME = 300
_EXTENSIONS = tuple(sorted(MODEL_EXTENSIONS, key=len, reverse=True))
_KINDS = {kind.lower(): kind for kind in KINDS} | {
    **dict.fromkeys(('model', 'ckpt', 'checkpoints', 'base', 'refiner'), 'Checkpoint'),
    **dict.fromkeys(('loras', 'addnet'), 'LORA'),
    **dict.fromkeys(('lycoris', 'lyco', 'loha', 'lokr'), 'LoCon'),
    **dict.fromkeys(('embed', 'embedding', 'embeddings', 'ti'), 'TextualInversion'),
    **dict.fromkeys(('hypernet', 'hypernetworks', 'hn'), 'Hypernetwork'),
    **dict.fromkeys(('ag', 'aesthetic_gradient'), 'AestheticGradient'),
    **dict.fromkeys(('motion', 'motion_module'), 'MotionModule'),
    **dict.fromkeys(('text_encoder', 'text_encoders'), 'TextEncoder'),
    **dict.fromkeys(('diffusionmodel', 'diffusion_model'), 'UNet'),
    **dict.fromkeys(('upscale', 'upscale_model'), 'Upscaler'),
}
_TAG = re.compile(r'<(lora|lyco|hypernet):([^:<>]{1,300})((?::[^:<>]{0,200}){0,8})>', re.IGNORECASE)
_EMBEDDING = re.compile(r'\bembedding:([^\s,:()\[\]{}<>|]{1,300})', re.IGNORECASE)
_NUMBER = re.compile(r'[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)')
_HASH = re.compile('[0-9a-f]{8,64}')
_HASH_AT_END = re.compile(r'\s*[\[(]([0-9a-fA-F]{8,64})[\])]\s*$')
_AIR = re.compile(
    r'(?:(?:urn:)?(?:air:)?[\w.-]*:(?P<type>\w*):)?civitai:[0-9]{1,12}'
    r'(?:@(?P<version>[0-9]{1,12}))?(?:[+.][\w.+-]*)?',
    re.IGNORECASE | re.ASCII,
)
_CONTROLNET = re.compile(r'\bModel:\s*([^,]{1,300})', re.IGNORECASE)
_JUNK_HASHES = ('e3b0c44298fc', 'none')  # the hash of nothing
_NO_NAMES = ('', 'none', 'automatic', 'auto', 'unknown', 'baked in')
_HASH_LISTS = {'Lora hashes': 'LORA', 'TI hashes': 'TextualInversion', 'Lyco hashes': 'LoCon'}
_SINGLE = (
    ('Checkpoint', 'Model', 'Model hash'),
    ('VAE', 'VAE', 'VAE hash'),
    ('Hypernetwork', 'Hypernet', 'Hypernet hash'),
)
_SECOND = (('Checkpoint', 'Refiner', 'Refiner hash'),)


@dataclass(frozen=True)
class Mention:
    """What one place says of a model. ``name`` is that of its file, without folder and ending;
    ``title`` what Civitai calls it. The rest as in :class:`UsedResource`.
    """

    kind: str
    name: str = ''
    title: str = ''
    hash: str = ''
    version_id: int | None = None
    weight: float | None = None

    @property
    def says_something(self) -> bool:
        """Whether there is anything to find the model by."""
        return bool(self.name or self.title or self.hash or self.version_id)


def mentions_in(meta: Mapping[str, Any], prompt: str) -> list[Mention]:
    """Every mention in ``meta`` and ``prompt``; those of the prompt first, since their order is
    what a person sees. Lists are read to a few hundred entries; never raises.
    """
    texts = (prompt, meta.get('negativePrompt'), meta.get('Negative prompt'))
    found = [
        *_in_prompt(prompt),
        *(one for text in texts for one in _embeddings(text)),
        *_single(meta, _SINGLE),
        *_listed(meta),
        *_hashes(meta),
        *_single(meta, _SECOND),
        *_controlnets(meta),
    ]
    return [mention for mention in found if mention.says_something]


def kind_named(word: object) -> str:
    """The ModelType that ``word`` means in any of its spellings, ``Other`` for what is unknown."""
    return _KINDS.get(word.strip().lower(), 'Other') if isinstance(word, str) else 'Other'


def file_stem(text: object) -> str:
    """The name of a model file without folders and ending, '' for what names none."""
    if not isinstance(text, str):
        return ''
    name = re.split(r'[\\/]', text[: 4 * _LONGEST_NAME].strip().strip('"'))[-1].strip()
    ending = next((one for one in _EXTENSIONS if name.lower().endswith(one)), '')
    name = name[: len(name) - len(ending)][:_LONGEST_NAME].strip()
    return '' if name.lower() in _NO_NAMES else name


def clean_hash(value: object) -> str:
    """A hash in lower case without ``0x``; '' for what is none. Digits may have become a number."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**64:
        value = str(value)
    if not isinstance(value, str):
        return ''
    digits = value[:100].strip().lower().removeprefix('0x')
    known = _HASH.fullmatch(digits) and not digits.startswith(_JUNK_HASHES) and digits.strip('0')
    return digits if known else ''


def _in_prompt(prompt: object) -> Iterator[Mention]:
    text = prompt[:_MOST_TEXT] if isinstance(prompt, str) else ''
    for tag in islice(_TAG.finditer(text), _MOST_ENTRIES):
        number = _NUMBER.search(tag.group(3))
        weight = _weight(number.group()) if number else 1.0
        yield _named(kind_named(tag.group(1)), tag.group(2), weight=weight)


def _embeddings(text: object) -> Iterator[Mention]:
    """As ComfyUI has them; elsewhere an embedding is a word like any other."""
    text = text[:_MOST_TEXT] if isinstance(text, str) else ''
    for tag in islice(_EMBEDDING.finditer(text), _MOST_ENTRIES):
        yield _named('TextualInversion', tag.group(1))


def _single(meta: Mapping[str, Any], places: Sequence[tuple[str, str, str]]) -> Iterator[Mention]:
    """What there is one of: the model, its refiner, the VAE; ``places`` are kind and the keys of
    name and hash.
    """
    hashes = _table(meta.get('hashes')) or _table(meta.get('Hashes'))
    for kind, name, key in places:
        for given in (meta.get(key), hashes.get(name.lower())):
            yield _named(kind, meta.get(name), clean_hash(given))


def _listed(meta: Mapping[str, Any]) -> Iterator[Mention]:
    names = ('civitaiResources', 'Civitai resources', 'additionalResources', 'resources')
    for name in names:
        for entry in _entries(meta.get(name)):
            yield _entry(entry)
    for air in _entries(_table(meta.get('extra')).get('airs')):
        yield _named('Other', air)


def _entry(entry: object) -> Mention:
    if not isinstance(entry, Mapping):
        is_air = isinstance(entry, str) and _AIR.fullmatch(entry.strip())
        return _named('Other', entry if is_air else None)
    weights = (entry.get(name) for name in ('weight', 'strength'))
    weight = next((one for one in weights if one is not None), None)
    kind = kind_named(entry.get('type'))
    found = _named(kind, entry.get('name'), clean_hash(entry.get('hash')), _weight(weight))
    air = _named(kind, entry['air']) if isinstance(entry.get('air'), str) else found
    titles = (entry.get('modelName'), entry.get('modelVersionName'), entry.get('versionName'))
    title = next((one for one in titles if isinstance(one, str) and one.strip()), '')
    return Mention(
        kind=found.kind if found.kind != 'Other' else air.kind,
        name=found.name,
        title=title[:_LONGEST_NAME].strip(),
        hash=found.hash,
        version_id=_version(entry.get('modelVersionId')) or found.version_id or air.version_id,
        weight=found.weight,
    )


def _hashes(meta: Mapping[str, Any]) -> Iterator[Mention]:
    """``hashes`` by ``<kind>:<name>``, and A1111's lists ``name: hash, name: hash``."""
    for name in ('hashes', 'Hashes'):
        for key, value in islice(_table(meta.get(name)).items(), _MOST_ENTRIES):
            text = key[: 4 * _LONGEST_NAME] if isinstance(key, str) else ''
            word, colon, model = text.partition(':')
            if colon and clean_hash(value):
                yield _named(kind_named(word), model, clean_hash(value))
    for name, kind in _HASH_LISTS.items():
        given = meta.get(name)
        text = given[:_MOST_TEXT].strip().strip('"') if isinstance(given, str) else ''
        pairs: Iterator[Any] = iter(_table(given).items())
        if text and not text.startswith('{'):
            pairs = (part.rpartition(':')[::2] for part in text.split(','))
        for model, value in islice(pairs, _MOST_ENTRIES):
            if clean_hash(value):
                yield _named(kind, model, clean_hash(value))


def _controlnets(meta: Mapping[str, Any]) -> Iterator[Mention]:
    """As A1111 writes each unit: ``Module: canny, Model: control_canny [e3fe7712], ...``"""
    names = (key for key in islice(meta, 1000) if isinstance(key, str))
    units = (key for key in names if key.lower().startswith('controlnet'))
    for key in islice(units, 20):
        text = meta[key]
        found = _CONTROLNET.search(text[:_MOST_TEXT]) if isinstance(text, str) else None
        if found:
            yield _named('Controlnet', found.group(1))


def _named(kind: str, name: object, digits: str = '', weight: float | None = None) -> Mention:
    """A mention by name; the name may be an AIR, or end in the hash in brackets."""
    text = name[: 4 * _LONGEST_NAME].strip() if isinstance(name, str) else ''
    air = _AIR.fullmatch(text)
    if air:
        kind = kind if kind != 'Other' else kind_named(air.group('type'))
        return Mention(kind, hash=digits, version_id=_version(air.group('version')), weight=weight)
    ending = _HASH_AT_END.search(text)
    if ending:
        text, digits = text[: ending.start()], digits or clean_hash(ending.group(1))
    return Mention(kind, name=file_stem(text), hash=digits, weight=weight)


def _version(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value if 1 <= value <= LARGEST_ID else None
    return integer(value.strip()) if isinstance(value, str) else None


def _weight(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return round(number, 4) if math.isfinite(number) and abs(number) <= 1000 else None


def _entries(value: object) -> list[Any]:
    value = _decoded(value)
    return list(value[:_MOST_ENTRIES]) if isinstance(value, (list, tuple)) else []


def _table(value: object) -> Mapping[Any, Any]:
    value = _decoded(value)
    return value if isinstance(value, Mapping) else {}


def _decoded(value: object) -> Any:
    """``value``, or what it holds where it is JSON in a text, as embedded data has it."""
    if not isinstance(value, str) or value.lstrip()[:1] not in ('{', '['):
        return value
    try:
        return json.loads(value[:_MOST_TEXT])
    except (ValueError, RecursionError):  # another text that begins so
        return None
