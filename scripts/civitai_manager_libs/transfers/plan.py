"""Decides what would be downloaded for a target, before anything is: which files, from where, to
where.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from ..domain.choice import choose_files, risk
from ..domain.header_names import filename_from_headers
from ..domain.models import ModelFile
from ..domain.naming import safe_name
from ..domain.placement import Placement, PlacementRules, place
from ..domain.target_types import FileFilter, Target, TargetKind
from ..domain.task import NewDownload, Order
from ..errors import (
    ChoiceUnknown,
    DownloadsDisabled,
    Gone,
    NotFound,
    PickleRefused,
    PlaceNeeded,
    ShortcutError,
)
from ..http_client import CivitaiHttpClient
from ..net.redirect import FileRequest
from ..util import without_query
from .resolve import Found, Resolver

_PASSING = re.compile(
    r'x-(amz|goog)-.*|response-.*|.*(sig|token|key|secret|auth|expir|policy|credential|verify).*'
    r'|s[eprtv]|spr|sk[a-z]{1,3}',
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Plan:
    """What a target comes to: files to queue, and files left out with the message key that says
    why.
    """

    downloads: tuple[NewDownload, ...]
    skipped: tuple[tuple[ModelFile, str], ...] = ()


class Planner:
    """Makes plans; ``rules()`` gives the places that the settings in force say."""

    def __init__(
        self,
        resolver: Resolver,
        client: CivitaiHttpClient,
        rules: Callable[[], PlacementRules],
    ) -> None:
        self._resolver = resolver
        self._client = client
        self._rules = rules

    def plan(self, target: Target, order: Order) -> Plan:
        """What ``order`` of ``target`` comes to. Raises errors of our tree when that cannot be
        told.
        """
        if target.kind is TargetKind.DIRECT:
            return Plan((self._direct(target, order),))
        found = self._resolver.find(target, order.all_versions)
        plans, refusals = [], []
        for one in found:
            try:
                plans.append(self.of_version(one, order))
            except (ChoiceUnknown, PickleRefused, Gone, DownloadsDisabled) as refusal:
                refusals.append(refusal)  # of all versions, those are meant that can be had
                plans.append(Plan((), _refused_files(one, refusal)))
        downloads = tuple(download for one in plans for download in one.downloads)
        if not downloads and refusals:
            raise refusals[0]
        return Plan(downloads, tuple(skip for one in plans for skip in one.skipped))

    def of_version(self, found: Found, order: Order) -> Plan:
        """The part of a plan that one version makes."""
        choice = choose_files(
            found.version,
            _both(found.target.wanted, order.wanted),
            self._rules().format_preference,
            all_files=order.all_files,
            by_hash=found.target.hash,
        )
        downloads = tuple(
            _download(found, self.placement(found, file, order.folder), order)
            for file in choice.files
        )
        return Plan(downloads, choice.skipped)

    def placement(self, found: Found, file: ModelFile, folder: str | None = None) -> Placement:
        """Where one file of a version would go."""
        return place(found.model, found.version, file, self._rules(), folder_override=folder)

    def _direct(self, target: Target, order: Order) -> NewDownload:
        if not order.folder:
            raise PlaceNeeded(text=target.text)
        url = target.url or ''
        name = order.file_name or self._name_at(url)
        return NewDownload(
            key=f'url:{without_query(url)}:{_lasting_query(url)}:{Path(order.folder) / name}',
            target=target.text,
            request=url,
            folder=order.folder,
            file_name=name,
            direct=True,
            pinned=bool(order.sha256),
            name=name,
            hashes={'SHA256': order.sha256} if order.sha256 else {},
            priority=order.priority,
        )

    def _name_at(self, url: str) -> str:
        """What the server calls the file: one request whose body is not read."""
        with closing(self._client.open_file(FileRequest(url, look_inside=False))) as body:
            name = filename_from_headers(body.headers.get('Content-Disposition'), None)
        last = unquote(urlsplit(url).path).rpartition('/')[2]
        name = safe_name(name or last, fallback='')
        if not name:
            raise NotFound(what=without_query(url))
        return name


def _refused_files(found: Found, refusal: ShortcutError) -> tuple[tuple[ModelFile, str], ...]:
    """The files of a version that were left out as risky, as :class:`Plan` lists them."""
    if not isinstance(refusal, PickleRefused):
        return ()
    return tuple((file, f'skipped.{risk(file)}') for file in found.version.files if risk(file))


def _lasting_query(url: str) -> str:
    """Short sign of the part of a query that tells files apart: signatures and keys change from
    one link of the same file to the next, and must not stand in the queue's keys.
    """
    pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    lasting = [f'{name}={value}' for name, value in pairs if not _PASSING.fullmatch(name)]
    return hashlib.sha256('&'.join(lasting).encode()).hexdigest()[:12] if lasting else ''


def _both(link: FileFilter, asked: FileFilter) -> FileFilter:
    """What the link says, overruled by what the person asked for."""
    given = {
        name: getattr(asked, name)
        for name in FileFilter.__dataclass_fields__
        if getattr(asked, name) is not None
    }
    return replace(link, **given)


def _download(found: Found, placed: Placement, order: Order) -> NewDownload:
    folder = str(Path(placed.root).joinpath(*placed.folder))
    hashes = dict(placed.hashes)
    if order.sha256:
        hashes = {'SHA256': order.sha256}
    return NewDownload(
        key=f'file:{placed.version_id}:{placed.file_id}:{folder}:{order.file_name or ""}',
        target=found.target.text,
        request=placed.request,
        folder=folder,
        file_name=order.file_name or placed.file_name,
        spare_name='' if order.file_name else placed.spare_name,
        pinned=bool(order.sha256),
        name=placed.model_name,
        version_name=placed.version_name,
        model_type=placed.model_type,
        base_model=placed.base_model or '',
        creator=placed.creator or '',
        model_id=placed.model_id,
        version_id=placed.version_id,
        file_id=placed.file_id,
        size_estimate=placed.size_bytes_estimate,
        hashes=hashes,
        warnings=placed.warnings,
        cover_url=placed.cover_url,
        priority=order.priority,
    )
