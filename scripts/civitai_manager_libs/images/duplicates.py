"""Pictures that are there twice: the same to the last bit, or the same to the eye."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

from .. import setting
from ..fetching.receive import ReceivedPicture
from ..store.pictures import PictureRow
from .companions import remove_companions
from .job import PictureJob
from .known import KnownPictures, row_of, with_source

_log = logging.getLogger('civitai_shortcut')


def within(root: Path, rows: Iterable[PictureRow]) -> list[PictureRow]:
    """Those of ``rows`` whose files lie in the folder of the order, ``root``, or below: only there
    is everything ours, and who names another folder wants all of it there.
    """
    return [row for row in rows if root in Path(row.path).parents]


class Comparer:
    """Decides what becomes of a picture that is there already, as ``images.duplicate_policy`` says.
    Thread-safe.
    """

    def __init__(self, known: KnownPictures) -> None:
        self._known = known
        self._lock = threading.Lock()

    def settle(self, job: PictureJob, received: ReceivedPicture) -> PictureRow | None:
        """What is remembered of the picture that has come for ``job``. None when it does not stay:
        it is gone then, and ``job.path`` is that of the older one. Raises :class:`OSError`.
        """
        compared = job.compared and not received.format.is_video
        look = _looking().look_of(received.path) if compared else None
        row = row_of(received.path, received.sha256, look, job.image_id, job.address)
        with self._lock:
            found = self._older(job, row, look)
            if found is not None:
                older = Path(found.path)
                policy = setting.current().images_duplicate_policy
                if policy == 'skip':
                    received.path.unlink()
                    job.path, job.note = older, 'duplicate_skipped'
                    self._known.remember(with_source(found, job.image_id, job.address))
                    return None
                replaced = policy == 'replace' and self._replace(older)
                job.note = 'duplicate_replaced' if replaced else 'duplicate_kept'
            self._known.remember(row)
        return row

    def _older(self, job: PictureJob, row: PictureRow, look: int | None) -> PictureRow | None:
        """What is known of a file that was downloaded before and is the same as that of ``row``."""
        path = Path(row.path)
        same = within(job.root, self._known.holding(row.sha256))
        found = next((one for one in same if one.path != row.path), None)
        if found is not None or look is None:
            return found
        looking = _looking()
        near = within(job.root, self._known.alike(look, looking.NEAR_BITS))
        others = (one for one in near if one.path != row.path)
        return next((one for one in others if looking.is_alike(Path(one.path), path)), None)

    def _replace(self, older: Path) -> bool:
        """Remove ``older`` with what belongs to it."""
        try:
            older.unlink()
            remove_companions(older)
        except OSError as error:  # in use on Windows, or not ours to remove
            _log.warning('pictures: %s stays: %s', older, error)
            return False
        self._known.forget(older)
        return True


def _looking() -> Any:
    """What compares by looks: it needs Pillow, whose start takes long, and what is only compared to
    the last bit does without.
    """
    return import_module('.looking', __package__)
