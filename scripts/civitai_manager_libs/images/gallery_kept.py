"""The files that the gallery keeps what was looked at in: filled, filled ahead, and kept small."""

from __future__ import annotations

import os
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from .. import setting
from ..domain.gallery_names import is_web_address
from ..http_client import CivitaiHttpClient
from ..i18n import text
from ..store.kept import KeptFiles
from ..util import printD
from .gallery_ahead import addresses_on, next_page
from .gallery_files import Result, Wanted, fetch_all, fetch_in_batches
from .gallery_report import MARK, Report

PAUSE_SECONDS = 0.5
"""Between batches."""


def fetched(
    client: CivitaiHttpClient, addresses: Sequence[str] | None, batch_size: int | None = None
) -> Generator[tuple[int, Result], None, None]:
    """Fetch ``addresses`` into the files of the gallery, in batches if their size is given; what
    fails is told at the end. Gives the position of each with its result, as they come.
    """
    kept = [_kept(address) for address in addresses or ()]
    if not kept:
        return
    _make_room(kept)
    if batch_size is None:
        results = fetch_all(client, kept)
    else:
        results = fetch_in_batches(client, kept, batch_size, _pause)
    yield from Report(len(kept)).following(results)


def load_ahead(client: CivitaiHttpClient, page_url: str, paging: Any) -> None:
    """Fetch the page after ``page_url`` and its pictures, in batches; see :func:`.next_page`.
    Raises :class:`ApiError`.
    """
    following = next_page(client, page_url, paging)
    if following is None:
        return
    kept = [_kept(address) for address in addresses_on(client, following)]
    _make_room(kept)
    size = setting.current().gallery_download_batch_size
    results = [one for _, one in fetch_in_batches(client, kept, size, _pause)]
    failed = sum(one.problem is not None for one in results)
    printD(f'{MARK} Fetched ahead: {len(results) - failed} of {len(results)} images')


def _kept(address: str) -> Wanted:
    return Wanted(address, Path(setting.get_image_url_to_gallery_file(address)))


def _make_room(wanted: Sequence[Wanted]) -> None:
    """The pictures that were looked at longest ago make room, those that are ``wanted`` do not."""
    for one in wanted:
        if not is_web_address(one.address):
            continue
        with suppress(OSError):  # it is not there
            os.utime(one.place)
    folder = setting.places().cache / 'gallery'
    KeptFiles(folder, lambda: setting.current().cache_size_mb << 20).trim()


def _pause() -> None:
    time.sleep(PAUSE_SECONDS)


def shown(
    results: Iterator[tuple[int, Result]], total: int, progress: Any
) -> Iterator[tuple[int, Result]]:
    """``results`` with their progress shown by ``progress``: None, something with ``tqdm``, or a
    function of the share that is done.
    """
    words = text('gallery.loading')
    if hasattr(progress, 'tqdm'):
        # It may take all of what it is given before it gives the first, so it gets numbers only.
        for _ in progress.tqdm(range(total), desc=words):
            yield from islice(results, 1)
    elif progress is not None:
        for done, pair in enumerate(results, start=1):
            progress(done / total, desc=words)
            yield pair
    yield from results
