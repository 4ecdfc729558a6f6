"""Civitai's API as calls that give our own types (civitai-api.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from . import setting
from .domain.gallery import GalleryPicture, read_gallery_picture
from .domain.image_query import LARGEST_IMAGE_PAGE, ImageQuery
from .domain.lenient import convert
from .domain.models import Account, HashMatch, Model, ModelBrief, ModelVersion
from .domain.models import read_model, read_version
from .domain.paging import Trail
from .domain.search import LARGEST_PAGE, ModelQuery
from .domain.sites import host_of
from .domain.told import Told
from .errors import NotFound, UnexpectedBody
from .http_client import CivitaiHttpClient, get_http_client
from .net.asking import Question

S = TypeVar('S')

_HASHES_A_CALL = 100
_IDS_A_CALL = 10_000


@dataclass(frozen=True)
class ModelPage:
    """One page of a search: its models without those of earlier pages, how many of its items could
    not be read, whether more may follow, and whether more would, were the server's pages not
    endless.
    """

    models: tuple[Model, ...]
    broken: int = 0
    more: bool = False
    astray: bool = False


@dataclass(frozen=True)
class ImagePage:
    """One page of pictures without those of earlier pages; ``next_cursor`` is None after the last
    one. ``astray``: more would follow, were the server's pages not endless.
    """

    pictures: tuple[GalleryPicture, ...]
    next_cursor: str | None = None
    astray: bool = False


class CivitaiAPI:
    """The endpoints this program uses. Every method raises :class:`ApiError` when the call fails
    for good.
    """

    def __init__(self, client: CivitaiHttpClient | None = None) -> None:
        self._client = client or get_http_client()

    def model(self, model_id: int) -> Model:
        """The model with all its visible versions, newest first."""
        return _known(read_model(self.model_body(model_id)), f'model {model_id}')

    def model_body(self, model_id: int) -> dict[str, Any]:
        """The same as Civitai sends it, with fields that we do not know."""
        return self._record(f'/models/{model_id}', f'model {model_id}')

    def model_told(self, model_id: int, fresh: bool = False, hurried: bool = False) -> Told:
        """The same with when it was said. ``hurried``: there is something to fall back on."""
        return self._one(f'/models/{model_id}', 'model', model_id, fresh, hurried)

    def models_by_id(self, ids: Sequence[int]) -> Told:
        """A list of those models, of a hundred at most, past everything that is kept: with all
        their versions and of all levels. Those that lists leave out (archived, flagged minor,
        minutes old) are absent though :meth:`model` may have them.
        """
        among = {'ids': ','.join(map(str, ids)), 'nsfw': 'true', 'limit': LARGEST_PAGE}
        told = self._told('/models', 'models', among, fresh=True)
        self._listed(told.body)
        return told

    def version(self, version_id: int, fresh: bool = False) -> ModelVersion:
        """One version; its ``model`` block has name and type, but no creator, tags or licence.
        ``fresh``: past everything that is kept.
        """
        body = self.version_body(version_id, fresh)
        return _known(read_version(body), f'version {version_id}')

    def version_body(self, version_id: int, fresh: bool = False) -> dict[str, Any]:
        """The same as Civitai sends it, with fields that we do not know."""
        return self._record(f'/model-versions/{version_id}', f'version {version_id}', fresh)

    def version_told(self, version_id: int, fresh: bool = False) -> Told:
        """The same with when it was said."""
        return self._one(f'/model-versions/{version_id}', 'version', version_id, fresh)

    def versions(self, version_ids: Sequence[int]) -> dict[int, ModelVersion]:
        """Many versions by id, a hundred a call, each with its ``model`` block.

        Made of a list of models (section 3.1): without ``usage_control``, and those that lists
        leave out (archived, flagged minor, minutes old) are absent though :meth:`version` may have
        them.
        """
        wanted, found = list(dict.fromkeys(version_ids)), dict[int, ModelVersion]()
        for begin in range(0, len(wanted), LARGEST_PAGE):
            ids = wanted[begin : begin + LARGEST_PAGE]
            among = {'modelVersionIds': ','.join(map(str, ids)), 'nsfw': 'true'}
            body = self._get('/models', 'versions', {**among, 'limit': LARGEST_PAGE})
            for model in map(read_model, self._listed(body)):
                for version in model.model_versions if model else ():
                    if model and version.id in ids:
                        found[version.id] = _of_model(version, model)
        return found

    def forget(self, model_id: int | None, version_id: int) -> None:
        """Let go of what is kept of a model and one of its versions."""
        for path in (f'/models/{model_id}', f'/model-versions/{version_id}'):
            self._client.forget(self._address(path))

    def version_by_hash(self, file_hash: str) -> ModelVersion:
        """The version that has a file with ``file_hash`` (any kind, any case); fresh uploads can be
        missing for 90 minutes (section 3.8).
        """
        what = f'hash {file_hash}'
        path = f'/model-versions/by-hash/{quote(file_hash, safe="")}'
        return _known(read_version(self._get(path, what)), what)

    def versions_by_hashes(self, sha256: Sequence[str]) -> dict[str, ModelVersion]:
        """Versions by SHA256 (lower case) of their files; hashes that nobody knows are absent.

        Full hashes only: one of another length makes the server refuse the whole call, so those are
        left out.
        """
        wanted = list(dict.fromkeys(value.lower() for value in sha256 if len(value) == 64))
        known, found = frozenset(wanted), dict[str, ModelVersion]()
        for begin in range(0, len(wanted), _HASHES_A_CALL):
            body = wanted[begin : begin + _HASHES_A_CALL]
            for item in _items(self._post('/model-versions/by-hash', body)):
                version = read_version(item)
                for file in version.files if version else ():
                    if version and file.sha256 in known:
                        found.setdefault(file.sha256, version)
        return found

    def ids_by_hashes(self, sha256: Sequence[str]) -> list[HashMatch]:
        """Which version and model each SHA256 belongs to; several rows for one hash are
        possible.
        """
        wanted = list(dict.fromkeys(value.lower() for value in sha256 if len(value) == 64))
        matches: list[HashMatch] = []
        for begin in range(0, len(wanted), _IDS_A_CALL):
            body = wanted[begin : begin + _IDS_A_CALL]
            rows = _items(self._post('/model-versions/by-hash/ids', body))
            matches.extend(match for row in rows if (match := convert(row, HashMatch)))
        return matches

    def search_models(
        self, query: ModelQuery, page_size: int = LARGEST_PAGE
    ) -> Iterator[ModelPage]:
        """The pages of a search, asked for one by one as they are taken; also empty ones.

        Their models come without ``usage_control``, with PG pictures only unless ``query.nsfw``,
        and with those versions only that fit ``query.base_models``. Raises NotFound for an unknown
        creator. An unknown tag is dropped by the server without a word, an unknown base model gives
        nothing (section 3.1).
        """
        trail, seen = Trail(), set[int]()
        while not trail.ended:
            told = self.models_told(query, page_size, trail.cursor)
            models = [model for item in told.items if (model := read_model(item)) is not None]
            fresh = {model.id: model for model in models if model.id not in seen}
            seen.update(fresh)
            trail.step(told.body.get('metadata'), len(fresh))
            broken = len(told.items) - len(models)
            yield ModelPage(tuple(fresh.values()), broken, not trail.ended, trail.astray)

    def models_told(
        self,
        query: ModelQuery,
        page_size: int = LARGEST_PAGE,
        cursor: str | None = None,
        hurried: bool = False,
    ) -> Told:
        """The page of a search at ``cursor`` (None: the first) as Civitai sends it. Raises as
        :meth:`search_models`.
        """
        what = f'creator {query.username}' if query.username else 'listing'
        parameters = query.parameters(min(page_size, LARGEST_PAGE))
        following = {'cursor': cursor} if cursor is not None else {}
        told = self._told('/models', what, {**parameters, **following}, hurried=hurried)
        self._listed(told.body)
        return told

    def models_address(self, query: ModelQuery, page_size: int = LARGEST_PAGE) -> str:
        """Where the first page of a search is."""
        return self._address('/models', query.parameters(min(page_size, LARGEST_PAGE)))

    def tags(self, part: str, most: int = 200) -> list[str]:
        """The names of up to ``most`` tags with ``part`` in them."""
        body = self._get('/tags', 'tags', {'query': part, 'limit': most})
        names = (item.get('name') for item in self._listed(body) if isinstance(item, dict))
        return [name for name in names if isinstance(name, str) and name]

    def images(
        self, query: ImageQuery, page_size: int = LARGEST_IMAGE_PAGE, cursor: str | None = None
    ) -> Iterator[ImagePage]:
        """The pages of pictures that fit ``query``, beginning at ``cursor``, asked for one by one
        as they are taken; also empty ones, which are not the end (section 3.10).

        The level is asked of the server; who must be sure looks at each picture's own.
        """
        trail, seen, parameters = Trail(cursor), set[int](), query.parameters(page_size)
        while not trail.ended:
            following = {'cursor': trail.cursor} if trail.cursor is not None else {}
            body = self._get('/images', 'pictures', {**parameters, **following})
            items = self._listed(body)
            read = (read_gallery_picture(item) for item in items)
            fresh = {one.id: one for one in read if one is not None and one.id not in seen}
            seen.update(number for number in fresh if number is not None)
            trail.step(body.get('metadata'), len(fresh))
            more = None if trail.ended else trail.cursor
            yield ImagePage(tuple(fresh.values()), more, trail.astray)

    def image(self, image_id: int) -> GalleryPicture:
        """One picture with its generation data, of any level. Raises NotFound for one that is not
        there or not visible: the server answers with an empty page then.
        """
        pages = self.images(ImageQuery(image_id=image_id), page_size=1)
        found = next((one for one in next(pages).pictures if one.id == image_id), None)
        return _known(found, f'picture {image_id}')

    def me(self) -> Account:
        """Whom the key belongs to; the only call that tells whether a key is good (section 2)."""
        return _known(convert(self._get('/me', 'account'), Account), 'account')

    def enums(self) -> dict[str, list[str]]:
        """The server's lists of names: ModelType, ModelFileType, BaseModel, ..."""
        body = self._get('/enums', 'enums')
        if not isinstance(body, dict):
            raise UnexpectedBody(status=200, host=host_of(self._base()), begins='[')
        return {
            name: [value for value in values if isinstance(value, str)]
            for name, values in body.items()
            if isinstance(values, list)
        }

    def _listed(self, body: Any) -> list[Any]:
        """The items of a list answer."""
        if not isinstance(body, dict) or not isinstance(body.get('items'), list):
            raise UnexpectedBody(status=200, host=host_of(self._base()), begins=_begins(body))
        items: list[Any] = body['items']
        return items

    def _record(self, path: str, what: str, fresh: bool = False) -> dict[str, Any]:
        body = self._get(path, what, fresh=fresh)
        return _known(body if isinstance(body, dict) and 'id' in body else None, what)

    def _one(self, path: str, kind: str, number: int, fresh: bool, hurried: bool = False) -> Told:
        """The answer for one thing; of another id it is none."""
        told = self._told(path, f'{kind} {number}', fresh=fresh, hurried=hurried)
        if not isinstance(told.body, dict) or str(told.body.get('id')) != str(number):
            raise UnexpectedBody(status=200, host=host_of(told.address), begins=_begins(told.body))
        return told

    def _told(
        self,
        path: str,
        what: str,
        parameters: Mapping[str, object] | None = None,
        fresh: bool = False,
        hurried: bool = False,
    ) -> Told:
        question = Question('GET', self._address(path), parameters, what=what)
        answer = self._client.fetch_answer(question, fresh, hurried)
        address = self._address(path, parameters)
        return Told(answer.data, address, answer.given, answer.old_since is not None)

    def _address(self, path: str, parameters: Mapping[str, object] | None = None) -> str:
        query = f'?{urlencode(parameters, doseq=True, quote_via=quote)}' if parameters else ''
        return f'{self._base()}/api/v1{path}{query}'

    def _base(self) -> str:
        return setting.current().civitai_base_url.rstrip('/')

    def _get(
        self,
        path: str,
        what: str,
        parameters: Mapping[str, object] | None = None,
        fresh: bool = False,
    ) -> Any:
        url = self._address(path)
        return self._client.fetch_json('GET', url, params=parameters, what=what, fresh=fresh)

    def _post(self, path: str, body: Sequence[str]) -> Any:
        return self._client.fetch_json('POST', self._address(path), body=list(body))


def _of_model(version: ModelVersion, model: Model) -> ModelVersion:
    """``version`` with what it says of its model when it is asked for by itself."""
    brief = ModelBrief(
        name=model.name, type=model.type, nsfw=model.nsfw, poi=model.poi, mode=model.mode
    )
    return msgspec.structs.replace(version, model_id=model.id, model=brief)


def _begins(body: Any) -> str:
    return str(body)[:40]


def _items(body: Any) -> list[Any]:
    return body if isinstance(body, list) else []


def _known(record: S | None, what: str) -> S:
    """``record``, or "not found" for an answer without an id: such a record names nothing."""
    if record is None:
        raise NotFound(what=what)
    return record
