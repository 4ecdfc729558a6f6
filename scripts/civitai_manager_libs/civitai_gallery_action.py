"""The door to galleries: look at pictures, read how they were made, fetch them.

:class:`Gallery` is what our own page and commands use; it raises typed errors. The functions are
those of the customer's documents: none of them raises for a network, server or file fault. They log
it and tell the person at the screen, once for each call.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from . import setting
from .civitai import CivitaiAPI, ImagePage
from .domain.gallery import GalleryPicture
from .domain.gallery_names import is_web_address
from .domain.generation import GenerationData
from .domain.image_query import ImageQuery
from .domain.infotext import write_infotext
from .domain.naming import safe_name
from .domain.task import Task
from .downloader import DownloadEngine
from .errors import ShortcutError
from .host.base import Places
from .http_client import CivitaiHttpClient, get_http_client
from .i18n import text
from .image_downloader import ImageDownloader
from .images.gallery_files import (
    PLACEHOLDER,
    Wanted,
    drop_placeholder,
    fetch_all,
    fetch_one,
    places_in,
    put_placeholder,
)
from .images.gallery_kept import fetched, load_ahead, shown
from .images.gallery_pages import PAGE_SIZE, gallery_pages
from .images.gallery_report import MARK, Report, tell_problem
from .images.gallery_source import GallerySource, GallerySources
from .images.originals import generation_of
from .images.reading import read_generation
from .images.resources import ResourceFinder, ResourceList, ResourceRow, targets_of
from .images.webui import WebUi
from .util import OwnThread, printD, without_query

__all__ = ['Gallery', 'GalleryDownloadManager', 'GallerySource', 'get_http_client']

_ahead_lock = threading.Lock()
_ahead: set[str] = set()


class Gallery:
    """Galleries of Civitai and what a person does with a picture in them.

    Every method raises errors of our tree and may be called from any thread.
    """

    def __init__(
        self,
        api: CivitaiAPI,
        client: CivitaiHttpClient,
        engine: DownloadEngine,
        downloader: ImageDownloader,
        finder: ResourceFinder,
        places: Places,
    ) -> None:
        self._api = api
        self._client = client
        self._engine = engine
        self._downloader = downloader
        self._finder = finder
        self._places = places
        self._sources = GallerySources(api)

    def open(self, pasted: str) -> GallerySource:
        """Whose pictures ``pasted`` means; see :meth:`.GallerySources.open`."""
        return self._sources.open(pasted)

    def pages(
        self, query: ImageQuery, cursor: str | None = None, page_size: int = PAGE_SIZE
    ) -> Iterator[ImagePage]:
        """The pages of pictures that fit ``query``; see :func:`.gallery_pages`."""
        return gallery_pages(self._api, query, cursor, page_size)

    def generation(self, picture: GalleryPicture) -> GenerationData:
        """How ``picture`` was made; see :func:`.generation_of`."""
        return generation_of(self._client, picture)

    def read_content(self, content: bytes) -> GenerationData:
        """What a picture of a person's own says of its making, empty with a reason when it says
        nothing. Raises nothing.
        """
        return read_generation(content)

    def resources(self, data: GenerationData, version_ids: Sequence[int] = ()) -> ResourceList:
        """The models that a picture was made with: which are here, which can be fetched."""
        return self._finder.look_up(data, version_ids)

    def fetch_missing(self, rows: Sequence[ResourceRow]) -> list[Task]:
        """Queue those of ``rows`` that can be fetched. One that cannot be ordered is told and does
        not keep the others; raises its error when nothing at all was queued.
        """
        ordered = self._engine.order_many(targets_of(rows))
        problems = [one.error for one in ordered if one.error is not None]
        tasks = [task for one in ordered for task in one.tasks]
        if problems and not tasks:
            raise problems[0]
        for problem in problems:
            tell_problem(problem)
        return tasks

    def download(
        self, pictures: Sequence[GalleryPicture], source: GallerySource | None = None
    ) -> list[str]:
        """Queue ``pictures`` of ``source``; gives the numbers of the downloader's tasks."""
        return self._downloader.download_pictures(
            pictures,
            model_id=source.model_id if source else None,
            model_name=source.model_name if source else None,
            version_id=source.version_id if source else None,
        )

    def infotext(self, data: GenerationData) -> str:
        """``data`` as the text that the prompt field of a WebUI can take apart."""
        return write_infotext(data)

    def generate(self, data: GenerationData) -> list[Path]:
        """Have the WebUI of the setting ``webui_api_url`` make a picture with ``data``; gives where
        the results lie, under ``outputs`` by the day. See :meth:`.WebUi.text_to_image`.
        """
        folder = self._places.home / 'outputs' / datetime.now().date().isoformat()
        return WebUi(setting.current().webui_api_url).text_to_image(data, folder)


# --- as the customer's documents name it ----------------------------------------------------------


def _download_single_image(img_url: str, save_path: str) -> bool:
    """Fetch one picture or video into the very file ``save_path``, over whatever lies there."""
    return _downloaded(get_http_client(), img_url, save_path)


def download_large_image(img_url: str, save_path: str, chunk_size: int = 8192) -> bool:
    """The same for a large one: it goes through memory in pieces of at least ``chunk_size`` bytes
    (up to 1 MiB), never as a whole, and goes on from where a connection broke.
    """
    return _downloaded(get_http_client(), img_url, save_path, piece=chunk_size)


