"""Small pictures for the page: WebP of one width, of what moves the first frame."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from contextlib import nullcontext
from pathlib import Path

from PIL import Image, ImageOps

from ..errors import PictureUnusable
from ..memory import guard

_FORMATS = ('JPEG', 'PNG', 'WEBP', 'GIF', 'BMP', 'AVIF')  # not every Pillow reads the last one
_QUALITY = 80
_TALLEST = 4  # times its width
_MOST_PIXELS = 64 << 20
_PIXEL_BYTES = 4
_LARGE_BYTES = 16 << 20
_ORIENTATION = 0x0112
_FIRST_ON_ITS_SIDE = 5
_BROKEN = (
    *(OSError, SyntaxError, ValueError, LookupError, ArithmeticError),
    *(EOFError, struct.error, zlib.error, Image.DecompressionBombError),
)
_one_large = threading.Lock()


def as_webp(source: bytes | Path, width: int, host: str = '') -> bytes:
    """``source`` as WebP no wider than ``width`` pixels; content that is so already stays as it is.

    Upright as its EXIF says, without metadata. Raises :class:`PictureUnusable` for what is no
    picture or has too many pixels; ``host`` is where it came from.
    """
    content = source if isinstance(source, bytes) else b''
    opened = source if isinstance(source, Path) else io.BytesIO(content)
    try:
        with (
            guard.holding('pictures', len(content)),
            Image.open(opened, formats=_FORMATS) as picture,
        ):
            if content and _is_small(picture, width):
                picture.load()  # a torn one must not be kept
                return content
            return _smaller(picture, width)
    except _BROKEN as error:
        raise PictureUnusable(host=host, reason=type(error).__name__) from error


def _is_small(picture: Image.Image, width: int) -> bool:
    still = not getattr(picture, 'is_animated', False)
    return picture.format == 'WEBP' and picture.width <= width and still


def _smaller(picture: Image.Image, width: int) -> bytes:
    """Large ones are unfolded one at a time."""
    if picture.width * picture.height > _MOST_PIXELS:
        raise ValueError('too large')
    picture.draft('RGB', (width, width))
    size = picture.width * picture.height * _PIXEL_BYTES
    with _one_large if size > _LARGE_BYTES else nullcontext(), guard.holding('pictures', size):
        clear = picture.mode in ('RGBA', 'LA', 'PA') or 'transparency' in picture.info
        turned = picture.getexif().get(_ORIENTATION, 1) >= _FIRST_ON_ITS_SIDE
        box = (width * _TALLEST, width) if turned else (width, width * _TALLEST)
        small = picture.convert('RGBA' if clear else 'RGB')
        small.thumbnail(box, Image.Resampling.LANCZOS)
        upright = ImageOps.exif_transpose(small) or small
        upright.info.clear()  # else colour profile and EXIF would be written again
        made = io.BytesIO()
        upright.save(made, 'WEBP', quality=_QUALITY)
        return made.getvalue()
