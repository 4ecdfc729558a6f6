"""``shortcut remove``, ``note``, ``tag``, ``class``, ``favourite``: what a person says of saved
models.
"""

from __future__ import annotations

import argparse

from .. import i18n
from ..errors import ExitCode
from .environment import Environment
from .shortcut_output import Named, named_models, print_document, print_saved, saved_models


def remove(arguments: argparse.Namespace, environment: Environment) -> int:
    """Remove saved models, or bring removed ones back: 4 when one was not there, the others are
    done.
    """
    shortcuts = environment.open_app().shortcuts
    named = named_models(arguments.ids, shortcuts.restore if arguments.undo else shortcuts.remove)
    verb = 'restored' if arguments.undo else 'removed'
    lines = [i18n.text(f'cli.shortcut.{verb}', count=len(named.ids))]
    print_document({verb: named.ids, 'errors': named.errors}, lines, arguments, environment)
    if not arguments.undo:
        environment.say('cli.shortcut.removed_until')
    named.say(environment)
    return named.code


def note(arguments: argparse.Namespace, environment: Environment) -> int:
    """Write a note ('' takes it away), or print it when no text is given."""
    app = environment.open_app()
    named = saved_models(app, [arguments.id], environment)
    [model_id] = named.ids
    if arguments.text is not None:
        app.shortcuts.note(model_id, arguments.text)
        return print_saved(app, named, arguments, environment)
    saved = app.shortcuts.get(model_id)
    text = saved.note if saved else ''
    lines = text.splitlines() or [i18n.text('cli.shortcut.no_note')]
    print_document({'id': model_id, 'note': text}, lines, arguments, environment)
    return ExitCode.DONE


def tag(arguments: argparse.Namespace, environment: Environment) -> int:
    """Give saved models tags of one's own, or take them away; without either their tags."""
    app = environment.open_app()
    named = saved_models(app, arguments.ids, environment)
    if arguments.add or arguments.drop:
        app.shortcuts.tag(named.ids, arguments.add, arguments.drop)
    return print_saved(app, named, arguments, environment)


def favourite(arguments: argparse.Namespace, environment: Environment) -> int:
    """Make saved models favourites, or no longer."""
    app = environment.open_app()
    named = saved_models(app, arguments.ids, environment)
    app.shortcuts.favourite(named.ids, not arguments.off)
    return print_saved(app, named, arguments, environment)


def change_classes(arguments: argparse.Namespace, environment: Environment) -> int:
    """Make, rename, delete a class; put saved models into classes or take them out; without ids
    all classes.
    """
    app = environment.open_app()
    moving = bool(arguments.add or arguments.drop)
    if moving and not arguments.ids:
        arguments.usage_error(i18n.text('cli.shortcut.class_which'))
    if arguments.info is not None and arguments.new is None:
        arguments.usage_error(i18n.text('cli.shortcut.class_info_which'))
    named = saved_models(app, arguments.ids, environment) if arguments.ids else Named([])
    if arguments.new is not None:
        app.shortcuts.put_class(arguments.new, arguments.info)
    if arguments.rename is not None:
        app.shortcuts.rename_class(*arguments.rename)
    if arguments.delete is not None:
        app.shortcuts.drop_class(arguments.delete)
    if moving:
        app.shortcuts.classify(named.ids, arguments.add, arguments.drop)
    if named.ids:
        return print_saved(app, named, arguments, environment)
    classes = app.shortcuts.classes()
    entries = [{'name': one.name, 'info': one.info, 'count': one.count} for one in classes]
    lines = [f'{one.count:>6}  {one.name}  {one.info}'.rstrip() for one in classes]
    lines = lines or [i18n.text('cli.shortcut.no_classes')]
    print_document({'classes': entries}, lines, arguments, environment)
    return ExitCode.DONE
