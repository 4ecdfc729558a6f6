"""What pictures look like, in so far as that tells whether two show the same.

A look is a difference hash of 64 bits: the picture is made 9 x 8 grey pixels, and each bit says
whether a pixel is brighter than the one to its right. Pictures whose looks differ in at most
:data:`NEAR_BITS` are compared once more, larger (:func:`is_alike`), before they count as the same:
pictures of one series can have the same look.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

from PIL import Image, ImageChops, ImageStat

from ..memory import guard

NEAR_BITS = 8
"""Bits in which the looks of a picture and of itself, written anew or made smaller, may differ."""

_LOOK_SIZE = (9, 8)
_READ_SIZE = (288, 288)
_SMALLEST = 32
_PLAIN = 8.0
_STEP = 1.0
_PIXEL_BYTES = 5
_CLOSE_SIZE = (48, 48)
_CLOSE = 3.0
_LARGEST_STEP = 40
_SHAPE = 0.03
_MOST_PIXELS = 64 << 20
_BROKEN = (
    *(OSError, SyntaxError, ValueError, LookupError, ArithmeticError, TypeError),
    *(EOFError, struct.error, zlib.error, Image.DecompressionBombError),
)


def look_of(path: Path) -> int | None:
    """The look of the picture at ``path``; None for a video, for what moves or is plain, and for
    what cannot be read.
    """
    grey = _grey(path)
    if grey is None or min(grey.size) < _SMALLEST:
        return None
    tiny = grey.convert('F').resize(_LOOK_SIZE, Image.Resampling.LANCZOS)
    pixels, look = struct.unpack('72f', tiny.tobytes()), 0
    if max(pixels) - min(pixels) < _PLAIN:
        return None
    for begin in range(0, len(pixels), _LOOK_SIZE[0]):
        for place in range(begin, begin + _LOOK_SIZE[0] - 1):
            look = look << 1 | (pixels[place] - pixels[place + 1] > _STEP)
    return look


def is_alike(one: Path, other: Path) -> bool:
    """Whether two pictures show the same, in whatever size or format: the same shape, and nearly
    the same grey everywhere.
    """
    first, second = _grey(one), _grey(other)
    if first is None or second is None:
        return False
    if abs(first.info['shape'] / second.info['shape'] - 1) > _SHAPE:
        return False
    close = [grey.resize(_CLOSE_SIZE, Image.Resampling.BOX) for grey in (first, second)]
    difference = ImageStat.Stat(ImageChops.difference(*close))
    return difference.mean[0] <= _CLOSE and difference.extrema[0][1] <= _LARGEST_STEP


def _grey(path: Path) -> Image.Image | None:
    """The picture in grey, in a size that is read quickly, with its shape (width to height); None
    where it has none.
    """
    try:
        with Image.open(path) as picture:
            wide, high = picture.size
            if wide * high > _MOST_PIXELS or getattr(picture, 'n_frames', 1) > 1:
                return None
            picture.draft('L', _READ_SIZE)
            with guard.holding('pictures', picture.width * picture.height * _PIXEL_BYTES):
                clear = 'transparency' in picture.info  # grey cannot take all forms of it
                grey = (picture.convert('RGBA') if clear else picture).convert('L')
            grey.thumbnail(_READ_SIZE, Image.Resampling.BOX)
            grey.info = {'shape': wide / high}
            return grey
    except _BROKEN:
        return None
