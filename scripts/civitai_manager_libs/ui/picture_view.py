"""What is known of the picture that a page shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..domain.gallery import GalleryPicture
from ..domain.generation import GenerationData
from ..errors import ShortcutError
from ..images.resources import ResourceList
from .drops import Dropped
from .present_resources import Getting
from .present_send import Sending


@dataclass
class PictureView:
    """One picture and all that is known of it. ``token`` and ``name`` are of a dropped one;
    ``sending`` is on its way to the host; ``step`` of generating is '', ask or waiting; ``results``
    are what was made, ``result`` the one that is shown.
    """

    picture: GalleryPicture | None = None
    dropped: Dropped | None = None
    name: str = ''
    data: GenerationData | None = None
    words: str = ''
    reading: bool = False
    problem: ShortcutError | None = None
    resources: ResourceList | None = None
    getting: Getting = Getting()
    sending: Sending = Sending()
    step: str = ''
    refusal: ShortcutError | None = None
    results: tuple[Path, ...] = ()
    result: int | None = None

    @property
    def has_data(self) -> bool:
        """Whether anything is known of its making."""
        return self.data is not None and not self.data.empty
