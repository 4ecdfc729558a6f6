"""What the commands of saved models print."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

from .. import i18n
from ..app import App
from ..domain.shortcut import Shortcut
from ..domain.target_types import Target, TargetKind
from ..domain.targets import parse_target
from ..errors import ExitCode, ShortcutUnknown, TargetUnsupported
from ..setting import current
from .environment import Environment
from .output import moment, print_json, printable


def model_ids(texts: Sequence[str]) -> list[int]:
    """The models that ids or links name, each once. Raises TargetUnknown, TargetUnsupported."""
    return list(dict.fromkeys(model_id(text) for text in texts))


def model_id(text: str) -> int:
    """The model that an id or a link names, without asking anybody."""
    target: Target = parse_target(text, current().civitai_base_url)
    number = target.number if target.kind is TargetKind.NUMBER else target.model_id
    if number is None:
        raise TargetUnsupported(text=target.text, kind=target.kind.value)
    return number


def saved_ids(app: App, texts: Sequence[str]) -> list[int]:
    """The same; raises ShortcutUnknown for the first that is not saved."""
    ids = model_ids(texts)
    saved = app.shortcuts.saved(ids)
    unknown = next((one for one in ids if one not in saved), None)
    if unknown is not None:
        raise ShortcutUnknown(model_id=unknown)
    return ids


def print_saved(
    app: App, ids: Sequence[int], arguments: argparse.Namespace, environment: Environment
) -> int:
    """The saved models ``ids`` as they are now."""
    saved = app.shortcuts.many(ids)
    installed = app.on_disk.model_ids()
    shown = [saved[one] for one in ids if one in saved]
    if arguments.json:
        entries = [shortcut_entry(one, installed) for one in shown]
        print_json({'shortcuts': entries}, environment.stdout)
    for one in () if arguments.json else shown:
        print(shortcut_line(one, installed), file=environment.stdout)
    return ExitCode.DONE


def shortcut_entry(shortcut: Shortcut, installed: frozenset[int]) -> dict[str, Any]:
    """A saved model as ``--json`` has it."""
    return {
        'id': shortcut.model_id,
        'name': shortcut.name,
        'type': shortcut.type,
        'creator': shortcut.creator,
        'base_models': list(shortcut.base_models),
        'tags': list(shortcut.tags),
        'version_id': shortcut.version_id,
        'cover': shortcut.cover,
        'cover_chosen': shortcut.cover_chosen,
        'nsfw_level': shortcut.cover_level,
        'downloads': shortcut.downloads,
        'likes': shortcut.likes,
        'bytes': shortcut.size,
        'warning': shortcut.warning or None,
        'published_at': moment(shortcut.published),
        'early_access_ends_at': moment(shortcut.early_access_ends),
        'note': shortcut.note,
        'own_tags': list(shortcut.own_tags),
        'classes': list(shortcut.classes),
        'favourite': shortcut.favourite,
        'installed': shortcut.model_id in installed,
        'added': moment(shortcut.added),
        'gone': moment(shortcut.gone),
        'fetched': moment(shortcut.fetched),
    }


def shortcut_line(shortcut: Shortcut, installed: frozenset[int]) -> str:
    """A saved model in one line."""
    mark = '*' if shortcut.favourite else ' '
    facts = [shortcut.type, ', '.join(shortcut.base_models), shortcut.creator]
    facts += [f'[{name}]' for name in shortcut.classes]
    facts += [f'#{name}' for name in shortcut.own_tags]
    if shortcut.model_id in installed:
        facts.append(i18n.text('cli.shortcut.is_installed'))
    if shortcut.gone is not None:
        facts.append(i18n.text('cli.shortcut.is_gone', day=day(shortcut.gone)))
    line = f'{mark}{shortcut.model_id:>8}  {shortcut.name}  ' + ' · '.join(
        fact for fact in facts if fact
    )
    if shortcut.note:
        line += '  | ' + ' '.join(shortcut.note.split())
    return printable(line)


def day(seconds: float | None) -> str:
    """The day of a time."""
    return (moment(seconds) or '')[:10]


def print_document(
    document: Mapping[str, Any],
    lines: Sequence[str],
    arguments: argparse.Namespace,
    environment: Environment,
) -> None:
    """The document with ``--json``, else the lines."""
    if arguments.json:
        print_json(document, environment.stdout)
    for line in () if arguments.json else lines:
        print(printable(line), file=environment.stdout)
