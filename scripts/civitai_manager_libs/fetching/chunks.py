"""Whether the picture formats that are chunks one after the other have come to their end.

Each function gets a file that can be read and sought, and its size. What lies behind the end (a
second picture of a camera, an archive that somebody has hidden there) does not matter.
"""

from __future__ import annotations

import io
from typing import BinaryIO

_END_OF_JPEG = b'\xff\xd9'
_END_OF_PNG = b'\0\0\0\0IEND\xaeB`\x82'
_LONE_MARKERS = frozenset((0x01, *range(0xD0, 0xD8)))
_SCAN = 0xDA
_TAIL = 1 << 16
_PIECE = 1 << 20


def is_whole_jpeg(file: BinaryIO, size: int) -> bool:
    """Whether the end-of-image marker comes after the first scan; those of thumbnails inside the
    metadata before it do not count.
    """
    scan = _first_scan(file, size)
    if scan is None:
        return False
    return _has_after(file, _END_OF_JPEG, max(scan, size - _TAIL), size) or (
        size - _TAIL > scan and _has_after(file, _END_OF_JPEG, scan, size)
    )


def _first_scan(file: BinaryIO, size: int) -> int | None:
    """Where the data of the first scan begins."""
    place = 2
    while place + 4 <= size:
        file.seek(place)
        head = file.read(4)
        if head[0] != 0xFF:
            return None
        if head[1] == 0xFF:  # filling
            place += 1
        elif head[1] in _LONE_MARKERS:
            place += 2
        else:
            place += 2 + int.from_bytes(head[2:], 'big')
            if head[1] == _SCAN:
                return place if place < size else None
    return None


def _has_after(file: BinaryIO, wanted: bytes, begin: int, size: int) -> bool:
    file.seek(begin)
    before = b''
    while begin < size:
        piece = file.read(_PIECE)
        if not piece:
            return False
        if wanted in before + piece:
            return True
        begin, before = begin + len(piece), piece[1 - len(wanted) :]
    return False


def is_whole_png(file: BinaryIO, size: int) -> bool:
    """Whether there is the last chunk, at the end or after a walk over all of them."""
    if size >= 45:
        file.seek(-len(_END_OF_PNG), io.SEEK_END)
        if file.read(len(_END_OF_PNG)) == _END_OF_PNG:
            return True
    place = 8
    while place + 12 <= size:
        file.seek(place)
        head = file.read(8)
        place += 12 + int.from_bytes(head[:4], 'big')
        if head[4:] == b'IEND':
            return place <= size
    return False


def is_whole_gif(file: BinaryIO, size: int) -> bool:
    """Whether a walk over all blocks comes to the trailer after at least one picture."""
    file.seek(10)
    place, pictures = 13 + _table(file.read(1)), 0
    while place < size:
        file.seek(place)
        kind = file.read(1)
        if kind == b';':
            return pictures > 0
        if kind == b'!':
            place = _after_blocks(file, place + 2)
        elif kind == b',':
            pictures += 1
            file.seek(place + 9)
            place = _after_blocks(file, place + 11 + _table(file.read(1)))
        else:
            return False
    return False


def _table(flags: bytes) -> int:
    """Bytes of the colour table that the flags tell of."""
    return 3 << ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _after_blocks(file: BinaryIO, place: int) -> int:
    """The place after a row of small blocks, behind the end of the file if they do not end."""
    file.seek(place)
    while length := file.read(1):
        place += 1 + length[0]
        if not length[0]:
            break
        file.seek(length[0], io.SEEK_CUR)
    return place


def is_whole_riff(file: BinaryIO, size: int) -> bool:
    """Whether the file is as long as its head says."""
    file.seek(4)
    length = int.from_bytes(file.read(4), 'little')
    return 12 <= length <= size - 8


def is_whole_bmp(file: BinaryIO, size: int) -> bool:
    """Whether the file is as long as its head says; some programs say nothing."""
    file.seek(2)
    length = int.from_bytes(file.read(4), 'little')
    file.seek(10)
    data = int.from_bytes(file.read(4), 'little')
    return max(length, data + 1) <= size
