"""What ``download`` says of a plan: lines, the JSON document, and what was left out of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .. import i18n
from ..domain.task import NewDownload
from ..transfers.batch import Totals
from ..transfers.plan import Listed, Plan
from ..util import size_text
from .environment import Environment

_MOST_SAID = 10
_MOST_FOLDERS = 12


def plan_lines(plans: Iterable[Plan], existing: set[str]) -> Iterator[str]:
    """A line for each file that would be there."""
    for download in (download for plan in plans for download in plan.downloads):
        key = 'would_exist' if download.key in existing else 'would'
        size = size_text(download.size_estimate) if download.size_estimate else '?'
        yield i18n.text(
            f'cli.download.{key}',
            name=download.name,
            version=download.version_name,
            bytes=size,
            path=_path(download),
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
    plans: Sequence[Plan], existing: set[str], totals: Totals, errors: list[dict[str, object]]
) -> dict[str, Any]:
    """What ``--plan --json`` prints."""
    return {
        'plan': [_entry(one, existing) for plan in plans for one in plan.downloads],
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


def say_plan(plan: Plan, what: str, environment: Environment) -> None:
    """What a person should know of a plan before it is carried out, on standard error."""
    lines = list(_remarks(plan))
    most = _MOST_SAID if plan.listed is not None else len(lines)
    for line in lines[:most]:
        environment.say_line(line)
    if len(lines) > most:
        environment.say('cli.download.said_more', count=len(lines) - most)
    if plan.listed is not None:
        _say_listed(plan.listed, what, environment)


def _remarks(plan: Plan) -> Iterator[str]:
    for file, key in plan.skipped:
        yield i18n.text(key, file=file.name, file_id=file.id)
    for version in plan.left_out:
        reason = i18n.error_text(version.error)
        yield i18n.text('cli.download.left_out', name=version.name, reason=reason)
    for download in plan.downloads:
        for key in download.warnings:
            yield i18n.text(key, file=download.file_name)


def _say_listed(listed: Listed, what: str, environment: Environment) -> None:
    if not listed.models:
        environment.say('cli.download.nothing_found', what=what)
    if listed.broken:
        environment.say('cli.download.broken', count=listed.broken)
    if listed.astray:
        environment.say('cli.download.astray', count=listed.models)
    elif listed.more:
        environment.say('cli.download.more', count=listed.models)


def _entry(download: NewDownload, existing: set[str]) -> dict[str, Any]:
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
        'exists': download.key in existing,
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
