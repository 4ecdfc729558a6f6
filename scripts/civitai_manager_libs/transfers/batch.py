"""Downloads by the hundred: everything that a search gives, planned from its pages alone, and what
of a plan is there already.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..civitai import CivitaiAPI, ModelPage
from ..domain.models import Model
from ..domain.search import LARGEST_PAGE, ModelQuery, carries_tag
from ..domain.target_types import FileFilter, model_target
from ..domain.task import NewDownload, Order, State, Task
from ..errors import TagUnknown
from .intact import is_intact
from .plan import Listed, Plan, Planner
from .resolve import Found
from .search_checks import check_base_models, check_filters

OnModels = Callable[[int], object]
"""Hears how many models of a search were read."""

_ROUNDED = 1024  # sizes are given in KiB, some of them rounded (civitai-api.md section 3.5)


def unheard(models: int) -> None:
    """For those who do not wait for it."""


class BatchPlanner:
    """Makes one plan of a search, however many models it gives."""

    def __init__(self, api: CivitaiAPI, planner: Planner) -> None:
        self._api = api
        self._planner = planner

    def plan(
        self,
        query: ModelQuery,
        order: Order,
        limit: int | None,
        on_models: OnModels = unheard,
    ) -> Plan:
        """What ``order`` of the first ``limit`` models of ``query`` comes to; None takes them all.

        The newest version of each is meant, or with ``order.all_versions`` every one; where
        ``query`` names base models, only versions made for those. Empty when nothing was found.
        ``on_models`` hears after each model how many were read; what it raises ends the reading.
        Raises FilterUnknown before anything is asked for; NotFound for an unknown creator,
        TagUnknown, BaseModelUnknown and whatever the API calls raise; and why the first model
        cannot be had when none can.
        """
        check_filters(self._api, query)
        listing = _Listing(self._api, query, limit, on_models)
        plan = self._planner.of_versions(listing.versions(order.all_versions), order)
        if not listing.models and query.base_models:
            check_base_models(self._api, query)
        listed = Listed(listing.models, listing.broken, listing.more, listing.astray)
        return replace(plan, listed=listed)


class _Listing:
    """The models of a search, page by page as they are taken; how it went is known afterwards."""

    def __init__(
        self, api: CivitaiAPI, query: ModelQuery, limit: int | None, on_models: OnModels
    ) -> None:
        self._api = api
        self._query = query
        self._limit = limit
        self._on_models = on_models
        self.models = 0
        self.broken = 0
        self.more = False
        self.astray = False

    def versions(self, all_versions: bool) -> Iterator[Found]:
        """The versions that are meant; one that names no version counts as broken."""
        for model in self._taken():
            wanted = model.model_versions if all_versions else model.model_versions[:1]
            self.broken += not wanted
            for version in wanted:
                target = model_target(model.id, version.id, FileFilter())
                yield Found(target, model, version)

    def _taken(self) -> Iterator[Model]:
        size = min(self._limit or LARGEST_PAGE, LARGEST_PAGE)
        for page in self._api.search_models(self._query, size):
            if not self.models:
                self._check_tag(page)
            self.broken += page.broken
            self.astray = page.astray
            for number, model in enumerate(page.models, start=1):
                self.models += 1
                self._on_models(self.models)
                yield model
                if self.models == self._limit:
                    self.more = page.more or number < len(page.models)
                    return

    def _check_tag(self, page: ModelPage) -> None:
        """The server drops a tag that it does not know and gives everything."""
        tag = self._query.tag
        if tag and page.models and not any(carries_tag(one.tags, tag) for one in page.models):
            raise TagUnknown(tag=tag)


@dataclass(frozen=True)
class Totals:
    """A plan in figures. Bytes are those that are known, ``unknown`` counts the files without a
    size; what is taken from elsewhere on the disk is no bytes to download. ``folders`` holds the
    number of files for each.
    """

    count: int
    bytes: int
    existing: int
    bytes_to_download: int
    unknown: int
    folders: dict[str, int]

    @property
    def to_download(self) -> int:
        return self.count - self.existing


def totals(downloads: Iterable[NewDownload], existing: set[str]) -> Totals:
    """``downloads`` in figures, each key once; ``existing`` are the keys of what is there."""
    each = list({download.key: download for download in downloads}.values())
    missing = [download for download in each if download.key not in existing]
    folders = Counter(download.folder for download in each)
    return Totals(
        count=len(each),
        bytes=sum(download.size_estimate or 0 for download in each),
        existing=len(each) - len(missing),
        bytes_to_download=sum(one.size_estimate or 0 for one in missing if not one.source),
        unknown=sum(download.size_estimate is None for download in each),
        folders=dict(folders.most_common()),
    )


def present(downloads: Sequence[NewDownload], tasks: Iterable[Task]) -> set[str]:
    """The keys of those ``downloads`` that are there already, told without reading any file.

    There is what a finished task has put into its place and what still lies there as it was, and
    a file of the same name and size that no task says is another one.
    """
    done = [task for task in tasks if task.state is State.DONE and task.path]
    by_key = {task.order.key: task for task in done}
    by_path = {task.path: task for task in done}

    def there(download: NewDownload) -> bool:
        own = by_key.get(download.key)
        if own is not None and _same(own, download) and is_intact(own):
            return True
        path = os.path.join(download.folder, download.file_name)
        other = by_path.get(path)
        return _fits(path, download) and (other is None or _same(other, download))

    return {download.key for download in downloads if there(download)}


def _same(task: Task, download: NewDownload) -> bool:
    wanted = download.hashes.get('SHA256', '').lower()
    return not wanted or task.sha256 is None or wanted == task.sha256


def _fits(path: str, download: NewDownload) -> bool:
    try:
        size = os.stat(path).st_size
    except OSError:
        return False
    return download.size_estimate is not None and abs(size - download.size_estimate) <= _ROUNDED
