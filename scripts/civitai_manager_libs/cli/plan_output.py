"""What ``download`` says of a plan: lines, the JSON document, and what was left out of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import i18n
from ..domain.task import NewDownload
from ..transfers.batch import Totals
from ..transfers.following import Following
from ..transfers.plan import Companion, Listed, Plan
from ..util import size_text
from .environment import Environment

_MOST_SAID = 10
_MOST_FOLDERS = 12


@dataclass(frozen=True)
class Known:
    """What is known besides the plans: the keys of what is there, and what follows by key."""

    existing: set[str]
    following: Following


def plan_lines(plans: Iterable[Plan], known: Known) -> Iterator[str]:
    """A line for each file that would be there, behind it one for each that follows it."""
    for download in (download for plan in plans for download in plan.downloads):
        key = 'would_exist' if download.key in known.existing else 'would'
        yield i18n.text(
            f'cli.download.{key}',
            name=download.name,
            version=download.version_name,
            bytes=_size(download),
            path=_path(download),
        )
        for companion in known.following.get(download.key, ()):
            yield i18n.text(
                'cli.download.would_follow',
                kind=i18n.text(f'words.kind.{companion.kind}'),
                bytes=_size(companion.download),
                path=_path(companion.download),
            )


def totals_lines(totals: Totals) -> list[str]:
    """How much it is in all, and a line for each folder; nothing for nothing."""
    if not totals.count:
        return []
    size = size_text(totals.bytes) + (' + ?' if totals.unknown else '')
    line = i18n.text(
        'cli.download.totals',
        count=totals.count,
        size=size,
        existing=totals.existing,
        left=totals.to_download,
        left_size=size_text(totals.bytes_to_download),
    )
    folders = [f'  {folder}: {count}' for folder, count in totals.folders.items()]
    further = ['  …'] if len(folders) > _MOST_FOLDERS else []
    return [line, *folders[:_MOST_FOLDERS], *further]


def plan_document(
    plans: Sequence[Plan], known: Known, totals: Totals, errors: list[dict[str, object]]
) -> dict[str, Any]:
    """What ``--plan --json`` prints."""
    return {
        'plan': [_entry(one, known) for plan in plans for one in plan.downloads],
        'skipped': [entry for plan in plans for entry in _left_out_entries(plan)],
        'errors': errors,
        'totals': {
            'count': totals.count,
            'bytes': totals.bytes,
            'existing': totals.existing,
            'to_download': totals.to_download,
            'bytes_to_download': totals.bytes_to_download,
            'unknown_sizes': totals.unknown,
            'folders': totals.folders,
        },
    }


def say_plan(plan: Plan, environment: Environment) -> None:
    """What a person should know of a plan before it is carried out, on standard error."""
    lines = list(_remarks(plan))
    most = _MOST_SAID if plan.listed is not None else len(lines)
    for line in lines[:most]:
        environment.say_line(line)
    if len(lines) > most:
        environment.say('cli.download.said_more', count=len(lines) - most)
    if plan.listed is not None:
        _say_listed(plan.listed, environment)


def _remarks(plan: Plan) -> Iterator[str]:
    for file, key in plan.skipped:
        yield i18n.text(key, file=file.name, file_id=file.id)
    for version in plan.left_out:
        reason = i18n.error_text(version.error)
        yield i18n.text('cli.download.left_out', name=version.name, reason=reason)
    for download in plan.downloads:
        for key in download.warnings:
            yield i18n.text(key, file=download.file_name)


def _say_listed(listed: Listed, environment: Environment) -> None:
    if listed.broken:
        environment.say('cli.download.broken', count=listed.broken)
    if listed.astray:
        environment.say('cli.download.astray', count=listed.models)
    elif listed.more:
        environment.say('cli.download.more', count=listed.models)


def _entry(download: NewDownload, known: Known) -> dict[str, Any]:
    return {
        'target': download.target,
        'name': download.name,
        'version': download.version_name,
        'path': _path(download),
        'bytes': download.size_estimate,
        'sha256': download.hashes.get('SHA256', '').lower() or None,
        'model_id': download.model_id,
        'version_id': download.version_id,
        'file_id': download.file_id,
        'warnings': list(download.warnings),
        'exists': download.key in known.existing,
        'companions': [_companion(one) for one in known.following.get(download.key, ())],
    }


def _companion(companion: Companion) -> dict[str, Any]:
    download = companion.download
    return {
        'kind': companion.kind,
        'name': download.file_name,
        'path': _path(download),
        'bytes': download.size_estimate,
        'file_id': download.file_id,
    }


def _left_out_entries(plan: Plan) -> list[dict[str, Any]]:
    """Files first, then whole versions, whose ``file`` is null."""
    files = [
        {'file': file.name, 'file_id': file.id, 'reason': key.rpartition('.')[2]}
        for file, key in plan.skipped
    ]
    versions = [
        {
            'file': None,
            'file_id': None,
            'reason': version.error.code,
            'name': version.name,
            'model_id': version.model_id,
            'version_id': version.version_id,
        }
        for version in plan.left_out
    ]
    return [*files, *versions]


def _path(download: NewDownload) -> str:
    return str(Path(download.folder) / download.file_name)


def _size(download: NewDownload) -> str:
    return size_text(download.size_estimate) if download.size_estimate else '?'
