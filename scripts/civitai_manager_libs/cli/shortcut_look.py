"""``shortcut list`` and ``show``: saved models found, and one read without asking anybody."""

from __future__ import annotations

import argparse
from typing import Any

from .. import i18n
from ..app import App
from ..domain.markup import plain_text
from ..domain.record import Record
from ..domain.search import model_type
from ..domain.shortcut import Shortcut, ShortcutQuery, ShortcutSort
from ..errors import ExitCode
from .environment import Environment
from .output import moment, print_json
from .shortcut_output import print_document, saved_models, shortcut_entry, shortcut_line

_AT_ONCE = 1000


def list_saved(arguments: argparse.Namespace, environment: Environment) -> int:
    """The saved models that fit, in the order that was asked for."""
    app = environment.open_app()
    query = ShortcutQuery(
        text=arguments.text,
        types=tuple(map(model_type, arguments.type or ())),
        base_models=tuple(arguments.base_model or ()),
        class_name=arguments.class_name,
        tag=arguments.tag,
        favourite=arguments.favourite,
        installed=arguments.installed,
        gone=arguments.gone,
        sort=ShortcutSort(arguments.sort),
    )
    count = app.shortcuts.count(query)
    installed = app.on_disk.model_ids()
    found = _found(app, query, min(count, arguments.limit or count))
    if arguments.json:
        entries = [shortcut_entry(one, installed) for one in found]
        print_json({'shortcuts': entries, 'count': count}, environment.stdout)
        return ExitCode.DONE
    for one in found:
        print(shortcut_line(one, installed), file=environment.stdout)
    environment.say('cli.shortcut.counted', count=count, all=app.shortcuts.counts().all)
    return ExitCode.DONE


def _found(app: App, query: ShortcutQuery, most: int) -> list[Shortcut]:
    found: list[Shortcut] = []
    while len(found) < most:
        part = app.shortcuts.find(query, len(found), min(_AT_ONCE, most - len(found)))
        if not part:  # another process has removed some meanwhile
            break
        found += part
    return found


def show(arguments: argparse.Namespace, environment: Environment) -> int:
    """Saved models with what is known of them: versions, trigger words, description."""
    app = environment.open_app()
    named = saved_models(app, arguments.ids, environment)
    saved, installed = app.shortcuts.many(named.ids), app.on_disk.model_ids()
    documents, lines = [], []
    for model_id in saved:
        record = app.records.get(model_id)
        known = _known(record) if record else {}
        documents.append({**shortcut_entry(saved[model_id], installed), 'record': known or None})
        lines += [shortcut_line(saved[model_id], installed), *_lines(known)]
    document = {'shortcuts': documents, 'errors': named.errors}
    print_document(document, lines, arguments, environment)
    return named.code


def _known(record: Record) -> dict[str, Any]:
    """What Civitai has said of a model."""
    model = record.model
    return {
        'address': record.address,
        'fetched': moment(record.fetched),
        'checked': moment(record.checked),
        'gone': moment(record.gone),
        'description': plain_text(model.description or ''),
        'versions': [
            {
                'id': version.id,
                'name': version.name,
                'base_model': version.base_model,
                'trigger_words': list(version.trained_words),
                'files': [file.name for file in version.files],
                'withdrawn': version.id in record.withdrawn,
            }
            for version in model.model_versions
        ],
    }


def _lines(known: dict[str, Any]) -> list[str]:
    if not known:
        return ['  ' + i18n.text('cli.shortcut.no_record')]
    lines = []
    for version in known['versions']:
        words = ', '.join(version['trigger_words'])
        facts = [version['name'], f'({version["id"]})', version['base_model'], words]
        if version['withdrawn']:
            facts.append(i18n.text('cli.shortcut.is_withdrawn'))
        lines.append('    ' + '  '.join(fact for fact in facts if fact))
    lines += ['    ' + line for line in known['description'].splitlines()[:20]]
    return [*lines, '  ' + i18n.text('cli.shortcut.as_of', day=(known['checked'] or '')[:10])]
