"""What a pasted text can name, and the short form in which each kind of it is written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import quote, urlencode

LARGEST_ID = 2147483647
_SITE = 'civitai.com'


class TargetKind(str, Enum):
    """What a target names."""

    MODEL = 'model'
    VERSION = 'version'
    HASH = 'hash'
    NUMBER = 'number'
    DIRECT = 'direct'
    IMAGE = 'image'
    POST = 'post'
    CREATOR = 'creator'
    COLLECTION = 'collection'
    ARTICLE = 'article'
    LISTING = 'listing'


@dataclass(frozen=True)
class FileFilter:
    """Which file of a version is wanted, in the words of a download address; None leaves it
    open.
    """

    file_id: int | None = None
    type: str | None = None
    format: str | None = None
    size: str | None = None
    fp: str | None = None
    quant_type: str | None = None

    @property
    def names_one(self) -> bool:
        """Whether anything at all was asked for."""
        return self != FileFilter()


@dataclass(frozen=True)
class Target:
    """One thing that somebody pasted.

    ``text`` is safe to show and store and, but for the query of a foreign link, means the same
    when it is read again. ``number`` is that of a bare integer: a model first, then a version.
    ``url`` exists for DIRECT only and may hold a signature or a login: it is to be fetched, never
    shown. What comes after ``tag`` says which models a creator's page or a listing shows.
    """

    kind: TargetKind
    text: str
    model_id: int | None = None
    version_id: int | None = None
    number: int | None = None
    hash: str | None = None
    wanted: FileFilter = FileFilter()
    image_id: int | None = None
    post_id: int | None = None
    collection_id: int | None = None
    article_id: int | None = None
    username: str | None = None
    tag: str | None = None
    query: str | None = None
    types: tuple[str, ...] = ()
    base_models: tuple[str, ...] = ()
    sort: str | None = None
    period: str | None = None
    url: str | None = field(default=None, repr=False)

    @property
    def meaning(self) -> tuple[object, ...]:
        """Equal for two targets that name the same thing, however they were written."""
        if self.kind is TargetKind.VERSION:
            return (self.kind, self.version_id, self.wanted)
        return (self.kind, self.url or self.text, self.wanted)


def integer(text: str | None) -> int | None:
    """An id of Civitai (1 to 2147483647, civitai-api.md section 3.2), else None."""
    if not text or re.fullmatch(r'[0-9]{1,12}', text) is None:
        return None
    return int(text) if 1 <= int(text) <= LARGEST_ID else None


def canonical_address(parts: list[str], query: Mapping[str, str | Sequence[str]]) -> str:
    """A short address of the site that reads as the same thing again, without scheme; a list in
    ``query`` repeats its name.
    """
    text = '/'.join([_SITE, *(quote(part, safe='') for part in parts)])
    if query:
        text += '?' + urlencode(query, doseq=True, quote_via=quote)
    # A sentence's end is cut off what people paste, so an address must not end like one.
    ends = {'.': '%2E', '~': '%7E'}
    return text[:-1] + ends[text[-1]] if text[-1] in ends else text


def page_target(kind: TargetKind, page: str, field_name: str, number: int) -> Target:
    """A numbered page of the site: a picture, a post, a collection, an article."""
    identity: dict[str, Any] = {field_name: number}
    return Target(kind, canonical_address([page, str(number)], {}), **identity)


def model_target(model_id: int, version_id: int | None, wanted: FileFilter) -> Target:
    """A model, or a version of it.

    ``wanted`` comes from an AIR, so it has a file id and a format at most.
    """
    kind = TargetKind.VERSION if version_id else TargetKind.MODEL
    if wanted.names_one:
        text = f'civitai:{model_id}' + (f'@{version_id}' if version_id else '')
        text += f'+{wanted.file_id}' if wanted.file_id else ''
        text += '.' + wanted.format.lower().replace(' ', '') if wanted.format else ''
    else:
        query = {'modelVersionId': str(version_id)} if version_id else {}
        text = canonical_address(['models', str(model_id)], query)
    return Target(kind, text, model_id=model_id, version_id=version_id, wanted=wanted)


def version_target(number: str | None, query: Mapping[str, str]) -> Target | None:
    """A version by its own id, with the filters of a download address; None if unreadable.

    Names in ``query`` are in lower case.
    """
    version_id, file_id = integer(number), integer(query.get('fileid'))
    if version_id is None or (query.get('fileid') and file_id is None):
        return None
    named = {
        name: query[name.lower()][:64].strip()
        for name in ('type', 'format', 'size', 'fp', 'quantType')
        if query.get(name.lower())
    }
    wanted = FileFilter(
        file_id=file_id,
        type=named.get('type'),
        format=named.get('format'),
        size=named.get('size'),
        fp=named.get('fp'),
        quant_type=named.get('quantType'),
    )
    if not wanted.names_one:
        text = canonical_address(['model-versions', str(version_id)], {})
    else:
        pairs = {**named, **({'fileId': str(file_id)} if file_id else {})}
        text = canonical_address(['api', 'download', 'models', str(version_id)], pairs)
    return Target(TargetKind.VERSION, text, version_id=version_id, wanted=wanted)
