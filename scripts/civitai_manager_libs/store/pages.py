"""Reads the rows that are still whole in a damaged SQLite file, page by page, without SQLite.

SQLite refuses a file whose header or tree is broken, but the rows lie in leaf pages that can be
read one by one (https://www.sqlite.org/fileformat2.html, sections 1.5, 1.6, 2.1 and 4). Nothing is
written. What cannot be made sense of is passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Union

Value = Union[None, int, float, str, bytes]
Record = tuple[int, Sequence[Value]]

_MAGIC = b'SQLite format 3\0'
_USUAL_SIZE = 4096
_HEADER = 100
_LEAF = 0x0D
_WAL_MAGIC = (0x377F0682, 0x377F0683)
_WAL_HEADER, _FRAME_HEADER = 32, 24
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_MOST = 16 << 20


def readable_records(database: bytes, log: bytes = b'') -> Iterator[Record]:
    """Row number and values of every record of every table in the content of a database file and
    of its write-ahead log. A row may come more than once, as it was earlier.
    """
    size = _page_size(database)
    count = -(-len(database) // size)
    pages = {
        number: database[(number - 1) * size : number * size] for number in range(1, count + 1)
    }
    pages.update(_logged(log, size))
    for number, page in sorted(pages.items()):
        begin = _HEADER if number == 1 else 0
        if len(page) > begin + 8 and page[begin] == _LEAF:
            yield from _rows(page, begin, size, pages)


def _page_size(database: bytes) -> int:
    size = int.from_bytes(database[16:18], 'big')
    size = 65536 if size == 1 else size
    sound = database.startswith(_MAGIC) and 512 <= size <= 65536 and size & (size - 1) == 0
    return size if sound else _USUAL_SIZE


def _logged(log: bytes, size: int) -> dict[int, bytes]:
    """The pages of the last whole transaction in the log."""
    pages: dict[int, bytes] = {}
    pending: dict[int, bytes] = {}
    if len(log) < _WAL_HEADER or int.from_bytes(log[:4], 'big') not in _WAL_MAGIC:
        return pages
    salt, step = log[16:24], _FRAME_HEADER + size
    for begin in range(_WAL_HEADER, len(log) - step + 1, step):
        number, commit = struct.unpack_from('>II', log, begin)
        if log[begin + 8 : begin + 16] != salt:  # left over from before the last checkpoint
            break
        pending[number] = log[begin + _FRAME_HEADER : begin + step]
        if commit:
            pages.update(pending)
            pending = {}
    return pages


def _rows(page: bytes, begin: int, size: int, pages: dict[int, bytes]) -> Iterator[Record]:
    (count,) = struct.unpack_from('>H', page, begin + 3)
    for index in range(min(count, (len(page) - begin - 8) // 2)):
        (cell,) = struct.unpack_from('>H', page, begin + 8 + 2 * index)
        try:
            length, at = _varint(page, cell)
            row, at = _varint(page, at)
            yield row, _values(_payload(page, at, length, size, pages))
        except (IndexError, KeyError, ValueError, struct.error):
            continue


def _payload(page: bytes, at: int, length: int, size: int, pages: dict[int, bytes]) -> bytes:
    """The bytes of a record: what does not fit into the page stands in a chain of others."""
    if length > _MOST:
        raise ValueError('too long')
    local = length
    if length > size - 35:
        least = (size - 12) * 32 // 255 - 23
        fitting = least + (length - least) % (size - 4)
        local = fitting if fitting <= size - 35 else least
    payload = page[at : at + local]
    if local < length:
        (following,) = struct.unpack_from('>I', page, at + local)
        while len(payload) < length:
            more = pages[following]
            (following,) = struct.unpack_from('>I', more)
            piece = more[4 : 4 + length - len(payload)]
            if not piece:
                raise ValueError('cut off')
            payload += piece
    if len(payload) < length:
        raise ValueError('cut off')
    return payload


def _values(payload: bytes) -> list[Value]:
    header, at = _varint(payload, 0)
    kinds = []
    while at < header:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        value, at = _value(payload, at, kind)
        values.append(value)
    return values


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind], at
    if kind == 7:
        return struct.unpack_from('>d', payload, at)[0], at + 8
    length = _INTEGERS.get(kind) or (kind - 12) // 2
    piece = payload[at : at + length]
    if length < 0 or len(piece) < length:
        raise ValueError('cut off')
    if kind in _INTEGERS:
        return int.from_bytes(piece, 'big', signed=True), at + length
    return (piece if kind % 2 == 0 else piece.decode('utf-8')), at + length


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """A number of one to nine bytes and the place behind it."""
    number = 0
    for place in range(8):
        byte = content[at + place]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, at + place + 1
    return number << 8 | content[at + 8], at + 9
