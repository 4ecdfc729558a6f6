"""The two templates of the settings: subfolders below a type's folder, and file names.

``{model_name}`` and the like stand for values; a ``/`` in the subfolder template parts folders,
one inside a value never does.
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter

from ..errors import SettingInvalid
from .naming import FOLDER_LIMIT, safe_name, safe_relative, split_extension

VARIABLES = (
    *('model_name', 'model_id', 'version_name', 'version_id', 'base_model', 'type', 'creator'),
    *('file_name', 'file_id', 'format', 'fp', 'sha256', 'year'),
)
UNKNOWN_VALUE = 'unknown'
_VALUE_LIMIT = 100


def subfolder_parts(template: str, values: Mapping[str, object]) -> tuple[str, ...]:
    """The safe folder parts that ``template`` gives; none for an empty one.

    A value that is missing reads ``unknown``, a part that is empty vanishes. Raises SettingInvalid
    (key='subfolder_template') for an unknown variable, bad braces or a path that leaves its folder.
    """
    key = 'subfolder_template'
    checked = _pieces(template, key)
    # Judged by what the person wrote: values cannot leave the folder, they are made safe one by
    # one.
    safe_relative(''.join(text + ('x' if name else '') for text, name in checked), key=key)
    written = ''.join(text.replace('\\', '/') + _value(name, values) for text, name in checked)
    parts = (safe_name(part, limit=FOLDER_LIMIT, fallback='') for part in written.split('/'))
    return tuple(part for part in parts if part)


def file_name(template: str, values: Mapping[str, object], own_name: str) -> str:
    """The safe file name that ``template`` gives, always with the extension of ``own_name``.

    An empty template keeps the file's own name. Raises SettingInvalid (key='filename_template')
    for an unknown variable, bad braces or a slash.
    """
    if not template.strip():
        return safe_name(own_name)
    key = 'filename_template'
    checked = _pieces(template, key)
    if any('/' in text or '\\' in text for text, _ in checked):
        raise _invalid(key, template)
    extension = split_extension(own_name)[1]
    stem = ''.join(text + _value(name, values) for text, name in checked).strip()
    if extension and stem.lower().endswith(extension.lower()):
        stem = stem[: -len(extension)]
    return safe_name((safe_name(stem, fallback='') or UNKNOWN_VALUE) + extension)


def _pieces(template: str, key: str) -> list[tuple[str, str]]:
    """(text, variable) pairs; the variable is '' after the last text."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as error:
        raise _invalid(key, template) from error
    pieces = []
    for text, name, form, conversion in parsed:
        if name is not None and (name not in VARIABLES or form or conversion):
            raise _invalid(key, template)
        pieces.append((text, name or ''))
    return pieces


def _value(name: str, values: Mapping[str, object]) -> str:
    if not name:
        return ''
    value = values.get(name)
    text = '' if value is None else str(value)
    return safe_name(text, limit=_VALUE_LIMIT, fallback=UNKNOWN_VALUE)


def _invalid(key: str, template: str) -> SettingInvalid:
    allowed = ' '.join(f'{{{name}}}' for name in VARIABLES)
    return SettingInvalid(key=key, value=template[:200], allowed=allowed)
