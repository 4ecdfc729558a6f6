"""A text put into a picture without decoding it: which ranges of the old file and which new bytes
make the new one.

Facts: PNG specification section 11.3.4, Exif 2.32 section 4.7 (APP1 comes first, JFIF's APP0 before
it), WebP container specification (VP8X announces EXIF).
"""

from __future__ import annotations

import struct
import zlib
from typing import BinaryIO, Union

from .embedded import EXIF_MARK, Embedded, jpeg_segments, png_chunks, webp_chunks
from .exif import DamagedExif, with_comment

Piece = Union[bytes, tuple[int, int]]
"""New bytes, or where a range of the old file begins and ends."""

_PARAMETERS = b'parameters'
_MOST_IN_SEGMENT = 65533
_EXIF_FLAG, _ALPHA_FLAG = 0x08, 0x10


def png_pieces(file: BinaryIO, text: str) -> list[Piece]:
    """``parameters`` before the picture's own data, and not a second time. Raises
    :class:`DamagedExif` for a file that breaks off.
    """
    state = Embedded()
    new = _png_chunk(text)
    pieces: list[Piece] = []
    done, start = False, 0
    for kind, length in png_chunks(file, state):
        place = file.tell() - 8
        if kind == b'IDAT' and not done:
            pieces += [(start, place), new]
            done, start = True, place
        elif kind in (b'tEXt', b'zTXt', b'iTXt') and file.read(11) == _PARAMETERS + b'\0':
            pieces.append((start, place))
            start = place + 12 + length
    if state.damaged or not done:
        raise DamagedExif
    return [*pieces, (start, file.seek(0, 2))]


def _png_chunk(text: str) -> bytes:
    kind, content = b'tEXt', _PARAMETERS + b'\0' + text.encode('utf-8', 'replace')
    if not text.isascii():  # many take tEXt for UTF-8 though it is Latin-1
        kind, content = b'iTXt', content.replace(b'\0', b'\0\0\0\0\0', 1)
    return struct.pack('>I', len(content)) + kind + content + _checksum(kind + content)


def _checksum(content: bytes) -> bytes:
    return struct.pack('>I', zlib.crc32(content))


def _comment(text: str) -> bytes:
    """As A1111 writes it through piexif: big-endian without a mark."""
    return b'UNICODE\0' + text.encode('utf-16-be', 'replace')


def jpeg_pieces(file: BinaryIO, text: str) -> list[Piece]:
    """The user comment in the EXIF segment, which is made when there is none. Raises
    :class:`OverflowError` when it does not fit, :class:`DamagedExif`.
    """
    state = Embedded()
    old: tuple[int, int] | None = None
    block, after = b'', 2
    for marker, length in jpeg_segments(file, state):
        place = file.tell() - 4
        if marker == 0xE0 and place == after:
            after = place + 4 + length
        if marker == 0xE1 and old is None:
            content = file.read(length)
            if content.startswith(EXIF_MARK):
                old, block = (place, place + 4 + length), content[len(EXIF_MARK) :]
    if state.damaged:
        raise DamagedExif
    content = EXIF_MARK + with_comment(block, _comment(text))
    if len(content) > _MOST_IN_SEGMENT:
        raise OverflowError
    start, end = old or (after, after)
    segment = b'\xff\xe1' + struct.pack('>H', len(content) + 2) + content
    return [(0, start), segment, (end, file.seek(0, 2))]


def webp_pieces(file: BinaryIO, text: str) -> list[Piece]:
    """The user comment in the chunk ``EXIF``; a simple file becomes an extended one. Raises
    :class:`DamagedExif`.
    """
    state = Embedded()
    chunks = [(kind, file.tell() - 8, length) for kind, length in webp_chunks(file, state)]
    if state.damaged or not chunks:
        raise DamagedExif
    block = b''
    for kind, place, length in chunks:
        if kind == b'EXIF':
            file.seek(place + 8)
            block = file.read(length)
    mark = EXIF_MARK if block.startswith(EXIF_MARK) else b''
    exif = _chunk(b'EXIF', mark + with_comment(block[len(mark) :], _comment(text)))
    pieces: list[Piece] = [_extension(file, chunks[0])]
    for kind, place, length in chunks:
        if kind == b'XMP ' and exif not in pieces:
            pieces.append(exif)
        if kind not in (b'VP8X', b'EXIF'):
            pieces.append((place, place + 8 + length + length % 2))
    if exif not in pieces:
        pieces.append(exif)
    file.seek(4)
    end = 8 + int.from_bytes(file.read(4), 'little')
    size = sum(len(one) if isinstance(one, bytes) else one[1] - one[0] for one in pieces)
    head = b'RIFF' + struct.pack('<I', size + 4) + b'WEBP'
    return [head, *pieces, (end, max(end, file.seek(0, 2)))]


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack('<I', len(content)) + content + b'\0' * (len(content) % 2)


def _extension(file: BinaryIO, first: tuple[bytes, int, int]) -> bytes:
    """The chunk VP8X that says there is EXIF, and the size of the picture."""
    kind, place, length = first
    file.seek(place + 8)
    content = file.read(min(length, 10))
    if len(content) < 10:
        raise DamagedExif
    if kind == b'VP8X':
        return _chunk(kind, bytes([content[0] | _EXIF_FLAG]) + content[1:])
    flags = _EXIF_FLAG
    if kind == b'VP8 ' and content[3:6] == b'\x9d\x01\x2a':
        width, height = (one & 0x3FFF for one in struct.unpack('<HH', content[6:10]))
    elif kind == b'VP8L' and content[0] == 0x2F:
        bits = int.from_bytes(content[1:5], 'little')
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        flags |= _ALPHA_FLAG if bits >> 28 & 1 else 0
    else:
        raise DamagedExif
    if not width or not height:
        raise DamagedExif
    sizes = (width - 1).to_bytes(3, 'little') + (height - 1).to_bytes(3, 'little')
    return _chunk(b'VP8X', bytes([flags, 0, 0, 0]) + sizes)
