"""Any picture as a still PNG. Apart from the rest, since Pillow takes long to load and most starts
of the program need no picture.
"""

from __future__ import annotations

import io
import struct
import zlib

from PIL import Image, ImageOps

from ..errors import PictureUnusable
from ..memory import guard

LONGEST = 1024
_FORMATS = ('PNG', 'JPEG', 'WEBP', 'GIF', 'BMP', 'TIFF')
_MOST_PIXELS = 32 << 20
_PIXEL_BYTES = 8  # as it was read, and once more in another mode
_BROKEN = (
    *(OSError, SyntaxError, ValueError, LookupError, ArithmeticError),
    *(EOFError, struct.error, zlib.error, Image.DecompressionBombError),
)


def as_png(content: bytes, host: str = '') -> bytes:
    """``content`` (of ``host``) as a PNG of at most :data:`LONGEST` pixels a side: its first frame,
    turned as its EXIF says, without any data of its own. Raises :class:`PictureUnusable`.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise PictureUnusable(host=host, reason='too large')
            picture.draft('RGB', (LONGEST, LONGEST))
            unfolded = picture.width * picture.height * _PIXEL_BYTES
            with guard.holding('pictures', len(content) + unfolded):
                made = io.BytesIO()
                _still(picture).save(made, 'PNG')
                return made.getvalue()
    except _BROKEN as error:
        raise PictureUnusable(host=host, reason=type(error).__name__) from error


def _still(picture: Image.Image) -> Image.Image:
    clear = picture.mode in ('RGBA', 'LA', 'PA', 'RGBa', 'La') or 'transparency' in picture.info
    upright = ImageOps.exif_transpose(picture) or picture
    still = upright.convert('RGBA' if clear else 'RGB')
    still.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    still.info.clear()  # else colour profile, EXIF and comments would be written again
    return still
