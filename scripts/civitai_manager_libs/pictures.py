"""The pictures that our pages show: fetched for them, made small once, kept on disk.

A picture is asked for by a key that stands for an address this process has met in an answer of
Civitai or in its own queue, or for a file of ours; nothing else is ever given out, so this is no
proxy for anybody and no way to the disk.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import urlsplit

from . import setting
from .domain.models import Picture
from .domain.picture_links import sized_address, still_address
from .domain.sites import host_of
from .errors import DiskError, ShortcutError, UnexpectedBody
from .fetching.formats import HEAD_BYTES, format_of
from .fetching.receive import PictureOrder, picture_bytes, receive_picture
from .fetching.turns import Priority, turns
from .http_client import CivitaiHttpClient
from .images.webp import as_webp
from .library.shortcut_pictures import KEPT_WIDTH
from .memory import guard
from .picture_addresses import AddressBook, key_of
from .picture_coming import Coming
from .store.kept import KeptFiles

ROOT = '/civitai-shortcut'
_ON_PAGE = ROOT[1:]  # a page may stand below any path, and its addresses begin where it does
WIDTHS = (96, 320, 450, 800, 1200, 1600)
_MOST_BYTES = 24 << 20
_MOST_VIDEO = 1 << 30
_MOST_BROKEN = 1_000
_FORGIVE_SECONDS = 60.0
_WEB, _STILL, _VIDEO, _FILE = 'web', 'still', 'video', 'file'
_log = logging.getLogger('civitai_shortcut')


@dataclass(frozen=True)
class WholeFile:
    """A picture or video as it is, opened for the caller to close; ``mime`` is what its first bytes
    say, ``tag`` changes with its content.
    """

    file: BinaryIO
    size: int
    mime: str
    tag: str


class Pictures:
    """The addresses that may be asked for, and the pictures on disk, the least used of which go
    first. Thread-safe.

    ``kept(url)`` is where somebody else keeps the picture or a still of the video at ``url``, at
    about :data:`.KEPT_WIDTH`: nothing is asked for that is there, larger ones only as long as they
    can be had.
    """

    def __init__(
        self,
        client: CivitaiHttpClient,
        folder: Path,
        kept: Callable[[str], Path | None] = lambda url: None,
    ) -> None:
        self._client = client
        self._kept = kept
        self._folder = folder
        self._files = KeptFiles(folder, _room)
        self._lock = threading.Lock()
        self._coming = Coming()
        self._book = AddressBook()
        weakref.finalize(
            self, guard.register_cache('addresses', self._book.size, self._book.shrink)
        )
        self._broken: OrderedDict[str, dict[int, float]] = OrderedDict()
        self._again: dict[str, int] = {}

    # --- for who makes a page ---------------------------------------------------------------------

    def address(self, url: str, width: int) -> str:
        """Where a page gets the picture at ``url``; from now on it may be asked for."""
        return self._small(f'{_WEB} {url}', width)

    def still(self, picture: Picture, width: int) -> str | None:
        """The same for a picture or a frame of a video; None when the server of a video is not
        known to make one.
        """
        if picture.type == 'image':
            return self.address(picture.url, width)
        known = _still(picture.url, width)
        return self._small(f'{_STILL} {picture.url}', width) if known else None

    def video(self, url: str) -> str:
        """Where a page gets the video at ``url`` itself."""
        return self._whole(f'{_VIDEO} {url}')

    def local(self, path: Path, width: int | None = None) -> str:
        """Where a page gets the picture or video file at ``path``, a file of ours, as it is or (a
        picture) at about ``width``. Raises :class:`DiskError` when it is not there.
        """
        try:
            status = path.stat()
        except OSError as error:
            raise DiskError(path=str(path), reason=error.strerror) from error
        entry = f'{_FILE} {status.st_mtime_ns} {status.st_size} {path}'
        return self._whole(entry) if width is None else self._small(entry, width)

    def failed(self, url: str, width: int = 0) -> bool:
        """Whether the latest attempt to get the picture or video at ``url`` for a page has failed,
        of those for ``width`` pixels or more.
        """
        with self._lock:
            broken = [self._broken.get(key, {}) for key in _keys(url)]
        return any(made >= width for widths in broken for made in widths)

    def forget(self, url: str) -> None:
        """Somebody wants the picture at ``url`` again: its failures count no more, and its address
        changes, so that a browser asks again.
        """
        with self._lock:
            for key in _keys(url):
                self._broken.pop(key, None)
                self._again[key] = self._again.get(key, 0) + 1

    def _small(self, entry: str, width: int) -> str:
        key = self._book.add(entry)
        return f'{_ON_PAGE}/pictures/{key}?width={width}{self._busting(key)}'

    def _whole(self, entry: str) -> str:
        key = self._book.add(entry)
        again = self._busting(key).replace('&', '?')
        return f'{_ON_PAGE}/files/{key}{again}'

    def _busting(self, key: str) -> str:
        again = self._again.get(key)
        return f'&again={again}' if again else ''

    # --- for the routes ---------------------------------------------------------------------------

    def knows(self, key: str) -> bool:
        """Whether the picture of that key may be asked for."""
        return self._book.get(key) is not None

    def read(self, key: str, width: int, patience: float) -> bytes | None:
        """The picture as WebP, no wider than ``width`` (one of :data:`WIDTHS`, else the next);
        None when it cannot be had. Who asks while somebody else's asking is on its way gets the
        same. Raises :class:`StillComing` when that takes more than ``patience`` seconds; it comes
        all the same, for who asks again.
        """
        width = step(width)
        name, entry = f'{key}-{width}.webp', self._book.get(key)
        kept = self._coming.left(name) or self._files.read(name)
        if kept is not None or entry is None or self._is_broken(key, width):
            return kept
        near = self._is_near(entry, width)
        coming = self._coming.once(name, lambda: self._made(key, entry, width), near)
        return self._coming.soon(name, coming, patience)

    def open(self, key: str) -> WholeFile | None:
        """The file of a key that :meth:`video` or :meth:`local` gave; None when it cannot be had,
        or is none that a browser should get. A video is fetched whole first.
        """
        kind, _, where = (self._book.get(key) or '').partition(' ')
        if kind == _FILE:
            return _opened(Path(where.split(' ', 2)[2]), key)
        if kind != _VIDEO:
            return None
        kept = self._files.find(f'{key}.video')
        if kept is None and not self._is_broken(key, WIDTHS[-1]):
            coming = self._coming.once(f'{key}.video', lambda: self._fetched_video(key, where))
            kept = coming.result()
        return _opened(kept, key) if kept is not None else None

    # --- making them ------------------------------------------------------------------------------

    def _made(self, key: str, entry: str, width: int) -> bytes | None:
        name = f'{key}-{width}.webp'
        made = self._files.read(name)  # somebody may have just finished it
        kept = self._kept_file(entry) if made is None else None
        if kept is not None and width <= KEPT_WIDTH:
            made = _small_of(kept, width)
        if made is not None:
            return made
        try:
            content = self._small_content(entry, width)
        except ShortcutError as error:
            made = _small_of(kept, width) if kept is not None else None
            if made is None:
                self._note_broken(key, width, error)
            return made
        with self._lock:
            self._broken.get(key, {}).pop(width, None)
        if setting.current().cache_enabled:
            try:
                self._files.write(name, content)
            except ShortcutError as error:  # a full disk must not cost the picture on the screen
                _log.info('picture not kept: %s', error)
        return content

    def _is_near(self, entry: str, width: int) -> bool:
        """Whether nothing has to come over the network for it."""
        own = entry.startswith(f'{_FILE} ')
        return own or (width <= KEPT_WIDTH and self._kept_file(entry) is not None)

    def _kept_file(self, entry: str) -> Path | None:
        kind, _, where = entry.partition(' ')
        return self._kept(where) if kind in (_WEB, _STILL) else None

    def _small_content(self, entry: str, width: int) -> bytes:
        kind, _, where = entry.partition(' ')
        if kind == _FILE:
            return as_webp(Path(where.split(' ', 2)[2]), width)
        site = setting.current().civitai_base_url
        still = _still(where, width) if kind == _STILL else None
        address = still or sized_address(where, width, site)
        _check_web(address)
        host = host_of(address)
        with turns.turn(host, Priority.SHOWN):
            content = picture_bytes(self._client, address, _MOST_BYTES)
        return as_webp(content, width, host)

    def _fetched_video(self, key: str, url: str) -> Path | None:
        try:
            _check_web(url)
            place = self._folder / key[:2] / f'{key}.{threading.get_ident()}'
            order = PictureOrder(Priority.SHOWN, exact=True, most=_MOST_VIDEO)
            received = receive_picture(self._client, url, place, order)
            return self._files.take(f'{key}.video', received.path)
        except ShortcutError as error:
            self._note_broken(key, WIDTHS[-1], error)
            return None

    def _is_broken(self, key: str, width: int) -> bool:
        with self._lock:
            failed_at = self._broken.get(key, {}).get(width, -_FORGIVE_SECONDS)
        return time.monotonic() - failed_at < _FORGIVE_SECONDS

    def _note_broken(self, key: str, width: int, error: ShortcutError) -> None:
        _log.info('picture %s: %s', key[:12], error)
        with self._lock:
            self._broken.setdefault(key, {})[width] = time.monotonic()
            self._broken.move_to_end(key)
            while len(self._broken) > _MOST_BROKEN:
                self._broken.popitem(last=False)


def step(width: int) -> int:
    """The width that a picture is made at when ``width`` is asked for."""
    return next((one for one in WIDTHS if one >= width), WIDTHS[-1])


def tag_of(key: str, width: int) -> str:
    """What tells one content from another without looking into it: a key always stands for the
    same.
    """
    return f'"{key[:32]}-{step(width)}"'


def _small_of(path: Path, width: int) -> bytes | None:
    """None for a file that is torn, or has just gone."""
    try:
        return as_webp(path, width)
    except ShortcutError as error:
        _log.info('kept picture %s: %s', path.name[:12], error)
        return None


def _room() -> int:
    settings = setting.current()
    return settings.cache_size_mb << 20 if settings.cache_enabled else 0


def _keys(url: str) -> list[str]:
    return [key_of(f'{kind} {url}') for kind in (_WEB, _STILL, _VIDEO)]


def _check_web(address: str) -> None:
    if urlsplit(address).scheme not in ('http', 'https'):
        raise UnexpectedBody(status=0, host='', begins='no web address')


def _still(url: str, width: int) -> str | None:
    """Without the size of the video, ``longest`` is its width."""
    site = setting.current().civitai_base_url
    return still_address(Picture(url=url, type='video'), width, site)


def _opened(path: Path, key: str) -> WholeFile | None:
    """Only what begins as a picture or video, so that no other file can ever get out."""
    try:
        file = open(path, 'rb')
    except OSError:
        return None
    found = format_of(file.read(HEAD_BYTES))
    if found is None:
        file.close()
        return None
    size = file.seek(0, os.SEEK_END)
    return WholeFile(file, size, found.mime, f'"{key[:32]}-{size}"')
