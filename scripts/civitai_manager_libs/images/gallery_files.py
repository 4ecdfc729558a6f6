"""Fetches the pictures of a gallery into files: a few at once, each once, and none that is here."""

from __future__ import annotations

import errno
import os
import queue
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from .. import setting
from ..domain.gallery_names import is_web_address, shown_name
from ..errors import DiskFull, FileUnreadable, NotWritable, RoomBelowFloor, ShortcutError
from ..fetching.formats import FORMATS, is_whole
from ..fetching.receive import PictureOrder, receive_picture
from ..fetching.turns import Priority
from ..http_client import CivitaiHttpClient
from ..store.files import disk_error, free_space, make_folder, nearest_folder
from ..util import OwnThread

PLACEHOLDER = Path(__file__).with_name('placeholder.png')
"""What is shown in place of a picture that could not be had."""

_STANDS_FOR = '.placeholder.png'
_STOP_SECONDS = 1.0
_ENDINGS = tuple(one.ending for one in FORMATS)


@dataclass(frozen=True)
class Wanted:
    """A picture at ``address`` (of the web, or a path on this machine) that is to lie at ``place``;
    with ``exact`` under that very name, else with the ending of its real format behind it.
    """

    address: str
    place: Path
    exact: bool = True


@dataclass(frozen=True)
class Result:
    """What became of it: the file at ``path``, or a ``problem``. ``fetched`` is False for one that
    lay there.
    """

    wanted: Wanted
    path: Path | None = None
    problem: ShortcutError | None = None
    fetched: bool = True


def fetch_one(
    client: CivitaiHttpClient,
    wanted: Wanted,
    retries: int | None = None,
    stopped: threading.Event | None = None,
    piece: int = 0,
) -> Path:
    """Fetch one picture as the settings of the gallery say, over whatever lies there; gives where
    it is. Nothing is left after a failure.

    ``retries`` is how often it is tried again (None: as the settings say), ``piece`` how many bytes
    at least go through memory at once. Raises errors of our tree, and :class:`.Stopped` once
    ``stopped`` is set.
    """
    _check_place(wanted.place)
    if not is_web_address(wanted.address):
        return _copied(wanted)
    order = PictureOrder(
        Priority.GALLERY,
        exact=wanted.exact,
        replace=True,
        timeout=setting.current().gallery_download_timeout,
        retries=retries,
        piece=piece,
        stopped=stopped,
    )
    return receive_picture(client, wanted.address, wanted.place, order).path


def _copied(wanted: Wanted) -> Path:
    """A picture of this machine, which goes to its place like one that was fetched."""
    source = Path(wanted.address)
    if not is_whole(source):
        raise FileUnreadable(path=str(source), reason='not_whole')
    target = wanted.place if wanted.exact else Path(f'{wanted.place}{source.suffix}')
    make_folder(target.parent)
    part = target.with_name(f'.{target.name[:40]}.copy')
    try:
        if not (target.exists() and source.samefile(target)):
            shutil.copyfile(source, part)
            os.replace(part, target)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise disk_error(error, target) from error
    return target


def _check_place(place: Path) -> None:
    """Raises, before a server is asked for anything, NotWritable where nothing can be written and
    RoomBelowFloor when less is free than is to stay free: a gallery must not fill the disk.
    """
    if '\0' in str(place):
        shown = str(place).replace('\0', '?')
        raise NotWritable(path=shown, reason=os.strerror(errno.EINVAL))
    folder = nearest_folder(place.parent)
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        reason = os.strerror(errno.EACCES if folder.is_dir() else errno.ENOTDIR)
        raise NotWritable(path=str(place.parent), reason=reason)
    floor = setting.current().minimum_free_space_mb << 20
    free = free_space(place) if floor else 0
    if free < floor:
        raise RoomBelowFloor(path=str(place.parent), needed=floor - free, free=free, floor=floor)


