"""Where a downloaded picture goes: the template of the setting ``images.path_template``."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from ..errors import SettingInvalid
from .naming import FOLDER_LIMIT, safe_name, safe_relative

PICTURE_VARIABLES = (
    *('model_id', 'model_name', 'id', 'image_id', 'creator', 'nsfw_level', 'version_id'),
    *('post_id', 'date'),
)
PRESETS = {
    'model': '{model_id}/{id}',
    'creator': '{creator}/{id}',
    'nsfw': '{nsfw_level}/{id}',
}
"""Templates by the one word that names them."""

_KEY = 'images.path_template'
_NUMBERS = ('id', 'image_id')
_UNKNOWN = 'unknown'
_VALUE_LIMIT = 100


def picture_parts(template: str, values: Mapping[str, object]) -> tuple[str, ...]:
    """The safe folder parts and, last, the file name without extension that ``template`` (or a
    preset's name) gives. ``id`` and ``image_id`` are the same; where a template names neither, or
    the number is cut off, it is put at the end of the name: two pictures never have one path.

    A value that is missing reads ``unknown``; a slash inside a value parts nothing. Raises
    SettingInvalid for an unknown variable, bad braces or a path that leaves its folder.
    """
    pieces = _pieces(PRESETS.get(template.strip(), template))
    safe_relative(''.join(text + ('x' if name else '') for text, name in pieces), key=_KEY)
    known = {'image_id': values.get('id'), **values}
    written = ''.join(text.replace('\\', '/') + _value(known, name) for text, name in pieces)
    parts = [safe_name(part, limit=FOLDER_LIMIT, fallback='') for part in written.split('/')]
    found = [part for part in parts if part]
    if not found:
        raise _invalid(template)
    number = _value(known, 'id')
    numbered = any(name in _NUMBERS for _, name in pieces)
    if not numbered or not any(number in part for part in found):
        addition = f'-{number}'
        found[-1] = safe_name(found[-1], limit=FOLDER_LIMIT - len(addition.encode())) + addition
    return tuple(found)


def _pieces(template: str) -> list[tuple[str, str]]:
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise _invalid(template) from error
    for _, name, form, conversion in parsed:
        if name is not None and (name not in PICTURE_VARIABLES or form or conversion):
            raise _invalid(template)
    return [(text, name or '') for text, name, _, _ in parsed]


def _value(values: Mapping[str, object], name: str) -> str:
    if not name:
        return ''
    value = values.get(name)
    return safe_name('' if value is None else str(value), limit=_VALUE_LIMIT, fallback=_UNKNOWN)


def _invalid(template: str) -> SettingInvalid:
    allowed = ' '.join(f'{{{name}}}' for name in PICTURE_VARIABLES)
    return SettingInvalid(key=_KEY, value=template[:200], allowed=allowed)
