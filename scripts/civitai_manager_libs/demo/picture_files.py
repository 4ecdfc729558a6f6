"""Picture addresses and the image files behind them (civitai-api.md section 8, Image URLs)."""

from __future__ import annotations

import io
import uuid
import zlib
from functools import lru_cache
from typing import Any, Optional
from urllib.parse import quote

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from .generation_data import a1111_text
from .motion_jpeg import motion_jpeg
from .picture_art import paint
from .shelf import Picture, Shelf
from .special import PICTURE_ACCOUNT

_WIDTH_STEPS = (96, 320, 450, 512, 800, 1200, 1600, 2200)
_EXIF_BLOCK, _USER_COMMENT = 0x8769, 0x9286
_STRANGER_SIZE = (832, 1216)
_LARGEST_EDGE = 4096


def picture_path(picture: Picture, params: str = 'original=true', by_uuid: bool = False) -> str:
    """Path of a picture. Lists of pictures name the file by uuid, previews by id."""
    name = picture.uuid if by_uuid else str(picture.id)
    ending = 'mp4' if picture.kind == 'video' else 'jpeg'
    return f'/{PICTURE_ACCOUNT}/{picture.uuid}/{params}/{name}.{ending}'


def avatar_path(username: str) -> str:
    """Path of the small image that stands for a person: a picture like any other."""
    identity = uuid.uuid5(uuid.NAMESPACE_URL, f'demo-avatar-{username}')
    return f'/{PICTURE_ACCOUNT}/{identity}/width=96/{quote(username)}.jpeg'


def read_picture(shelf: Shelf, path: str) -> Optional[tuple[str, bytes]]:
    """Content type and bytes behind a picture path, or None when it is no picture path.

    An unknown uuid is a picture too: any seed can be painted.
    """
    parts = path.strip('/').split('/')
    if len(parts) not in (3, 4) or parts[0] != PICTURE_ACCOUNT:
        return None
    params = _read_params(parts[2]) if len(parts) == 4 else {}
    picture = shelf.pictures_by_uuid.get(parts[1])
    width, height = (picture.width, picture.height) if picture else _STRANGER_SIZE
    width, height = min(width, _LARGEST_EDGE), min(height, _LARGEST_EDGE)
    drawn_as = picture.drawn_as if picture and picture.drawn_as else parts[1]
    seed = zlib.crc32(drawn_as.encode('utf-8'))
    if parts[-1].endswith('.mp4'):
        return 'video/mp4', motion_jpeg(seed, min(width, 320), min(height, 480))
    wanted = params.get('width', '')
    if wanted.isdigit():
        return _thumbnail(seed, width, height, int(wanted), params.get('optimized') == 'true')
    if params.get('original') == 'true' and picture:
        texts = tuple(_texts(picture).items())
        return _original(seed, width, height, picture.original, texts)
    return _encode(seed, width, height, 'jpeg')


def _texts(picture: Picture) -> dict[str, str]:
    """What stands inside the original, by the name of its chunk."""
    if picture.embedded is not None:
        return picture.embedded()
    meta = picture.meta()
    return {'parameters': a1111_text(meta)} if meta else {}


def _read_params(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (item.partition('=') for item in text.split(','))}


@lru_cache(maxsize=256)
def _thumbnail(
    seed: int, width: int, height: int, wanted: int, optimized: bool
) -> tuple[str, bytes]:
    """A picture not wider than the original; the wanted width snaps up to the site's steps."""
    step = next((one for one in _WIDTH_STEPS if one >= wanted), _WIDTH_STEPS[-1])
    narrow = max(min(step, width), 1)
    size = (narrow, max(round(height * narrow / width), 1))
    return _encode(seed, *size, 'webp' if optimized else 'jpeg')


@lru_cache(maxsize=32)
def _original(
    seed: int, width: int, height: int, form: str, texts: tuple[tuple[str, str], ...]
) -> tuple[str, bytes]:
    return _encode(seed, width, height, form, texts)


def _encode(
    seed: int, width: int, height: int, form: str, texts: tuple[tuple[str, str], ...] = ()
) -> tuple[str, bytes]:
    """Paints and writes one image file; `texts` (name of the chunk, text) are embedded: all of them
    in a PNG, the A1111 one in EXIF elsewhere.
    """
    buffer = io.BytesIO()
    options: dict[str, Any] = {'quality': 88}
    if form == 'png':
        options = {'compress_level': 1, 'pnginfo': PngInfo()}
        for name, text in texts:
            _add_chunk(options['pnginfo'], name, text)
    elif 'parameters' in dict(texts):
        exif = Image.Exif()
        comment = b'UNICODE\x00' + dict(texts)['parameters'].encode('utf-16-be')
        exif.get_ifd(_EXIF_BLOCK)[_USER_COMMENT] = comment
        exif[_EXIF_BLOCK] = {_USER_COMMENT: comment}
        options['exif'] = exif
    paint(seed, width, height).save(buffer, form.upper(), **options)
    return f'image/{form}', buffer.getvalue()


def _add_chunk(chunks: PngInfo, name: str, text: str) -> None:
    """As the program writes it: tEXt holds latin-1 alone, anything else goes as iTXt."""
    try:
        chunks.add_text(name, text)
    except UnicodeEncodeError:
        chunks.add_itxt(name, text)
