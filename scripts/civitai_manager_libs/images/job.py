"""One picture to be fetched: what was ordered, and what has become of it."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any

from ..domain.task import SETTLED, State
from ..errors import ShortcutError

_FAST = 1


class PictureJob:
    """``place`` is where the picture goes, without the extension that its content decides (with
    ``exact``: the very file). ``levels_name`` and the other words are what the API said of it.

    ``typed`` says that a person gave the address. ``still`` is where a frame of a video is had.
    ``compared`` says that what looks the same counts as the same; else only what is the same to the
    last bit does. ``note`` is a word for something that a person may want to know of a picture that
    is done: ``existing`` (it lay there),
    ``duplicate_skipped``, ``duplicate_replaced``, ``duplicate_kept``, ``metadata_not_held`` (the
    picture cannot hold its generation data; they are in a JSON file beside it),
    ``thumbnail_failed``.

    Written by the thread that carries it, read by any. Many of them are kept for long after they
    are done: paths are kept as text, which takes a quarter of what a :class:`Path` does.
    """

    __slots__ = (
        *('address', '_place', 'root', 'exact', 'image_id', 'is_video', 'still', 'compared'),
        *('save_metadata', 'state', 'progress', '_path', 'metadata_path', 'thumbnail_path'),
        *('typed', 'note', 'problem', 'follows', 'on_done', '_packed'),
    )

    def __init__(
        self,
        address: str,
        place: Path,
        root: Path,
        *,
        exact: bool = False,
        image_id: int | None = None,
        is_video: bool = False,
        still: str | None = None,
        compared: bool = True,
        typed: bool = False,
        save_metadata: bool = True,
        record: Mapping[str, Any] | None = None,
    ) -> None:
        self.address = address
        self._place = str(place)
        self.root = root
        self.exact = exact
        self.image_id = image_id
        self.is_video = is_video
        self.still = still
        self.compared = compared
        self.typed = typed
        self.save_metadata = save_metadata
        self.state = State.QUEUED
        self.progress = 0.0
        self._path: str | None = None
        self.metadata_path: Path | None = None
        self.thumbnail_path: Path | None = None
        self.note = ''
        self.problem: ShortcutError | None = None
        self.follows = False
        self.on_done: Callable[[], object] = _nothing
        self._packed = _pack(record) if record and save_metadata else b''

    @property
    def place(self) -> Path:
        """Where the picture goes."""
        return Path(self._place)

    @property
    def path(self) -> Path | None:
        """Where it lies, as soon as that is known."""
        return Path(self._path) if self._path else None

    @path.setter
    def path(self, path: Path) -> None:
        self._path = str(path)

    @property
    def record(self) -> dict[str, Any]:
        """What the API said of the picture, ``{}`` for nothing and once it is done."""
        found: dict[str, Any] = json.loads(zlib.decompress(self._packed)) if self._packed else {}
        return found

    @property
    def key(self) -> Hashable:
        """Equal for jobs that fetch the same picture."""
        return self.address if self.image_id is None else self.image_id

    @property
    def settled(self) -> bool:
        """Whether nobody works on it, nobody will unless it is added again, and who has ordered it
        knows that it is done.
        """
        told = self.on_done is _nothing or self.state is not State.DONE
        return told and self.state in SETTLED

    def wait(self) -> None:
        """It stands in the line, from the beginning."""
        self.progress, self.problem, self.note, self.follows = 0.0, None, '', False
        self.state = State.QUEUED

    def finish(self) -> None:
        """It is in its place: what was needed for that alone is let go of."""
        self.progress, self.problem, self._packed, self._place = 1.0, None, b'', ''
        self.state = State.DONE

    def told(self) -> None:
        """Tell whoever has ordered it that it is done, once."""
        try:
            self.on_done()
        finally:
            self.on_done = _nothing

    def rest(self, state: State, problem: ShortcutError | None) -> None:
        """It is not in its place, and rests in ``state``, because of ``problem`` if that is
        given.
        """
        self.progress, self.problem, self.state = 0.0, problem, state


def _pack(record: Mapping[str, Any]) -> bytes:
    """Waiting jobs are many, and what a picture says of itself can be hundreds of kilobytes."""
    return zlib.compress(json.dumps(record).encode(), _FAST)


def _nothing() -> None:
    return None