def download_images(dn_image_list: Sequence[str]) -> None:
    """Fetch pictures into the files of :func:`.get_image_url_to_gallery_file`, a few at once.

    What is there as a whole is left; what is torn is fetched again. What fails is cleaned up, told
    at the end in one sentence, and does not keep the others.
    """
    deque(fetched(get_http_client(), dn_image_list), maxlen=0)


def download_images_with_progress(
    dn_image_list: Sequence[str],
    progress_callback: Callable[[int, int, str], object] | None = None,
) -> None:
    """The same; ``progress_callback(done, total, words)`` is called in this thread after each
    picture, also after one that was there or failed.
    """
    total = len(dn_image_list or ())
    with closing(fetched(get_http_client(), dn_image_list)) as results:
        for done, _ in enumerate(results, start=1):
            if progress_callback is not None:
                progress_callback(done, total, text('gallery.progress', i=done, n=total))


def download_images_batch(dn_image_list: Sequence[str], batch_size: int | None = 5) -> None:
    """The same in batches of ``batch_size`` (None: of the setting ``gallery_download_batch_size``)
    with half a second between them, so that the server can breathe.
    """
    size = setting.current().gallery_download_batch_size if batch_size is None else batch_size
    deque(fetched(get_http_client(), dn_image_list, size), maxlen=0)


def gallery_loading(
    images_url: Sequence[str] | None, progress: Any = None
) -> tuple[list[str], list[str], datetime]:
    """The files of ``images_url``, twice, and the time; a path on this machine stands for itself,
    and the placeholder for what could not be had.

    ``progress`` is None, something with ``tqdm`` (a ``gr.Progress``), or a function of the share
    that is done, ``progress(0.5, desc=...)``.
    """
    addresses = list(images_url or ())
    files = [one if one and os.path.isfile(one) else str(PLACEHOLDER) for one in addresses]
    places = [place for place, one in enumerate(addresses) if is_web_address(one)]
    with closing(fetched(get_http_client(), [addresses[place] for place in places])) as results:
        for position, result in shown(results, len(places), progress):
            files[places[position]] = str(result.path or PLACEHOLDER)
    return files, list(files), datetime.now()


def download_user_gallery_images(model_id: int | str, image_urls: Sequence[str]) -> str:
    """Fetch pictures into the folder of a model under ``images.output_path``, by the names their
    addresses give them and the endings of their real formats; gives the folder.

    The placeholder stands for one that could not be had, as ``<name>.placeholder.png``, until a
    later call gets the picture.
    """
    root = setting.places().resolve(setting.current().images_output_path)
    folder = root / safe_name(str(model_id), fallback='unknown')
    wanted = places_in(folder, list(image_urls or ()))
    for _, result in Report(len(wanted)).following(fetch_all(get_http_client(), wanted)):
        if result.problem is None:
            drop_placeholder(result.wanted)
            continue
        try:
            put_placeholder(result.wanted)
        except ShortcutError as problem:  # the disk; that is told already
            printD(f'{MARK} No placeholder: {problem}')
    return str(folder)


def pre_loading(usergal_page_url: str | None, paging_information: Any = None) -> None:
    """Fetch the page of pictures after ``usergal_page_url`` (an address of the API) ahead, its
    answer and the files of its pictures, in a thread of its own; returns at once.

    ``paging_information`` is what the caller knows of the pages, see :func:`.next_page`. Nothing is
    told of what goes wrong: it is asked for again when it is wanted.
    """
    if usergal_page_url is None or not is_web_address(usergal_page_url):
        return
    with _ahead_lock:
        if usergal_page_url in _ahead:
            return
        _ahead.add(usergal_page_url)
    arguments = (usergal_page_url, paging_information)
    OwnThread(target=_load_ahead, args=arguments, name='gallery-ahead', daemon=True).start()


def _load_ahead(page_url: str, paging: Any) -> None:
    try:
        load_ahead(get_http_client(), page_url, paging)
    except ShortcutError as problem:
        printD(f'{MARK} Not fetched ahead: {problem}')
    finally:
        with _ahead_lock:
            _ahead.discard(page_url)


class GalleryDownloadManager:
    """Fetches single pictures and remembers those that failed, as (address, path) in
    ``failed_downloads``; safe to use from many threads.
    """

    def __init__(self) -> None:
        self.failed_downloads: list[tuple[str, str]] = []
        self.client = get_http_client()
        self._lock = threading.Lock()

    def download_with_retry(self, img_url: str, save_path: str, max_retries: int = 2) -> bool:
        """Fetch one picture, trying ``max_retries`` times again where that can help."""
        done = _downloaded(self.client, img_url, save_path, max_retries)
        if not done:
            with self._lock:
                if (img_url, save_path) not in self.failed_downloads:
                    self.failed_downloads.append((img_url, save_path))
        return done

    def retry_failed_downloads(self) -> None:
        """Try all that failed once more; what fails again stays remembered."""
        with self._lock:
            failed, self.failed_downloads[:] = list(self.failed_downloads), []
        for img_url, save_path in failed:
            self.download_with_retry(img_url, save_path, max_retries=1)


# --- what they have in common ---------------------------------------------------------------------


def _downloaded(
    client: CivitaiHttpClient,
    img_url: str,
    save_path: str,
    retries: int | None = None,
    piece: int = 0,
) -> bool:
    address = without_query(img_url)
    printD(f'{MARK} Downloading image from: {address}')
    try:
        fetch_one(client, Wanted(img_url, Path(save_path)), retries, piece=piece)
    except ShortcutError as problem:
        printD(f'{MARK} Failed to download image: {address}: {problem}')
        tell_problem(problem)
        return False
    printD(f'{MARK} Successfully downloaded image: {save_path}')
    return True
