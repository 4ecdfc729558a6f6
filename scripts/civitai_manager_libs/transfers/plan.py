"""Decides what would be downloaded for a target, before anything is: which files, from where, to
where.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from .. import setting
from ..domain.choice import Preference, choose_files, companion_kind, risk, weight_rank
from ..domain.folders import Kind
from ..domain.header_names import filename_from_headers
from ..domain.models import ModelFile
from ..domain.naming import safe_name, split_extension
from ..domain.placement import Placement, PlacementRules, kind_in, place
from ..domain.save_places import kind_roots, lies_in
from ..domain.target_types import FileFilter, Target, TargetKind
from ..domain.task import NewDownload, Order, Task, file_key
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
from .sidecars import base_of, is_model_file

_HOST_CONFIGS = ('.yaml', '.yml')
_PASSING = re.compile(
    r'x-(amz|goog)-.*|response-.*|.*(sig|token|key|secret|auth|expir|policy|credential|verify).*'
    r'|s[eprtv]|spr|sk[a-z]{1,3}',
    re.IGNORECASE,
)


@dataclass(frozen=True)
class LeftOut:
    """A version that was meant and cannot be had, by ``error``."""

    name: str
    model_id: int | None
    version_id: int
    error: ShortcutError


@dataclass(frozen=True)
class Listed:
    """How a search went: how many models were taken of it, how many items held none that could be
    read, whether ``more`` are there than were asked for, and whether the server's pages would not
    ``end``.
    """

    models: int
    broken: int = 0
    more: bool = False
    astray: bool = False


@dataclass(frozen=True)
class Companion:
    """A file that follows the weights of its version; ``kind`` is ``vae`` or ``config``."""

    kind: str
    download: NewDownload


@dataclass(frozen=True)
class Plan:
    """What a target comes to: files to queue, files left out with the message key that says why,
    and versions that cannot be had. ``listed`` is there when a search was planned. ``companions``
    are no part of what is queued: by the key of a download, what it would bring once it is done.
    ``kinds`` says by the same key what a file of Civitai is.
    """

    downloads: tuple[NewDownload, ...]
    skipped: tuple[tuple[ModelFile, str], ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    listed: Listed | None = None
    companions: Mapping[str, tuple[Companion, ...]] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True)
class Planned:
    """What one of many targets comes to; exactly one of ``plan`` and ``error`` is there."""

    target: Target
    plan: Plan | None = None
    error: ShortcutError | None = None


@dataclass(frozen=True)
class Ordered:
    """What became of one of many targets: its tasks, or the error that kept it out of the queue."""

    target: Target
    tasks: tuple[Task, ...] = ()
    error: ShortcutError | None = None


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
        return self.of_versions(self._resolver.find(target, order.all_versions), order)

    def of_versions(self, found: Iterable[Found], order: Order) -> Plan:
        """The plan for many versions, taken one after another. Of all that are meant those count
        that can be had; raises why the first cannot when none can.
        """
        plans: list[Plan] = []
        first: ShortcutError | None = None
        for one in found:
            try:
                plans.append(self.of_version(one, order))
            except (ChoiceUnknown, PickleRefused, Gone, DownloadsDisabled) as refusal:
                first = first or refusal
                plans.append(_refused(one, refusal))
        downloads = tuple(download for plan in plans for download in plan.downloads)
        if not downloads and first is not None:
            raise first
        return Plan(
            downloads,
            tuple(skip for plan in plans for skip in plan.skipped),
            tuple(version for plan in plans for version in plan.left_out),
            companions={key: each for plan in plans for key, each in plan.companions.items()},
            kinds={key: kind for plan in plans for key, kind in plan.kinds.items()},
        )

    @property
    def preference(self) -> Preference:
        """Which file the settings in force put first."""
        return self._rules().preference

    def of_version(self, found: Found, order: Order) -> Plan:
        """The part of a plan that one version makes."""
        choice = choose_files(
            found.version,
            _both(found.target.wanted, order.wanted),
            self.preference,
            all_files=order.all_files,
            by_hash=found.target.hash,
        )
        downloads = tuple(self.download(found, file, order) for file in choice.files)
        brought = {
            download.key: tuple(self._brought(found, file, download))
            for file, download in zip(choice.files, downloads)
            if download.sidecars and setting.current().download_companions
        }
        companions = {key: each for key, each in brought.items() if each}
        kinds = {
            download.key: kind_in(found.model, found.version, file)
            for file, download in zip(choice.files, downloads)
        }
        return Plan(downloads, choice.skipped, companions=companions, kinds=kinds)

    def _brought(self, found: Found, file: ModelFile, download: NewDownload) -> Iterator[Companion]:
        path = Path(download.folder) / download.file_name
        return (
            self.companions(found, file, download, path) if is_model_file(path.name) else iter(())
        )

    def companions(
        self, found: Found, weights: ModelFile, order: NewDownload, path: Path
    ) -> Iterator[Companion]:
        """What belongs to the file ``weights`` of a version, ordered by ``order`` for ``path``, as
        it would be queued after it; nothing where that file holds no weights.

        Raises errors of our tree when such a file has no place.
        """
        if weight_rank(weights) != 0:
            return
        placed = self.download(found, weights, Order())
        named = order.folder if order.folder != placed.folder else None
        same = kind_in(found.model, found.version, weights)
        offered = named is not None and lies_in(named, kind_roots(same, self._rules()))
        for file in found.version.files:
            kind = companion_kind(file)
            if kind is not None and file.id != weights.id:
                # A folder among those of the weights' kind is none for files of another kind.
                beside = not offered or kind_in(found.model, found.version, file) == same
                wish = Order(
                    folder=named if beside else None,
                    priority=order.priority,
                    connections=order.connections,
                    sidecars=order.sidecars,
                )
                yield Companion(kind, _called_like(path, self.download(found, file, wish)))

    def download(self, found: Found, file: ModelFile, order: Order) -> NewDownload:
        """One file of a version as it would be queued, chosen by nobody."""
        return _download(found, self.placement(found, file, order.folder), order)

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
            connections=order.connections,
            sidecars=order.sidecars,
        )

    def _name_at(self, url: str) -> str:
        """What the server calls the file: one request whose body is not read."""
        request = FileRequest(url, look_inside=False, typed=True)
        with closing(self._client.open_file(request)) as body:
            name = filename_from_headers(body.headers.get('Content-Disposition'), None)
        last = unquote(urlsplit(url).path).rpartition('/')[2]
        name = safe_name(name or last, fallback='')
        if not name:
            raise NotFound(what=without_query(url))
        return name


def _called_like(path: Path, download: NewDownload) -> NewDownload:
    """Hosts read the configuration that is called like the weights, and only that one."""
    ending = split_extension(download.file_name)[1]
    if ending.lower() not in _HOST_CONFIGS:
        return download
    own = safe_name(base_of(path).name + ending)
    return replace(download, file_name=own, spare_name=download.file_name)


def _refused(found: Found, refusal: ShortcutError) -> Plan:
    """What is told of a version that is left out: its risky files, or the version itself."""
    version, model = found.version, found.model
    if isinstance(refusal, PickleRefused):
        risky = (file for file in version.files if risk(file))
        return Plan((), tuple((file, f'skipped.{risk(file)}') for file in risky))
    name = ' '.join(part for part in (model.name if model else '', version.name) if part)
    model_id = model.id if model else version.model_id
    return Plan((), left_out=(LeftOut(name, model_id, version.id, refusal),))


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
        key=file_key(placed.version_id, placed.file_id, folder, order.file_name),
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
        connections=order.connections,
        sidecars=order.sidecars,
    )
