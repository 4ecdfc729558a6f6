"""Targets that are no links: AIR, ``<model>@<version>``, numbers and hashes.

Facts: civitai-api.md sections 5 and 10.
"""

from __future__ import annotations

import re

from ..errors import TargetUnsupported
from .links import safe_text
from .target_types import FileFilter, Target, TargetKind, integer, model_target

HASH_LENGTHS = (8, 10, 12, 64)
_AIR = re.compile(
    r'(?P<prefix>(?:urn:)?(?:air:)?)[^:\s]*:[^:\s]*:(?P<source>[\w-]+):(?P<rest>\S+)',
    re.IGNORECASE,
)
_AIR_REST = re.compile(
    r'(?P<model>[0-9]+)(?:@(?P<version>[0-9]+))?(?:\+(?P<file>[0-9]+))?(?:\.(?P<format>[\w-]+))?',
    re.ASCII,
)
_AIR_SOURCES = ('huggingface', 'orchestrator', 'civitai-r2')
_AIR_FORMATS = {
    'safetensor': 'SafeTensor',
    'safetensors': 'SafeTensor',
    'pickletensor': 'PickleTensor',
    'ckpt': 'PickleTensor',
    'pt': 'PickleTensor',
    'gguf': 'GGUF',
    'diffusers': 'Diffusers',
    'coreml': 'Core ML',
    'onnx': 'ONNX',
    'other': 'Other',
}
_HASH = re.compile(
    r'(?:(?:sha256|blake3|autov[123]|crc32)[:=]\s*)?(?:0x)?(?P<digits>[0-9a-f]+)', re.IGNORECASE
)


def read_words(text: str) -> Target | None:
    """``text`` as AIR, ``<model>@<version>``, number or hash; None when it is none of them.

    Raises TargetUnsupported for an AIR of another source than Civitai.
    """
    short = re.fullmatch(r'civitai:([0-9]\S*)', text, re.IGNORECASE)
    if short or re.fullmatch(r'[0-9]+[@+]\S+', text):
        return _read_air_rest(short.group(1) if short else text)
    air = _AIR.fullmatch(text)
    if air is None:
        return _read_number(text) or read_hash(text)
    source = air.group('source').lower()
    if source == 'civitai':
        return _read_air_rest(air.group('rest'))
    if source in _AIR_SOURCES or air.group('prefix'):
        raise TargetUnsupported(text=safe_text(text), kind='air')
    return None


def read_hash(text: str) -> Target | None:
    """8, 10, 12 or 64 hex digits, with or without ``0x`` or the name of the hash before them."""
    match = _HASH.fullmatch(text)
    if match is None or len(match.group('digits')) not in HASH_LENGTHS:
        return None
    digits = match.group('digits').lower()
    # Digits alone would be read as a number the next time.
    return Target(TargetKind.HASH, f'0x{digits}' if digits.isdigit() else digits, hash=digits)


def _read_number(text: str) -> Target | None:
    """A bare id. No id begins with a zero, so digits of a hash's length that do are a hash."""
    number = integer(text)
    if number is None or (text.startswith('0') and len(text) in HASH_LENGTHS):
        return None
    return Target(TargetKind.NUMBER, str(number), number=number)


def _read_air_rest(rest: str) -> Target | None:
    match = _AIR_REST.fullmatch(rest)
    if match is None:
        return None
    model, version, file = (integer(match.group(name)) for name in ('model', 'version', 'file'))
    unreadable = (match.group('version') and not version) or (match.group('file') and not file)
    if model is None or unreadable:
        return None
    word = (match.group('format') or '').lower()
    wanted = FileFilter(file_id=file, format=_AIR_FORMATS.get(word, word) or None)
    return model_target(model, version, wanted)
