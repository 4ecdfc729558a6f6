"""One picture to be fetched, as whoever has ordered it sees it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import ShortcutError
from ..i18n import error_text
from .job import PictureJob


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
