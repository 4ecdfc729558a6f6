"""Whose pictures a pasted text means, and the pages of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .. import setting
from ..civitai import CivitaiAPI
from ..domain.image_query import ImageQuery
from ..domain.links import read_link, safe_text
from ..domain.models import ModelVersion
from ..domain.target_types import Target, TargetKind
from ..domain.targets import parse_target
from ..errors import GalleryUnknown, GalleryUnsupported, NotFound, TargetUnknown, TargetUnsupported

_ONE = 1
_USERNAME = re.compile('[A-Za-z0-9_]+')


@dataclass(frozen=True)
class GallerySource:
    """Whose pictures are shown: ``kind`` is ``model``, ``version``, ``creator``, ``post`` or
    ``image``.

    ``name`` is that of the model (with its version's) or of the creator, for a post or a picture
    its number. ``query`` asks for the pictures; who wants another order or other levels replaces
    them in it.
    """

    kind: str
    name: str
    query: ImageQuery
    model_id: int | None = None
    model_name: str | None = None
    version_id: int | None = None


class GallerySources:
    """Finds out what a pasted text means, asking the API for names."""

    def __init__(self, api: CivitaiAPI) -> None:
        self._api = api

    def open(self, pasted: str) -> GallerySource:
        """The source that ``pasted`` names: a model, a version, a picture, a post or a creator, by
        link, id, AIR or hash; a bare number is a model, else a version.

        Its levels are those that the settings want; a picture or post that is named is
        shown at any level. Raises GalleryUnknown, GalleryUnsupported for what has no pictures of
        its own, NotFound and other errors of the API.
        """
        base_url = setting.current().civitai_base_url
        try:
            target = parse_target(pasted, base_url)
        except TargetUnsupported as error:
            raise GalleryUnsupported(**error.details) from error
        except TargetUnknown as error:
            raise GalleryUnknown(**error.details) from error
        if target.kind in (TargetKind.MODEL, TargetKind.VERSION, TargetKind.NUMBER):
            return self._of_model(target)
        if target.kind is TargetKind.HASH:
            return self._of_version(self._api.version_by_hash(target.hash or ''))
        if target.kind is TargetKind.IMAGE:
            return self._of_picture(target.image_id or 0)
        if target.kind is TargetKind.POST:
            return self._of_post(target.post_id or 0)
        if target.kind is TargetKind.CREATOR and target.username:
            return self._of_creator(target.username)
        link = read_link(pasted.strip(), base_url)
        kind = 'picture_file' if link is not None and link.picture else target.kind.value
        raise GalleryUnsupported(text=safe_text(target.text), kind=kind)

    def _of_model(self, target: Target) -> GallerySource:
        if target.version_id is not None:
            return self._of_version(self._api.version(target.version_id))
        number = target.model_id or target.number or 0
        try:
            model = self._api.model(number)
        except NotFound:
            if target.number is None:
                raise
            return self._of_number(number)
        query = ImageQuery(model_id=model.id, levels=_levels())
        return GallerySource('model', model.name, query, model.id, model.name)

    def _of_number(self, number: int) -> GallerySource:
        """A bare number that is no model."""
        try:
            return self._of_version(self._api.version(number))
        except NotFound:
            raise NotFound(what=f'model {number}') from None

    def _of_version(self, version: ModelVersion) -> GallerySource:
        model_name = version.model.name if version.model else ''
        name = ' · '.join(part for part in (model_name, version.name) if part)
        query = ImageQuery(version_id=version.id, levels=_levels())
        known = (version.model_id, model_name or None, version.id)
        return GallerySource('version', name, query, *known)

    def _of_creator(self, username: str) -> GallerySource:
        """Nobody is asked: who is not there has no pictures. A name with other signs than these
        cannot be asked for, and nobody has one (civitai-api.md section 3.10).
        """
        if not _USERNAME.fullmatch(username):
            raise NotFound(what=f'creator {username}')
        return GallerySource('creator', username, ImageQuery(username=username, levels=_levels()))

    def _of_picture(self, image_id: int) -> GallerySource:
        self._api.image(image_id)
        return GallerySource('image', str(image_id), ImageQuery(image_id=image_id))

    def _of_post(self, post_id: int) -> GallerySource:
        """``/posts/:id`` is not there on every server (civitai-api.md section 3.11), so a post is
        known by its pictures.
        """
        query = ImageQuery(post_id=post_id)
        if not any(page.pictures for page in self._api.images(query, _ONE)):
            raise NotFound(what=f'post {post_id}')
        return GallerySource('post', str(post_id), replace(query, levels=_levels()))


def _levels() -> tuple[str, ...]:
    return setting.current().picture_levels
