"""What becomes of one picture: fetched, unless it is there already, compared, written about.

What writes generation data and what makes thumbnails is loaded by the first job that wants it: both
take long to start (Pillow most of all), and lists of bare addresses want neither.
"""

from __future__ import annotations

import contextlib
import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from .. import setting
from ..errors import PlaceTaken, ShortcutError
from ..fetching.formats import is_whole
from ..fetching.receive import PictureOrder, ReceivedPicture, receive_picture
from ..http_client import CivitaiHttpClient
from ..store.files import disk_error
from ..store.hashed import file_state
from ..store.pictures import PictureRow
from .companions import metadata_beside, thumbnail_path
from .duplicates import Comparer, within
from .job import PictureJob
from .known import KnownPictures, address_key, sources_of
from .listed import ListedFolders
from .ordering import ENDINGS
from .room import PictureRoom

_log = logging.getLogger('civitai_shortcut')
_ALMOST = 0.99


class Carrier:
    """Carries jobs, any number at once; what only one may do at a time is locked here."""

    def __init__(self, client: CivitaiHttpClient, known: KnownPictures, room: PictureRoom) -> None:
        self._client = client
        self._known = known
        self._room = room
        self._comparer = Comparer(known)
        self._listed = ListedFolders()

    def carry(self, job: PictureJob, stopped: threading.Event) -> None:
        """Bring ``job`` to its end, which is ``done``. Raises :class:`.Stopped` and errors of our
        tree; nothing of the picture is left then.
        """
        if self._is_there(job):
            known = self._known.at(job.path) if job.path and job.save_metadata else None
            self._complete(job, stopped)
            if known is not None:
                self._renew(known)
            job.finish()
            return
        self._room.check(job.root)
        received = self._received(job, stopped)
        self._room.learn(received.size)
        self._listed.add(received.path)
        job.path = received.path
        try:
            row = self._comparer.settle(job, received)
            self._complete(job, stopped)
            if row is not None:
                self._renew(row)
        except OSError as error:
            raise disk_error(error, received.path) from error
        job.finish()
        self._known.flush_when_due()

    # --- what is there already --------------------------------------------------------------------

    def _is_there(self, job: PictureJob) -> bool:
        """Whether the picture need not be fetched; ``job`` says then where it lies."""
        if not setting.current().images_skip_existing and not job.follows:
            return False
        rows = within(job.root, self._known.of_source(job.image_id, job.address))
        own = next((Path(row.path) for row in rows if _is_place(Path(row.path), job)), None)
        if own is None:
            found = (path for path in self._files(job, job.place) if is_whole(path))
            own = next((path for path in found if not self._is_of_another(path, job)), None)
        if own is not None:
            job.path, job.note = own, 'existing'
            return True
        if rows and setting.current().images_duplicate_policy == 'skip':
            job.path, job.note = Path(rows[0].path), 'duplicate_skipped'
            return True
        return False

    def _files(self, job: PictureJob, place: Path) -> list[Path]:
        """What may lie at ``place`` as the picture of ``job``."""
        names = [place.name] if job.exact else [place.name + ending for ending in ENDINGS]
        return self._listed.among(place.parent, names)

    def _is_of_another(self, path: Path, job: PictureJob) -> bool:
        """Whether the file at ``path`` is known to be another picture than that of ``job``."""
        row = self._known.at(path)
        if row is None:
            return False
        sources = sources_of(row)
        if job.image_id is not None and row.image_id is not None:
            return job.image_id not in sources
        key = address_key(job.address)
        return None not in (key, row.address) and key not in sources

    # --- fetching ---------------------------------------------------------------------------------

    def _received(self, job: PictureJob, stopped: threading.Event) -> ReceivedPicture:
        """The picture, at its place or, where another one lies there, beside it with a number."""

        def report(received: int, total: int | None) -> None:
            if total:
                job.progress = min(received / total, _ALMOST)

        for place in self._free_places(job):
            order = PictureOrder(
                exact=job.exact,
                replace=not setting.current().images_skip_existing,
                stopped=stopped,
                typed=job.typed,
                what=f'picture {job.image_id}' if job.image_id else '',
                on_progress=report,
            )
            with contextlib.suppress(PlaceTaken):
                return receive_picture(self._client, job.address, place, order)
        raise AssertionError('unreachable')

    def _free_places(self, job: PictureJob) -> Iterator[Path]:
        """Where the picture may go: its place, then the same with numbers, without those that other
        pictures have.
        """
        number, place = 1, job.place
        while True:
            if not any(self._is_of_another(path, job) for path in self._files(job, place)):
                yield place
            if job.exact:
                raise PlaceTaken(path=str(place))
            number += 1
            place = job.place.with_name(f'{job.place.name} ({number})')

    # --- what belongs to it -----------------------------------------------------------------------

    def _complete(self, job: PictureJob, stopped: threading.Event) -> None:
        """Everything beside the picture."""
        path = job.path
        if path is None:
            raise AssertionError('a picture without a place')
        if job.note == 'duplicate_skipped':
            job.metadata_path = metadata_beside(path)
            thumbnail = thumbnail_path(path)
            job.thumbnail_path = thumbnail if thumbnail.is_file() else None
            return
        job.metadata_path = metadata_beside(path)
        if job.save_metadata and job.metadata_path is None:
            import_module('.describing', __package__).describe(job, path)
        self._make_thumbnail(job, path, stopped)

    def _make_thumbnail(self, job: PictureJob, path: Path, stopped: threading.Event) -> None:
        settings = setting.current()
        place = thumbnail_path(path)
        if not settings.images_generate_thumbnails:
            return
        if job.note == 'existing' and is_whole(place):
            job.thumbnail_path = place
            return
        making = import_module('.thumbnails', __package__)
        try:
            still = making.fetch_still(self._client, job.still, stopped) if job.still else None
            job.thumbnail_path = making.write_thumbnail(path, settings.images_thumbnail_size, still)
        except ShortcutError as error:  # the picture itself is all right
            _log.warning('pictures: no thumbnail of %s: %s', path, error)
            job.note = job.note or 'thumbnail_failed'

    def _renew(self, row: PictureRow) -> None:
        """The generation data may have been written into the file, which is another one then."""
        state = file_state(Path(row.path))
        if (state.size, state.changed) != (row.size, row.changed):
            self._known.remember(replace(row, size=state.size, changed=state.changed))


def _is_place(path: Path, job: PictureJob) -> bool:
    """Whether ``path`` is the place of ``job``, perhaps with a number."""
    if job.exact or path.parent != job.place.parent:
        return path == job.place
    stem = path.name[: -len(path.suffix)] if path.suffix.lower() in ENDINGS else path.name
    return re.fullmatch(re.escape(job.place.name) + r'( \(\d+\))?', stem) is not None
