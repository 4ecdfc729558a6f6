"""Values as programs write them, brought to the types of ours: numbers that are texts, texts that
are numbers, whole numbers of any size, JSON of strangers. Nothing here raises.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from .generation import GenerationData

MOST_JSON = 8 * 1024 * 1024
"""Characters of JSON that are read; what is longer is not of a person's making."""

_MOST_DIGITS = 100
_LONGEST_SIZE = 40
_SIZE = re.compile(r'\s*\(?\s*([0-9]{1,7})\s*[xX×*,]\s*([0-9]{1,7})\s*\)?\s*', re.ASCII)
_NUMBER = re.compile(r'[-+]?[0-9]+(?:\.[0-9]*)?(?:[eE][-+]?[0-9]{1,3})?', re.ASCII)
_NO_MODELS = ('none', 'automatic', 'undefined', 'baked vae', 'default (model)')
_MODEL_ENDINGS = ('.safetensors', '.ckpt', '.sft', '.gguf', '.pth', '.pt', '.bin')


def json_of(text: object) -> Any:
    """Decoded JSON, or None when ``text`` is none. Whole numbers stay whole whatever their size,
    also where they are written ``1.2e19``; ``NaN`` and ``Infinity`` become None.
    """
    if not isinstance(text, str) or len(text) > MOST_JSON:
        return None
    try:
        return json.loads(
            text, parse_int=_json_int, parse_float=_json_float, parse_constant=lambda _: None
        )
    except (ValueError, RecursionError):
        return None


def json_object(value: object) -> dict[str, Any]:
    """A JSON object, also one that stands in a text; ``{}`` for everything else."""
    found = json_of(value) if isinstance(value, str) else value
    return dict(found) if isinstance(found, Mapping) else {}


def _json_int(text: str) -> int | str:
    return int(text) if len(text) <= _MOST_DIGITS else text


def _json_float(text: str) -> int | float | None:
    if 'e' in text or 'E' in text:
        whole = whole_number(text)
        if whole is not None:
            return whole
    number = float(text)
    return number if math.isfinite(number) else None


def whole_number(value: object) -> int | None:
    """A whole number of any size, or None. It never goes through a float."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value
    text = repr(value) if isinstance(value, float) else value
    if not isinstance(text, str):
        return None
    text = text.strip()
    if len(text) > _MOST_DIGITS or not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)
        exponent = number.adjusted()
        return int(number) if exponent < _MOST_DIGITS and number == int(number) else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


def amount(value: object, most: int = 10_000_000) -> int | None:
    """A whole number from 0 to ``most``, rounded from a fraction; None for everything else."""
    number = real_number(value)
    return round(number) if number is not None and 0 <= number <= most else None


def real_number(value: object) -> float | None:
    """A finite number, or None."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    text = str(value).strip() if isinstance(value, (str, float)) else value
    if isinstance(text, str) and not _NUMBER.fullmatch(text[:_MOST_DIGITS]):
        return None
    try:
        number = float(text)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def plain(value: object) -> str:
    """A text that UTF-8 can hold and that has Unix line ends, '' for what is no text. Halves of a
    pair (as cut JSON has them) become a replacement sign.
    """
    if not isinstance(value, str):
        return ''
    text = value.replace('\r\n', '\n').replace('\r', '\n').replace('\0', '')
    return text.encode('utf-16', 'surrogatepass').decode('utf-16', 'replace')


def prompt_text(value: object) -> str:
    """A prompt: a text, or the texts of a list one after the other."""
    if isinstance(value, (list, tuple)):
        return ', '.join(filter(None, (prompt_text(one) for one in value[:50])))
    return plain(value).strip()


def shown(value: object) -> str:
    """A value as A1111 writes it among the parameters; '' for what says nothing."""
    if value is None:
        return ''
    if isinstance(value, str):
        return plain(value).strip()
    if isinstance(value, float):
        return number_text(value) if math.isfinite(value) else ''
    if isinstance(value, int):
        return number_text(value)
    try:
        return plain(json.dumps(value, ensure_ascii=False, default=str))
    except (ValueError, RecursionError, TypeError):
        return ''


def number_text(value: float) -> str:
    """``7`` of 7.0, ``0.45`` of 0.45, ``True`` of True; whole numbers in full."""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**_MOST_DIGITS else ''
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(value)


def size_of(value: object) -> tuple[int | None, int | None]:
    """Width and height of ``832x1216``, ``(768, 1280)`` or a pair; (None, None) for nothing."""
    if isinstance(value, (list, tuple)) and len(value) == 2:
        value = f'{value[0]}x{value[1]}'
    text = value.strip() if isinstance(value, str) else ''
    found = _SIZE.fullmatch(text) if len(text) <= _LONGEST_SIZE else None
    if not found or not int(found.group(1)) or not int(found.group(2)):
        return None, None
    return int(found.group(1)), int(found.group(2))


def pixels(value: object) -> int | None:
    """A width or height, None for what can be none."""
    return amount(value, 9_999_999) or None


def model_name(value: object) -> str:
    """The name of a model as A1111 has it: without folders and ending; '' for none."""
    if isinstance(value, Mapping):
        value = first(value, ('model_name', 'name', 'model', 'content'))
    text = plain(value).strip().replace('\\', '/').rpartition('/')[2]
    ending = next((one for one in _MODEL_ENDINGS if text.lower().endswith(one)), '')
    text = text[: len(text) - len(ending)]
    return '' if text.lower() in _NO_MODELS else text


def first(values: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The first of ``names`` that says something in ``values``, else None."""
    for name in names:
        value = values.get(name)
        if value is not None and value != '':
            return value
    return None


def filled(data: GenerationData, more: GenerationData) -> GenerationData:
    """``data`` with every field that it leaves open taken from ``more``; other parameters of both;
    resources of ``more`` only when ``data`` knows none. ``source``, ``raw`` and ``reason`` stay.
    """
    changed: dict[str, Any] = {'other': {**more.other, **data.other}}
    for field in data.__struct_fields__:
        if field not in ('source', 'raw', 'reason', 'other'):
            if getattr(data, field) in ('', None, ()):
                changed[field] = getattr(more, field)
    return msgspec.structs.replace(data, **changed)
