"""EXIF blocks (TIFF, either byte order): their texts, and a user comment put into one without
touching anything else in it.

Facts: TIFF 6.0 section 2, Exif 2.32 section 4.6 (UserComment begins with eight bytes that name its
encoding).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

_EXIF_POINTER, _USER_COMMENT = 0x8769, 0x9286
_TEXT_TAGS = {
    0x010E: 'ImageDescription',
    0x010F: 'Make',
    0x0110: 'Model',
    0x0131: 'Software',
    0x9C9C: 'XPComment',
}
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 129: 1}
_UNDEFINED, _LONG = 7, 4
_MOST_ENTRIES = 1000
_LONGEST = 8 * 1024 * 1024
_SAMPLE = 8192


class _Entry(NamedTuple):
    tag: int
    kind: int
    length: int  # in units of its kind
    place: int  # of its twelve bytes


class DamagedExif(Exception):
    """The block cannot be read, so nothing can be put into it."""


def texts_of_exif(block: bytes) -> dict[str, str]:
    """The texts of a block that begins with its byte order mark, by the name of the field; what
    cannot be read is left out.
    """
    found: dict[str, str] = {}
    try:
        order, start = _header(block)
        for entry in _entries(block, order, start):
            if entry.tag in _TEXT_TAGS:
                content = _content(block, order, entry)
                wide = entry.tag == 0x9C9C
                found[_TEXT_TAGS[entry.tag]] = decoded_wide(content) if wide else _narrow(content)
            elif entry.tag == _EXIF_POINTER:
                for inner in _entries(block, order, _number(block, order, entry)):
                    if inner.tag == _USER_COMMENT:
                        content = _content(block, order, inner)
                        found['UserComment'] = decoded_comment(content, order == '<')
    except (struct.error, DamagedExif):
        pass  # what was found before the damage still says something
    return {name: text for name, text in found.items() if text.strip()}


def decoded_comment(content: bytes, little: bool = False) -> str:
    """A user comment as text. ``UNICODE`` means UTF-16 of an order that writers do not agree on
    (it need not be that of the block, which is ``little`` or big), and sometimes UTF-8.
    """
    mark, text = content[:8], content[8:]
    if mark == b'UNICODE\0':
        return decoded_wide(text, little)
    if mark == b'JIS\0\0\0\0\0':
        return text.decode('iso2022_jp', 'replace').strip('\0')
    if mark not in (b'ASCII\0\0\0', b'\0\0\0\0\0\0\0\0'):
        text = content
    if _has_zeros(text.rstrip(b'\0')):
        return decoded_wide(text, little)
    return _narrow(text)


def _narrow(content: bytes) -> str:
    content = content.strip(b'\0')
    try:
        return content.decode('utf-8')
    except UnicodeDecodeError:
        return content.decode('latin-1')


def _has_zeros(content: bytes) -> bool:
    return content[:_SAMPLE].count(0) * 4 > len(content[:_SAMPLE])


def decoded_wide(content: bytes, little: bool = True) -> str:
    """UTF-16 of whichever order gives a text; UTF-8 where the bytes are plainly that."""
    if content.startswith((b'\xff\xfe', b'\xfe\xff')):
        return content[: len(content) // 2 * 2].decode('utf-16', 'replace').strip('\0')
    if b'Steps: ' in content or content.lstrip().startswith(b'{"'):
        return _narrow(content)
    sample = content[: min(len(content) // 2 * 2, _SAMPLE)]
    orders = ('utf-16-le', 'utf-16-be') if little else ('utf-16-be', 'utf-16-le')
    best = max(orders, key=lambda order: _likeness(sample.decode(order, 'replace')))
    return content[: len(content) // 2 * 2].decode(best, 'replace').strip('\0')


def _likeness(text: str) -> tuple[int, int]:
    """How much like writing a text looks: ASCII first, then few blocks of signs."""
    plain = sum(' ' <= sign <= '~' or sign in '\n\r\t' for sign in text)
    odd = sum(sign == '\ufffd' or '\ue000' <= sign <= '\uf8ff' for sign in text)
    return plain - odd, -len({ord(sign) >> 8 for sign in text})


def with_comment(block: bytes, comment: bytes) -> bytes:
    """``block`` with its user comment replaced or added; ``b''`` makes a new block.

    All other bytes stay where they are, so that offsets inside stay true. Raises
    :class:`DamagedExif`.
    """
    if not block:
        head = struct.pack('>2sHI', b'MM', 42, 8)
        first = struct.pack('>HHHIII', 1, _EXIF_POINTER, _LONG, 1, 26, 0)
        inner = struct.pack('>HHHIII', 1, _USER_COMMENT, _UNDEFINED, len(comment), 44, 0)
        return head + first + inner + comment
    try:
        changed = _changed(block, comment)
        order, start = _header(changed)
        pointer = _find(changed, order, start, _EXIF_POINTER)
        directory = _number(changed, order, pointer) if pointer else 0
        entry = _find(changed, order, directory, _USER_COMMENT)
        held = entry is not None and _content(changed, order, entry) == comment
    except struct.error as error:
        raise DamagedExif from error
    if not held:  # directories lay over each other
        raise DamagedExif
    return changed


def _changed(block: bytes, comment: bytes) -> bytes:
    order, start = _header(block)
    pointer = _find(block, order, start, _EXIF_POINTER)
    if pointer is None:
        return _with_entry(block, order, start, comment, None)
    inner = _number(block, order, pointer)
    entry = _find(block, order, inner, _USER_COMMENT)
    if entry is None:
        return _with_entry(block, order, inner, comment, pointer)
    content = bytearray(block)
    size = _SIZES.get(entry.kind, 1) * entry.length
    place = _number(block, order, entry)
    inside = size > 4 and len(comment) <= size and place + size <= len(block)
    if size > 4 and place + size == len(block):
        del content[place:]  # the old comment is the last thing: its room is used again
        inside = False
    if not inside or len(comment) <= 4:
        place = len(content) + len(content) % 2
        content += bytes(place - len(content)) + comment
    else:
        content[place : place + size] = comment.ljust(size, b'\0')
    struct.pack_into(order + 'HII', content, entry.place + 2, _UNDEFINED, len(comment), place)
    return bytes(content)


def _with_entry(
    block: bytes, order: str, start: int, comment: bytes, pointer: _Entry | None
) -> bytes:
    """A copy of a directory at the end of the block, with the comment in it (in the directory of
    EXIF, which is made when there was none), and whoever pointed to it pointing to the copy.
    """
    entries = list(_entries(block, order, start))
    rows = [block[one.place : one.place + 12] for one in entries]
    following = block[start + 2 + 12 * len(rows) :][:4].ljust(4, b'\0')
    place = len(block) + len(block) % 2
    content = bytearray(block.ljust(place, b'\0'))
    after = place + 2 + 12 * (len(rows) + 1) + 4
    if pointer is None:
        row = struct.pack(order + 'HHII', _EXIF_POINTER, _LONG, 1, after)
        comment_row = (_USER_COMMENT, _UNDEFINED, len(comment), after + 18)
        tail = struct.pack(order + 'HHHIII', 1, *comment_row, 0) + comment
        struct.pack_into(order + 'I', content, 4, place)
    else:
        row = struct.pack(order + 'HHII', _USER_COMMENT, _UNDEFINED, len(comment), after)
        tail = comment
        struct.pack_into(order + 'I', content, pointer.place + 8, place)
    rows = sorted([*rows, row], key=lambda one: struct.unpack(order + 'H', one[:2]))
    return bytes(content) + struct.pack(order + 'H', len(rows)) + b''.join(rows) + following + tail


def _header(block: bytes) -> tuple[str, int]:
    order = {b'II': '<', b'MM': '>'}.get(block[:2])
    if order is None or len(block) < 8:
        raise DamagedExif
    mark, start = struct.unpack_from(order + 'HI', block, 2)
    if mark != 42:
        raise DamagedExif
    return order, int(start)


def _entries(block: bytes, order: str, start: int) -> Iterator[_Entry]:
    (count,) = struct.unpack_from(order + 'H', block, start)
    if count > _MOST_ENTRIES or start + 2 + 12 * count > len(block):
        raise DamagedExif
    for place in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, number = struct.unpack_from(order + 'HHI', block, place)
        yield _Entry(tag, kind, number, place)


def _find(block: bytes, order: str, start: int, tag: int) -> _Entry | None:
    return next((one for one in _entries(block, order, start) if one.tag == tag), None)


def _number(block: bytes, order: str, entry: _Entry) -> int:
    return int(struct.unpack_from(order + 'I', block, entry.place + 8)[0])


def _content(block: bytes, order: str, entry: _Entry) -> bytes:
    size = _SIZES.get(entry.kind, 1) * entry.length
    if size <= 4:
        return block[entry.place + 8 : entry.place + 8 + size]
    place = _number(block, order, entry)
    return block[place : place + min(size, _LONGEST)]
