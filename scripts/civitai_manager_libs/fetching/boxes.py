"""Whether the formats that are boxes in boxes have come to their end: MP4, MOV and AVIF (ISO base
media, ISO/IEC 14496-12), WebM (EBML, RFC 8794).

Each function gets a file that can be read and sought, and its size.
"""

from __future__ import annotations

from typing import BinaryIO

_CONTENTS = (b'moov', b'moof', b'meta', b'jxlc', b'jxlp')
_DATA = (b'mdat', b'moof', b'jxlc', b'jxlp')
_LARGEST_META = 1 << 20
_MOST_BOXES = 100_000
_SEGMENT = 0x18538067
_CLUSTER = 0x1F43B675


def is_whole_bmff(file: BinaryIO, size: int) -> bool:
    """Whether the boxes of the top fill the file, and both description and data are among them."""
    place, described, filled = 0, False, False
    for _ in range(_MOST_BOXES):
        if place + 8 > size:
            break
        file.seek(place)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4], 'big'), head[4:8]
        if length == 1:
            length = int.from_bytes(head[8:16], 'big')
        elif length == 0:  # to the end of the file
            length = size - place
        if length < 8 or place + length > size:
            return False
        described = described or kind in _CONTENTS
        filled = filled or kind in _DATA or (kind == b'meta' and _has_data(file, length))
        place += length
    return described and filled


def _has_data(file: BinaryIO, length: int) -> bool:
    """Whether the box that was just looked at brings the data of a small picture with it."""
    return length <= _LARGEST_META and b'idat' in file.read(length - 16 if length > 16 else 0)


def is_whole_matroska(file: BinaryIO, size: int) -> bool:
    """Whether the segment is as long as it says; of one that was written as it came, whether none
    of its parts reaches behind the end of the file: cut between two parts it looks whole, and only
    the length that the server has announced tells.
    """
    place, head = _element(file, 0)
    if head is None:
        return False
    place, length = _element(file, place + head, _SEGMENT)
    if place == 0 or length is not None:
        return length is not None and place + length <= size
    clusters = 0
    for _ in range(_MOST_BOXES):
        if place >= size:
            break
        file.seek(place)
        clusters += file.read(4) == _CLUSTER.to_bytes(4, 'big')
        place, length = _element(file, place)
        if place == 0:
            return False
        if length is None:  # a part of unknown length: what follows are its own parts
            continue
        place += length
    return clusters > 0 and place == size


def _element(file: BinaryIO, place: int, wanted: int | None = None) -> tuple[int, int | None]:
    """Where the content of the element at ``place`` begins and how long it is, None for one of
    unknown length; (0, None) when there is no such element.
    """
    file.seek(place)
    head = file.read(12)
    if not head or not head[0]:
        return 0, None
    name_length = 9 - head[0].bit_length()
    if name_length > 4 or len(head) <= name_length or not head[name_length]:
        return 0, None
    name = int.from_bytes(head[:name_length], 'big')
    if wanted is not None and name != wanted:
        return 0, None
    width = 9 - head[name_length].bit_length()
    number = head[name_length : name_length + width]
    if len(number) < width:
        return 0, None
    value = int.from_bytes(number, 'big') & ((1 << 7 * width) - 1)
    unknown = value == (1 << 7 * width) - 1
    return place + name_length + width, None if unknown else value
