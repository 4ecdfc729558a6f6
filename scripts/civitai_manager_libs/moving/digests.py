"""The hashes that Civitai publishes (civitai-api.md section 5), computed over bytes in order."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Collection, Mapping
from typing import Protocol

import blake3

DIGITS: Mapping[str, int] = {'SHA256': 64, 'BLAKE3': 64, 'AutoV2': 10, 'AutoV3': 12, 'CRC32': 8}
"""Hexadecimal digits of the hashes that can be checked, the most telling first."""

NOTHING = 'e3b0c44298fc'
"""AutoV3 of no bytes at all: Civitai has it for files that it could not read."""

_LARGEST_HEADER = 32 << 20


class Digest(Protocol):
    """A running hash."""

    def update(self, piece: memoryview) -> None: ...

    def values(self) -> tuple[str, ...]: ...


class _Sha256:
    def __init__(self) -> None:
        self._running = hashlib.sha256()

    def update(self, piece: memoryview) -> None:
        self._running.update(piece)

    def values(self) -> tuple[str, ...]:
        return (self._running.hexdigest(),)


class _Blake3:
    def __init__(self) -> None:
        self._running = blake3.blake3()

    def update(self, piece: memoryview) -> None:
        self._running.update(piece)

    def values(self) -> tuple[str, ...]:
        return (self._running.hexdigest(),)


class _Crc32:
    """Civitai prints the bytes as .NET returns them, in the reverse of the usual order; which
    order its newer scanner has is not known, so both count.
    """

    def __init__(self) -> None:
        self._running = 0

    def update(self, piece: memoryview) -> None:
        self._running = zlib.crc32(piece, self._running)

    def values(self) -> tuple[str, ...]:
        usual = self._running.to_bytes(4, 'big')
        return (usual[::-1].hex(), usual.hex())


class _AutoV3:
    """SHA256 of what follows the header of a safetensors file. Civitai may instead publish the one
    that the trainer has written into the header.
    """

    def __init__(self) -> None:
        self._running = hashlib.sha256()
        self._head = bytearray()
        self._body_at: int | None = None

    def update(self, piece: memoryview) -> None:
        if self._body_at is None or len(self._head) < self._body_at:
            piece = self._take_head(piece)
        if len(piece):
            self._running.update(piece)

    def _take_head(self, piece: memoryview) -> memoryview:
        if self._body_at is None:
            wanted = 8 - len(self._head)
            self._head += piece[:wanted]
            piece = piece[wanted:]
            if len(self._head) == 8:
                self._body_at = 8 + min(int.from_bytes(self._head, 'little'), _LARGEST_HEADER)
        if self._body_at is not None:
            wanted = self._body_at - len(self._head)
            self._head += piece[:wanted]
            piece = piece[wanted:]
        return piece

    def values(self) -> tuple[str, ...]:
        return (self._running.hexdigest()[:12], *self._written())

    def _written(self) -> list[str]:
        try:
            header = json.loads(bytes(self._head[8:]))
            metadata = header.get('__metadata__', {})
            written = [metadata.get(name) for name in ('sshs_model_hash', 'modelspec.hash_sha256')]
        except (ValueError, AttributeError, RecursionError):  # no safetensors file
            return []
        texts = [text.lower().removeprefix('0x') for text in written if isinstance(text, str)]
        return [text[:12] for text in texts if re.fullmatch('[0-9a-f]{12,}', text)]


_MADE: Mapping[str, Callable[[], Digest]] = {
    'SHA256': _Sha256,
    'BLAKE3': _Blake3,
    'CRC32': _Crc32,
    'AutoV3': _AutoV3,
}


class Digests:
    """SHA256, and those hashes of ``wanted`` (names of :data:`DIGITS`) that do not follow from
    it.
    """

    def __init__(self, wanted: Collection[str] = ()) -> None:
        self._wanted = tuple(wanted)
        names = {'SHA256', *(name for name in self._wanted if name in _MADE)}
        self._running: dict[str, Digest] = {name: _MADE[name]() for name in sorted(names)}

    def fresh(self) -> Digests:
        """The same hashes, of nothing yet."""
        return Digests(self._wanted)

    def update(self, piece: memoryview) -> None:
        """Go on with the next bytes."""
        for running in self._running.values():
            running.update(piece)

    @property
    def sha256(self) -> str:
        """Of all bytes so far, lower-case hexadecimal."""
        return self._running['SHA256'].values()[0]

    def of(self, name: str) -> tuple[str, ...]:
        """What may stand at Civitai under ``name`` for these bytes, lower case."""
        if name == 'AutoV2':
            return (self.sha256[: DIGITS[name]],)
        return self._running[name].values()
