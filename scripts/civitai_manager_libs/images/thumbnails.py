"""Small WebP pictures of downloaded pictures and videos, in a folder beside them."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageOps

from ..domain.sites import host_of
from ..errors import PictureUnusable
from ..fetching.receive import picture_bytes
from ..fetching.turns import Priority, turns
from ..http_client import CivitaiHttpClient
from ..memory import guard
from ..moving.mover import Stopped
from ..store.files import write_atomic
from .companions import thumbnail_path

_QUALITY = 80
_MOST_PIXELS = 64 << 20
_PIXEL_BYTES = 8  # as it was read, and once more in another mode
BROKEN = (
    *(OSError, SyntaxError, ValueError, LookupError, ArithmeticError, TypeError),
    *(EOFError, struct.error, zlib.error, Image.DecompressionBombError),
)
"""What Pillow raises for a file that it cannot read."""


def write_thumbnail(picture: Path, size: Sequence[int], still: bytes | None = None) -> Path:
    """Make ``thumbnails/<stem>.webp`` beside ``picture``, no larger than ``size`` (width, height in
    pixels) and never larger than the picture, and give its path: the first frame, upright, without
    any data of its own.

    ``still`` is what to make it of where ``picture`` is a video. Raises PictureUnusable for what
    cannot be read and the errors of :func:`.disk_error`.
    """
    place = thumbnail_path(picture)
    try:
        with Image.open(io.BytesIO(still) if still is not None else picture) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise PictureUnusable(host='', reason='too large')
            opened.draft('RGB', (size[0], size[1]))
            with guard.holding('pictures', opened.width * opened.height * _PIXEL_BYTES):
                made = io.BytesIO()
                _small(opened, (size[0], size[1])).save(made, 'WEBP', quality=_QUALITY)
    except BROKEN as error:
        raise PictureUnusable(host='', reason=type(error).__name__) from error
    write_atomic(place, made.getvalue())
    return place


def _small(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    clear = picture.mode in ('RGBA', 'LA', 'PA', 'RGBa', 'La') or 'transparency' in picture.info
    upright = ImageOps.exif_transpose(picture) or picture
    small = upright.convert('RGBA' if clear else 'RGB')
    small.thumbnail(size, Image.Resampling.LANCZOS)
    small.info.clear()  # else colour profile, EXIF and comments would be written again
    return small


def fetch_still(client: CivitaiHttpClient, address: str, stopped: threading.Event) -> bytes:
    """The frame of a video that the picture server makes. Raises errors of the client, and
    :class:`.Stopped`.
    """

    def pause(seconds: float) -> None:
        if stopped.is_set():
            raise Stopped

    with turns.turn(host_of(address), Priority.BATCH, stopped):
        return picture_bytes(client, address, pause=pause)
