"""``show``: what Civitai knows of one model or version, and what of it is here."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from .. import i18n, setting
from ..app import App
from ..domain.choice import format_of, risk
from ..domain.models import ModelFile
from ..domain.targets import parse_target
from ..domain.task import State
from ..errors import ExitCode, ShortcutError
from ..transfers.resolve import Found
from ..util import size_text
from .environment import Environment
from .output import error_entry, print_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``show`` understands."""
    parser.add_argument('target', metavar='TARGET', help=i18n.text('cli.show.target'))
    parser.add_argument('--json', action='store_true', help=i18n.text('cli.download.json'))


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Print the version that TARGET names, and the other versions of its model in a line each."""
    app = environment.open_app()
    try:
        target = parse_target(arguments.target, setting.current().civitai_base_url)
        found = app.engine.look_up(target)
    except ShortcutError as error:
        if arguments.json:
            print_json({'error': error_entry(error.code, error.details)}, environment.stdout)
        raise
    document = _document(found, _installed(app))
    if arguments.json:
        print_json(document, environment.stdout)
    else:
        print('\n'.join(_lines(document)), file=environment.stdout)
    return ExitCode.DONE


def _installed(app: App) -> dict[int, str]:
    """Path of each file of Civitai that we have downloaded and that still lies there, by file
    id.
    """
    return {
        task.order.file_id: task.path
        for task in app.engine.snapshot().tasks
        if task.state is State.DONE
        and task.order.file_id is not None
        and task.path is not None
        and Path(task.path).is_file()
    }


def _document(found: list[Found], installed: dict[int, str]) -> dict[str, Any]:
    meant, model = found[0].version, found[0].model
    brief = meant.model
    return {
        'model': {
            'id': model.id if model else meant.model_id,
            'name': model.name if model else (brief.name if brief else ''),
            'type': model.type if model else (brief.type if brief else 'Other'),
            'creator': model.creator.username if model else None,
            'nsfw': model.nsfw if model else bool(brief and brief.nsfw),
            'removed': bool(model and model.removed),
            'tags': list(model.tags) if model else [],
            'allow_commercial_use': list(model.allow_commercial_use) if model else [],
        },
        'version': {
            'id': meant.id,
            'name': meant.name,
            'base_model': meant.base_model,
            'published_at': meant.published_at.isoformat() if meant.published_at else None,
            'early_access': meant.early_access,
            'trigger_words': list(meant.trained_words),
            'files': [_file(file, installed) for file in meant.files],
        },
        'versions': [
            {'id': other.version.id, 'name': other.version.name, 'files': len(other.version.files)}
            for other in found
        ],
    }


def _file(file: ModelFile, installed: dict[int, str]) -> dict[str, Any]:
    return {
        'id': file.id,
        'name': file.name,
        'type': file.type,
        'format': format_of(file),
        'size': file.metadata.size,
        'fp': file.metadata.fp,
        'bytes': file.estimated_bytes,
        'primary': file.primary,
        'risk': risk(file),
        'pickle_scan': file.pickle_scan_result,
        'virus_scan': file.virus_scan_result,
        'hashes': dict(file.hashes),
        'installed': installed.get(file.id),
    }


def _lines(document: dict[str, Any]) -> list[str]:
    model, version = document['model'], document['version']
    kinds = [model['type'], version['base_model'], model['creator']]
    lines = [
        f'{model["name"]}  ({model["id"]})',
        ' · '.join(kind for kind in kinds if kind),
        i18n.text('cli.show.version', name=version['name'], id=version['id']),
    ]
    if version['early_access']:
        lines.append(i18n.text('warning.early_access', file=version['name']))
    if version['trigger_words']:
        lines.append(i18n.text('cli.show.words', words=', '.join(version['trigger_words'])))
    for file in version['files']:
        lines.extend(_file_lines(file))
    others = [other for other in document['versions'] if other['id'] != version['id']]
    if others:
        listed = ', '.join(f'{other["name"]} ({other["id"]})' for other in others)
        lines.append(i18n.text('cli.show.others', versions=listed))
    return lines


def _file_lines(file: dict[str, Any]) -> list[str]:
    size = size_text(file['bytes']) if file['bytes'] else '?'
    facts = [file['type'], file['format'], file['size'], file['fp'], size]
    mark = '*' if file['primary'] else ' '
    lines = [f' {mark} {file["name"]}  ({file["id"]})']
    lines.append('     ' + ' · '.join(fact for fact in facts if fact))
    if file['risk']:
        lines.append('     ' + i18n.text(f'warning.{file["risk"]}', file=file['name']))
    lines.extend(f'     {name} {value}' for name, value in file['hashes'].items())
    if file['installed']:
        lines.append('     ' + i18n.text('cli.show.installed', path=file['installed']))
    return lines
