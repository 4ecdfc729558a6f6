"""The document of ``show`` in words, a line each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from .. import i18n
from ..util import size_text
from .output import printable

Document = Mapping[str, Any]


def show_lines(document: Document) -> list[str]:
    """Everything, the model first; nothing in it steers a terminal."""
    model, version = document['model'], document['version']
    kinds = [model['type'], version['base_model'] if version else None, model['creator']]
    lines = [
        f'{model["name"]}  ({model["id"]})',
        ' · '.join(kind for kind in kinds if kind),
        *_state_lines(document),
        *(_version_lines(version) if version else [i18n.text('cli.show.no_version')]),
        *_licence_lines(model['licence']),
    ]
    shown = version['id'] if version else None
    others = [other for other in document['versions'] if other['id'] != shown]
    if others:
        listed = ', '.join(f'{other["name"]} ({other["id"]})' for other in others)
        lines.append(i18n.text('cli.show.others', versions=listed))
    return [printable(line) for line in lines]


def _state_lines(document: Document) -> Iterator[str]:
    if document['gone_since']:
        yield i18n.text('cli.show.gone', since=_moment(document['gone_since']))
    elif document['model']['removed']:
        yield i18n.text('cli.show.removed')
    if document['offline']:
        yield i18n.text('cli.show.offline', since=_moment(document['since']))
    saved = document['saved']
    if saved is not None:
        words = ' · '.join([saved['note'], *saved['classes'], *saved['tags']]).strip(' ·')
        key = 'cli.show.saved' if words else 'cli.show.saved_plainly'
        yield i18n.text(key, day=_moment(saved['added'])[:10], words=words)


def _version_lines(version: Document) -> Iterator[str]:
    yield i18n.text('cli.show.version', name=version['name'], id=version['id'])
    if version['withdrawn']:
        yield i18n.text('cli.show.withdrawn')
    if version['early_access']:
        yield i18n.text('warning.early_access', file=version['name'])
    if version['trigger_words']:
        yield i18n.text('cli.show.words', words=', '.join(version['trigger_words']))
    for file in version['files']:
        yield from _file_lines(file)
    for path in version['installed_elsewhere']:
        yield '   ' + i18n.text('cli.show.elsewhere', path=path)


def _file_lines(file: Document) -> Iterator[str]:
    size = size_text(file['bytes']) if file['bytes'] else '?'
    facts = [file['type'], file['format'], file['size'], file['fp'], size]
    mark = '*' if file['primary'] else ' '
    yield f' {mark} {file["name"]}  ({file["id"]})'
    yield '     ' + ' · '.join(fact for fact in facts if fact)
    if file['risk']:
        yield '     ' + i18n.text(f'warning.{file["risk"]}', file=file['name'])
    for name, value in file['hashes'].items():
        yield f'     {name} {value}'
    if file['installed']:
        yield '     ' + i18n.text('cli.show.installed', path=file['installed'])


def _licence_lines(licence: Mapping[str, bool | None]) -> Iterator[str]:
    for key, wanted in (('allowed', True), ('refused', False), ('open', None)):
        names = [name for name, allowed in licence.items() if allowed is wanted]
        if names:
            terms = ', '.join(i18n.text(f'cli.show.term.{name}') for name in names)
            yield i18n.text(f'cli.show.{key}', terms=terms)


def _moment(text: str) -> str:
    """An ISO time as people here read it."""
    return datetime.fromisoformat(text).astimezone().strftime('%Y-%m-%d %H:%M')
