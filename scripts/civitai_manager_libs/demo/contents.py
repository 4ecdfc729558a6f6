"""The bytes behind a file entry: produced by offset, never held whole when large, and hashed.

A content has `key` (same key, same bytes), `size` in bytes, `header_size` (bytes that AutoV3
skips) and `blocks(start, stop)`.
"""

from __future__ import annotations

import hashlib
import random
import struct
import threading
import zlib
from functools import cached_property, lru_cache
from typing import Callable, Iterator, Protocol, Union

BLOCK_SIZE = 1 << 20
_STAMP = struct.Struct('<QQ')
_AUTO_V1_START, _AUTO_V1_LENGTH = 1 << 20, 1 << 16

Bytes = Union[bytes, memoryview]


class Content(Protocol):
    """Anything that can be served as a file."""

    @property
    def key(self) -> str: ...

    @property
    def size(self) -> int: ...

    @property
    def header_size(self) -> int: ...

    def blocks(self, start: int, stop: int) -> Iterator[Bytes]: ...


@lru_cache(maxsize=1)
def _noise() -> memoryview:
    """Two MiB of fixed noise; every file reads it from another offset.

    One exponent bit of each little-endian half float is cleared, so that no tensor made of it
    holds infinities or NaN.
    """
    noise = bytearray(random.Random(20260801).randbytes(2 * BLOCK_SIZE))
    noise[1::2] = noise[1::2].translate(bytes(value & 0xBF for value in range(256)))
    return memoryview(bytes(noise))


def noise_bytes(seed: int, length: int) -> bytes:
    """`length` bytes (at most 1 MiB) that look random and depend only on `seed`."""
    start = (seed * 7919 * 2) % BLOCK_SIZE
    return bytes(_noise()[start : start + min(length, BLOCK_SIZE)])


class StampedContent:
    """A header followed by `body_size` bytes of noise, each MiB stamped with seed and number.

    The stamps make every block of every file different, so a block written to the wrong place
    cannot go unnoticed by a hash.
    """

    def __init__(self, seed: int, body_size: int, build_header: Callable[[], bytes]) -> None:
        self._seed = seed
        self._body_size = body_size
        self._build_header = build_header

    @cached_property
    def _header(self) -> bytes:
        return self._build_header()

    @property
    def header_size(self) -> int:
        return len(self._header)

    @property
    def size(self) -> int:
        return len(self._header) + self._body_size

    @cached_property
    def key(self) -> str:
        digest = hashlib.sha256(self._header).hexdigest()[:16]
        return f'stamped-{self._seed}-{self._body_size}-{digest}'

    def _block(self, index: int) -> memoryview:
        start = (self._seed * 7919 * 2) % BLOCK_SIZE
        noise = _noise()[start + _STAMP.size : start + BLOCK_SIZE]
        return memoryview(b''.join((_STAMP.pack(self._seed, index), noise)))

    def blocks(self, start: int, stop: int) -> Iterator[Bytes]:
        """The bytes `start` to `stop` (exclusive) in pieces of at most 1 MiB."""
        stop = min(stop, self.size)
        header = len(self._header)
        if start < header:
            yield memoryview(self._header)[start : min(stop, header)]
        position, end = max(start - header, 0), stop - header
        while position < end:
            index, offset = divmod(position, BLOCK_SIZE)
            piece = self._block(index)[offset : offset + end - position]
            yield piece
            position += len(piece)


class BuiltContent:
    """A small file built in one go, at the first time that somebody wants its bytes."""

    header_size = 0

    def __init__(self, key: str, build: Callable[[], bytes]) -> None:
        self.key = key
        self._build = build

    @cached_property
    def _bytes(self) -> bytes:
        return self._build()

    @property
    def size(self) -> int:
        return len(self._bytes)

    def blocks(self, start: int, stop: int) -> Iterator[Bytes]:
        """The bytes `start` to `stop` (exclusive) in one piece."""
        if start < stop:
            yield memoryview(self._bytes)[start:stop]


_hash_lock = threading.Lock()
_hash_cache: dict[str, dict[str, str]] = {}


def hashes_of(content: Content) -> dict[str, str]:
    """All hashes of civitai-api.md section 5 but BLAKE3 (not in the standard library).

    Upper-case hex. Read in one streaming pass; kept for the life of the process, since the same
    key always has the same bytes.
    """
    with _hash_lock:
        if content.key not in _hash_cache:
            _hash_cache[content.key] = _compute_hashes(content)
        return dict(_hash_cache[content.key])


def _compute_hashes(content: Content) -> dict[str, str]:
    whole, after_header, checksum, position = hashlib.sha256(), hashlib.sha256(), 0, 0
    for block in content.blocks(0, content.size):
        whole.update(block)
        checksum = zlib.crc32(block, checksum)
        if content.header_size and position + len(block) > content.header_size:
            after_header.update(block[max(content.header_size - position, 0) :])
        position += len(block)
    sha256 = whole.hexdigest().upper()
    hashes = {'AutoV2': sha256[:10], 'SHA256': sha256}
    if content.size >= 2 * BLOCK_SIZE:
        part = hashlib.sha256()
        for block in content.blocks(_AUTO_V1_START, _AUTO_V1_START + _AUTO_V1_LENGTH):
            part.update(block)
        hashes['AutoV1'] = part.hexdigest().upper()[:8]
    # the site prints the four bytes in the order of .NET, reversed against zlib
    hashes['CRC32'] = struct.pack('<I', checksum).hex().upper()
    if content.header_size:
        hashes['AutoV3'] = after_header.hexdigest().upper()[:12]
    return hashes
