"""Routes of our own beside the page: the pictures of models, fetched and kept by this program.

A picture is asked for by a key that stands for an address this process has met in an answer of
Civitai or in its own queue; nothing else is ever fetched, so this is no proxy for anybody.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, FastAPI, Request, Response
from PIL import Image

from . import setting
from .domain.picture_links import sized_address
from .domain.sites import host_of
from .errors import ShortcutError, UnexpectedBody
from .http_client import CivitaiHttpClient
from .store.files import write_atomic
from .transfers.preview import fetch_picture

ROOT = '/civitai-shortcut'
WIDTHS = (96, 320, 450, 800)
_KINDS = {'JPEG': 'image/jpeg', 'PNG': 'image/png', 'WEBP': 'image/webp', 'GIF': 'image/gif'}
_ENDINGS = {'.jpeg': 'image/jpeg', '.png': 'image/png', '.webp': 'image/webp', '.gif': 'image/gif'}
_MOST_ADDRESSES = 20_000
_MOST_BYTES = 24 << 20
_AT_ONCE = 6
_FORGIVE_SECONDS = 60.0
_KEY = re.compile(r'[0-9a-f]{64}')
_PLACEHOLDER = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 88 110">'
    b'<rect width="88" height="110" fill="#8b93a1" fill-opacity=".22"/>'
    b'<path d="M24 70l14-16 10 10 8-8 12 14M56 42a5 5 0 1 1-.1 0" fill="none" '
    b'stroke="#8b93a1" stroke-width="3" stroke-linejoin="round"/></svg>'
)
_log = logging.getLogger('civitai_shortcut')


class Pictures:
    """The addresses that may be asked for, and the pictures on disk, the least used of which go
    first.
    """

    def __init__(self, client: CivitaiHttpClient, folder: Path) -> None:
        self._client = client
        self._folder = folder
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._addresses: OrderedDict[str, str] = OrderedDict()
        self._broken: dict[tuple[str, int], float] = {}
        self._kept_bytes: int | None = None

    def address(self, url: str, width: int) -> str:
        """Where a page gets the picture at ``url``; from now on it may be asked for."""
        key = hashlib.sha256(url.encode('utf-8')).hexdigest()
        with self._lock:
            self._addresses[key] = url
            self._addresses.move_to_end(key)
            while len(self._addresses) > _MOST_ADDRESSES:
                self._addresses.popitem(last=False)
        return f'{ROOT}/pictures/{key}?width={width}'

    def knows(self, key: str) -> bool:
        """Whether the picture of that key may be asked for."""
        with self._lock:
            return key in self._addresses

    def read(self, key: str, width: int) -> tuple[bytes, str] | None:
        """Content and type of a picture at about ``width``; None when it cannot be had."""
        width = next((step for step in WIDTHS if step >= width), WIDTHS[-1])
        with self._lock:
            url = self._addresses.get(key)
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
            with self._lock:
                self._broken[key, width] = time.monotonic()
            return None
        if setting.current().cache_enabled:
            self._keep(key, width, content, kind)
        return content, kind

    def _fetch(self, url: str, width: int) -> tuple[bytes, str]:
        if urlsplit(url).scheme not in ('http', 'https'):
            raise UnexpectedBody(status=0, host='', begins='no web address')
        address = sized_address(url, width, setting.current().civitai_base_url)
        content = fetch_picture(self._client, address, _MOST_BYTES)
        return _checked(content, width, host_of(address))

    # --- on disk ---------------------------------------------------------------------------------

    def _kept(self, key: str, width: int) -> tuple[bytes, str] | None:
        for ending, kind in _ENDINGS.items():
            path = self._folder / key[:2] / f'{key}-{width}{ending}'
            with suppress(OSError):
                content = path.read_bytes()
                os.utime(path)
                return content, kind
        return None

    def _keep(self, key: str, width: int, content: bytes, kind: str) -> None:
        ending = next(name for name, known in _ENDINGS.items() if known == kind)
        try:
            write_atomic(self._folder / key[:2] / f'{key}-{width}{ending}', content)
        except ShortcutError as error:  # a full disk must not cost the picture on the screen
            _log.info('picture not kept: %s', error)
            return
        with self._lock:
            if self._kept_bytes is None:
                self._kept_bytes = sum(size for _, _, size in self._listed())
            else:
                self._kept_bytes += len(content)
            most = setting.current().cache_size_mb << 20
            if self._kept_bytes > most:
                self._kept_bytes = self._drop_oldest(most * 8 // 10)

    def _listed(self) -> list[tuple[float, Path, int]]:
        found = []
        for path in self._folder.glob('??/*'):
            with suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, path, status.st_size))
        return sorted(found)

    def _drop_oldest(self, target: int) -> int:
        listed = self._listed()
        total = sum(size for _, _, size in listed)
        for _, path, size in listed:
            if total <= target:
                break
            with suppress(OSError):
                path.unlink()
                total -= size
        return total


def _checked(content: bytes, width: int, host: str) -> tuple[bytes, str]:
    """``content`` if it is a picture, made smaller if the server has sent much more than was asked
    for.
    """
    try:
        with Image.open(io.BytesIO(content)) as picture:
            kind = _KINDS[picture.format or '']
            if picture.width <= width * 2:
                picture.verify()
                return content, kind
            picture.draft('RGB', (width, width * 2))
            picture.thumbnail((width, width * 3))
            made = io.BytesIO()
            picture.convert('RGB').save(made, 'JPEG', quality=85)
            return made.getvalue(), 'image/jpeg'
    except (OSError, SyntaxError, ValueError, KeyError, Image.DecompressionBombError) as error:
        raise UnexpectedBody(status=200, host=host, begins=type(error).__name__) from error


def add_routes(app: FastAPI, pictures: Pictures, dependencies: Sequence[Any] = ()) -> None:
    """Put our routes into ``app``, before what answers every path; ``dependencies`` check who is
    asking.
    """
    router = APIRouter(prefix=ROOT, dependencies=list(dependencies))

    @router.get('/pictures/{key}')
    def picture(key: str, request: Request, width: int = 450) -> Response:
        if not _KEY.fullmatch(key) or not pictures.knows(key):
            return Response(status_code=404)
        found = pictures.read(key, width)
        if found is None:
            headers = {'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff'}
            return Response(_PLACEHOLDER, media_type='image/svg+xml', headers=headers)
        content, kind = found
        tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
        headers = {
            'Cache-Control': 'private, max-age=604800',
            'ETag': tag,
            'X-Content-Type-Options': 'nosniff',
        }
        if tag in request.headers.get('if-none-match', ''):
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=kind, headers=headers)

    before = len(app.router.routes)
    app.include_router(router)
    routes = app.router.routes
    routes[:] = [*routes[before:], *routes[:before]]
