"""The door to pictures on the disk: :class:`ImageDownloader` fetches those of models, versions,
people and filters, and :class:`ImageDownloadTask` is one of them.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from . import setting
from .civitai import CivitaiAPI, ImagePage
from .domain.gallery import GalleryPicture
from .domain.image_filter import read_filter, read_levels, read_limit
from .domain.image_query import LARGEST_IMAGE_PAGE, ImageQuery
from .domain.nsfw import is_wanted
from .domain.picture_paths import PRESETS
from .domain.task import CLEARABLE, State
from .downloader import DownloadEngine
from .errors import ShortcutError
from .http_client import get_http_client
from .i18n import error_text
from .images.job import PictureJob
from .images.known import KnownPictures
from .images.ordering import OrderedPicture, PictureOrders, PictureSource, address_job, single_job
from .images.workers import PictureWorkers

_WATCH_SECONDS = 0.2
_AGAIN = (State.FAILED, State.PAUSED, State.CANCELLED)
_log = logging.getLogger('civitai_shortcut')

Callback = Callable[['ImageDownloadTask'], None]


class ImageDownloadTask:
    """One picture to be fetched, and how far that is. Its properties may be read from any thread.

    ``metadata`` is what the API says of the picture (an item of ``/images``); it is let go of once
    it is written.
    """

    __slots__ = ('_id', '_model_id', '_model_name', '_creator', '_nsfw_level', 'job')

    def __init__(
        self,
        task_id: str,
        image_id: int,
        image_url: str,
        model_id: int | None = None,
        model_name: str | None = None,
        creator: str | None = None,
        nsfw_level: str | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        self._id = task_id
        self._model_id = model_id
        self._model_name = model_name
        self._creator = creator
        self._nsfw_level = nsfw_level
        self.job = PictureJob(image_url, Path(), Path(), image_id=image_id, record=metadata)

    @property
    def id(self) -> str:
        """The number of the task, different for each."""
        return self._id

    @property
    def image_id(self) -> int:
        """The picture's number at Civitai, 0 where only an address was given."""
        return self.job.image_id or 0

    @property
    def image_url(self) -> str:
        """Where the picture is fetched from."""
        return self.job.address

    @property
    def model_id(self) -> int | None:
        """The model that it belongs to, as far as that is known."""
        return self._model_id

    @property
    def model_name(self) -> str | None:
        """The name of that model, if it was given or the template has asked for it."""
        return self._model_name

    @property
    def creator(self) -> str | None:
        """Who has posted it."""
        return self._creator

    @property
    def nsfw_level(self) -> str | None:
        """None, Soft, Mature, X or Unrated; the value None when nobody has said."""
        return self._nsfw_level

    @property
    def status(self) -> str:
        """``queued``, ``running``, ``paused``, ``done``, ``failed`` or ``cancelled``."""
        return self.job.state.value

    @property
    def progress(self) -> float:
        """From 0.0 to 1.0; 0.0 also while the server has not said how large it is."""
        return self.job.progress

    @property
    def image_path(self) -> str | None:
        """Where the picture lies once the task is done: for a duplicate that was skipped, the
        older file.
        """
        return str(self.job.path) if self.job.path else None

    @property
    def metadata_path(self) -> str | None:
        """The file with the generation data: the picture itself when they are written into it."""
        return str(self.job.metadata_path) if self.job.metadata_path else None

    @property
    def thumbnail_path(self) -> str | None:
        """The thumbnail, where one was made."""
        return str(self.job.thumbnail_path) if self.job.thumbnail_path else None

    @property
    def error(self) -> str | None:
        """What went wrong, in words of the language in force."""
        return error_text(self.job.problem) if self.job.problem else None

    @property
    def problem(self) -> ShortcutError | None:
        """The same as an error of our tree."""
        return self.job.problem

    @property
    def note(self) -> str:
        """A word for what a person may want to know of a task that is done (see
        :class:`.PictureJob`).
        """
        return self.job.note


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
        self._workers = (
            download_engine.pictures
            if download_engine is not None
            else PictureWorkers(get_http_client(), KnownPictures())
        )
        self._orders = PictureOrders(self._api)
        self._tasks: dict[str, ImageDownloadTask] = {}
        self._callbacks: list[Callback] = []
        self._lock = threading.Lock()

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
        name no levels, those of the setting ``images.default_nsfw_filter`` are wanted.
        """
        default = tuple(setting.current().images_default_nsfw_filter)
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
        return self._add([self._task(ordered)])[0]

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
            tasks = [self._task(OrderedPicture(job, None, None, None, None)) for job in jobs]
            ids += self._add(tasks)
        return ids

    def _listed(
        self,
        query: ImageQuery,
        limit: int,
        source: PictureSource,
        save_metadata: bool,
        cursor: str | None = None,
    ) -> list[str]:
        most, ids = read_limit(limit), list[str]()
        if query.levels == ():
            return ids
        save = save_metadata and setting.current().images_save_metadata
        page_size = min(most or LARGEST_IMAGE_PAGE, LARGEST_IMAGE_PAGE)
        for page in self._pages(query, page_size, cursor):
            wanted = [one for one in page.pictures if is_wanted(one.nsfw_level, query.levels)]
            if most:
                wanted = wanted[: most - len(ids)]
            ids += self._queue(wanted, source, save)
            if most and len(ids) >= most:
                break
        return ids

    def _pages(self, query: ImageQuery, page_size: int, cursor: str | None) -> Iterator[ImagePage]:
        for page in self._api.images(query, page_size, cursor):
            if page.astray:
                _log.warning('pictures: the list leads in circles and was ended there')
            yield page

    def _queue(
        self, pictures: Sequence[GalleryPicture], source: PictureSource, save: bool
    ) -> list[str]:
        root, template = self._root(), self._template()
        return self._add(
            [
                self._task(self._orders.ordered(picture, root, template, source, save))
                for picture in pictures
            ]
        )

    def _task(self, ordered: OrderedPicture) -> ImageDownloadTask:
        job = ordered.job
        task = ImageDownloadTask(
            uuid.uuid4().hex,
            job.image_id or 0,
            job.address,
            ordered.model_id,
            ordered.model_name,
            ordered.creator,
            ordered.nsfw_level,
        )
        task.job = job
        job.on_done = partial(self._downloaded, task)
        return task

    def _add(self, tasks: Sequence[ImageDownloadTask]) -> list[str]:
        with self._lock:
            self._tasks.update((task.id, task) for task in tasks)
        self._workers.add([task.job for task in tasks])
        return [task.id for task in tasks]

    def _saves(self, wanted: bool | None) -> bool:
        return setting.current().images_save_metadata if wanted is None else wanted

    def _root(self) -> Path:
        given = self._output_path
        return Path(given() if callable(given) else given).expanduser().absolute()

    def _template(self) -> str:
        given = self._path_template
        return given() if callable(given) else given

    # --- looking ----------------------------------------------------------------------------------

    def get_task(self, task_id: str) -> ImageDownloadTask | None:
        """The task of that id, None when there is none."""
        with self._lock:
            return self._tasks.get(task_id)

    def get_all_tasks(self) -> list[ImageDownloadTask]:
        """All tasks, oldest first."""
        with self._lock:
            return list(self._tasks.values())

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
        with self._lock:
            self._callbacks.append(callback)

    def _downloaded(self, task: ImageDownloadTask) -> None:
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            try:
                callback(task)
            except Exception:  # somebody else's fault must not stop the pictures
                _log.exception('pictures: a callback failed')

    def wait(
        self,
        task_ids: Iterable[str] | None = None,
        on_change: Callable[[list[ImageDownloadTask]], object] | None = None,
    ) -> list[ImageDownloadTask]:
        """Wait until each task (None: every one there is now) is done, failed, paused or cancelled;
        gives them. Ids that nobody knows are passed over.

        ``on_change`` is called with them a few times a second.
        """
        with self._lock:
            ids = list(self._tasks) if task_ids is None else list(task_ids)
            tasks = [self._tasks[one] for one in ids if one in self._tasks]
        waiting = tasks
        while True:
            waiting = [task for task in waiting if not task.job.settled]
            if on_change is not None:
                on_change(tasks)
            if not waiting:
                return tasks
            self._workers.rest(_WATCH_SECONDS, waiting[0].job)

    # --- controlling ------------------------------------------------------------------------------

    def retry(self, task_ids: Iterable[str] | None = None) -> list[str]:
        """Queue again what has failed, was cancelled or waits for room (None: all of it); gives the
        ids of those.
        """
        with self._lock:
            ids = list(self._tasks) if task_ids is None else list(task_ids)
            tasks = [self._tasks[one] for one in ids if one in self._tasks]
        again = [task for task in tasks if task.job.state in _AGAIN]
        self._workers.add([task.job for task in again])
        return [task.id for task in again]

    def forget(self, task_ids: Iterable[str] | None = None) -> None:
        """Take tasks that are done or cancelled off the list (None: all of them). No file is
        touched.
        """
        with self._lock:
            for one in list(self._tasks) if task_ids is None else list(task_ids):
                task = self._tasks.get(one)
                if task is not None and task.job.state in CLEARABLE:
                    del self._tasks[one]

    def stop(self) -> None:
        """End what is being fetched, within about a second: nothing of it is left, and tasks that
        are not done are ``cancelled``. :meth:`retry` takes them up again.
        """
        self._workers.stop()


def _describing() -> Any:
    """What reads and writes generation data, loaded when somebody wants it: few starts of the
    program do.
    """
    return import_module('.images.describing', __package__)
