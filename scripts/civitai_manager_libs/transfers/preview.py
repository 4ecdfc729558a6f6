"""The picture beside a model: one still PNG, whatever the server has sent."""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

from PIL import Image, ImageOps

from .. import setting
from ..domain.backoff import exponential
from ..domain.models import Picture
from ..domain.picture_links import still_address
from ..domain.sites import host_of
from ..errors import ApiError, PictureUnusable, ShortcutError
from ..http_client import CivitaiHttpClient
from ..net.redirect import FileRequest
from ..store.files import write_atomic
from .sidecars import beside

LONGEST = 1024
Pause = Callable[[float], None]
_ENDINGS = ('.png', '.jpg', '.jpeg', '.webp', '.gif', '.avif', '.jxl', '.mp4', '.webm')
_FORMATS = ('PNG', 'JPEG', 'WEBP', 'GIF', 'BMP', 'TIFF')
_MOST_BYTES = 64 << 20
_MOST_PIXELS = 32 << 20
_PIECE = 1 << 16
_CANDIDATES = 3
_BROKEN = (
    *(OSError, SyntaxError, ValueError, LookupError, ArithmeticError),
    *(EOFError, struct.error, zlib.error, Image.DecompressionBombError),
)


def has_preview(path: Path) -> bool:
    """Whether the model at ``path`` has a picture that a host would show, whoever put it there."""
    return any(
        beside(path, middle + ending).exists() for ending in _ENDINGS for middle in ('', '.preview')
    )


def write_preview(
    path: Path, pictures: Sequence[Picture], client: CivitaiHttpClient, pause: Pause
) -> None:
    """Put ``base.preview.png`` beside the model at ``path``: the first of ``pictures`` that can be
    had, of a few.

    ``pause`` is called with seconds to wait, also with 0 between pieces, and may raise to stop.
    Raises what has become of the last one when none can be had, and what cannot be written.
    """
    failure: ShortcutError | None = None
    base_url = setting.current().civitai_base_url
    addresses = (still_address(picture, LONGEST, base_url) for picture in pictures)
    for address in [address for address in addresses if address][:_CANDIDATES]:
        try:
            content = as_png(_patiently(client, address, pause), host_of(address))
        except ApiError as error:
            failure = error
            continue
        write_atomic(beside(path, '.preview.png'), content)
        return
    if failure is not None:
        raise failure


def fetch_picture(
    client: CivitaiHttpClient,
    address: str,
    most: int = _MOST_BYTES,
    pause: Pause = lambda seconds: None,
) -> bytes:
    """The bytes at ``address``, in one attempt; raises :class:`PictureUnusable` for more than
    ``most`` of them, and whatever the client raises.
    """
    content, room = bytearray(), memoryview(bytearray(_PIECE))
    with closing(client.open_file(FileRequest(address), kind='image')) as body:
        while count := body.read_into(room):
            pause(0)
            content += room[:count]
            if len(content) > most:
                raise PictureUnusable(host=body.host, reason='too large')
    return bytes(content)


def as_png(content: bytes, host: str = '') -> bytes:
    """``content`` (of ``host``) as a PNG of at most :data:`LONGEST` pixels a side: its first frame,
    turned as its EXIF says, without any data of its own. Raises :class:`PictureUnusable`.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise PictureUnusable(host=host, reason='too large')
            made = io.BytesIO()
            _still(picture).save(made, 'PNG')
            return made.getvalue()
    except _BROKEN as error:
        raise PictureUnusable(host=host, reason=type(error).__name__) from error


def _patiently(client: CivitaiHttpClient, address: str, pause: Pause) -> bytes:
    """The bytes at ``address``, asked for again as often as an API call would be."""
    for attempt in range(1, client.retries + 2):
        pause(0)
        try:
            return fetch_picture(client, address, pause=pause)
        except ApiError as error:
            if not error.retryable or attempt > client.retries:
                raise
        pause(exponential(attempt, setting.current().http_retry_delay, random.uniform))
    raise AssertionError('unreachable')


def _still(picture: Image.Image) -> Image.Image:
    clear = picture.mode in ('RGBA', 'LA', 'PA', 'RGBa', 'La') or 'transparency' in picture.info
    picture.draft('RGB', (LONGEST, LONGEST))
    upright = ImageOps.exif_transpose(picture) or picture
    still = upright.convert('RGBA' if clear else 'RGB')
    still.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
    still.info.clear()  # else colour profile, EXIF and comments would be written again
    return still
