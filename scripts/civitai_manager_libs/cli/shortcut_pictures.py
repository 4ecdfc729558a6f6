"""``shortcut cover``: another picture for the card of a saved model."""

from __future__ import annotations

import argparse

from .. import i18n
from ..app import App
from ..domain.models import Picture
from ..domain.model_card import is_web
from ..domain.nsfw import level_name
from ..errors import ExitCode
from .environment import Environment
from .shortcut_output import print_document, print_saved, saved_models

_SHOWN = ('image', 'video')


def cover(arguments: argparse.Namespace, environment: Environment) -> int:
    """Take the picture of that number, or with ``--reset`` that of Civitai again; without either
    the pictures that there are.
    """
    app = environment.open_app()
    named = saved_models(app, [arguments.id], environment)
    [model_id] = named.ids
    if arguments.reset:
        app.shortcuts.cover(model_id, None)
        return print_saved(app, named, arguments, environment)
    pictures = _pictures(app, model_id)
    number = arguments.number
    if number is None:
        _list(pictures, arguments, environment)
        return ExitCode.DONE
    if not 1 <= number <= len(pictures):
        arguments.usage_error(i18n.text('cli.shortcut.cover_which', count=len(pictures)))
    app.shortcuts.cover(model_id, pictures[number - 1])
    return print_saved(app, named, arguments, environment)


def _pictures(app: App, model_id: int) -> list[Picture]:
    """The pictures that are known of a model, in the order of its versions."""
    record = app.records.get(model_id)
    versions = record.model.model_versions if record else ()
    found = (one for version in versions for one in version.images)
    return [one for one in found if one.type in _SHOWN and is_web(one.url)]


def _list(pictures: list[Picture], arguments: argparse.Namespace, environment: Environment) -> None:
    entries = [
        {'number': number, 'url': one.url, 'type': one.type, 'nsfw_level': one.nsfw_level}
        for number, one in enumerate(pictures, 1)
    ]
    lines = [
        f'{number:>4}  {one.type}  {level_name(one.nsfw_level) or "-"}  {one.url}'
        for number, one in enumerate(pictures, 1)
    ]
    lines = lines or [i18n.text('cli.shortcut.no_pictures')]
    print_document({'pictures': entries}, lines, arguments, environment)
