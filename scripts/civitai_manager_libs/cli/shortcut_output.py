"""What the commands of saved models print."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import i18n
from ..app import App
from ..domain.links import safe_text
from ..domain.shortcut import Shortcut
from ..domain.target_types import Target, TargetKind
from ..domain.targets import parse_target
from ..entries import error_entry
from ..errors import ExitCode, ShortcutError, ShortcutUnknown, TargetUnsupported
from ..setting import current
from .environment import Environment
from .output import moment, print_json, printable


@dataclass(frozen=True)
class Named:
    """The models that a command is about, each once, and what was wrong with the other words."""

    ids: list[int]
    failures: Sequence[tuple[str, ShortcutError]] = ()

    @property
    def code(self) -> ExitCode:
        """What the command ends with when the rest went well."""
        return self.failures[0][1].exit_code if self.failures else ExitCode.DONE

    @property
    def errors(self) -> list[dict[str, Any]]:
        """The failures as ``--json`` has them."""
        return [
            {'target': safe_text(text), 'error': error_entry(error.code, error.details)}
            for text, error in self.failures
        ]

    def say(self, environment: Environment) -> None:
        """The failures in words."""
        for _, error in self.failures:
            environment.say_line(printable(i18n.error_text(error)))


def named_models(texts: Sequence[str], usable: Callable[[list[int]], Collection[int]]) -> Named:
    """The models that ids or links name; ``usable`` gives those it is possible with. Raises the
    first failure when there is nothing else.
    """
    found = [(text, _model_id(text)) for text in texts]
    wanted = list(dict.fromkeys(one for _, one in found if isinstance(one, int)))
    there = frozenset(usable(wanted)) if wanted else frozenset()
    failures: list[tuple[str, ShortcutError]] = []
    for text, one in found:
        if isinstance(one, ShortcutError):
            failures.append((text, one))
        elif one not in there:
            failures.append((text, ShortcutUnknown(model_id=one)))
    if failures and not there:
        raise failures[0][1]
    return Named([one for one in wanted if one in there], failures)


def saved_models(app: App, texts: Sequence[str], environment: Environment) -> Named:
    """The saved models that ids or links name; what names none is said, and raised when it is
    all there is.
    """
    named = named_models(texts, app.shortcuts.saved)
    named.say(environment)
    return named


def _model_id(text: str) -> int | ShortcutError:
    """The model that an id or a link names, without asking anybody, or why it names none."""
    try:
        target: Target = parse_target(text, current().civitai_base_url)
    except ShortcutError as error:
        return error
    number = target.number if target.kind is TargetKind.NUMBER else target.model_id
    if number is None:
        return TargetUnsupported(text=target.text, kind=target.kind.value)
    return number


def print_saved(
    app: App, named: Named, arguments: argparse.Namespace, environment: Environment
) -> int:
    """The saved models as they are now; gives the code of the first that was wrong."""
    saved = app.shortcuts.many(named.ids)
    installed = app.on_disk.model_ids()
    shown = [saved[one] for one in named.ids if one in saved]
    if arguments.json:
        entries = [shortcut_entry(one, installed) for one in shown]
        print_json({'shortcuts': entries, 'errors': named.errors}, environment.stdout)
    for one in () if arguments.json else shown:
        print(shortcut_line(one, installed), file=environment.stdout)
    return named.code


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
