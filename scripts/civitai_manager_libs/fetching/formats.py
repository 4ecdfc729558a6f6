"""What kind of picture or video some bytes are, and whether a file holds all of it; nothing is
decoded.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from .boxes import is_whole_bmff, is_whole_matroska
from .chunks import is_whole_bmp, is_whole_gif, is_whole_jpeg, is_whole_png, is_whole_riff

HEAD_BYTES = 64
"""What :func:`format_of` needs of the beginning."""

_BUFFER = 1 << 16


@dataclass(frozen=True)
class Format:
    """A kind of file: its name in capitals (as Pillow has it), the ending its files get, its MIME
    type.
    """

    name: str
    ending: str
    mime: str
    is_video: bool = False


JPEG = Format('JPEG', '.jpeg', 'image/jpeg')
PNG = Format('PNG', '.png', 'image/png')
GIF = Format('GIF', '.gif', 'image/gif')
WEBP = Format('WEBP', '.webp', 'image/webp')
AVIF = Format('AVIF', '.avif', 'image/avif')
JXL = Format('JXL', '.jxl', 'image/jxl')
BMP = Format('BMP', '.bmp', 'image/bmp')
MP4 = Format('MP4', '.mp4', 'video/mp4', is_video=True)
MOV = Format('MOV', '.mov', 'video/quicktime', is_video=True)
WEBM = Format('WEBM', '.webm', 'video/webm', is_video=True)

FORMATS = (JPEG, PNG, GIF, WEBP, AVIF, JXL, BMP, MP4, MOV, WEBM)

_JXL_BOX = b'\0\0\0\x0cJXL \r\n\x87\n'
_AVIF_BRANDS = (b'avif', b'avis')
_OTHER_PICTURES = (b'heic', b'heix', b'hevc', b'heim', b'heis', b'mif1', b'msf1', b'crx ')
_OLD_MOVIES = (b'moov', b'mdat', b'wide', b'free', b'skip', b'pnot')


def format_of(head: bytes) -> Format | None:
    """What a file is that begins with ``head`` (:data:`HEAD_BYTES` of it, or all there is); None
    when it is no picture and no video that we know.
    """
    if head.startswith(b'\xff\xd8\xff'):
        return JPEG
    if head.startswith(b'\x89PNG\r\n\x1a\n'):
        return PNG
    if head.startswith((b'GIF87a', b'GIF89a')):
        return GIF
    if head[:4] == b'RIFF' and head[8:12] == b'WEBP':
        return WEBP
    if head.startswith((b'\xff\x0a', _JXL_BOX)):
        return JXL
    if head[:2] == b'BM' and head[6:10] == b'\0\0\0\0' and len(head) >= 26:
        return BMP
    if head.startswith(b'\x1a\x45\xdf\xa3'):
        return WEBM
    return _movie(head)


def _movie(head: bytes) -> Format | None:
    kind = head[4:8]
    if kind != b'ftyp':
        return MOV if kind in _OLD_MOVIES and len(head) >= 16 else None
    size = int.from_bytes(head[:4], 'big')
    brand = head[8:12]
    listed = head[16 : max(16, min(size, len(head)))]
    brands = {brand, *(listed[place : place + 4] for place in range(0, len(listed), 4))}
    if brands.intersection(_AVIF_BRANDS):
        return AVIF
    if brand in _OTHER_PICTURES:
        return None
    return MOV if brand == b'qt  ' else MP4


def is_whole(path: Path) -> bool:
    """Whether ``path`` is a picture or video none of which is missing, as far as its structure
    tells; False for a missing or unreadable file too.
    """
    try:
        with open(path, 'rb') as file:
            return whole_format(file) is not None
    except (OSError, ValueError):  # the latter for a path with a NUL in it
        return False


def whole_format(file: io.BufferedReader | io.FileIO) -> Format | None:
    """The format of an open file that can be read and sought, None when it is no picture or video,
    or not a whole one. Raises :class:`OSError`.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    found = format_of(file.read(HEAD_BYTES) or b'')
    if found is None:
        return None
    if isinstance(file, io.BufferedReader):
        return found if _CHECKS[found.name](file, size) else None
    borrowed = io.BufferedReader(file, _BUFFER)
    try:
        return found if _CHECKS[found.name](borrowed, size) else None
    finally:
        borrowed.detach()  # or it would close the file


def _is_whole_jxl(file: BinaryIO, size: int) -> bool:
    """The bare stream has no end that could be found without decoding."""
    file.seek(0)
    return size > len(_JXL_BOX) if file.read(2) == b'\xff\x0a' else is_whole_bmff(file, size)


_Check = Callable[[BinaryIO, int], bool]
_CHECKS: Mapping[str, _Check] = {
    'JPEG': is_whole_jpeg,
    'PNG': is_whole_png,
    'GIF': is_whole_gif,
    'WEBP': is_whole_riff,
    'AVIF': is_whole_bmff,
    'JXL': _is_whole_jxl,
    'BMP': is_whole_bmp,
    'MP4': is_whole_bmff,
    'MOV': is_whole_bmff,
    'WEBM': is_whole_matroska,
}
