"""The texts that a picture carries: chunks of PNG, EXIF and comments of JPEG and WebP.

A file is read by its structure, chunk by chunk; nothing is decoded, and what holds the picture
itself is stepped over. A text of more than :data:`MOST_TEXT` bytes is not read, also when it
unfolds to that.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO

import msgspec

from ..fetching.formats import HEAD_BYTES, JPEG, PNG, WEBP, format_of
from .exif import texts_of_exif

MOST_TEXT = 8 * 1024 * 1024
"""Bytes of one text that are read."""

_MOST_TOGETHER = 4 * MOST_TEXT
_MOST_CHUNKS = 500_000
_TEXT_CHUNKS = (b'tEXt', b'zTXt', b'iTXt', b'eXIf')
_SKIPPED = ('XML:com.adobe.xmp',)
EXIF_MARK = b'Exif\0\0'


class Embedded(msgspec.Struct):
    """``format`` is its name (``PNG``) or empty for what is no picture; ``texts`` by the keyword of
    a chunk or the name of an EXIF field; ``damaged`` when the file ends or breaks off before it
    should, or a text could not be read.
    """

    format: str = ''
    texts: dict[str, str] = {}
    damaged: bool = False


def embedded_texts(file: BinaryIO) -> Embedded:
    """The texts of an open file that can be sought; never more than some MB of it are held. Raises
    :class:`OSError` only.
    """
    file.seek(0)
    found = format_of(file.read(HEAD_BYTES))
    if found is None:
        return Embedded()
    result = Embedded(format=found.name)
    readers = {PNG.name: _png, JPEG.name: _jpeg, WEBP.name: _webp}
    reader = readers.get(found.name)
    together = 0
    for name, text in reader(file, result) if reader else ():
        together += len(text)
        if together > _MOST_TOGETHER:
            result.damaged = True
            break
        result.texts[name] = text
    return result


def _png(file: BinaryIO, result: Embedded) -> Iterator[tuple[str, str]]:
    for kind, length in png_chunks(file, result):
        if kind in _TEXT_CHUNKS:
            if length > MOST_TEXT:
                result.damaged = True
                continue
            yield from _png_text(kind, file.read(length), result)


def png_chunks(file: BinaryIO, result: Embedded) -> Iterator[tuple[bytes, int]]:
    """Kind and length of every chunk; the file stands at its content each time. What is wrong with
    the structure is said in ``result``.
    """
    place, end = 8, file.seek(0, 2)
    for _ in range(_MOST_CHUNKS):
        file.seek(place)
        head = file.read(8)
        length = int.from_bytes(head[:4], 'big')
        if len(head) < 8 or place + 12 + length > end:
            break
        yield head[4:], length
        if head[4:] == b'IEND':
            return
        place += 12 + length
    result.damaged = True


def _png_text(kind: bytes, content: bytes, result: Embedded) -> Iterator[tuple[str, str]]:
    if kind == b'eXIf':
        yield from texts_of_exif(content.removeprefix(EXIF_MARK)).items()
        return
    name, _, rest = content.partition(b'\0')
    keyword = name[:80].decode('latin-1')
    if keyword in _SKIPPED:
        return
    packed = kind == b'zTXt'
    if packed:
        rest = rest[1:]
    if kind == b'iTXt':
        packed = rest[:1] == b'\1'
        rest = rest[2:].partition(b'\0')[2].partition(b'\0')[2]
    text = _unpacked(rest) if packed else rest
    if text is None:
        result.damaged = True
    else:
        yield keyword, _decoded(text, utf8=kind == b'iTXt')


def _unpacked(content: bytes) -> bytes | None:
    unpacker = zlib.decompressobj()
    try:
        text = unpacker.decompress(content, MOST_TEXT)
    except zlib.error:
        return None
    return None if unpacker.unconsumed_tail else text


def _decoded(content: bytes, utf8: bool) -> str:
    """tEXt is Latin-1 by its definition, but many write UTF-8 there."""
    try:
        return content.decode('utf-8')
    except UnicodeDecodeError:
        return content.decode('utf-8', 'replace') if utf8 else content.decode('latin-1')


def _jpeg(file: BinaryIO, result: Embedded) -> Iterator[tuple[str, str]]:
    for marker, length in jpeg_segments(file, result):
        if marker == 0xE1:
            content = file.read(length)
            if content.startswith(EXIF_MARK):
                yield from texts_of_exif(content[len(EXIF_MARK) :]).items()
        elif marker == 0xFE:
            yield 'comment', _decoded(file.read(length), utf8=False).strip('\0')


def jpeg_segments(file: BinaryIO, result: Embedded) -> Iterator[tuple[int, int]]:
    """Marker and length of the content of every segment before the picture itself; the file stands
    at the content each time.
    """
    place, end = 2, file.seek(0, 2)
    for _ in range(_MOST_CHUNKS):
        file.seek(place)
        head = file.read(4)
        if len(head) == 4 and head[:2] == b'\xff\xff':  # a fill byte
            place += 1
            continue
        length = int.from_bytes(head[2:], 'big')
        if len(head) < 4 or head[0] != 0xFF or length < 2 or place + 2 + length > end:
            break
        if head[1] == 0xDA:
            return
        yield head[1], length - 2
        place += 2 + length
    result.damaged = True


def _webp(file: BinaryIO, result: Embedded) -> Iterator[tuple[str, str]]:
    for kind, length in webp_chunks(file, result):
        if kind == b'EXIF':
            if length > MOST_TEXT:
                result.damaged = True
                continue
            yield from texts_of_exif(file.read(length).removeprefix(EXIF_MARK)).items()


def webp_chunks(file: BinaryIO, result: Embedded) -> Iterator[tuple[bytes, int]]:
    """Kind and length of every chunk; the file stands at its content each time."""
    size = file.seek(0, 2)
    file.seek(4)
    end = 8 + int.from_bytes(file.read(4), 'little')
    if end > size:
        result.damaged = True
    place = 12
    for _ in range(_MOST_CHUNKS):
        if place + 8 > min(end, size):
            return
        file.seek(place)
        head = file.read(8)
        length = int.from_bytes(head[4:], 'little')
        if place + 8 + length > min(end, size):
            break
        yield head[:4], length
        place += 8 + length + length % 2
    result.damaged = True
