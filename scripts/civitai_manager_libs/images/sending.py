"""Pictures on their way into a tab of the host."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageOps

from .. import setting
from ..domain.gallery import GalleryPicture
from ..domain.gallery_names import is_web_address
from ..domain.picture_links import original_address
from ..errors import DiskError, PictureUnusable
from ..fetching.receive import PictureOrder, receive_picture
from ..fetching.turns import Priority
from ..http_client import CivitaiHttpClient
from .thumbnails import BROKEN

_MOST_BYTES = 48 << 20
_MOST_KEPT = 20
_ENDINGS = ('.png', '.jpg', '.jpeg', '.webp', '.avif', '.gif')
_MOST_PIXELS = 64 << 20
_CLEAR = ('RGBA', 'LA', 'PA', 'RGBa', 'La')


def fetch_original(client: CivitaiHttpClient, picture: GalleryPicture, folder: Path) -> Path | None:
    """The original of ``picture`` as a file in ``folder``, where the latest few are kept; None for
    a video. Raises errors of our tree.
    """
    if picture.type != 'image' or not is_web_address(picture.url):
        return None
    known = [one for one in folder.glob(f'{picture.id}.*') if one.suffix in _ENDINGS]
    if known and picture.id:
        return known[0]
    address = original_address(picture.url, setting.current().civitai_base_url)
    wish = PictureOrder(Priority.SHOWN, replace=True, retries=1, most=_MOST_BYTES)
    received = receive_picture(client, address, folder / str(picture.id or 'picture'), wish)
    _drop_oldest(folder)
    return received.path


def open_picture(path: Path) -> Image.Image:
    """The picture at ``path``, upright, in colours that every tab takes. Raises errors of our
    tree.
    """
    try:
        with Image.open(path) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                raise PictureUnusable(host='', reason='too large')
            upright = ImageOps.exif_transpose(opened) or opened
            clear = upright.mode in _CLEAR or 'transparency' in upright.info
            return upright.convert('RGBA' if clear else 'RGB')
    except FileNotFoundError as error:
        raise DiskError(path=str(path), reason=error.strerror) from error
    except BROKEN as error:
        raise PictureUnusable(host='', reason=type(error).__name__) from error


def _drop_oldest(folder: Path) -> None:
    for old in sorted(folder.iterdir(), key=_changed, reverse=True)[_MOST_KEPT:]:
        old.unlink(missing_ok=True)


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # dropped by another page meanwhile
        return 0.0
