"""From pictures as the API lists them to jobs: where each goes under the template in force."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from .. import setting
from ..civitai import CivitaiAPI
from ..domain.gallery import GalleryPicture
from ..domain.naming import FOLDER_LIMIT, name_key, safe_name, split_extension
from ..domain.nsfw import level_name
from ..domain.picture_links import still_address
from ..domain.picture_paths import PRESETS, picture_parts
from ..errors import Gone, NotFound
from ..fetching.formats import FORMATS
from ..util import from_home, without_query
from .job import PictureJob

ENDINGS = (*(one.ending for one in FORMATS), '.jpg')
"""Extensions of files that are pictures or videos, as they are written and as others do."""

_STILL_WIDTH = 1024
_MOST_NAMES = 2000


@dataclass(frozen=True)
class PictureSource:
    """What is known of all pictures of one list, beyond what each says itself."""

    model_id: int | None = None
    model_name: str | None = None
    version_id: int | None = None


@dataclass(frozen=True)
class OrderedPicture:
    """A job with what a person is told of its picture."""

    job: PictureJob
    model_id: int | None
    model_name: str | None
    creator: str | None
    nsfw_level: str | None


class PictureOrders:
    """Makes jobs. Which model a picture belongs to, and its name, are asked for once a model, and
    only when the template wants to know.
    """

    def __init__(self, api: CivitaiAPI) -> None:
        self._api = api
        self._models: dict[int, tuple[int | None, str]] = {}
        self._names: dict[int, str] = {}

    def ordered(
        self,
        picture: GalleryPicture,
        root: Path,
        template: str,
        source: PictureSource,
        save_metadata: bool,
    ) -> OrderedPicture:
        """The job for ``picture`` under ``root``. Raises SettingInvalid for a template that cannot
        be used, and errors of the API; a model that is gone is ``unknown`` in the path.
        """
        own = self._completed(source, picture, PRESETS.get(template.strip(), template))
        level = level_name(picture.nsfw_level)
        day = picture.created_at.date().isoformat() if picture.created_at else None
        values = {
            'id': picture.id,
            'model_id': own.model_id,
            'model_name': own.model_name,
            'version_id': own.version_id,
            'creator': picture.username,
            'nsfw_level': level,
            'post_id': picture.post_id,
            'date': day,
        }
        place = root.joinpath(*picture_parts(template, values))
        job = job_of(picture, place, root, save_metadata)
        return OrderedPicture(job, own.model_id, own.model_name, picture.username, level)

    def _completed(
        self, source: PictureSource, picture: GalleryPicture, template: str
    ) -> PictureSource:
        """``source`` with what ``picture`` adds to it, and what must be asked for."""
        version_id = source.version_id
        if version_id is None and picture.model_version_ids:
            version_id = picture.model_version_ids[0]
        model_id, name = source.model_id, source.model_name
        named = '{model_name}' in template
        if model_id is None and version_id is not None and (named or '{model_id}' in template):
            model_id, found = self._model_of(version_id)
            name = name or found or None
        if model_id is not None and not name and named:
            name = self._name_of(model_id) or None
        return PictureSource(model_id, name, version_id)

    def _model_of(self, version_id: int) -> tuple[int | None, str]:
        if version_id not in self._models:
            try:
                version = self._api.version(version_id)
            except (NotFound, Gone):
                found: tuple[int | None, str] = (None, '')
            else:
                found = (version.model_id, version.model.name if version.model else '')
            if len(self._models) >= _MOST_NAMES:
                self._models.clear()
            self._models[version_id] = found
        return self._models[version_id]

    def _name_of(self, model_id: int) -> str:
        if model_id not in self._names:
            try:
                name = self._api.model(model_id).name
            except (NotFound, Gone):
                name = ''
            if len(self._names) >= _MOST_NAMES:
                self._names.clear()
            self._names[model_id] = name
        return self._names[model_id]


def job_of(
    picture: GalleryPicture, place: Path, root: Path, save_metadata: bool, exact: bool = False
) -> PictureJob:
    """The job that puts ``picture`` at ``place``."""
    is_video = picture.type == 'video'
    base_url = setting.current().civitai_base_url
    return PictureJob(
        picture.url,
        place,
        root,
        exact=exact,
        image_id=picture.id,
        is_video=is_video,
        still=still_address(picture, _STILL_WIDTH, base_url) if is_video else None,
        save_metadata=save_metadata,
        record=picture.raw,
    )


def single_job(picture: GalleryPicture, output_path: str, save_metadata: bool) -> PictureJob:
    """The job that puts ``picture`` where a person says: into a folder, or under a file name with
    the extension of a picture or video.
    """
    wanted = from_home(output_path).absolute()
    if wanted.suffix.lower() in ENDINGS and not wanted.is_dir():
        return job_of(picture, wanted, wanted.parent, save_metadata, exact=True)
    return job_of(picture, wanted / str(picture.id), wanted, save_metadata)


def address_job(address: str, folder: Path, taken: set[str], save_metadata: bool) -> PictureJob:
    """The job for a bare ``address``, named by its last part in ``folder``; ``taken`` are the names
    of others of the same order, which get a number.
    """
    last = unquote(without_query(address).rpartition('/')[2])
    stem, ending = split_extension(safe_name(last, limit=FOLDER_LIMIT, fallback='picture'))
    name = free_name(stem if ending.lower() in ENDINGS else stem + ending, taken)
    return PictureJob(
        address, folder / name, folder, compared=False, typed=True, save_metadata=save_metadata
    )


def free_name(name: str, taken: set[str]) -> str:
    """``name``, with a number if it is among ``taken``; it is then too."""
    number, found = 1, name
    while name_key(found) in taken:
        number += 1
        found = f'{name} ({number})'
    taken.add(name_key(found))
    return found
