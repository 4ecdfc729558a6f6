"""``images inspect`` and ``images resources``: what pictures say of their making."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from .. import i18n
from ..app import App
from ..domain.generation import GenerationData, UsedResource
from ..domain.infotext import write_infotext
from ..entries import error_entry
from ..errors import ExitCode, FileUnreadable, NoPictureFile, ShortcutError
from ..images.originals import generation_of
from ..images.reading import read_generation
from ..images.resources import ResourceFinder, ResourceList, ResourceRow
from ..util import from_home, size_text
from .environment import Environment
from .output import aligned, print_json

_NUMBER = re.compile('[1-9][0-9]{0,17}')


def inspect(arguments: argparse.Namespace, environment: Environment) -> int:
    """Exit code of the first file that cannot be read, 0 if all can; one that says nothing can."""
    code, entries = int(ExitCode.DONE), []
    environment.load_settings()
    for name in arguments.files:
        data, error = GenerationData(), None
        try:
            data = _read(name)
        except ShortcutError as unreadable:
            error = unreadable
            code = code or unreadable.exit_code
        if arguments.json:
            entries.append(_data_entry(name, data, error))
        elif error is not None:
            print(i18n.error_text(error), file=environment.stderr)
        else:
            print('\n'.join([*_data_lines(name, data), '']), file=environment.stdout)
    if arguments.json:
        print_json({'pictures': entries}, environment.stdout)
    return code


def resources(arguments: argparse.Namespace, environment: Environment) -> int:
    """0 also when models are missing; raises what keeps the picture from being read."""
    app = environment.open_app()
    data, versions = _data_of(arguments.files, app)
    finder = ResourceFinder(app.api, app.installed.find, lambda: app.rules().preference)
    found = finder.look_up(data, versions)
    if arguments.json:
        print_json(_resources_document(arguments.files, found), environment.stdout)
        return ExitCode.DONE
    for line in _resource_lines(found):
        print(line, file=environment.stdout)
    return ExitCode.DONE


def _data_of(given: str, app: App) -> tuple[GenerationData, list[int]]:
    """What a file, or the picture of that number at Civitai, was made with; of the latter also the
    versions that Civitai lists.
    """
    if not _NUMBER.fullmatch(given):
        return _read(given), []
    picture = app.api.image(int(given))
    return generation_of(app.client, picture), picture.model_version_ids


def _read(name: str) -> GenerationData:
    """Raises FileUnreadable and NoPictureFile."""
    path = from_home(name)
    try:
        with open(path, 'rb'):
            pass
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        reason = getattr(error, 'strerror', None) or str(error)
        raise FileUnreadable(path=name, reason=reason) from error
    data = read_generation(path)
    if data.reason in ('no_picture', 'broken') and data.empty:
        raise NoPictureFile(path=name, reason=data.reason)
    return data


# --- words and documents --------------------------------------------------------------------------


def _data_lines(name: str, data: GenerationData) -> Iterator[str]:
    if data.empty:
        key = 'unknown_program' if data.reason == 'unknown' else 'nothing_said'
        yield i18n.text(f'cli.images.{key}', path=name)
        return
    key = 'made_with' if data.source else 'made_somehow'
    yield i18n.text(f'cli.images.{key}', path=name, program=data.source)
    yield write_infotext(data)
    yield from aligned([_resource_cells(one) for one in data.resources], '<<<<')


def _resource_cells(resource: UsedResource) -> tuple[str, ...]:
    version = f'@{resource.version_id}' if resource.version_id is not None else ''
    return resource.kind, resource.name or version, _weight(resource.weight), resource.hash


def _weight(weight: float | None) -> str:
    return '' if weight is None else f'{weight:g}'


def _data_entry(name: str, data: GenerationData, error: ShortcutError | None) -> dict[str, Any]:
    """Everything, so that nothing must be read twice; text that is no Unicode is replaced."""
    found: dict[str, Any] = msgspec.to_builtins(data, str_keys=True)
    problem = error_entry(error.code, error.details) if error is not None else None
    return {'file': name, **found, 'error': problem}


def _resource_lines(found: ResourceList) -> Iterator[str]:
    if not found.rows:
        yield i18n.text('cli.images.no_resources')
        return
    yield from aligned([_row_cells(row) for row in found.rows], '<<<<><')
    for row in found.rows:
        if row.problem is not None:
            yield f'{row.name or row.kind}: {i18n.error_text(row.problem)}'
    if found.available:
        size = size_text(found.total_bytes)
        yield i18n.text('cli.images.to_download', count=len(found.available), size=size)


def _row_cells(row: ResourceRow) -> tuple[str, ...]:
    name = ' · '.join(part for part in (row.name or row.hash, row.version_name) if part)
    where = str(row.path) if row.path is not None else ''
    state = i18n.text(f'cli.images.state.{row.state.value}')
    size = size_text(row.size) if row.size else ''
    return row.kind, name, _weight(row.weight), state, size, where


def _resources_document(given: str, found: ResourceList) -> dict[str, Any]:
    return {
        'picture': given,
        'resources': [_row_entry(row) for row in found.rows],
        'missing': found.missing_count,
        'bytes': found.total_bytes,
    }


def _row_entry(row: ResourceRow) -> dict[str, Any]:
    problem = row.problem
    return {
        'kind': row.kind,
        'name': row.name,
        'version': row.version_name,
        'weight': row.weight,
        'hash': row.hash,
        'state': row.state.value,
        'bytes': row.size,
        'path': str(row.path) if row.path is not None else None,
        'certain': row.certain,
        'model_id': row.model_id,
        'version_id': row.version_id,
        'file_id': row.file_id,
        'error': error_entry(problem.code, problem.details) if problem is not None else None,
    }
