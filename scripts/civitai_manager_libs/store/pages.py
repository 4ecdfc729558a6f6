"""Reads the rows that are still whole in a damaged SQLite file, page by page, without SQLite.

SQLite refuses a file whose header or tree is broken, but the rows lie in leaf pages that can be
read one by one (https://www.sqlite.org/fileformat2.html, sections 1.5, 1.6, 2.1 and 4). Nothing is
written. What cannot be made sense of is passed over.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Protocol, Union

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


class Content(Protocol):
    """Bytes that can be sliced."""

    def __len__(self) -> int: ...

    def __getitem__(self, where: slice) -> bytes: ...


class FileContent:
    """The bytes of a file, read as they are wanted: a database may be larger than the memory.
    Where the disk cannot be read there are none.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, where: slice) -> bytes:
        begin, end, _ = where.indices(self._size)
        try:
            self._file.seek(begin)
            return self._file.read(max(0, end - begin))
        except OSError:
            return b''


class _Pages:
    """The pages of a database by number, those of the log in place of older ones."""

    def __init__(self, database: Content, log: Content) -> None:
        self._database, self._log = database, log
        self.size = _page_size(database)
        self._logged = _logged(log, self.size)
        self._count = -(-len(database) // self.size)

    def numbers(self) -> list[int]:
        return sorted({*range(1, self._count + 1), *self._logged})

    def __getitem__(self, number: int) -> bytes:
        begin = self._logged.get(number)
        if begin is not None:
            return self._log[begin : begin + self.size]
        if not 1 <= number <= self._count:
            raise KeyError(number)
        return self._database[(number - 1) * self.size : number * self.size]


def readable_records(database: Content, log: Content = b'') -> Iterator[Record]:
    """Row number and values of every record of every table in the content of a database file and
    of its write-ahead log. A row may come more than once, as it was earlier.
    """
    pages = _Pages(database, log)
    for number in pages.numbers():
        page, begin = pages[number], _HEADER if number == 1 else 0
        if len(page) > begin + 8 and page[begin] == _LEAF:
            yield from _rows(page, begin, pages)


def _page_size(database: Content) -> int:
    head = database[:_HEADER]
    size = int.from_bytes(head[16:18], 'big')
    size = 65536 if size == 1 else size
    sound = head.startswith(_MAGIC) and 512 <= size <= 65536 and size & (size - 1) == 0
    return size if sound else _USUAL_SIZE


def _logged(log: Content, size: int) -> dict[int, int]:
    """Where in the log the pages of its whole transactions begin."""
    places: dict[int, int] = {}
    pending: dict[int, int] = {}
    head = log[:_WAL_HEADER]
    if len(head) < _WAL_HEADER or int.from_bytes(head[:4], 'big') not in _WAL_MAGIC:
        return places
    step = _FRAME_HEADER + size
    for begin in range(_WAL_HEADER, len(log) - step + 1, step):
        frame = log[begin : begin + _FRAME_HEADER]
        number, commit = struct.unpack_from('>II', frame)
        if frame[8:16] != head[16:24]:  # left over from before the last checkpoint
            break
        pending[number] = begin + _FRAME_HEADER
        if commit:
            places.update(pending)
            pending = {}
    return places


def _rows(page: bytes, begin: int, pages: _Pages) -> Iterator[Record]:
    (count,) = struct.unpack_from('>H', page, begin + 3)
    for index in range(min(count, (len(page) - begin - 8) // 2)):
        (cell,) = struct.unpack_from('>H', page, begin + 8 + 2 * index)
        try:
            length, at = _varint(page, cell)
            row, at = _varint(page, at)
            yield row, _values(_payload(page, at, length, pages))
        except (IndexError, KeyError, ValueError, struct.error):
            continue


def _payload(page: bytes, at: int, length: int, pages: _Pages) -> bytes:
    """The bytes of a record: what does not fit into the page stands in a chain of others."""
    if length > _MOST:
        raise ValueError('too long')
    local, size = length, pages.size
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
