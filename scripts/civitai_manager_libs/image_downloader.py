"""The door to pictures on the disk: :class:`ImageDownloader` fetches those of models, versions,
people and filters, and :class:`ImageDownloadTask` is one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from . import setting
from .civitai import CivitaiAPI
from .domain.gallery import GalleryPicture
from .domain.image_filter import read_filter, read_levels, read_limit
from .domain.image_query import ImageQuery
from .domain.picture_paths import PRESETS
from .downloader import DownloadEngine
from .http_client import get_http_client
from .images.known import KnownPictures
from .images.ordering import OrderedPicture, PictureOrders, PictureSource, address_job, single_job
from .images.paging import wanted_pages
from .images.task import ImageDownloadTask
from .images.task_list import Callback, TaskList
from .images.workers import PictureWorkers
from .util import from_home

__all__ = ['ImageDownloadTask', 'ImageDownloader']


class ImageDownloader:
    """Fetches pictures with what is known of their making; safe to use from many threads.

    The methods that order pictures return at once what they have queued; threads of the engine
    carry it. A script that ends before :meth:`wait` has returned ends them too.

    ``download_engine`` is the one whose threads and index of pictures are used; without one this
    object has threads of its own and knows of duplicates among what it has fetched itself. A
    relative ``output_path`` lies in the folder the process runs in. ``output_path`` and
    ``path_template`` may also be functions, which are asked at each order: so the program passes
    the settings in force. ``path_template`` takes what :func:`.picture_parts` does.
    """

    def __init__(
        self,
        api_client: CivitaiAPI | None = None,
        download_engine: DownloadEngine | None = None,
        output_path: str | Callable[[], Path] = './images',
        path_template: str | Callable[[], str] = '{model_id}/{id}',
    ) -> None:
        self._api = api_client or CivitaiAPI()
        self._output_path = output_path
        self._path_template = path_template
        self._list = TaskList(
            download_engine.pictures
            if download_engine is not None
            else PictureWorkers(get_http_client(), KnownPictures())
        )
        self._orders = PictureOrders(self._api)

    # --- ordering, as the customer's document names it --------------------------------------------

    def download_model_images(
        self,
        model_id: int,
        limit: int = 0,
        nsfw_levels: list[str] | None = None,
        save_metadata: bool = True,
    ) -> list[str]:
        """Queue the pictures of a model, at most ``limit`` (0: all), and give the ids of their
        tasks.

        ``nsfw_levels`` are of None, Soft, Mature, X; None means all of them, and only then come
        pictures that nobody has rated. Generation data are saved unless ``save_metadata`` or the
        setting ``images.save_metadata`` says no. Raises SettingInvalid for another level and
        ApiError when a page of the list fails; what earlier pages gave stays queued.
        """
        query = ImageQuery(model_id=model_id, levels=read_levels(nsfw_levels))
        return self._listed(query, limit, PictureSource(model_id), save_metadata)

    def download_version_images(
        self,
        version_id: int,
        limit: int = 0,
        nsfw_levels: list[str] | None = None,
        save_metadata: bool = True,
    ) -> list[str]:
        """The same for a version of a model."""
        query = ImageQuery(version_id=version_id, levels=read_levels(nsfw_levels))
        source = PictureSource(version_id=version_id)
        return self._listed(query, limit, source, save_metadata)

    def download_creator_images(
        self,
        username: str,
        limit: int = 20,
        nsfw_levels: list[str] | None = None,
        save_metadata: bool = True,
    ) -> list[str]:
        """The same for what a person has posted."""
        query = ImageQuery(username=username, levels=read_levels(nsfw_levels))
        return self._listed(query, limit, PictureSource(), save_metadata)

    def download_filtered_images(
        self, filter_params: dict[str, Any], limit: int = 20, save_metadata: bool = True
    ) -> list[str]:
        """The same for parameters of the API's ``/images`` (see :func:`.read_filter`); where they
        name no levels, those that the settings want are meant.
        """
        default = setting.current().picture_levels
        found = read_filter(filter_params, default)
        source = PictureSource(found.query.model_id, None, found.query.version_id)
        return self._listed(found.query, limit, source, save_metadata, found.cursor)

    def download_single_image(
        self, image_id: int, output_path: str | None = None, save_metadata: bool = True
    ) -> str:
        """Queue one picture, of any level, and give the id of its task. Raises ApiError, NotFound
        among them.

        ``output_path`` is a folder, which gets a file named by the picture's number, or a file name
        with the extension of a picture or video, which stays as it is.
        """
        picture = self._api.image(image_id)
        template = self._template() if output_path is None else PRESETS['model']
        save = save_metadata and setting.current().images_save_metadata
        ordered = self._orders.ordered(picture, self._root(), template, PictureSource(), save)
        if output_path is not None:
            ordered = replace(ordered, job=single_job(picture, output_path, save))
        return self._list.add([ordered])[0]

    # --- ordering what is listed already ----------------------------------------------------------

    def download_pictures(
        self,
        pictures: Sequence[GalleryPicture],
        *,
        model_id: int | None = None,
        model_name: str | None = None,
        version_id: int | None = None,
        save_metadata: bool | None = None,
    ) -> list[str]:
        """Queue ``pictures``, whatever their level, as one batch. What is known of all of them is
        given beside; ``save_metadata`` None means as the settings say.
        """
        source = PictureSource(model_id, model_name, version_id)
        return self._queue(pictures, source, self._saves(save_metadata))

    def download_addresses(self, addresses: Iterable[str], folder: str | Path) -> list[str]:
        """Queue what lies at ``addresses``, into ``folder`` by the names that they end with.

        Nothing is known of such pictures but what they say of themselves, which is saved as the
        settings say. Those with the same bytes are duplicates, those that only look alike are not.
        """
        root, save = Path(folder).absolute(), setting.current().images_save_metadata
        ids, waiting = list[str](), list(addresses)
        places: set[str] = set()
        while waiting:
            size = setting.current().gallery_download_batch_size
            batch, waiting = waiting[:size], waiting[size:]
            jobs = [address_job(address, root, places, save) for address in batch]
            ids += self._list.add([OrderedPicture(job, None, None, None, None) for job in jobs])
        return ids

    def _listed(
        self,
        query: ImageQuery,
        limit: int,
        source: PictureSource,
        save_metadata: bool,
        cursor: str | None = None,
    ) -> list[str]:
        save = save_metadata and setting.current().images_save_metadata
        ids = list[str]()
        for pictures in wanted_pages(self._api, query, read_limit(limit), cursor):
            ids += self._queue(pictures, source, save)
        return ids

    def _queue(
        self, pictures: Sequence[GalleryPicture], source: PictureSource, save: bool
    ) -> list[str]:
        root, template = self._root(), self._template()
        return self._list.add(
            [self._orders.ordered(picture, root, template, source, save) for picture in pictures]
        )

    def _saves(self, wanted: bool | None) -> bool:
        return setting.current().images_save_metadata if wanted is None else wanted

    def _root(self) -> Path:
        given = self._output_path
        return from_home(given() if callable(given) else given).absolute()

    def _template(self) -> str:
        given = self._path_template
        return given() if callable(given) else given

    # --- looking ----------------------------------------------------------------------------------

    def get_task(self, task_id: str) -> ImageDownloadTask | None:
        """The task of that id, None when there is none."""
        return self._list.get(task_id)

    def get_all_tasks(self) -> list[ImageDownloadTask]:
        """All tasks, oldest first."""
        return self._list.all()

    def extract_image_metadata(self, image_data: dict[str, Any]) -> dict[str, Any]:
        """What an item of the API's list of pictures says of itself and of its making, under names
        that are always the same (see :func:`.extracted`). Raises nothing, whatever it is given.
        """
        made: dict[str, Any] = _describing().extracted(image_data)
        return made

    def save_metadata_file(
        self, image_path: str, metadata: dict[str, Any], format: str = 'json'
    ) -> str:
        """Write ``metadata`` for the picture at ``image_path``: ``json`` (all of it, beside the
        picture), ``txt`` (text that can be pasted, beside it) or ``exif`` (into it). Gives the path
        of what was written, that of the JSON file where the picture cannot hold it.

        Raises SettingInvalid for another format and DiskError for what cannot be written.
        """
        return str(_describing().save_metadata(Path(image_path), metadata, format))

    def register_image_downloaded_callback(self, callback: Callback) -> None:
        """Have ``callback(task)`` called for each picture that is in its place, also one that lay
        there already; in a thread of ours, so it must not take long and not :meth:`wait`. What it
        raises is logged.
        """
        self._list.tell(callback)

    def wait(
        self,
        task_ids: Iterable[str] | None = None,
        on_change: Callable[[list[ImageDownloadTask]], object] | None = None,
    ) -> list[ImageDownloadTask]:
        """Wait until each task (None: every one there is now) is done, failed, paused or cancelled;
        gives them. Ids that nobody knows are passed over.

        ``on_change`` is called with them a few times a second.
        """
        return self._list.wait(task_ids, on_change)

    # --- controlling ------------------------------------------------------------------------------

    def retry(self, task_ids: Iterable[str] | None = None) -> list[str]:
        """Queue again what has failed, was cancelled or waits for room (None: all of it); gives the
        ids of those.
        """
        return self._list.retry(task_ids)

    def forget(self, task_ids: Iterable[str] | None = None) -> None:
        """Take tasks that are done or cancelled off the list (None: all of them). No file is
        touched.
        """
        self._list.forget(task_ids)

    def stop(self) -> None:
        """End what is being fetched, within about a second: nothing of it is left, and tasks that
        are not done are ``cancelled``. :meth:`retry` takes them up again.
        """
        self._list.stop()


def _describing() -> Any:
    """What reads and writes generation data, loaded when somebody wants it: few starts of the
    program do.
    """
    return import_module('.images.describing', __package__)
