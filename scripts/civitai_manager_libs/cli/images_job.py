"""The pictures of one ``images`` on their way from a list or from addresses to files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from .. import i18n, setting
from ..app import App
from ..domain.gallery import GalleryPicture
from ..domain.image_query import LARGEST_IMAGE_PAGE, ImageQuery
from ..domain.nsfw import is_wanted
from ..domain.sites import host_of
from ..domain.task import State
from ..errors import AddressUnusable, ExitCode, NoPictures, ShortcutError
from ..image_downloader import ImageDownloader, ImageDownloadTask
from ..util import from_home, without_query
from .environment import Environment
from .images_output import PictureProgress, document_of, failure_lines, report_lines
from .line_files import lines_of
from .output import print_json

_SHOWN = 120


@dataclass
class Item:
    """One picture or address: ``task`` is None for what never became one."""

    text: str
    task: ImageDownloadTask | None = None
    error: ShortcutError | None = None

    @property
    def name(self) -> str:
        """What a person knows it by: its number, or its address without the query."""
        return without_query(self.text) if '://' in self.text else self.text

    @property
    def problem(self) -> ShortcutError | None:
        """Why it is not there."""
        return self.error or (self.task.problem if self.task is not None else None)


class ImagesJob:
    """All pictures of one call. ``out`` is the folder they go to, None for that of the settings."""

    def __init__(self, app: App, environment: Environment, out: Path | None, as_json: bool) -> None:
        self._api = app.api
        self._environment = environment
        self._as_json = as_json
        usual = app.places.resolve(setting.current().images_output_path)
        self._folder = from_home(out).absolute() if out is not None else usual
        self._downloader = ImageDownloader(
            app.api,
            app.engine,
            output_path=str(self._folder),
            path_template=lambda: setting.current().images_path_template,
        )
        self._progress = PictureProgress(environment.stderr, environment.quiet)
        self._items: list[Item] = []
        self._error: ShortcutError | None = None
        self._next_cursor: str | None = None

    # --- ordering ---------------------------------------------------------------------------------

    def order_addresses(self, path: Path) -> None:
        """Every line of ``path``; what is no address is kept as a failure. Raises
        FileUnreadable.
        """
        self._items = [Item(line, error=_fault_of(line)) for line in lines_of(path)]
        good = [item for item in self._items if item.error is None]
        ids = self._downloader.download_addresses([item.text for item in good], self._folder)
        for item, one in zip(good, ids, strict=True):
            item.task = self._downloader.get_task(one)

    def order_listed(self, query: ImageQuery, limit: int, cursor: str | None) -> None:
        """At most ``limit`` pictures (0: all) of ``query`` from ``cursor`` on. A list that breaks
        off is told at the end; what it gave before is fetched. Raises NoPictures.
        """
        try:
            if query.image_id is not None:
                self._add([self._api.image(query.image_id)], query)
            else:
                self._take_pages(_with_levels(query), limit, cursor)
        except ShortcutError as error:
            if not self._items:
                raise
            self._error = error

    def _take_pages(self, query: ImageQuery, limit: int, cursor: str | None) -> None:
        if not query.levels:
            raise NoPictures(what=_name(query), levels='–')
        here = cursor
        self._next_cursor = here  # where to go on when even the first page fails
        for page in self._api.images(query, _page_size(limit), cursor):
            wanted = [one for one in page.pictures if is_wanted(one.nsfw_level, query.levels)]
            left = limit - len(self._items) if limit else len(wanted)
            self._add(wanted[:left], query)
            cut = len(wanted) > left and here is not None
            self._next_cursor = here if cut else page.next_cursor
            if page.astray:
                self._environment.say('cli.images.astray', count=len(self._items))
            if limit and len(self._items) >= limit:
                break
            here = page.next_cursor
            self._progress.show([item.task for item in self._items if item.task is not None])
        if not self._items and cursor is None:
            raise NoPictures(what=_name(query), levels=', '.join(query.levels))

    def _add(self, pictures: list[GalleryPicture], query: ImageQuery) -> None:
        ids = self._downloader.download_pictures(
            pictures, model_id=query.model_id, version_id=query.version_id
        )
        for picture, one in zip(pictures, ids, strict=True):
            self._items.append(Item(str(picture.id), self._downloader.get_task(one)))

    # --- waiting and reporting --------------------------------------------------------------------

    def wait(self) -> None:
        """Until every picture is there or has failed."""
        try:
            self._downloader.wait(self._ids(), self._progress.show)
        finally:
            self._progress.end()

    def stop(self) -> None:
        """End what is being fetched; nothing torn is left."""
        self._progress.end()
        self._downloader.stop()

    def _ids(self) -> list[str]:
        return [item.task.id for item in self._items if item.task is not None]

    def report(self) -> None:
        """The JSON document, or a few lines."""
        if self._as_json:
            items = [(item.task, item.error) for item in self._items]
            print_json(document_of(items, self._next_cursor), self._environment.stdout)
        else:
            for line in report_lines([item.task for item in self._items], self._folder):
                print(line, file=self._environment.stdout)
            if self._next_cursor is not None and self._error is None:
                self._environment.say('cli.images.more', cursor=self._next_cursor)
        self._say_failures()

    def _say_failures(self) -> None:
        stream = self._environment.stderr
        failures = [(item.name, item.problem) for item in self._items if item.problem is not None]
        for line in failure_lines(failures):
            print(line, file=stream)
        if self._error is not None:
            print(i18n.error_text(self._error), file=stream)

    def code(self) -> int:
        """Of the first picture that failed, else of the list."""
        for item in self._items:
            if item.problem is not None:
                return item.problem.exit_code
            if item.task is not None and item.task.status != State.DONE.value:
                return ExitCode.INTERRUPTED  # somebody stopped it meanwhile
        return self._error.exit_code if self._error is not None else ExitCode.DONE


def _with_levels(query: ImageQuery) -> ImageQuery:
    """``query`` with the levels of the settings where it names none."""
    if query.levels is not None:
        return query
    return replace(query, levels=setting.current().picture_levels)


def _page_size(limit: int) -> int:
    """So large that whole pages come to ``limit``: then the next cursor is exact."""
    pages = -(-limit // LARGEST_IMAGE_PAGE)
    return -(-limit // pages) if pages else LARGEST_IMAGE_PAGE


def _name(query: ImageQuery) -> str:
    named = {
        'model': query.model_id,
        'version': query.version_id,
        'creator': query.username,
        'post': query.post_id,
    }
    return next(f'{kind} {value}' for kind, value in named.items() if value is not None)


def _fault_of(line: str) -> ShortcutError | None:
    if line.lower().startswith(('http://', 'https://')) and host_of(line):
        return None
    return AddressUnusable(text=line.partition('?')[0][:_SHOWN])
