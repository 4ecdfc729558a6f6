"""Turns what a server sent into our types without ever losing a record for one odd field.

Civitai's answers change with the years: a field is missing, null, of another type, or an enum has a
new value. A strict decoder refuses the whole record then. This one takes each field by itself and
falls back to the field's default where the value does not fit, item by item inside lists.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

import msgspec

S = TypeVar('S', bound=msgspec.Struct)


def convert(data: object, struct: type[S]) -> S | None:
    """``data`` (decoded JSON) as ``struct``, or None when it is no JSON object or lacks a required
    field.

    A ``struct`` may have a classmethod ``prepare(raw: dict) -> dict`` that irons out old shapes
    first.
    """
    if not isinstance(data, Mapping):
        return None
    raw = dict(data)
    prepare = getattr(struct, 'prepare', None)
    if prepare is not None:
        raw = prepare(raw)
    if _plain(struct):
        try:  # nearly all records are as they should be
            return msgspec.convert(raw, struct, strict=False)
        except (msgspec.ValidationError, OverflowError):
            pass  # field by field then
    values: dict[str, Any] = {}
    for field in _fields(struct):
        if field.encode_name in raw:
            fitted, value = _fit(raw[field.encode_name], field.type)
            if fitted:
                values[field.name] = value
    try:
        return struct(**values)
    except TypeError:  # a required field (an id) is missing: there is no record to speak of
        return None


@lru_cache(maxsize=None)
def _fields(struct: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """Remembered: finding them out takes longer than reading a record."""
    return msgspec.structs.fields(struct)


@lru_cache(maxsize=None)
def _plain(struct: type[msgspec.Struct]) -> bool:
    """Whether nothing inside of ``struct`` has old shapes to be ironed out."""
    held = (_shape(field.type)[2] for field in _fields(struct))
    return all(one is None or not hasattr(one, 'prepare') and _plain(one) for one in held)


@lru_cache(maxsize=None)
def _shape(wanted: Any) -> tuple[Any, tuple[Any, ...], type[msgspec.Struct] | None]:
    """Origin and arguments of a type, and the struct that it holds."""
    origin, inner = typing.get_origin(wanted), typing.get_args(wanted)
    struct = next((kind for kind in (inner or (wanted,)) if _is_struct(kind)), None)
    return origin, inner, struct


def _fit(value: object, wanted: Any) -> tuple[bool, Any]:
    origin, inner, struct = _shape(wanted)
    if origin in (list, tuple) and inner:
        if not isinstance(value, (list, tuple)):
            return False, None
        pairs = [_fit(item, inner[0]) for item in value]
        return True, origin(item for fitted, item in pairs if fitted)
    if struct is not None and isinstance(value, Mapping):
        made = convert(value, struct)
        return made is not None, made
    try:
        return True, msgspec.convert(value, wanted, strict=False)
    except (msgspec.ValidationError, OverflowError):
        return False, None


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
