"""Which pictures are wanted, and how the API is asked for them (civitai-api.md section 3.10)."""

from __future__ import annotations

from dataclasses import dataclass

from .nsfw import mask_of

LARGEST_IMAGE_PAGE = 200
IMAGE_SORTS = ('Most Reactions', 'Most Comments', 'Most Collected', 'Newest', 'Oldest', 'Random')
MOST_LIKED, NEWEST = 'Most Reactions', 'Newest'


@dataclass(frozen=True)
class ImageQuery:
    """Pictures of a model, a version, a person or a post, or one by its id; what is None leaves it
    open.

    ``levels`` are names of :data:`.nsfw.LEVELS`, None means all. ``others`` are further parameters
    of the API by name, which win over ours.
    """

    model_id: int | None = None
    version_id: int | None = None
    username: str | None = None
    post_id: int | None = None
    image_id: int | None = None
    levels: tuple[str, ...] | None = None
    sort: str | None = None
    period: str | None = None
    others: tuple[tuple[str, str], ...] = ()

    def parameters(self, page_size: int) -> dict[str, str]:
        """The query of a request for a page of at most ``page_size``. ``page`` is never among it:
        it leads in circles (section 4).
        """
        given = {
            'limit': str(min(page_size, LARGEST_IMAGE_PAGE)),
            'modelId': self.model_id,
            'modelVersionId': self.version_id,
            'username': self.username,
            'postId': self.post_id,
            'imageId': self.image_id,
            'sort': self.sort,
            'period': self.period,
            'browsingLevel': mask_of(self.levels),
            'withMeta': 'true',
        }
        found = {name: str(value) for name, value in given.items() if value is not None}
        return {**found, **dict(self.others)}
