"""A small real MP4: two seconds of JPEG frames in an ISO base media file (sample entry `jpeg`)."""

from __future__ import annotations

import io
import struct
from functools import lru_cache

from PIL import ImageChops

from .picture_art import paint

_FRAMES, _FRAME_MS = 12, 166
_MATRIX = struct.pack('>9I', 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)


def _box(kind: bytes, *parts: bytes) -> bytes:
    body = b''.join(parts)
    return struct.pack('>I', len(body) + 8) + kind + body


def _frames(seed: int, width: int, height: int) -> list[bytes]:
    """The picture of the seed sliding sideways once around."""
    image, frames = paint(seed, width, height), []
    for number in range(_FRAMES):
        buffer = io.BytesIO()
        ImageChops.offset(image, number * width // _FRAMES, 0).save(buffer, 'JPEG', quality=80)
        frames.append(buffer.getvalue())
    return frames


def _sample_table(frames: list[bytes], width: int, height: int, first_offset: int) -> bytes:
    entry = _box(
        b'jpeg',
        struct.pack('>6xH16xHHIIIH32sHh', 1, width, height, 0x480000, 0x480000, 0, 1, b'', 24, -1),
    )
    offsets, position = [], first_offset
    for frame in frames:
        offsets.append(position)
        position += len(frame)
    count = len(frames)
    return _box(
        b'stbl',
        _box(b'stsd', struct.pack('>II', 0, 1), entry),
        _box(b'stts', struct.pack('>IIII', 0, 1, count, _FRAME_MS)),
        _box(b'stsc', struct.pack('>IIIII', 0, 1, 1, 1, 1)),
        _box(b'stsz', struct.pack(f'>III{count}I', 0, 0, count, *map(len, frames))),
        _box(b'stco', struct.pack(f'>II{count}I', 0, count, *offsets)),
    )


def _movie(frames: list[bytes], width: int, height: int, first_offset: int) -> bytes:
    length = _FRAMES * _FRAME_MS
    reference = _box(b'dinf', _box(b'dref', struct.pack('>II', 0, 1), _box(b'url ', b'\0\0\0\1')))
    media = _box(
        b'mdia',
        _box(b'mdhd', struct.pack('>IIIIIHH', 0, 0, 0, 1000, length, 0x55C4, 0)),
        _box(b'hdlr', struct.pack('>II4s12x', 0, 0, b'vide'), b'demo\0'),
        _box(
            b'minf',
            _box(b'vmhd', struct.pack('>I8x', 1)),
            reference,
            _sample_table(frames, width, height, first_offset),
        ),
    )
    track = struct.pack('>IIIIII8xHHHH', 7, 0, 0, 1, 0, length, 0, 0, 0, 0)
    shape = struct.pack('>II', width << 16, height << 16)
    movie = struct.pack('>IIIIIIH10x', 0, 0, 0, 1000, length, 0x10000, 0x100)
    return _box(
        b'moov',
        _box(b'mvhd', movie, _MATRIX, struct.pack('>24xI', 2)),
        _box(b'trak', _box(b'tkhd', track, _MATRIX, shape), media),
    )


@lru_cache(maxsize=4)
def motion_jpeg(seed: int, width: int, height: int) -> bytes:
    """The video of this seed, width and height in pixels, about two seconds long."""
    frames = _frames(seed, width, height)
    kind = _box(b'ftyp', b'isom', struct.pack('>I', 512), b'isommp41')
    # the offsets inside `moov` depend on its own length, which does not depend on their values
    start = len(kind) + len(_movie(frames, width, height, 0)) + 8
    return kind + _movie(frames, width, height, start) + _box(b'mdat', *frames)
