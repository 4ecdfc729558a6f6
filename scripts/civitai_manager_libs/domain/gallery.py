"""Pictures as the galleries of Civitai list them (civitai-api.md section 3.10)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .lenient import convert
from .models import Picture, Wire, utc


class Reactions(Wire, frozen=True):
    """How people liked a picture."""

    like_count: int = 0
    heart_count: int = 0
    laugh_count: int = 0
    cry_count: int = 0
    comment_count: int = 0

    @property
    def liked(self) -> int:
        """All reactions that are meant well."""
        return self.like_count + self.heart_count + self.laugh_count + self.cry_count


class GalleryPicture(Picture, frozen=True):
    """A picture or video that somebody has posted. ``meta`` is flat generation data or None;
    ``raw`` is what the API said, word for word.
    """

    username: str | None = None
    created_at: datetime | None = None
    post_id: int | None = None
    base_model: str | None = None
    model_version_ids: list[int] = []
    stats: Reactions = Reactions()
    raw: dict[str, Any] = {}

    @classmethod
    def prepare(cls, raw: dict[str, Any]) -> dict[str, Any]:
        kept = dict(raw)
        found = super().prepare(raw)
        found['createdAt'] = utc(found.get('createdAt'))
        found['raw'] = kept
        return found


def read_gallery_picture(data: object) -> GalleryPicture | None:
    """A picture from decoded JSON; None when it has no address or no id."""
    found = convert(data, GalleryPicture)
    return found if found is not None and found.id is not None else None
