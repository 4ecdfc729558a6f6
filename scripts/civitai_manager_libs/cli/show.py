"""``show``: what Civitai knows of one model or version, and what of it is here."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .. import i18n
from ..app import App
from ..domain.choice import format_of, risk
from ..domain.licence import terms_of
from ..domain.models import ModelFile, ModelVersion
from ..domain.shortcut import Shortcut
from ..entries import error_entry
from ..errors import ExitCode, ShortcutError
from ..library.opening import OpenedModel
from .environment import Environment
from .output import moment, print_json
from .show_output import show_lines


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What ``show`` understands."""
    parser.add_argument('target', metavar='TARGET', help=i18n.text('cli.show.target'))
    parser.add_argument('--json', action='store_true', help=i18n.text('cli.download.json'))


def run(arguments: argparse.Namespace, environment: Environment) -> int:
    """Print the version that TARGET names, and the other versions of its model in a line each; from
    what is kept where Civitai does not answer or does not know the model any more.
    """
    app = environment.open_app()
    try:
        opened = app.opener.open(arguments.target)
    except ShortcutError as error:
        if arguments.json:
            print_json({'error': error_entry(error.code, error.details)}, environment.stdout)
        raise
    document = _document(app, opened)
    if arguments.json:
        print_json(document, environment.stdout)
    else:
        print('\n'.join(show_lines(document)), file=environment.stdout)
    if opened.problem is not None:
        environment.say_line(i18n.error_text(opened.problem))
    return ExitCode.DONE


def _document(app: App, opened: OpenedModel) -> dict[str, Any]:
    record, problem = opened.record, opened.problem
    versions = opened.model.model_versions
    meant = opened.model.version(opened.version_id) if opened.version_id is not None else None
    if meant is None and versions:
        meant = versions[0]
    return {
        'model': _model(opened),
        'version': _version(app, opened, meant) if meant is not None else None,
        'versions': [
            {
                'id': version.id,
                'name': version.name,
                'files': len(version.files),
                'withdrawn': version.id in record.withdrawn,
            }
            for version in versions
        ],
        'saved': _saved(app.shortcuts.get(record.model_id)),
        'offline': opened.offline,
        'since': moment(record.fetched),
        'gone_since': moment(record.gone),
        'problem': error_entry(problem.code, problem.details) if problem is not None else None,
    }


def _model(opened: OpenedModel) -> dict[str, Any]:
    model = opened.model
    return {
        'id': model.id,
        'name': model.name,
        'type': model.type,
        'creator': model.creator.username,
        'nsfw': model.nsfw,
        'removed': model.removed,
        'tags': list(model.tags),
        'allow_commercial_use': list(model.allow_commercial_use),
        'licence': {term.name: term.allowed for term in terms_of(opened.record.body)},
    }


def _version(app: App, opened: OpenedModel, version: ModelVersion) -> dict[str, Any]:
    here = app.on_disk.files(version.id)
    listed = {file.id for file in version.files}
    return {
        'id': version.id,
        'name': version.name,
        'base_model': version.base_model,
        'published_at': version.published_at.isoformat() if version.published_at else None,
        'early_access': version.early_access,
        'withdrawn': version.id in opened.record.withdrawn,
        'trigger_words': list(version.trained_words),
        'files': [_file(file, here) for file in version.files],
        'installed_elsewhere': [str(path) for number, path in here.items() if number not in listed],
    }


def _file(file: ModelFile, here: Mapping[int, Path]) -> dict[str, Any]:
    path = here.get(file.id)
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
        'installed': str(path) if path is not None else None,
    }


def _saved(shortcut: Shortcut | None) -> dict[str, Any] | None:
    """What the person has made of the model; None when it is not saved."""
    if shortcut is None:
        return None
    return {
        'added': moment(shortcut.added),
        'note': shortcut.note,
        'tags': list(shortcut.own_tags),
        'classes': list(shortcut.classes),
        'favourite': shortcut.favourite,
    }