def existing(wanted: Wanted) -> Path | None:
    """The whole picture that lies there already."""
    names = ('',) if wanted.exact else _ENDINGS
    paths = (Path(f'{wanted.place}{ending}') for ending in names)
    return next((path for path in paths if is_whole(path)), None)


def fetch_all(
    client: CivitaiHttpClient, pictures: Sequence[Wanted]
) -> Iterator[tuple[int, Result]]:
    """The result of each of ``pictures`` by its position, as they come; what is wanted twice is
    fetched once and given twice. Who takes no more ends the work.

    A full disk ends it too: what is left has the same problem then.
    """
    positions: dict[Wanted, list[int]] = {}
    for position, wanted in enumerate(pictures):
        positions.setdefault(wanted, []).append(position)
    for result in _Crew(client, positions).results():
        for number, position in enumerate(positions[result.wanted]):
            yield position, result if not number else replace(result, fetched=False)


def fetch_in_batches(
    client: CivitaiHttpClient, pictures: Sequence[Wanted], size: int, pause: Callable[[], object]
) -> Iterator[tuple[int, Result]]:
    """The same for ``size`` of them after the other; ``pause()`` is called between batches, when
    something was asked of a server.
    """
    size = max(1, size)
    for begin in range(0, len(pictures), size):
        asked = False
        for position, result in fetch_all(client, pictures[begin : begin + size]):
            asked = asked or result.fetched
            yield begin + position, result
        if asked and begin + size < len(pictures):
            pause()


class _Crew:
    """Some threads, as many as may ask one host at once, over one list."""

    def __init__(self, client: CivitaiHttpClient, pictures: Iterable[Wanted]) -> None:
        self._client = client
        self._left = list(pictures)[::-1]
        self._count = len(self._left)
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._full: DiskFull | None = None
        self._results: queue.SimpleQueue[Result | BaseException] = queue.SimpleQueue()

    def results(self) -> Iterator[Result]:
        """All results; an error that is none of ours is raised here."""
        most = setting.current().gallery_max_concurrent_downloads
        threads = [
            OwnThread(target=self._work, name=f'gallery-{number}', daemon=True)
            for number in range(min(most, self._count))
        ]
        for thread in threads:
            thread.start()
        try:
            for _ in range(self._count):
                result = self._results.get()
                if isinstance(result, BaseException):
                    raise result
                yield result
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join(_STOP_SECONDS)  # one that waits for a silent server ends later

    def _work(self) -> None:
        while (wanted := self._next()) is not None:
            try:
                self._results.put(self._result(wanted))
            except Exception as error:  # told to whoever waits for the results
                self._results.put(error)
                return

    def _next(self) -> Wanted | None:
        with self._lock:
            return self._left.pop() if self._left else None

    def _result(self, wanted: Wanted) -> Result:
        found = existing(wanted)
        if found is not None:
            return Result(wanted, found, fetched=False)
        if self._full is not None:
            return Result(wanted, problem=self._full)
        try:
            return Result(wanted, fetch_one(self._client, wanted, stopped=self._stopped))
        except ShortcutError as error:
            if isinstance(error, DiskFull):
                self._full = error
            return Result(wanted, problem=error)


# --- a folder of pictures for a person ------------------------------------------------------------


def places_in(folder: Path, addresses: Sequence[str]) -> list[Wanted]:
    """Where each picture goes in ``folder``, under the name that its address gives it."""
    return [Wanted(one, folder / shown_name(one), exact=False) for one in addresses]


def put_placeholder(wanted: Wanted) -> None:
    """Let the placeholder stand for a picture that could not be had, under a name of its own, so
    that nobody takes it for the picture. Raises :class:`.DiskError`.
    """
    target = Path(f'{wanted.place}{_STANDS_FOR}')
    make_folder(target.parent)
    try:
        shutil.copyfile(PLACEHOLDER, target)
    except OSError as error:
        raise disk_error(error, target) from error


def drop_placeholder(wanted: Wanted) -> None:
    """The picture itself is there now."""
    with suppress(OSError):
        Path(f'{wanted.place}{_STANDS_FOR}').unlink()
