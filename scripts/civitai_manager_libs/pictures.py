"""The pictures of models that our pages show: fetched for them, made small, kept on disk.

A picture is asked for by a key that stands for an address this process has met in an answer of
Civitai or in its own queue; nothing else is ever fetched, so this is no proxy for anybody.
"""

from __future__ import annotations

import hashlib
import io
import logging
import threading
import time
import weakref
from collections import OrderedDict
from contextlib import nullcontext
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from . import setting
from .domain.picture_links import sized_address
from .domain.sites import host_of
from .errors import ShortcutError, UnexpectedBody
from .http_client import CivitaiHttpClient
from .memory import guard
from .store.kept import KeptFiles
from .transfers.preview import fetch_picture

ROOT = '/civitai-shortcut'
WIDTHS = (96, 320, 450, 800)
_KINDS = {'JPEG': 'image/jpeg', 'PNG': 'image/png', 'WEBP': 'image/webp', 'GIF': 'image/gif'}
_ENDINGS = {'.jpeg': 'image/jpeg', '.png': 'image/png', '.webp': 'image/webp', '.gif': 'image/gif'}
_MOST_ADDRESSES = 20_000
_FEWEST_ADDRESSES = 1_000
_ADDRESS_BYTES = 384  # of a key, an address and their places, about
_MOST_BYTES = 24 << 20
_MOST_PIXELS = 32 << 20
_PIXEL_BYTES = 4
_LARGE_BYTES = 16 << 20
_AT_ONCE = 6
_FORGIVE_SECONDS = 60.0
_one_large = threading.Lock()
_log = logging.getLogger('civitai_shortcut')


class AddressBook:
    """The addresses met so far by their keys; those met longest ago are forgotten first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._addresses: OrderedDict[str, str] = OrderedDict()

    def add(self, url: str) -> str:
        """The key of ``url``."""
        key = hashlib.sha256(url.encode('utf-8')).hexdigest()
        with self._lock:
            self._addresses[key] = url
            self._addresses.move_to_end(key)
            self._keep(_MOST_ADDRESSES)
        return key

    def get(self, key: str) -> str | None:
        """The address that ``key`` stands for."""
        with self._lock:
            return self._addresses.get(key)

    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self._addresses) * _ADDRESS_BYTES

    def shrink(self) -> None:
        """Forget the older half, but not what the pages on the screen show."""
        with self._lock:
            self._keep(max(_FEWEST_ADDRESSES, len(self._addresses) // 2))

    def _keep(self, most: int) -> None:
        while len(self._addresses) > most:
            self._addresses.popitem(last=False)


class Pictures:
    """The addresses that may be asked for, and the pictures on disk, the least used of which go
    first.
    """

    def __init__(self, client: CivitaiHttpClient, folder: Path) -> None:
        self._client = client
        self._files = KeptFiles(folder, lambda: setting.current().cache_size_mb << 20)
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._book = AddressBook()
        weakref.finalize(
            self, guard.register_cache('addresses', self._book.size, self._book.shrink)
        )
        self._broken: dict[tuple[str, int], float] = {}

    def address(self, url: str, width: int) -> str:
        """Where a page gets the picture at ``url``; from now on it may be asked for."""
        return f'{ROOT}/pictures/{self._book.add(url)}?width={width}'

    def knows(self, key: str) -> bool:
        """Whether the picture of that key may be asked for."""
        return self._book.get(key) is not None

    def read(self, key: str, width: int) -> tuple[bytes, str] | None:
        """Content and type of a picture at about ``width``; None when it cannot be had."""
        width = next((step for step in WIDTHS if step >= width), WIDTHS[-1])
        url = self._book.get(key)
        with self._lock:
            failed_at = self._broken.get((key, width), -_FORGIVE_SECONDS)
        kept = self._kept(key, width)
        if kept is not None or url is None or time.monotonic() - failed_at < _FORGIVE_SECONDS:
            return kept
        with self._turns:
            kept = self._kept(key, width)
            return kept if kept is not None else self._fetched(key, url, width)

    def _fetched(self, key: str, url: str, width: int) -> tuple[bytes, str] | None:
        try:
            content, kind = self._fetch(url, width)
        except ShortcutError as error:
            _log.info('picture %s: %s', key[:12], error)
            self._note_broken(key, width)
            return None
        if setting.current().cache_enabled:
            self._keep(key, width, content, kind)
        return content, kind

    def _note_broken(self, key: str, width: int) -> None:
        now = time.monotonic()
        with self._lock:
            lately = self._broken.items()
            self._broken = {one: at for one, at in lately if now - at < _FORGIVE_SECONDS}
            self._broken[key, width] = now

    def _fetch(self, url: str, width: int) -> tuple[bytes, str]:
        if urlsplit(url).scheme not in ('http', 'https'):
            raise UnexpectedBody(status=0, host='', begins='no web address')
        address = sized_address(url, width, setting.current().civitai_base_url)
        content = fetch_picture(self._client, address, _MOST_BYTES)
        return _checked(content, width, host_of(address))

    # --- on disk ---------------------------------------------------------------------------------

    def _kept(self, key: str, width: int) -> tuple[bytes, str] | None:
        for ending, kind in _ENDINGS.items():
            content = self._files.read(f'{key}-{width}{ending}')
            if content is not None:
                return content, kind
        return None

    def _keep(self, key: str, width: int, content: bytes, kind: str) -> None:
        ending = next(name for name, known in _ENDINGS.items() if known == kind)
        try:
            self._files.write(f'{key}-{width}{ending}', content)
        except ShortcutError as error:  # a full disk must not cost the picture on the screen
            _log.info('picture not kept: %s', error)


def _checked(content: bytes, width: int, host: str) -> tuple[bytes, str]:
    """``content`` if it is a picture, made smaller if the server has sent much more than was asked
    for.
    """
    try:
        with guard.holding('pictures', len(content)), Image.open(io.BytesIO(content)) as picture:
            kind = _KINDS[picture.format or '']
            if picture.width <= width * 2:
                picture.verify()
                return content, kind
            picture.draft('RGB', (width, width * 2))
            return _smaller(picture, width), 'image/jpeg'
    except (OSError, SyntaxError, ValueError, KeyError, Image.DecompressionBombError) as error:
        raise UnexpectedBody(status=200, host=host, begins=type(error).__name__) from error


def _smaller(picture: Image.Image, width: int) -> bytes:
    """Large ones are unfolded one at a time."""
    pixels = picture.width * picture.height
    if pixels > _MOST_PIXELS:
        raise ValueError('too large')
    size = pixels * _PIXEL_BYTES
    with _one_large if size > _LARGE_BYTES else nullcontext(), guard.holding('pictures', size):
        picture.thumbnail((width, width * 3))
        made = io.BytesIO()
        picture.convert('RGB').save(made, 'JPEG', quality=85)
        return made.getvalue()
